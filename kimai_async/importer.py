"""An import from one end to the other: read, ask, compare, create, report."""

from __future__ import annotations

import time
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from traceback import clear_frames
from typing import TYPE_CHECKING, BinaryIO

import anyio

from kimai_async.choices import Numbers, OnExisting
from kimai_async.create.bookings import BookingRun
from kimai_async.create.engine import Engine
from kimai_async.create.numbers import NUMBERED_SINCE, Numbering, known_numbers
from kimai_async.create.patches import Patcher
from kimai_async.create.reopen import close_leftovers, reopened
from kimai_async.create.tags import create_tags
from kimai_async.csvfile.notes import About
from kimai_async.csvfile.rejects import default_path, write_rejects
from kimai_async.csvfile.reopened import reopened_path
from kimai_async.csvfile.source import Source, open_source
from kimai_async.csvfile.table import Table
from kimai_async.csvfile.user_map import Mapped, read_user_map
from kimai_async.errors import UsageError, as_error
from kimai_async.events import EntriesRead, Event, FileRead, Incomplete, Kind, Settled, Unsettled, Waiting, Warned
from kimai_async.kimai.client import KimaiClient
from kimai_async.kimai.connection import Connection
from kimai_async.plan.build import Plan, build
from kimai_async.plan.entries import EntryPlan, looks_like_entries, read_entries
from kimai_async.plan.ignored import about_ignored
from kimai_async.report import Report
from kimai_async.settings import parse_delimiter
from kimai_async.stop import Stop
from kimai_async.survey.beside import ask_beside
from kimai_async.survey.stock import Stock, take_stock
from kimai_async.text import Secrets, plain
from kimai_async.timesheets.survey import EntrySurvey
from kimai_async.tree.collector import collector_paused
from kimai_async.tree.nodes import LEVELS, Level, Node

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import httpx

    from kimai_async.errors import KimaiImportError
    from kimai_async.events import Listener
    from kimai_async.settings import Settings
    from kimai_async.timesheets.ledger import Ledger
    from kimai_async.tree.entry import Entry


async def import_csv(
    source: Path | str | BinaryIO,
    settings: Settings,
    *,
    listeners: Iterable[Listener] = (),
    stop: Stop | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    chance: random.Random | None = None,
) -> Report:
    """Make sure that every customer, project and activity of a CSV is on the server once, and report.

    *source* is a path, `-` for standard input, or a binary file. *listeners* are called with each event. *stop*
    ends the run from outside; its report is returned all the same. *transport* and *chance* replace the network and
    the jitter, for tests. Never raises: `report.error` holds what went wrong with the file or the server, or a bug.
    No text of the events or the report shows the token, unless the file itself does.
    """
    run = _Import(settings, tuple(listeners), stop or Stop())
    started = time.perf_counter()
    with ExitStack() as files:
        await run.run(source, files, transport, chance)
    run.report.seconds = time.perf_counter() - started
    return run.report


