"""Takes stock of time entries: whose they are, when they were, what of them is there, what the server would refuse."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from kimai_async.choices import OnExisting
from kimai_async.csvfile.notes import FEW, Notes, listed
from kimai_async.errors import AccessError, StoppedError
from kimai_async.events import EntriesFound, Event, Kind, Listed, Settled, TagsMissing, Warned, ZonesKnown
from kimai_async.fields.bodies import Change
from kimai_async.kimai.booking import BookingClient, BookingRules
from kimai_async.kimai.people import PeopleClient
from kimai_async.kimai.timesheets import READINGS, ListChangedError, TimesheetClient
from kimai_async.kimai.together import together
from kimai_async.survey.changes import Update
from kimai_async.timesheets.bookings import Bookings, Match
from kimai_async.timesheets.closed import Gate
from kimai_async.timesheets.form import Needs, check_form, check_people, left_out, needs_of
from kimai_async.timesheets.ledger import RATES, UNSEEN, Ledger, differences, rate_differences
from kimai_async.timesheets.people import ask_users, give_to, match_people
from kimai_async.timesheets.tags import missing_tags
from kimai_async.timesheets.zones import to_utc
from kimai_async.tree.nodes import LEVELS, Level, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kimai_async.csvfile.table import Table
    from kimai_async.csvfile.user_map import Mapped
    from kimai_async.kimai.connection import Connection
    from kimai_async.plan.build import Plan
    from kimai_async.plan.entries import EntryPlan
    from kimai_async.report import Report
    from kimai_async.server import Server
    from kimai_async.settings import Settings
    from kimai_async.survey.stock import Stock
    from kimai_async.tree.entry import Entry, Person

_DAY = 86_400
_PEOPLE = ("user", "name", "email", "firstName", "lastName")


class EntrySurvey:
    """Asks the server about the file's time entries: `ask` before the tree is compared, `compare` after it.

    `new_tags` are the file's tags that are to be created first.
    """

    def __init__(
        self,
        connection: Connection,
        settings: Settings,
        table: Table,
        plan: Plan,
        entries: EntryPlan,
        mapped: Sequence[Mapped],
        report: Report,
        emit: Callable[[Event], None],
    ) -> None:
        self._connection = connection
        self._settings = settings
        self._plan = plan
        self._entries = entries
        self._mapped = mapped
        self._report = report
        self._emit = emit
        self._headings = {key: table.heading[index] for key, index in table.columns.of_entries.items()}
        self._warnings = Notes()
        self._people = PeopleClient(connection)
        self.new_tags: Sequence[str] = ()
        self._accepted: frozenset[str] = frozenset()
        self._own = 0
        self._others: list[int | None] = []
        self._rules = BookingRules()
        self._by_user = False

    async def ask(self, server: Server) -> None:
        """Ask who is meant, in which zone, which tags there are, and what this user may send.

        What is wrong goes to the plan's problems; of a file that is refused anyway nothing else is told. Raises
        AccessError for what this user may not do and the file needs.
        """
        plan, entries = self._plan, self._entries
        told: Callable[[Event], None] = _untold if plan.hopeless else self._emit
        users = await ask_users(self._people, entries.people, self._mapped, self._settings.entry_user)
        self._own = users.me.id
        nobody = match_people(
            entries.people,
            users,
            self._mapped,
            self._settings.entry_user,
            self._headings,
            plan.problems,
            self._warnings,
        )
        people = list(entries.people)
        if nobody is not None:
            give_to(entries.entries, nobody)
            people += [nobody] if nobody.count else []
        self._others = list(dict.fromkeys(each.id for each in people if each.id not in (None, self._own)))
        zones = to_utc(
            entries.entries,
            users.me,
            self._settings.entry_timezone,
            ends=bool(self._headings.keys() & {"end", "endDate"}),
            headings=self._headings,
            problems=plan.problems,
            warnings=self._warnings,
        )
        self.new_tags = await missing_tags(
            self._people,
            entries.tags,
            new_tags=self._settings.new_tags,
            heading=self._headings.get("tags", ""),
            problems=plan.problems,
        )
        needs = needs_of(entries.entries, people, users.me)
        # Whom an administrator was shown as enabled may be booked for.
        await self._ask_rules(needs, server, told, sure=users.all is not None and server.sees_everything)
        for text in self._warnings.lines():
            told(Warned(text))
        told(ZonesKnown(tuple(zones)))

    async def _ask_rules(self, needs: Needs, server: Server, told: Callable[[Event], None], *, sure: bool) -> None:
        """Ask what of the entries this user may send, and whether several at once may be.

        Unless it is *sure* that this user may book for the others, that is asked, too.
        """
        asking = BookingClient(self._connection)
        form = await asking.form()
        check_form(form, needs, server)
        for text in left_out(form, needs, self._headings, server):
            told(Warned(text))
        heading = next((self._headings[key] for key in _PEOPLE if key in self._headings), "")
        if not sure:
            await check_people(asking, needs, heading, self._plan.problems)
        self._accepted = form.fields
        self._rules = await asking.rules()
        self._by_user = not self._rules.is_allow_overlapping

    async def compare(self, stock: Stock) -> Ledger:
        """List the file's span of time, and settle the entries that are there, or that the server would not take."""
        lanes = min(self._settings.concurrency, 8)
        client = TimesheetClient(self._connection, everybody=bool(self._others), lanes=lanes, own=self._own)
        proven = await self._sees_others(client, 1 if stock.server.sees_everything else FEW)
        floor = await client.highest_id()
        known = [entry for entry in self._entries.entries if entry.parent.id is not None]
        updates: list[Update] = []
        bookings = await self._list(client, known, floor, updates)
        if self._settings.on_existing is OnExisting.UPDATE:
            await self._compare_rates(client, known, updates)
        changed = {update.node for update in updates}
        for entry in known:
            if entry.id is not None and entry not in changed:
                self._emit(Settled(Kind.EXISTS, entry))
        gate = self._gate(stock)
        missing = list(self._welcome(gate))
        if self._by_user:
            self._warn_of_overlaps(missing)
        new_tags = self.new_tags if missing or updates else ()
        if new_tags:
            self._emit(TagsMissing(tuple(new_tags)))
        return Ledger(
            missing,
            updates,
            bookings,
            client,
            people=self._people,
            floor=floor,
            by_user=self._by_user,
            proven=proven,
            own=self._own,
            accepted=self._accepted,
            new_tags=new_tags,
            closed=tuple(gate.closed.values()),
        )

    async def _sees_others(self, client: TimesheetClient, most: int) -> bool:
        """Make sure that lists show what others have booked; return False if only a create can tell.

        So many of them are asked for at *most*. Raises AccessError if they do not: a second run would create it all
        again.
        """
        seen: bool | None = True
        for user in self._others[:most]:
            assert user is not None
            seen = await client.shows(user)
            if seen is not None:
                break
        if seen is False:
            raise AccessError(UNSEEN)
        return seen is True

    async def _compare_rates(self, client: TimesheetClient, known: Sequence[Entry], updates: list[Update]) -> None:
        """Add to the updates the rates that differ; the server shows them one entry at a time."""
        changes = {update.node: update.change for update in updates}

        async def compare(entry: Entry) -> None:
            assert entry.id is not None
            body = rate_differences(entry, await client.whole(entry.id), self._accepted)
            if body and entry in changes:
                changes[entry].body.update(body)
            elif body:
                updates.append(Update(entry, Change(body)))

        rates = self._accepted.intersection(RATES)
        rated = [entry for entry in known if entry.id is not None and entry.values and entry.values.keys() & rates]
        await together(self._settings.concurrency, rated, compare)

    def _gate(self, stock: Stock) -> Gate:
        opened = [
            update.node
            for level in LEVELS
            for update in stock.updates[level]
            if update.change.body.get("visible") is True and isinstance(update.node, Node)
        ]
        yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
        version = stock.server.version
        return Gate(stock.listings, version, yesterday, opened=opened, reopen=self._settings.reopen)

    def _welcome(self, gate: Gate) -> Iterator[Entry]:
        """Yield the entries that are missing; settle those that are booked on what takes none."""
        for entry in self._entries.entries:
            if entry.id is None:
                why = gate.obstacle(entry) or self._in_the_future(entry)
                if why is None:
                    yield entry
                else:
                    self._emit(Settled(Kind.REFUSED, entry, why))

    def _in_the_future(self, entry: Entry) -> str | None:
        last = entry.begin if entry.end is None else entry.end
        if self._rules.is_allow_future_times or last <= time.time() + _DAY:  # a clock may be wrong, and so may a zone
            return None
        return "it is in the future, which this Kimai forbids"

    def _warn_of_overlaps(self, missing: Sequence[Entry]) -> None:
        lines = overlapping(missing)
        if lines:
            some = "1 time entry overlaps" if len(lines) == 1 else f"{len(lines):,} time entries overlap"
            self._emit(
                Warned(
                    f"{some} another one of the same user in this file (line{'s' * (len(lines) > 1)} "
                    f"{listed(map(str, lines))}): this Kimai forbids that, and takes the first of them"
                )
            )

    async def _list(
        self, client: TimesheetClient, known: Sequence[Entry], floor: int, updates: list[Update]
    ) -> Bookings:
        """Find the entries among the server's; those that differ go to *updates*, if they are to be changed."""

        def matched(match: Match) -> None:
            if changing and (change := differences(match, self._accepted)):
                updates.append(Update(match.entry, change))

        changing = self._settings.on_existing is OnExisting.UPDATE
        stated = self._settings.stated_rounding
        for _ in range(READINGS):
            updates.clear()
            for entry in known:
                entry.id = None
            bookings = Bookings(known, self._own, floor=floor, stated=stated, matched=matched)
            if not known:
                return bookings
            try:
                count = await client.entries(*_span(known), bookings.take)
            except ListChangedError:
                continue
            bookings.end()
            self._emit(Listed(Level.ENTRY, count))
            words = None if bookings.rounding is None else bookings.rounding.words
            self._emit(EntriesFound(bookings.count, bookings.seconds, bookings.by_rule, words))
            return bookings
        raise StoppedError("Time entries come and go in this Kimai faster than they can be read; try again later.")


def _untold(_: Event) -> None:
    """Keep an event to oneself."""


def overlapping(entries: Iterable[Entry]) -> list[int]:
    """Return the lines of the entries that begin before an earlier one of the same person has ended, in order."""
    ended = [entry for entry in entries if entry.end is not None]
    latest: dict[Person | None, int] = {}
    lines = []
    for entry in sorted(ended, key=lambda entry: (entry.begin, entry.line)):
        assert entry.end is not None
        if entry.begin < latest.get(entry.person, entry.begin):
            lines.append(entry.line)
        latest[entry.person] = max(entry.end, latest.get(entry.person, entry.end))
    return sorted(lines)


def _span(entries: Iterable[Entry]) -> tuple[int, int]:
    begins = [entry.begin for entry in entries]
    return min(begins), max(begins)
