"""The tree beside the server's lists: what is there, what is missing, what cannot be told."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from kimai_async.events import Kind
from kimai_async.text import shorten

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from kimai_async.kimai import Entry
    from kimai_async.tree import Level, Node, Tree


class Listing:
    """One level as the server shows it, to be asked by parent and name."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries: defaultdict[int | None, dict[str, tuple[Entry, ...]]] = defaultdict(dict)
        for entry in entries:
            named = self._entries[entry.parent]
            named[entry.name] = (*named.get(entry.name, ()), entry)

    def find(self, parent: int | None, name: str) -> tuple[Entry, ...]:
        """Return every row of exactly that name under that parent (None for customers)."""
        return self._entries[parent].get(name, ()) if parent in self._entries else ()

    def of(self, node: Node) -> tuple[Entry, ...]:
        """Return every row that a node whose parent is on the server stands for."""
        return self.find(None if node.parent is None else node.parent.id, node.name)

    def numbers(self) -> Iterator[str]:
        """Yield the numbers that are in use."""
        for named in self._entries.values():
            for entries in named.values():
                yield from (entry.number for entry in entries if entry.number is not None)


class Finding(NamedTuple):
    """What the lists say of one node: there, refused or skipped; or missing (`kind` is None)."""

    node: Node
    kind: Kind | None
    reason: str | None = None


class Reconciler:
    """Compares a tree with the server's lists, level by level from the top.

    *failed* is looked at while going on: the caller adds each refused or skipped node to it before the next finding,
    so that what hangs below is skipped.
    """

    def __init__(self, tree: Tree, failed: Collection[Node]) -> None:
        self._tree = tree
        self._failed = failed
        self._closed: dict[Node, str] = {}

    def compare(self, level: Level, listing: Listing) -> Iterator[Finding]:
        """Yield a finding for every node of a level, and give those that are there their ids."""
        for node in self._tree.level(level):
            yield self._look(node, listing)

    def _look(self, node: Node, listing: Listing) -> Finding:
        parent = node.parent
        if parent is not None and parent in self._failed:
            return Finding(node, Kind.SKIPPED, f"its {parent.level} was not imported")
        if parent is not None and parent.id is None:
            return Finding(node, None)
        found = listing.of(node)
        if len(found) > 1:
            return Finding(node, Kind.REFUSED, ambiguous(node, found))
        hidden = None if parent is None else self._closed.get(parent)
        if not found:
            return Finding(node, None) if hidden is None else Finding(node, Kind.REFUSED, hidden)
        node.id = found[0].id
        if not found[0].visible:
            hidden = (
                f"the {node.level} {shorten(node.name)!r} (id {node.id}) is hidden, and Kimai adds nothing below a "
                f"hidden {node.level}; make it visible and import again"
            )
        if hidden is not None:
            self._closed[node] = hidden
        return Finding(node, Kind.EXISTS)


def ambiguous(node: Node, found: Collection[Entry]) -> str:
    """Return the sentence about a name that stands several times under one parent, with every id."""
    ids = " and ".join(str(entry.id) for entry in found)
    return (
        f"the server has {len(found)} {node.level.plural} of this name here (ids {ids}); rename or delete all but one"
    )


def unmistaken(nodes: Iterable[Node], listing: Listing) -> Iterator[Node]:
    """Give the nodes that the list shows their ids (of twins, the oldest); yield those that it does not show."""
    for node in nodes:
        found = listing.of(node)
        if found:
            node.id = min(entry.id for entry in found)
        else:
            yield node


def twins(nodes: Iterable[Node], listing: Listing) -> Iterator[tuple[Node, list[int]]]:
    """Yield the nodes that the list shows more than once, with all their ids."""
    for node in dict.fromkeys(nodes):
        found = listing.of(node)
        if len(found) > 1:
            yield node, sorted(entry.id for entry in found)
