"""One level as the server lists it, and what that says of the file's nodes."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING

from kimai_async.settings import Matching
from kimai_async.tree.lookalikes import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kimai_async.kimai.messages import Entry
    from kimai_async.tree.nodes import Node


class Listing:
    """One level as the server shows it, to be asked by parent and name, or by number."""

    def __init__(self, entries: Iterable[Entry], matching: Matching | None = None) -> None:
        self._matching = matching or Matching()
        self._below: defaultdict[int | None, list[Entry]] = defaultdict(list)
        for entry in entries:
            self._below[entry.parent].append(entry)
        # Made for a parent when it is first asked about: most rows of a large server hang below others.
        self._named: dict[int | None, dict[str, list[Entry]]] = {}
        self._folded: dict[int | None, dict[str, list[Entry]]] = {}
        self._numbered: dict[int | None, dict[str, list[Entry]]] = {}

    def find(self, parent: int | None, name: str) -> tuple[Entry, ...]:
        """Return every row of exactly that name under that parent (None for customers)."""
        return tuple(self._by(self._named, parent, lambda entry: entry.name).get(name, ()))

    def _by(
        self,
        index: dict[int | None, dict[str, list[Entry]]],
        parent: int | None,
        key: Callable[[Entry], str | None],
    ) -> dict[str, list[Entry]]:
        """Return the rows under a parent by their key, those without one left out."""
        if parent not in index:
            found: dict[str, list[Entry]] = {}
            index[parent] = found
            for entry in self._below.get(parent, ()):
                if (value := key(entry)) is not None:
                    found.setdefault(value, []).append(entry)
        return index[parent]

    def of(self, node: Node) -> tuple[Entry, ...]:
        """Return every row that a node whose parent is on the server stands for.

        By number, if the file gives one: rows of that number or, without any, rows of its name that have no number.
        """
        parent = None if node.parent is None else node.parent.id
        number = node.number if self._matching.by_number else None
        if number is None:
            return self._of_name(parent, node.name)
        by_number = self._by(self._numbered, parent, lambda entry: None if entry.number is None else fold(entry.number))
        numbered = by_number.get(fold(number))
        if numbered:
            return tuple(numbered)
        return tuple(entry for entry in self._of_name(parent, node.name) if entry.number is None)

    def _of_name(self, parent: int | None, name: str) -> tuple[Entry, ...]:
        found = self.find(parent, name)
        return tuple(self.alike(parent, name)) if not found and self._matching.any_case else found

    def alike(self, parent: int | None, name: str) -> list[Entry]:
        """Return every row under that parent whose name differs at most in letter case and accents."""
        return self._by(self._folded, parent, lambda entry: fold(entry.name)).get(fold(name), [])

    def __len__(self) -> int:
        return sum(map(len, self._below.values()))

    def __iter__(self) -> Iterator[Entry]:
        """Yield every row."""
        return chain.from_iterable(self._below.values())

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
