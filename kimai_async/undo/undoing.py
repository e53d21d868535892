"""An undo from one end to the other: read the record, ask the server, ask the user, delete, report."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from kimai_async.errors import UsageError, as_error
from kimai_async.events import ServerKnown, Waiting, Warned
from kimai_async.kimai.client import KimaiClient
from kimai_async.kimai.connection import Connection
from kimai_async.kimai.deletion import DeletionClient
from kimai_async.kimai.timesheets import TimesheetClient
from kimai_async.stop import Stop
from kimai_async.survey.preflight import doubts
from kimai_async.text import Secrets
from kimai_async.tree.nodes import Level
from kimai_async.undo.record import read_record
from kimai_async.undo.removal import Removal
from kimai_async.undo.report import Fate, Planned, RecordRead, UndoListener, Undone, UndoReport
from kimai_async.undo.survey import Survey, check_server

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from kimai_async.settings import Settings
    from kimai_async.undo.record import Record
    from kimai_async.undo.report import UndoEvent

Agree = Callable[[Planned], Awaitable[bool]]
"""Is shown what may go, and says whether it shall."""


async def undo_import(
    path: Path,
    settings: Settings,
    agree: Agree,
    *,
    hide: bool = False,
    listeners: Iterable[UndoListener] = (),
    stop: Stop | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    chance: random.Random | None = None,
) -> UndoReport:
    """Take back what the run of a record created, and only that, as far as it is still as it was; report.

    *agree* is asked before anything is deleted, unless nothing may go or it is a dry run. With *hide* customers,
    projects and activities are hidden instead; time entries stay then. Of *settings* the access, `concurrency`,
    `give_up_after` and `dry_run` count. The rest is as for `import_csv`. Never raises: `report.error` holds what went
    wrong.
    """
    run = _Undo(settings, agree, tuple(listeners), stop or Stop(), hide=hide)
    started = time.perf_counter()
    try:
        await run.run(path, transport, chance or random.Random())  # noqa: S311 - jitter, not a secret
    except Exception as error:  # noqa: BLE001 - whatever happens, the run ends with a report
        run.report.error = as_error(error)
    if run.report.error is not None:
        run.report.error.args = (run.secrets.redact(str(run.report.error)),)
    run.report.seconds = time.perf_counter() - started
    return run.report


class _Undo:
    def __init__(
        self, settings: Settings, agree: Agree, listeners: tuple[UndoListener, ...], stop: Stop, *, hide: bool
    ) -> None:
        self.report = UndoReport(dry_run=settings.dry_run)
        self.secrets = Secrets([settings.token])
        self._settings = settings
        self._agree = agree
        self._listeners = listeners
        self._stop = stop
        self._hide = hide

    def emit(self, event: UndoEvent) -> None:
        """Record an event in the report, then tell the listeners; no text of it shows the token."""
        match event:
            case Undone(_, _, str(reason)):
                event = event._replace(reason=self.secrets.redact(reason))
            case Waiting():
                event = replace(event, reason=self.secrets.redact(event.reason))
            case ServerKnown(server):
                version, user = self.secrets.redact(server.version_text), self.secrets.redact(server.user)
                event = replace(event, server=replace(server, version_text=version, user=user))
            case _:
                pass
        self.report.add(event)
        for listener in self._listeners:
            listener(event)

    async def wait(self, seconds: float, reason: str) -> None:
        self.emit(Waiting(seconds, reason))
        await self._stop.sleep(seconds)

    async def run(self, path: Path, transport: httpx.AsyncBaseTransport | None, chance: random.Random) -> None:
        with self._stop.block():
            record = read_record(path)
        settings = self._settings
        self.emit(RecordRead(record.name, record.root, len(record), record.damaged))
        connection = Connection(
            settings,
            lanes=settings.concurrency,
            wait=self.wait,
            patience=settings.give_up_after,
            transport=transport,
            chance=chance,
        )
        finished = False
        async with connection:
            with self._stop.scope:
                await self._go(record, connection, chance)
                finished = True
        self.report.interrupted = self._stop.requested and (not finished or any(self.report.pending.values()))

    async def _go(self, record: Record, connection: Connection, chance: random.Random) -> None:
        settings, lanes, hide = self._settings, self._settings.concurrency, self._hide
        if record.root != connection.root:
            raise UsageError(
                f"{record.name} is the record of a run into {record.root}, and this is {connection.root}; "
                "nothing was deleted."
            )
        client, deletion = KimaiClient(connection, whole=True), DeletionClient(connection)
        server = await client.server()
        self.emit(ServerKnown(server, connection.root))
        if server.sees_everything:
            for text in doubts(server, settings):
                self.emit(Warned(text))
        check_server(record, server, hide=hide)
        timesheets = TimesheetClient(connection, everybody=True, lanes=lanes)
        survey = Survey(record, client, deletion, timesheets, hide=hide, lanes=lanes, emit=self.emit)
        plan = await survey.take()
        self.emit(plan)
        for made in plan.gone:
            self.emit(Undone(Fate.GONE, made))
        for made, reason in plan.stay.items():
            self.emit(Undone(Fate.KEPT, made, reason))
        if settings.dry_run:
            self._pretend(plan)
        elif plan.size:
            if not await self._agree(plan):
                self.report.declined = True
                return
            self._stop.creating = True
            removal = Removal(
                record,
                client,
                deletion,
                hide=hide,
                lanes=lanes,
                give_up_after=settings.give_up_after,
                stop=self._stop,
                emit=self.emit,
                chance=chance,
            )
            try:
                await removal.run(plan)
            finally:  # also when the run is cancelled
                self.report.error = removal.error

    def _pretend(self, plan: Planned) -> None:
        for level in reversed(Level):
            for made in plan.go[level]:
                self.emit(Undone(Fate.HIDDEN if self._hide else Fate.DELETED, made))
