from __future__ import annotations

import codecs
import csv
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from systems import permissions
from trees import HEADING

from kimai_async.csvfile.rejects import default_path, write_rejects
from kimai_async.csvfile.table import Table
from kimai_async.errors import OutputError
from kimai_async.events import Kind
from kimai_async.plan.build import Plan, build
from kimai_async.report import Report
from kimai_async.tree.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def reasons(plan: Plan, report: Report) -> Callable[[int, Sequence[str]], str | None]:
    return lambda line, cells: report.reason(plan.locate(cells), line)


def reject(
    folder: Path, content: bytes, *, encoding: str = "utf-8", delimiter: str = ",", to: Path | None = None
) -> tuple[Path, int]:
    """Refuse the first project of a file and write its rejects."""
    file = folder / "big.csv"
    file.write_bytes(content)
    with file.open("rb") as opened:
        table = Table(opened, name="big.csv", delimiter=delimiter, encoding=encoding)
        plan = build(table)
        report = Report(tree=plan.tree)
        report.settle(next(plan.tree.level(Level.PROJECT)), Kind.REFUSED, "too bad")
        return write_rejects(to or default_path(file), table, reasons(plan, report))


def test_rejected_rows_are_unchanged_with_reason_and_line(tmp_path: Path) -> None:
    rows = 'x,Activity,Customer,Project\n1,"A ""1""", AA ,PP\n2,A2,AA,QQ\n\n3,"two\nlines",AA,PP\n4\n5,,AA,PP,\n'
    path, count = reject(tmp_path, rows.encode())

    assert (path, count) == (tmp_path / "big.rejects.csv", 3)
    assert path.read_text() == (
        "x,Activity,Customer,Project,Reason,Line\n"
        '1,"A ""1""", AA ,PP,project PP: too bad,2\n'
        '3,"two\nlines",AA,PP,project PP: too bad,5\n'
        "5,,AA,PP,project PP: too bad,8\n"
    )


def test_rejects_keep_delimiter_and_encoding(tmp_path: Path) -> None:
    path, _ = reject(
        tmp_path, "Customer;Project;Activity\nMüller;PP;\n".encode("cp1252"), encoding="cp1252", delimiter=";"
    )

    assert path.read_bytes() == "Customer;Project;Activity;Reason;Line\nMüller;PP;;project PP: too bad;2\n".encode(
        "cp1252"
    )


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_rejects_have_a_byte_order_mark_if_the_input_has_one(tmp_path: Path, mark: bytes) -> None:
    path, _ = reject(tmp_path, mark + f"{HEADING}\nAA,PP,\n".encode())

    assert path.read_bytes().startswith(codecs.BOM_UTF8) is bool(mark)


def test_rejects_of_rejects_have_one_reason_and_one_line(tmp_path: Path) -> None:
    path, _ = reject(tmp_path, f"{HEADING},Reason,Line\nAA,PP,XX,old reason,7\n".encode())

    assert path.read_text() == f"{HEADING},Reason,Line\nAA,PP,XX,project PP: too bad,2\n"


def test_an_existing_file_of_other_content_is_kept(tmp_path: Path) -> None:
    for _ in range(2):
        path, _ = reject(tmp_path, f"{HEADING}\nAA,PP,\n".encode())
        assert path.name == "big.rejects.csv"
    second, _ = reject(tmp_path, f"{HEADING}\nBB,PP,\n".encode())
    third, _ = reject(tmp_path, f"{HEADING}\nCC,PP,\n".encode())

    assert [second.name, third.name] == ["big.rejects-2.csv", "big.rejects-3.csv"]
    assert "AA,PP" in (tmp_path / "big.rejects.csv").read_text()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [
        "big.csv",
        "big.rejects-2.csv",
        "big.rejects-3.csv",
        "big.rejects.csv",
    ]


def test_an_empty_file_that_waits_for_them_is_taken(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").touch()
    path, _ = reject(tmp_path, f"{HEADING}\nAA,PP,\n".encode(), to=tmp_path / "mine.csv")

    assert path.name == "mine.csv"
    assert path.stat().st_size


@pytest.mark.parametrize("stem", ["n" * 251, "ü" * 125])
def test_the_longest_names_rejects_have_a_shorter_one(tmp_path: Path, stem: str) -> None:
    """A name has at most 255 bytes."""
    (tmp_path / f"{stem}.csv").touch()
    for count, row in enumerate(("AA", "BB"), 1):
        path, _ = reject(tmp_path, f"{HEADING}\n{row},PP,\n".encode(), to=default_path(tmp_path / f"{stem}.csv"))

        assert path.name.startswith(stem[:100])
        assert path.name.endswith(".rejects.csv" if count == 1 else ".rejects-2.csv")


@pytest.mark.parametrize(
    ("source", "rejects"),
    [
        ("a/big.csv", "a/big.rejects.csv"),
        ("big", "big.rejects.csv"),
        ("a/big.rejects.csv", "a/big.rejects.csv"),
        ("big.rejects-2.csv", "big.rejects.csv"),
        (None, "stdin.rejects.csv"),
    ],
)
def test_rejects_lie_beside_the_input(source: str | None, rejects: str) -> None:
    assert default_path(None if source is None else Path(source)) == Path(rejects)


@permissions
def test_the_rejects_permissions_follow_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        path, _ = reject(tmp_path, f"{HEADING}\nAA,PP,\n".encode())
    finally:
        os.umask(before)

    assert path.stat().st_mode & 0o777 == 0o640


def test_rejects_that_cannot_be_written_are_said_and_leave_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot be written to .*: no such file or directory"):
        reject(tmp_path, f"{HEADING}\nAA,PP,\n".encode(), to=tmp_path / "nowhere" / "r.csv")


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kimai_async.csvfile.rejects.rejected_rows", full)
    with pytest.raises(OutputError, match="no space left on device"):
        reject(tmp_path, f"{HEADING}\nAA,PP,\n".encode())

    assert [path.name for path in tmp_path.iterdir()] == ["big.csv"]


def test_a_lone_carriage_return_in_a_cell_survives(tmp_path: Path) -> None:
    path, _ = reject(tmp_path, b'Customer,Project\nAA,"P\rP"\n')

    with path.open(newline="") as file:
        assert list(csv.reader(file))[1][:2] == ["AA", "P\rP"]


def test_a_reason_that_the_inputs_encoding_cannot_say_is_spelled_out(tmp_path: Path) -> None:
    file = tmp_path / "big.csv"
    file.write_bytes("Kunde;Projekt\nMüller;PP\n".encode("cp1252"))
    with file.open("rb") as opened:
        table = Table(opened, name="big.csv")
        plan = build(table)
        report = Report(tree=plan.tree)
        report.settle(next(plan.tree.level(Level.PROJECT)), Kind.REFUSED, "bad 李")
        path, _ = write_rejects(default_path(file), table, reasons(plan, report))

    assert path.read_text("cp1252").splitlines()[1] == "Müller;PP;project PP: bad \\u674e;2"


def test_the_row_that_names_an_incomplete_node_first_is_among_the_rejects(tmp_path: Path) -> None:
    file = tmp_path / "big.csv"
    file.write_bytes(b"Customer,Project\nAA,PP\nAA,QQ\n")
    with file.open("rb") as opened:
        table = Table(opened, name="big.csv")
        plan = build(table)
        report = Report(tree=plan.tree, incomplete={plan.tree.customers["AA"]: "it cannot be hidden"})
        path, count = write_rejects(default_path(file), table, reasons(plan, report))

    assert (count, path.read_text().splitlines()[1]) == (1, 'AA,PP,"customer AA is there, but it cannot be hidden",2')
