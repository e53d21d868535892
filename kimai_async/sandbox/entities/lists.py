"""The lists of customers, projects and activities: what they hide, how they sort
(`cgetAction` in the controllers, `getQueryBuilderForQuery` in the repositories)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kimai_async.sandbox import php_dates
from kimai_async.sandbox.entities import bodies, queries
from kimai_async.sandbox.entities.search import matcher
from kimai_async.sandbox.http.answers import answer
from kimai_async.sandbox.storage.collation import sort_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.storage.store import Level, Row

_EVERYTHING = "3"


@dataclass
class _Listing:
    """A list being made: the rows that are left, and the rows above by id."""

    call: Call
    level: Level
    given: dict[str, str]
    above: dict[int, Row] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)

    def keep(self, wanted: Callable[[Row], bool]) -> None:
        self.rows = [row for row in self.rows if wanted(row)]

    def parent(self, row: Row) -> Row | None:
        return None if row.parent is None else self.above[row.parent]


async def customers(call: Call) -> Response:
    """GET /api/customers."""
    details = {"full": queries.YES_NO} if call.profile.customer_details else {}
    listing = _listing(call, "customers", {"orderBy": "id|name"} | details)
    if listing.given["visible"] != _EVERYTHING:
        listing.keep(lambda row: row.visible == (listing.given["visible"] == "1"))
    full = listing.given.get("full") == "1" and call.may("details", "customers")
    return _answer(listing, "full list" if full else "list")


async def projects(call: Call) -> Response:
    """GET /api/projects."""
    dates = {"start": queries.DAY_OR_TIME, "end": queries.DAY_OR_TIME, "ignoreDates": "1"}
    flags = {"customer": queries.ID, "globalActivities": queries.YES_NO, "orderBy": "id|name|customer"}
    listing = _listing(call, "projects", dates | flags)
    wanted = queries.existing(call, "customers", queries.ids(call.request.query_params, "customer", "customers"))
    if wanted:
        listing.keep(lambda row: row.parent in wanted)
    if listing.given["visible"] != _EVERYTHING:
        visible = listing.given["visible"] == "1"
        listing.keep(lambda row: row.visible == visible and listing.above[row.parent or 0].visible)
    if "globalActivities" in listing.given:
        listing.keep(lambda row: row.fields["globalActivities"] == (listing.given["globalActivities"] == "1"))
    if "ignoreDates" not in listing.given:
        today = php_dates.local(call.now, call.user.timezone).date().isoformat()
        listing.keep(_running_on(listing.given, today))
    return _answer(listing, "list")


async def activities(call: Call) -> Response:
    """GET /api/activities."""
    globals_allowed = "0|1|true|false" if call.profile.strict_globals else ".*"
    params = {"project": queries.ID, "globals": globals_allowed, "orderBy": "id|name|project"}
    listing = _listing(call, "activities", params)
    wanted = queries.existing(call, "projects", queries.ids(call.request.query_params, "project", "projects"))
    only_globals = _only_globals(listing)
    if listing.given["visible"] != _EVERYTHING:
        shown = {customer.id for customer in call.store.rows("customers") if customer.visible}
        visible = listing.given["visible"] == "1"
        listing.keep(lambda row: row.visible == visible and _parents_visible(listing.parent(row), shown))
    if only_globals:
        listing.keep(lambda row: row.parent is None)
    elif wanted:
        with_globals = len(wanted) > 1 or all(row.fields["globalActivities"] for row in wanted.values())
        listing.keep(lambda row: with_globals if row.parent is None else row.parent in wanted)
    return _answer(listing, "list")


def _listing(call: Call, level: Level, params: dict[str, str]) -> _Listing:
    common = {"visible": "[123]", "order": "ASC|DESC", "term": ".*"}
    given = {"visible": "1"} | queries.read(call.request.query_params, common | params)
    above: list[Row] = []
    if level != "customers":
        above = call.store.rows("customers" if level == "projects" else "projects")
    listing = _Listing(call, level, given, {row.id: row for row in above}, call.store.rows(level))
    listing.keep(lambda row: call.sees(level, row))
    if given.get("term"):
        matches = matcher(level, given["term"], call.profile)
        listing.keep(lambda row: matches(row.fields))
    return listing


def _running_on(given: dict[str, str], today: str) -> Callable[[Row], bool]:
    asked = [given[name][:10] for name in ("start", "end") if name in given] or [today]

    def running(row: Row) -> bool:
        start, end = row.fields.get("start"), row.fields.get("end")
        return all((not start or start <= day) and (not end or day <= end) for day in asked)

    return running


def _only_globals(listing: _Listing) -> bool:
    value = listing.given.get("globals")
    return value is not None and (value in {"1", "true"} or not listing.call.profile.strict_globals)


def _parents_visible(project: Row | None, visible_customers: set[int]) -> bool:
    return project is None or (project.visible and project.parent in visible_customers)


def _answer(listing: _Listing, detail: bodies.Detail) -> Response:
    shown = bodies.keys(listing.level, listing.call.profile, detail)
    _sort(listing)
    sandbox = listing.call.sandbox
    return answer([bodies.body(listing.level, row, listing.parent(row), shown, sandbox) for row in listing.rows])


def _sort(listing: _Listing) -> None:
    """Rows that sort alike stay in the order of their ids, ascending or descending."""
    by, descending = listing.given.get("orderBy", "name"), listing.given.get("order") == "DESC"
    if by == "name" and not descending:
        return  # the store gives them so
    listing.rows.sort(key=lambda row: row.id)
    if by == "id":
        listing.rows.sort(key=lambda row: row.id, reverse=descending)
    else:
        listing.rows.sort(key=lambda row: _name_key(row if by == "name" else listing.parent(row)), reverse=descending)


def _name_key(row: Row | None) -> str:
    return "" if row is None else sort_key(row.name)
