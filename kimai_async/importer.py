"""An import from one end to the other: read, ask, compare, create, report."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from traceback import clear_frames
from typing import TYPE_CHECKING, BinaryIO

import anyio

from kimai_async.choices import Numbers, OnExisting
from kimai_async.create.engine import Engine
from kimai_async.create.growth import Outlook, foresee
from kimai_async.create.numbers import NUMBERED_SINCE, Numbering, known_numbers
from kimai_async.create.numbers import Numbers as Known
from kimai_async.create.patches import Patcher
from kimai_async.csvfile.notes import About
from kimai_async.csvfile.rejects import default_path, write_rejects
from kimai_async.csvfile.source import Source, open_source
from kimai_async.csvfile.table import Table
from kimai_async.errors import as_error
from kimai_async.events import Event, FileRead, Incomplete, Kind, Settled, Unsettled, Waiting, Warned
from kimai_async.kimai.client import KimaiClient
from kimai_async.kimai.connection import Connection
from kimai_async.plan.build import Plan, build
from kimai_async.plan.ignored import about_ignored
from kimai_async.report import Report
from kimai_async.settings import parse_delimiter
from kimai_async.stop import Stop
from kimai_async.survey.beside import ask_beside
from kimai_async.survey.stock import Stock, take_stock
from kimai_async.text import Secrets
from kimai_async.tree.collector import collector_paused
from kimai_async.tree.nodes import LEVELS, Level, Node

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import httpx

    from kimai_async.errors import KimaiImportError
    from kimai_async.events import Listener
    from kimai_async.settings import Settings


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
        self._told_until = 0.0
        self._slow: set[Level] = set()

    def emit(self, event: Event) -> None:
        """Record an event in the report, then tell the listeners."""
        if type(event) is not Settled or event.reason is not None:  # what exists comes by the hundred thousand
            event = self._redacted(event)
        self.report.add(event)
        for listener in self.listeners:
            listener(event)

    def _redacted(self, event: Event) -> Event:
        """Return the event without the token: a server's answer may hold what was sent to it."""
        match event:
            case Settled(_, _, str(reason)):
                return event._replace(reason=self._secrets.redact(reason))
            case Waiting() | Unsettled() | Incomplete():
                return replace(event, reason=self._secrets.redact(event.reason))
            case Warned(text):
                return Warned(self._secrets.redact(text))
            case _:
                return event

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
                await self._go(table, plan, transport, chance)
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
                if plan.hopeless:
                    plan.refuse(*await ask_beside(client, settings, table, plan, self.report, self.emit))
                stock = await take_stock(client, settings, table, plan, self.report, self.emit)
                for text in self._foreseen(stock):
                    self.emit(Warned(text))
                if settings.dry_run:
                    self._pretend(stock)
                else:
                    await self._create(client, stock, chance)
        plan.refuse()  # interrupted before the server had answered
        # A signal that came with the last answer has interrupted nothing.
        self.report.interrupted = self.stop.requested and any(self.report.pending.values())

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
        )
        self.emit(FileRead(source.name, table.shown_encoding, table.shown_delimiter, table.columns))
        for text in table.doubts():
            self.emit(Warned(text))
        return table

    def _plan(self, table: Table, source: Source) -> Plan:
        plan = self._build(table)
        source.check_whole()
        if plan.hopeless:
            return plan
        for text in about_ignored(table, self.settings.columns, shown=self.settings.dry_run):
            plan.warnings.note(text, About.COLUMNS)
        for text in plan.warnings.lines():
            self.emit(Warned(text))
        self.report.tree = plan.tree
        self.report.pending = {level: plan.tree.size(level) for level in LEVELS}
        return plan

    def _build(self, table: Table) -> Plan:
        """Build the plan; where there is no memory for it, give back at once what filled it.

        CPython 3.11 needs a few bytes to unwind a longer function than this one, and spins for ever without them.
        """
        try:
            with collector_paused():
                return build(table, self.settings.rules)
        except MemoryError as error:
            clear_frames(error.__traceback__)
            raise

    def _foreseen(self, stock: Stock) -> Iterator[str]:
        """Yield what is to be said of the creates that this Kimai will be slow at."""
        for level in LEVELS:
            creates = self._countable(level, stock)
            text = foresee(level, self._known(level, stock), creates, send_null=self._sends_null) if creates else None
            if text is not None:
                self._slow.add(level)
                yield text

    @property
    def _sends_null(self) -> bool:
        return self.settings.numbers is Numbers.NONE

    def _countable(self, level: Level, stock: Stock) -> int:
        """Return how many creates of a level there will be in which Kimai looks for a number of its own."""
        numbered = stock.server.version >= NUMBERED_SINCE and stock.missing[level]
        return len(stock.missing[level]) if numbered and stock.fieldsets[level].takes("number") else 0

    def _known(self, level: Level, stock: Stock) -> Known:
        return known_numbers(stock.listings[level], self.report.tree.level(level), frozenset(stock.missing[level]))

    def _pretend(self, stock: Stock) -> None:
        for level in LEVELS:
            for update in stock.updates[level]:
                self.emit(Settled(Kind.UPDATED, update.node))
            for node in stock.missing[level]:
                self.emit(Settled(Kind.CREATED, node))

    async def _create(self, client: KimaiClient, stock: Stock, chance: random.Random | None) -> None:
        self.stop.creating = True
        outlook = Outlook(self.emit)
        engine = Engine(
            client,
            lanes=self.settings.concurrency,
            give_up_after=self.settings.give_up_after,
            listener=outlook,
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
                    numbering = self._numbering(level, nodes, stock)
                    if level in self._slow:
                        outlook.watch(numbering, len(stock.listings[level]), send_null=self._sends_null)
                    await engine.create(level, nodes, numbering, stock.fields)
            await patcher.hide(stock.hides)
        finally:  # also when the run is cancelled
            self.report.error = None if engine.error is None else self._without_token(engine.error)
            self.report.unclear = {node: self._secrets.redact(reason) for node, reason in engine.open.items()}

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
            send_null=self._sends_null,
            by_server=stock.server.version >= NUMBERED_SINCE,
            year=datetime.now(UTC).year,
            check=level in self._slow,
        )
