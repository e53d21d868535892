"""Time entries in SQLite: a table of their own, for lists of many thousands are filtered and cut into pages there."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection

SCHEMA = """
CREATE TABLE IF NOT EXISTS timesheet (
    id INTEGER PRIMARY KEY, user INTEGER NOT NULL, project INTEGER NOT NULL, activity INTEGER NOT NULL,
    begin INTEGER NOT NULL, "end" INTEGER, zone TEXT NOT NULL, duration INTEGER NOT NULL, pause INTEGER NOT NULL,
    description TEXT, rate REAL NOT NULL, internal_rate REAL, fixed_rate REAL, hourly_rate REAL,
    exported INTEGER NOT NULL, billable INTEGER NOT NULL, tags TEXT NOT NULL, meta TEXT NOT NULL,
    modified INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS timesheet_user ON timesheet (user, begin);
CREATE INDEX IF NOT EXISTS timesheet_begin ON timesheet (begin);
CREATE INDEX IF NOT EXISTS timesheet_project ON timesheet (project);
CREATE INDEX IF NOT EXISTS timesheet_activity ON timesheet (activity);
"""


@dataclass(frozen=True)
class Entry:
    """One time entry; times are instants, `zone` is the label with which they are shown, a break is a `pause`."""

    id: int
    user: int
    project: int
    activity: int
    begin: int
    end: int | None
    zone: str
    duration: int = 0
    pause: int = 0
    description: str | None = None
    rate: float = 0.0
    internal_rate: float | None = None
    fixed_rate: float | None = None
    hourly_rate: float | None = None
    exported: bool = False
    billable: bool = True
    tags: tuple[int, ...] = ()
    meta: tuple[tuple[str, str], ...] = ()
    modified: int = 0

    @property
    def elapsed(self) -> int:
        """From begin to end without the break; nothing while it runs."""
        return 0 if self.end is None else self.end - self.begin - self.pause


@dataclass(frozen=True)
class Wanted:
    """A filter: what is None, or an empty collection, filters nothing."""

    users: Collection[int] = ()
    customers: Collection[int] = ()
    projects: Collection[int] = ()
    activities: Collection[int] = ()
    tags: Collection[int] = ()
    but_projects: Collection[int] = ()
    but_activities: Collection[int] = ()
    begin: int | None = None
    end: int | None = None
    modified_after: int | None = None
    exported: bool | None = None
    billable: bool | None = None
    running: bool | None = None


@dataclass(frozen=True)
class Sorting:
    """An order; rows that are equal in it stand by their ids, in the direction of `ties`."""

    by: Literal["id", "begin", "end", "rate"] = "begin"
    descending: bool = True
    ties_descending: bool = True


_COLUMNS = [each.name for each in fields(Entry)]
_LISTED = ", ".join(f'"{name}"' for name in _COLUMNS)
_OWN = "EXISTS (SELECT 1 FROM json_each(timesheet.tags) AS tag WHERE tag.value IN ({}))"
_OF_CUSTOMER = "project IN (SELECT id FROM entity WHERE level = 'projects' AND parent IN ({}))"


class Entries:
    """The time entries of a store; ids count up, and a number given away is never used again."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def new_id(self) -> int:
        """Take the next id, as MariaDB does before it knows whether the row will stay."""
        query = "UPDATE counter SET last = last + 1 WHERE level = 'timesheets' RETURNING last"
        return int(self._db.execute(query).fetchall()[0][0])

    def save(self, *entries: Entry) -> None:
        """Store entries, all or none; those whose ids are there are replaced."""
        marks = ", ".join("?" * len(_COLUMNS))
        query = f"INSERT OR REPLACE INTO timesheet ({_LISTED}) VALUES ({marks})"  # noqa: S608 - names of our own
        with self._db:
            self._db.execute("BEGIN")
            self._db.executemany(query, [_values(entry) for entry in entries])

    def delete(self, entry_id: int) -> None:
        """Delete one."""
        self._db.execute("DELETE FROM timesheet WHERE id = ?", (entry_id,))

    def delete_of(self, column: Literal["project", "activity"], row_id: int) -> None:
        """Delete everything that was booked on a project or an activity."""
        self._db.execute(f"DELETE FROM timesheet WHERE {column} = ?", (row_id,))  # noqa: S608 - one of two words

    def drop_tag(self, tag_id: int) -> None:
        """Take a tag off every entry."""
        for entry in self._select(_OWN.format("?"), (tag_id,)):
            self.save(replace(entry, tags=tuple(each for each in entry.tags if each != tag_id)))

    def get(self, entry_id: int) -> Entry | None:
        """The entry, or None."""
        return next(iter(self._select("id = ?", (entry_id,))), None)

    def all(self) -> list[Entry]:
        """Every entry, by id."""
        return self._select("1 ORDER BY id")

    def count(self, wanted: Wanted) -> int:
        """How many entries a filter leaves."""
        where, values = _where(wanted)
        return int(self._db.execute(f"SELECT count(*) FROM timesheet WHERE {where}", values).fetchone()[0])  # noqa: S608

    def find(self, wanted: Wanted, sorting: Sorting, offset: int = 0, limit: int = -1) -> list[Entry]:
        """A page of what a filter leaves."""
        where, values = _where(wanted)
        down, ties = ("DESC" if each else "ASC" for each in (sorting.descending, sorting.ties_descending))
        order = f'ORDER BY "{sorting.by}" {down}, id {ties} LIMIT ? OFFSET ?'
        return self._select(f"{where} {order}", (*values, limit, offset))

    def running(self, user: int) -> list[Entry]:
        """What somebody has running, the one that began first at the front."""
        return self._select('user = ? AND "end" IS NULL ORDER BY begin, id', (user,))

    def overlaps(self, entry: Entry) -> bool:
        """Whether its user has something at its time; a second of touching is none (`hasRecordForTime`)."""
        begin, end = entry.begin + 1, None if entry.end is None else entry.end - 1
        where, values = '(? BETWEEN begin AND "end")', [begin]
        if end is not None:
            where = f'({where} OR ? BETWEEN begin AND "end" OR begin BETWEEN ? AND ? OR "end" BETWEEN ? AND ?)'
            values += [end, begin, end, begin, end]
        query = f'SELECT 1 FROM timesheet WHERE user = ? AND id != ? AND "end" IS NOT NULL AND {where}'  # noqa: S608
        return self._db.execute(query, (entry.user, entry.id, *values)).fetchone() is not None

    def spent(self, wanted: Wanted) -> tuple[int, float]:
        """The seconds and the money that the finished, billable entries of a filter come to."""
        where, values = _where(replace(wanted, billable=True, running=False))
        query = f"SELECT coalesce(sum(duration), 0), coalesce(sum(rate), 0.0) FROM timesheet WHERE {where}"  # noqa: S608
        seconds, money = self._db.execute(query, values).fetchone()
        return int(seconds), float(money)

    def newest_of_each(self, user: int, since: int | None, limit: int) -> list[Entry]:
        """The last entry of each project and activity of somebody, at most so many, by their ends."""
        latest = "SELECT max(id) AS latest FROM timesheet WHERE user = ? AND begin >= ? GROUP BY project, activity"
        where = f'id IN ({latest} ORDER BY latest DESC LIMIT ?) ORDER BY "end" DESC, id'
        return self._select(where, (user, -(2**60) if since is None else since, limit))

    def _select(self, where: str, values: tuple[Any, ...] = ()) -> list[Entry]:
        query = f"SELECT {_LISTED} FROM timesheet WHERE {where}"  # noqa: S608 - put together above
        return [_entry(row) for row in self._db.execute(query, values)]


def _values(entry: Entry) -> list[Any]:
    values = {name: getattr(entry, name) for name in _COLUMNS}
    return list((values | {"tags": json.dumps(entry.tags), "meta": json.dumps(entry.meta)}).values())


def _entry(row: tuple[Any, ...]) -> Entry:
    values = dict(zip(_COLUMNS, row, strict=True))
    tags = tuple(sorted(json.loads(values["tags"])))
    meta = tuple((name, value) for name, value in json.loads(values["meta"]))
    flags = {name: bool(values[name]) for name in ("exported", "billable")}
    return Entry(**values | flags | {"tags": tags, "meta": meta})


@dataclass
class _Where:
    """Conditions that must all hold."""

    parts: list[str] = field(default_factory=lambda: ["1"])
    values: list[Any] = field(default_factory=list)

    def one_of(self, pattern: str, ids: Collection[int]) -> None:
        if ids:
            self.parts.append(pattern.format(", ".join("?" * len(ids))))
            self.values += ids

    def holds(self, pattern: str, value: Any) -> None:
        if value is not None:
            self.parts.append(pattern)
            self.values.append(value)


def _where(wanted: Wanted) -> tuple[str, tuple[Any, ...]]:
    where = _Where()
    for column in ("user", "project", "activity"):
        ids = {"user": wanted.users, "project": wanted.projects, "activity": wanted.activities}[column]
        where.one_of(column + " IN ({})", ids)
    where.one_of(_OF_CUSTOMER, wanted.customers)
    where.one_of(_OWN, wanted.tags)
    where.one_of("project NOT IN ({})", wanted.but_projects)
    where.one_of("activity NOT IN ({})", wanted.but_activities)
    where.holds("begin >= ?", wanted.begin)
    where.holds("begin <= ?", wanted.end)
    where.holds("modified >= ?", wanted.modified_after)
    where.holds("exported = ?", wanted.exported)
    where.holds("billable = ?", wanted.billable)
    where.holds('("end" IS NULL) = ?', wanted.running)
    return " AND ".join(where.parts), tuple(where.values)
