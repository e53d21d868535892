"""Tags of the file: those that are missing are created first, each once; or told before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from connected import VERSIONS, ask, connected

from kimai_async.create.tags import create_tags
from kimai_async.csvfile.notes import Notes
from kimai_async.errors import AccessError
from kimai_async.events import Event, Warned
from kimai_async.kimai.people import PeopleClient
from kimai_async.sandbox.serve import Serving, serving
from kimai_async.stop import Stop
from kimai_async.timesheets.tags import missing_tags

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.anyio
TAGS = {"urgent": 2, "Bêta": 3, "hidden": 4}


@pytest.fixture(params=VERSIONS)
def server(request: pytest.FixtureRequest) -> Iterator[Serving]:
    with serving(request.param, record=True) as found:
        ask(found, "POST", "tags", name="BETA", visible=True)
        ask(found, "POST", "tags", name="hidden", visible=False)
        yield found


def names(server: Serving) -> list[tuple[str, bool]]:
    return [(row.name, row.visible) for row in server.sandbox.store.rows("tags")]


async def test_what_is_missing_is_created_once_and_hidden_tags_stay_hidden(server: Serving) -> None:
    problems, events = Notes(), list[Event]()
    async with connected(server) as connection:
        client = PeopleClient(connection)
        missing = await missing_tags(client, TAGS, new_tags=True, heading="Tags", problems=problems)
        refused = await create_tags(client, missing, Stop(), events.append)
        again = await missing_tags(client, TAGS, new_tags=True, heading="Tags", problems=problems)

    assert (missing, refused, events, again) == (["urgent", "hidden"], {}, [], ["hidden"])
    assert names(server) == [("BETA", True), ("hidden", False), ("urgent", True)]
    assert problems.count == 0


async def test_without_new_tags_each_is_a_problem_with_its_line(server: Serving) -> None:
    problems = Notes()
    async with connected(server) as connection:
        assert (
            await missing_tags(PeopleClient(connection), TAGS, new_tags=False, heading="Tags", problems=problems) == []
        )

    assert problems.lines() == [
        "line 2, Tags: Kimai shows no tag 'urgent'; create it there, or leave out --no-new-tags",
        "line 4, Tags: Kimai shows no tag 'hidden'; create it there, or leave out --no-new-tags",
    ]
    assert len(names(server)) == 2


async def test_a_file_without_tags_asks_nothing(server: Serving) -> None:
    server.sandbox.requests.clear()
    async with connected(server) as connection:
        assert await missing_tags(PeopleClient(connection), {}, new_tags=True, heading="", problems=Notes()) == []

    assert not server.sandbox.requests


@pytest.mark.parametrize(("tags", "told"), [({"urgent": 2}, "a tag that"), ({"a1": 2, "b1": 3}, "2 tags that")])
async def test_who_may_not_create_tags_is_told_before_anything_is_sent(tags: dict[str, int], told: str) -> None:
    with serving(revoke=["manage_tag", "create_tag"]) as server:
        async with connected(server, "john") as connection:
            client = PeopleClient(connection)
            with pytest.raises(AccessError) as raised:
                await missing_tags(client, tags, new_tags=True, heading="Tags", problems=Notes())

        assert names(server) == []
    assert str(raised.value).startswith("This token may not create tags (403 Forbidden), but the file has " + told)


async def test_what_kimai_refuses_is_told_and_the_others_are_created(server: Serving) -> None:
    events: list[Event] = []
    async with connected(server) as connection:
        refused = await create_tags(PeopleClient(connection), ["x", "urgent"], Stop(), events.append)

    reason = "name: This value is too short. It should have 2 characters or more."
    assert refused == {"x": reason}
    assert events == [Warned(f"tag 'x' is left out of time entries, as Kimai refuses it: {reason}")]
    assert ("urgent", True) in names(server)


async def test_a_run_that_is_to_end_creates_no_more_tags(server: Serving) -> None:
    stop = Stop()
    stop.soon()
    async with connected(server) as connection:
        assert await create_tags(PeopleClient(connection), ["urgent"], stop, list[Event]().append) == {}

    assert len(names(server)) == 2
