"""Creates the missing time entries; what an answer left open is found among the newest entries by count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio

from kimai_async.errors import AccessError, StoppedError
from kimai_async.events import Incomplete, Kind, LevelFinished, LevelStarted, Settled, TwinsFound, Unsettled, Waiting
from kimai_async.kimai.outcomes import Busy, Refused, Unclear, back_off
from kimai_async.kimai.timesheets import Booked, Doubtful, TimesheetClient, TimesheetRow
from kimai_async.text import shorten
from kimai_async.timesheets.ledger import UNSEEN
from kimai_async.timesheets.likeness import assigned, doubles, entry_key, is_altered
from kimai_async.tree.nodes import Level
from kimai_async.tree.rounding import Rounding, learn

if TYPE_CHECKING:
    from kimai_async.create.sender import Sender
    from kimai_async.kimai.outcomes import Outcome
    from kimai_async.timesheets.bookings import Bookings
    from kimai_async.tree.entry import Entry

Fields = Callable[["Entry"], Mapping[str, Any]]
"""Returns the fields that an entry's create sends beside its activity, times and description."""

LATE_SECONDS = 5.0
"""How long after a doubt absence from a list is believed: the server may still be storing, or its list be old."""

STALLED_ROUNDS = 5
"""Rounds in a row that settle nothing, after which the entries, or the server, are given up."""

FAILING_STREAK = 20
"""Unclear answers in a row, at the least, that end a round: it is the server that fails, not an entry."""

SLACK = 1_000
"""Ids that are looked at below the newest known one: a database in several places counts in strides."""

LEAP = 1_000_000
"""An id so far above the newest known one is not believed before a list shows it."""

MOST_PROOFS = 5
"""Entries of others that are sent alone, until one is stored, where nothing shows that this token may see them."""

LESSONS = 200
"""Answers from which the server's rounding is learnt."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why it is not known whether an entry is stored; `above` is an id that it must be above, if it is.

    `shown` is the id of another entry that the answer showed.
    """

    reason: str
    above: int
    overload: bool
    shown: int | None = None


async def _nothing(_: Entry) -> None:
    """Leave a new entry as it is."""


