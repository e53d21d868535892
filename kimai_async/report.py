"""What a run did: counts, failures, exit code."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kimai_async.events import (
    EntriesFound,
    EntriesRead,
    FileRead,
    Found,
    Incomplete,
    Kind,
    LevelFinished,
    Settled,
    TwinsFound,
    Warned,
)
from kimai_async.findings import KINDS, HoursOf
from kimai_async.text import path_text
from kimai_async.tree.entry import Entry
from kimai_async.tree.nodes import LEVELS, Level, Tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kimai_async.errors import KimaiImportError
    from kimai_async.events import Event
    from kimai_async.findings import Finding
    from kimai_async.tree.entry import Item
    from kimai_async.tree.nodes import Node

EXIT_OK = 0
EXIT_ROWS = 1
EXIT_STOPPED = 3
EXIT_INTERRUPTED = 130


def _per_level() -> dict[Level, int]:
    return dict.fromkeys(Level, 0)


@dataclass(slots=True)
class Hours:
    """Time in seconds: what the file says, and what the server has stored of it, by Kimai's own durations.

    `customers` and `people` have the file's, of the entries that are there now or, in a dry run, would be.
    """

    file: int = 0
    stored: int = 0
    customers: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    rounding: str | None = None

    def add(self, entry: Entry) -> None:
        """Count an entry that is there, or would be."""
        *_, customer = _ancestors(entry)
        self.customers[customer.name] += entry.seconds
        self.people["" if entry.person is None else str(entry.person)] += entry.seconds


def _ancestors(entry: Entry) -> Iterator[Node]:
    node: Node | None = entry.parent
    while node is not None:
        yield node
        node = node.parent


@dataclass(slots=True)
class Report:
    """The record of one run; it is true at every moment, so that an interrupted run has one too.

    `counts` and `pending` are per level; `seconds` and `level_seconds` are wall-clock seconds. In a dry run the
    counts of `created` say what would be created. `unclear` holds nodes whose create may have been stored without
    our knowing when the run ended, `twins` those that the server stored more than once, with all their ids,
    `incomplete` those that are there, but not quite as the file has them. `columns` says what the file's headings mean.
    `findings` is None unless it is a check, which has `project_hours`, too, if there are time entries.
    `hours` is None unless time entries are imported; `odd_entries` has those that did not go in, or not
    as a whole, by their line.
    """

    dry_run: bool = False
    counts: dict[Kind, dict[Level, int]] = field(default_factory=lambda: {kind: _per_level() for kind in Kind})
    failures: dict[Item, tuple[Kind, str]] = field(default_factory=dict)
    pending: dict[Level, int] = field(default_factory=_per_level)
    level_seconds: dict[Level, float] = field(default_factory=dict)
    seconds: float = 0.0
    unclear: dict[Item, str] = field(default_factory=dict)
    twins: dict[Item, tuple[int, ...]] = field(default_factory=dict)
    incomplete: dict[Item, str] = field(default_factory=dict)
    columns: dict[str, str | None] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    rejects: Path | None = None
    rejected_rows: int = 0
    interrupted: bool = False
    error: KimaiImportError | None = None
    tree: Tree = field(default_factory=Tree)
    hours: Hours | None = None
    odd_entries: dict[int, Entry] = field(default_factory=dict)
    findings: list[Finding] | None = None
    project_hours: list[HoursOf] = field(default_factory=list)

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels that this run imports."""
        return LEVELS if self.hours is None else (*LEVELS, Level.ENTRY)

    def settle(self, node: Item, kind: Kind, reason: str | None) -> None:
        """Count a node whose fate is known."""
        level = node.level
        self.counts[kind][level] += 1
        self.pending[level] -= 1
        if reason is not None:
            self.failures[node] = (kind, reason)
            if isinstance(node, Entry):
                self.odd_entries[node.line] = node
        elif isinstance(node, Entry) and self.hours is not None:
            self.hours.add(node)

    def total(self, kind: Kind) -> int:
        """Return how many nodes of all levels came out in that way."""
        return sum(self.counts[kind].values())

    @property
    def failed(self) -> int:
        """How many nodes were refused or skipped."""
        return self.total(Kind.REFUSED) + self.total(Kind.SKIPPED)

    @property
    def exit_code(self) -> int:
        """An error's own code; 130 interrupted; 1 when nodes were refused, skipped, doubled or incomplete; else 0."""
        if self.error is not None:
            return self.error.exit_code
        if self.interrupted:
            return EXIT_INTERRUPTED
        if self.findings is not None:
            return EXIT_ROWS if self.findings else EXIT_OK
        return EXIT_ROWS if self.failed or self.twins or self.incomplete else EXIT_OK

    def _fall_short(self, node: Item, reason: str) -> None:
        self.incomplete[node] = reason
        if isinstance(node, Entry):
            self.odd_entries[node.line] = node

    def add(self, event: Event) -> None:
        """Record what an event says."""
        match event:
            case Settled(kind, node, reason):
                self.settle(node, kind, reason)
            case Warned(text):
                self.warnings.append(text)
            case Found(finding):
                self._find(finding)
            case TwinsFound(node, ids):
                self.twins[node] = ids
            case Incomplete(node, reason):
                self._fall_short(node, reason)
            case LevelFinished(level, seconds):
                self.level_seconds[level] = self.level_seconds.get(level, 0.0) + seconds
            case EntriesRead(count, _, seconds):
                self.hours = Hours(file=seconds)
                self.pending[Level.ENTRY] = count
            case EntriesFound(_, seconds, _, rounding) if self.hours is not None:
                self.hours.stored += seconds
                self.hours.rounding = rounding
            case FileRead(_, _, _, columns):
                meant = zip(columns.headings, columns.targets, strict=True)
                self.columns = {heading: None if target is None else str(target) for heading, target in meant}
            case _:
                pass

    def _find(self, finding: Finding | HoursOf) -> None:
        if isinstance(finding, HoursOf):
            self.project_hours.append(finding)
        elif self.findings is not None:
            self.findings.append(finding)

    def cause(self, node: Item) -> str | None:
        """Return why a node or what it hangs below did not go in: the topmost failure on its path, or None."""
        reason: str | None = None
        step: Item | None = node
        while step is not None:
            if step in self.failures:
                reason = f"{step.level} {path_text((step.name,))}: {self.failures[step][1]}"
            step = step.parent
        return reason

    def shortfall(self, node: Item, line: int) -> str | None:
        """Return what is incomplete of the nodes on a path that this line of the file names first, or None."""
        step: Item | None = node
        while step is not None:
            if step.line == line and step in self.incomplete:
                return f"{step.level} {path_text((step.name,))} is there, but {self.incomplete[step]}"
            step = step.parent
        return None

    def reason(self, node: Item | None, line: int) -> str | None:
        """Return why a row that stands for a node, on this line, did not go in or not as a whole; None if it did."""
        if line in self.odd_entries:
            node = self.odd_entries[line]
        return None if node is None else self.cause(node) or self.shortfall(node, line)

    def _check_summary(self, findings: list[Finding]) -> dict[str, Any]:
        return {
            "type": "summary",
            "check": True,
            "exit_code": self.exit_code,
            "seconds": round(self.seconds, 3),
            **{kind: _count(findings, kind, self.levels) for kind in KINDS},
            "columns": self.columns,
            "warnings": self.warnings,
            "error": None if self.error is None else str(self.error),
        }

    def summary(self) -> dict[str, Any]:
        """Return the summary as `--json` prints it, with plain dictionaries."""
        if self.findings is not None:
            return self._check_summary(self.findings)
        counts = {str(kind): {str(level): self.counts[kind][level] for level in self.levels} for kind in Kind}
        return {
            "type": "summary",
            "dry_run": self.dry_run,
            "exit_code": self.exit_code,
            "seconds": round(self.seconds, 3),
            **counts,
            "pending": {str(level): self.pending[level] for level in self.levels},
            "levels": {str(level): {"seconds": round(self.level_seconds.get(level, 0.0), 3)} for level in self.levels},
            **({} if self.hours is None else {"hours": _hours_json(self.hours)}),
            "unclear": [_json(node) for node in self.unclear],
            "twins": [{**_json(node), "ids": ids} for node, ids in self.twins.items()],
            "incomplete": [{**_json(node), "reason": reason} for node, reason in self.incomplete.items()],
            "columns": self.columns,
            "warnings": self.warnings,
            "rejects": None if self.rejects is None else str(self.rejects),
            "error": None if self.error is None else str(self.error),
        }


def _count(findings: list[Finding], kind: str, levels: tuple[Level, ...]) -> dict[str, int]:
    counts = Counter(str(finding.level) for finding in findings if finding.kind == kind)
    return {str(level): counts[level] for level in levels}


def _hours_json(hours: Hours) -> dict[str, Any]:
    return {
        "file": _in_hours(hours.file),
        "stored": _in_hours(hours.stored),
        "customers": {name: _in_hours(seconds) for name, seconds in hours.customers.items()},
        "people": {name: _in_hours(seconds) for name, seconds in hours.people.items()},
        "rounding": hours.rounding,
    }


def _in_hours(seconds: int) -> float:
    return round(seconds / 3600, 4)


def _json(node: Item) -> dict[str, Any]:
    return {"level": str(node.level), "path": list(node.path), "line": node.line}
