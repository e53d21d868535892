"""The file of `--user-map`: who in Kimai is meant by a name in the file."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

from kimai_async.csvfile.dialect import find_delimiter, find_encoding, refuse_binary
from kimai_async.csvfile.records import BrokenRecordError, Records
from kimai_async.errors import CsvError, UsageError, as_error, lacks_handles
from kimai_async.text import plain, shorten
from kimai_async.tree.names import trim

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST = 1024 * 1024
"""Bytes of such a file: more than ten thousand people."""


class Mapped(NamedTuple):
    """One line: a name in the file, and the user name, e-mail address, display name or id in Kimai."""

    line: int
    name: str
    user: str


def read_user_map(path: Path) -> list[Mapped]:
    """Read a CSV of two columns; whether its first line is one of headings is left open.

    Delimiter and encoding are found. Raises UsageError for what cannot be read, and for a line that has not both;
    StoppedError without a handle to open it with.
    """
    try:
        content = path.read_bytes() if path.stat().st_size <= LARGEST else None
    except OSError as error:
        if lacks_handles(error):
            raise as_error(error) from None
        raise UsageError(
            f"--user-map {plain(str(path))} cannot be read: {(error.strerror or str(error)).lower()}."
        ) from None
    if content is None:
        raise UsageError(
            f"--user-map {plain(str(path))} is too large for a list of users: it takes {LARGEST // 1024} KiB at most."
        )
    name = plain(path.name)
    try:
        file = io.BytesIO(content)
        refuse_binary(file, name)
        text = content.decode(find_encoding(file, name, None))
    except CsvError as error:
        raise UsageError(f"--user-map: {error}") from None
    return list(_rows(text, name))


def _rows(text: str, name: str) -> Iterator[Mapped]:
    lines = list(io.StringIO(text, newline=""))
    try:
        for line, cells in Records(lines, find_delimiter(lines, len)):
            given = [cell for cell in map(trim, cells) if cell]
            if given and (len(given) != 2 or len(cells) < 2):
                shown = shorten(", ".join(given), 60)
                raise UsageError(
                    f"--user-map {name}, line {line}: {shown!r} is not a name in the file and a user in Kimai; give "
                    "both, and nothing else."
                )
            if given:
                yield Mapped(line, given[0], given[1])
    except BrokenRecordError as error:
        raise UsageError(f"--user-map {name}, line {error.line}: {error}.") from None
