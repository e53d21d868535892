"""Hidden and ended projects take time entries for a run, and are as they were after it, however it ends."""

from __future__ import annotations

import shutil
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, cast

import anyio
import pytest
from connected import VERSIONS, ask, connected

from kimai_async.create.reopen import close_leftovers, find_closed, reopened
from kimai_async.csvfile.reopened import Closed, read_reopened, write_reopened
from kimai_async.errors import OutputError, OverloadedError, StoppedError
from kimai_async.events import Event, Warned
from kimai_async.kimai.client import KimaiClient
from kimai_async.kimai.outcomes import Refusal
from kimai_async.sandbox.serve import Serving, serving
from kimai_async.tree.nodes import Level, Tree

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping
    from pathlib import Path

    from kimai_async.tree.nodes import Node

pytestmark = pytest.mark.anyio
TODAY = date(2026, 11, 24)
CLOCK = datetime(2026, 11, 24, 12, tzinfo=UTC)
ENTRY = {"begin": "2020-05-05T09:00:00", "end": "2020-05-05T10:00:00", "project": 1, "activity": 1}
KIMAI = "the address"


@pytest.fixture(params=VERSIONS)
def server(request: pytest.FixtureRequest) -> Iterator[Serving]:
    with serving(request.param, record=True, clock=CLOCK) as found:
        fill(found)
        found.sandbox.requests.clear()
        yield found


def fill(server: Serving) -> None:
    """A hidden customer with an ended project and a hidden activity; beside them what is open."""
    place = {"country": "DE", "currency": "EUR", "timezone": "UTC"}
    flags = {"visible": True, "billable": True}
    for name in ("Hidden", "Open"):
        ask(server, "POST", "customers", name=name, **place, **flags)
    more = {**flags, "globalActivities": True}
    ask(server, "POST", "projects", name="Ended", customer=1, start="2020-01-01", end="2020-12-31", **more)
    ask(server, "POST", "projects", name="Both", customer=2, end="2026-11-23", **more)
    ask(server, "POST", "projects", name="Running", customer=2, end="2026-11-24", **more)
    for project, visible in ((1, False), (2, True), (3, True)):
        ask(server, "POST", "activities", name="Work", project=project, **{**flags, "visible": visible})
    for path in ("customers/1", "projects/2"):
        ask(server, "PATCH", path, visible=False)


def state(server: Serving) -> list[tuple[str, bool, Any]]:
    """What is open: of each thing its name, whether it is visible, and its last day."""
    found = []
    for path in ("customers", "projects", "activities"):
        shown = sorted(ask(server, "GET", f"{path}?visible=3&ignoreDates=1"), key=lambda row: int(row["id"]))
        found += [(row["name"], row["visible"], row.get("end")) for row in shown]
    return found


def nodes() -> list[Node]:
    tree = Tree()
    hidden, there = tree.add("Hidden", 2), tree.add("Open", 3)
    projects = [hidden.add("Ended", 2), there.add("Both", 3), there.add("Running", 4)]
    activities = [project.add("Work", 2) for project in projects]
    for level in ([hidden, there], projects, activities):
        for number, node in enumerate(level, 1):
            node.id = number
    return activities


CLOSED = [
    Closed(Level.CUSTOMER, 1, "Hidden", False, None),
    Closed(Level.PROJECT, 1, "Ended", True, "2020-12-31"),
    Closed(Level.PROJECT, 2, "Both", False, "2026-11-23"),
    Closed(Level.ACTIVITY, 1, "Work", False, None),
]
NAMED = (
    "customer Hidden (id 1, hidden), project Ended (id 1, ended 2020-12-31), project Both (id 2, hidden and ended "
    "2026-11-23), activity Work (id 1, hidden)"
)


class Run:
    """A run of a sandbox; `told` are its warnings."""

    def __init__(self, server: Serving, tmp_path: Path) -> None:
        self.server = server
        self.record = tmp_path / "hours.reopened.csv"
        self.told: list[str] = []

    def listen(self, event: Event) -> None:
        assert isinstance(event, Warned)
        self.told.append(event.text)

    @asynccontextmanager
    async def opened(self, some: list[Node] | None = None, who: str = "susan") -> AsyncIterator[None]:
        async with connected(self.server, who) as connection:
            client = KimaiClient(connection, whole=True)
            wanted = nodes() if some is None else some
            async with reopened(client, KIMAI, self.record, wanted, self.listen, today=TODAY):
                yield


async def test_closed_projects_take_entries_in_the_block_and_are_as_they_were_after_it(
    server: Serving, tmp_path: Path
) -> None:
    run, before = Run(server, tmp_path), state(server)
    async with run.opened():
        during = state(server)
        recorded = read_reopened(run.record, KIMAI)
        entry = ask(server, "POST", "timesheets", **ENTRY)

    assert entry["project"] == 1
    assert [visible for _, visible, _ in during] == [True] * 8
    assert [end for *_, end in during if end] == ["2026-11-24"]
    assert (recorded, run.told) == (CLOSED, [f"opened for this run, to be closed at its end: {NAMED}"])
    assert (state(server), run.record.exists()) == (before, False)


async def test_where_nothing_is_closed_nothing_is_changed(server: Serving, tmp_path: Path) -> None:
    run = Run(server, tmp_path)
    async with run.opened(nodes()[2:]):
        assert not run.record.exists()

    assert run.told == []
    assert not [request for request in server.sandbox.requests if request.method == "PATCH"]


