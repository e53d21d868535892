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
from kimai_async.sandbox.entities import lists, meta, status
from kimai_async.sandbox.http.answers import ApiError
from kimai_async.sandbox.http.auth import Logins
from kimai_async.sandbox.http.call import Call
from kimai_async.sandbox.http.cors import Cors
from kimai_async.sandbox.people import rates, tags, teams, users
from kimai_async.sandbox.profile import Profile, profile_of
from kimai_async.sandbox.storage.state import Sandbox
from kimai_async.sandbox.storage.store import Level, Store
from kimai_async.sandbox.timesheets import actions, listing

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

    from kimai_async.sandbox.configuration import Configuration
    from kimai_async.sandbox.faults.injector import Faults
    from kimai_async.sandbox.storage.clock import Clock
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
    scan_cost: float,
    workers: int | None,
    record: bool,
    faults: Faults | None,
    configuration: Configuration,
    clock: Clock,
) -> Starlette:
    """Make the app; see `kimai_async.sandbox.create_app`."""
    profile = profile_of(version)
    sandbox = Sandbox(
        profile,
        Store(database),
        setup=setup,
        configuration=configuration,
        clock=clock,
        latency=latency,
        scan_cost=scan_cost,
        record=record,
    )
    if faults is not None:
        faults.attach(sandbox)
    logins = Logins(profile, sandbox.people)
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
        "/api/config/timesheet": {"GET": status.config_timesheet},
    }
    paths |= _people_paths() | _team_paths() | _timesheet_paths()
    if profile.find_tags:
        paths["/api/tags/find"] = {"GET": tags.find}
    paths["/api/tags/{id}"] = {"DELETE": tags.remove}
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
        if profile.default_team_gone:
            paths[f"/api/{level}/{{id:int}}/team"] = {"POST": teams.default_team}
        own: dict[str, Handler] = {
            "GET": partial(rates.collection, level=level),
            "POST": partial(rates.create, level=level),
        }
        paths[f"/api/{level}/{{id:int}}/rates"] = own
        paths[f"/api/{level}/{{id:int}}/rates/{{rate:int}}"] = {"DELETE": partial(rates.remove, level=level)}
    return paths


def _people_paths() -> dict[str, dict[str, Handler]]:
    return {
        "/api/tags": {"GET": tags.names, "POST": tags.create},
        "/api/users": {"GET": users.collection, "POST": users.create},
        "/api/users/me": {"GET": users.me},
        "/api/users/{id:int}": {"GET": users.show, "PATCH": users.change},
    }


def _team_paths() -> dict[str, dict[str, Handler]]:
    one: dict[str, Handler] = {"GET": teams.show, "PATCH": teams.change, "DELETE": teams.remove}
    paths: dict[str, dict[str, Handler]] = {
        "/api/teams": {"GET": teams.collection, "POST": teams.create},
        "/api/teams/{id:int}": one,
        "/api/teams/{id:int}/members/{other:int}": {"POST": teams.add_member, "DELETE": teams.remove_member},
    }
    for level in LISTS:
        given: dict[str, Handler] = {
            "POST": partial(teams.give, level=level),
            "DELETE": partial(teams.take, level=level),
        }
        paths[f"/api/teams/{{id:int}}/{level}/{{other:int}}"] = given
    return paths


def _timesheet_paths() -> dict[str, dict[str, Handler]]:
    one: dict[str, Handler] = {"GET": actions.show, "PATCH": actions.change, "DELETE": actions.remove}
    changes: dict[str, Handler] = {
        "stop": actions.stop,
        "restart": actions.restart,
        "duplicate": actions.duplicate,
        "export": actions.export,
        "meta": actions.set_meta,
    }
    paths: dict[str, dict[str, Handler]] = {
        "/api/timesheets": {"GET": listing.collection, "POST": actions.create},
        "/api/timesheets/active": {"GET": listing.active},
        "/api/timesheets/recent": {"GET": listing.recent},
        "/api/timesheets/{id:int}": one,
    }
    return paths | {f"/api/timesheets/{{id:int}}/{name}": {"PATCH": does} for name, does in changes.items()}


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
