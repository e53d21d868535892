"""Serves the page, and nothing else, to this computer's browser, and to nobody else."""

from __future__ import annotations

import os
import threading
import webbrowser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import typer

from kimai_async.errors import UsageError
from kimai_async.explorer.page import load_page
from kimai_async.page.headers import HEADERS, NOTHING_ALLOWED
from kimai_async.settings import api_root

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kimai_async.text import Secrets

HOST = "127.0.0.1"


class PageServer(ThreadingHTTPServer):
    """Listens on 127.0.0.1 only; raises OSError if the port is taken."""

    daemon_threads = True
    # On Windows this option would let two programs listen on one port.
    allow_reuse_address = os.name == "posix"

    def __init__(self, port: int, url: str | None = None) -> None:
        self.page, self.policy = load_page(url)
        super().__init__((HOST, port), _Handler)
        self.url = f"http://{HOST}:{self.server_port}/"
        self.hosts = {f"{name}:{self.server_port}" for name in (HOST, "localhost")}

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a browser that hangs up is no event."""


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    timeout = 10
    server_version = "kimai-api"
    sys_version = ""

    def do_GET(self) -> None:
        """Give the page to who asks for it by this computer's own name."""
        if self.headers.get_all("Host") not in [[host] for host in self.server.hosts]:
            # Another name that leads here is a foreign site's (DNS rebinding).
            self._answer(421, b"This server answers as 127.0.0.1 only.\n")
        elif self.path == "/":
            page = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": self.server.policy}
            self._answer(200, self.server.page, page)
        elif self.path == "/favicon.ico":
            self._answer(204)
        else:
            self._answer(404, b"There is only one page here: /\n")

    def do_HEAD(self) -> None:
        """Answer as to GET, without the body."""
        self.do_GET()

    def __getattr__(self, name: str) -> Callable[[], None]:
        # Where the base class looks for do_POST and the like.
        if name.startswith("do_"):
            return lambda: self._answer(405, b"Only GET and HEAD.\n", {"Allow": "GET, HEAD"})
        raise AttributeError(name)

    def _answer(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        plain = {"Content-Type": "text/plain; charset=utf-8", "Content-Security-Policy": NOTHING_ALLOWED}
        for name, value in {**HEADERS, **plain, **(headers or {})}.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing: requests are no news to the person who makes them."""


def serve_page(url: str | None, port: int, secrets: Secrets, *, open_browser: bool) -> None:
    """Serve the page until Ctrl-C; raises UsageError for a bad URL or a port that is taken.

    With the extra `page` it has *Import* beside the calls, and its address holds a secret.
    """
    if url:
        api_root(url)
    try:
        from kimai_async.explorer.beside import serve_both  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        if error.name not in {"starlette", "uvicorn"}:
            raise
        serve_calls(url, port, open_browser=open_browser)
    else:
        serve_both(url, port, secrets, in_browser=open_browser)


def serve_calls(url: str | None, port: int, *, open_browser: bool) -> None:
    """Serve the page of the calls alone until Ctrl-C; raises UsageError if the port is taken."""
    try:
        server = PageServer(port, url)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"Cannot listen on {HOST} port {port}: {reason}; --port 0 takes a free one.") from None
    with server:
        typer.echo(f"The page is at {server.url} for this computer only. Stop it with Ctrl-C.", err=True)
        if open_browser:
            # A text browser would keep the thread that starts it.
            threading.Thread(target=webbrowser.open, args=(server.url,), daemon=True).start()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            typer.echo("Stopped.", err=True)
