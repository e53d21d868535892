"""What an undo did: counts, what stays and why, exit code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from kimai_async.events import Event, Warned
from kimai_async.report import EXIT_INTERRUPTED, EXIT_OK, EXIT_ROWS
from kimai_async.tree.nodes import Level

if TYPE_CHECKING:
    from kimai_async.errors import KimaiImportError
    from kimai_async.undo.record import Made


class Fate(StrEnum):
    """What became of something that a run had created; in a dry run, what would."""

    DELETED = "deleted"
    HIDDEN = "hidden"
    GONE = "gone"
    """It was not there any more or, if it is to be hidden, it was hidden."""
    KEPT = "kept"


class Undone(NamedTuple):
    """The fate of something is known, and the reason if it stays."""

    fate: Fate
    made: Made
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """What the server says: what may go, what stays and why, what is gone; *changed* rows the run had only changed."""

    go: Mapping[Level, Sequence[Made]]
    stay: Mapping[Made, str]
    gone: Sequence[Made]
    changed: int

    @property
    def size(self) -> int:
        """How much may go."""
        return sum(map(len, self.go.values()))


@dataclass(frozen=True, slots=True)
class RecordRead:
    """The record was read: how much it says was created in which Kimai, and how many of its lines are damaged."""

    name: str
    root: str
    made: int
    damaged: int


UndoEvent = Event | Undone | Planned | RecordRead
UndoListener = Callable[[UndoEvent], None]


@dataclass(slots=True)
class UndoReport:
    """The record of one undo; it is true at every moment.

    `counts` are by fate and level, `kept` has what stays and why, `pending` how much of each level is not done yet.
    `declined`: whoever was asked said no. `changed` is how many rows the run had changed; they stay.
    """

    dry_run: bool = False
    counts: dict[Fate, dict[Level, int]] = field(
        default_factory=lambda: {fate: dict.fromkeys(Level, 0) for fate in Fate}
    )
    kept: dict[Made, str] = field(default_factory=dict)
    pending: dict[Level, int] = field(default_factory=lambda: dict.fromkeys(Level, 0))
    changed: int = 0
    declined: bool = False
    seconds: float = 0.0
    warnings: list[str] = field(default_factory=list)
    interrupted: bool = False
    error: KimaiImportError | None = None

    def total(self, fate: Fate) -> int:
        """Return how much of all levels met that fate."""
        return sum(self.counts[fate].values())

    @property
    def exit_code(self) -> int:
        """An error's own code; 130 interrupted; 1 when something stays; else 0."""
        if self.error is not None:
            return self.error.exit_code
        if self.interrupted:
            return EXIT_INTERRUPTED
        return EXIT_ROWS if self.kept or self.declined else EXIT_OK

    def add(self, event: UndoEvent) -> None:
        """Record what an event says."""
        match event:
            case Undone(fate, made, reason):
                self.counts[fate][made.level] += 1
                self.pending[made.level] -= 1
                if fate is Fate.KEPT:
                    self.kept[made] = reason or ""
            case Planned():
                self.changed = event.changed
                for made in (*(made for rows in event.go.values() for made in rows), *event.stay, *event.gone):
                    self.pending[made.level] += 1
            case Warned(text):
                self.warnings.append(text)
            case _:
                pass

    def summary(self) -> dict[str, Any]:
        """Return the summary as `--json` prints it, with plain dictionaries."""
        return {
            "type": "summary",
            "undo": True,
            "dry_run": self.dry_run,
            "exit_code": self.exit_code,
            "seconds": round(self.seconds, 3),
            **{str(fate): {str(level): self.counts[fate][level] for level in Level} for fate in Fate},
            "pending": {str(level): self.pending[level] for level in Level},
            "changed": self.changed,
            "warnings": self.warnings,
            "error": None if self.error is None else str(self.error),
        }
