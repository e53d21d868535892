"""An import that is held against the server and taken back, on a Kimai as it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from live_kimai import DELETE_SINCE, write

from kimai_async.tree.nodes import Level

if TYPE_CHECKING:
    from pathlib import Path

    from commands import Command
    from live_kimai import Live

pytest_plugins = ["live_fixtures"]

HEADING = ("Customer", "Project", "Activity", "Start", "Time budget", "Country")


def names(result: Any) -> list[str]:
    return [line["type"] for line in result.lines[:-1]]


def test_what_was_imported_is_there_as_the_file_has_it_and_goes_again(
    live: Live, tmp_path: Path, command: Command
) -> None:
    name = f"{live.prefix} undo"
    rows = ((name, name, name, "2026-01-31", "1:30", "AT"), (name, name, f"{name} too", "", "", ""))
    file, record = write(tmp_path / "tree.csv", HEADING, *rows), tmp_path / "run.jsonl"
    assert command(file, "--record", record, **live.environment).code == 0
    checked = command(file, "--check", "--extra", "--json", **live.environment)
    deletes = live.version >= DELETE_SINCE
    arguments = ["--undo", record, "--yes", "--json", *([] if deletes else ["--hide"])]
    first, second = [command(*arguments, **live.environment) for _ in range(2)]

    assert (checked.code, checked.lines[1:-1]) == (0, [])
    assert (first.code, names(first)) == (0, ["deleted" if deletes else "hidden"] * 4), first.err
    assert (second.code, names(second)) == (0, ["gone"] * 4)
    assert (live.paths(name) == []) is deletes


def test_time_that_somebody_books_on_it_keeps_it(live: Live, tmp_path: Path, command: Command) -> None:
    name = f"{live.prefix} booked"
    file, record = write(tmp_path / "tree.csv", HEADING[:3], (name, name, name)), tmp_path / "run.jsonl"
    assert command(file, "--record", record, **live.environment).code == 0
    ids = {
        line["level"]: line["id"] for line in map(json.loads, record.read_text("utf-8").splitlines()) if "level" in line
    }
    times = {"begin": "2026-01-05T09:00:00+00:00", "end": "2026-01-05T10:00:00+00:00"}
    entry = live.http.post(
        "timesheets", json={"project": ids[Level.PROJECT], "activity": ids[Level.ACTIVITY], **times}
    ).json()
    hide = [] if live.version >= DELETE_SINCE else ["--hide"]
    result = command("--undo", record, "--yes", "--json", *hide, **live.environment)

    assert (result.code, names(result)) == (1, ["kept"] * 3), result.err
    assert live.http.get(f"timesheets/{entry['id']}").status_code == 200
    assert live.http.delete(f"timesheets/{entry['id']}").status_code == 204
    assert command("--undo", record, "--yes", *hide, **live.environment).code == 0


@pytest.mark.parametrize("field", ["comment", "budget"])
def test_a_change_of_one_field_is_named_by_a_check(live: Live, tmp_path: Path, command: Command, field: str) -> None:
    name = f"{live.prefix} differs {field}"
    columns = ("--column", f"customer.{field}=Value")
    file = write(tmp_path / "tree.csv", ("Customer", "Value"), (name, "12"))
    assert command(file, *columns, **live.environment).code == 0
    file = write(tmp_path / "tree.csv", ("Customer", "Value"), (name, "13"))
    result = command(file, "--check", "--json", *columns, **live.environment)

    assert (result.code, names(result)) == (1, ["run", "differs"])
    assert result.lines[1]["field"] == field
