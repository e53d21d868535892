"""The page's addresses: what may be asked of the desk, and how it is answered."""

from __future__ import annotations

import json
import re
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import anyio
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from kimai_async.csvfile.special import fitting_name
from kimai_async.errors import KimaiImportError, UsageError, as_error
from kimai_async.kimai.ability import ability
from kimai_async.kimai.connection import Connection
from kimai_async.page.branches import FILTERS
from kimai_async.page.desk import BusyError, Upload
from kimai_async.page.form import FILES
from kimai_async.page.headers import load_html, policy
from kimai_async.page.look import targets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from starlette.requests import Request

    from kimai_async.page.desk import Desk
    from kimai_async.page.job import Explain
    from kimai_async.settings import Access

    Handler = Callable[[Request], Awaitable[Response]]

TICK = 0.25
"""Seconds between two looks for news: a browser gets four messages a second at most."""

BEAT = 40
"""Ticks without news after which a message without content shows that the server is there."""

MOST_JSON = 1 << 20
"""Bytes of a question."""

NAME = 255
"""Characters that are kept of a file's name."""


def create_app(desk: Desk, explain: Explain) -> Starlette:
    """Return the app that shows a desk; it must stand behind a `Guard`. *explain* makes a sentence of an error."""
    page = _Page(desk)
    routes = [
        Route("/", page.page),
        Route("/setup", page.setup),
        Route("/events", page.events),
        Route("/rows", _told(page.rows, explain)),
        Route("/refused", _told(page.refused, explain)),
        Route("/rejects", _told(page.rejects, explain)),
        Route("/record", _told(page.record, explain)),
        *(
            Route(f"/{name}", _told(getattr(page, name), explain), methods=["POST"])
            for name in ("server", "leave", "upload", "table", "close", "options", "column", "plan", "run", "stop")
        ),
    ]
    return Starlette(routes=routes)


def _told(handler: Handler, explain: Explain) -> Handler:
    """Answer with a sentence where *handler* raises."""

    async def telling(request: Request) -> Response:
        try:
            return await handler(request)
        except ClientDisconnect:
            return Response()
        except BusyError as error:
            return _error(error, explain, HTTPStatus.CONFLICT)
        except Exception as error:  # noqa: BLE001 - whatever happens, the page says it
            return _error(as_error(error), explain, HTTPStatus.BAD_REQUEST)

    return telling


def _error(error: KimaiImportError, explain: Explain, status: HTTPStatus) -> Response:
    return JSONResponse({"error": explain(error)}, status)


def _done() -> Response:
    return JSONResponse({})


