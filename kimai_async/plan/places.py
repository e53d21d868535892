"""Where in the tree a name or a number belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.tree.lookalikes import fold
from kimai_async.tree.nodes import Level, Node, Tree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kimai_async.settings import Rules


class Places:
    """A tree whose nodes are found as the rules tell them apart: by name, by folded name, or by number."""

    def __init__(self, rules: Rules) -> None:
        self.tree = Tree()
        self._any_case = rules.any_case
        self._numbered: dict[tuple[Level, Node | None, str], Node] = {}

    def find(self, parent: Node | None, level: Level, name: str, number: str | None) -> Node | None:
        """Return the node of that name, or of that number if there is one, under a parent; None if there is none."""
        node = self._siblings(parent, level).get(self.key(name))
        if number is None:
            return node
        numbered = self._numbered.get((level, parent, fold(number)))
        if numbered is not None:
            return numbered
        return node if node is not None and node.number is None else None

    def add(self, parent: Node | None, level: Level, name: str, number: str | None, line: int) -> Node:
        """Add a node that was not found."""
        key = self.key(name)
        if key in self._siblings(parent, level):  # of another number
            key = f"{key}\0{number}"
        if parent is not None:
            return parent.add(name, line, key)
        return (self.tree.add if level is Level.CUSTOMER else self.tree.add_global)(name, line, key)

    def number(self, node: Node, level: Level, number: str) -> None:
        """Let a node be found by a number from now on."""
        self._numbered.setdefault((level, node.parent, fold(number)), node)

    def key(self, name: str) -> str:
        """Return what two names that mean the same have in common."""
        return fold(name) if self._any_case else name

    def _siblings(self, parent: Node | None, level: Level) -> Mapping[str, Node]:
        if parent is not None:
            return parent.children or {}
        return self.tree.customers if level is Level.CUSTOMER else self.tree.global_activities
