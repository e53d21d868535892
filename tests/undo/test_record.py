"""What stands in a record, and what is refused as one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from kimai_async.errors import UsageError
from kimai_async.tree.nodes import Level
from kimai_async.undo.record import Made, read_record, run_line

if TYPE_CHECKING:
    from pathlib import Path

ROOT = "https://kimai.example.com/api"


def run_of(root: str = ROOT, *, dry_run: bool = False) -> dict[str, Any]:
    return run_line(root, "2.65.0", "susan", "big.csv", "2026-11-26T08:00:00Z", dry_run=dry_run)


def created(level: str, row_id: Any, *path: str, parent: int | None = None, **more: Any) -> dict[str, Any]:
    named = {"type": "created", "level": level, "path": path, "id": row_id, "line": 2, "reason": None}
    return {**named, "parent": parent, "stored": {"number": "0002"}, **more}


def write(path: Path, *lines: Any, end: str = "\n") -> Path:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + end, "utf-8")
    return path


def test_a_record_says_where_and_what_was_created(tmp_path: Path) -> None:
    lines = [created("customer", 1, "AA"), created("project", 4, "AA", "PP", parent=1), {"type": "summary"}]
    record = read_record(write(tmp_path / "run.jsonl", run_of(), *lines))

    assert record.root == ROOT
    assert list(record) == [Made(Level.PROJECT, 4, ("AA", "PP"), 2, 1), Made(Level.CUSTOMER, 1, ("AA",), 2, None)]
    assert (len(record), record.changed, record.damaged) == (2, 0, 0)
    assert record.made[Level.CUSTOMER][1].stored == {"number": "0002"}


def test_what_stands_in_a_record_that_breaks_off_counts(tmp_path: Path) -> None:
    lines = [created("customer", 1, "AA"), '{"type": "created", "level": "customer", "path": ["B']
    record = read_record(write(tmp_path / "run.jsonl", run_of(), *lines, end=""))

    assert [made.id for made in record] == [1]
    assert record.damaged == 1


def test_the_runs_of_one_record_count_together_and_what_a_later_one_changed_is_not_compared(tmp_path: Path) -> None:
    updated = {"type": "updated", "level": "customer", "path": ["AA"], "id": 1, "line": 2, "reason": None}
    lines = [created("customer", 1, "AA"), run_of(), updated, {**updated, "id": 7}, created("customer", 2, "BB")]
    record = read_record(write(tmp_path / "run.jsonl", run_of(), *lines))

    assert {made.id: made.stored for made in record} == {1: None, 2: {"number": "0002"}}
    assert record.changed == 1


def test_a_dry_run_created_nothing(tmp_path: Path) -> None:
    lines = [created("customer", 3, "AA"), run_of(), created("customer", 4, "BB")]

    assert [made.id for made in read_record(write(tmp_path / "r", run_of(dry_run=True), *lines))] == [4]


@pytest.mark.parametrize(
    "line",
    [
        {"path": []},
        {"path": "AA"},
        {"path": [1]},
        {"parent": "1"},
        {"stored": [1]},
        {"path": None},
    ],
)
def test_a_line_of_another_shape_counts_as_damaged(tmp_path: Path, line: dict[str, Any]) -> None:
    record = read_record(write(tmp_path / "r", run_of(), {**created("project", 3, "AA", "PP", parent=1), **line}))

    assert (len(record), record.damaged) == (0, 1)


@pytest.mark.parametrize("line", [{"id": None}, {"id": True}, {"id": "3"}, {"level": "planet"}, {"type": "exists"}])
def test_a_line_that_says_nothing_of_a_creation_is_passed_over(tmp_path: Path, line: dict[str, Any]) -> None:
    record = read_record(write(tmp_path / "r", run_of(), {**created("project", 3, "AA", "PP", parent=1), **line}))

    assert (len(record), record.damaged) == (0, 0)


def test_a_line_without_a_number_has_none(tmp_path: Path) -> None:
    assert next(iter(read_record(write(tmp_path / "r", run_of(), created("customer", 3, "AA", line=None))))).line == 0


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "its first line does not say which Kimai it was"),
        (["Customer,Project", "AA,PP"], "its first line does not say which Kimai it was"),
        (["[" * 100_000], "its first line does not say which Kimai it was"),
        ([created("customer", 1, "AA"), run_of()], "its first line does not say which Kimai it was"),
        ([{"type": "run"}], "its first line has no url"),
        (
            [run_of(), run_of("https://other/api")],
            "holds runs into two servers, https://kimai.example.com/api and http",
        ),
    ],
)
def test_what_is_no_record_of_one_server_is_refused(tmp_path: Path, lines: list[Any], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        read_record(write(tmp_path / "run.jsonl", *lines))


def test_a_record_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"The record .*run.jsonl cannot be read: no such file or directory."):
        read_record(tmp_path / "run.jsonl")
