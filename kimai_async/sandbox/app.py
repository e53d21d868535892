"""The application: which path answers what, and in which order a request is checked."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

import anyio
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match, Route

from kimai_async.sandbox.entities import entity as entities
from kimai_async.sandbox.entities import lists, meta, status, teams, timesheet_list, timesheets
from kimai_async.sandbox.http.answers import ApiError
from kimai_async.sandbox.http.auth import Logins
from kimai_async.sandbox.http.call import Call
from kimai_async.sandbox.http.cors import Cors
from kimai_async.sandbox.profile import Profile, profile_of
from kimai_async.sandbox.storage.state import Sandbox
from kimai_async.sandbox.storage.store import Level, Store

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

    from kimai_async.sandbox.faults.injector import Faults
    from kimai_async.sandbox.storage.setup import Setup

Handler = Callable[[Call], Awaitable[Response]]

LISTS: dict[Level, Handler] = {
    "customers": lists.customers,
    "projects": lists.projects,
    "activities": lists.activities,
}


def build(
    version: str,
    setup: Setup,
    *,
    database: str | Path,
    latency: float,
    workers: int | None,
    record: bool,
    faults: Faults | None,
) -> Starlette:
    """Make the app; see `kimai_async.sandbox.create_app`."""
    profile = profile_of(version)
    sandbox = Sandbox(profile, Store(database), setup=setup, latency=latency, record=record)
    if faults is not None:
        faults.attach(sandbox)
    logins = Logins(profile)
    paths = {path: _Resource(sandbox, logins, methods) for path, methods in _paths(profile).items()}
    routes = [Route(path, resource) for path, resource in paths.items()]
    middleware = [Middleware(_Workers, workers=workers), Middleware(Cors, profile=profile)]
    app = Starlette(routes=routes, middleware=middleware, exception_handlers={404: _not_found})
    app.router.redirect_slashes = False
    app.state.sandbox = sandbox
    return app


def _paths(profile: Profile) -> dict[str, dict[str, Handler]]:
    paths: dict[str, dict[str, Handler]] = {
        "/api/ping": {"GET": status.ping},
        "/api/version": {"GET": status.version},
        "/api/plugins": {"GET": status.plugins},
        "/api/tags": {"GET": status.tags},
        "/api/config/timesheet": {"GET": status.config_timesheet},
        "/api/teams": {"GET": teams.collection},
        "/api/users/me": {"GET": status.users_me},
        "/api/timesheets": {"GET": timesheet_list.collection, "POST": timesheets.create},
    }
    if profile.config_colors:
        paths["/api/config/colors"] = {"GET": status.config_colors}
    for level, collection in LISTS.items():
        one: dict[str, Handler] = {
            "GET": partial(entities.show, level=level),
            "PATCH": partial(entities.change, level=level),
        }
        if profile.delete:
            one["DELETE"] = partial(entities.remove, level=level)
        paths[f"/api/{level}"] = {"GET": collection, "POST": partial(entities.create, level=level)}
        paths[f"/api/{level}/{{id:int}}"] = one
        paths[f"/api/{level}/{{id:int}}/meta"] = {"PATCH": partial(meta.set_meta, level=level)}
    return paths


class _Resource:
    """One path: its methods, behind the login."""

    def __init__(self, sandbox: Sandbox, logins: Logins, methods: dict[str, Handler]) -> None:
        self._sandbox = sandbox
        self._logins = logins
        self._methods = methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ApiError as error:
            response = error.response()
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        body = await request.body()
        self._sandbox.log(request.method, request.url.path, body)
        handler = self._methods.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            raise ApiError(405, headers={"Allow": ", ".join(self._methods)})
        call = Call(self._sandbox, self._logins.user(request), request, body)
        return await self._sandbox.handle(request, partial(handler, call))


async def _not_found(request: Request, _: Exception) -> Response:
    sandbox: Sandbox = request.app.state.sandbox
    sandbox.log(request.method, request.url.path, await request.body())
    bare = re.sub("/+$", "", request.url.path)
    scope = {**request.scope, "path": bare}
    routes = request.app.router.routes
    if request.method == "GET" and any(route.matches(scope)[0] is Match.FULL for route in routes):
        return RedirectResponse(request.url.replace(path=bare), 301)
    return ApiError(404).response()


class _Workers:
    """Handles at most so many requests at once, as php-fpm with its fixed pool does."""

    def __init__(self, app: ASGIApp, workers: int | None) -> None:
        self._app = app
        self._workers = workers
        self._limiter: anyio.CapacityLimiter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._workers or scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Made here because a limiter belongs to the event loop that is running.
        self._limiter = self._limiter or anyio.CapacityLimiter(self._workers)
        async with self._limiter:
            await self._app(scope, receive, send)
