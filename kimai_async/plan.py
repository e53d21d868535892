"""Rows to a tree: every row is checked here, before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.errors import CsvError
from kimai_async.names import MAX_LENGTH, cut, trim
from kimai_async.tree import LEVELS, Level, Node, Tree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kimai_async.rows import Table

SHOWN = 20
"""How many problems are spelled out; the rest is counted."""


class Notes:
    """Remarks on lines of the file: the first twenty in words, all of them counted."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.count = 0

    def add(self, line: int, column: str, text: str) -> None:
        """Note something about a line and a column (may be empty)."""
        self.count += 1
        if len(self.shown) < SHOWN:
            self.shown.append(f"line {line}, {column}: {text}" if column else f"line {line}: {text}")

    def lines(self) -> list[str]:
        """Return what to print: the first ones, and how many more."""
        more = self.count - len(self.shown)
        return [*self.shown, f"and {more} more"] if more else list(self.shown)

    def refuse(self, name: str) -> None:
        """Raise CsvError with all that was noted, if anything was."""
        if self.count:
            problems = "1 problem" if self.count == 1 else f"{self.count} problems"
            text = "\n".join(f"  {line}" for line in self.lines())
            raise CsvError(f"{name} cannot be imported, {problems}; nothing was sent.\n{text}")


class Plan:
    """The tree of a file, and what was noted while it was built.

    Raises CsvError with every problem of the file: a row that cannot be meant, names of one character, two names
    that the cut at 150 characters would make one.
    """

    def __init__(self, table: Table) -> None:
        self.tree = Tree()
        self.warnings = Notes()
        self._problems = Notes()
        self._uncut: dict[Node, str] = {}
        self._read(table)
        self._problems.refuse(table.name)
        if not self.tree.customers:
            raise CsvError(f"{table.name} has a line of headings but no rows; there is nothing to import.")

    def _read(self, table: Table) -> None:
        first, second, third = (table.columns[level] for level in LEVELS)
        width = len(table.heading)
        for line, cells in table:
            if len(cells) != width and not self._fit(line, cells, width):
                continue
            # The common cases first, a third of the time for all: customer and project are known as they stand. (Once
            # a name was cut, a shorter one could be known and yet be another, so then every row goes the long way.)
            customer = self.tree.customers.get(cells[first])
            project = None if customer is None else customer.child(cells[second])
            if project is None or self._uncut or not self._add_activity(project, cells[third], line):
                self._enter(line, cells[first], cells[second], cells[third])

    @staticmethod
    def _add_activity(project: Node, raw: str, line: int) -> bool:
        """Make sure that a project has an activity; return False, and do nothing, if its name needs a closer look."""
        children = project.children
        if children is not None and raw in children:
            return True
        name = trim(raw)
        if not 2 <= len(name) <= MAX_LENGTH:
            return False
        if children is None or name not in children:
            project.add(name, line)
        return True

    def _fit(self, line: int, cells: list[str], width: int) -> bool:
        """Fill a short row up; refuse one with text beyond the last heading, which hides a forgotten quote."""
        if len(cells) > width and any(map(trim, cells[width:])):
            self._problems.add(
                line,
                "",
                f"{len(cells)} fields where the heading has {width}; quote a name that holds the delimiter",
            )
            return False
        cells += [""] * (width - len(cells))
        return True

    def _enter(self, line: int, *raw: str) -> None:
        names = [trim(name) for name in raw]
        depth = next((index for index, name in enumerate(names) if not name), len(names))
        orphan = next((level for level, name in zip(LEVELS[depth:], names[depth:], strict=True) if name), None)
        if orphan is not None:
            self._problems.add(line, LEVELS[depth].capitalize(), f"empty, but the row names {orphan.one}; fill it in")
            return
        node: Node | None = None
        for level, name in zip(LEVELS, names[:depth], strict=False):
            node = self._place(node, level, name, line)

    def _place(self, parent: Node | None, level: Level, name: str, line: int) -> Node:
        short = cut(name)
        siblings = self.tree.customers if parent is None else parent.children or {}
        node = siblings.get(short)
        if node is None:
            self._check(level, short, line)
            node = self.tree.add(short, line) if parent is None else parent.add(short, line)
            if short != name:
                self._uncut[node] = name
                self.warnings.add(line, level.capitalize(), f"cut to {MAX_LENGTH} characters: {short[:40]!r}…")
        elif self._uncut.get(node, node.name) != name:
            self._problems.add(
                line,
                level.capitalize(),
                f"becomes the same name as on line {node.line} when cut to {MAX_LENGTH} characters; shorten one",
            )
        return node

    def _check(self, level: Level, name: str, line: int) -> None:
        if len(name) < 2:
            self._problems.add(line, level.capitalize(), f"{name!r} has one character; Kimai wants at least 2")

    def locate(self, raw: Iterable[str]) -> Node | None:
        """Return the deepest node that a row of this file stands for, or None if the row is blank."""
        node: Node | None = None
        for name in map(trim, raw):
            if not name:
                break
            node = self.tree.customers.get(cut(name)) if node is None else node.child(cut(name))
        return node
