"""The file to import: opened once, readable twice."""

from __future__ import annotations

import shutil
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from kimai_async.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """An open, seekable CSV, the name to call it by, and its path if it has one."""

    file: BinaryIO
    name: str
    path: Path | None


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
        yield Source(_seekable(file, stack), name, path)


def _open(path: Path) -> BinaryIO:
    try:
        if path.is_dir():
            raise UsageError(f"{path} is a folder; name a CSV file in it.")
        return path.open("rb")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from None


def _seekable(file: BinaryIO, stack: ExitStack) -> BinaryIO:
    if file.seekable():
        return file
    copy = cast("BinaryIO", stack.enter_context(tempfile.TemporaryFile()))  # noqa: SIM115 - the stack closes it
    shutil.copyfileobj(file, copy)
    return copy
