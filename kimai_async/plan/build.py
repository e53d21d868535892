"""Rows to a tree: every row is checked here, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kimai_async.csvfile.notes import Notes
from kimai_async.errors import CsvError
from kimai_async.plan.cells import Cells
from kimai_async.plan.overview import Overview
from kimai_async.tree.lookalikes import fold
from kimai_async.tree.names import MAX_LENGTH, cut, trim
from kimai_async.tree.nodes import LEVELS, Level, Node, Tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kimai_async.csvfile.table import Table

_FEW = 5


@dataclass(frozen=True, slots=True)
class Rules:
    """How rows are to be meant.

    Rows without a customer belong to *default_customer*, if there is one. With *by_number*, what has a number is told
    apart by it rather than by its name; with *any_case*, names that differ only in letter case or accents are one.
    *date_format* is for `strptime`; without it dates are ISO 8601.
    """

    default_customer: str | None = None
    global_activities: bool = False
    by_number: bool = False
    any_case: bool = False
    date_format: str | None = None


class Plan:
    """The tree of a file, and what was noted while it was built.

    Raises CsvError with every problem of the file: a row that cannot be meant, names of one character, two names
    that the cut at 150 characters would make one, cells that are not what their field takes.
    """

    def __init__(self, table: Table, rules: Rules | None = None) -> None:
        self.tree = Tree()
        self.warnings = Notes()
        self._rules = rules or Rules()
        self._problems = Notes()
        self._uncut: dict[Node, str] = {}
        self._numbered: dict[tuple[Level, Node | None, str], Node] = {}
        self._nameless: list[int] = []
        self._width = len(table.heading)
        self._columns = [table.columns.index(level) for level in LEVELS]
        self._headings = [
            str(level).capitalize() if index is None else table.heading[index]
            for level, index in zip(LEVELS, self._columns, strict=True)
        ]
        self._default = None if self._rules.default_customer is None else trim(self._rules.default_customer)
        self._need_parents(table)
        self.cells = Cells(table, self._rules.date_format, self._problems, self.warnings)
        self._read(table)
        overview = Overview(self.tree, self.cells, self.heading, self._problems, self.warnings)
        overview.compare(names=not self._rules.any_case)
        if self._nameless:
            self.warnings.note(self._nameless_text())
        self._problems.refuse(table.name)
        if not self.tree:
            nameless = f": {self._nameless_text()}" if self._nameless else ""
            raise CsvError(f"{table.name} has a line of headings but no rows; there is nothing to import{nameless}.")

    def _need_parents(self, table: Table) -> None:
        customer, project, activity = self._columns
        where = f"{table.name}, line {table.heading_line}"
        if project is not None and customer is None and self._default is None:
            raise CsvError(
                f"{where}: projects, but no column for their customers; found: "
                f"{', '.join(map(repr, table.heading))}. Say which it is, as in --column customer=Account, or give "
                "--default-customer NAME."
            )
        if activity is not None and project is None and not self._rules.global_activities:
            raise CsvError(
                f"{where}: activities, but no column for their projects; found: "
                f"{', '.join(map(repr, table.heading))}. Say which it is, as in --column project=Job, or give "
                "--global-activities if they belong to none."
            )

    def _read(self, table: Table) -> None:
        plain = not (self.cells or self._rules.by_number or self._rules.any_case or self._default)
        first, second, third = self._columns
        if plain and first is not None and second is not None and third is not None:
            self._read_plain(table, first, second, third)
            return
        for line, cells in table:
            if len(cells) == self._width or self._fit(line, cells):
                self._enter(line, cells)

    def _read_plain(self, table: Table, first: int, second: int, third: int) -> None:
        """Read a file of names alone: the common case without a call, in a third of the time of the long way."""
        customers, uncut, width = self.tree.customers, self._uncut, self._width
        for line, cells in table:
            if len(cells) != width and not self._fit(line, cells):
                continue
            customer = customers.get(cells[first])
            # Once a name was cut, a shorter one could be known and yet be another: then every row goes the long way.
            if customer is not None and customer.children is not None and not uncut:
                project = customer.children.get(cells[second])
                if project is not None and project.children is not None:
                    raw = cells[third]
                    if raw in project.children:
                        continue
                    # What `trim` asks first; asked here it saves a sixth of the time for a million rows.
                    name = raw if raw.isprintable() and raw[:1] != " " and raw[-1:] != " " else trim(raw)
                    if 2 <= len(name) <= MAX_LENGTH:
                        if name not in project.children:
                            project.children[name] = Node(name, project, line)
                        continue
            self._enter(line, cells)

    def _fit(self, line: int, cells: list[str]) -> bool:
        """Fill a short row up; refuse one with text beyond the last heading, which hides a forgotten quote."""
        width = self._width
        if len(cells) > width and any(map(trim, cells[width:])):
            self._problems.add(
                line,
                "",
                f"{len(cells)} fields where the heading has {width}; quote a name that holds the delimiter",
            )
            return False
        cells += [""] * (width - len(cells))
        return True

    def _names(self, cells: Sequence[str]) -> list[str]:
        names = ["" if index is None else trim(cells[index]) for index in self._columns]
        if self._default and not names[0] and names[1]:
            names[0] = self._default
        return names

    def _enter(self, line: int, cells: Sequence[str]) -> None:
        names = self._names(cells)
        if self._is_global(names):
            self.cells.merge((None, None, self._place(None, Level.ACTIVITY, names[2], line, cells)), cells, line)
            return
        depth = next((index for index, name in enumerate(names) if not name), len(names))
        orphan = next((level for level, name in zip(LEVELS[depth:], names[depth:], strict=True) if name), None)
        if orphan is not None:
            self._problems.add(line, self._headings[depth], self._explain_orphan(orphan, depth))
        elif depth == 0:
            self._note_nameless(line, cells)
        else:
            path: list[Node | None] = [None, None, None]
            node: Node | None = None
            for index in range(depth):
                node = path[index] = self._place(node, LEVELS[index], names[index], line, cells)
            self.cells.merge(path, cells, line)

    def _is_global(self, names: Sequence[str]) -> bool:
        return self._rules.global_activities and bool(names[2]) and not names[0] and not names[1]

    @staticmethod
    def _explain_orphan(orphan: Level, depth: int) -> str:
        remedy = "fill it in"
        if depth == 0:
            known = "--global-activities" if orphan is Level.ACTIVITY else "--default-customer NAME"
            remedy += f", or give {known}"
        return f"empty, but the row names {orphan.one}; {remedy}"

    def _note_nameless(self, line: int, cells: Sequence[str]) -> None:
        given = self.cells.given(cells)
        if given is not None:
            self._problems.add(line, given, "given, but the row names nothing that it could belong to; name it")
        elif any(map(trim, cells)):
            self._nameless.append(line)

    def _place(self, parent: Node | None, level: Level, name: str, line: int, cells: Sequence[str]) -> Node:
        short = cut(name)
        number = self.cells.number(level, cells) if self._rules.by_number else None
        node = self._find(parent, level, short, number)
        if node is None:
            self._check(level, short, line)
            node = self._add(parent, level, short, number, line)
            if short != name:
                self._uncut[node] = name
                self.warnings.add(line, self.heading(level), f"cut to {MAX_LENGTH} characters: {short[:40]!r}…")
        elif self._key(self._uncut.get(node, node.name)) != self._key(name):
            self._note_other_name(node, name, number, line)
        if number is not None:
            self._numbered.setdefault((level, parent, fold(number)), node)
        return node

    def heading(self, level: Level) -> str:
        """Return the heading of the column that names a level."""
        return self._headings[LEVELS.index(level)]

    def _note_other_name(self, node: Node, name: str, number: str | None, line: int) -> None:
        if number is not None:
            self.warnings.add(
                line,
                self.heading(node.level),
                f"{name[:60]!r} has the number of {node.name[:60]!r} on line {node.line}; that name counts",
            )
            return
        self._problems.add(
            line,
            self.heading(node.level),
            f"becomes the same name as on line {node.line} when cut to {MAX_LENGTH} characters; shorten one",
        )

    def _key(self, name: str) -> str:
        return fold(name) if self._rules.any_case else name

    def _siblings(self, parent: Node | None, level: Level) -> Mapping[str, Node]:
        if parent is not None:
            return parent.children or {}
        return self.tree.customers if level is Level.CUSTOMER else self.tree.global_activities

    def _find(self, parent: Node | None, level: Level, name: str, number: str | None) -> Node | None:
        node = self._siblings(parent, level).get(self._key(name))
        if number is None:
            return node
        numbered = self._numbered.get((level, parent, fold(number)))
        if numbered is not None:
            return numbered
        return node if node is not None and node.number is None else None

    def _add(self, parent: Node | None, level: Level, name: str, number: str | None, line: int) -> Node:
        key = self._key(name)
        if key in self._siblings(parent, level):  # of another number
            key = f"{key}\0{number}"
        if parent is not None:
            return parent.add(name, line, key)
        return (self.tree.add if level is Level.CUSTOMER else self.tree.add_global)(name, line, key)

    def _check(self, level: Level, name: str, line: int) -> None:
        if len(name) < 2:
            self._problems.add(line, self.heading(level), f"{name!r} has one character; Kimai wants at least 2")

    def _nameless_text(self) -> str:
        lines = ", ".join(map(str, self._nameless[:_FEW])) + (", …" if len(self._nameless) > _FEW else "")
        if len(self._nameless) == 1:
            return f"line {lines} names no customer, project or activity and is left out"
        return f"{len(self._nameless):,} rows name no customer, project or activity and are left out (lines {lines})"

    def locate(self, cells: Sequence[str]) -> Node | None:
        """Return the deepest node that a row of this file stands for, or None if it names nothing."""
        names = self._names([*cells, *[""] * (self._width - len(cells))])
        if self._is_global(names):
            return self._find(None, Level.ACTIVITY, cut(names[2]), self._number(Level.ACTIVITY, cells))
        node: Node | None = None
        for level, name in zip(LEVELS, names, strict=True):
            found = self._find(node, level, cut(name), self._number(level, cells)) if name else None
            if found is None:
                break
            node = found
        return node

    def _number(self, level: Level, cells: Sequence[str]) -> str | None:
        return self.cells.number(level, cells) if self._rules.by_number else None
