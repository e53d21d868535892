"""Time entries are created once each, whatever the answers are: the run of creates against a sandbox in process."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import pytest
from virtual_clock import run

from kimai_async import Event, Incomplete, Kind, Settings, Settled, Stop, TwinsFound, Unsettled, Waiting
from kimai_async.create.bookings import BookingRun
from kimai_async.create.sender import Sender
from kimai_async.kimai.client import KimaiClient
from kimai_async.kimai.connection import Connection
from kimai_async.kimai.timesheets import TimesheetClient
from kimai_async.sandbox import create_app
from kimai_async.sandbox.faults.injector import Faults
from kimai_async.sandbox.faults.kinds import KINDS, RATE_KINDS
from kimai_async.sandbox.in_process import in_process
from kimai_async.sandbox.storage.users import API_PASSWORD
from kimai_async.timesheets.bookings import Bookings
from kimai_async.tree.entry import Entry
from kimai_async.tree.nodes import Node
from kimai_async.tree.rounding import DEFAULT, Rounding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kimai_async.errors import StoppedError
    from kimai_async.sandbox.faults.kinds import RateKind
    from kimai_async.sandbox.storage.state import Creation, Sandbox

TOKEN = "susan-token-0123456789"
SUSAN = 1
MORNING = 1_767_600_000  # 2026-01-05 08:00:00 UTC
TIMEOUT = 10.0
STOPPING = {"token-expired", "rights-withdrawn"}


class World:
    """A sandbox with one activity, and time entries booked into it run by run; `stop` ends the latest run."""

    stop: Stop

    def __init__(self, version: str = "2.65.0", faults: Faults | None = None, **setup: Any) -> None:
        self.old = version.startswith("2.13")
        self.app = create_app(version, faults=faults, record=True, **setup)
        self.sandbox: Sandbox = self.app.state.sandbox
        store = self.sandbox.store
        customer = store.insert("customers", None, {"name": "Acme", "visible": True, "billable": True})
        project = store.insert(
            "projects", customer.id, {"name": "Web", "visible": True, "billable": True, "globalActivities": True}
        )
        activity = store.insert("activities", project.id, {"name": "Design", "visible": True, "billable": True})
        self.activity = Node("Acme", None, 2).add("Web", 2).add("Design", 2)
        for node, row in zip(self._path(), (activity, project, customer), strict=True):
            node.id = row.id
        self.events: list[Event] = []
        self.listen: Callable[[Event], None] = lambda _: None
        self.bookings: Bookings | None = None
        self.error: StoppedError | None = None

    def _path(self) -> Iterable[Node]:
        node: Node | None = self.activity
        while node is not None:
            yield node
            node = node.parent

    def entry(self, begin: int, end: int | None, description: str | None = None, line: int = 2) -> Entry:
        return Entry(self.activity, line, begin, end, description=description, offset=0)

    def run(
        self, entries: list[Entry], *, lanes: int = 8, by_user: bool = False, stated: Rounding | None = None
    ) -> BookingRun:
        """Look for the entries on the server, create what is missing."""
        self.events = []

        async def go() -> BookingRun:
            who = {"user": "susan_super", "token": API_PASSWORD} if self.old else {"token": TOKEN}
            chosen = Settings(url="http://kimai.test", timeout=TIMEOUT, **who)  # type: ignore[arg-type]
            self.stop = stop = Stop()
            chance = random.Random(1)
            async with in_process(self.app) as transport:

                async def wait(seconds: float, _: str) -> None:
                    await stop.sleep(seconds)

                connection = Connection(
                    chosen, lanes=lanes, wait=wait, patience=300.0, transport=transport, chance=chance
                )
                async with connection:
                    sender = Sender(
                        KimaiClient(connection),
                        lanes=lanes,
                        give_up_after=300.0,
                        listener=self._hear,
                        stop=stop,
                        chance=chance,
                    )
                    client = TimesheetClient(connection, everybody=True, lanes=lanes)
                    floor = await client.highest_id()
                    self.bookings = Bookings(entries, SUSAN, floor=floor, stated=stated)
                    ends = [entry.end or entry.begin for entry in entries]
                    await client.entries(min(entry.begin for entry in entries), max(ends), self.bookings.take)
                    self.bookings.end()
                    booking = BookingRun(sender, client, self.bookings, lambda _: {}, floor=floor, by_user=by_user)
                    missing = list(self.bookings.missing())
                    if missing:
                        await booking.create(missing)
                    self.error = sender.error
                    await transport.settled()
                    return booking

        return run(go)[0]

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        self.listen(event)

    def stored(self) -> Counter[tuple[int, int | None, str | None]]:
        rows = self.sandbox.store.entries.all()
        return Counter((row.begin, row.end, row.description) for row in rows)

    def told(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def posts(self) -> int:
        return sum(request.method == "POST" for request in self.sandbox.requests)


def day(world: World, count: int, *, equal: int = 1, seconds: int = 0) -> list[Entry]:
    """So many entries of an hour each, one behind the other, each *equal* times."""
    return [
        world.entry(MORNING + 3600 * number + seconds, MORNING + 3600 * (number + 1) + seconds, "Work", number)
        for number in range(count)
        for _ in range(equal)
    ]


def wanted(entries: list[Entry], rounding: Rounding = DEFAULT) -> Counter[tuple[int, int | None, str | None]]:
    return Counter((*rounding.apply(entry.begin, entry.end or 0), entry.description) for entry in entries)


@pytest.mark.parametrize("version", ["2.13.0", "2.20.1", "2.65.0"])
def test_equal_entries_are_created_as_often_as_they_stand_there_and_not_again(version: str) -> None:
    world = World(version)
    entries = day(world, 5, equal=3)
    world.run(entries)

    assert world.stored() == wanted(entries)
    assert all(entry.id for entry in entries)
    before = world.posts
    world.run(day(world, 5, equal=4))

    assert world.posts == before + 5
    assert set(world.stored().values()) == {4}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("lanes", [8, 32])
def test_chaos_ends_with_every_entry_there_as_often_as_the_file_has_it(seed: int, lanes: int) -> None:
    rates = dict.fromkeys(RATE_KINDS, 0.02)
    world = World(faults=Faults(rates=rates, seed=seed, slow_seconds=TIMEOUT + 1), latency=0.05)
    entries = day(world, 60, equal=2, seconds=7)
    world.run(entries, lanes=lanes)

    assert world.stored() == wanted(entries)
    assert world.told(TwinsFound) == []
    assert Counter(event.kind for event in world.told(Settled)) == {Kind.CREATED: 120}
    assert world.told(Unsettled)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - STOPPING - {"number-taken"}))
def test_whichever_create_goes_wrong_every_entry_is_there_once(kind: str) -> None:
    for number in range(1, 6):
        world = World(faults=Faults(script={number: kind}, slow_seconds=TIMEOUT + 1))  # type: ignore[dict-item]
        entries = day(world, 4)
        world.run(entries, lanes=2)

        assert world.stored() == wanted(entries), number


RULES = {
    "default": Rounding("default", 15, 15),
    "closest": Rounding("closest", 15, 15),
    "floor": Rounding("floor", 5, 10),
    "ceil": Rounding("ceil", 30, 30),
    "none": Rounding("default", 0, 0),
}


@pytest.mark.parametrize("mode", RULES)
def test_whatever_rounds_a_second_run_creates_nothing(mode: str) -> None:
    rule = RULES[mode]
    world = World(
        settings={
            "timesheet.rounding.default.mode": rule.mode,
            "timesheet.rounding.default.begin": str(rule.begin),
            "timesheet.rounding.default.end": str(rule.end),
        }
    )

    def entries() -> list[Entry]:
        chance = random.Random(5)
        return [
            world.entry(begin, begin + chance.randrange(1200, 9000), f"Task {number % 7}", number)
            for number in range(40)
            for begin in [MORNING + 86_400 * number + chance.randrange(0, 3600 * 8)]
        ]

    booking = world.run(entries())
    assert world.stored() == wanted(entries(), rule)
    if mode != "none":
        assert booking.rounding == rule
    before = world.posts
    world.run(entries())

    assert world.posts == before
    assert world.bookings is not None
    assert world.bookings.count == 40
    assert world.bookings.rounding in (None if mode == "none" else rule, rule)


def test_two_entries_at_once_of_one_user_are_never_under_way_where_overlaps_are_forbidden() -> None:
    world = World(settings={"timesheet.rules.allow_overlapping_records": "0"}, latency=0.05)
    world.run(day(world, 6, equal=2), by_user=True)

    assert set(world.stored().values()) == {1}
    assert Counter(event.kind for event in world.told(Settled)) == {Kind.CREATED: 6, Kind.REFUSED: 6}


def test_an_equal_entry_that_was_stored_late_is_named_with_its_ids() -> None:
    """As by a run that was killed, and whose last creates the server had not stored when the list was asked for."""
    world = World()
    entries = day(world, 3)

    def late(event: Event) -> None:
        if isinstance(event, Settled) and event.node is entries[0]:
            store = world.sandbox.store.entries
            store.save(replace(store.all()[0], id=store.new_id()))

    world.listen = late
    world.run(entries, lanes=1)

    (told,) = world.told(TwinsFound)
    assert told.node.path == entries[0].path
    assert told.ids == (1, 2)


def test_an_entry_that_the_server_answered_about_and_does_not_list_is_told() -> None:
    world = World()
    entries = day(world, 3)

    def lost(event: Event) -> None:
        if isinstance(event, Settled) and event.node is entries[1]:
            assert entries[1].id is not None
            world.sandbox.store.entries.delete(entries[1].id)

    world.listen = lost
    world.run(entries, lanes=1)

    assert [event.node for event in world.told(Incomplete)] == [entries[1]]


def test_a_refusal_is_believed_only_over_a_fresh_connection() -> None:
    """Over a used one it may be the answer to another request; each is asked once more, after a look at the list."""
    world = World(settings={"timesheet.rules.allow_zero_duration": "0"})
    entries = [*day(world, 3), *(world.entry(MORNING, MORNING, "Empty") for _ in range(3))]
    world.run(entries, lanes=2)

    assert world.stored() == wanted(entries[:3])
    refused = [event for event in world.told(Settled) if event.kind is Kind.REFUSED]
    assert {event.reason for event in refused} == {"An empty duration is not allowed."}
    assert len(refused) == 3


def test_what_is_there_rounded_by_a_rule_that_only_an_answer_shows_is_found_then_and_not_created() -> None:
    rule = Rounding("floor", 30, 30)
    world = World(
        settings={
            "timesheet.rounding.default.mode": rule.mode,
            "timesheet.rounding.default.begin": str(rule.begin),
            "timesheet.rounding.default.end": str(rule.end),
        }
    )

    def entries(*seconds: int) -> list[Entry]:
        days = [MORNING + 86_400 * day + second for day, second in enumerate(seconds)]
        return [world.entry(begin, begin + 7200, "Work") for begin in days]

    edited, rounded = 13 * 60 + 20, 13 * 60
    world.run(entries(edited, rounded))
    store = world.sandbox.store.entries
    first = store.all()[0]  # as somebody has corrected it, whom the finest rule explains
    store.save(replace(first, begin=MORNING + 13 * 60, end=MORNING + 7200 + 14 * 60))
    before = world.posts
    world.run(entries(edited, rounded, 28 * 60 + 7, 29 * 60 + 7))

    assert world.posts == before + 2
    assert sum(world.stored().values()) == 4
    assert world.bookings is not None
    assert world.bookings.rounding == rule


def test_a_running_entry_whose_answer_is_lost_is_found_and_not_started_again() -> None:
    world = World(faults=Faults(script={1: "store-then-drop"}))
    world.run([world.entry(MORNING, None, "Open")])

    assert world.stored() == {(MORNING, None, "Open"): 1}
    assert [event.kind for event in world.told(Settled)] == [Kind.CREATED]


def test_a_server_that_answers_no_create_ends_the_run() -> None:
    world = World(faults=Faults(rates={"500": 1.0}))
    world.run(day(world, 3))

    assert str(world.error).startswith("The server gives no usable answer to creates (")
    assert world.told(Settled) == []


def test_one_entry_that_the_server_never_answers_about_is_refused_and_the_others_go_in() -> None:
    def never(_: int, creation: Creation) -> RateKind | None:
        return "500" if creation.values["description"] == "Cursed" else None

    world = World(faults=Faults(script=never))
    cursed = world.entry(MORNING - 86_400, MORNING - 82_800, "Cursed")
    entries = day(world, 3)
    world.run([cursed, *entries])

    assert world.error is None
    assert world.stored() == wanted(entries)
    (refused,) = (event for event in world.told(Settled) if event.kind is Kind.REFUSED)
    assert refused.node is cursed
    assert "time and again" in refused.reason
    assert "the server does not show it" in refused.reason


@pytest.mark.parametrize("kind", ["drop-before", "store-then-drop"])
def test_an_end_while_a_lost_entry_is_looked_for_leaves_it_unsettled_and_the_next_run_finds_out(
    kind: Literal["drop-before", "store-then-drop"],
) -> None:
    world = World(faults=Faults(script={1: kind}))

    def end(event: Event) -> None:
        if isinstance(event, Waiting):
            world.stop.soon()

    world.listen = end
    world.run(day(world, 1))

    assert (world.error, world.told(Settled)) == (None, [])
    assert len(world.told(Unsettled)) == 1
    world.listen = lambda _: None
    entries = day(world, 1)
    world.run(entries)
    assert world.stored() == wanted(entries)
