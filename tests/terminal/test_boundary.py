"""Streams that cannot be written, and what becomes of an exception, in this process."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, cast

import pytest

from kimai_async import __main__ as start
from kimai_async.errors import CsvError
from kimai_async.terminal.boundary import guarded
from kimai_async.terminal.interrupts import end_at_once, interrupts
from kimai_async.terminal.streams import _Raw, secure_streams, stdout_error, why

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import typer


class Unwritable(io.RawIOBase):
    """A raw stream that fails with one error."""

    def __init__(self, error: OSError) -> None:
        self._error = error
        self.silent = False

    def write(self, data: Any) -> int:
        if self.silent:
            return len(data)
        raise self._error

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2

    def isatty(self) -> bool:
        return True


def text_stream(error: OSError, *, forgiving: bool = False) -> io.TextIOWrapper:
    raw = _Raw(Unwritable(error), forgiving=forgiving)
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", write_through=True)


def silence(stream: Any) -> None:
    """Do what the real one does to a descriptor."""
    stream.buffer.raw._raw.silent = True


def test_a_forgiving_stream_takes_what_cannot_be_written() -> None:
    error = OSError(errno.ENOSPC, "No space left on device")
    stream = text_stream(error, forgiving=True)

    assert stream.write("lost\n") == 5
    stream.flush()
    assert (stream.isatty(), stream.fileno()) == (True, 2)
    assert cast("Any", stream.buffer).raw.error is error


def test_why_a_stream_is_lost_is_said() -> None:
    assert why(OSError(errno.EBADF, "Bad file descriptor")) == "it is closed"
    assert why(OSError(errno.ENOSPC, "No space left on device")) == "no space left on device"
    assert why(OSError("odd")) == "odd"


@pytest.fixture
def own_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test replace the streams, and put them back."""
    for name in ("stdout", "stderr", "unraisablehook"):
        monkeypatch.setattr(sys, name, getattr(sys, name))


@pytest.mark.usefixtures("own_streams")
def test_streams_that_were_closed_are_there_afterwards(capfd: pytest.CaptureFixture[str]) -> None:
    sys.stdout = sys.stderr = cast("Any", None)
    secure_streams()
    sys.stdout.write("out\n")
    sys.stdout.flush()
    sys.stderr.write("err\n")

    assert capfd.readouterr() == ("out\n", "err\n")
    assert stdout_error() is None


@pytest.mark.usefixtures("own_streams")
def test_streams_of_the_process_keep_their_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BufferedWriter(io.FileIO(2, "w", closefd=False)), "latin-1", "backslashreplace")
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(sys, "__stderr__", stream)
    secure_streams()

    assert sys.stderr is not stream
    assert (sys.stderr.encoding, sys.stderr.errors) == ("latin-1", "backslashreplace")


@pytest.mark.usefixtures("own_streams")
def test_an_error_in_a_destructor_is_not_told_among_the_words(capfd: pytest.CaptureFixture[str]) -> None:
    class Broken:
        def __del__(self) -> None:
            raise LookupError

    sys.stderr = cast("Any", None)
    secure_streams()
    Broken()

    assert capfd.readouterr().err == ""


def ended(app: Callable[..., object]) -> int:
    with pytest.raises(SystemExit) as exit_:
        guarded(cast("typer.Typer", app))()
    assert isinstance(exit_.value.code, int)
    return exit_.value.code


def raising(error: BaseException) -> Callable[..., object]:
    def app(**_: object) -> None:
        raise error

    return app


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (CsvError("bad file"), 2, "error: bad file\n"),
        (OSError(errno.EMFILE, "Too many open files"), 3, "error: This process may not open enough files; raise the"),
        (KeyboardInterrupt(), 130, "interrupted; nothing was sent\n"),
        (SystemExit(5), 5, ""),
        (SystemExit(), 0, ""),
    ],
)
def test_an_exception_becomes_a_sentence_and_a_code(
    capfd: pytest.CaptureFixture[str], error: BaseException, code: int, said: str
) -> None:
    assert ended(raising(error)) == code
    assert capfd.readouterr().err.startswith(said)


def test_a_command_that_returns_ends_with_0() -> None:
    assert ended(lambda **_: None) == 0


@pytest.mark.parametrize("flushed", [True, False])
@pytest.mark.parametrize(("code", "expected"), [(0, 3), (2, 2)])
def test_a_stdout_that_cannot_be_written_is_an_error_unless_there_is_one(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, flushed: bool, code: int, expected: int
) -> None:
    monkeypatch.setattr(sys, "stdout", text_stream(OSError(errno.ENOSPC, "No space left on device")))
    monkeypatch.setattr("kimai_async.terminal.boundary.silence", silence)

    def app(**_: object) -> None:
        sys.stdout.write("much")
        if flushed and not code:
            sys.stdout.flush()
        raise SystemExit(code)

    assert ended(app) == expected
    assert capfd.readouterr().err == "error: standard output cannot be written: no space left on device.\n"


def test_a_reader_that_has_left_is_no_error(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", text_stream(BrokenPipeError(errno.EPIPE, "Broken pipe")))
    monkeypatch.setattr("kimai_async.terminal.boundary.silence", silence)

    assert ended(lambda **_: sys.stdout.write("much")) == 0
    assert capfd.readouterr().err == ""


def test_a_bug_with_nowhere_to_write_its_details_says_where_it_is(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", full)

    assert ended(raising(LookupError())) == 70
    assert capfd.readouterr().err == (
        "error: this is a bug (LookupError), in test_boundary.py, line "
        f"{raising.__code__.co_firstlineno + 2}; the details cannot be written to a temporary file: "
        "no space left on device\n"
    )


class EndedError(Exception):
    """The process would have ended."""


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let an end of the process be an exception, and put back what handles signals."""

    def end(code: int) -> None:
        raise EndedError(code)

    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr(interrupts, "_installed", interrupts._installed)
    monkeypatch.setattr(interrupts, "_listener", end_at_once)
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("process")
def test_a_signal_that_nobody_hears_ends_the_process_with_a_sentence(capfd: pytest.CaptureFixture[str]) -> None:
    interrupts.install()
    with pytest.raises(EndedError, match="130"):
        signal.raise_signal(signal.SIGTERM)

    assert capfd.readouterr().err == "interrupted; nothing was sent\n"


@pytest.mark.usefixtures("process")
def test_a_signal_after_the_report_ends_the_process_with_its_own_code() -> None:
    interrupts.install()
    with interrupts.heard_by(lambda: None):
        interrupts.over(1)
    with pytest.raises(EndedError, match="1"):
        signal.raise_signal(signal.SIGINT)


@pytest.mark.usefixtures("process")
def test_on_a_terminal_the_sentence_begins_a_line_of_its_own(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.isatty", lambda descriptor: True)
    with pytest.raises(EndedError):
        end_at_once()

    assert capfd.readouterr().err == "\ninterrupted; nothing was sent\n"


@pytest.mark.usefixtures("process", "own_streams")
def test_the_command_begins_with_a_handler_and_ends_with_none(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["kimai-aimport", "--version"])
    with pytest.raises(SystemExit) as exit_:
        start.main()

    assert exit_.value.code == 0
    assert capfd.readouterr().out.startswith("kimai-aimport ")
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


@pytest.mark.usefixtures("process")
def test_a_command_that_cannot_be_loaded_says_why(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("kimai_async.terminal.streams.secure_streams", broken)
    with pytest.raises(EndedError, match="3"):
        start.main()

    assert "error: kimai-aimport cannot be loaded: " in capfd.readouterr().err
