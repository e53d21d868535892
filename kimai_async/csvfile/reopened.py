"""The record of what a run has opened in Kimai and is to close again: it outlives a run that was killed."""

from __future__ import annotations

import csv
import os
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kimai_async.csvfile.special import fitting_name
from kimai_async.errors import OutputError, UsageError, as_error, lacks_handles
from kimai_async.tree.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Iterable

HEADING = ["Kimai", "Level", "Id", "Name", "Visible", "End"]


class Closed(NamedTuple):
    """A customer, project or activity that is closed to time entries: hidden, or ended on a day (YYYY-MM-DD)."""

    level: Level
    id: int
    name: str
    visible: bool
    end: str | None


def reopened_path(source: Path | None) -> Path:
    """Return where the record of an input's run is: `NAME.reopened.csv` beside it, or in this folder."""
    return (
        Path("stdin.reopened.csv") if source is None else source.with_name(fitting_name(source.stem, ".reopened.csv"))
    )


def write_reopened(path: Path, kimai: str, rows: Iterable[Closed]) -> None:
    """Write what is to be closed again in the Kimai at that address; on the disk as a whole, or not at all.

    Raises OutputError if it cannot be written.
    """
    try:
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, prefix=".reopened-", delete=False, encoding="utf-8", newline=""
        ) as file:
            try:
                writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
                writer.writerow(HEADING)
                for row in rows:
                    writer.writerow([kimai, row.level, row.id, row.name, "yes" if row.visible else "no", row.end or ""])
                file.flush()
                os.fsync(file.fileno())
                file.close()
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise OutputError(
            f"What is opened for the run cannot be noted in {path} ({_reason(error)}), so nothing was opened."
        ) from None


def read_reopened(path: Path, kimai: str) -> list[Closed]:
    """Return what an earlier run has left open, nothing if there is no record.

    Raises UsageError for a record of another Kimai, and for what is no record or cannot be read; StoppedError without a
    handle to open it with.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            heading, *rows = list(csv.reader(file, strict=True)) or [[]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, csv.Error) as error:
        if isinstance(error, OSError) and lacks_handles(error):
            raise as_error(error) from None
        raise UsageError(f"{path} cannot be read: {_reason(error)}; an earlier run left it there.") from None
    other = next((row[0] for row in rows if row and row[0] != kimai), None)
    if heading == HEADING and other is not None:
        raise UsageError(
            f"{path} says what an earlier run has left open in {other}, not in {kimai}; run that import again first."
        )
    found = [_read(row) for row in rows] if heading == HEADING else [None]
    if None in found:
        raise UsageError(f"{path} is no record of what a run has opened; move it away.")
    return [row for row in found if row is not None]


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def _read(row: list[str]) -> Closed | None:
    try:
        _, level, number, name, visible, end = row
        day = date.fromisoformat(end).isoformat() if end else None
        return Closed(Level(level), int(number), name, {"yes": True, "no": False}[visible], day)
    except (LookupError, ValueError):
        return None
