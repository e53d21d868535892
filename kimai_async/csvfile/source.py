"""The file to import: opened once, readable twice."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from kimai_async.csvfile.special import descriptor, is_special
from kimai_async.errors import CsvError, OutputError, UsageError, as_error, lacks_handles
from kimai_async.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

STDIN = "-"
_STDIN_NAME = "standard input"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """An open, seekable CSV, the name to call it by, and its path if it is a file on a disk."""

    file: BinaryIO
    name: str
    path: Path | None
    state: tuple[int, int] | None
    """Size in bytes and time of the last change in nanoseconds, of a file that others can change."""

    def readable(self) -> AbstractContextManager[None]:
        """Raise UsageError where the block raises OSError, which is about this file; StoppedError without a handle."""
        return _readable(self.name)

    def check_whole(self) -> None:
        """Raise CsvError if the file was changed since it was opened, so that what was read may be half of it."""
        if _state(self.path) != self.state:
            raise CsvError(
                f"{self.name} was changed while it was read; nothing was sent. Import it when it is finished."
            )

    def check_unchanged(self) -> None:
        """Raise OutputError if the file was changed since it was opened, so that its rows are no longer those."""
        if _state(self.path) != self.state:
            raise OutputError(
                f"{self.name} was changed during the import, so its rejected rows cannot be copied; import it again."
            )


@contextmanager
def open_source(what: Path | str | BinaryIO) -> Iterator[Source]:
    """Open a path, `-` (standard input) or a binary file; what cannot be read twice is copied to a temporary file.

    Raises UsageError, with the reason, for what cannot be read or copied.
    """
    with ExitStack() as stack:
        if not isinstance(what, (str, Path)):
            file, name, path = what, str(getattr(what, "name", "the file")), None
        elif str(what) == STDIN:
            file, name, path = _stdin(), _STDIN_NAME, None
        else:
            path = Path(what)
            name = path.name
            with _readable(str(path)):  # its folder may be closed to us
                number, special = descriptor(path), is_special(path)
            if number is not None or special:
                name, path = _STDIN_NAME if number == 0 else str(path), None
            file = stack.enter_context(_open(Path(what)))
        name = plain(name)
        yield Source(_seekable(file, name, stack), name, path, _state(path))


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        raise UsageError("Standard input is closed; name a file, or let a program write the CSV into a pipe.")
    return sys.stdin.buffer


def _open(path: Path) -> BinaryIO:
    with _readable(plain(str(path))):
        if path.is_dir():
            raise UsageError(f"{plain(str(path))} is a folder; name a CSV file in it.")
        return path.open("rb")


def _state(path: Path | None) -> tuple[int, int] | None:
    try:
        found = None if path is None else path.stat()
    except OSError:
        return None
    return None if found is None or not stat.S_ISREG(found.st_mode) else (found.st_size, found.st_mtime_ns)


def _seekable(file: BinaryIO, name: str, stack: ExitStack) -> BinaryIO:
    if file.seekable():
        return file
    with _copyable(name):
        copy = cast("BinaryIO", stack.enter_context(tempfile.TemporaryFile()))  # noqa: SIM115 - the stack closes it
    while chunk := _read(file, name):
        with _copyable(name):
            copy.write(chunk)
    with _copyable(name):
        copy.flush()
    return copy


def _read(file: BinaryIO, name: str) -> bytes:
    with _readable(name):
        return file.read(_CHUNK)


@contextmanager
def _readable(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        _about_handles(error)
        raise UsageError(f"{name} cannot be read: {_reason(error)}.") from None


@contextmanager
def _copyable(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        _about_handles(_reason_of_tempfile(error))
        raise UsageError(
            f"{name} cannot be copied to a temporary file, to be read twice: {_reason(error)}. Save it as a file, or "
            "let TMPDIR name a folder with room."
        ) from None


def _about_handles(error: OSError) -> None:
    """Raise StoppedError if it is not this file that is wrong, but how many files the process may open."""
    if lacks_handles(error):
        raise as_error(error) from None


def _reason_of_tempfile(error: OSError) -> OSError:
    """Return why there is no temporary file: `tempfile` calls its folders unusable also where no file can be opened."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as reason:
        return reason
    return error


def _reason(error: OSError) -> str:
    reason = error.strerror or str(error)
    return reason[:1].lower() + reason[1:]
