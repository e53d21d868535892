"""What a token may send of time entries, in three versions, for four roles, and what is told of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from connected import VERSIONS, connected, scripted

from kimai_async.csvfile.notes import Notes
from kimai_async.errors import AccessError, NotKimaiError
from kimai_async.kimai.booking import BookingClient, BookingRules
from kimai_async.kimai.client import KimaiClient
from kimai_async.kimai.people import User
from kimai_async.sandbox.serve import Serving, serving
from kimai_async.timesheets.form import Needs, check_form, check_people, left_out, needs_of
from kimai_async.tree.entry import Entry, Person
from kimai_async.tree.nodes import Tree

if TYPE_CHECKING:
    from kimai_async.kimai.messages import Form
    from kimai_async.server import Server

ACTIVITY = Tree().add("Acme", 2).add("Site", 2).add("Design", 2)
FIELDS = ("billable", "exported", "hourlyRate", "fixedRate")
HEADINGS = {"hourlyRate": "Rate", "break": "Pause", "user": "User"}
BREAKS = {"timesheet.rules.break_time_active": "1"}


def person(number: int, name: str = "anna") -> Person:
    found = Person(4, user=name)
    found.id = number
    return found


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def ask(server: Serving, name: str) -> tuple[Form, Server]:
    async with connected(server, name) as connection:
        return await BookingClient(connection).form(), await KimaiClient(connection).server()


def nothing_stored(server: Serving) -> bool:
    return not list(server.sandbox.store.entries.all())


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("susan", {*FIELDS, "user"}),
        ("anna", {*FIELDS, "user"}),
        ("tony", {"user", "billable", "exported"}),
        ("john", set[str]()),
    ],
)
async def test_each_role_may_send_its_fields_and_asking_stores_nothing(version: str, name: str, may: set[str]) -> None:
    with serving(version, settings=BREAKS) as server:
        form, known = await ask(server, name)
        assert nothing_stored(server)

    breaks = {"break"} if known.version >= (2, 24) else set[str]()
    assert form.fields == {"begin", "end", "project", "activity", "description", "tags", *may, *breaks}
    told = list(left_out(form, Needs([], [*FIELDS, "break"]), HEADINGS, known))
    assert len(told) == len([key for key in FIELDS if key not in may]) + (not breaks)
    if name == "john":
        assert told[2] == (
            "column 'Rate' is left out: john_user may not set it; it takes the permission edit_rate_own_timesheet"
        )


@pytest.mark.anyio
async def test_untracked_breaks_are_told_to_count_as_work(version: str) -> None:
    with serving(version) as server:
        form, known = await ask(server, "susan")

    (told,) = left_out(form, Needs([], ["break"]), HEADINGS, known)
    assert told.startswith("column 'Pause' is left out: ")
    old = f"breaks are known since Kimai 2.24, and this is {known.version_text}; they count as work here"
    new = "this Kimai does not track breaks, and they count as work; its settings can change that"
    assert told.endswith(old if known.version < (2, 24) else new)


@pytest.mark.anyio
async def test_a_tracking_mode_without_times_is_refused(version: str) -> None:
    with serving(version, settings={"timesheet.mode": "punch"}) as server:
        form, known = await ask(server, "john")
        rules = await rules_of(server)
        with pytest.raises(AccessError) as raised:
            check_form(form, Needs([], []), known)
        admins = (await ask(server, "anna"))[0]

    mode = "This Kimai takes no begin and end from john_user; set its time tracking mode to Default for the import"
    role = ", or use the token of a user whose role has the permission view_other_timesheet"
    newer = known.version >= (2, 25)
    assert str(raised.value) == f"{mode}{role if newer else ''}."
    assert ("begin" in admins.fields, rules.tracking_mode) == (newer, "punch")


@pytest.mark.anyio
async def test_entries_of_others_take_the_permission_to_book_for_them(version: str) -> None:
    with serving(version) as server:
        form, known = await ask(server, "john")
        admins, _ = await ask(server, "anna")

    check_form(form, Needs([], []), known)
    check_form(admins, Needs([person(2)], []), known)
    with pytest.raises(AccessError, match="entries of anna, and john_user may not book for others; use the token of a"):
        check_form(form, Needs([person(2)], []), known)
    with pytest.raises(AccessError, match="entries of anna and 2 more, and john_user"):
        check_form(form, Needs([person(2), person(3), person(4)], []), known)


@pytest.mark.anyio
async def test_it_is_asked_for_whom_this_token_may_book(version: str) -> None:
    problems = Notes()
    needs = Needs([person(2, "john"), person(99, "nobody"), person(3, "tony")], [])
    with serving(version) as server:
        async with connected(server, "anna") as connection:
            await check_people(BookingClient(connection), needs, "User", problems)
        assert nothing_stored(server)

    (told,) = problems.lines()
    assert told == (
        "line 4, User: Kimai takes no time entries for 'nobody' (id 99) by this token; use an administrator's, or "
        "check the id"
    )


@pytest.mark.anyio
async def test_a_team_lead_books_for_members_of_the_team_alone(version: str) -> None:
    problems = Notes()
    with serving(version) as server:
        async with connected(server, "tony") as connection:
            await check_people(BookingClient(connection), Needs([person(2, "john")], []), "User", problems)

    assert problems.count == 1


@pytest.mark.anyio
async def test_at_most_fifty_people_are_asked_for() -> None:
    with serving(record=True) as server:
        async with connected(server) as connection:
            server.sandbox.requests.clear()
            await check_people(BookingClient(connection), Needs([person(2)] * 60, []), "User", Notes())
        assert len(server.sandbox.requests) == 50


@pytest.mark.anyio
async def test_who_may_not_book_at_all_is_told() -> None:
    with serving(revoke=["create_own_timesheet"]) as server:
        async with connected(server, "john") as connection:
            with pytest.raises(AccessError, match="may not create time entries"):
                await BookingClient(connection).form()


async def rules_of(server: Serving) -> BookingRules:
    async with connected(server, "john") as connection:
        return await BookingClient(connection).rules()


@pytest.mark.anyio
@pytest.mark.parametrize("allowed", ["0", "1"])
async def test_the_rules_that_kimai_shows_are_read(version: str, allowed: str) -> None:
    rules = {"allow_overlapping_records": allowed, "allow_future_times": allowed}
    with serving(version, settings={f"timesheet.rules.{name}": value for name, value in rules.items()}) as server:
        assert await rules_of(server) == BookingRules("default", allowed == "1", allowed == "1")


@pytest.mark.parametrize(
    ("values", "needed"),
    [
        ([None, {}], []),
        ([{"tags": ("a",), "duration": 60, "exported": False, "break": 0}], []),
        ([{"exported": True}, {"break": 60}, {"billable": False}], ["billable", "exported", "break"]),
        ([{"exported": False}, {"exported": True}], ["exported"]),
        ([{"hourlyRate": 0}, {"fixedRate": 1}], ["hourlyRate", "fixedRate"]),
    ],
)
def test_what_the_file_needs_is_what_its_entries_have(values: list[dict[str, Any] | None], needed: list[str]) -> None:
    entries = [Entry(ACTIVITY, 2, 0, 60, values=each) for each in values]
    unknown, me, other = Person(2, user="x"), person(1), person(2)

    assert needs_of([*entries, *entries], [unknown, me, other], User(1, "me")) == Needs([other], needed)


@pytest.mark.anyio
async def test_other_shapes_are_not_kimais() -> None:
    for rules in ("[]", '{"isAllowOverlapping": "yes"}'):
        async with scripted(httpx.Response(200, text=rules)) as connection:
            with pytest.raises(NotKimaiError, match="rules of another shape"):
                await BookingClient(connection).rules()
    for status, form in ((200, "{}"), (400, '{"errors": {}}'), (400, '{"errors": {"children": []}}')):
        async with scripted(httpx.Response(status, text=form)) as connection:
            with pytest.raises(NotKimaiError):
                await BookingClient(connection).form()
