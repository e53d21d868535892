"""The tree of customers, projects and activities that a CSV asks for."""

from __future__ import annotations

from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Level(StrEnum):
    """One of the kinds of things in the tree, from the top down."""

    CUSTOMER = "customer"
    PROJECT = "project"
    ACTIVITY = "activity"
    ENTRY = "entry"
    """A time entry; what is said of *all levels* elsewhere is about those of `LEVELS`, which have names."""

    @property
    def plural(self) -> Literal["customers", "projects", "activities", "timesheets"]:
        """Kimai's word for many of them, which is also the last part of the API's path."""
        return _PLURALS[self]

    @property
    def parent(self) -> Level | None:
        """The level above, or None for customers."""
        return {
            Level.PROJECT: Level.CUSTOMER,
            Level.ACTIVITY: Level.PROJECT,
            Level.ENTRY: Level.ACTIVITY,
        }.get(self)

    @property
    def one(self) -> str:
        """The level with its article: `a customer`, `an activity`."""
        return f"an {self}" if self is Level.ACTIVITY else f"a {self.words[0]}"

    def many(self, number: int) -> str:
        """Return `1 customer`, `2 activities` and the like."""
        return f"{number:,} {self.words[number != 1]}"

    @property
    def heading(self) -> str:
        """The word for many in tables and beside bars."""
        return "entries" if self is Level.ENTRY else self.plural

    @property
    def words(self) -> tuple[str, str]:
        """The words for one and for many in sentences."""
        return ("time entry", "time entries") if self is Level.ENTRY else (str(self), self.plural)


LEVELS = (Level.CUSTOMER, Level.PROJECT, Level.ACTIVITY)
"""The levels of what has a name, from the top down."""

_PLURALS: dict[Level, Literal["customers", "projects", "activities", "timesheets"]] = {
    Level.CUSTOMER: "customers",
    Level.PROJECT: "projects",
    Level.ACTIVITY: "activities",
    Level.ENTRY: "timesheets",
}


class Node:
    """A customer, a project or an activity of the file; `id` is Kimai's, once it is known.

    `line` is where the file names it first, `values` what the file gives for its fields, by Kimai's names. Children
    stand under the key by which the file tells them apart, mostly their name. Nodes compare by identity: they are
    dictionary keys.
    """

    __slots__ = ("children", "id", "line", "name", "parent", "values")

    def __init__(self, name: str, parent: Node | None, line: int) -> None:
        self.name = name
        self.parent = parent
        self.line = line
        self.id: int | None = None
        # None until the first child: most nodes are activities, and a million empty dictionaries weigh 64 MB.
        self.children: dict[str, Node] | None = None
        self.values: dict[str, Any] | None = None

    @property
    def level(self) -> Level:
        """The node's level, read from its depth."""
        if self.parent is None:
            return Level.CUSTOMER
        return Level.PROJECT if self.parent.parent is None else Level.ACTIVITY

    @property
    def path(self) -> tuple[str, ...]:
        """The names from the customer down to this node."""
        return (self.name,) if self.parent is None else (*self.parent.path, self.name)

    @property
    def number(self) -> str | None:
        """The number that the file gives, or None."""
        return None if self.values is None else self.values.get("number")

    def child(self, key: str) -> Node | None:
        """Return the child under that key, or None."""
        return None if self.children is None else self.children.get(key)

    def add(self, name: str, line: int, key: str | None = None) -> Node:
        """Add a child, under its name or another key, and return it."""
        if self.children is None:
            self.children = {}
        node = self.children[name if key is None else key] = Node(name, self, line)
        return node

    def __repr__(self) -> str:
        return f"<{self.level} {' > '.join(self.path)!r} id={self.id} line={self.line}>"


class GlobalActivity(Node):
    """An activity without a project, which Kimai offers for every project that allows it."""

    __slots__ = ()

    @property
    def level(self) -> Level:
        """Always an activity."""
        return Level.ACTIVITY


class Tree:
    """All customers of a file, in its order, with what hangs below them; and its global activities."""

    def __init__(self) -> None:
        self.customers: dict[str, Node] = {}
        self.global_activities: dict[str, Node] = {}

    def add(self, name: str, line: int, key: str | None = None) -> Node:
        """Add a customer, under its name or another key, and return it."""
        node = self.customers[name if key is None else key] = Node(name, None, line)
        return node

    def add_global(self, name: str, line: int, key: str | None = None) -> Node:
        """Add a global activity, under its name or another key, and return it."""
        node = self.global_activities[name if key is None else key] = GlobalActivity(name, None, line)
        return node

    def level(self, level: Level) -> Iterator[Node]:
        """Yield the nodes of one level in the file's order, global activities last."""
        nodes: Iterator[Node] = iter(self.customers.values())
        for _ in range(LEVELS.index(level)):
            nodes = _below(nodes)
        return chain(nodes, self.global_activities.values()) if level is Level.ACTIVITY else nodes

    def siblings(self, node: Node) -> Mapping[str, Node]:
        """Return everything under the same parent as a node, itself included."""
        if node.parent is not None:
            return node.parent.children or {}
        return self.customers if node.level is Level.CUSTOMER else self.global_activities

    def __bool__(self) -> bool:
        return bool(self.customers or self.global_activities)

    def size(self, level: Level) -> int:
        """Return how many nodes a level has."""
        return sum(1 for _ in self.level(level))


def _below(nodes: Iterator[Node]) -> Iterator[Node]:
    for node in nodes:
        if node.children is not None:
            yield from node.children.values()
