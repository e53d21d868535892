"""Whole imports for the tests: run one into a sandbox, look at what it made there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import httpx

from kimai_async import Event, Kind, Level, LevelFinished, Report, Settings, Stop, import_csv
from kimai_async.tree.nodes import LEVELS

if TYPE_CHECKING:
    from kimai_async.sandbox.serve import Serving


def run(
    source: Any, server: Serving, *, listeners: Any = (), old: bool = False, stop_at_end: bool = False, **settings: Any
) -> Report:
    who = {"user": server.user, "token": server.api_password} if old else {"token": server.token}
    options = Settings(**{"url": server.url, **who, **settings})

    async def go() -> Report:
        stop = Stop()
        told = [*listeners, lambda event: stop.soon() if stop_at_end and at_end(event) else None]
        return await import_csv(source, options, listeners=told, stop=stop)

    return anyio.run(go)


def at_end(event: Event) -> bool:
    return isinstance(event, LevelFinished) and event.level is Level.ACTIVITY


def counts(report: Report, kind: Kind) -> list[int]:
    return [report.counts[kind][level] for level in LEVELS]


def named_posts(server: Serving) -> list[Any]:
    return [
        request for request in server.sandbox.requests if request.method == "POST" and "name" in (request.json or {})
    ]


def get(server: Serving, path: str) -> Any:
    return httpx.get(f"{server.url}/api/{path}", headers={"Authorization": f"Bearer {server.token}"}).json()


def patches(server: Serving) -> list[tuple[str, Any]]:
    """Every PATCH that the server got: what of, and what is to change."""
    return [
        (request.path.removeprefix("/api/"), request.json)
        for request in server.sandbox.requests
        if request.method == "PATCH"
    ]


def post(server: Serving, path: str, **body: Any) -> Any:
    response = httpx.post(
        f"{server.url}/api/{path}", json={"visible": True, **body}, headers={"Authorization": f"Bearer {server.token}"}
    )
    assert response.status_code == 200
    return response.json()
