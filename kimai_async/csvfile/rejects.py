"""The rows that did not go in, as a CSV that can be mended and imported again."""

from __future__ import annotations

import codecs
import csv
import errno
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kimai_async.csvfile.special import descriptor, fitting_name, is_special
from kimai_async.csvfile.table import ADDED
from kimai_async.errors import OutputError
from kimai_async.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kimai_async.csvfile.table import Table

    Why = Callable[[int, Sequence[str]], str | None]


def default_path(source: Path | None) -> Path:
    """Return where rejects go unless told otherwise: `NAME.rejects.csv` beside the input, or in this folder."""
    if source is None:
        return Path("stdin.rejects.csv")
    return source.with_name(fitting_name(re.sub(r"\.rejects(-\d+)?$", "", source.stem), ".rejects.csv"))


def rejected_rows(table: Table, why: Why) -> Iterator[list[str]]:
    """Yield the rows for which *why* (of a line and its cells) has a reason, each with reason and line at the end."""
    width = len(table.heading)
    added = _added_before(table)
    for line, cells in table:
        reason = why(line, cells)
        if reason is not None:
            # As wide as the heading, so that the reason stands below its own; what lies beyond it is empty.
            row = [*cells[:width], *[""] * (width - len(cells))]
            yield [*(cell for index, cell in enumerate(row) if index not in added), reason, str(line)]


def write_rejects(path: Path, table: Table, why: Why) -> tuple[Path, int]:
    """Write the rows for which *why* has a reason, unchanged, as the input is encoded; return path and count.

    A file appears whole or not at all, and what exists and has other content is kept: the new one is then called
    `NAME-2.csv` and so on. What is no file, as `/dev/stdout` or a named pipe, is written to as it is; a pipe needs a
    reader by then. Raises OutputError if it cannot be written.
    """
    try:
        special = _open_special(path)
        if special is None:
            return _write_file(path, table, why)
        with os.fdopen(special, "w", encoding=_encoding(table), newline="", errors="backslashreplace") as file:
            return path, _write_rows(file, table, why)
    except OSError as error:
        raise OutputError(
            f"The rejects cannot be written to {plain(str(path))}: {_reason(error)}; name another file by --rejects."
        ) from None


def _reason(error: OSError) -> str:
    if error.errno == errno.ENXIO:
        return "nobody reads from it"
    return (error.strerror or str(error)).lower()


def _open_special(path: Path) -> int | None:
    """Return an open descriptor of what is no file, or None for a file or a path where nothing is."""
    number = descriptor(path)
    if number is not None:
        return os.dup(number)
    if not is_special(path):
        return None
    # Without a reader a pipe would not be opened for ever; once it is open, a slow reader is waited for.
    special = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
    os.set_blocking(special, True)
    return special


def _write_file(path: Path, table: Table, why: Why) -> tuple[Path, int]:
    with tempfile.NamedTemporaryFile(
        "w",
        dir=path.parent,
        prefix=".rejects-",
        delete=False,
        encoding=_encoding(table),
        newline="",
        errors="backslashreplace",  # a reason may hold what the input's encoding cannot say
    ) as file:
        temporary = Path(file.name)
        try:
            count = _write_rows(file, table, why)
            file.close()
            _use_umask(temporary)
            target = _free_name(path, temporary)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    return target, count


def _write_rows(file: Any, table: Table, why: Why) -> int:
    """Write the heading and the rejected rows; return how many rows."""
    added = _added_before(table)
    writer = csv.writer(file, delimiter=table.delimiter, lineterminator="\n")
    # Python's writer leaves a lone \r bare, and its reader ends the row there.
    careful = csv.writer(file, delimiter=table.delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow([*(heading for index, heading in enumerate(table.heading) if index not in added), *ADDED])
    count = 0
    for row in rejected_rows(table, why):
        (careful if any("\r" in cell for cell in row) else writer).writerow(row)
        count += 1
    return count


def _added_before(table: Table) -> set[int]:
    """Return where the input has `Reason` and `Line` itself, being a rejects file; they are written anew."""
    tail = len(table.heading) - len(ADDED)
    return {tail, tail + 1} if tuple(table.heading[tail:]) == ADDED and tail >= 0 else set()


def _encoding(table: Table) -> str:
    """Return the input's encoding; `utf-8-sig` only if the input itself begins with a byte order mark."""
    return "utf-8" if table.encoding == "utf-8-sig" and not table.starts_with(codecs.BOM_UTF8) else table.encoding


def _use_umask(path: Path) -> None:
    # Temporary files are private; a report is not. The umask can only be read by setting it.
    mask = os.umask(0o077)
    os.umask(mask)
    path.chmod(0o666 & ~mask)


def _free_name(path: Path, content: Path) -> Path:
    candidate, count = path, 1
    while candidate.exists() and candidate.read_bytes() not in (b"", content.read_bytes()):
        count += 1
        candidate = path.with_name(f"{path.stem}-{count}{path.suffix}")
    return candidate
