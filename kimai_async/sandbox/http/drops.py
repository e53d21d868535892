"""Answers that never come, or not to their end: the connection is closed instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

EXTENSION = "kimai_async.drop"
"""Where a server puts what closes a request's connection, in the scope's `extensions`: `await drop()`."""


class ConnectionDropped(Exception):  # noqa: N818 - it is what was asked for
    """Raised through an app whose server cannot close connections; `answering`: a part of the answer was sent."""

    def __init__(self, *, answering: bool) -> None:
        super().__init__("the connection is closed")
        self.answering = answering


class Dropped(Response):
    """No answer at all."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as Response has it
        """Close the connection."""
        await _drop(scope, answering=False)


class Truncated(Response):
    """The first half of another answer, whose `Content-Length` promises all of it."""

    def __init__(self, whole: Response) -> None:
        super().__init__(whole.body, whole.status_code)
        self.raw_headers = whole.raw_headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as Response has it
        """Send the half, then close the connection."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await _drop(scope, answering=True)


async def _drop(scope: Scope, *, answering: bool) -> None:
    drop = scope.get("extensions", {}).get(EXTENSION)
    if drop is None:
        raise ConnectionDropped(answering=answering)
    await drop()
