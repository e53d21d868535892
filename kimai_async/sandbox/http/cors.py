"""Cross-origin requests as Kimai allows them (nelmio_cors.yaml, NelmioCorsBundle's CorsListener)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from kimai_async.sandbox.profile import Profile

_METHODS = ("GET", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
_ALWAYS_ALLOWED = {"accept", "accept-language", "content-language", "origin"}
_PAGES = "X-Page, X-Total-Count, X-Total-Pages, X-Per-Page"


class Cors:
    """Answers preflights before anything else looks at them, and names the origin on every other answer."""

    def __init__(self, app: ASGIApp, profile: Profile) -> None:
        self._app = app
        self._headers = ["content-type", "x-auth-user", "x-auth-token"]
        if profile.cors_authorization:
            self._headers.insert(1, "authorization")
        self._expose = _PAGES if profile.cors_expose_pages else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope) if scope["type"] == "http" else None
        origin = request.headers.get("origin") if request else None
        if request is None or origin is None or not request.url.path.startswith("/api/"):
            await self._app(scope, receive, send)
        elif request.method == "OPTIONS" and "access-control-request-method" in request.headers:
            await self._preflight(request, origin)(scope, receive, send)
        else:
            await self._app(scope, receive, self._named(origin, send))

    def _preflight(self, request: Request, origin: str) -> Response:
        headers = {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": ", ".join(_METHODS),
            "Access-Control-Allow-Headers": ", ".join(self._headers),
            "Access-Control-Max-Age": "3600",
            "Vary": "Origin",
        }
        if request.headers["access-control-request-method"].upper() not in _METHODS:
            return Response(status_code=405, headers=headers)
        asked = request.headers.get("access-control-request-headers", "").lower().split(",")
        for name in filter(None, map(str.strip, asked)):
            if name not in _ALWAYS_ALLOWED and name not in self._headers:
                return Response(f"Unauthorized header {name}", 400, headers)
        return Response(headers=headers)

    def _named(self, origin: str, send: Send) -> Send:
        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Access-Control-Allow-Origin"] = origin
                if self._expose:
                    headers["Access-Control-Expose-Headers"] = self._expose
            await send(message)

        return named
