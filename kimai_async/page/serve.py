"""The page on a socket, for this computer only, in a thread of this process."""

from __future__ import annotations

import secrets
import socket
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from kimai_async.errors import UsageError
from kimai_async.page.app import create_app
from kimai_async.page.desk import Desk
from kimai_async.page.guard import Guard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp

    from kimai_async.page.desk import Start
    from kimai_async.page.job import Explain
    from kimai_async.text import Secrets

HOST = "127.0.0.1"
SECRET = 24
"""Bytes of chance in the address."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is served: its address, which is its key, and what it is about."""

    url: str
    desk: Desk


@contextmanager
def serving_page(
    start: Start,
    tokens: Secrets,
    explain: Explain,
    *,
    port: int = 0,
    beside: Callable[[ASGIApp], ASGIApp] | None = None,
) -> Iterator[Page]:
    """Serve the page while the block runs; what was uploaded is deleted at its end.

    *beside* may put other pages beside it, behind the same guard. Raises UsageError if the port is taken.
    """
    with tempfile.TemporaryDirectory(prefix="kimai-aimport-") as folder, _listen(port) as listener:
        secret, host = secrets.token_urlsafe(SECRET), f"{HOST}:{listener.getsockname()[1]}"
        desk = Desk(Path(folder), start, tokens, explain)
        app: ASGIApp = create_app(desk, explain)
        server = _Server(Guard(app if beside is None else beside(app), secret, host))
        thread = threading.Thread(target=server.run, args=([listener],), name="kimai-page", daemon=True)
        thread.start()
        server.ready.wait()
        try:
            yield Page(f"http://{host}/{secret}/", desk)
        finally:
            desk.closing = True
            _end(desk)
            server.should_exit = True
            thread.join()


def _listen(port: int) -> socket.socket:
    try:
        listener = socket.create_server((HOST, port))
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (")[0].lower()
        raise UsageError(f"Cannot listen on {HOST} port {port}: {reason}; --port 0 takes a free one.") from None
    # asyncio does this only for sockets made with IPPROTO_TCP; without it every answer waits 40 ms for an ACK
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _end(desk: Desk) -> None:
    """Let what is under way end before its file is deleted."""
    job = desk.busy
    if job is not None:
        job.stop()
        job.stop()
        job.wait()


class _Server(uvicorn.Server):
    """Quiet uvicorn that tells when it is ready."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                loop="asyncio",
                ws="none",
                lifespan="off",
                log_level="critical",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()
