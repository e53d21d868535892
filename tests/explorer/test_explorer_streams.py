"""`kimai-api` as a process whose streams are closed, full or no longer read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from explorer_fixtures import Stub

pytest_plugins = ["explorer_fixtures"]
pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")

COMMAND = (sys.executable, "-c", "from kimai_async.explorer.cli import main; main()")
ROWS = [{"id": number, "name": f"Activity {number}"} for number in range(20_000)]
FULL = "error: standard output cannot be written: no space left on device.\n"
CLOSED = "error: standard output cannot be written: it is closed.\n"


@pytest.fixture
def many(stub: Stub) -> Stub:
    stub.answer("things", ROWS)
    return stub


def run(shell: str, *arguments: str, stub: Stub) -> subprocess.CompletedProcess[str]:
    """Run the command by a line of bash, in which it stands as `"$@"`."""
    line = ["bash", "-c", f"set -o pipefail; {shell}", "bash", *COMMAND, *arguments]
    access = {"KIMAI_URL": stub.url, "KIMAI_TOKEN": "t"}
    return subprocess.run(line, env={**os.environ, **access}, capture_output=True, text=True)


@pytest.mark.parametrize("table", [(), ("--table",)], ids=["json", "table"])
@pytest.mark.parametrize(
    ("lost", "said"),
    [
        (">/dev/full", FULL),
        (">&-", CLOSED),
        (">/dev/full 2>&1", ""),
        (">&- 2>&-", ""),
    ],
)
def test_an_answer_that_cannot_be_written_is_one_sentence_and_exit_code_3(
    many: Stub, lost: str, said: str, table: tuple[str, ...]
) -> None:
    ended = run(f'"$@" {lost}', "get", "things", *table, stub=many)

    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr == (f"20,000 rows\n{said}" if said else "")


@pytest.mark.parametrize("lost", ["2>/dev/full", "<&- 2>&-", "2> >(exit)"])
def test_a_lost_stderr_costs_the_words_and_nothing_else(many: Stub, lost: str) -> None:
    ended = run(f'"$@" {lost}', "get", "things", stub=many)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout) == ROWS


@pytest.mark.parametrize("table", [(), ("--table",)], ids=["json", "table"])
def test_a_reader_that_has_seen_enough_is_no_error(many: Stub, table: tuple[str, ...]) -> None:
    ended = run('"$@" | head -n 1', "get", "things", *table, stub=many)

    assert (ended.returncode, ended.stderr) == (0, "20,000 rows\n")
    assert len(ended.stdout.splitlines()) == 1


@pytest.mark.parametrize("arguments", [("--version",), ("get", "--help")])
@pytest.mark.parametrize(("lost", "said"), [(">/dev/full", FULL), (">&-", CLOSED)])
def test_help_that_cannot_be_written_is_one_sentence(
    stub: Stub, arguments: tuple[str, ...], lost: str, said: str
) -> None:
    ended = run(f'"$@" {lost}', *arguments, stub=stub)

    assert (ended.returncode, ended.stderr) == (3, said)


@pytest.mark.parametrize("lost", ["2>&-", ">/dev/full 2>&1"])
def test_a_refusal_that_nobody_reads_keeps_its_exit_code(stub: Stub, lost: str) -> None:
    assert run(f'"$@" {lost}', "get", "nothing", stub=stub).returncode == 3
    assert run(f'"$@" {lost}', "get", "timesheets/5/stop", stub=stub).returncode == 2
    assert stub.asked == ["/api/nothing"]