async def _asked(request: Request) -> dict[str, Any]:
    """Return the JSON object that was sent; raises UsageError."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise UsageError("This takes JSON.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_JSON:
            raise UsageError("This is more than a form can hold.")
    try:
        asked = json.loads(body)
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        raise UsageError("This takes a JSON object.")
    return asked


def _count(request: Request, name: str) -> int:
    value = request.query_params.get(name, "")
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise UsageError(f"{name} is no number.")
    return int(value)


async def who_is(access: Access) -> dict[str, Any]:
    """Ask a Kimai which it is, who the token belongs to and what it may create; raises KimaiImportError."""

    async def wait(seconds: float, _: str) -> None:
        await anyio.sleep(seconds)

    async with Connection(access, lanes=1, wait=wait) as connection:
        version = connection.json(await connection.get("version"))
        found = await ability(connection, access, version)
        return {"version": str(version["version"]), "user": found["user"], "mayCreate": found["may_create"]}


class _Page:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        html = load_html("kimai_async.page")
        self._html = HTMLResponse(html, headers={"Content-Security-Policy": policy(html, "'self'")})

    async def page(self, _: Request) -> Response:
        return self._html

    async def setup(self, _: Request) -> Response:
        """Return what does not change: the options and what a column may be."""
        return JSONResponse(
            {"fields": self._desk.form.plain(), "targets": list(targets(timesheets=True)), "filters": list(FILTERS)}
        )

    async def events(self, _: Request) -> Response:
        return StreamingResponse(self._news(), media_type="text/event-stream")

    async def _news(self) -> AsyncIterator[str]:
        sent, quiet = "", 0
        while not self._desk.closing:
            state = json.dumps(self._desk.plain())
            quiet = 0 if state != sent else quiet + 1
            if not quiet:
                yield f"data: {state}\n\n"
            elif quiet % BEAT == 0:
                yield ": here\n\n"
            sent = state
            await anyio.sleep(TICK)

    async def server(self, request: Request) -> Response:
        access = self._desk.find_access(await _asked(request))
        self._desk.sign_in(access, await who_is(access))
        return _done()

    async def leave(self, request: Request) -> Response:
        await _asked(request)
        self._desk.sign_out()
        return _done()

    async def upload(self, request: Request) -> Response:
        number, path = self._desk.new_path()
        size = await _save(request, path)
        name = _clean(request.query_params.get("name", ""))
        await run_sync(self._desk.take, Upload(number, path, name, size))
        await run_sync(self._desk.look)
        return _done()

    async def table(self, request: Request) -> Response:
        """Take the file of an option."""
        option = request.query_params.get("option", "")
        if option not in FILES:
            raise UsageError("There is no such option.")
        number, path = self._desk.new_path()
        path = path.with_name(fitting_name(f"{number}-{option}", ".csv"))
        await _save(request, path)
        self._desk.take_table(option, path)
        return _done()

    async def close(self, request: Request) -> Response:
        await _asked(request)
        self._desk.put_away()
        return _done()

    async def options(self, request: Request) -> Response:
        self._desk.choose(await _asked(request))
        if self._desk.upload is not None:
            await run_sync(self._desk.look)
        return _done()

    async def column(self, request: Request) -> Response:
        asked = await _asked(request)
        index, target = asked.get("index"), asked.get("target")
        if not isinstance(index, int) or not (target is None or isinstance(target, str)):
            raise UsageError("This takes a column and what it is.")
        self._desk.set_column(index, target)
        await run_sync(self._desk.look)
        return _done()

    async def plan(self, request: Request) -> Response:
        await _asked(request)
        self._desk.plan()
        return _done()

    async def run(self, request: Request) -> Response:
        plan = (await _asked(request)).get("plan")
        self._desk.run(plan if isinstance(plan, int) else -1)
        return _done()

    async def stop(self, request: Request) -> Response:
        await _asked(request)
        self._desk.stop()
        return _done()

    async def rows(self, request: Request) -> Response:
        """Return rows of a tree: `at` is `3.14`, the positions from the top down."""
        at = request.query_params.get("at", "")
        show = request.query_params.get("show", "")
        if not re.fullmatch(r"(\d{1,9}(\.\d{1,9})*)?", at, re.ASCII) or show not in FILTERS:
            raise UsageError("There is no such row.")
        job = self._desk.job(_count(request, "job"))
        positions = [int(part) for part in at.split(".")] if at else []
        find = partial(job.rows, positions, _count(request, "first"), _count(request, "count"), show)
        try:
            return JSONResponse(await run_sync(find))
        except LookupError:
            raise UsageError("There is no such row.") from None

    async def refused(self, request: Request) -> Response:
        job = self._desk.job(_count(request, "job"))
        return JSONResponse({"rows": job.refused(_count(request, "first"), min(_count(request, "count"), 500))})

    async def rejects(self, request: Request) -> Response:
        return self._download(self._desk.job(_count(request, "job")).rejects, "rejects.csv")

    async def record(self, request: Request) -> Response:
        return self._download(self._desk.job(_count(request, "job")).record, "record.jsonl")

    def _download(self, path: Path | None, ending: str) -> Response:
        upload = self._desk.upload
        if path is None or upload is None:
            raise BusyError("This is no longer there.")
        stem = re.sub(r"(\.rejects(-\d+)?)?(\.[^.]{1,5})?$", "", upload.name)
        return FileResponse(path, media_type="application/octet-stream", filename=f"{stem}.{ending}")


async def _save(request: Request, path: Path) -> int:
    """Write what is sent to a new file, for this user only; return its size. Raises UsageError if there is no room."""
    size = 0
    try:
        async with await anyio.open_file(path, "xb") as file:
            async for chunk in request.stream():
                await file.write(chunk)
                size += len(chunk)
    except OSError as error:
        await run_sync(partial(path.unlink, missing_ok=True))
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"The file cannot be kept in the temporary folder: {reason}.") from None
    except BaseException:
        path.unlink(missing_ok=True)  # noqa: ASYNC240 - also when it is cancelled, and no longer than a moment
        raise
    return size


def _clean(name: str) -> str:
    """Return a file's name without folders and what no file's name can hold."""
    last = re.split(r"[/\\]", name)[-1].replace("\0", "")
    return last[:NAME] or "file.csv"
