"""Inputs and rejects that are no files on a disk."""

from __future__ import annotations

import io
import os
import stat
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from select import select
from typing import TYPE_CHECKING

import pytest
from systems import limits

from kimai_async.csvfile.rejects import write_rejects
from kimai_async.csvfile.source import open_source
from kimai_async.csvfile.special import descriptor, fitting_name, is_special
from kimai_async.csvfile.table import Table
from kimai_async.errors import OutputError, StoppedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = b"Customer,Project\nAA,PP\n"
REJECTED = "Customer,Project,Reason,Line\nAA,PP,too bad,2\n"
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/dev and /proc as Linux has them")


@pytest.fixture
def table() -> Table:
    return Table(io.BytesIO(ROWS), name="a.csv")


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    for number in (reading, writing):
        with suppress(OSError):
            os.close(number)


@linux
def test_a_descriptor_is_known_by_each_of_its_paths(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/dev/stdout")
    (tmp_path / "7").touch()
    paths = ["/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/fd/63", "/proc/self/fd/5", f"/proc/{os.getpid()}/fd/9"]

    assert [descriptor(Path(path)) for path in paths] == [0, 1, 2, 63, 5, 9]
    assert descriptor(tmp_path / "link") == 1
    assert [descriptor(path) for path in (tmp_path / "7", Path("/dev/null"), Path("7"))] == [None, None, None]


def test_links_in_a_circle_are_no_descriptor(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")

    assert descriptor(tmp_path / "one") is None
    assert not is_special(tmp_path / "one")


def test_what_is_no_file_is_told_from_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert is_special(Path(os.devnull))
    assert [is_special(tmp_path / name) for name in ("file", "missing", ".")] == [False, False, False]


@pytest.mark.parametrize("stem", ["short", "n" * 300, "ü" * 200])
def test_a_name_fits_with_its_count(stem: str) -> None:
    name = fitting_name(stem, ".rejects.csv")

    assert name.endswith(".rejects.csv")
    assert stem.startswith(name.removesuffix(".rejects.csv"))
    assert len(os.fsencode(name)) <= 255 - len("-12")


@linux
def test_a_pipe_by_its_descriptor_is_read_once_and_has_no_path(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    os.write(writing, ROWS)
    os.close(writing)
    with open_source(f"/dev/fd/{reading}") as source:
        assert [source.file.seek(0), source.file.read(), source.file.seek(0), source.file.read()] == [0, ROWS, 0, ROWS]
        assert (source.name, source.path, source.state) == (f"/dev/fd/{reading}", None, None)
        source.check_unchanged()


@linux
def test_standard_input_by_its_path_is_called_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "0").write_bytes(ROWS)
    monkeypatch.setattr("kimai_async.csvfile.source.descriptor", lambda path: 0)
    with open_source(tmp_path / "0") as source:
        assert (source.name, source.path) == ("standard input", None)


def test_a_closed_standard_input_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match="Standard input is closed"), open_source("-"):
        pass


class Unreadable(io.BytesIO):
    name = "odd.csv"

    def seekable(self) -> bool:
        return False

    def read(self, size: int | None = -1) -> bytes:
        raise OSError(5, "Input/output error")


def test_an_input_that_cannot_be_read_is_said() -> None:
    with pytest.raises(UsageError, match=r"^odd\.csv cannot be read: input/output error\.$"), open_source(Unreadable()):
        pass


def test_an_error_while_a_file_is_read_is_about_that_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(ROWS)
    with (
        pytest.raises(UsageError, match=r"^a\.csv cannot be read: stale file handle\.$"),
        open_source(tmp_path / "a.csv") as source,
        source.readable(),
    ):
        raise OSError(116, "Stale file handle")


def test_an_input_that_cannot_be_copied_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise FileNotFoundError("No usable temporary directory found")

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    wanted = r"cannot be copied .*: no usable temporary directory found\. Save it"
    with pytest.raises(UsageError, match=wanted), open_source(Pipe(ROWS)):
        pass


@contextmanager
def no_more_files() -> Iterator[None]:
    import resource  # noqa: PLC0415 - POSIX only

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    last = os.open(os.devnull, os.O_RDONLY)  # its number is what counts
    resource.setrlimit(resource.RLIMIT_NOFILE, (last + 1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        os.close(last)


@limits
def test_too_few_files_are_not_the_files_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    monkeypatch.setattr("tempfile.tempdir", None)  # it is found by writing a file there
    (tmp_path / "a.csv").write_bytes(ROWS)
    for source in (tmp_path / "a.csv", Pipe(ROWS)):
        with (
            pytest.raises(StoppedError, match=r"^This process may not open enough files; raise the limit"),
            no_more_files(),
            open_source(source),
        ):
            pass


def too_bad(line: int, cells: object) -> str:
    return "too bad"


@linux
def test_rejects_go_to_a_descriptor_where_it_stands(tmp_path: Path, table: Table) -> None:
    with (tmp_path / "out").open("w+") as file:
        file.write("first\n")
        file.flush()
        path, count = write_rejects(Path(f"/dev/fd/{file.fileno()}"), table, too_bad)

    assert (str(path).startswith("/dev/fd/"), count) == (True, 1)
    assert (tmp_path / "out").read_text("utf-8") == f"first\n{REJECTED}"


@linux
def test_rejects_go_through_a_named_pipe(tmp_path: Path, table: Table) -> None:
    os.mkfifo(tmp_path / "pipe")
    # A reader that need not wait for the writer, and so is there before it.
    reading = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    path, count = write_rejects(tmp_path / "pipe", table, too_bad)

    assert (path, count) == (tmp_path / "pipe", 1)
    assert os.read(reading, 1000).decode() == REJECTED
    os.close(reading)
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


@linux
def test_a_slow_reader_of_a_named_pipe_is_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    rows = b"Customer\n" + b"".join(b"Customer %06d\n" % row for row in range(20_000))
    reading = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reading, True)
    read: list[bytes] = []

    def read_all() -> None:
        select([reading], [], [])  # before there is a writer, a pipe is at its end
        with os.fdopen(reading, "rb") as file:
            read.append(file.read())

    reader = threading.Thread(target=read_all)
    reader.start()
    _, count = write_rejects(tmp_path / "pipe", Table(io.BytesIO(rows), name="a.csv"), too_bad)
    reader.join()

    assert count == 20_000
    assert read[0].count(b"\n") == 20_001


@linux
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("pipe", "nobody reads from it"),
        ("/dev/full", "no space left on device"),
        ("/dev/fd/987", "bad file descriptor"),
    ],
)
def test_what_cannot_take_rejects_is_said(tmp_path: Path, table: Table, name: str, reason: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError, match=f"cannot be written to .*{name}: {reason}"):
        write_rejects(tmp_path / name, table, too_bad)


def test_nothing_is_made_beside_the_null_device(table: Table) -> None:
    assert write_rejects(Path(os.devnull), table, too_bad) == (Path(os.devnull), 1)
    if os.name == "posix":
        assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
