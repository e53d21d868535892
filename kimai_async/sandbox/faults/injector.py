"""Lets creates and lists go wrong, by rates or by a script, as servers, proxies and networks make them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import anyio

from kimai_async.sandbox.entities import queries
from kimai_async.sandbox.faults.answers import (
    after_storing,
    instead_of_list,
    instead_of_storing,
    proxy_page,
    stored_id,
    without,
)
from kimai_async.sandbox.faults.kinds import (
    KINDS,
    LIST_KINDS,
    RATE_KINDS,
    STORING_KINDS,
    Draws,
    Kind,
    ListKind,
    RateKind,
    as_function,
)
from kimai_async.sandbox.http.answers import ApiError
from kimai_async.sandbox.http.auth import invalid_token
from kimai_async.sandbox.http.drops import Dropped

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from kimai_async.sandbox.storage.state import Creation, Proceed, Sandbox

Script = Mapping[int, Kind] | Callable[[int, "Creation"], Kind | None]
ListScript = Mapping[int, ListKind] | Callable[[int, str], ListKind | None]

_LEVELS = {f"/api/{level}": level for level in ("customers", "projects", "activities", "timesheets")}
_FILTERS = {"projects": ("customer", "customers"), "activities": ("project", "projects")}


@dataclass(kw_only=True, eq=False)
class Faults:
    """What goes wrong in one sandbox.

    `script` decides by the number of the create, from 1 on, as it arrives; where it is silent, `rates` decide by
    the seed, the row's names from the customer down (a time entry's begin, end and description) and how often it was
    sent before, so the same rows meet the same faults at any concurrency. `list_script` (number and level) and `lists`
    do the same for GETs of a level.
    `on_fault` is told the kind of everything that was done, a `slow` create once it is stored.
    `retry_after` is what 503s say; None: 1 second in those by rate or script, nothing in an overload.
    `queue_seconds`: a create is taken up so much later at the most, as from the backlog of php-fpm, and also when its
    client is gone. `lists_behind`: lists show what was stored so many seconds ago, as those of a replica do.
    """

    rates: Mapping[RateKind, float] = field(default_factory=dict)
    seed: int = 0
    script: Script = field(default_factory=dict)
    slow_seconds: float = 90.0
    retry_after: int | None = None
    at_most: int | None = None
    expire_token_after: int | None = None
    lists: Mapping[ListKind, float] = field(default_factory=dict)
    list_script: ListScript = field(default_factory=dict)
    lists_too_large: bool = False
    queue_seconds: float = 0.0
    lists_behind: float = 0.0
    on_fault: Callable[[str], None] = lambda _: None
    counts: Counter[str] = field(init=False, default_factory=Counter)
    creates: int = field(init=False, default=0)
    lists_seen: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._scripted = as_function(self.script, KINDS)
        self._scripted_list = as_function(self.list_script, LIST_KINDS)
        self._drawn = Draws(self.rates, RATE_KINDS, self.seed)
        self._drawn_list = Draws(self.lists, LIST_KINDS, self.seed)
        self._handling = 0
        self._expired = self._withdrawn = False
        self._waiting: set[anyio.CancelScope] = set()
        self._queue = random.Random(self.seed)  # noqa: S311 - a delay, not a secret
        self._stored: dict[str, list[tuple[float, int]]] = {}

    def attach(self, sandbox: Sandbox) -> None:
        """Put these faults into a sandbox."""
        sandbox.around_call.append(self._around_call)
        sandbox.around_create.append(partial(self._around_create, sandbox))
        sandbox.at_stop.append(self._stop_waiting)

    async def _around_call(self, request: Request, proceed: Proceed) -> Response:
        if self._expired or (self.expire_token_after is not None and self.creates >= self.expire_token_after):
            return self._did("token-expired", invalid_token().response())
        level = _LEVELS.get(request.url.path)
        if level and request.method == "POST" and self._withdrawn:
            return self._did("rights-withdrawn", ApiError(403).response())
        if level and request.method == "POST" and self.queue_seconds:
            await self._wait(self._queue.uniform(0, self.queue_seconds))
        if level and request.method == "GET":
            return await self._list(request, level, proceed)
        return await proceed()

    async def _list(self, request: Request, level: str, proceed: Proceed) -> Response:
        self.lists_seen += 1
        if self.lists_too_large and _is_unfiltered(request, level):
            return self._did("list-too-large", ApiError(500).response())
        scripted = self._scripted_list(self.lists_seen, level)
        kind = scripted or self._drawn_list.draw(level, request.url.query)
        if kind:
            return self._did(f"list-{kind}", instead_of_list(kind, self._seconds))
        response = await proceed()
        if response.status_code == 200 and self.lists_behind:
            since = anyio.current_time() - self.lists_behind
            return without(response, {row for stored, row in self._stored.get(level, ()) if stored > since})
        return response

    async def _around_create(self, sandbox: Sandbox, creation: Creation, proceed: Proceed) -> Response:
        self.creates += 1
        if self.lists_behind:
            proceed = partial(self._remember, creation.level, proceed)
        if self.at_most is not None and self._handling >= self.at_most:
            return self._did("overload", proxy_page(503, self.retry_after))
        self._handling += 1
        try:
            scripted = self._scripted(self.creates, creation)
            kind = scripted or self._drawn.draw(creation.level, *sandbox.path(creation))
            if kind == "number-taken" and creation.level == "timesheets":  # which have none
                kind = None
            return await (self._do(kind, sandbox, creation, proceed) if kind else proceed())
        finally:
            self._handling -= 1

    async def _remember(self, level: str, proceed: Proceed) -> Response:
        response = await proceed()
        self._stored.setdefault(level, []).append((anyio.current_time(), stored_id(response)))
        return response

    async def _do(self, kind: Kind, sandbox: Sandbox, creation: Creation, proceed: Proceed) -> Response:
        if kind == "slow":
            return await self._slow(proceed)
        if kind in STORING_KINDS:
            return self._did(kind, after_storing(kind, await proceed(), self._seconds))
        self._expired |= kind == "token-expired"
        self._withdrawn |= kind == "rights-withdrawn"
        return self._did(kind, instead_of_storing(kind, sandbox, creation, self._seconds))

    async def _slow(self, proceed: Proceed) -> Response:
        waited = await self._wait(self.slow_seconds)
        return self._did("slow", await proceed()) if waited else Dropped()

    async def _wait(self, seconds: float) -> bool:
        """Let time pass; False if the server stops meanwhile."""
        with anyio.CancelScope() as waiting:
            self._waiting.add(waiting)
            try:
                await anyio.sleep(seconds)
            finally:
                self._waiting.discard(waiting)
        return not waiting.cancelled_caught

    def _stop_waiting(self) -> None:
        """What is slow would keep a server from ending."""
        for waiting in list(self._waiting):
            waiting.cancel()

    @property
    def _seconds(self) -> int:
        return 1 if self.retry_after is None else self.retry_after

    def _did(self, kind: str, response: Response) -> Response:
        self.counts[kind] += 1
        self.on_fault(kind)
        return response


def _is_unfiltered(request: Request, level: str) -> bool:
    """Whether a list could have been filtered by what is above, and is not; nothing is above customers.

    Global activities alone are a short list.
    """
    names, asked = _FILTERS.get(level), request.query_params
    return names is not None and not queries.ids(asked, *names) and asked.get("globals") not in ("1", "true")
