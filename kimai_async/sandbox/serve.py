"""The sandbox on a real socket, in a thread of this process."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn

from kimai_async.sandbox import create_app
from kimai_async.sandbox.users import API_PASSWORD, SUSAN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.applications import Starlette

    from kimai_async.sandbox.state import Sandbox


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
    workers: int | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    record: bool = False,
) -> Iterator[Serving]:
    """Serve while the block runs; port 0 takes a free one, and everything is closed afterwards."""
    app = create_app(version, database=database, latency=latency, workers=workers, record=record)
    sandbox: Sandbox = app.state.sandbox
    try:
        with listen(host, port) as listener:
            server = _ThreadServer(config(app))
            thread = threading.Thread(target=server.run, args=([listener],), name="kimai-sandbox", daemon=True)
            thread.start()
            server.ready.wait()
            try:
                yield Serving(url_of(listener), sandbox)
            finally:
                server.should_exit = True
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


def config(app: Starlette) -> uvicorn.Config:
    """Quiet uvicorn; what is still under way when it stops gets a second."""
    return uvicorn.Config(
        app,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )


class _ThreadServer(uvicorn.Server):
    """Says when it is ready; a server told to stop before that would leave its sockets open."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()
