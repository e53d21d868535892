"""The three standard streams: always open, and a stderr that nobody reads is no error."""

from __future__ import annotations

import errno
import io
import os
import sys
from select import select
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TextIO


class _Raw(io.RawIOBase):
    """Writes to another raw stream and keeps the error if that fails; with *forgiving* the writer need not know."""

    def __init__(self, raw: io.RawIOBase, *, forgiving: bool) -> None:
        self._raw = raw
        self._forgiving = forgiving
        self.error: OSError | None = None

    def write(self, data: Any) -> int:
        """Write all of it, or nothing if it cannot be written and that is forgiven."""
        rest = memoryview(data)
        size = len(rest)
        try:
            while rest:
                written = self._raw.write(rest)
                if written is None:  # another program has made the terminal non-blocking
                    select([], [self._raw], [])
                rest = rest[written or 0 :]
        except OSError as error:
            self.error = error
            if not self._forgiving:
                raise
        return size

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw.isatty()


def secure_streams() -> None:
    """Open what is closed of the descriptors 0 to 2, so that no file gets one of them, and let stderr be lost.

    Afterwards `sys.stdout` and `sys.stderr` are there. Writing to a stdout that was closed raises OSError; nothing that
    is written to stderr does.
    """
    for number, mode in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # it gets the lowest number that is free: this one
    # What replaces them, as a test does, is left alone.
    if sys.stderr is None or sys.stderr is sys.__stderr__:
        sys.unraisablehook = _say_nothing
    if sys.stdout is None or sys.stdout is sys.__stdout__:
        sys.stdout = _secured(sys.stdout, 1)
    if sys.stderr is None or sys.stderr is sys.__stderr__:
        sys.stderr = _secured(sys.stderr, 2)


def _say_nothing(_: object) -> None:
    """Let an error in a destructor pass: nobody could do anything about it, and it would stand among what is said."""


def _secured(stream: Any, number: int) -> io.TextIOWrapper:
    if stream is None:
        raw, encoding, errors = io.FileIO(number, "w", closefd=False), "utf-8", "backslashreplace"
    else:
        raw, encoding, errors = getattr(stream.buffer, "raw", stream.buffer), stream.encoding, stream.errors
    return io.TextIOWrapper(
        io.BufferedWriter(_Raw(raw, forgiving=number == 2)),
        encoding=encoding,
        errors=errors,
        line_buffering=number == 2 or raw.isatty(),
    )


def stdout_error() -> OSError | None:
    """Return why something could not be written to standard output, or None."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return raw.error if isinstance(raw, _Raw) else None


def why(error: OSError) -> str:
    """Return why a stream cannot be written, as a part of a sentence."""
    return "it is closed" if error.errno == errno.EBADF else (error.strerror or str(error)).lower()


def silence(stream: TextIO) -> None:
    """Let a stream that cannot be written write nowhere: Python flushes it at its exit, and would complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
