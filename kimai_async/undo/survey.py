"""What of a record may go: the server's lists beside it, from the time entries up to the customers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from kimai_async.errors import AccessError, UsageError
from kimai_async.events import Listed
from kimai_async.kimai.deletion import DELETE_SINCE
from kimai_async.kimai.messages import PARENT_FIELDS
from kimai_async.kimai.timesheets import ListChangedError, TimesheetClient, TimesheetRow
from kimai_async.kimai.together import together
from kimai_async.text import shorten
from kimai_async.tree.nodes import LEVELS, Level
from kimai_async.undo.comparison import OTHER_NAME, OTHER_PLACE, difference
from kimai_async.undo.report import Planned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kimai_async.kimai.client import KimaiClient
    from kimai_async.kimai.deletion import DeletionClient
    from kimai_async.kimai.messages import Entry
    from kimai_async.server import Server
    from kimai_async.undo.record import Made, Record
    from kimai_async.undo.report import UndoEvent

IDS_A_REQUEST = 50
"""So many ids fit into the shortest limit on an address, 8 KB, more than ten times over."""

_BELOW = {Level.CUSTOMER: Level.PROJECT, Level.PROJECT: Level.ACTIVITY}
TRIES = 3
_OF_AN_ENTRY = ("user", "project", "activity", "begin", "end", "description", "billable", "exported")


def check_server(record: Record, server: Server, *, hide: bool) -> None:
    """Raise UsageError for a Kimai that cannot delete what a record has, AccessError for too few rights."""
    if not hide and server.version < DELETE_SINCE and any(record.made[level] for level in LEVELS):
        since = ".".join(map(str, DELETE_SINCE))
        raise UsageError(
            f"Kimai {server.version_text} deletes no customers, projects and activities over its API (since {since}); "
            "give --hide to hide them instead."
        )
    if not server.sees_everything:
        raise AccessError(
            f"{server.user} is neither ROLE_ADMIN nor ROLE_SUPER_ADMIN and does not see everybody's time entries, "
            "which Kimai deletes along with what they are on; use an administrator's token."
        )


class Survey:
    """Holds a record against the server's lists; *hide* looks for what may be hidden instead of deleted."""

    def __init__(
        self,
        record: Record,
        client: KimaiClient,
        deletion: DeletionClient,
        timesheets: TimesheetClient,
        *,
        hide: bool,
        lanes: int,
        emit: Callable[[UndoEvent], None],
    ) -> None:
        self._record = record
        self._client = client
        self._deletion = deletion
        self._timesheets = timesheets
        self._hide = hide
        self._lanes = lanes
        self._emit = emit
        self._go: dict[Level, list[Made]] = {level: [] for level in Level}
        self._stay: dict[Made, str] = {}
        self._gone: list[Made] = []
        self._held: dict[tuple[Level, Any], str] = {}
        self._fitting = self._renamed = 0

    async def take(self) -> Planned:
        """Return what may go; raises UsageError if hardly anything of the record is on this server."""
        lists = {level: await self._list(level) for level in LEVELS}
        booked = await self._foreign_bookings(lists)
        if not self._hide:
            await self._look_at_entries()
        for level in reversed(LEVELS):
            below = self._below(lists, level)
            for made in self._record.made[level].values():
                self._judge(made, lists[level].get(made.id), below.get(made.id, ()), booked[level, made.id])
        if self._renamed > self._fitting:
            raise UsageError(
                f"{self._record.name} is the record of another server: of what it says was created, {self._renamed} "
                f"ids belong to something else here and {self._fitting} fit; nothing was deleted."
            )
        return Planned(self._go, self._stay, self._gone, self._record.changed)

    async def _list(self, level: Level) -> dict[int, Entry]:
        """List a level if something of the record is on it or could have it below."""
        made = self._record.made
        if not made[level] and not (level.parent is not None and made[level.parent]):
            return {}
        parents = None
        if level.parent is not None:
            parents = {row.parent for row in made[level].values()} | set(made[level.parent])
        entries = {entry.id: entry for entry in await self._client.entries(level, parents)}
        self._emit(Listed(level, len(entries)))
        return entries

    def _below(self, lists: dict[Level, dict[int, Entry]], level: Level) -> dict[int, list[Entry]]:
        """Return what is below each thing of a level that the run created."""
        below: dict[int, list[Entry]] = {}
        child = _BELOW.get(level)
        for entry in () if child is None else lists[child].values():
            if entry.parent in self._record.made[level]:
                below.setdefault(entry.parent, []).append(entry)
        return below

    async def _foreign_bookings(self, lists: dict[Level, dict[int, Entry]]) -> Counter[tuple[Level, int]]:
        """Return how many time entries that the run did not create are on each project and activity of the record."""
        found: Counter[tuple[Level, int]] = Counter()
        made, own = self._record.made, self._record.made[Level.ENTRY]
        projects = [row_id for row_id in made[Level.PROJECT] if row_id in lists[Level.PROJECT]]
        alone = [
            row.id
            for row in made[Level.ACTIVITY].values()
            if row.id in lists[Level.ACTIVITY] and row.parent not in made[Level.PROJECT]
        ]
        for level, ids in ((Level.PROJECT, projects), (Level.ACTIVITY, alone)):
            for start in range(0, len(ids), IDS_A_REQUEST):
                for row in await self._deletion.bookings(level, ids[start : start + IDS_A_REQUEST], but=own):
                    found[Level.PROJECT, row.project] += 1
                    found[Level.ACTIVITY, row.activity] += 1
        return found

    async def _look_at_entries(self) -> None:
        """Find out which time entries of the record are still as they were."""
        made = self._record.made[Level.ENTRY]
        begins = [row.stored["begin"] for row in made.values() if row.stored and type(row.stored.get("begin")) is int]
        seen: dict[int, TimesheetRow] = {}

        def take(rows: Iterable[TimesheetRow]) -> None:
            seen.update((row.id, row) for row in rows if row.id in made)

        for _ in range(TRIES if begins else 0):
            try:
                await self._timesheets.entries(min(begins), max(begins), take)
            except ListChangedError:
                continue
            break
        unseen: list[Made] = []
        for row in made.values():
            if row.id in seen and row.stored is not None and _same(seen[row.id], row.stored):
                self._go[Level.ENTRY].append(row)
                self._fitting += 1
            else:
                unseen.append(row)
        await together(self._lanes, unseen, self._look_at_entry)

    async def _look_at_entry(self, made: Made) -> None:
        shown = await self._deletion.shown(Level.ENTRY, made.id)
        if shown is None:
            self._gone.append(made)
            return
        reason = difference(made, shown)
        self._note_fit(reason)
        if reason is None:
            self._go[Level.ENTRY].append(made)
            return
        self._stay[made] = reason
        for level in (Level.PROJECT, Level.ACTIVITY):
            self._held[level, shown.get(str(level))] = f"its time entry of line {made.line} (id {made.id}) stays"

    def _judge(self, made: Made, entry: Entry | None, below: Iterable[Entry], booked: int) -> None:
        if entry is None:
            self._gone.append(made)
            return
        reason = difference(made, entry.shown or {"name": entry.name, PARENT_FIELDS.get(made.level, ""): entry.parent})
        self._note_fit(reason)
        reason = reason or self._hold(made, below) or bookings_text(booked)
        if reason is not None:
            self._stay[made] = reason
        elif self._hide and not entry.visible:
            self._gone.append(made)
        else:
            self._go[made.level].append(made)

    def _note_fit(self, reason: str | None) -> None:
        if reason is not None and reason.startswith((OTHER_NAME, OTHER_PLACE)):
            self._renamed += 1
        else:
            self._fitting += 1

    def _hold(self, made: Made, below: Iterable[Entry]) -> str | None:
        """Return why something stays because of what is below it."""
        child = _BELOW.get(made.level)
        for entry in () if child is None else below:
            assert child is not None
            own = self._record.made[child].get(entry.id)
            if own is None and not (self._hide and not entry.visible):
                return foreign_text(child, entry)
            if own is not None and own in self._stay:
                return f"its {child} {shorten(entry.name, 60)!r} (id {entry.id}) stays"
        return self._held.get((made.level, made.id))


def _same(row: TimesheetRow, stored: Mapping[str, Any]) -> bool:
    now = {key: getattr(row, key) for key in _OF_AN_ENTRY} | {"tags": sorted(row.tags)}
    return all(key not in stored or stored[key] == value for key, value in now.items())


def foreign_text(level: Level, entry: Entry) -> str:
    """Return the reason to keep what has something below it that the run did not create."""
    return f"the {level} {shorten(entry.name, 60)!r} (id {entry.id}) below it is not of this run"


def bookings_text(count: int) -> str | None:
    """Return the reason to keep what has time entries that the run did not create, None without any."""
    if not count:
        return None
    return f"{Level.ENTRY.many(count)} that this run did not create {'are' if count > 1 else 'is'} on it"
