"""Imports that are recorded and taken back, into a sandbox in process and under the virtual clock."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import httpx
from virtual_clock import run

from kimai_async import Report, Settings, Stop, import_csv
from kimai_async.sandbox import create_app
from kimai_async.sandbox.in_process import in_process
from kimai_async.terminal.ndjson import JsonLines
from kimai_async.tree.nodes import LEVELS
from kimai_async.undo.undoing import undo_import

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kimai_async.sandbox.faults.injector import Faults
    from kimai_async.sandbox.storage.state import Sandbox
    from kimai_async.undo.report import Planned, UndoEvent, UndoReport

URL = "http://kimai.test"
TOKEN = "susan-token-0123456789"
NEEDED: dict[str, Any] = {"country": "DE", "currency": "EUR", "timezone": "Europe/Berlin"}
LISTS = (
    "customers?visible=3&full=1",
    "projects?visible=3&ignoreDates=1",
    "activities?visible=3",
    "timesheets?user=all&size=500&full=1",
)


class Killed(BaseException):
    """The process is gone, at this very moment."""


class Site:
    """A sandbox, imports into it and undoes of them."""

    def __init__(self, version: str = "2.65.0", *, faults: Faults | None = None, **setup: Any) -> None:
        self.app = create_app(version, faults=faults, **setup)
        self.sandbox: Sandbox = self.app.state.sandbox
        self.events: list[UndoEvent] = []

    def imported(self, file: Path, record: Path, **options: Any) -> Report:
        """Import a file and record it."""
        chosen = Settings(**{"url": URL, "token": TOKEN, **NEEDED, **options})

        async def go() -> Report:
            with record.open("a", encoding="utf-8") as out:
                lines = JsonLines(out, lambda _: None)
                async with in_process(self.app) as transport:
                    report = await import_csv(
                        file, chosen, listeners=[lines], transport=transport, chance=random.Random(1)
                    )
                    await transport.settled()
                lines.finish(report.summary())
            return report

        return run(go)[0]

    def undone(
        self,
        record: Path,
        *,
        hide: bool = False,
        agree: bool = True,
        kill_after: int | None = None,
        on_event: Callable[[UndoEvent, Stop], None] = lambda _event, _stop: None,
        **options: Any,
    ) -> UndoReport | None:
        """Undo a record, killed after so many events if that is given; None stands for a dead process's report."""
        self.events = []
        chosen = Settings(**{"url": URL, "token": TOKEN, "timeout": 10.0, **options})

        async def answer(_: Planned) -> bool:
            return agree

        async def go() -> UndoReport:
            stop = Stop()

            def listen(event: UndoEvent) -> None:
                self.events.append(event)
                on_event(event, stop)
                if len(self.events) == kill_after:
                    raise Killed

            async with in_process(self.app) as transport:
                try:
                    return await undo_import(
                        record,
                        chosen,
                        answer,
                        hide=hide,
                        listeners=[listen],
                        stop=stop,
                        transport=transport,
                        chance=random.Random(1),
                    )
                finally:
                    await transport.settled()

        reports: list[UndoReport] = []
        try:
            reports.append(run(go)[0])
        except* Killed:
            pass
        return reports[0] if reports else None

    def call(self, method: str, path: str, body: Any = None, token: str = TOKEN) -> httpx.Response:
        """Send one request as somebody else would."""

        async def go() -> httpx.Response:
            async with in_process(self.app) as transport, httpx.AsyncClient(transport=transport) as http:
                headers = {"Authorization": f"Bearer {token}"}
                return await http.request(method, f"{URL}/api/{path}", json=body, headers=headers)

        return run(go)[0]

    def post(self, path: str, **body: Any) -> int:
        """Create something and return its id."""
        response = self.call("POST", path, body)
        assert response.status_code == 200, response.text
        made: int = response.json()["id"]
        return made

    def book(self, project: int, activity: int, **more: Any) -> int:
        """Book an hour."""
        times = {"begin": "2026-01-05T09:00:00", "end": "2026-01-05T10:00:00"}
        return self.post("timesheets", project=project, activity=activity, **times, **more)

    def ids(self, level: str) -> dict[str, int]:
        """Return the ids of a level by name."""
        return {row.name: row.id for row in self.sandbox.store.rows(level)}  # type: ignore[arg-type]

    def all_of_it(self) -> dict[str, bytes]:
        """Return every list and every body, byte for byte."""
        shown = {path: self.call("GET", path).content for path in LISTS}
        for level in LEVELS:
            for row in self.sandbox.store.rows(level.plural):
                shown[f"{level}/{row.id}"] = self.call("GET", f"{level.plural}/{row.id}").content
        return shown

    def close(self) -> None:
        self.sandbox.close()


def deletions(site: Site) -> list[str]:
    """The paths of every DELETE that the server got."""
    return [request.path.removeprefix("/api/") for request in site.sandbox.requests if request.method == "DELETE"]
