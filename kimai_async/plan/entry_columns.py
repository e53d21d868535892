"""The columns of time entries: where each stands, and what a row has there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.tree.names import trim

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kimai_async.csvfile.table import Table


class RowError(ValueError):
    """A row that is no time entry as it is; `key` is that of the column, the message says what to do."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(reason)
        self.key = key


class EntryColumns:
    """Where a table has what is said of time entries."""

    def __init__(self, table: Table) -> None:
        self._headings = table.heading
        self._indexes = table.columns.of_entries

    def has(self, key: str) -> bool:
        """Tell whether there is a column for this."""
        return key in self._indexes

    def heading(self, key: str) -> str:
        """Return the heading of a column; the key itself if there is none."""
        return self._headings[self._indexes[key]] if key in self._indexes else key

    def index(self, key: str) -> int | None:
        """Return where a column stands, or None."""
        return self._indexes.get(key)

    def indexes(self, keys: Iterable[str]) -> list[int]:
        """Return where those of these columns stand that there are."""
        return [self._indexes[key] for key in keys if key in self._indexes]

    def keys(self, *, beginning: str) -> list[str]:
        """Return the keys of the columns that begin so."""
        return [key for key in self._indexes if key.startswith(beginning)]

    def cell(self, key: str, cells: Sequence[str]) -> str:
        """Return a trimmed cell, empty if there is none; a bare `-` is Toggl Track's for an empty one."""
        index = self._indexes.get(key)
        if index is None or index >= len(cells):
            return ""
        text = trim(cells[index])
        return "" if text == "-" else text
