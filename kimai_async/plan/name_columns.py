"""The columns that hold names: which one names which level, and what a row says in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.csvfile.notes import listed
from kimai_async.errors import CsvError
from kimai_async.tree.names import trim
from kimai_async.tree.nodes import LEVELS, Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kimai_async.csvfile.table import Table
    from kimai_async.settings import Rules


class NameColumns:
    """Where a file names its customers, projects and activities; `indexes` has a position, or None, for each level."""

    def __init__(self, table: Table, rules: Rules) -> None:
        self.indexes = [table.columns.index(level) for level in LEVELS]
        self._headings = [
            str(level).capitalize() if index is None else table.heading[index]
            for level, index in zip(LEVELS, self.indexes, strict=True)
        ]
        self.default = None if rules.default_customer is None else trim(rules.default_customer)
        self._global_activities = rules.global_activities

    def heading(self, level: Level) -> str:
        """Return the heading of the column that names a level."""
        return self._headings[LEVELS.index(level)]

    def names(self, cells: Sequence[str]) -> list[str]:
        """Return the trimmed names of a row, from the customer down; an empty one is not given."""
        names = ["" if index is None else trim(cells[index]) for index in self.indexes]
        if self.default and not names[0] and names[1]:
            names[0] = self.default
        return names

    def is_global(self, names: Sequence[str]) -> bool:
        """Tell whether a row's names are those of a global activity."""
        return self._global_activities and bool(names[2]) and not names[0] and not names[1]

    def need_parents(self, table: Table) -> None:
        """Raise CsvError if the file names projects without customers, or activities without projects."""
        customer, project, activity = self.indexes
        where = f"{table.name}, line {table.heading_line}"
        found = f"found: {listed(map(repr, table.heading))}"
        if project is not None and customer is None and self.default is None:
            raise CsvError(
                f"{where}: projects, but no column for their customers; {found}. Say which it is, as in --column "
                "customer=Account, or give --default-customer NAME."
            )
        if activity is not None and project is None and not self._global_activities:
            raise CsvError(
                f"{where}: activities, but no column for their projects; {found}. Say which it is, as in --column "
                "project=Job, or give --global-activities if they belong to none."
            )
