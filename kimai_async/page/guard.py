"""Lets in only what this computer's browser asks for from the page itself."""

from __future__ import annotations

from hmac import compare_digest
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response

from kimai_async.page.headers import HEADERS, NOTHING_ALLOWED

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = ("GET", "HEAD", "POST")
_OURS = {"same-origin", "none"}
"""What `Sec-Fetch-Site` says of the page's own requests, and of an address that a person opens."""


class Guard:
    """Answers in place of *app* whatever does not carry the run's *secret* as the first part of its path.

    Nor does it let in what was not asked of *host* (`127.0.0.1:8020`, or `localhost` with that port), for another name
    that leads here is a foreign site's (DNS rebinding); what another origin asks for, or a navigation from there; and a
    POST that does not say its origin. No answer allows another origin anything (no CORS).
    """

    def __init__(self, app: ASGIApp, secret: str, host: str) -> None:
        self._app = app
        self._secret = secret.encode()
        self._hosts = {host, f"localhost:{host.rpartition(':')[2]}"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the app answer."""
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, _dressed(send))
            return
        path = "/" + scope["path"].split("/", 2)[2]
        await self._app({**scope, "path": path, "raw_path": path.encode()}, receive, _dressed(send))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if len(headers.getlist("host")) != 1 or headers["host"] not in self._hosts:
            return _say(HTTPStatus.MISDIRECTED_REQUEST, "This server answers as 127.0.0.1 only.")
        if scope["path"] == "/favicon.ico":
            return Response(status_code=HTTPStatus.NO_CONTENT)
        parts = scope["path"].split("/", 2)
        if len(parts) < 3 or not compare_digest(parts[1].encode(errors="replace"), self._secret):
            return _say(HTTPStatus.NOT_FOUND, "The address of the page is in the terminal that serves it.")
        if scope["method"] not in METHODS:
            return _say(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET, HEAD and POST.", Allow=", ".join(METHODS))
        if not self._is_own(scope["method"], headers):
            return _say(HTTPStatus.FORBIDDEN, "Only the page itself may ask for this.")
        return None

    def _is_own(self, method: str, headers: Headers) -> bool:
        origins = headers.getlist("origin")
        if any(origin != f"http://{headers['host']}" for origin in origins):
            return False
        if not set(headers.getlist("sec-fetch-site")) <= _OURS:
            return False
        return method != "POST" or len(origins) == 1


def _say(status: HTTPStatus, sentence: str, **headers: str) -> Response:
    return PlainTextResponse(f"{sentence}\n", status, headers)


def _dressed(send: Send) -> Send:
    """Give every answer the headers that keep it to itself."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in {"Content-Security-Policy": NOTHING_ALLOWED, **HEADERS}.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
