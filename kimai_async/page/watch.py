"""A listener that keeps what a run has told, as plain values that another thread can read at any moment."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kimai_async.events import (
    EntriesFound,
    EntriesRead,
    Event,
    FileRead,
    Kind,
    LanesChanged,
    LevelFinished,
    LevelStarted,
    Listed,
    ServerKnown,
    Settled,
    TwinsFound,
    Unsettled,
    Waiting,
    Warned,
    ZonesKnown,
)
from kimai_async.text import path_text
from kimai_async.tree.entry import Entry
from kimai_async.tree.nodes import Level, Node

if TYPE_CHECKING:
    from collections.abc import Callable

    from kimai_async.tree.entry import Item

MOST_WARNINGS = 200
"""Warnings that are kept; the importer has at most twenty of a kind."""

RECENT = 10.0
"""Seconds over which a rate is taken."""


@dataclass(slots=True)
class Bar:
    """What a level's creates and changes have come to: *done* of *of*, in seconds."""

    of: int = 0
    done: int = 0
    seconds: float = 0.0
    since: float | None = None
    recent: deque[tuple[float, int]] = field(default_factory=deque)

    def start(self, more: int, now: float) -> None:
        """Begin, or begin again with more to do."""
        self.of += more
        self.since = now
        self.recent = deque([(now, self.done)])

    def finish(self, now: float) -> None:
        """Stop the clock."""
        if self.since is not None:
            self.seconds += now - self.since
        self.since = None

    def plain(self, now: float) -> dict[str, Any]:
        """Return count, seconds, rate a second and seconds left, the latter two None while they are unknown."""
        seconds = self.seconds + (0.0 if self.since is None else now - self.since)
        rate = self._rate(now) if self.since is not None else (self.done / seconds if seconds > 0 else None)
        left = (self.of - self.done) / rate if self.since is not None and rate else None
        return {
            "done": self.done,
            "of": self.of,
            "working": self.since is not None,
            "seconds": round(seconds, 1),
            "rate": None if rate is None else round(rate, 1),
            "left": None if left is None else round(left, 1),
        }

    def _rate(self, now: float) -> float | None:
        self.recent.append((now, self.done))
        while len(self.recent) > 2 and now - self.recent[1][0] >= RECENT:
            self.recent.popleft()
        then, done = self.recent[0]
        return (self.done - done) / (now - then) if now > then and self.done > done else None


class Watch:
    """What is known of a run; called with each event in the run's thread, read in another.

    `created` and `updated` have the nodes that came out so (in a dry run: would), `entries` how many time entries are
    below an activity, `refused` those that did not go in, in the order in which it was found. *clock* tells seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts = {kind: dict.fromkeys(Level, 0) for kind in Kind}
        self._bars = {level: Bar() for level in Level}
        self._listed: dict[Level, int | None] = dict.fromkeys(Level)
        self._warnings: list[str] = []
        self._twins: list[dict[str, Any]] = []
        self._file: dict[str, str] | None = None
        self._server: dict[str, str] | None = None
        self._entries: dict[str, Any] | None = None
        self._zones: tuple[str, ...] = ()
        self._lanes: tuple[int, int] | None = None
        self._until = 0.0
        self._waiting = ""
        self._unsettled = 0
        self.created: set[Node] = set()
        self.updated: set[Node] = set()
        self.entries: dict[Node, int] = {}
        self.refused: list[tuple[Item, str]] = []

    def __call__(self, event: Event) -> None:
        """Keep what the event says."""
        match event:
            case Settled():
                self._settle(event)
            case LevelStarted(level, missing):
                self._bars[level].start(missing, self._clock())
            case LevelFinished(level, _):
                self._bars[level].finish(self._clock())
            case Waiting(seconds, reason):
                self._until, self._waiting = self._clock() + seconds, reason
            case LanesChanged(lanes, most):
                self._lanes = (lanes, most)
            case Unsettled():
                self._unsettled += 1
            case Warned(text) if len(self._warnings) < MOST_WARNINGS:
                self._warnings.append(text)
            case TwinsFound(node, ids):
                self._twins.append({"level": str(node.level), "path": path_text(node.path), "ids": list(ids)})
            case _:
                self._learn(event)

    def _settle(self, event: Settled) -> None:
        kind, node, reason, *_ = event
        level = node.level
        self._counts[kind][level] += 1
        bar = self._bars[level]
        if bar.since is not None:
            bar.done += 1
        if kind is Kind.REFUSED:
            self.refused.append((node, reason or ""))
        if isinstance(node, Entry):
            self.entries[node.parent] = self.entries.get(node.parent, 0) + 1
        elif kind is Kind.CREATED:
            self.created.add(node)
        elif kind is Kind.UPDATED:
            self.updated.add(node)

    def _learn(self, event: Event) -> None:
        match event:
            case FileRead(name, encoding, delimiter, _):
                self._file = {"name": name, "encoding": encoding, "delimiter": delimiter}
            case ServerKnown(server):
                self._server = {"version": server.version_text, "user": server.user}
            case Listed(level, count):
                self._listed[level] = count
            case EntriesRead(count, people, seconds):
                self._entries = {"count": count, "people": people, "seconds": seconds}
            case ZonesKnown(zones):
                self._zones = zones
            case EntriesFound(count, seconds, by_rule, rounding) if self._entries is not None:
                there = {"there": count, "thereSeconds": seconds, "byRule": by_rule, "rounding": rounding}
                self._entries = {**self._entries, **there}
            case _:
                pass

    def forget(self) -> None:
        """Let the nodes go, and keep what was counted."""
        for nodes in (self.created, self.updated, self.entries, self.refused):
            nodes.clear()

    def plain(self) -> dict[str, Any]:
        """Return all of it but the nodes, as JSON has it."""
        now = self._clock()
        waiting = {"seconds": round(self._until - now, 1), "reason": self._waiting} if self._until > now else None
        return {
            "file": self._file,
            "server": self._server,
            "listed": {str(level): count for level, count in self._listed.items()},
            "counts": {str(kind): {str(level): n for level, n in of.items()} for kind, of in self._counts.items()},
            "bars": {str(level): bar.plain(now) for level, bar in self._bars.items()},
            "warnings": self._warnings[:],
            "twins": self._twins[:],
            "entries": self._entries,
            "zones": list(self._zones),
            "lanes": None if self._lanes is None else list(self._lanes),
            "waiting": waiting,
            "unsettled": self._unsettled,
            "refused": len(self.refused),
        }
