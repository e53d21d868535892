"""A sandbox in this process behaves towards httpx as one at the other end of a connection."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio
import httpx

from kimai_async.sandbox.http.drops import ConnectionDropped

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anyio.abc import TaskGroup
    from starlette.applications import Starlette


@asynccontextmanager
async def in_process(app: Starlette) -> AsyncIterator[InProcess]:
    """A transport to *app*; what is still under way at the end of the block is cancelled, as by a server's stop."""
    failure: Exception | None = None
    async with anyio.create_task_group() as tasks:
        try:
            yield InProcess(app, tasks)
        except Exception as error:  # noqa: BLE001 - raised below, for the group would wrap it
            failure = error
        tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure


class InProcess(httpx.AsyncBaseTransport):
    """Handles every request in a task of its own, which goes on when its client gives up.

    A dropped connection is an `httpx.RemoteProtocolError`, in the middle of the answer an `httpx.ReadError`, and
    no answer within the request's read time-out an `httpx.ReadTimeout`. An error of the app itself is raised to
    whoever waits for the answer.
    """

    def __init__(self, app: Starlette, tasks: TaskGroup) -> None:
        self._transport = httpx.ASGITransport(app)
        self._tasks = tasks
        self._under_way: set[_Exchange] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer *request*."""
        exchange = _Exchange(request)
        self._under_way.add(exchange)
        self._tasks.start_soon(self._serve, exchange)
        with anyio.move_on_after(request.extensions.get("timeout", {}).get("read")):
            await exchange.ended.wait()
            return exchange.result()
        raise httpx.ReadTimeout("no answer in time", request=request)

    async def settled(self) -> None:
        """Wait until nothing is under way, such as creates that their clients gave up."""
        while self._under_way:
            await next(iter(self._under_way)).ended.wait()

    async def _serve(self, exchange: _Exchange) -> None:
        try:
            exchange.response = await self._transport.handle_async_request(exchange.request)
        except Exception as error:  # noqa: BLE001 - raised to whoever waits for the answer
            exchange.error = error
        finally:
            self._under_way.discard(exchange)
            exchange.ended.set()


@dataclass(eq=False)
class _Exchange:
    request: httpx.Request
    response: httpx.Response | None = None
    error: Exception | None = None
    ended: anyio.Event = field(default_factory=anyio.Event)

    def result(self) -> httpx.Response:
        if isinstance(self.error, ConnectionDropped):
            if self.error.answering:
                raise httpx.ReadError("the answer was cut short", request=self.request)
            raise httpx.RemoteProtocolError("connection closed without an answer", request=self.request)
        if self.error is not None:
            raise self.error
        assert self.response is not None
        return self.response
