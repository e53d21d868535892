"""Tables: what stands in line, what is folded, and what any output can write."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys

import pytest
from rich.cells import cell_len

from kimai_async.explorer.table import print_table

NAMES = [
    "Sales talk",
    "打ち合わせ",
    "東京",
    "Ångström",
    "A\u030angstro\u0308m",
    "Fête 🎉",
    "🚀🚀",
    "회의",
    "[bold]Call[/] :smile:",
]


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def on_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> Terminal:
    """Standard output as a terminal of a width, until the test is over."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys, "stdout", written := Terminal())
    return written


def activities(*names: str) -> list[dict[str, object]]:
    return [
        {"id": number, "name": name, "parentTitle": "FOO", "number": f"{number:04}", "visible": True}
        for number, name in enumerate(names, 1)
    ]


def begins(line: str, word: str) -> int:
    """The column of the terminal in which a word begins."""
    return cell_len(line[: line.rindex(word)])


def test_headings_and_columns_of_activities(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("activities", activities("Sales talk", "Phone"))

    assert capsys.readouterr().out.splitlines() == [
        "id  name        project  number  visible",
        "─" * 40,
        "1   Sales talk  FOO      0001    yes",
        "2   Phone       FOO      0002    yes",
    ]


def test_letters_of_any_width_stand_in_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("activities", activities(*NAMES))
    heading, _, *lines = capsys.readouterr().out.splitlines()

    assert len(lines) == len(NAMES)
    assert {begins(line, "FOO") for line in lines} == {begins(heading, "project")}
    for name, line in zip(NAMES, lines, strict=True):
        assert f"  {name}  " in line


@pytest.mark.parametrize("columns", [200, 60, 40, 30, 22])
def test_a_narrow_terminal_folds_names_and_loses_nothing(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    name = "プロジェクト管理" * 5
    terminal = on_terminal(monkeypatch, columns)
    print_table("customers", [{"id": 12345, "name": name, "number": "K-0001-2026"}])
    lines = terminal.getvalue().splitlines()

    assert max(map(cell_len, lines)) <= columns
    assert "".join(character for character in "".join(lines) if character in name) == name


def test_even_on_the_narrowest_terminal_no_letter_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch, 5)
    print_table("activities", activities("株式会社"))

    assert [character for character in terminal.getvalue() if character in "株式会社"] == list("株式会社")


def test_without_a_terminal_the_width_of_the_window_counts_for_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "get_terminal_size", lambda _: os.terminal_size((30, 24)))
    print_table("activities", activities("x" * 100))

    assert max(map(len, capsys.readouterr().out.splitlines())) == 80


def test_numbers_and_times_give_way_only_after_names() -> None:
    script = (
        "from kimai_async.explorer.table import print_table\n"
        "print_table('timesheets', [{'id': 1, 'begin': '2026-01-31T09:00:00+0100', 'end': '2026-01-31T10:00:00+0100',"
        " 'project': 12345, 'activity': 67890, 'user': 1, 'description': 'word ' * 40}])"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert "2026-01-31 09:00  2026-01-31 10:00  12345    67890" in out
    assert out.count("word") + out.count("wor\n") >= 20
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("encoding", "shown"), [("utf-8", "Fête 東"), ("cp1252", r"Fête \u6771"), ("ascii", r"F\xeate \u6771")]
)
def test_what_the_output_cannot_write_is_spelled_out(
    monkeypatch: pytest.MonkeyPatch, encoding: str, shown: str
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding))
    print_table("customers", [{"id": 1, "name": "Fête 東", "number": "1"}])
    sys.stdout.flush()
    heading, rule, line = raw.getvalue().decode(encoding).splitlines()

    assert line == f"1   {shown}  1"
    assert begins(heading, "number") == begins(line, "1")
    assert rule == ("─" if encoding == "utf-8" else "-") * len(heading)


def test_a_heading_that_the_server_chose_commands_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("things", [{"id": 1, "\x1b[31m[red]": "x"}])

    assert capsys.readouterr().out.splitlines()[0] == r"id  \x1b[31m[red]"


def test_rich_is_loaded_only_to_print_a_table() -> None:
    script = (
        "import sys\n"
        "from kimai_async.explorer.table import print_table\n"
        "print('rich' in sys.modules)\n"
        "print_table('word', ['x'])\n"
        "print('rich.cells' in sys.modules, 'rich.table' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == ["False", "value", "─────", "x", "True False"]
