"""What Kimai's lists do not show by themselves: hidden and ended rows, and what may be added below them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from live_kimai import counts, write

from kimai_async import Kind, Level

if TYPE_CHECKING:
    from pathlib import Path

    from live_kimai import Live

pytest_plugins = ["live_fixtures"]

HEADING = ("Customer", "Project", "Activity")


def below_hidden(live: Live, level: Level, name: str) -> tuple[Any, list[tuple[str, ...]]]:
    """Make a hidden customer, or a hidden project of a visible one; return it and the paths that are there then."""
    customer = live.post(Level.CUSTOMER, name=name, visible=level is not Level.CUSTOMER)
    if level is Level.CUSTOMER:
        return customer, [(name,)]
    return live.post(Level.PROJECT, name=name, customer=customer["id"], visible=False), [(name,), (name, name)]


@pytest.mark.parametrize("level", [Level.CUSTOMER, Level.PROJECT])
def test_below_something_hidden_rows_are_refused_with_its_id_unless_it_is_to_be_shown(
    live: Live, tmp_path: Path, level: Level
) -> None:
    name = f"{live.prefix} hidden {level}"
    hidden, before = below_hidden(live, level, name)
    file = write(tmp_path / "below.csv", HEADING, (name, name, name))
    refused = live.run(file)
    after_refusal = live.paths(name)
    shown = live.run(file, show_hidden=True)
    again = live.run(file, show_hidden=True)

    reasons = [reason for kind, reason in refused.failures.values() if kind is Kind.REFUSED]
    assert (refused.error, refused.exit_code, after_refusal) == (None, 1, before)
    assert [f"(id {hidden['id']}) is hidden" in reason for reason in reasons] == [True]
    assert (shown.exit_code, shown.total(Kind.CREATED)) == (0, 3 - len(before))
    assert (again.exit_code, counts(again, Kind.EXISTS)) == (0, [1, 1, 1])
    assert live.paths(name) == [(name,), (name, name), (name, name, name)]
    assert live.get(f"{level.plural}/{hidden['id']}")["visible"] is True


def test_hidden_and_ended_rows_are_known_again(live: Live, tmp_path: Path) -> None:
    name = f"{live.prefix} ended"
    columns = ("project.start", "project.end", "activity.visible")
    file = write(tmp_path / "ended.csv", (*HEADING, *columns), (name, name, name, "2020-01-01", "2020-12-31", "no"))
    first = live.run(file)
    more = write(tmp_path / "more.csv", HEADING, (name, name, name), (name, name, f"{name} later"))
    second = live.run(more)

    assert (first.exit_code, counts(first, Kind.CREATED)) == (0, [1, 1, 1])
    assert (second.exit_code, counts(second, Kind.CREATED), counts(second, Kind.EXISTS)) == (0, [0, 0, 1], [1, 1, 1])
    assert live.paths(name) == [(name,), (name, name), (name, name, name), (name, name, f"{name} later")]


def test_what_the_file_hides_is_hidden_once_its_children_are_there(live: Live, tmp_path: Path) -> None:
    name = f"{live.prefix} put away"
    heading = (*HEADING, "customer.visible", "project.visible")
    file = write(tmp_path / "away.csv", heading, (name, name, name, "no", "no"), (name, name, f"{name} too", "", ""))
    first = live.run(file)
    second = live.run(file)

    assert (first.exit_code, counts(first, Kind.CREATED)) == (0, [1, 1, 2])
    assert (second.exit_code, counts(second, Kind.EXISTS)) == (0, [1, 1, 2])
    assert [live.only(level, name)["visible"] for level in (Level.CUSTOMER, Level.PROJECT)] == [False, False]
    assert [row["visible"] for row in live.rows(Level.ACTIVITY, name)] == [True, True]
