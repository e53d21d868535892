"""`--record`: the lines of `--json`, kept in a file from which `--undo` takes a run back."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from kimai_async.errors import UsageError
from kimai_async.terminal.ndjson import JsonLines
from kimai_async.undo.record import read_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def recording(path: Path, root: str, lost: Callable[[str], None]) -> Iterator[JsonLines]:
    """Record a run at the end of *path*: each line is in the file before another create is sent over its lane.

    *root* is the address of the API. Raises UsageError for a file that cannot be written, that is no record, or that
    has runs into another server.
    """
    try:
        if path.exists() and path.stat().st_size:
            before = read_record(path).root
            if before != root:
                raise UsageError(f"--record {path} has runs into {before}, and this is {root}; name another file.")
        out = path.open("a", encoding="utf-8", errors="backslashreplace")
        if out.tell() and not _ends_a_line(path):  # of a run that was killed
            out.write("\n")
            out.flush()
    except OSError as error:
        raise UsageError(f"--record {path} cannot be written: {(error.strerror or str(error)).lower()}.") from None
    try:
        yield JsonLines(out, lost)
    finally:
        with suppress(OSError):  # it was told when it could not be written
            out.close()


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"
