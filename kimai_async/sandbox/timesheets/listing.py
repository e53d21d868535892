"""Lists of time entries (`cgetAction` in TimesheetController.php, TimesheetRepository.php)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, cast

from kimai_async.sandbox import php_dates
from kimai_async.sandbox.entities import queries
from kimai_async.sandbox.entities.search import matcher
from kimai_async.sandbox.http.answers import ApiError, answer
from kimai_async.sandbox.people.tags import named
from kimai_async.sandbox.storage.entries import Sorting, Wanted
from kimai_async.sandbox.timesheets import access
from kimai_async.sandbox.timesheets.bodies import body

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.responses import Response

    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.storage.entries import Entry

_PAGE_SIZE, _LARGEST_PAGE = 50, 500
_FEW, _INDEXED = 3, 1_000
"""So many rows MariaDB was seen to read in the order of an index: a short list, and the first pages of a long one. What
it sorts has its ties in another order, so pages of a long list overlap."""
_PARAMS = {
    "user": r"\d+|all",
    **dict.fromkeys(("customer", "project", "activity", "page", "size"), queries.ID),
    **dict.fromkeys(("exported", "active", "billable"), queries.YES_NO),
    **dict.fromkeys(("begin", "end", "modified_after"), queries.TIME),
    "orderBy": "id|begin|end|rate",
    "order": "ASC|DESC",
    "full": "0|1|true|false",
    "term": ".*",
}


async def collection(call: Call) -> Response:
    """GET /api/timesheets, in pages; the newest first."""
    given = queries.read(call.request.query_params, _PARAMS)
    for name in ("users", "customers", "projects", "activities", "tags"):
        if name in call.request.query_params:
            raise ApiError(400)  # a list that is none
    wanted = _wanted(call, given)
    total, found = _page(call, wanted, given)
    size, page = _size(call, given), _number(given)
    pages = max(-(-total // size), 1)
    if page > pages:
        raise ApiError(404)
    headers = {"X-Page": page, "X-Total-Count": total, "X-Total-Pages": pages, "X-Per-Page": size}
    expanded = given.get("full") in {"1", "true"}
    return answer(_bodies(call, found, expanded=expanded), headers={name: str(each) for name, each in headers.items()})


async def active(call: Call) -> Response:
    """GET /api/timesheets/active: what the caller has running, the newest first."""
    return answer(_bodies(call, call.store.entries.running(call.user.id)[::-1], expanded=True))


async def recent(call: Call) -> Response:
    """GET /api/timesheets/recent: the last entry of each project and activity of the caller."""
    given = queries.read(call.request.query_params, {"begin": queries.TIME, "size": queries.ID})
    since = _instant(call, given.get("begin"), call.user.timezone)
    found = call.store.entries.newest_of_each(call.user.id, since, int(given.get("size") or 10))
    hidden = _hidden(call)
    seen = [each for each in found if each.project not in hidden[0] and each.activity not in hidden[1]]
    return answer(_bodies(call, seen, expanded=True))


def _bodies(call: Call, found: Collection[Entry], *, expanded: bool) -> list[dict[str, Any]]:
    return [body(call, entry, "list", expanded=expanded) for entry in found]


def _page(call: Call, wanted: Wanted, given: dict[str, str]) -> tuple[int, list[Entry]]:
    """How many entries there are, and those of the page."""
    size, entries = _size(call, given), call.store.entries
    start = (_number(given) - 1) * size
    if given.get("term"):
        matches = matcher("timesheets", given["term"], call.profile)
        found = [
            each
            for each in entries.find(wanted, _sorting(call, given, 0, 0))
            if matches({"description": each.description})
        ]
        return len(found), found[start : start + size]
    total = entries.count(wanted)
    return total, entries.find(wanted, _sorting(call, given, total, start + size), start, size)


def _sorting(call: Call, given: dict[str, str], total: int, read: int) -> Sorting:
    """Before 2.63 ties had no order: they came as the database happened to read them."""
    by = cast('Literal["id", "begin", "end", "rate"]', given.get("orderBy") or "begin")
    descending = (given.get("order") or "DESC") == "DESC"
    indexed = total <= _FEW or (read < total and read <= _INDEXED)
    return Sorting(by, descending, descending if call.profile.ties_by_id or indexed else False)


def _wanted(call: Call, given: dict[str, str]) -> Wanted:
    utc = call.profile.modified_after_utc
    wanted = Wanted(
        users=_users(call, given),
        begin=_instant(call, given.get("begin"), call.user.timezone),
        end=_instant(call, given.get("end"), call.user.timezone),
        modified_after=_instant(call, given.get("modified_after"), "UTC" if utc else call.user.timezone),
        exported=_flag(given.get("exported")),
        billable=_flag(given.get("billable")),
        running=_flag(given.get("active")),
        tags=_tags(call),
    )
    return _booked_on(call, wanted)


def _users(call: Call, given: dict[str, str]) -> Collection[int]:
    """`user` and `users[]` count only for who may see others' entries; nobody found means oneself, nobody at all
    everybody for who sees all data."""
    if not call.granted("view_other_timesheet"):
        return {call.user.id}
    if given.get("user") == "all":
        if call.user.sees_all_data:
            return ()
        led = [team for team in call.people.teams() if team.id in call.led_teams]
        return {call.user.id}.union(*(team.members for team in led))
    query = call.request.query_params
    asked = [each for each in queries.ids(query, "user", "users") if call.people.user(each) is not None]
    if call.profile.strict_users and not all(access.may_see_user(call, each) for each in asked):
        raise ApiError(403)
    return asked or {call.user.id}


def _booked_on(call: Call, wanted: Wanted) -> Wanted:
    query = call.request.query_params
    customers = queries.existing(call, "customers", queries.ids(query, "customer", "customers"))
    projects = queries.existing(call, "projects", queries.ids(query, "project", "projects"))
    activities = queries.existing(call, "activities", queries.ids(query, "activity", "activities"))
    if projects and not call.profile.unknown_filter_ignored:
        customers = {}
    but_projects, but_activities = _hidden(call)
    return replace(
        wanted,
        customers=list(customers),
        projects=list(projects),
        activities=list(activities),
        but_projects=but_projects,
        but_activities=but_activities,
    )


def _hidden(call: Call) -> tuple[set[int], set[int]]:
    """The projects and activities that belong to teams of others (`addPermissionCriteria`)."""
    if call.user.sees_all_data or not call.people.teams():
        return set(), set()
    projects = {row.id for row in call.store.rows("projects") if not call.sees("projects", row)}
    if not call.profile.entries_of_teams:
        return projects, set()
    return projects, {row.id for row in call.store.rows("activities") if not call.sees("activities", row)}


def _tags(call: Call) -> list[int]:
    """The tags by name, of those that are visible; no known one filters nothing, in newer versions it is a 400."""
    names = queries.texts(call.request.query_params, "tags")
    found = [row for name in names if (row := named(call.store, name)) is not None and row.visible]
    if names and not found and call.profile.unknown_tags_refused:
        raise ApiError(400)
    return [row.id for row in found]


def _instant(call: Call, text: str | None, zone: str) -> int | None:
    return php_dates.parse(text, zone, call.now) if text else None


def _flag(text: str | None) -> bool | None:
    return text == "1" if text else None


def _number(given: dict[str, str]) -> int:
    return max(int(given.get("page") or 1), 1)


def _size(call: Call, given: dict[str, str]) -> int:
    size = int(given.get("size") or _PAGE_SIZE)
    if call.profile.page_size_limit and not call.profile.page_size_clamped and not 1 <= size <= _LARGEST_PAGE:
        raise ApiError(400)
    size = size if size >= 1 else _PAGE_SIZE
    return min(size, _LARGEST_PAGE) if call.profile.page_size_limit else size
