"""What takes no time entries any more: hidden customers, projects and activities, and projects that have ended."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from kimai_async.text import path_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kimai_async.kimai.messages import Entry as Row
    from kimai_async.survey.listing import Listing
    from kimai_async.tree.entry import Entry
    from kimai_async.tree.nodes import Level, Node

ENDED_SINCE = (2, 57)
"""From this version on a project whose end has passed takes no entries, whenever they were (kimai-timesheets, §5)."""

_DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()


class Closed(NamedTuple):
    """Something that takes no entries as it is, its row on the server, and why not."""

    node: Node
    row: Row
    why: str


class Gate:
    """Tells which entries the server would not take because of what they are booked on.

    *listings* are the server's lists, *opened* what is made visible anyway, *today* the day after which nothing has
    ended yet. With *reopen* what is closed is opened for the run: then `closed` says what, and only a start counts.
    """

    def __init__(
        self,
        listings: Mapping[Level, Listing],
        version: tuple[int, ...],
        today: date,
        *,
        opened: Iterable[Node] = (),
        reopen: bool = False,
    ) -> None:
        self.closed: dict[Node, Closed] = {}
        self._rows = {level: {row.id: row for row in listing} for level, listing in listings.items()}
        self._version = version
        self._today = today.toordinal() - _EPOCH
        self._opened = frozenset(opened)
        self._reopen = reopen
        self._known: dict[Node, tuple[Closed, ...]] = {}

    def obstacle(self, entry: Entry) -> str | None:
        """Return why the server would not take an entry, or None."""
        closed = self._closed(entry.parent)
        if closed and not self._reopen:
            return f"{closed[0].why}; change that in Kimai, or give --reopen"
        self.closed.update((each.node, each) for each in closed)
        return self._outside(entry)

    def _closed(self, activity: Node) -> tuple[Closed, ...]:
        if activity not in self._known:
            found = []
            node: Node | None = activity
            while node is not None:
                row = self._row(node)
                why = None if row is None else self._why(node, row)
                if row is not None and why is not None:
                    found.append(Closed(node, row, why))
                node = node.parent
            self._known[activity] = tuple(reversed(found))
        return self._known[activity]

    def _row(self, node: Node) -> Row | None:
        return None if node.id is None else self._rows[node.level].get(node.id)

    def _why(self, node: Node, row: Row) -> str | None:
        shown = f"the {node.level} {path_text((node.name,))}"
        if not row.visible and node not in self._opened:
            return f"{shown} is hidden"
        end = None if row.dates is None else _day(row.dates[1])
        if end is not None and end < self._today and self._version >= ENDED_SINCE:
            return f"{shown} ended on {_text(end)}, and takes no more entries"
        return None

    def _outside(self, entry: Entry) -> str | None:
        """Return that an entry lies outside its project's dates; a day of doubt remains, for zones differ."""
        project = entry.parent.parent
        row = None if project is None else self._row(project)
        if project is None or row is None or row.dates is None:
            return None
        start, end = map(_day, row.dates)
        shown = f"the project {path_text((project.name,))}"
        if start is not None and entry.begin // _DAY < start - 1:
            return f"{shown} starts on {_text(start)}, after this entry"
        last = entry.begin if entry.end is None else entry.end
        if end is not None and last // _DAY > end + 1 and project not in self.closed:
            return f"{shown} ended on {_text(end)}, before this entry"
        return None


def _day(text: str | None) -> int | None:
    """Return a date of Kimai's lists (`2026-01-31`, whatever follows) as days since 1970."""
    try:
        return None if text is None else date.fromisoformat(text[:10]).toordinal() - _EPOCH
    except ValueError:
        return None


def _text(day: int) -> str:
    return date.fromordinal(day + _EPOCH).isoformat()
