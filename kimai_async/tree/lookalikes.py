"""Names and numbers that are the same to people, or to Kimai's database, though not to a computer."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING

from kimai_async.tree.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from kimai_async.tree.nodes import Node, Tree


def fold(text: str) -> str:
    """Return a text without letter case and accents, as Kimai's database compares numbers (`utf8mb4_unicode_ci`)."""
    if text.isascii():
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def lookalikes(tree: Tree) -> Iterator[tuple[Node, Node]]:
    """Yield the pairs of nodes under one parent whose names differ only in letter case or accents."""
    parents = chain(tree.level(Level.CUSTOMER), tree.level(Level.PROJECT))
    below = (node.children for node in parents if node.children is not None)
    for siblings in chain((tree.customers, tree.global_activities), below):
        if len(siblings) > 1 and _some_alike(siblings):
            yield from _pairs(siblings.values())


def _some_alike(keys: Collection[str]) -> bool:
    """Tell quickly of the many that have none, by the keys that the nodes stand under: their names, if not more."""
    return not "".join(keys).isascii() or len(set(map(str.casefold, keys))) < len(keys)


def _pairs(siblings: Collection[Node]) -> Iterator[tuple[Node, Node]]:
    seen: dict[str, Node] = {}
    for node in siblings:
        first = seen.setdefault(fold(node.name), node)
        if first is not node and first.name != node.name:
            yield first, node


def collisions(tree: Tree, renamed: Iterable[Node]) -> Iterator[tuple[Node, Node]]:
    """Yield each renamed node whose new name another node under the same parent has, with that node."""
    names: dict[int, defaultdict[str, list[Node]]] = {}
    for node in renamed:
        siblings = tree.siblings(node)
        if id(siblings) not in names:
            named = names[id(siblings)] = defaultdict(list)
            for sibling in siblings.values():
                named[sibling.name].append(sibling)
        other = next((sibling for sibling in names[id(siblings)][node.name] if sibling is not node), None)
        if other is not None:
            yield node, other