async def test_what_is_not_there_yet_is_not_looked_for(server: Serving) -> None:
    async with connected(server) as connection:
        assert await find_closed(KimaiClient(connection, whole=True), [Tree().add("New", 2)], TODAY) == []


async def test_an_interrupted_run_closes_too(server: Serving, tmp_path: Path) -> None:
    run, before = Run(server, tmp_path), state(server)
    async with connected(server) as connection:
        client = KimaiClient(connection, whole=True)
        with anyio.CancelScope() as scope:
            async with reopened(client, KIMAI, run.record, nodes(), run.listen, today=TODAY):
                scope.cancel()
                await anyio.sleep_forever()

    assert (state(server), run.record.exists(), len(run.told)) == (before, False, 1)


async def test_an_error_in_the_block_is_raised_after_all_is_closed(server: Serving, tmp_path: Path) -> None:
    run, before = Run(server, tmp_path), state(server)
    with pytest.raises(OverloadedError, match="too much"):
        async with run.opened():
            raise OverloadedError("too much")

    assert (state(server), run.record.exists()) == (before, False)


async def test_what_a_killed_run_left_open_is_closed_first(server: Serving, tmp_path: Path) -> None:
    killed, run, before = Run(server, tmp_path), Run(server, tmp_path), state(server)
    async with killed.opened():
        shutil.copy(killed.record, tmp_path / "kept")
    (tmp_path / "kept").rename(run.record)
    for row in CLOSED:
        ask(server, "PATCH", f"{row.level.plural}/{row.id}", **({"visible": True} | ({"end": None} if row.end else {})))

    async with run.opened(nodes()[2:]):
        assert state(server) == before
        assert not run.record.exists()
    assert run.told == [f"closed again what an earlier run had left open: {NAMED}"]


async def test_without_the_right_to_change_it_is_told_what_stays_closed(tmp_path: Path) -> None:
    with serving(clock=CLOCK, revoke=["edit_activity"]) as server:
        fill(server)
        run, before = Run(server, tmp_path), state(server)
        async with run.opened():
            shown = [visible for _, visible, _ in state(server)]

        assert shown == [True, True, True, True, True, False, True, True]
        assert (state(server), run.record.exists()) == (before, False)
    assert run.told[1:] == ["activity Work (id 1, hidden) cannot be opened: 403 Forbidden"]


async def test_without_a_place_for_the_record_nothing_is_opened(server: Serving, tmp_path: Path) -> None:
    run = Run(server, tmp_path / "none")
    with pytest.raises(OutputError, match="so nothing was opened"):
        async with run.opened():
            pytest.fail("the block is not reached")

    assert not [request for request in server.sandbox.requests if request.method == "PATCH"]


class Patched:
    """A client whose changes are answered by a script: of what, and the answer or the error."""

    def __init__(self, **answers: Refusal | StoppedError | None) -> None:
        self.sent: list[tuple[str, Any]] = []
        self._answers = answers

    async def patch(self, level: Level, entity_id: int, body: Mapping[str, Any]) -> Refusal | None:
        self.sent.append((f"{level} {entity_id}", dict(body)))
        answer = self._answers.get(f"{level}{entity_id}")
        if isinstance(answer, StoppedError):
            raise answer
        return answer


async def leftovers(tmp_path: Path, **answers: Refusal | StoppedError | None) -> tuple[Run, Patched]:
    run, client = Run(cast("Serving", None), tmp_path), Patched(**answers)
    write_reopened(run.record, KIMAI, CLOSED)
    await close_leftovers(cast("KimaiClient", client), KIMAI, run.record, run.listen)
    return run, client


async def test_leftovers_are_closed_from_the_bottom_up_and_what_is_gone_is_closed(tmp_path: Path) -> None:
    run, client = await leftovers(tmp_path, project1=Refusal(404, "404 Not Found"))

    assert client.sent == [
        ("activity 1", {"visible": False}),
        ("project 1", {"end": "2020-12-31T23:59:59"}),
        ("project 2", {"visible": False, "end": "2026-11-23T23:59:59"}),
        ("customer 1", {"visible": False}),
    ]
    assert (run.told, run.record.exists()) == ([f"closed again what an earlier run had left open: {NAMED}"], False)


@pytest.mark.parametrize("answer", [Refusal(400, "end: not valid"), OverloadedError("end: not valid")])
async def test_leftovers_that_cannot_be_closed_end_the_run_and_stay_in_the_record(
    tmp_path: Path, answer: Refusal | StoppedError
) -> None:
    with pytest.raises(StoppedError, match=r"Close by hand what an earlier run has left open, as .*reopened\.csv says"):
        await leftovers(tmp_path, project1=answer)

    assert read_reopened(tmp_path / "hours.reopened.csv", KIMAI) == CLOSED[1:2]


async def test_what_stays_open_at_the_end_is_told_and_stays_in_the_record(
    server: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(server, tmp_path)
    async with connected(server) as connection:
        client = KimaiClient(connection, whole=True)
        async with reopened(client, KIMAI, run.record, nodes(), run.listen, today=TODAY):
            monkeypatch.setattr(client, "patch", Patched(project1=OverloadedError("the server is gone")).patch)

    still = "still open: project Ended (id 1, ended 2020-12-31) (the server is gone)"
    assert run.told[1:] == [f"{still}; the same command closes them when it is run again, as {run.record} says"]
    assert read_reopened(run.record, KIMAI) == CLOSED[1:2]
