"""Pipes, devices and descriptors as the input and for the rejects, as a shell gives them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from importing import post
from processes import run
from trees import HEADING, write_rows

from kimai_async.sandbox.serve import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kimai_async.sandbox.serve import Serving

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/dev and /proc as Linux has them")

REJECTED = "Twice,PP,"
REASON = "customer Twice: the server has 2 customers of this name here (ids 1 and 2)"


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    with serving() as running:
        for _ in range(2):
            post(running, "customers", name="Twice", country="DE", currency="EUR", timezone="Europe/Berlin")
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_rows(tmp_path / "a.csv", REJECTED, "BB,PP,")
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def is_rejects(text: str) -> bool:
    heading, row, *rest = text.splitlines()
    return heading == f"{HEADING},Reason,Line" and row.startswith(f"{REJECTED},{REASON}") and not rest


def test_rejects_go_through_a_named_pipe_to_its_reader(folder: Path, server: Serving) -> None:
    os.mkfifo(folder / "pipe")
    ended = run("a.csv", "--rejects", "pipe", server=server, shell='cat pipe & "$@"; wait', cwd=folder)

    assert is_rejects(ended.out)
    assert names(folder) == ["a.csv", "pipe"]
    assert "1 row did not go in: see pipe; mend it and import it." in ended.err


def test_a_pipe_that_nobody_reads_ends_with_3_and_not_never(folder: Path, server: Serving) -> None:
    os.mkfifo(folder / "pipe")
    ended = run("a.csv", "--json", "--rejects", "pipe", server=server, cwd=folder)

    assert ended.code == ended.lines[-1]["exit_code"] == 3
    assert (
        "error: The rejects cannot be written to pipe: nobody reads from it; name another file by --rejects."
        in ended.err
    )


@pytest.mark.parametrize(
    ("path", "shell"),
    [
        ("/dev/stdout", '"$@"'),
        ("/dev/fd/1", '"$@"'),
        ("/dev/stdout", '"$@" >out; cat out'),
        ("/proc/self/fd/1", 'echo first >out; "$@" >>out; tail -n +2 out'),
    ],
)
def test_rejects_stand_on_standard_output_whatever_that_is(
    folder: Path, server: Serving, path: str, shell: str
) -> None:
    ended = run("a.csv", "--quiet", "--rejects", path, server=server, shell=shell, cwd=folder)

    assert is_rejects(ended.out)
    assert [name for name in names(folder) if name != "out"] == ["a.csv"]


def test_rejects_stand_on_standard_error_before_the_report(folder: Path, server: Serving) -> None:
    ended = run("a.csv", "--quiet", "--rejects", "/dev/stderr", server=server, cwd=folder)

    assert ended.code == 1
    assert is_rejects("\n".join(ended.err.splitlines()[:2]))
    assert ended.err.splitlines()[-1] == "1 row did not go in; mend the file and import it again."


def test_a_full_device_ends_with_3(folder: Path, server: Serving) -> None:
    ended = run("a.csv", "--json", "--rejects", "/dev/full", server=server, cwd=folder)

    assert ended.code == ended.lines[-1]["exit_code"] == 3
    assert (
        "error: The rejects cannot be written to /dev/full: no space left on device; name another file by --rejects."
        in ended.err
    )
    assert "All else is done; what is on the server is left alone when you run it again." in ended.err


def test_rejects_that_nobody_wants_leave_nothing(folder: Path, server: Serving) -> None:
    ended = run("a.csv", "--json", "--rejects", "/dev/null", server=server, cwd=folder)

    assert ended.code == 1
    assert "1 row did not go in; mend the file and import it again." in ended.err
    assert names(folder) == ["a.csv"]
    assert not os.path.exists("/dev/null-2")  # noqa: PTH110


@pytest.mark.parametrize(
    ("path", "shell"), [("/dev/stdout", '"$@"'), ("/dev/fd/1", '"$@"'), ("out", '"$@" >out; cat out')]
)
def test_rejects_are_not_mixed_with_json(folder: Path, path: str, shell: str) -> None:
    with serving(record=True) as server:
        ended = run("a.csv", "--json", "--rejects", path, server=server, shell=shell, cwd=folder)

        assert server.sandbox.requests == []
    assert ended.lines[-1]["exit_code"] == 2
    assert ended.err == "error: --json and --rejects would both write to standard output; name a file.\n"


def test_json_and_rejects_may_both_go_nowhere(folder: Path, server: Serving) -> None:
    ended = run("a.csv", "--json", "--rejects", "/dev/null", server=server, shell='"$@" >/dev/null', cwd=folder)

    assert ended.code == 1


@pytest.mark.parametrize(
    ("source", "shell", "name"),
    [
        ("-", '"$@" <a.csv', "standard input"),
        ("-", 'cat a.csv | "$@"', "standard input"),
        ("/dev/stdin", '"$@" <a.csv', "standard input"),
        ("/dev/stdin", 'cat a.csv | "$@"', "standard input"),
        ("/dev/fd/9", '"$@" 9< <(cat a.csv)', "/dev/fd/9"),
        ("pipe", 'cat a.csv >pipe & "$@"', "pipe"),
    ],
)
def test_the_rejects_of_an_input_that_is_no_file_are_in_this_folder(
    folder: Path, server: Serving, source: str, shell: str, name: str
) -> None:
    os.mkfifo(folder / "pipe")
    ended = run(source, server=server, shell=shell, cwd=folder)

    assert ended.code == 1
    assert ended.err.splitlines()[0] == f"{name}: UTF-8, delimiter comma"
    assert "1 row did not go in: see stdin.rejects.csv; mend it and import it." in ended.err
    assert is_rejects((folder / "stdin.rejects.csv").read_text("utf-8"))
    assert names(folder) == ["a.csv", "pipe", "stdin.rejects.csv"]


def test_a_closed_standard_input_is_said(folder: Path, server: Serving) -> None:
    ended = run("-", server=server, shell='"$@" <&-', cwd=folder)

    assert ended.code == 2
    assert ended.err == "error: Standard input is closed; name a file, or let a program write the CSV into a pipe.\n"


def test_a_file_whose_reading_fails_is_said(folder: Path, server: Serving) -> None:
    ended = run("--", "/proc/self/mem", server=server, cwd=folder)

    assert (ended.code, ended.err) == (2, "error: mem cannot be read: input/output error.\n")


def test_standard_input_that_finds_no_room_in_the_temporary_folder_is_said(folder: Path, server: Serving) -> None:
    # Files of no more than nothing: as on a disk that is full.
    ended = run("-", "--json", server=server, shell='ulimit -f 0; cat a.csv | "$@"', cwd=folder)

    assert ended.code == ended.lines[-1]["exit_code"] == 2
    assert ended.err.startswith("error: standard input cannot be copied to a temporary file, to be read twice: ")
    assert ended.err.endswith(" Save it as a file, or let TMPDIR name a folder with room.\n")
