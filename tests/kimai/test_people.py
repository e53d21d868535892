"""Users and tags of a Kimai in three versions: who is found, who may read and create them, and odd answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from connected import VERSIONS, add_user, ask, connected, scripted

from kimai_async.errors import AccessError, NotKimaiError
from kimai_async.kimai.outcomes import Refusal
from kimai_async.kimai.people import PeopleClient, User
from kimai_async.sandbox.serve import Serving, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.anyio


@pytest.fixture(params=VERSIONS)
def server(request: pytest.FixtureRequest) -> Iterator[Serving]:
    with serving(request.param, record=True) as found:
        yield found


async def test_users_come_with_their_zones_disabled_ones_too(server: Serving) -> None:
    add_user(server, "berta", "berta@example.com", alias="Berta Beier", enabled=False, timezone="Asia/Tokyo")
    async with connected(server) as connection:
        users = await PeopleClient(connection).users()

    shown = "berta@example.com" if server.sandbox.profile.user_email else None
    assert users is not None
    assert [user.id for user in users] == [1, 2, 3, 4, 5]
    assert users[-1] == User(5, "berta", "Berta Beier", None, shown, False, "Asia/Tokyo")
    assert (users[-1].bookable, users[0].bookable) == (False, True)


async def test_who_may_not_read_users_knows_who_he_is(server: Serving) -> None:
    async with connected(server, "anna") as connection:
        people = PeopleClient(connection)
        assert await people.users() is None
        assert await people.user_by_email("john@example.com") is None
        assert (await people.me()).username == "anna_admin"


@pytest.mark.parametrize(
    ("email", "found"),
    [
        ("john@example.com", "john_user"),
        ("JOHN@example.com", "john_user"),
        ("ohn@example.com", None),
        ("john@example.co", None),
        ("nobody@example.com", None),
        ("a_b@example.com", "underscore"),
        ("%@example.com", None),
    ],
)
async def test_an_address_finds_the_user_who_has_all_of_it(server: Serving, email: str, found: str | None) -> None:
    add_user(server, "little", "little-john@example.com")
    add_user(server, "underscore", "a_b@example.com")
    add_user(server, "letter", "axb@example.com")
    async with connected(server) as connection:
        user = await PeopleClient(connection).user_by_email(email)

    assert (None if user is None else user.username) == found


async def test_an_address_that_is_also_another_users_title_finds_nobody(server: Serving) -> None:
    add_user(server, "deputy", "deputy@example.com", title="john@example.com")
    async with connected(server) as connection:
        assert await PeopleClient(connection).user_by_email("john@example.com") is None


async def test_a_tag_is_created_once_and_visible(server: Serving) -> None:
    async with connected(server) as connection:
        people = PeopleClient(connection)
        answers = [await people.create_tag(name) for name in ("urgent", "URGENT", "Straße", "strasse")]
        assert sorted(await people.tags()) == ["Straße", "urgent"]

    assert answers == [None] * 4


async def test_a_hidden_tag_counts_as_there(server: Serving) -> None:
    ask(server, "POST", "tags", name="hidden", visible=False)
    async with connected(server) as connection:
        people = PeopleClient(connection)
        assert (await people.tags(), await people.create_tag("hidden"), await people.tags()) == ([], None, [])


async def test_a_name_that_no_tag_can_have_is_refused_with_kimais_reason(server: Serving) -> None:
    async with connected(server) as connection:
        refused = await PeopleClient(connection).create_tag("x")

    assert refused == Refusal(400, "name: This value is too short. It should have 2 characters or more.")


async def test_asking_whether_tags_may_be_created_creates_none(server: Serving) -> None:
    async with connected(server, "john") as connection:
        assert await PeopleClient(connection).may_create_tags()

    assert list(server.sandbox.store.rows("tags")) == []


async def test_without_the_permission_no_tag_is_created() -> None:
    with serving(revoke=["manage_tag", "create_tag"]) as server:
        async with connected(server, "john") as connection:
            people = PeopleClient(connection)
            refused = await people.create_tag("new")
            assert (await people.may_create_tags(), refused) == (False, Refusal(403, "403 Forbidden"))


async def test_the_500_of_a_race_for_a_tag_is_asked_again() -> None:
    used = {"errors": {"children": {"name": {"errors": ["This value is already used."]}}}}
    async with scripted(httpx.Response(500), httpx.Response(400, json=used)) as connection:
        assert await PeopleClient(connection).create_tag("urgent") is None


async def test_a_refusal_in_other_words_is_compared_with_the_list() -> None:
    other = {"errors": {"children": {"name": {"errors": ["Il y en a."]}}}}
    async with scripted(httpx.Response(400, json=other), httpx.Response(200, json=["Urgent"])) as connection:
        assert await PeopleClient(connection).create_tag("urgent") is None


@pytest.mark.parametrize("status", [200, 401, 404])
async def test_another_answer_to_an_empty_tag_is_no_kimai_or_no_access(status: int) -> None:
    async with scripted(httpx.Response(status, json={})) as connection:
        with pytest.raises((AccessError, NotKimaiError)):
            await PeopleClient(connection).may_create_tags()


async def test_a_tag_that_cannot_be_asked_for_ends_the_run() -> None:
    async with scripted(httpx.Response(401)) as connection:
        with pytest.raises(AccessError):
            await PeopleClient(connection).create_tag("urgent")


@pytest.mark.parametrize(
    ("ask_for", "shown", "odd"),
    [
        (PeopleClient.me, [], "a user of another shape: expected `object`, got `array`"),
        (PeopleClient.me, {"id": True, "username": "a"}, "a user of another shape: `id`: expected `int`, got `bool`"),
        (PeopleClient.users, [{"id": 0, "username": "a"}], "a list of users of another shape"),
        (PeopleClient.users, {"data": []}, "a list of users of another shape"),
        (PeopleClient.tags, [{"name": "a"}], "a list of tags of another shape: expected `str`, got `object`"),
    ],
)
async def test_other_shapes_are_not_kimais(ask_for: Callable[[PeopleClient], Any], shown: Any, odd: str) -> None:
    async with scripted(httpx.Response(200, json=shown)) as connection:
        with pytest.raises(NotKimaiError) as raised:
            await ask_for(PeopleClient(connection))

    assert odd in str(raised.value)
