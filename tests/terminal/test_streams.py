"""A stream that is closed, full or no longer read costs what was to stand on it, and nothing else."""

from __future__ import annotations

import io
import os
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from importing import post
from processes import COMMAND, run, start
from trees import HEADING, write_rows, write_tree

from kimai_async.sandbox.serve import serving
from kimai_async.terminal.streams import _Raw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kimai_async.sandbox.serve import Serving

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")


@pytest.fixture
def server() -> Iterator[Serving]:
    with serving() as running:
        yield running


@pytest.mark.parametrize(
    "lost", ["2>/dev/full", "2>&-", "2>&1 | head -n 5", "2> >(exit)", "<&- >&- 2>&-", ">/dev/full 2>&1"]
)
def test_an_import_whose_stderr_is_lost_goes_on_and_keeps_its_exit_code(
    tmp_path: Path, server: Serving, lost: str
) -> None:
    paths = write_tree(tmp_path / "tree.csv", 4, 4, 8)
    shell = f'set -o pipefail; "$@" {lost}'
    first = run(tmp_path / "tree.csv", "-v", server=server, shell=shell)

    assert first.code == 0
    assert len(first.out.splitlines()) == (5 if "head" in lost else 0)
    assert server.sandbox.tree() == paths


def test_a_reader_of_stderr_that_goes_away_in_the_middle_is_not_missed(tmp_path: Path, server: Serving) -> None:
    paths = write_tree(tmp_path / "tree.csv", 4, 4, 8)
    process = start(tmp_path / "tree.csv", "-v", server=server, stdout=subprocess.DEVNULL)
    assert process.stderr is not None
    process.stderr.readline()
    process.stderr.close()

    assert process.wait() == 0
    assert server.sandbox.tree() == paths


@pytest.mark.parametrize("lost", ["2>&-", "<&- 2>&-", "2>/dev/full"])
def test_no_words_get_among_the_json_or_into_a_file_when_stderr_is_closed(
    tmp_path: Path, server: Serving, lost: str
) -> None:
    """The next file that a process opens gets the descriptor that is free: that of stderr."""
    for _ in range(2):
        post(server, "customers", name="Twice", country="DE", currency="EUR", timezone="Europe/Berlin")
    write_rows(tmp_path / "tree.csv", "Twice,PP", "BB")
    before = (tmp_path / "tree.csv").read_bytes()
    ended = run(tmp_path / "tree.csv", "-v", "--json", server=server, shell=f'"$@" {lost}')

    assert ended.code == 1
    assert [line["type"] for line in ended.lines] == ["run", "refused", "skipped", "created", "summary"]
    assert (tmp_path / "tree.csv").read_bytes() == before
    assert (tmp_path / "tree.rejects.csv").read_text("utf-8").startswith(f"{HEADING},Reason,Line\nTwice,PP,")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tree.csv", "tree.rejects.csv"]


def test_json_for_a_closed_standard_output_ends_with_3_and_the_rows_are_there(tmp_path: Path, server: Serving) -> None:
    paths = write_tree(tmp_path / "tree.csv", 2, 2, 2)
    ended = run(tmp_path / "tree.csv", "--json", server=server, shell='"$@" >&-')

    assert ended.code == 3
    assert server.sandbox.tree() == paths
    assert "warning: standard output is lost (it is closed); the import goes on without it" in ended.err


@pytest.mark.parametrize("lost", ["2>/dev/full", "2>&-", "2> >(exit)"])
def test_wrong_usage_keeps_its_exit_code(tmp_path: Path, server: Serving, lost: str) -> None:
    for arguments in (["--nonsense"], ["missing.csv"], []):
        ended = run(*arguments, server=server, shell=f'"$@" {lost}', cwd=tmp_path)

        assert (ended.code, ended.out) == (2, "")


@pytest.mark.parametrize("option", ["--version", "--help"])
@pytest.mark.parametrize(("lost", "why"), [(">/dev/full", "no space left on device"), (">&-", "it is closed")])
def test_an_answer_that_cannot_be_written_is_said(option: str, lost: str, why: str) -> None:
    done = subprocess.run(["bash", "-c", f'"$@" {lost}', "bash", *COMMAND, option], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (3, f"error: standard output cannot be written: {why}.\n")


def test_a_reader_that_has_seen_enough_of_the_help_is_no_error() -> None:
    done = subprocess.run(["bash", "-c", '"$@" > >(exit)', "bash", *COMMAND, "--help"], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("", "")


def test_a_terminal_that_another_program_made_non_blocking_gets_everything() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    got: list[bytes] = []

    def read() -> None:
        with os.fdopen(reading, "rb") as pipe:
            got.append(pipe.read())

    reader = threading.Thread(target=read)
    sent = b"0123456789" * 100_000
    with io.FileIO(writing, "w") as pipe:
        raw = _Raw(pipe, forgiving=True)
        os.write(writing, sent)  # as much of it as the pipe holds
        reader.start()
        assert raw.write(sent) == len(sent)
    reader.join()

    assert got[0].endswith(sent)
