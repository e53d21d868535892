"""The tree beside the server's lists: what is there, what is missing, what cannot be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kimai_async.events import Kind
from kimai_async.text import shorten
from kimai_async.tree.lookalikes import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from kimai_async.kimai.messages import Entry
    from kimai_async.survey.listing import Listing
    from kimai_async.tree.entry import Item
    from kimai_async.tree.nodes import Level, Node, Tree


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
    returns the name or number under which Kimai will take a node; what it changed is in `renamed` and `renumbered`,
    with what the file has. *whole* are the numbers of the file that had to be cut.
    """

    def __init__(
        self,
        tree: Tree,
        failed: Collection[Item],
        *,
        opens: Callable[[Node], bool] = lambda _: False,
        clean: Callable[[str], str] = str,
        whole: Mapping[Node, str] | None = None,
    ) -> None:
        self.renamed: dict[Node, str] = {}
        self.renumbered: dict[Node, str] = {}
        self.alike: list[tuple[Node, Entry]] = []
        self.opened: dict[Node, Entry] = {}
        self._tree = tree
        self._failed = failed
        self._opens = opens
        self.clean = clean
        self._whole = whole or {}
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
            self.rename(node)
            return Finding(node, None)
        found = listing.of(node)
        if not found and self.rename(node):
            found = listing.of(node)
        if len(found) > 1:
            return Finding(node, Kind.REFUSED, ambiguous(node, found))
        if found and node in self._whole and fold(found[0].name) != fold(node.name):  # found by its number
            return Finding(node, Kind.REFUSED, cut_into(node, self._whole[node], found[0]))
        return self._look_above(node, found[0]) if found else self._miss(node, listing)

    def rename(self, node: Node) -> bool:
        """Give a node the name and the number that Kimai takes; return True if one of them is another one now."""
        name = self.clean(node.name)
        if name != node.name:
            self.renamed[node], node.name = node.name, name
        return self.renumber(node) or node in self.renamed

    def renumber(self, node: Node) -> bool:
        """Give a node the number that Kimai takes; return True if that is another one than the file's."""
        before = node.number
        number = None if before is None else self.clean(before)
        if node.values is None or before is None or number == before:
            return False
        self.renumbered[node], node.values["number"] = before, number
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
    remedy = "rename or delete all but one"
    if len({entry.name for entry in found}) == 1:
        ids = " and ".join(str(entry.id) for entry in found)
        return f"the server has {len(found)} {node.level.plural} of this name here (ids {ids}); {remedy}"
    rows = " and ".join(f"{shorten(entry.name, 60)!r} (id {entry.id})" for entry in found)
    return f"the server has {len(found)} {node.level.plural} that this may be: {rows}; {remedy}"


def cut_into(node: Node, whole: str, entry: Entry) -> str:
    """Return the sentence about a number that is another row's once it is cut to what Kimai takes."""
    return (
        f"its number {shorten(whole, 60)!r} must be cut to {node.number!r}, which is the number of "
        f"{shorten(entry.name, 60)!r} (id {entry.id}) on the server; shorten it"
    )