class BookingRun:
    """Creates entries in rounds; `run` raises StoppedError. Equal entries are told apart by nothing but their count.

    *bookings* is how the file's entries were found before, and learns from answers how this Kimai rounds. *floor* is
    the highest id before that. With *by_user* a user's entries are sent one after the other, for a Kimai that forbids
    overlaps does not notice two that come at once. Unless *proven*, the first entry of another user is
    sent alone, and must show in a list. `seconds` are the durations of what was stored, by Kimai's count;
    `rounding` is the rule that explains the answers, if they tell one.
    """

    def __init__(
        self,
        sender: Sender,
        client: TimesheetClient,
        bookings: Bookings,
        fields: Fields,
        *,
        floor: int,
        by_user: bool = False,
        proven: bool = True,
        complete: Callable[[Entry], Awaitable[None]] = _nothing,
    ) -> None:
        self.seconds = 0
        self._sender = sender
        self._client = client
        self._bookings = bookings
        self._fields = fields
        self._floor = self._highest = floor
        self._by_user = by_user
        self._proven = proven
        self._complete = complete
        self._doubts: dict[Entry, Doubt] = {}
        self._doubtful: set[Entry] = set()
        self._unsent: list[Entry] = []
        self._made: dict[int, Entry] = {}
        self._lessons: list[tuple[tuple[int, int], tuple[int, int]]] = []
        self._streak = 0
        self._late_until = 0.0

    @property
    def rounding(self) -> Rounding | None:
        """The rule that explains all answers that changed a time, or None."""
        changed = [lesson for lesson in self._lessons if lesson[0] != lesson[1]]
        return learn(self._lessons, self._bookings.rounding) if changed else None

    @property
    def rounding_words(self) -> str | None:
        """What the answers showed of how this Kimai rounds, or None."""
        return None if self.rounding is None else self.rounding.words

    async def create(self, entries: Sequence[Entry]) -> None:
        """Create entries whose activities are on the server; what is not settled afterwards is for the next run."""
        self._sender.listener(LevelStarted(Level.ENTRY, len(entries)))
        started = anyio.current_time()
        try:
            await self._run(entries)
        except StoppedError as error:
            self._sender.error = error
        finally:
            self._sender.listener(LevelFinished(Level.ENTRY, anyio.current_time() - started))

    async def _run(self, entries: Sequence[Entry]) -> None:
        todo = list(entries)
        stalled = 0
        if not self._proven:
            todo = await self._prove(todo)
        while todo and not self._sender.ended:
            left = await self._round(todo)
            if self._sender.ended:
                break
            left += await self._look(stalled)
            stalled = stalled + 1 if len(left) == len(todo) else 0
            if stalled == STALLED_ROUNDS:
                self._give_up(left)
                break
            todo = left
        if self._made and not self._sender.ended:
            await self._verify()

    async def _prove(self, todo: Sequence[Entry]) -> list[Entry]:
        """Send entries of others one by one until one is stored; raise AccessError if this token is not shown it.

        Return what is still to be sent.
        """
        left = dict.fromkeys(todo)
        for entry in [entry for entry in todo if "user" in self._fields(entry)][:MOST_PROOFS]:
            if self._sender.ended:
                break
            self._doubts, self._unsent = {}, []
            await self._place(entry)
            again = await self._look(0) + self._unsent
            if not again:
                del left[entry]
            if entry.id is not None:
                await self._check_shown()
                break
        return list(left)

    async def _check_shown(self) -> None:
        if self._unseen(await self._newest(self._floor)):
            await self._wait(LATE_SECONDS, "the list may be old")
            if self._unseen(await self._newest(self._floor)):
                raise AccessError(UNSEEN)

    async def _round(self, todo: Sequence[Entry]) -> list[Entry]:
        """Send each entry once; return those that were not sent. What stays in doubt is in `_doubts`."""
        self._doubts, self._unsent, self._streak = {}, [], 0
        queue = iter(todo)
        if self._bookings.unexplained:
            todo = await self._learn(queue)
            queue = iter(todo)
        if self._by_user:
            users = self._users(queue)
            waiting = iter(users)
            await self._fill(lambda: next(waiting, None), len(users))
            return self._unsent + [entry for user in users for entry in user]
        await self._fill(lambda: queue, len(todo), once=True)
        return [*self._unsent, *queue]

    async def _learn(self, queue: Iterator[Entry]) -> list[Entry]:
        """Send the entries whose times teach most, one by one, until it is known how this Kimai rounds.

        What was there all the time, but for the rounding, is found then and not created.
        """
        entries = list(queue)
        teachers = sorted((entry for entry in entries if entry.end is not None), key=_teaching, reverse=True)[:3]
        sent: set[Entry] = set()
        for entry in teachers:
            if self._sender.ended or not self._bookings.unexplained or entry.id is not None:
                break
            await self._place(entry)
            sent.add(entry)
            rule = learn(self._lessons, self._bookings.rounding)
            if self._lessons and rule is not None and rule != self._bookings.rounding:
                self._bookings.believe(rule)
        return [entry for entry in entries if entry not in sent and entry.id is None]

    def _users(self, entries: Iterable[Entry]) -> list[Iterator[Entry]]:
        users: defaultdict[int, list[Entry]] = defaultdict(list)
        for entry in entries:
            users[self._bookings.user(entry)].append(entry)
        return [iter(those) for those in users.values()]

    async def _fill(self, next_queue: Callable[[], Iterator[Entry] | None], most: int, *, once: bool = False) -> None:
        """Run the lanes; each takes a queue after the other, or with *once* a single one."""

        async def lane() -> None:
            while (queue := next_queue()) is not None:
                while await self._next(queue):
                    pass
                if once or self._over:
                    return

        async with anyio.create_task_group() as lanes:
            for _ in range(min(self._sender.lanes.most, most)):
                lanes.start_soon(lane)

    @property
    def _over(self) -> bool:
        return self._sender.ended or self._server_fails

    @property
    def _server_fails(self) -> bool:
        return self._streak >= max(FAILING_STREAK, 2 * self._sender.lanes.most)

    async def _next(self, queue: Iterator[Entry]) -> bool:
        """Place the next entry; return False when this queue is empty or the round is over."""
        if self._over:
            return False
        entry = next(queue, None)
        if entry is not None:
            await self._place(entry)
        return entry is not None

    async def _place(self, entry: Entry) -> None:
        above = self._highest
        fresh = entry in self._doubtful
        outcome: Outcome | None = await self._sender.send(
            entry, partial(self._client.create, entry, self._fields(entry), fresh=fresh)
        )
        match outcome:
            case Booked(id) if (why := self._disbelieved(id)) is not None:
                self._doubt(entry, Doubt(f"the answer shows the id {shorten(str(id), 40)}, {why}", above, False, id))
            case Booked():
                self._note(entry, outcome)
                await self._settle_created(entry, outcome)
            case Doubtful(reason):
                self._doubtful.add(entry)
                self._doubts[entry] = Doubt(reason, above, overload=False)
            case Refused(reason):
                self._settle(entry, Kind.REFUSED, reason)
            case Unclear(reason, overload, shown):
                self._doubt(entry, Doubt(reason, above, overload, shown))
            case Busy(reason):
                self._doubt(entry, Doubt(reason, above, overload=True))
            case _:
                self._unsent.append(entry)

    def _disbelieved(self, entry_id: int) -> str | None:
        """Return why an id cannot be that of a new entry, or None."""
        if entry_id in self._made:
            return "which another entry has"
        if entry_id <= self._floor:
            return "which was there before"
        return "which is far above all others" if entry_id > self._highest + LEAP else None

    def _note(self, entry: Entry, outcome: Booked) -> None:
        """Learn from an answer how this Kimai rounds."""
        self._highest = max(self._highest, outcome.id)
        if entry.end is not None and outcome.end is not None and len(self._lessons) < LESSONS:
            self._lessons.append(((entry.begin, entry.end), (outcome.begin, outcome.end)))

    def _doubt(self, entry: Entry, doubt: Doubt) -> None:
        self._streak += 1
        self._doubts[entry] = doubt
        self._late_until = anyio.current_time() + LATE_SECONDS
        self._sender.open[entry] = doubt.reason
        self._sender.listener(Unsettled(entry, doubt.reason))

    async def _look(self, stalled: int) -> list[Entry]:
        """Wait, list what is new, settle what arrived after all; return the entries that are to be sent again."""
        if not self._doubts:
            return []
        late = any(doubt.overload for doubt in self._doubts.values())
        missing = await self._look_for(
            list(self._doubts), back_off(stalled + 1, self._sender.chance) + (LATE_SECONDS if late else 0.0)
        )
        left = self._late_until - anyio.current_time()
        if missing and left > 0 and not self._sender.ended:
            missing = await self._look_for(missing, left)
        return missing

    async def _look_for(self, entries: Sequence[Entry], wait: float) -> list[Entry]:
        await self._wait(wait, self._doubts[entries[0]].reason)
        rows = await self._newest(min(self._doubts[entry].above for entry in entries))
        if self._sender.ended:
            return list(entries)
        free = [row for row in rows if row.id not in self._made]
        for entry, row in assigned(entries, free, self._bookings):
            await self._settle_created(entry, row)
        return [entry for entry in entries if entry.id is None and not self._is_altered(entry, free)]

    async def _wait(self, seconds: float, reason: str) -> None:
        self._sender.listener(Waiting(seconds, reason))
        await self._sender.stop.sleep(seconds)

    async def _newest(self, above: int) -> list[TimesheetRow]:
        rows: list[TimesheetRow] = []
        with self._sender.stop.reading():
            rows = await self._client.newest(max(above - SLACK, self._floor))
        self._highest = max([self._highest, *(row.id for row in rows)])
        return rows

    def _is_altered(self, entry: Entry, rows: Iterable[TimesheetRow]) -> bool:
        """Refuse an entry that the server stores, but with another description: sent again it would be there twice."""
        shown = self._doubts[entry].shown
        for row in () if shown is None else rows:
            if row.id == shown and is_altered(entry, row, self._bookings):
                reason = f"the server stores it otherwise (id {row.id}): {self._doubts[entry].reason}"
                self._settle(entry, Kind.REFUSED, reason)
                return True
        return False

    async def _settle_created(self, entry: Entry, there: Booked | TimesheetRow) -> None:
        entry.id = there.id
        self._made[there.id] = entry
        self.seconds += there.seconds
        await self._complete(entry)
        self._settle(entry, Kind.CREATED, stored=self._stored(entry, there))

    def _stored(self, entry: Entry, there: Booked | TimesheetRow) -> dict[str, Any]:
        user, project, activity, description = entry_key(entry, self._bookings)
        return {
            "user": user,
            "project": project,
            "activity": activity,
            "begin": there.begin,
            "end": there.end,
            "description": description,
            "tags": sorted(there.tags),
            "billable": there.billable,
            "exported": there.exported,
        }

    def _settle(
        self, entry: Entry, kind: Kind, reason: str | None = None, stored: Mapping[str, Any] | None = None
    ) -> None:
        self._streak = 0
        self._sender.settled(entry)
        self._sender.listener(Settled(kind, entry, reason, stored))

    def _give_up(self, left: Sequence[Entry]) -> None:
        """Raise StoppedError if it is the server that fails; else refuse what it never answers about."""
        if self._server_fails or not self._sender.answered:
            doubts = [self._doubts[entry].reason for entry in left if entry in self._doubts]
            reason = doubts[-1] if doubts else "no answer"
            raise StoppedError(f"The server gives no usable answer to creates ({reason}, {STALLED_ROUNDS} rounds).")
        for entry in left:
            reason = self._doubts[entry].reason if entry in self._doubts else "not sent"
            told = f"{reason}, time and again ({STALLED_ROUNDS} rounds), and the server does not show it"
            self._settle(entry, Kind.REFUSED, told)

    async def _verify(self) -> None:
        """Hold what was made against the newest entries: name what was stored twice, and what is not shown."""
        left = self._late_until - anyio.current_time()
        if left > 0:
            await self._wait(left, "looking for what was stored late")
        unseen = self._unseen(await self._newest(self._floor), name=True)
        if unseen:
            await self._wait(LATE_SECONDS, "the list may be old")
            for entry in self._unseen(await self._newest(self._floor)):
                self._sender.listener(Incomplete(entry, "the server answered that it is stored and does not list it"))

    def _unseen(self, rows: Sequence[TimesheetRow], *, name: bool = False) -> list[Entry]:
        """Return the entries that a list does not show; *name* those beside which it shows an equal one too many."""
        if self._sender.ended:
            return []
        if name:
            for entry, ids in doubles(rows, self._made, self._bookings.knows):
                self._sender.listener(TwinsFound(entry, ids))
        seen = {row.id for row in rows}
        return [entry for entry_id, entry in self._made.items() if entry_id not in seen]


def _teaching(entry: Entry) -> int:
    """Return how much the times of an entry tell about rounding: a full hour tells nothing."""
    assert entry.end is not None
    return sum(at % step != 0 for at in (entry.begin, entry.end) for step in (60, 300, 600, 900, 1800, 3600))
