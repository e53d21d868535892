"""`--check --timesheets`: entries counted, compared and summed by project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from kimai_async.sandbox.serve import Serving, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from commands import Command, Result

HEADINGS = "Date,From,To,Customer,Project,Activity,Description,Tags,Billable,Hourly rate\n"
ROWS = [
    "2026-01-05,09:00,10:30,AA,PP,XX,one,,yes,80",
    "2026-01-05,09:00,10:30,AA,PP,XX,one,,yes,80",
    "2026-01-05,11:00:30,11:59:30,AA,PP,YY,rounded,blue,no,",
    "2026-01-06,09:00,17:00,BB,QQ,XX,three,,,",
]


@pytest.fixture
def server() -> Iterator[Serving]:
    with serving(record=True) as running:
        yield running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "time.csv"
    path.write_text(HEADINGS + "\n".join(ROWS) + "\n", "utf-8")
    return path


def call(server: Serving, method: str, path: str, **body: Any) -> None:
    headers = {"Authorization": f"Bearer {server.token}"}
    answer = httpx.request(method, f"{server.url}/api/{path}", json=body, headers=headers)
    assert answer.status_code in (200, 204), answer.text


def run(command: Command, server: Serving, file: Path, *options: str) -> Result:
    return command(file, "--timesheets", *options, "--url", server.url, KIMAI_TOKEN=server.token)


def found(result: Result) -> list[Any]:
    return [line for line in result.lines[1:-1] if line["type"] != "hours"]


def test_after_the_import_nothing_differs_and_the_hours_are_told(command: Command, server: Serving, file: Path) -> None:
    assert run(command, server, file).code == 0
    result = run(command, server, file, "--check", "--extra", "--json")

    assert (result.code, found(result)) == (0, [])
    assert [(line["path"], line["file"], line["there"]) for line in result.lines[1:-1]] == [
        (["AA", "PP"], 3.9833, 3.9833),
        (["BB", "QQ"], 8.0, 8.0),
    ]
    assert set(result.lines[-1]["missing"]) == {"customer", "project", "activity", "entry"}
    assert "AA > PP: 3.98 h in the file, 3.98 h of it on the server" in run(command, server, file, "--check").err


def test_nothing_is_created_by_a_check(command: Command, server: Serving, file: Path) -> None:
    result = run(command, server, file, "--check", "--json")

    assert result.code == 1
    assert result.lines[-1]["missing"] == {"customer": 2, "project": 2, "activity": 3, "entry": 4}
    assert server.sandbox.tree() == []
    assert server.sandbox.store.entries.all() == []


CHANGES: list[tuple[dict[str, Any], list[Any]]] = [
    ({"description": "other"}, ["missing"]),
    ({"end": "2026-01-05T11:30:00+00:00"}, ["missing"]),
    ({"tags": "red"}, ["differs", "tags", "", ["red"]]),
    ({"billable": False}, ["differs", "billable", "yes", False]),
    ({"hourlyRate": 90}, ["differs", "hourlyRate", "80.00", 90.0]),
    ({"exported": True}, []),
]


@pytest.mark.parametrize(("body", "expected"), CHANGES, ids=lambda value: str(value)[:30])
def test_each_change_of_one_of_two_equal_entries_is_named_once(
    command: Command, server: Serving, file: Path, body: dict[str, Any], expected: list[Any]
) -> None:
    file.write_text(file.read_text("utf-8").replace("one,,", "one,green,"), "utf-8")
    run(command, server, file)
    call(server, "POST", "tags", name="red", visible=True)
    call(server, "PATCH", "timesheets/1", **body)
    lines = found(run(command, server, file, "--check", "--json"))

    shown = [[line["type"], *(line[key] for key in ("field", "file", "server") if key in line)] for line in lines]
    expected = ["differs", "tags", "green", ["red"]] if "tags" in body else expected
    assert shown == ([expected] if expected else [])
    assert all(line["level"] == "entry" and line["line"] in (2, 3) for line in lines)


def test_what_is_beside_on_the_files_projects_is_told_within_its_span(
    command: Command, server: Serving, file: Path
) -> None:
    run(command, server, file)
    for day in ("2026-01-06", "2026-03-06"):
        times = {"begin": f"{day}T06:00:00+00:00", "end": f"{day}T07:00:00+00:00"}
        call(server, "POST", "timesheets", project=1, activity=1, **times)
    result = run(command, server, file, "--check", "--extra", "--json")

    (line,) = found(result)
    assert (result.code, line["type"], line["level"]) == (1, "extra", "entry")
    assert line["path"] == ["AA", "PP", "XX", "2026-01-06 06:00 UTC"]
    words = run(command, server, file, "--check", "--extra").err
    assert "time entry AA > PP > XX > 2026-01-06 06:00 UTC (id 5) is on the server alone" in words


def test_what_the_server_would_refuse_is_missing_with_the_reason(command: Command, server: Serving, file: Path) -> None:
    run(command, server, file)
    call(server, "PATCH", "projects/2", visible=False)
    call(server, "DELETE", "timesheets/4")
    lines = found(run(command, server, file, "--check", "--json"))

    assert [(line["type"], line["level"], line["line"]) for line in lines] == [("missing", "entry", 5)]
    assert "hidden" in lines[0]["reason"]


def test_an_empty_file_has_nothing_beside(command: Command, server: Serving, file: Path) -> None:
    run(command, server, file)
    file.write_text(HEADINGS + ",,,AA,PP,XX,,,,\n", "utf-8")
    result = run(command, server, file, "--check", "--extra", "--json")

    assert [line["type"] for line in found(result)] == ["extra"]
    assert found(result)[0]["path"] == ["AA", "PP", "YY"]
