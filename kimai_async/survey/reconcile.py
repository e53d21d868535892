"""The tree beside the server's lists: what is there, what is missing, what cannot be told."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from kimai_async.events import Kind
from kimai_async.text import shorten
from kimai_async.tree.lookalikes import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from kimai_async.kimai.messages import Entry
    from kimai_async.tree.nodes import Level, Node, Tree


@dataclass(frozen=True, slots=True)
class Matching:
    """By what the file's customers, projects and activities are found on the server: see `plan.Rules`."""

    by_number: bool = False
    any_case: bool = False


class Listing:
    """One level as the server shows it, to be asked by parent and name, or by number."""

    def __init__(self, entries: Iterable[Entry], matching: Matching | None = None) -> None:
        self._matching = matching or Matching()
        self._entries: defaultdict[int | None, dict[str, tuple[Entry, ...]]] = defaultdict(dict)
        self._folded: dict[int | None, dict[str, list[Entry]]] = {}
        self._numbered: defaultdict[tuple[int | None, str], list[Entry]] = defaultdict(list)
        for entry in entries:
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
    entry: Entry | None = None


class Reconciler:
    """Compares a tree with the server's lists, level by level from the top.

    *failed* is looked at while going on: the caller adds each refused or skipped node to it before the next finding,
    so that what hangs below is skipped. *opens* tells of a hidden node whether it will be made visible. *clean*
    returns the name under which Kimai will take a node; what it changed is in `renamed`, with the name of the file.
    """

    def __init__(
        self,
        tree: Tree,
        failed: Collection[Node],
        *,
        opens: Callable[[Node], bool] = lambda _: False,
        clean: Callable[[str], str] = str,
    ) -> None:
        self.renamed: dict[Node, str] = {}
        self.alike: list[tuple[Node, Entry]] = []
        self.opened: dict[Node, Entry] = {}
        self._tree = tree
        self._failed = failed
        self._opens = opens
        self.clean = clean
        self._closed: dict[Node, str] = {}

    def compare(self, level: Level, listing: Listing) -> Iterator[Finding]:
        """Yield a finding for every node of a level, and give those that are there their ids.

        Hidden ones that *opens* are in `opened`; missing ones with a look-alike beside them in `alike`.
        """
        for node in self._tree.level(level):
            yield self._look(node, listing)

    def _look(self, node: Node, listing: Listing) -> Finding:
        parent = node.parent
        if parent is not None and parent in self._failed:
            return Finding(node, Kind.SKIPPED, f"its {parent.level} was not imported")
        if parent is not None and parent.id is None:
            self._rename(node)
            return Finding(node, None)
        found = listing.of(node)
        if not found and self._rename(node):
            found = listing.of(node)
        if len(found) > 1:
            return Finding(node, Kind.REFUSED, ambiguous(node, found))
        return self._look_above(node, found[0]) if found else self._miss(node, listing)

    def _rename(self, node: Node) -> bool:
        name = self.clean(node.name)
        if name == node.name:
            return False
        self.renamed[node], node.name = node.name, name
        return True

    def _miss(self, node: Node, listing: Listing) -> Finding:
        hidden = None if node.parent is None else self._closed.get(node.parent)
        if hidden is not None:
            return Finding(node, Kind.REFUSED, hidden)
        alike = listing.alike(None if node.parent is None else node.parent.id, node.name)
        if alike and alike[0].name != node.name:
            self.alike.append((node, alike[0]))
        return Finding(node, None)

    def _look_above(self, node: Node, entry: Entry) -> Finding:
        """Take what is there; what is below a hidden customer or project is closed unless that is made visible."""
        node.id = entry.id
        hidden = None if node.parent is None else self._closed.get(node.parent)
        if not entry.visible:
            if self._opens(node):
                self.opened[node] = entry
            else:
                hidden = (
                    f"the {node.level} {shorten(node.name)!r} (id {node.id}) is hidden, and Kimai adds nothing below a "
                    f"hidden {node.level}; give --show-hidden, or make it visible and import again"
                )
        if hidden is not None:
            self._closed[node] = hidden
        return Finding(node, Kind.EXISTS, entry=entry)


def ambiguous(node: Node, found: Collection[Entry]) -> str:
    """Return the sentence about a name that stands several times under one parent, with every id."""
    ids = " and ".join(str(entry.id) for entry in found)
    same = "name" if len({entry.name for entry in found}) == 1 else "name (but for letter case or accents) or number"
    return (
        f"the server has {len(found)} {node.level.plural} of this {same} here (ids {ids}); rename or delete all but one"
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
