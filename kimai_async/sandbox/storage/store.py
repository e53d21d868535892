"""Rows in SQLite: one table for all things that have a name, and their rates, with their form values as JSON."""

from __future__ import annotations

import json
import sqlite3
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from kimai_async.sandbox.storage import entries
from kimai_async.sandbox.storage.collation import fold, sort_key

if TYPE_CHECKING:
    from pathlib import Path

Level = Literal["customers", "projects", "activities", "timesheets"]
Kind = Literal[Level, "users", "teams", "tags", "customer_rates", "project_rates", "activity_rates"]
RATES: dict[Level, Kind] = {
    "customers": "customer_rates",
    "projects": "project_rates",
    "activities": "activity_rates",
}
"""Where the rates of each level are; the parent of a rate is what it is for."""
CHILDREN: dict[Level, Level] = {"customers": "projects", "projects": "activities"}
ABOVE: dict[Level, Level] = {child: parent for parent, child in CHILDREN.items()}
_BELOW: dict[Kind, tuple[Kind, ...]] = {
    "customers": ("projects", "customer_rates"),
    "projects": ("activities", "project_rates"),
    "activities": ("activity_rates",),
}
PARENT: dict[Level, str] = {"projects": "customer", "activities": "project"}
"""The field that names the parent."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entity (
    level TEXT NOT NULL, id INTEGER NOT NULL, parent INTEGER, name_key TEXT NOT NULL, number_key TEXT,
    fields TEXT NOT NULL, PRIMARY KEY (level, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entity_number ON entity (level, number_key);
CREATE INDEX IF NOT EXISTS entity_parent ON entity (level, parent);
CREATE TABLE IF NOT EXISTS counter (level TEXT PRIMARY KEY, last INTEGER NOT NULL, stored INTEGER NOT NULL);
INSERT OR IGNORE INTO counter VALUES
    ('customers', 0, 0), ('projects', 0, 0), ('activities', 0, 0), ('timesheets', 0, 0), ('users', 0, 0),
    ('teams', 0, 0), ('tags', 0, 0), ('customer_rates', 0, 0), ('project_rates', 0, 0), ('activity_rates', 0, 0);
"""


@dataclass(frozen=True)
class Row:
    """One stored thing; `parent` is the customer of a project, the project of an activity, what a rate is for."""

    id: int
    parent: int | None
    fields: dict[str, Any]

    @property
    def name(self) -> str:
        """The name; a rate has none."""
        return str(self.fields.get("name", ""))

    @property
    def visible(self) -> bool:
        """Whether lists and forms offer it."""
        return bool(self.fields["visible"])


class Store:
    """The rows of one sandbox, in memory or in a file."""

    def __init__(self, database: str | Path) -> None:
        self._db = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self._db.close)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA + entries.SCHEMA)
        self.entries = entries.Entries(self._db)

    def close(self) -> None:
        """Close the database; a file keeps its rows."""
        self._db.close()

    def insert(self, level: Kind, parent: int | None, values: dict[str, Any]) -> Row:
        """Store a new row; ids count up and are not used twice."""
        with self._db:
            self._db.execute("BEGIN")
            self._db.execute("UPDATE counter SET last = last + 1, stored = stored + 1 WHERE level = ?", (level,))
            (new_id,) = self._db.execute("SELECT last FROM counter WHERE level = ?", (level,)).fetchone()
            row = Row(new_id, parent, values)
            self._db.execute("INSERT INTO entity VALUES (?, ?, ?, ?, ?, ?)", (level, new_id, *_columns(row)))
        return row

    def update(self, level: Kind, row: Row) -> None:
        """Replace a row's parent and values."""
        self._db.execute(
            "UPDATE entity SET parent = ?, name_key = ?, number_key = ?, fields = ? WHERE level = ? AND id = ?",
            (*_columns(row), level, row.id),
        )

    def delete(self, level: Kind, row_id: int) -> None:
        """Delete a row and everything below it, as the database's cascades do."""
        for child_level in _BELOW.get(level, ()):
            for child in self.children(child_level, row_id):
                self.delete(child_level, child.id)
        if level == "projects" or level == "activities":
            self.entries.delete_of("project" if level == "projects" else "activity", row_id)
        with self._db:
            self._db.execute("BEGIN")
            self._db.execute("DELETE FROM entity WHERE level = ? AND id = ?", (level, row_id))
            self._db.execute("UPDATE counter SET stored = stored - 1 WHERE level = ?", (level,))

    def get(self, level: Kind, row_id: int | None) -> Row | None:
        """The row, or None."""
        found = self._db.execute(
            "SELECT id, parent, fields FROM entity WHERE level = ? AND id = ?", (level, row_id)
        ).fetchone()
        return _row(found) if found else None

    def rows(self, level: Kind) -> list[Row]:
        """Every row, by name and then id."""
        found = self._db.execute(
            "SELECT id, parent, fields FROM entity WHERE level = ? ORDER BY name_key, id", (level,)
        )
        return [_row(columns) for columns in found]

    def count(self, level: Kind) -> int:
        """How many rows there are."""
        found = self._db.execute("SELECT stored FROM counter WHERE level = ?", (level,)).fetchone()
        return int(found[0])

    def number_taken(self, level: Kind, number: str | None, but: int | None = None) -> bool:
        """Whether another row has this number, as the collation compares; no number is never taken."""
        if number is None:
            return False
        query = "SELECT 1 FROM entity WHERE level = ? AND number_key = ? AND id IS NOT ?"
        return self._db.execute(query, (level, fold(number), but)).fetchone() is not None

    def children(self, level: Kind, parent: int) -> list[Row]:
        """The rows below one, by id."""
        query = "SELECT id, parent, fields FROM entity WHERE level = ? AND parent = ? ORDER BY id"
        return [_row(columns) for columns in self._db.execute(query, (level, parent)).fetchall()]


def _columns(row: Row) -> tuple[int | None, str, str | None, str]:
    number = row.fields.get("number")
    number_key = None if number is None else fold(number)
    return row.parent, sort_key(row.name), number_key, json.dumps(row.fields)


def _row(columns: tuple[int, int | None, str]) -> Row:
    row_id, parent, values = columns
    return Row(row_id, parent, json.loads(values))
