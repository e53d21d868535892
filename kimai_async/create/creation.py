"""All that an import creates and changes, in its order: level after level, then time entries, what is hidden last."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kimai_async.choices import Numbers
from kimai_async.create.bookings import BookingRun
from kimai_async.create.engine import Engine
from kimai_async.create.growth import Outlook, foresee
from kimai_async.create.numbers import NUMBERED_SINCE, Numbering, known_numbers
from kimai_async.create.numbers import Numbers as Known
from kimai_async.create.patches import Patcher
from kimai_async.create.tags import create_tags
from kimai_async.events import Kind, Settled
from kimai_async.tree.nodes import LEVELS, Level, Node

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator, Mapping

    from kimai_async.errors import StoppedError
    from kimai_async.events import Listener
    from kimai_async.kimai.client import KimaiClient
    from kimai_async.report import Report
    from kimai_async.settings import Settings
    from kimai_async.stop import Stop
    from kimai_async.survey.stock import Stock
    from kimai_async.timesheets.ledger import Ledger
    from kimai_async.tree.entry import Entry, Item


class Creation:
    """Makes the server have what *stock* and *ledger* say that it lacks.

    *report* is where *emit* leads to: what failed is looked up there. `error` says why the run ended early, `open` what
    may have been stored without our knowing.
    """

    def __init__(self, stock: Stock, ledger: Ledger | None, settings: Settings, report: Report, emit: Listener) -> None:
        self.error: StoppedError | None = None
        self.open: Mapping[Item, str] = {}
        self._stock = stock
        self._ledger = ledger
        self._settings = settings
        self._report = report
        self._emit = emit
        self._sends_null = settings.numbers is Numbers.NONE
        self._slow: set[Level] = set()

    def foresee(self) -> Iterator[str]:
        """Yield what is to be said of the creates that this Kimai will be slow at."""
        for level in LEVELS:
            creates = self._countable(level)
            text = foresee(level, self._known(level), creates, send_null=self._sends_null) if creates else None
            if text is not None:
                self._slow.add(level)
                yield text

    def pretend(self) -> None:
        """Tell what would be created and changed."""
        for level in LEVELS:
            for update in self._stock.updates[level]:
                self._emit(Settled(Kind.UPDATED, update.node))
            for node in self._stock.missing[level]:
                self._emit(Settled(Kind.CREATED, node))
        if self._ledger is not None:
            for update in self._ledger.updates:
                self._emit(Settled(Kind.UPDATED, update.node))
            for entry in self._bookable(self._ledger.missing):
                self._emit(Settled(Kind.CREATED, entry))

    async def run(self, client: KimaiClient, stop: Stop, chance: random.Random | None) -> None:
        """Create and change it; *chance* replaces the jitter, for tests."""
        stock = self._stock
        outlook = Outlook(self._emit)
        engine = Engine(
            client,
            lanes=self._settings.concurrency,
            give_up_after=self._settings.give_up_after,
            listener=outlook,
            stop=stop,
            chance=chance,
            matching=self._settings.matching,
        )
        patcher = Patcher(client, engine.sender, self._emit)
        engine.complete = patcher.complete
        try:
            for level in LEVELS:
                if stock.updates[level] and not engine.ended:
                    await patcher.update(level, stock.updates[level])
                nodes = list(self._ready(stock.missing[level]))
                if nodes and not engine.ended:
                    numbering = self._numbering(level, nodes)
                    if level in self._slow:
                        outlook.watch(numbering, len(stock.listings[level]), send_null=self._sends_null)
                    await engine.create(level, nodes, numbering, stock.fields)
            if self._ledger is not None:
                await self._book(self._ledger, engine, patcher, stop)
            await patcher.hide(stock.hides)
        finally:  # also when the run is cancelled
            self.error, self.open = engine.error, engine.open

    async def _book(self, ledger: Ledger, engine: Engine, patcher: Patcher, stop: Stop) -> None:
        """Change and create time entries, now that their activities are there; the tags that they need come first."""
        if not engine.ended:
            await create_tags(ledger.people, ledger.new_tags, stop, self._emit)
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
            if self._report.hours is not None:
                self._report.hours.stored += run.seconds
                self._report.hours.rounding = run.rounding_words or self._report.hours.rounding

    def _bookable(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Yield the entries whose activity is there, or will be; skip those whose activity failed."""
        for entry in entries:
            if self._report.cause(entry.parent) is None:
                yield entry
            else:
                self._emit(Settled(Kind.SKIPPED, entry, "its activity was not imported"))

    def _ready(self, missing: Iterable[Node]) -> Iterator[Node]:
        """Yield the missing nodes whose parent is on the server; skip those whose parent failed."""
        for node in missing:
            if node.parent is None or node.parent.id is not None:
                yield node
            elif node.parent in self._report.failures:
                self._emit(Settled(Kind.SKIPPED, node, f"its {node.parent.level} was not imported"))

    def _numbering(self, level: Level, nodes: list[Node]) -> Numbering:
        stock = self._stock
        known = known_numbers(stock.listings[level], self._report.tree.level(level), frozenset(nodes))
        return Numbering(
            level,
            known,
            accepted=stock.fieldsets[level].takes("number") and known.wanted > 0,
            send_null=self._sends_null,
            by_server=stock.server.version >= NUMBERED_SINCE,
            year=datetime.now(UTC).year,
            check=level in self._slow,
        )

    def _countable(self, level: Level) -> int:
        """Return how many creates of a level there will be in which Kimai looks for a number of its own."""
        missing = self._stock.missing[level]
        numbered = missing and self._stock.server.version >= NUMBERED_SINCE
        return len(missing) if numbered and self._stock.fieldsets[level].takes("number") else 0

    def _known(self, level: Level) -> Known:
        stock = self._stock
        return known_numbers(stock.listings[level], self._report.tree.level(level), frozenset(stock.missing[level]))
