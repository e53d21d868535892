"""Which rows of the server an entry of the file may be, when no answer has told: by their key and their times."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from kimai_async.tree.rounding import LONGEST_STEP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from kimai_async.kimai.timesheets import TimesheetRow
    from kimai_async.timesheets.bookings import Bookings
    from kimai_async.tree.entry import Entry

Key = tuple[int, int | None, int | None, str | None]
"""User, project, activity and description: what the rounding of times leaves alone."""

_STEP = LONGEST_STEP * 60


def row_key(row: TimesheetRow) -> Key:
    """Return a row's key."""
    return row.user, row.project, row.activity, row.description


def entry_key(entry: Entry, bookings: Bookings) -> Key:
    """Return an entry's key."""
    project = entry.parent.parent
    return bookings.user(entry), None if project is None else project.id, entry.parent.id, entry.description


def distance(entry: Entry, row: TimesheetRow, bookings: Bookings) -> int | None:
    """Return by how many seconds a row differs from what would be stored of an entry; None if it cannot be it."""
    if entry.end is not None and row.end is None:  # a running one may have been ended meanwhile by another
        return None
    begin, end = entry.begin, entry.end
    if end is not None and bookings.rounding is not None:
        begin, end = bookings.rounding.apply(begin, end)
    distances = [abs(row.begin - begin)]
    if end is not None and row.end is not None:
        distances.append(abs(row.end - end))
    return sum(distances) if max(distances) < _STEP else None


def assigned(
    entries: Iterable[Entry], rows: Iterable[TimesheetRow], bookings: Bookings
) -> list[tuple[Entry, TimesheetRow]]:
    """Give each entry the row that it must be: of the same key, the times nearest to its own first."""
    by_key: defaultdict[Key, list[TimesheetRow]] = defaultdict(list)
    for row in rows:
        by_key[row_key(row)].append(row)
    near = sorted(
        (
            (apart, number, row.id, entry, row)
            for number, entry in enumerate(entries)
            for row in by_key.get(entry_key(entry, bookings), ())
            if (apart := distance(entry, row, bookings)) is not None
        ),
        key=lambda each: each[:3],
    )
    given: dict[Entry, TimesheetRow] = {}
    taken: set[int] = set()
    for _, _, row_id, entry, row in near:
        if entry not in given and row_id not in taken:
            given[entry] = row
            taken.add(row_id)
    return list(given.items())


def is_altered(entry: Entry, row: TimesheetRow, bookings: Bookings) -> bool:
    """Tell whether a row is an entry in all but its description."""
    return row_key(row)[:3] == entry_key(entry, bookings)[:3] and distance(entry, row, bookings) == 0


def doubles(
    rows: Sequence[TimesheetRow], made: Mapping[int, Entry], knows: Callable[[int], bool]
) -> Iterator[tuple[Entry, tuple[int, ...]]]:
    """Yield the entries beside which equal rows stand that nobody asked for, with all their ids, the own one first.

    *made* are the entries that the run has stored, by their ids; *knows* tells of an id whether it is another one of
    the file.
    """
    spare: defaultdict[tuple[Key, int, int | None], list[int]] = defaultdict(list)
    for row in rows:
        if row.id not in made and not knows(row.id):
            spare[row_key(row), row.begin, row.end].append(row.id)
    for row in rows:
        entry = made.get(row.id)
        others = None if entry is None else spare.pop((row_key(row), row.begin, row.end), None)
        if entry is not None and others:
            yield entry, (row.id, *sorted(others))
