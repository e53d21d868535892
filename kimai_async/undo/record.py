"""The record of a run: one JSON object a line; what it was about, then what became of each thing."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kimai_async.errors import UsageError
from kimai_async.events import Kind
from kimai_async.tree.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from kimai_async.events import Settled

RUN = "run"
"""The type of a run's first line."""

CHANGED_OF_ENTRIES = ("tags", "billable", "exported")
"""What an import changes of time entries that are there."""


@dataclass(frozen=True, slots=True)
class Made:
    """Something that the run created: where it stands, and what of it the server stored, if that is known."""

    level: Level
    id: int
    path: tuple[str, ...]
    line: int
    parent: int | None
    stored: Mapping[str, Any] | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path[-1]


@dataclass(slots=True)
class Record:
    """What stands in a record: the address of the API, what was created by level and id, and how much was changed.

    `damaged` is how many lines are no whole JSON, as the last one of a run that was killed.
    """

    name: str
    root: str
    made: dict[Level, dict[int, Made]] = field(default_factory=lambda: {level: {} for level in Level})
    changed: int = 0
    damaged: int = 0

    def __len__(self) -> int:
        return sum(map(len, self.made.values()))

    def __iter__(self) -> Iterator[Made]:
        """Yield what was created, from the time entries up to the customers."""
        for level in reversed(Level):
            yield from self.made[level].values()


def run_line(root: str, kimai: str, user: str, file: str, at: str, *, dry_run: bool) -> dict[str, Any]:
    """Return the first line of a run: which server, as whom, which file, when (ISO 8601)."""
    return {"type": RUN, "url": root, "kimai": kimai, "user": user, "file": file, "at": at, "dry_run": dry_run}


def settled_line(event: Settled) -> dict[str, Any]:
    """Return the line of one thing whose fate is known."""
    node = event.node
    line: dict[str, Any] = {
        "type": event.kind,
        "level": node.level,
        "path": node.path,
        "id": node.id,
        "line": node.line,
        "reason": event.reason,
    }
    if event.kind is Kind.CREATED and node.id is not None:
        line["parent"] = None if node.parent is None else node.parent.id
        line["stored"] = event.stored
    return line


def read_record(path: Path) -> Record:
    """Read a record, or the beginning of one; raises UsageError for what is none.

    Several runs may stand in it one after the other, if they were of one server. Dry runs created nothing.
    """
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            return _read(str(path), lines)
    except OSError as error:
        raise UsageError(f"The record {path} cannot be read: {(error.strerror or str(error)).lower()}.") from None


def _read(name: str, lines: Iterable[str]) -> Record:
    record: Record | None = None
    damaged, dry_run = 0, False
    for text in lines:
        line = _object(text)
        if line is None:
            damaged += bool(text.strip())
        elif line.get("type") == RUN:
            record = _begin(name, line, record)
            dry_run = line.get("dry_run") is True
        elif record is None:
            break
        elif not dry_run:
            _add(record, line)
    if record is None:
        raise UsageError(
            f"{name} is no record of a run: its first line does not say which Kimai it was; "
            "give a file that --record or --json has written."
        )
    record.damaged += damaged
    return record


def _object(text: str) -> dict[str, Any] | None:
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return line if isinstance(line, dict) else None


def _begin(name: str, line: Mapping[str, Any], before: Record | None) -> Record:
    root = line.get("url")
    if not isinstance(root, str):
        raise UsageError(f"{name} is no record of a run: its first line has no url.")
    if before is None:
        return Record(name, root)
    if before.root != root:
        raise UsageError(f"{name} holds runs into two servers, {before.root} and {root}; give each its own record.")
    return before


def _add(record: Record, line: Mapping[str, Any]) -> None:
    kind, level, row_id = line.get("type"), line.get("level"), line.get("id")
    if kind not in (Kind.CREATED, Kind.UPDATED) or level not in tuple(Level) or type(row_id) is not int:
        return
    rows = record.made[Level(level)]
    if kind == Kind.CREATED:
        made = _made(Level(level), row_id, line)
        if made is None:
            record.damaged += 1
        else:
            rows[row_id] = made
    elif row_id in rows:  # a later run changed what an earlier one had made: what was stored then counts no more
        rows[row_id] = _changed_since(rows[row_id])
    else:
        record.changed += 1


def _changed_since(made: Made) -> Made:
    """Return what was made without what another run may have changed of it; an entry is no other one by that."""
    stored = None
    if made.level is Level.ENTRY and made.stored is not None:
        stored = {key: value for key, value in made.stored.items() if key not in CHANGED_OF_ENTRIES}
    return Made(made.level, made.id, made.path, made.line, made.parent, stored)


def _made(level: Level, row_id: int, line: Mapping[str, Any]) -> Made | None:
    path, parent, stored, number = line.get("path"), line.get("parent"), line.get("stored"), line.get("line")
    named = isinstance(path, list) and path and all(isinstance(name, str) for name in path)
    if not named or not (parent is None or type(parent) is int) or not (stored is None or isinstance(stored, dict)):
        return None
    assert isinstance(path, list)
    return Made(level, row_id, tuple(path), number if isinstance(number, int) else 0, parent, stored)
