"""A tree level by level: the rows that are looked at, and what is below each, counted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from kimai_async.events import Kind
from kimai_async.text import plain
from kimai_async.tree.nodes import Level, Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kimai_async.page.watch import Watch
    from kimai_async.report import Report

MOST = 500
"""Rows in one answer."""

PENDING = "pending"
"""What is neither there nor refused, when a run has ended before it."""

TROUBLE = {"refused", "skipped"}
FILTERS = {"all": None, "changes": {"created", "updated", *TROUBLE, PENDING}, "trouble": TROUBLE}
"""Which fates are looked for."""


class Branches:
    """The tree of a run that has ended, to be opened level by level.

    What is below a node is counted when it is first looked at, and kept. Not for two threads at once.
    """

    def __init__(self, report: Report, watch: Watch) -> None:
        self._report = report
        self._watch = watch
        self._counts: dict[Node, Counter[str]] = {}
        self._kept: dict[tuple[str, Node | None], list[Node]] = {}

    def rows(self, at: Sequence[int], first: int, count: int, show: str) -> dict[str, Any]:
        """Return rows of what is below the node at these positions, *count* from *first* on, and how many there are.

        Below no node are the customers, and after them the global activities. *show* is one of `FILTERS`. Raises
        LookupError for a node or a filter that is not there.
        """
        node: Node | None = None
        for position in at:
            node = self._below(node, show)[position]
        below = self._below(node, show)
        return {
            "size": len(below),
            "rows": [self._row(child, show) for child in below[first : first + min(count, MOST)]],
        }

    def _below(self, node: Node | None, show: str) -> list[Node]:
        wanted = FILTERS[show]
        key = (show, node)
        if key not in self._kept:
            children: Iterable[Node]
            if node is None:
                children = [*self._report.tree.customers.values(), *self._report.tree.global_activities.values()]
            else:
                children = (node.children or {}).values()
            self._kept[key] = [child for child in children if wanted is None or self._has(child, wanted)]
        return self._kept[key]

    def _has(self, node: Node, wanted: set[str]) -> bool:
        return self._fate(node) in wanted or (node.children is not None and not wanted.isdisjoint(self._count(node)))

    def _row(self, node: Node, show: str) -> dict[str, Any]:
        failure = self._report.failures.get(node)
        return {
            "name": plain(node.name),
            "level": str(node.level),
            "global": node.parent is None and node.level is Level.ACTIVITY,
            "fate": self._fate(node),
            "reason": self._report.incomplete.get(node) if failure is None else failure[1],
            "line": node.line,
            "id": node.id,
            "size": 0 if node.children is None else len(self._below(node, show)),
            "below": {} if node.children is None else dict(self._count(node)),
            "entries": self._entries(node),
        }

    def _fate(self, node: Node) -> str:
        if node in self._report.failures:
            return str(self._report.failures[node][0])
        if node in self._watch.created:
            return str(Kind.CREATED)
        if node in self._watch.updated:
            return str(Kind.UPDATED)
        return PENDING if node.id is None else str(Kind.EXISTS)

    def _count(self, node: Node) -> Counter[str]:
        """Return how many of each fate are below a node."""
        found = self._counts.get(node)
        if found is None:
            found = Counter[str]()
            for child in (node.children or {}).values():
                found[self._fate(child)] += 1
                if child.children is not None:
                    found.update(self._count(child))
            self._counts[node] = found
        return found

    def _entries(self, node: Node) -> int:
        entries = self._watch.entries
        if not entries:
            return 0
        return entries.get(node, 0) + sum(map(self._entries, (node.children or {}).values()))
