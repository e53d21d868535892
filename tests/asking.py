"""Questions to a Kimai whose answers are scripted, on a virtual clock."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import anyio
import httpx
from virtual_clock import run

from kimai_async.errors import KimaiImportError
from kimai_async.kimai.client import KimaiClient
from kimai_async.kimai.connection import Connection
from kimai_async.settings import Access
from kimai_async.tree.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from kimai_async.kimai.messages import Entry
    from kimai_async.server import Server

TOKEN = "sentinel-token-0123456789"
Answer = httpx.Response | Exception
NO_LIST = httpx.Response(200, json=[])
REFUSED = httpx.ConnectError("kimai.test:80: connection refused")


class Asked:
    """Asks a server whose answers are scripted, the last one for ever, on a virtual clock."""

    def __init__(
        self,
        ask: Callable[[Connection], Awaitable[Any]],
        *script: Answer,
        patience: float | None = 100.0,
        timeout: float = 60.0,
        seconds: float = 0.0,
        user: str | None = None,
    ) -> None:
        self.requests: list[httpx.Request] = []
        self.waits: list[float] = []
        self.error: KimaiImportError | None = None
        self.result: Any = None
        self._script = list(script)
        self._seconds = seconds
        access = Access(url="http://kimai.test", token=TOKEN, user=user, timeout=timeout)
        run(self._go, ask, access, patience)

    async def _go(self, ask: Callable[[Connection], Awaitable[Any]], access: Access, patience: float | None) -> None:
        connection = Connection(
            access,
            lanes=1,
            wait=self._wait,
            patience=patience,
            transport=httpx.MockTransport(self._handle),
            chance=random.Random(1),
        )
        async with connection:
            try:
                self.result = await ask(connection)
            except KimaiImportError as error:
                self.error = error

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        await anyio.sleep(self._seconds)
        given = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        if isinstance(given, Exception):
            raise given
        return httpx.Response(given.status_code, headers=given.headers, content=given.content)

    async def _wait(self, seconds: float, _: str) -> None:
        self.waits.append(seconds)
        await anyio.sleep(seconds)


async def customers(connection: Connection) -> list[Entry]:
    return await KimaiClient(connection).entries(Level.CUSTOMER)


async def server(connection: Connection) -> Server:
    return await KimaiClient(connection).server()


async def version(connection: Connection) -> Any:
    return connection.json(await connection.get("version"))


async def after_an_answer(connection: Connection, ask: Callable[[Connection], Awaitable[Any]]) -> Any:
    await customers(connection)
    return await ask(connection)


async def never(seconds: float, reason: str) -> None:
    raise AssertionError
