"""The columns that hold names: which one names which level, and what a row says in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.csvfile.notes import listed
from kimai_async.errors import CsvError
from kimai_async.fields.entry_words import TIME_KEYS
from kimai_async.fields.guards import unguarded
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
        self.width = len(table.heading)
        self.default = None if rules.default_customer is None else trim(rules.default_customer)
        self._timesheets = rules.timesheets
        self._defaults = [trim(name or "") for name in (rules.default_project, rules.default_activity)]
        of_entries = table.columns.of_entries
        self._times = [of_entries[key] for key in TIME_KEYS if key in of_entries]
        self._global_activities = rules.global_activities
        self._guarded = table.columns.are_kimais

    def heading(self, level: Level) -> str:
        """Return the heading of the column that names a level."""
        return self._headings[LEVELS.index(level)]

    def unguarded(self, cells: Sequence[str]) -> Sequence[str]:
        """Return the cells of a row without what Kimai puts before texts in its own lists, if this is one of these.

        Elsewhere a name may begin so on purpose: there it is left as it is, with a warning.
        """
        return [unguarded(trim(cell)) for cell in cells] if self._guarded else cells

    def names(self, cells: Sequence[str]) -> list[str]:
        """Return the trimmed names of a row, from the customer down; an empty one is not given."""
        names = ["" if index is None else trim(cells[index]) for index in self.indexes]
        if self._timesheets:
            self._complete(names, cells)
        if self.default and not names[0] and names[1]:
            names[0] = self.default
        return names

    def _complete(self, names: list[str], cells: Sequence[str]) -> None:
        """Take a bare `-` for nothing, as Toggl Track means it, and fill in what rows of time entries leave out."""
        for index, name in enumerate(names):
            if name == "-":
                names[index] = ""
        if any(self._defaults) and not all(names[1:]) and self.are_of_entry(cells):
            names[1:] = [name or default for name, default in zip(names[1:], self._defaults, strict=True)]

    def are_of_entry(self, cells: Sequence[str]) -> bool:
        """Tell whether a row says anything of when it was, in a file of time entries."""
        return self._timesheets and any(trim(cells[index]) not in ("", "-") for index in self._times)

    def is_global(self, names: Sequence[str]) -> bool:
        """Tell whether a row's names are those of a global activity."""
        return self._global_activities and bool(names[2]) and not names[0] and not names[1]

    def need_parents(self, table: Table) -> None:
        """Raise CsvError if the file names projects without customers, or activities without projects."""
        customer, project, activity = self.indexes
        where = f"{table.name}, line {table.heading_line}"
        found = f"found: {listed(map(repr, table.heading))}"
        if self._timesheets:
            self._need_home(where, found)
        default_project = self._timesheets and self._defaults[0]
        if (project is not None or default_project) and customer is None and self.default is None:
            raise CsvError(
                f"{where}: projects, but no column for their customers; {found}. Say which it is, as in --column "
                "customer=Account, or give --default-customer NAME."
            )
        if activity is not None and project is None and not self._global_activities and not default_project:
            raise CsvError(
                f"{where}: activities, but no column for their projects; {found}. Say which it is, as in --column "
                "project=Job, or give --global-activities if they belong to none."
            )

    def _need_home(self, where: str, found: str) -> None:
        """Raise CsvError if the file names no project, or no activity, for any of its time entries."""
        for level, default in zip(LEVELS[1:], self._defaults, strict=True):
            if self.indexes[LEVELS.index(level)] is None and not default:
                raise CsvError(
                    f"{where}: time entries, but no column for their {level.plural}; {found}. Say which it is, as in "
                    f"--column {level}=Job, or give --default-{level} NAME."
                )
