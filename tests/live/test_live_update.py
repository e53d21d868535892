"""What an update sends changes one thing and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from live_kimai import counts, write

from kimai_async import Kind, Level, Match, OnExisting
from kimai_async.tree.nodes import LEVELS

if TYPE_CHECKING:
    from pathlib import Path

    from live_kimai import Live

pytest_plugins = ["live_fixtures"]

CELLS = {
    Level.CUSTOMER: {"phone": "+49 1", "vatId": "DE1", "homepage": "https://example.com", "comment": "one"},
    Level.PROJECT: {"orderNumber": "O-1", "start": "2026-01-01", "end": "2036-12-31", "comment": "one"},
    Level.ACTIVITY: {"comment": "one", "billable": "yes"},
}


def cells(name: str, changed: dict[str, str] | None = None) -> dict[str, str]:
    """A row with names and some fields of each level."""
    names = {str(level): f"{name} {level}" for level in LEVELS}
    fields = {f"{level}.{key}": cell for level in LEVELS for key, cell in CELLS[level].items()}
    return {**names, **fields, **(changed or {})}


@pytest.mark.parametrize(
    ("level", "key", "written", "shown"),
    [
        (Level.CUSTOMER, "vatId", "DE2", "DE2"),
        (Level.PROJECT, "end", "2036-11-30", "2036-11-30"),
        (Level.ACTIVITY, "billable", "no", False),
    ],
)
def test_a_changed_cell_changes_its_field_and_nothing_else_and_a_second_run_nothing(
    live: Live, tmp_path: Path, level: Level, key: str, written: str, shown: Any
) -> None:
    name = f"{live.prefix} one {key}"
    row = cells(name)
    created = live.run(write(tmp_path / "first.csv", row, row.values()))
    before = live.entities(name)
    row = cells(name, {f"{level}.{key}": written})
    file = write(tmp_path / "changed.csv", row, row.values())
    skipped = live.run(file)
    untouched = live.entities(name)
    first = live.run(file, on_existing=OnExisting.UPDATE)
    after = live.entities(name)
    second = live.run(file, on_existing=OnExisting.UPDATE)

    [changed] = before[level]
    assert (created.exit_code, skipped.exit_code, first.exit_code, second.exit_code) == (0, 0, 0, 0)
    assert untouched == before
    assert counts(first, Kind.UPDATED) == [int(each is level) for each in LEVELS]
    assert before[level][changed][key] != shown
    assert after == {**before, level: {changed: {**before[level][changed], key: shown}}}
    assert (counts(second, Kind.UPDATED), counts(second, Kind.EXISTS)) == ([0, 0, 0], [1, 1, 1])
    assert live.entities(name) == after


def test_what_is_found_by_its_number_is_renamed_and_not_created_again(live: Live, tmp_path: Path) -> None:
    name, number = f"{live.prefix} renamed", f"N{live.prefix[-8:]}"
    heading = ("Customer", "customer.number")
    live.run(write(tmp_path / "old.csv", heading, (f"{name} old", number)))
    before = live.only(Level.CUSTOMER, name)
    new = write(tmp_path / "new.csv", heading, (f"{name} new", number))
    report = live.run(new, match=Match.NUMBER, on_existing=OnExisting.UPDATE)
    after = live.only(Level.CUSTOMER, name)

    follows = {"name", "color-safe"}
    assert (report.exit_code, counts(report, Kind.UPDATED), after["name"]) == (0, [1, 0, 0], f"{name} new")
    assert {key: value for key, value in after.items() if key not in follows} == {
        key: value for key, value in before.items() if key not in follows
    }


def test_what_is_there_is_refused_if_the_user_wants_nothing_to_be_there(live: Live, tmp_path: Path) -> None:
    name = f"{live.prefix} there"
    there = live.post(Level.CUSTOMER, name=name)
    file = write(tmp_path / "there.csv", ("Customer",), (name,), (f"{name} not",))
    report = live.run(file, on_existing=OnExisting.FAIL)

    assert report.exit_code == 2
    assert f"id {there['id']}" in str(report.error)
    assert live.paths(name) == [(name,)]


def test_of_two_that_share_a_name_none_is_picked_and_both_ids_are_told(live: Live, tmp_path: Path) -> None:
    name = f"{live.prefix} twin"
    twins = [live.post(Level.CUSTOMER, name=name)["id"] for _ in range(2)]
    report = live.run(write(tmp_path / "twin.csv", ("Customer", "Project"), (name, name)))

    [(kind, reason)] = [failure for node, failure in report.failures.items() if node.level is Level.CUSTOMER]
    assert (report.exit_code, kind) == (1, Kind.REFUSED)
    assert all(str(id_) in reason for id_ in twins)
    assert live.paths(name) == [(name,), (name,)]
