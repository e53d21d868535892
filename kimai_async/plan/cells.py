"""The columns beside the names: each cell is read, checked and given to the row's customer, project or activity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kimai_async.csvfile.notes import About
from kimai_async.fields.catalogue import field_type
from kimai_async.fields.values import BadValueError, Color, Number, Text
from kimai_async.text import shorten
from kimai_async.tree.names import trim
from kimai_async.tree.nodes import LEVELS, Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kimai_async.csvfile.notes import Notes
    from kimai_async.csvfile.table import Table
    from kimai_async.fields.columns import Target
    from kimai_async.tree.nodes import Node

_NOTHING: Final = object()


class _Column:
    """One column of one field: where it stands, what it holds, what was read from it before."""

    def __init__(self, index: int, target: Target, heading: str, date_format: str | None) -> None:
        self.index = index
        self.key = target.key
        self.depth = LEVELS.index(target.level)
        self.heading = heading
        self.type = field_type(target.level, target.key)
        self._date_format = date_format
        # Countries and dates repeat by the thousand, comments do not.
        self._read: dict[str, Any] | None = None if isinstance(self.type, (Text, Number)) else {}

    def read(self, raw: str) -> Any:
        """Return a cell's value, `_NOTHING` for an empty one; raises BadValueError."""
        if self._read is not None and raw in self._read:
            return self._read[raw]
        text = trim(raw)
        value = self.type.read(text, self._date_format) if text else _NOTHING
        if self._read is not None:
            self._read[raw] = value
        return value


class OtherColor(NamedTuple):
    """A colour that a row gives beside the one that counts; the server's palette tells whether they are the same."""

    node: Node
    line: int
    heading: str
    counts: str
    other: str


class Cells:
    """Reads the field columns of a table; what is wrong goes to *problems*, what is odd to *warnings*.

    `whole` has the numbers of the nodes whose number had to be cut, as the file has them; `other_colors` what only the
    server can compare.
    """

    def __init__(self, table: Table, date_format: str | None, problems: Notes, warnings: Notes) -> None:
        self.whole: dict[Node, str] = {}
        self.other_colors: list[OtherColor] = []
        self._columns = [
            _Column(index, target, table.heading[index], date_format) for index, target in table.columns.fields
        ]
        self._numbers = {LEVELS[column.depth]: column for column in self._columns if column.key == "number"}
        self._headings = {(LEVELS[column.depth], column.key): column.heading for column in self._columns}
        self._problems = problems
        self._warnings = warnings
        self._lines: dict[tuple[Node, str], int] = {}

    def __bool__(self) -> bool:
        return bool(self._columns)

    def heading(self, level: Level, key: str) -> str:
        """Return the heading of a field's column."""
        return self._headings.get((level, key), f"{level}.{key}")

    def number(self, level: Level, cells: Sequence[str]) -> str | None:
        """Return the number that a row gives for a level, however long it is, or None."""
        column = self._numbers.get(level)
        return None if column is None or column.index >= len(cells) else trim(cells[column.index]) or None

    def given(self, cells: Sequence[str]) -> str | None:
        """Return the heading of the first field that a row gives, or None."""
        return next((column.heading for column in self._columns if trim(cells[column.index])), None)

    def merge(self, path: Sequence[Node | None], cells: Sequence[str], line: int) -> None:
        """Give a row's cells to the customer, project and activity that it names (None: it does not)."""
        for column in self._columns:
            raw = cells[column.index]
            if raw:
                self._merge_cell(column, path[column.depth], raw, line)

    def _merge_cell(self, column: _Column, node: Node | None, raw: str, line: int) -> None:
        try:
            value = column.read(raw)
        except BadValueError as error:
            self._problems.add(line, column.heading, f"{shorten(raw, 60)!r} {error}", About.VALUES)
            return
        if value is _NOTHING:
            return
        if node is None:
            level = LEVELS[column.depth]
            text = f"{shorten(raw, 60)!r}, but the row names no {level}; name it or leave this empty"
            self._problems.add(line, column.heading, text, About.NAMES)
            return
        self._keep(column, node, value, line)

    def _keep(self, column: _Column, node: Node, value: Any, line: int) -> None:
        """The first value counts."""
        if node.values is None:
            node.values = {}
        if column.key not in node.values:
            node.values[column.key] = self._cut(column, node, value, line)
            if line != node.line:
                self._lines[node, column.key] = line
            return
        kept = node.values[column.key]
        if column.key == "number":
            kept = self.whole.get(node, kept)
        if kept is value or kept == value or column.type.same(value, kept):
            return
        if isinstance(column.type, Color):
            self.other_colors.append(OtherColor(node, line, column.heading, kept, value))
        else:
            self.note_other(node, column.key, line, column.heading, kept, value, self._warnings)

    def _cut(self, column: _Column, node: Node, value: Any, line: int) -> Any:
        """Return a number as long as Kimai takes it, any other value as it is."""
        if not isinstance(column.type, Number) or len(value) <= column.type.most:
            return value
        short = trim(value[: column.type.most])
        self.whole[node] = value
        text = f"{shorten(value, 60)!r} is cut to {short!r}: Kimai takes {column.type.most} characters"
        self._warnings.add(line, column.heading, text, About.NUMBERS)
        return short

    def note_other(
        self, node: Node, key: str, line: int, heading: str, counts: Any, other: Any, warnings: Notes
    ) -> None:
        """Note that a line gives a node another value than the one that counts."""
        its, first = field_type(node.level, key), self.line(node, key)
        counted, differs = (repr(shorten(its.write(value), 60)) for value in (counts, other))
        warnings.add(
            line,
            heading,
            f"{differs} differs from {counted} on line {first} for the same {node.level}; line {first} counts",
            About.VALUES,
        )

    def line(self, node: Node, key: str) -> int:
        """Return the line that gave a node its value for a field."""
        return self._lines.get((node, key), node.line)
