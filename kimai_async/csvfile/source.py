"""The file to import: opened once, readable twice."""

from __future__ import annotations

import shutil
import stat
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from kimai_async.errors import CsvError, OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """An open, seekable CSV, the name to call it by, and its path if it has one."""

    file: BinaryIO
    name: str
    path: Path | None
    state: tuple[int, int] | None
    """Size in bytes and time of the last change in nanoseconds, of a file that others can change."""

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

    Raises UsageError, with the reason, for a path that cannot be read.
    """
    with ExitStack() as stack:
        if isinstance(what, (str, Path)) and str(what) != STDIN:
            path = Path(what)
            file: BinaryIO = stack.enter_context(_open(path))
            name = path.name
        else:
            path = None
            file = sys.stdin.buffer if isinstance(what, (str, Path)) else what
            name = "standard input" if isinstance(what, (str, Path)) else str(getattr(what, "name", "the file"))
        yield Source(_seekable(file, stack), name, path, _state(path))


def _open(path: Path) -> BinaryIO:
    try:
        if path.is_dir():
            raise UsageError(f"{path} is a folder; name a CSV file in it.")
        return path.open("rb")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from None


def _state(path: Path | None) -> tuple[int, int] | None:
    try:
        found = None if path is None else path.stat()
    except OSError:
        return None
    return None if found is None or not stat.S_ISREG(found.st_mode) else (found.st_size, found.st_mtime_ns)


def _seekable(file: BinaryIO, stack: ExitStack) -> BinaryIO:
    if file.seekable():
        return file
    copy = cast("BinaryIO", stack.enter_context(tempfile.TemporaryFile()))  # noqa: SIM115 - the stack closes it
    shutil.copyfileobj(file, copy)
    return copy
