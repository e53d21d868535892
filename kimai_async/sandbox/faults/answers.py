"""What a client is answered when something goes wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from kimai_async.sandbox.entities.entity import body_of, taken
from kimai_async.sandbox.http.answers import ApiError, answer, save_error
from kimai_async.sandbox.http.auth import invalid_token
from kimai_async.sandbox.http.drops import Dropped, Truncated
from kimai_async.sandbox.storage.store import Row

if TYPE_CHECKING:
    from collections.abc import Collection

    from kimai_async.sandbox.faults.kinds import Kind, ListKind, StoringKind
    from kimai_async.sandbox.storage.state import Creation, Sandbox


def proxy_page(status: int, retry_after: int | None = None) -> Response:
    """A page as the proxy before Kimai makes it."""
    title = f"{status} {HTTPStatus(status).phrase}"
    page = f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<h1>{title}</h1>\r\n</body>\r\n</html>\r\n"
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Response(page, status, headers, media_type="text/html")


def after_storing(kind: StoringKind, stored: Response, retry_after: int) -> Response:
    """What becomes of the answer to a create that was stored."""
    match kind:
        case "store-then-drop":
            return Dropped()
        case "store-then-502":
            return proxy_page(502)
        case "store-then-503" | "store-then-429":
            return proxy_page(int(kind[-3:]), retry_after)
        case "truncated":
            return Truncated(stored)
    return proxy_page(200)


def instead_of_storing(kind: Kind, sandbox: Sandbox, creation: Creation, retry_after: int) -> Response:
    """The answer to a create that is not stored."""
    match kind:
        case "number-taken":
            number = creation.values.get("number") or "0002"
            return save_error({"number": [taken(sandbox.profile, number)]}).response()
        case "other-name" if creation.level == "timesheets":
            return answer(_another_entry(sandbox, creation))
        case "other-name":
            return answer(body_of(sandbox, creation.level, _another(sandbox, creation)))
        case "token-expired":
            return invalid_token().response()
        case "rights-withdrawn":
            return ApiError(403).response()
        case "drop-before":
            return Dropped()
    return failing(kind, retry_after)


def instead_of_list(kind: ListKind, retry_after: int) -> Response:
    """The answer to a list that fails."""
    return Dropped() if kind == "drop" else failing(kind, retry_after)


def failing(kind: str, retry_after: int) -> Response:
    """The answer of this status: Kimai's own for 500, a proxy's for others, of which 503 says when to come again."""
    if kind == "500":
        return ApiError(500).response()
    return proxy_page(int(kind), retry_after if kind == "503" else None)


def _another(sandbox: Sandbox, creation: Creation) -> Row:
    """A row of the same level under another name, made up if there is none."""
    name = creation.values["name"]
    made_up = Row(1, creation.parent, creation.values | {"name": f"Not {name}"})
    return next((row for row in sandbox.store.rows(creation.level) if row.name != name), made_up)


def _another_entry(sandbox: Sandbox, creation: Creation) -> dict[str, Any]:
    """What an answer needs of a time entry with another description, made up if there is none."""
    description = creation.values.get("description")
    for row in sandbox.store.entries.all():
        if row.description != description:
            times = {"begin": _utc(row.begin), "end": None if row.end is None else _utc(row.end)}
            return {name: getattr(row, name) for name in ("id", "user", "project", "activity", "description")} | times
    made_up = {"id": 1, "user": 1, "begin": _utc(0), "end": _utc(60), "description": f"Not {description}"}
    return {name: creation.values[name] for name in ("project", "activity")} | made_up


def _utc(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S}+0000"


def stored_id(response: Response) -> int:
    """The id of the row that the answer to a create shows."""
    shown: int = json.loads(bytes(response.body))["id"]
    return shown


def without(response: Response, ids: Collection[int]) -> Response:
    """A list without the rows of these ids."""
    return answer([row for row in json.loads(bytes(response.body)) if row["id"] not in ids])
