"""A sandbox into which files of time entries are imported, under a virtual clock."""

from __future__ import annotations

import contextlib
import csv
import random
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from virtual_clock import run

from kimai_async import Event, Report, Settings, import_csv
from kimai_async.sandbox import create_app
from kimai_async.sandbox.in_process import in_process

if TYPE_CHECKING:
    from pathlib import Path

    from kimai_async.sandbox.faults.injector import Faults
    from kimai_async.sandbox.storage.state import Sandbox

TIMEOUT = 10.0
TOKEN = "susan-token-0123456789"
NEEDED: dict[str, Any] = {"country": "DE", "currency": "EUR", "timezone": "Europe/Berlin"}
HEADINGS = ["Date", "From", "To", "User", "Customer", "Project", "Activity", "Description", "Tags", "Billable"]


class Killed(BaseException):
    """The process is gone, at this very moment."""


class World:
    """A sandbox that lives on while imports into it come and go."""

    def __init__(self, version: str = "2.65.0", *, faults: Faults | None = None, **setup: Any) -> None:
        self.app = create_app(version, faults=faults, record=True, **setup)
        self.sandbox: Sandbox = self.app.state.sandbox
        self.events: list[Event] = []

    def run(self, file: Path, *, kill_after: int | None = None, seed: int = 1, **options: Any) -> Report | None:
        """Import with time entries, killed after so many events if that is given."""
        self.events = []

        def listen(event: Event) -> None:
            self.events.append(event)
            if len(self.events) == kill_after:
                raise Killed

        async def go() -> Report:
            chosen = Settings(
                **{
                    "url": "http://kimai.test",
                    "token": TOKEN,
                    "timeout": TIMEOUT,
                    "timesheets": True,
                    **NEEDED,
                    **options,
                }
            )
            async with in_process(self.app) as transport:
                try:
                    return await import_csv(
                        file, chosen, listeners=[listen], transport=transport, chance=random.Random(seed)
                    )
                finally:
                    await transport.settled()

        reports: list[Report] = []
        with contextlib.suppress(Killed):
            try:
                reports.append(run(go)[0])
            except BaseExceptionGroup as group:
                if group.subgroup(Killed) is None:
                    raise
        return reports[0] if reports else None

    def import_(self, file: Path, **options: Any) -> Report:
        report = self.run(file, **options)
        assert report is not None
        return report

    def booked(self) -> Counter[tuple[Any, ...]]:
        """What is stored: begin and end in UTC, the user's id, the activity's name, the description."""
        store = self.sandbox.store
        names = {row.id: row.name for row in store.rows("activities")}
        return Counter(
            (utc(row.begin), None if row.end is None else utc(row.end), row.user, names[row.activity], row.description)
            for row in store.entries.all()
        )

    @property
    def posts(self) -> int:
        return sum(
            request.method == "POST" and request.path == "/api/timesheets" and "project" in (request.json or {})
            for request in self.sandbox.requests
        )


def utc(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def write(path: Path, rows: list[list[str]], headings: list[str] = HEADINGS) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([headings, *rows])
    return path


def row(
    date: str,
    begin: str = "09:00",
    end: str = "10:30",
    *,
    user: str = "susan_super",
    customer: str = "Acme",
    activity: str = "Design",
    description: str = "Work",
    tags: str = "",
    billable: str = "",
) -> list[str]:
    return [date, begin, end, user, customer, "Web", activity, description, tags, billable]
