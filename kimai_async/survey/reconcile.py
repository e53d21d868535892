"""The tree beside the server's lists: what is there, what is missing, what cannot be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kimai_async.events import Kind
from kimai_async.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from kimai_async.kimai.messages import Entry
    from kimai_async.survey.listing import Listing
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
