"""Names without the characters that Kimai refuses since 2.54."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from kimai_async.tree.names import FORBIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kimai_async.tree.nodes import Node, Tree

REPLACEMENTS = {'"': "'", "<": "\u2039", ">": "\u203a", "=": "-"}
"""What stands for each, as near as can be to what people read: the angles become single guillemets."""

_TABLE = str.maketrans(REPLACEMENTS)
assert set(REPLACEMENTS) == set(FORBIDDEN)


def sanitize(text: str) -> str:
    """Return a name or number with `" < > =` replaced."""
    return text.translate(_TABLE)


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