class _Import:
    def __init__(self, settings: Settings, listeners: tuple[Listener, ...], stop: Stop) -> None:
        self.settings = settings
        self.listeners = listeners
        self.stop = stop
        self.report = Report(dry_run=settings.dry_run)
        self._secrets = Secrets([settings.token])
        self._entries: EntryPlan | None = None
        self._user_map: Sequence[Mapped] = ()
        self._told_until = 0.0

    def emit(self, event: Event) -> None:
        """Record an event in the report, then tell the listeners."""
        if type(event) is not Settled or event.reason is not None:  # what exists comes by the hundred thousand
            event = self._worded(event)
        self.report.add(event)
        for listener in self.listeners:
            listener(event)

    def _worded(self, event: Event) -> Event:
        """Return the event with its sentence on one line and without the token: a server may have had a part in it."""
        match event:
            case Settled(_, _, str(reason)):
                return event._replace(reason=self._sentence(reason))
            case Waiting() | Unsettled() | Incomplete():
                return replace(event, reason=self._sentence(event.reason))
            case Warned(text):
                return Warned(self._sentence(text))
            case _:
                return event

    def _sentence(self, text: str) -> str:
        return plain(self._secrets.redact(text))

    async def wait(self, seconds: float, reason: str) -> None:
        """Wait before a question is asked again; questions that wait together are told of once."""
        now = anyio.current_time()
        if now >= self._told_until or now + seconds > self._told_until + 1:
            self._told_until = now + seconds
            self.emit(Waiting(seconds, reason))
        await self.stop.sleep(seconds)

    async def run(
        self,
        what: Path | str | BinaryIO,
        files: ExitStack,
        transport: httpx.AsyncBaseTransport | None,
        chance: random.Random | None,
    ) -> None:
        """Import a file; whatever happens, the report says it, and what did not go in is among the rejects."""
        with self._told():
            with self.stop.block():
                source = files.enter_context(open_source(what))
                with source.readable():
                    table = self._read(source)
                    plan = self._plan(table, source)
            with self._told():
                await self._go(table, plan, reopened_path(source.path), transport, chance)
            self._reject(source, table, plan)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Let what goes wrong in the block, a bug too, end it and stand in the report, unless an error stands there."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever happens, the run ends with a report
            if isinstance(error, MemoryError):
                clear_frames(error.__traceback__)  # what filled the memory
            self.report.error = self.report.error or self._without_token(as_error(error))

    def _without_token(self, error: KimaiImportError) -> KimaiImportError:
        error.args = (self._secrets.redact(str(error)),)
        return error

    async def _go(
        self,
        table: Table,
        plan: Plan,
        record: Path,
        transport: httpx.AsyncBaseTransport | None,
        chance: random.Random | None,
    ) -> None:
        settings = self.settings
        connection = Connection(
            settings,
            lanes=settings.concurrency,
            wait=self.wait,
            patience=settings.give_up_after,
            transport=transport,
            chance=chance,
        )
        async with connection:
            with self.stop.scope:
                client = KimaiClient(connection, whole=settings.on_existing is OnExisting.UPDATE)
                survey = self._survey(connection, table, plan)
                ask_more = None if survey is None else survey.ask
                if plan.hopeless:
                    plan.refuse(*await ask_beside(client, settings, table, plan, self.report, self.emit, ask_more))
                if not settings.dry_run:
                    await close_leftovers(client, connection.root, record, self.emit)
                stock = await take_stock(client, settings, table, plan, self.report, self.emit, ask_more)
                ledger = None if survey is None else await survey.compare(stock)
                if settings.dry_run:
                    self._pretend(stock, ledger)
                else:
                    self.stop.creating = True
                    async with self._reopened(connection, stock, ledger, record):
                        await self._create(client, stock, ledger, chance)
        plan.refuse()  # interrupted before the server had answered
        # A signal that came with the last answer has interrupted nothing.
        self.report.interrupted = self.stop.requested and any(self.report.pending.values())

    def _survey(self, connection: Connection, table: Table, plan: Plan) -> EntrySurvey | None:
        if self._entries is None:
            return None
        return EntrySurvey(
            connection, self.settings, table, plan, self._entries, self._user_map, self.report, self.emit
        )

    def _reopened(
        self, connection: Connection, stock: Stock, ledger: Ledger | None, record: Path
    ) -> AbstractAsyncContextManager[None]:
        """Return a block for which everything is open below which something is to be created, if the user wants it."""
        if not self.settings.reopen:
            return nullcontext()
        missing = {node.parent for level in LEVELS for node in stock.missing[level] if node.parent is not None}
        booked = set() if ledger is None else {entry.parent for entry in ledger.missing}
        client = KimaiClient(connection, whole=True)
        today = datetime.now(UTC).date()
        return reopened(client, connection.root, record, missing | booked, self.emit, today=today)

    def _reject(self, source: Source, table: Table, plan: Plan) -> None:
        report = self.report
        if not (self.stop.creating and (report.failures or report.incomplete)):
            return
        source.check_unchanged()
        report.rejects, report.rejected_rows = write_rejects(
            self.settings.rejects or default_path(source.path),
            table,
            lambda line, cells: report.reason(plan.locate(cells), line),
        )

    def _read(self, source: Source) -> Table:
        given = self.settings.delimiter
        table = Table(
            source.file,
            name=source.name,
            delimiter=None if given is None else parse_delimiter(given),
            encoding=self.settings.encoding,
            mapping=self.settings.columns,
            timesheets=self.settings.timesheets,
        )
        self.emit(FileRead(source.name, table.shown_encoding, table.shown_delimiter, table.columns))
        for text in table.doubts():
            self.emit(Warned(text))
        return table

    def _plan(self, table: Table, source: Source) -> Plan:
        plan = self._build(table)
        source.check_whole()
        if plan.hopeless:
            self._read_user_map_if_it_can_be()
            return plan
        for text in about_ignored(table, self.settings.columns, shown=self.settings.dry_run):
            plan.warnings.note(text, About.COLUMNS)
        for text in plan.warnings.lines():
            self.emit(Warned(text))
        if not self.settings.timesheets and looks_like_entries(table):
            rows = sum(1 for _ in table)
            self.emit(Warned(f"{Level.ENTRY.many(rows)} are in this file; --timesheets imports them, too"))
        self.report.tree = plan.tree
        self.report.pending.update((level, plan.tree.size(level)) for level in LEVELS)
        if self._entries is not None:
            found = self._entries
            self.emit(EntriesRead(len(found.entries), len(found.people), found.seconds))
            if self.settings.user_map is not None:
                self._user_map = read_user_map(self.settings.user_map)
        return plan

    def _read_user_map_if_it_can_be(self) -> None:
        """Read who is meant by whom, for a file that is refused anyway; without that nobody is asked about."""
        try:
            self._user_map = () if self.settings.user_map is None else read_user_map(self.settings.user_map)
        except UsageError:
            self._entries = None

    def _build(self, table: Table) -> Plan:
        with collector_paused():
            plan = build(table, self.settings.rules)
            if self.settings.timesheets and plan.unread is None:
                self._entries = read_entries(table, plan, self.settings.rules)
            return plan

    def _pretend(self, stock: Stock, ledger: Ledger | None) -> None:
        for level in LEVELS:
            for update in stock.updates[level]:
                self.emit(Settled(Kind.UPDATED, update.node))
            for node in stock.missing[level]:
                self.emit(Settled(Kind.CREATED, node))
        if ledger is not None:
            for update in ledger.updates:
                self.emit(Settled(Kind.UPDATED, update.node))
            for entry in self._bookable(ledger.missing):
                self.emit(Settled(Kind.CREATED, entry))

    async def _create(
        self, client: KimaiClient, stock: Stock, ledger: Ledger | None, chance: random.Random | None
    ) -> None:
        engine = Engine(
            client,
            lanes=self.settings.concurrency,
            give_up_after=self.settings.give_up_after,
            listener=self.emit,
            stop=self.stop,
            chance=chance,
            matching=self.settings.matching,
        )
        patcher = Patcher(client, engine.sender, self.emit)
        engine.complete = patcher.complete
        try:
            for level in LEVELS:
                if stock.updates[level] and not engine.ended:
                    await patcher.update(level, stock.updates[level])
                nodes = list(self._ready(stock.missing[level]))
                if nodes and not engine.ended:
                    await engine.create(level, nodes, self._numbering(level, nodes, stock), stock.fields)
            if ledger is not None:
                await self._book(ledger, engine, patcher)
            await patcher.hide(stock.hides)
        finally:  # also when the run is cancelled
            self.report.error = None if engine.error is None else self._without_token(engine.error)
            self.report.unclear = {node: self._secrets.redact(reason) for node, reason in engine.open.items()}

    async def _book(self, ledger: Ledger, engine: Engine, patcher: Patcher) -> None:
        """Change and create time entries, now that their activities are there; the tags that they need come first."""
        if not engine.ended:
            await create_tags(ledger.people, ledger.new_tags, self.stop, self.emit)
        if ledger.updates and not engine.ended:
            await patcher.update(Level.ENTRY, ledger.updates)
        run = BookingRun(
            engine.sender,
            ledger.client,
            ledger.bookings,
            ledger.fields,
            floor=ledger.floor,
            by_user=ledger.by_user,
            proven=ledger.proven,
            complete=patcher.complete,
        )
        entries = [entry for entry in self._bookable(ledger.missing) if entry.parent.id is not None]
        try:
            if entries and not engine.ended:
                await run.create(entries)
        finally:
            if self.report.hours is not None:
                self.report.hours.stored += run.seconds
                self.report.hours.rounding = run.rounding_words or self.report.hours.rounding

    def _bookable(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Yield the entries whose activity is there, or will be; skip those whose activity failed."""
        for entry in entries:
            if self.report.cause(entry.parent) is None:
                yield entry
            else:
                self.emit(Settled(Kind.SKIPPED, entry, "its activity was not imported"))

    def _ready(self, missing: Iterable[Node]) -> Iterable[Node]:
        """Yield the missing nodes whose parent is on the server; skip those whose parent failed."""
        for node in missing:
            if node.parent is None or node.parent.id is not None:
                yield node
            elif node.parent in self.report.failures:
                self.emit(Settled(Kind.SKIPPED, node, f"its {node.parent.level} was not imported"))

    def _numbering(self, level: Level, nodes: list[Node], stock: Stock) -> Numbering:
        missing = frozenset(nodes)
        known = known_numbers(stock.listings[level], self.report.tree.level(level), missing)
        return Numbering(
            level,
            known,
            accepted=stock.fieldsets[level].takes("number") and known.wanted > 0,
            send_null=self.settings.numbers is Numbers.NONE,
            by_server=stock.server.version >= NUMBERED_SINCE,
            year=datetime.now(UTC).year,
        )
