"""How many answers an import waits for one after the other: each of them takes a second here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
from trees import write_rows, write_tree
from virtual_clock import run

from kimai_async import Event, Level, LevelFinished, LevelStarted, Settings, Settled, import_csv
from kimai_async.choices import OnExisting
from kimai_async.sandbox import create_app
from kimai_async.sandbox.in_process import in_process

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from kimai_async.sandbox.storage.state import Proceed

TOKEN = "susan-token-0123456789"


class Slow:
    """A sandbox whose answers take a second each, and when what of an import into it happened."""

    def __init__(self) -> None:
        self.app = create_app(record=True)
        self.sandbox = self.app.state.sandbox
        self.sandbox.around_call.append(self._wait)
        self.creates_since: dict[Level, float] = {}
        self.settled: dict[Level, list[float]] = {level: [] for level in Level}

    @staticmethod
    async def _wait(_: Request, proceed: Proceed) -> Response:
        await anyio.sleep(1)
        return await proceed()

    def take(self, file: Path, **options: Any) -> float:
        """Import a file; return how many seconds that took."""

        def listen(event: Event) -> None:
            match event:
                case LevelStarted(level):
                    self.creates_since[level] = anyio.current_time()
                case Settled(_, node):
                    self.settled[node.level].append(anyio.current_time())
                case LevelFinished():
                    assert anyio.current_time() % 1 == 0
                case _:
                    pass

        async def go() -> None:
            chosen = Settings(**{"url": "http://kimai.test", "token": TOKEN, **options})
            async with in_process(self.app) as transport:
                report = await import_csv(file, chosen, listeners=[listen], transport=transport)
            assert report.exit_code == 0

        try:
            return run(go)[1]
        finally:
            self.sandbox.close()

    def have(self, rows: int) -> None:
        """Store rows as somebody did before, numbered as Kimai numbers."""
        parent: int | None = None
        for level in ("customers", "projects", "activities"):
            for index in range(rows):
                fields = {"name": f"Old {index}", "number": f"{index + 2:04}", "visible": True}
                row = self.sandbox.store.insert(level, parent, fields)
            parent = row.id


def test_an_empty_kimai_answers_twice_before_the_first_create_and_once_a_level_before_all_lanes_are_busy(
    tmp_path: Path,
) -> None:
    write_tree(tmp_path / "ten.csv", 1, 1, 9)
    slow = Slow()
    seconds = slow.take(tmp_path / "ten.csv")

    assert slow.creates_since == {Level.CUSTOMER: 2, Level.PROJECT: 3, Level.ACTIVITY: 4}
    assert slow.settled[Level.ACTIVITY] == [5, *[6] * 8]
    assert seconds == 6


def test_a_kimai_that_has_numbers_answers_four_times_before_all_lanes_are_busy_with_activities(tmp_path: Path) -> None:
    write_tree(tmp_path / "ten.csv", 1, 1, 8)
    slow = Slow()
    slow.have(3)
    seconds = slow.take(tmp_path / "ten.csv")

    assert slow.creates_since == {Level.CUSTOMER: 2, Level.PROJECT: 3, Level.ACTIVITY: 4}
    assert slow.settled[Level.ACTIVITY] == [5] * 8
    assert seconds == 5


def test_where_whole_rows_are_wanted_projects_and_activities_are_listed_once_it_is_known_below_what(
    tmp_path: Path,
) -> None:
    write_rows(tmp_path / "one.csv", "AA,BB,CC")
    slow = Slow()
    slow.take(tmp_path / "one.csv", on_existing=OnExisting.UPDATE)

    assert slow.creates_since[Level.CUSTOMER] == 4


def test_a_password_is_tried_before_anything_else_is_asked(tmp_path: Path) -> None:
    write_rows(tmp_path / "one.csv", "AA,BB,CC")
    slow = Slow()
    slow.take(tmp_path / "one.csv", user="susan_super", token="api_kitten_1")

    assert [request.path for request in slow.sandbox.requests[:2]] == ["/api/version", "/api/users/me"]
    assert slow.creates_since[Level.CUSTOMER] == 4
