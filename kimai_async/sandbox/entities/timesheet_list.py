"""The list of timesheets, in pages (`cgetAction` in TimesheetController.php, BaseApiController.php)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kimai_async.sandbox.entities import queries
from kimai_async.sandbox.entities.timesheets import body
from kimai_async.sandbox.http.answers import ApiError, answer

if TYPE_CHECKING:
    from starlette.responses import Response

    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.storage.store import Row

_PAGE_SIZE, _LARGEST_PAGE = 50, 500
_PARAMS = {
    "user": r"\d+|all",
    **dict.fromkeys(("customer", "project", "activity", "page", "size"), queries.ID),
    **dict.fromkeys(("exported", "active", "billable"), queries.YES_NO),
    **dict.fromkeys(("begin", "end"), queries.TIME),
    "orderBy": "id|begin|end|rate",
    "order": "ASC|DESC",
}


async def collection(call: Call) -> Response:
    """GET /api/timesheets, in pages; the newest first."""
    given = queries.read(call.request.query_params, _PARAMS)
    rows = [row for row in call.store.rows("timesheets") if _wanted(call, row, given)]
    rows = _filtered(call, rows)
    by = given.get("orderBy", "begin")
    rows.sort(key=lambda row: (_sortable(row, by), row.id), reverse=given.get("order", "DESC") == "DESC")
    size, page = _size(call, given), max(int(given.get("page", 1)), 1)
    pages = max(-(-len(rows) // size), 1)
    if page > pages:
        raise ApiError(404)
    headers = {"X-Page": page, "X-Total-Count": len(rows), "X-Total-Pages": pages, "X-Per-Page": size}
    shown = [body(call, row, entity=False) for row in rows[(page - 1) * size : page * size]]
    return answer(shown, headers={name: str(value) for name, value in headers.items()})


def _wanted(call: Call, row: Row, given: dict[str, str]) -> bool:
    """The filters that are one value; `user` counts only for who may see others' entries."""
    asked = given.get("user") if call.user.is_teamlead else None
    if asked != "all" and row.fields["user"] != int(asked or call.user.id):
        return False
    running = row.fields["end"] is None
    flags = {"exported": row.fields["exported"], "billable": row.fields["billable"], "active": running}
    if any(name in given and bool(value) != (given[name] == "1") for name, value in flags.items()):
        return False
    begin: str = row.fields["begin"][:19]
    return given.get("begin", begin) <= begin <= given.get("end", begin)


def _filtered(call: Call, rows: list[Row]) -> list[Row]:
    """The filters that are lists of ids."""
    query = call.request.query_params
    wanted = {
        "customer": queries.existing(call, "customers", queries.ids(query, "customer", "customers")),
        "project": queries.existing(call, "projects", queries.ids(query, "project", "projects")),
        "activity": queries.existing(call, "activities", queries.ids(query, "activity", "activities")),
    }
    customer_of = {row.id: row.parent for row in call.store.rows("projects")}

    def matches(row: Row) -> bool:
        has = {**row.fields, "customer": customer_of[row.fields["project"]]}
        return all(not found or has[name] in found for name, found in wanted.items())

    return [row for row in rows if matches(row)]


def _size(call: Call, given: dict[str, str]) -> int:
    size = int(given.get("size", _PAGE_SIZE))
    if call.profile.page_size_limit and not call.profile.page_size_clamped and not 1 <= size <= _LARGEST_PAGE:
        raise ApiError(400)
    size = size if size >= 1 else _PAGE_SIZE
    return min(size, _LARGEST_PAGE) if call.profile.page_size_limit else size


def _sortable(row: Row, by: str) -> tuple[bool, Any]:
    value = row.id if by == "id" else row.fields[by]
    return (value is not None, "" if value is None else value)
