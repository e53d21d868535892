"""The sandbox on a real socket, in a thread of this process."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from kimai_async.sandbox import create_app
from kimai_async.sandbox.http.drops import EXTENSION
from kimai_async.sandbox.storage.users import API_PASSWORD, SUSAN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from starlette.applications import Starlette
    from starlette.types import ASGIApp, Receive, Scope, Send

    from kimai_async.sandbox.faults.injector import Faults
    from kimai_async.sandbox.storage.setup import CustomFields
    from kimai_async.sandbox.storage.state import Sandbox

TICK = 0.1
GRACE = 1.0


@dataclass(frozen=True)
class Serving:
    """A running sandbox and how to log in to it as the super admin."""

    url: str
    sandbox: Sandbox
    token: str = SUSAN.token
    user: str = SUSAN.username
    api_password: str = API_PASSWORD


@contextmanager
def serving(
    version: str = "2.65.0",
    *,
    database: str | Path = ":memory:",
    latency: float = 0.0,
    scan_cost: float = 0.0,
    workers: int | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    record: bool = False,
    faults: Faults | None = None,
    custom_fields: CustomFields | None = None,
    teams: Sequence[str] = (),
    invoice_templates: int = 0,
    revoke: Collection[str] = (),
    settings: Mapping[str, str] | None = None,
    clock: datetime | None = None,
) -> Iterator[Serving]:
    """Serve what `create_app` makes while the block runs; port 0 takes a free one, all is closed afterwards."""
    app = create_app(
        version,
        database=database,
        latency=latency,
        scan_cost=scan_cost,
        workers=workers,
        record=record,
        faults=faults,
        custom_fields=custom_fields,
        teams=teams,
        invoice_templates=invoice_templates,
        revoke=revoke,
        settings=settings,
        clock=clock,
    )
    sandbox: Sandbox = app.state.sandbox
    try:
        with listen(host, port) as listener:
            server = _Server(app)
            thread = threading.Thread(target=server.run, args=([listener],), name="kimai-sandbox", daemon=True)
            thread.start()
            server.ready.wait()
            try:
                yield Serving(url_of(listener), sandbox)
            finally:
                server.stop()
                thread.join()
    finally:
        sandbox.close()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; `OSError` when the port is taken or the host is not ours."""
    listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    # asyncio does this only for sockets made with IPPROTO_TCP; without it every answer waits 40 ms for an ACK
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def url_of(listener: socket.socket) -> str:
    """The address to reach a listening socket at."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(app: Starlette, listener: socket.socket) -> None:
    """Serve in this thread until a signal; Ctrl-C is a `KeyboardInterrupt` once everything is closed."""
    _Server(app).run([listener])


class _Server(uvicorn.Server):
    """Quiet uvicorn that ends at once when told to; what is still under way then gets a second."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=_Protocol,
                loop="asyncio",
                ws="none",
                lifespan="off",
                log_level="warning",
                access_log=False,
            )
        )
        self.ready = threading.Event()
        self._sandbox: Sandbox = app.state.sandbox
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told = asyncio.Event()

    def stop(self) -> None:
        """Tell a server that is ready to end, from another thread."""
        self.should_exit = True
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._told.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self.ready.set()  # a server told to stop before this would leave its sockets open

    async def main_loop(self) -> None:
        """Tick ten times a second, as uvicorn does, but sleep no longer than until told to end."""
        tick = 0
        while not await self.on_tick(tick):
            tick += 1
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK):
                    await self._told.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the sandbox and close all sockets; uvicorn's own first sleeps for a tenth of a second."""
        self._sandbox.stop()
        for closing in (*self.servers, *(sockets or ())):
            closing.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        state = self.server_state
        try:
            async with asyncio.timeout(GRACE):
                while (state.connections or state.tasks) and not self.force_exit:  # noqa: ASYNC110 - it has no event
                    await asyncio.sleep(0.005)
        except TimeoutError:
            for task in state.tasks:
                task.cancel()


class _Protocol(H11Protocol):
    """Lets the app close the connection of a request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app = _with_drop(self.app, transport)


def _with_drop(app: ASGIApp, transport: asyncio.Transport) -> ASGIApp:
    async def offering(scope: Scope, receive: Receive, send: Send) -> None:
        async def drop() -> None:
            transport.close()
            # uvicorn complains about an app that ends without an answer before it knows of the disconnect
            while (await receive())["type"] != "http.disconnect":
                pass

        scope["extensions"] = {EXTENSION: drop}
        await app(scope, receive, send)

    return offering
