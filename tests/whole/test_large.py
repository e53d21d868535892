"""An import into a Kimai that is large already: what is said of it, and whether it comes true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from trees import write_tree
from virtual_clock import run

from kimai_async import Event, Kind, Level, LevelFinished, LevelStarted, Report, Settings, Settled, Warned, import_csv
from kimai_async.choices import Numbers
from kimai_async.sandbox import create_app
from kimai_async.sandbox.in_process import in_process

if TYPE_CHECKING:
    from pathlib import Path

    from kimai_async.sandbox.storage.state import Sandbox

THERE = 60_000
SCAN_COST = 4e-6
"""With it a create takes half a second here, as many as eight lanes can bear on the server that was measured."""


class Large:
    """A sandbox of so many activities, and an import of 800 more into it."""

    def __init__(self, folder: Path, *, first: int = 2, cleared: bool = False) -> None:
        self.file = folder / "new.csv"
        self.paths = write_tree(self.file, 1, 1, 800)
        settings = {"activity.number_format": "" if cleared else "{ac,4}"}
        self.app = create_app(latency=0.05, scan_cost=SCAN_COST, settings=settings, record=True)
        self.sandbox: Sandbox = self.app.state.sandbox
        self.told: list[tuple[int, str]] = []
        self.created = 0
        self.seconds = 0.0
        store = self.sandbox.store
        store._db.execute("PRAGMA synchronous=OFF")
        customer = store.insert("customers", None, {"name": "Old", "number": "0002", "visible": True})
        project = store.insert("projects", customer.id, {"name": "Old", "number": "0002", "visible": True})
        for count in range(first, first + THERE):
            fields = {"name": f"Old {count}", "number": f"{count:04}", "visible": True}
            store.insert("activities", project.id, fields)

    def take(self, **options: Any) -> Report:
        """Import the file; what is told is noted with how many rows were created before it."""

        def listen(event: Event) -> None:
            match event:
                case Warned(text):
                    self.told.append((self.created, text))
                case Settled(Kind.CREATED) if not options.get("dry_run"):
                    self.created += 1
                case LevelStarted(Level.ACTIVITY):
                    self.sandbox.requests.clear()
                case LevelFinished(Level.ACTIVITY, seconds):
                    self.seconds = seconds
                case _:
                    pass

        async def go() -> Report:
            chosen = Settings(**{"url": "https://kimai.test", "token": "susan-token-0123456789", **options})
            async with in_process(self.app) as transport:
                return await import_csv(self.file, chosen, listeners=[listen], transport=transport)

        try:
            report = run(go)[0]
            assert report.exit_code == 0
            return report
        finally:
            self.new = self.sandbox.numbers("activities")[THERE:]
            self.sandbox.close()


def test_what_will_be_slow_is_said_before_the_first_create_and_the_estimate_comes_true(tmp_path: Path) -> None:
    large = Large(tmp_path)
    large.take()
    (before, warning), (after, estimate) = large.told

    assert before == 0
    assert warning.startswith("800 new activities: for each, Kimai looks for a free number among all that are there; ")
    assert 50 < after < 300
    rate = 800 / large.seconds
    said = float(estimate.partition(" creates a second")[0])
    assert said == pytest.approx(rate, rel=0.1, abs=1)
    left = float(estimate.partition("about ")[2].partition(" s for")[0])
    assert left == pytest.approx((802 - after) / rate, rel=0.1)
    assert sorted(number or "" for number in large.new) == [f"{count:04}" for count in range(THERE + 2, THERE + 802)]
    assert "number" not in large.sandbox.requests[0].json  # one goes alone, and the rest carry theirs
    assert all("number" in request.json for request in large.sandbox.requests[1:])


def test_a_format_that_was_cleared_is_noticed_by_the_first_create_and_nothing_more_is_told(tmp_path: Path) -> None:
    """The newest rows have numbers still: an import was stopped, the format cleared, and the import run again."""
    large = Large(tmp_path, cleared=True)
    large.take()

    assert [created for created, _ in large.told] == [0]
    assert large.new == [None] * 800
    assert large.seconds == pytest.approx(0.05 * 101)


@pytest.mark.parametrize(("numbers", "told"), [(Numbers.CONTINUE, 1), (Numbers.NONE, 0)])
def test_a_dry_run_says_it_too_and_without_numbers_there_is_too_little_to_save(
    tmp_path: Path, numbers: Numbers, told: int
) -> None:
    large = Large(tmp_path)
    large.take(dry_run=True, numbers=numbers)

    assert [created for created, _ in large.told] == [0] * told


def test_a_server_that_tries_a_hundred_numbers_for_each_create_is_named_and_its_numbers_go_on(tmp_path: Path) -> None:
    large = Large(tmp_path, first=THERE // 2)
    large.take()

    assert "each create makes this Kimai try 100 numbers first; clear Number format under System" in large.told[0][1]
    assert sorted(number or "" for number in large.new) == [
        f"{count:04}" for count in range(THERE // 2 + THERE, THERE // 2 + THERE + 800)
    ]
