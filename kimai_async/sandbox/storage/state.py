"""What one sandbox holds while it runs: the version's profile, the rows, the requests that were made."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
from starlette.requests import Request
from starlette.responses import Response

from kimai_async.sandbox.configuration import Configuration
from kimai_async.sandbox.storage.clock import Clock
from kimai_async.sandbox.storage.people import People
from kimai_async.sandbox.storage.setup import Setup
from kimai_async.sandbox.storage.store import ABOVE, PARENT

if TYPE_CHECKING:
    from kimai_async.sandbox.profile import Profile
    from kimai_async.sandbox.storage.store import Kind, Level, Row, Store


@dataclass(frozen=True)
class RecordedRequest:
    """One request: `json` is its body, None when it has none or when it is not JSON."""

    method: str
    path: str
    json: Any


@dataclass(frozen=True)
class Creation:
    """A create that passed every check and is about to be stored."""

    level: Level
    values: dict[str, Any]

    @property
    def parent(self) -> int | None:
        """The id of the customer of a project, of the project of an activity."""
        parent: int | None = self.values.get(PARENT.get(self.level, ""))
        return parent


Proceed = Callable[[], Awaitable[Response]]
AroundCreate = Callable[[Creation, Proceed], Awaitable[Response]]
"""Wraps the storing and answering of a create; `await proceed()` stores the row and gives the answer."""
AroundCall = Callable[[Request, Proceed], Awaitable[Response]]
"""Wraps the handling of a request that is logged in; `await proceed()` handles it and gives the answer."""
Subject = TypeVar("Subject")


class Sandbox:
    """The state behind an app; the app has it as `app.state.sandbox`."""

    def __init__(
        self,
        profile: Profile,
        store: Store,
        *,
        setup: Setup | None = None,
        configuration: Configuration | None = None,
        clock: Clock | None = None,
        latency: float = 0.0,
        scan_cost: float = 0.0,
        record: bool = False,
    ) -> None:
        self.profile = profile
        self.setup = setup or Setup()
        self.configuration = configuration or Configuration()
        self.clock = clock or Clock()
        self.store = store
        self.people = People(store, self.setup.teams)
        self.latency = latency
        self.scan_cost = scan_cost
        self.requests: list[RecordedRequest] = []
        self.around_call: list[AroundCall] = []
        self.around_create: list[AroundCreate] = []
        self.at_stop: list[Callable[[], None]] = []
        self._record = record

    def tree(self) -> list[tuple[str, ...]]:
        """Every stored thing as the path of its names, sorted; twins show up twice, and a global
        activity stands under two empty names."""
        customers: dict[int, tuple[str, ...]] = {row.id: (row.name,) for row in self.store.rows("customers")}
        projects = {row.id: (*_above(row, customers), row.name) for row in self.store.rows("projects")}
        activities = [(*_above(row, projects), row.name) for row in self.store.rows("activities")]
        return sorted([*customers.values(), *projects.values(), *activities])

    def twins(self) -> list[tuple[str, ...]]:
        """The paths that stand more than once in `tree()`."""
        return [path for path, times in Counter(self.tree()).items() if times > 1]

    def path(self, creation: Creation) -> tuple[str, ...]:
        """The path at which `tree()` will show what is being created; of a time entry, what it says."""
        if creation.level == "timesheets":
            return tuple(str(creation.values.get(name)) for name in ("activity", "begin", "end", "description"))
        names, parent = [str(creation.values["name"])], creation.parent
        level: Level = creation.level
        while level in ABOVE:
            level = ABOVE[level]
            row = self.store.get(level, parent)
            names.insert(0, row.name if row else "")
            parent = row.parent if row else None
        return tuple(names)

    def numbers(self, level: Kind) -> list[str | None]:
        """The number of every row of a level, by id."""
        rows = sorted(self.store.rows(level), key=lambda row: row.id)
        return [row.fields.get("number") for row in rows]

    def log(self, method: str, path: str, body: bytes) -> None:
        """Remember a request, if this sandbox was asked to."""
        if self._record:
            self.requests.append(RecordedRequest(method, path, _json_or_none(body)))

    async def pause(self) -> None:
        """Half of the time a create takes."""
        if self.latency:
            await anyio.sleep(self.latency / 2)

    async def scan(self, level: Level, times: int) -> None:
        """Take the time of looking through all rows of a level: Kimai's tables have no index on `number`."""
        if self.scan_cost and times:
            await anyio.sleep(self.scan_cost * times * self.store.count(level))

    async def handle(self, request: Request, proceed: Proceed) -> Response:
        """Run `proceed` inside everything in `around_call`, the first outermost."""
        for around in reversed(self.around_call):
            proceed = _wrap(around, request, proceed)
        return await proceed()

    async def create(self, creation: Creation, proceed: Proceed) -> Response:
        """Run `proceed` inside everything in `around_create`, the first outermost."""
        for around in reversed(self.around_create):
            proceed = _wrap(around, creation, proceed)
        return await proceed()

    def stop(self) -> None:
        """End what is waiting, for the server is about to stop."""
        for stop in self.at_stop:
            stop()

    def close(self) -> None:
        """Close the database."""
        self.store.close()


def _wrap(around: Callable[[Subject, Proceed], Awaitable[Response]], subject: Subject, proceed: Proceed) -> Proceed:
    async def wrapped() -> Response:
        return await around(subject, proceed)

    return wrapped


def _above(row: Row, paths: dict[int, tuple[str, ...]]) -> tuple[str, ...]:
    return ("", "") if row.parent is None else paths[row.parent]


def _json_or_none(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
