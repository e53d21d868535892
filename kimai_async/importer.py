"""An import from one end to the other: read, ask, compare, create, report."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, BinaryIO

from kimai_async.client import KimaiClient
from kimai_async.collector import collector_paused
from kimai_async.connection import Connection
from kimai_async.engine import Engine
from kimai_async.errors import KimaiImportError, OutputError
from kimai_async.events import Event, Kind, LevelFinished, Listed, ServerKnown, Settled, TwinsFound, Waiting, Warned
from kimai_async.names import forbidden, too_short
from kimai_async.numbers import Numbering
from kimai_async.plan import Notes, Plan
from kimai_async.preflight import ask_forms, doubts
from kimai_async.reconcile import Listing, Reconciler
from kimai_async.rejects import ADDED, default_path, write_rejects
from kimai_async.report import Report
from kimai_async.rows import Table, parse_delimiter
from kimai_async.settings import Numbers, Settings
from kimai_async.source import Source, open_source
from kimai_async.stop import Stop
from kimai_async.tree import LEVELS, Level, Node

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable
    from pathlib import Path

    import httpx

    from kimai_async.events import Listener
    from kimai_async.kimai import Form


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
    the jitter, for tests. Never raises for what goes wrong with the file or the server: `report.error` holds it.
    """
    run = _Import(settings, tuple(listeners), stop or Stop())
    started = time.perf_counter()
    try:
        with open_source(source) as opened:
            await run.go(opened, transport, chance)
    except KimaiImportError as error:
        run.report.error = error
    run.report.seconds = time.perf_counter() - started
    return run.report


class _Import:
    def __init__(self, settings: Settings, listeners: tuple[Listener, ...], stop: Stop) -> None:
        self.settings = settings
        self.listeners = listeners
        self.stop = stop
        self.report = Report(dry_run=settings.dry_run)
        self.missing: dict[Level, list[Node]] = {level: [] for level in LEVELS}
        self.listings: dict[Level, Listing] = {}
        self.forms: dict[Level, Form] = {}

    def emit(self, event: Event) -> None:
        """Record an event in the report, then tell the listeners."""
        if isinstance(event, Settled):
            self.report.settle(event.node, event.kind, event.reason)
        elif isinstance(event, Warned):
            self.report.warnings.append(event.text)
        elif isinstance(event, TwinsFound):
            self.report.twins[event.node] = event.ids
        elif isinstance(event, LevelFinished):
            self.report.level_seconds[event.level] = event.seconds
        for listener in self.listeners:
            listener(event)

    async def wait(self, seconds: float, reason: str) -> None:
        self.emit(Waiting(seconds, reason))
        await self.stop.sleep(seconds)

    async def go(
        self, source: Source, transport: httpx.AsyncBaseTransport | None, chance: random.Random | None
    ) -> None:
        delimiter = parse_delimiter(self.settings.delimiter)
        table = Table(source.file, name=source.name, delimiter=delimiter, encoding=self.settings.encoding)
        plan = self._plan(table, source)
        connection = Connection(
            self.settings, lanes=self.settings.concurrency, wait=self.wait, transport=transport, chance=chance
        )
        async with connection:
            with self.stop.scope:
                client = KimaiClient(connection)
                await self._ask(client, source.name)
                if self.settings.dry_run:
                    self._pretend()
                else:
                    await self._create(client, chance)
        # A signal that came with the last answer has interrupted nothing.
        self.report.interrupted = self.stop.requested and any(self.report.pending.values())
        if self.report.failures and not self.settings.dry_run:
            self._reject(source, table, plan)

    def _reject(self, source: Source, table: Table, plan: Plan) -> None:
        path = self.settings.rejects or default_path(source.path)
        try:
            source.check_unchanged()
            self.report.rejects, self.report.rejected_rows = write_rejects(path, table, plan, self.report)
        except OutputError as error:
            self.report.error = self.report.error or error

    def _plan(self, table: Table, source: Source) -> Plan:
        ignored = [heading for heading in table.ignored if heading not in ADDED]
        if ignored:
            self.emit(Warned(f"columns ignored: {', '.join(map(repr, ignored))}"))
        with collector_paused():
            plan = Plan(table)
        source.check_whole()
        for text in plan.warnings.lines():
            self.emit(Warned(text))
        self.report.tree = plan.tree
        self.report.pending = {level: plan.tree.size(level) for level in LEVELS}
        return plan

    async def _ask(self, client: KimaiClient, name: str) -> None:
        """Take stock of the server and check, before anything is sent, all that can be checked."""
        server = await client.server()
        self.emit(ServerKnown(server))
        for text in doubts(server, self.settings):
            self.emit(Warned(text))
        reconciler = Reconciler(self.report.tree, self.report.failures)
        for level in LEVELS:
            await self._compare(level, client, reconciler)
        self._check_names(server.version, name)
        wanted = [level for level in LEVELS if self.missing[level]]
        self.forms = await ask_forms(client, wanted, self.settings)

    async def _compare(self, level: Level, client: KimaiClient, reconciler: Reconciler) -> None:
        """List a level, or what is below this file's parents if the whole is too much, and settle what is there."""
        parents = None
        if level.parent is not None:
            parents = [node.id for node in self.report.tree.level(level.parent) if node.id is not None]
        entries = await client.entries(level, parents)
        self.emit(Listed(level, len(entries)))
        with collector_paused():
            listing = self.listings[level] = Listing(entries)
            for finding in reconciler.compare(level, listing):
                if finding.kind is None:
                    self.missing[level].append(finding.node)
                else:
                    self.emit(Settled(finding.kind, finding.node, finding.reason))

    def _check_names(self, version: tuple[int, ...], name: str) -> None:
        problems = Notes()
        for level, nodes in self.missing.items():
            for node in nodes:
                reason = too_short(node.name, version) or forbidden(node.name, version)
                if reason is not None:
                    problems.add(node.line, level.capitalize(), f"{node.name!r} {reason}; change it")
        problems.refuse(name)

    def _pretend(self) -> None:
        for nodes in self.missing.values():
            for node in nodes:
                self.emit(Settled(Kind.CREATED, node))

    async def _create(self, client: KimaiClient, chance: random.Random | None) -> None:
        self.stop.creating = True
        engine = Engine(
            client,
            lanes=self.settings.concurrency,
            give_up_after=self.settings.give_up_after,
            listener=self.emit,
            stop=self.stop,
            chance=chance,
        )
        try:
            for level in LEVELS:
                nodes = list(self._ready(level))
                if nodes and not engine.ended:
                    await engine.create(level, nodes, self._numbering(level, len(nodes)), self._fields(level))
        finally:  # also when the run is cancelled
            self.report.error = engine.error
            self.report.unclear = dict(engine.open)

    def _ready(self, level: Level) -> Iterable[Node]:
        """Yield the missing nodes whose parent is on the server; skip those whose parent failed."""
        for node in self.missing[level]:
            if node.parent is None or node.parent.id is not None:
                yield node
            elif node.parent in self.report.failures:
                self.emit(Settled(Kind.SKIPPED, node, f"its {node.parent.level} was not imported"))

    def _numbering(self, level: Level, wanted: int) -> Numbering:
        return Numbering(
            level,
            accepted="number" in self.forms[level].fields,
            send_null=self.settings.numbers is Numbers.NONE,
            taken=self.listings[level].numbers(),
            wanted=wanted,
        )

    def _fields(self, level: Level) -> dict[str, str]:
        return self.settings.customer_fields if level is Level.CUSTOMER else {}
