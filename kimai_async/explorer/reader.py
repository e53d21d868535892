"""Makes a call, and finds out what it does not show."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from kimai_async.explorer.refusals import refusal
from kimai_async.kimai.ability import ability
from kimai_async.kimai.connection import LIST
from kimai_async.kimai.lists import page_count

if TYPE_CHECKING:
    import httpx

    from kimai_async.explorer.calls import Call, Query
    from kimai_async.kimai.connection import Connection
    from kimai_async.settings import Access

Say = Callable[[str], None]


class Reader:
    """Reads calls over a connection; *say* is told, in words for people, what an answer leaves out."""

    def __init__(self, connection: Connection, access: Access, say: Say) -> None:
        self._connection = connection
        self._access = access
        self._say = say

    async def read(self, call: Call) -> Any:
        """Return the JSON of a call; raises StoppedError."""
        response, body = await self._get(call.path, call.query)
        if call.tells_import:
            return {**self._object(body), "import": await ability(self._connection, self._access, body)}
        if not isinstance(body, list):
            return body
        if call.all_pages:
            body = await self._all_rows(call.path, call.query, response, body)
        elif _pages(response) > 1:
            total, page = _number(response, "x-total-count") or 0, _number(response, "x-page") or 1
            of_pages = f"page {page} of {_pages(response)}; --all gets every page"
            self._say(f"{len(body):,} of {total:,} {call.rows}, {of_pages}")
            return body
        body = self._only_below(call, body)
        hidden = await self._hidden(call, len(body))
        self._say(f"{_many(len(body), call.rows)}{hidden}")
        return body

    async def _get(self, path: str, query: Query) -> tuple[httpx.Response, Any]:
        # A list of pairs keeps `projects[]=1&projects[]=2`; an empty one would cut off a query in the path.
        response = await self._connection.send("GET", path, bounds=LIST, params=list(query) or None)
        if response.status_code != HTTPStatus.OK:
            with_password = self._access.user is not None
            raise refusal(self._connection, response, path, with_password=with_password)
        return response, self._connection.json(response)

    def _object(self, body: Any) -> dict[str, Any]:
        if not isinstance(body, dict):
            raise self._connection.not_kimai("JSON of another shape")
        return body

    async def _all_rows(self, path: str, query: Query, first: httpx.Response, rows: list[Any]) -> list[Any]:
        """Return the rows of all pages, given the first; the last one is that which brings nothing new."""
        kept = tuple(pair for pair in query if pair[0] != "page")
        page, pages, last = 1, _pages(first), rows
        known = set(map(_id, rows)) - {None}
        while page < pages:
            page += 1
            response, more = await self._get(path, (*kept, ("page", str(page))))
            new = [row for row in self._list(more) if _id(row) not in known]
            if not new or more == last:
                break
            rows += new
            known |= set(map(_id, new)) - {None}
            last, pages = more, max(pages, _pages(response))
        return rows

    def _list(self, body: Any) -> list[Any]:
        if not isinstance(body, list):
            raise self._connection.not_kimai("JSON of another shape")
        return body

    async def _hidden(self, call: Call, shown: int) -> str:
        if call.everything is None:
            return ""
        response, body = await self._get(call.path, call.everything)
        body = await self._all_rows(call.path, call.everything, response, self._list(body))
        hidden = len(_below(call, body)) - shown
        if hidden <= 0:
            return ", none hidden"
        return f"; {hidden:,} more that Kimai's default view hides: --visible all"

    def _only_below(self, call: Call, rows: list[Any]) -> list[Any]:
        """Drop what a filter that Kimai ignored let through (since 2.53 it ignores an id it does not know)."""
        kept = _below(call, rows)
        if call.below is not None and len(kept) < len(rows):
            name, wanted = call.below
            self._say(f"warning: this Kimai knows no {name} {wanted} and ignored the filter; others' rows are left out")
        return kept


def _below(call: Call, rows: list[Any]) -> list[Any]:
    if call.below is None:
        return rows
    name, wanted = call.below
    return [row for row in rows if not isinstance(row, dict) or row.get(name) in (wanted, None)]


def _id(row: Any) -> int | None:
    """Return by what a row that two pages show is known, or None."""
    found = row.get("id") if isinstance(row, dict) else None
    return found if isinstance(found, int) else None


def _pages(response: httpx.Response) -> int:
    return page_count(response.headers.get("x-total-pages"))


def _number(response: httpx.Response, header: str) -> int | None:
    value = response.headers.get(header, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def _many(count: int, rows: str) -> str:
    one = {"activities": "activity"}.get(rows, rows.removesuffix("s"))
    return f"{count:,} {one if count == 1 else rows}"
