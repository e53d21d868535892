"""Rows to a tree: every row is checked here, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kimai_async.csvfile.notes import About, Notes, listed
from kimai_async.errors import CsvError
from kimai_async.plan.cells import Cells
from kimai_async.plan.name_columns import NameColumns
from kimai_async.plan.overview import Overview
from kimai_async.plan.places import Places
from kimai_async.settings import Rules
from kimai_async.tree.names import MAX_LENGTH, cut, trim
from kimai_async.tree.nodes import LEVELS, Level, Node, Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kimai_async.csvfile.table import Table

_FEW = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """The tree of a file, what was noted while it was built, and the way from a row back to its node.

    With `problems`, or when its end could not be read (`unread` says why), the file cannot be imported; the tree has
    what could be read all the same, so that the server can be asked about that, too.
    """

    name: str
    tree: Tree
    problems: Notes
    warnings: Notes
    cells: Cells
    unread: CsvError | None
    _columns: NameColumns
    _places: Places
    _by_number: bool

    @property
    def hopeless(self) -> bool:
        """Whether the file cannot be imported as it is, whatever the server says."""
        return bool(self.problems.count) or self.unread is not None

    def refuse(self, *after: str) -> None:
        """Raise CsvError if there are problems: one list of them all, by line, and below it these sentences."""
        if self.unread is None:
            self.problems.refuse(self.name, *after)
        elif self.problems.count:
            self.problems.note(str(self.unread).removeprefix(f"{self.name}, "), last=True)
            self.problems.refuse(self.name, *after)
        else:
            raise CsvError("\n".join([str(self.unread), *after]))

    def heading(self, level: Level) -> str:
        """Return the heading of the column that names a level."""
        return self._columns.heading(level)

    def locate(self, cells: Sequence[str]) -> Node | None:
        """Return the deepest node that a row of this file stands for, or None if it names nothing."""
        cells = self._columns.unguarded(cells)
        names = self._columns.names([*cells, *[""] * (self._columns.width - len(cells))])
        if self._columns.is_global(names):
            return self._places.find(None, Level.ACTIVITY, cut(names[2]), self._number(Level.ACTIVITY, cells))
        node: Node | None = None
        for level, name in zip(LEVELS, names, strict=True):
            found = self._places.find(node, level, cut(name), self._number(level, cells)) if name else None
            if found is None:
                break
            node = found
        return node

    def lacking(self, cells: Sequence[str]) -> Level | None:
        """Return the level that the row of a time entry should name and does not; None if that is a problem already.

        *cells* must be as many as the headings.
        """
        names = self._columns.names(cells)
        if self._columns.is_global(names) or (self._columns.default and not any(names)):
            return Level.PROJECT
        depth = next((index for index, name in enumerate(names) if not name), len(names))
        return None if depth == len(names) or any(names[depth:]) else LEVELS[depth]

    def _number(self, level: Level, cells: Sequence[str]) -> str | None:
        return self.cells.number(level, cells) if self._by_number else None


def build(table: Table, rules: Rules | None = None) -> Plan:
    """Read all rows of a table into a tree, and look the whole over.

    What is wrong with rows is in the plan's `problems`: rows that cannot be meant, names of one character, names and
    numbers that the cut would make one, cells that are not what their field takes. Raises CsvError for a file in which
    no row can be meant: one without rows, or without a column for what stands above.
    """
    rules = rules or Rules()
    problems, warnings = Notes(), Notes()
    columns = NameColumns(table, rules)
    columns.need_parents(table)
    cells = Cells(table, rules.date_format, problems, warnings)
    rows = _Rows(table, columns, cells, rules, problems, warnings)
    unread = rows.read_readable()
    tree = rows.places.tree
    Overview(tree, cells, columns.heading, problems, warnings).compare(names=not rules.any_case)
    nameless = _about_nameless(rows.nameless)
    if nameless is not None:
        warnings.note(nameless, About.ROWS)
    if not tree and not problems.count and unread is None:
        if nameless is not None:
            raise CsvError(f"There is nothing to import in {table.name}: {nameless}.")
        raise CsvError(f"{table.name} has a line of headings but no rows; there is nothing to import.")
    return Plan(table.name, tree, problems, warnings, cells, unread, columns, rows.places, rules.by_number)


def _about_nameless(lines: Sequence[int]) -> str | None:
    shown = listed(map(str, lines), _FEW)
    if len(lines) > 1:
        return f"{len(lines):,} rows name no customer, project or activity and are left out (lines {shown})"
    return f"line {shown} names no customer, project or activity and is left out" if lines else None


class _Rows:
    """Puts rows into a tree, one by one; `nameless` are the lines of those that name nothing."""

    def __init__(
        self, table: Table, columns: NameColumns, cells: Cells, rules: Rules, problems: Notes, warnings: Notes
    ) -> None:
        self.places = Places(rules)
        self.nameless: list[int] = []
        self._table = table
        self._width = len(table.heading)
        self._columns = columns
        self._cells = cells
        self._rules = rules
        self._problems = problems
        self._warnings = warnings
        self._uncut: dict[Node, str] = {}

    def read_readable(self) -> CsvError | None:
        """Enter every row up to one that cannot be read; return the error that says so, if there is one."""
        try:
            self.read()
        except CsvError as error:
            return error
        return None

    def read(self) -> None:
        """Enter every row that is as wide as the heading."""
        plain = not (self._cells or self._rules.by_number or self._rules.any_case or self._columns.default)
        first, second, third = self._columns.indexes
        if plain and first is not None and second is not None and third is not None:
            self._read_plain(first, second, third)
            return
        for line, cells in self._table.rows(self._problems, self._warnings):
            if len(cells) == self._width or self._fit(line, cells):
                self._enter(line, self._columns.unguarded(cells))

    def _read_plain(self, first: int, second: int, third: int) -> None:
        """Read a file of names alone: the common case without a call, in a third of the time of the long way."""
        customers, uncut, width = self.places.tree.customers, self._uncut, self._width
        for line, cells in self._table.rows(self._problems, self._warnings):
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
                f"{len(cells)} fields where the heading has {width}; put a text that holds a "
                f"{self._table.shown_delimiter} in quotes",
                About.ROWS,
            )
            return False
        cells += [""] * (width - len(cells))
        return True

    def _enter(self, line: int, cells: Sequence[str]) -> None:
        names = self._columns.names(cells)
        if self._columns.is_global(names):
            self._cells.merge((None, None, self._place(None, Level.ACTIVITY, names[2], line, cells)), cells, line)
            return
        depth = next((index for index, name in enumerate(names) if not name), len(names))
        orphan = next((level for level, name in zip(LEVELS[depth:], names[depth:], strict=True) if name), None)
        if orphan is not None:
            text = _explain_orphan(orphan, depth, timesheets=self._rules.timesheets)
            self._problems.add(line, self._columns.heading(LEVELS[depth]), text, About.NAMES)
        elif depth == 0:
            self._note_nameless(line, cells)
        else:
            path: list[Node | None] = [None, None, None]
            node: Node | None = None
            for index in range(depth):
                node = path[index] = self._place(node, LEVELS[index], names[index], line, cells)
            self._cells.merge(path, cells, line)

    def _note_nameless(self, line: int, cells: Sequence[str]) -> None:
        given = self._cells.given(cells)
        if given is not None:
            text = "given, but the row names no customer, project or activity; name one"
            self._problems.add(line, given, text, About.NAMES)
        elif any(map(trim, cells)) and not self._columns.are_of_entry(cells):
            self.nameless.append(line)

    def _place(self, parent: Node | None, level: Level, name: str, line: int, cells: Sequence[str]) -> Node:
        short = cut(name)
        number = self._cells.number(level, cells) if self._rules.by_number else None
        node = self.places.find(parent, level, short, number)
        if node is None:
            self._check(level, short, line)
            node = self.places.add(parent, level, short, number, line)
            if short != name:
                self._uncut[node] = name
                heading = self._columns.heading(level)
                text = f"{_begin(name)} has {len(name)} characters and is cut to {MAX_LENGTH}, as many as Kimai takes"
                self._warnings.add(line, heading, text, About.NAMES)
        elif self.places.key(self._uncut.get(node, node.name)) != self.places.key(name):
            self._note_other_name(node, name, number, line)
        if number is not None:
            self.places.number(node, level, number)
        return node

    def _note_other_name(self, node: Node, name: str, number: str | None, line: int) -> None:
        heading = self._columns.heading(node.level)
        if number is not None:
            text = f"{name[:60]!r} has the number of {node.name[:60]!r} on line {node.line}, whose name counts"
            self._warnings.add(line, heading, text, About.NAMES)
            return
        text = (
            f"{_begin(name)} becomes the same name as on line {node.line} when cut to {MAX_LENGTH} characters; "
            "shorten one"
        )
        self._problems.add(line, heading, text, About.NAMES)

    def _check(self, level: Level, name: str, line: int) -> None:
        if len(name) < 2:
            heading = self._columns.heading(level)
            self._problems.add(
                line, heading, f"{name!r} has one character; Kimai wants at least 2, so lengthen it", About.NAMES
            )


def _begin(name: str) -> str:
    return f"{name[:40]!r}…"


def _explain_orphan(orphan: Level, depth: int, *, timesheets: bool) -> str:
    remedy = "fill it in"
    if depth == 0:
        known = "--global-activities" if orphan is Level.ACTIVITY else "--default-customer NAME"
        remedy += f", or give {known}"
    elif timesheets and depth == 1:
        remedy += ", or give --default-project NAME"
    return f"empty, but the row names {orphan.one}; {remedy}"
