"""One level as the server lists it, and what that says of the file's nodes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from kimai_async.settings import Matching
from kimai_async.tree.lookalikes import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kimai_async.kimai.messages import Entry
    from kimai_async.tree.nodes import Node


class Listing:
    """One level as the server shows it, to be asked by parent and name, or by number."""

    def __init__(self, entries: Iterable[Entry], matching: Matching | None = None) -> None:
        self._matching = matching or Matching()
        self._entries: defaultdict[int | None, dict[str, tuple[Entry, ...]]] = defaultdict(dict)
        self._folded: dict[int | None, dict[str, list[Entry]]] = {}
        self._numbered: defaultdict[tuple[int | None, str], list[Entry]] = defaultdict(list)
        self._count = 0
        for entry in entries:
            self._count += 1
            named = self._entries[entry.parent]
            named[entry.name] = (*named.get(entry.name, ()), entry)
            if self._matching.by_number and entry.number is not None:
                self._numbered[entry.parent, fold(entry.number)].append(entry)

    def find(self, parent: int | None, name: str) -> tuple[Entry, ...]:
        """Return every row of exactly that name under that parent (None for customers)."""
        return self._entries[parent].get(name, ()) if parent in self._entries else ()

    def of(self, node: Node) -> tuple[Entry, ...]:
        """Return every row that a node whose parent is on the server stands for.

        By number, if the file gives one: rows of that number or, without any, rows of its name that have no number.
        """
        parent = None if node.parent is None else node.parent.id
        number = node.number if self._matching.by_number else None
        if number is None:
            return self._of_name(parent, node.name)
        numbered = self._numbered.get((parent, fold(number)))
        if numbered:
            return tuple(numbered)
        return tuple(entry for entry in self._of_name(parent, node.name) if entry.number is None)

    def _of_name(self, parent: int | None, name: str) -> tuple[Entry, ...]:
        found = self.find(parent, name)
        return tuple(self.alike(parent, name)) if not found and self._matching.any_case else found

    def alike(self, parent: int | None, name: str) -> list[Entry]:
        """Return every row under that parent whose name differs at most in letter case and accents."""
        if parent not in self._folded:
            folded = self._folded[parent] = {}
            for entries in self._entries[parent].values() if parent in self._entries else ():
                folded.setdefault(fold(entries[0].name), []).extend(entries)
        return self._folded[parent].get(fold(name), [])

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Entry]:
        """Yield every row."""
        for named in self._entries.values():
            for entries in named.values():
                yield from entries

    def numbers(self) -> Iterator[str]:
        """Yield the numbers that are in use."""
        return (entry.number for entry in self if entry.number is not None)


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
