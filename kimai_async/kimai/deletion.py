"""What taking something back asks of a Kimai: is it still there, what hangs on it, delete it, hide it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from kimai_async.kimai.connection import JSON
from kimai_async.kimai.lists import BYTE_ORDER_MARK, Id, in_words
from kimai_async.kimai.outcomes import Fatal, Refusal, describe, refusal_text, retry_after
from kimai_async.kimai.timesheets import PAGE_SIZE
from kimai_async.text import shorten
from kimai_async.tree.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from kimai_async.kimai.connection import Connection
    from kimai_async.kimai.messages import Query

DELETE_SINCE = (2, 25)
"""Older ones answer 405 to DELETE of customers, projects and activities; time entries could always be deleted."""

_AWAY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE})
_UNSURE = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS, 499})


@dataclass(frozen=True, slots=True)
class Gone:
    """Deleted."""


@dataclass(frozen=True, slots=True)
class Lost:
    """May be deleted or not: only a look can tell, after `wait` seconds if the server asks for that.

    `away`: the server itself, or the way to it, is gone for a while, whatever was to be deleted.
    """

    reason: str
    wait: float | None = None
    away: bool = False


class Booking(msgspec.Struct, frozen=True, gc=False):
    """A time entry, as far as it tells what it is on."""

    id: Id
    project: Id
    activity: Id


_BOOKINGS = msgspec.json.Decoder(list[Booking])


class DeletionClient:
    """What an undo asks of a Kimai; methods raise StoppedError, `delete` never does.

    All that decides about a deletion comes over connections of its own: an answer to something else must not be taken
    for it.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def shown(self, level: Level, row_id: int) -> Mapping[str, Any] | None:
        """Return everything that the server shows of one thing, None if it is not there."""
        path = f"{level.plural}/{row_id}"
        response = await self._connection.send("GET", path)
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        shown = self._connection.json(response)
        if not isinstance(shown, dict) or shown.get("id") != row_id:
            raise self._connection.not_kimai(f"{level.one} of another shape")
        return shown

    async def has_rates(self, level: Level, row_id: int) -> bool:
        """Tell whether a customer, project or activity has rates, as far as this user may see them."""
        response = await self._connection.send("GET", f"{level.plural}/{row_id}/rates")
        if response.status_code in (httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND):
            return False
        return bool(self._connection.json(response))

    async def bookings(
        self, level: Level, ids: Collection[int], *, but: Collection[int] = (), most: int | None = None
    ) -> list[Booking]:
        """Return everybody's time entries on these projects or activities, those with the ids *but* left out.

        Stops once *most* are found. Kimai since 2.53 ignores an id that it does not know, and lists all entries if it
        knows none of them: only what is on those asked for is returned.
        """
        found: list[Booking] = []
        number, pages = 1, 1
        size = PAGE_SIZE if most is None or but else most
        wanted = frozenset(ids)
        while number <= pages and (most is None or len(found) < most):
            query: Query = {"user": "all", f"{level.plural}[]": [str(row_id) for row_id in ids]}
            query |= {"orderBy": "id", "order": "ASC", "size": str(size), "page": str(number)}
            sink, response = await self._connection.read("timesheets", query, _Bookings)
            found += (row for row in sink.rows if _on(row, level) in wanted and row.id not in but)
            count = response.headers.get("x-total-count", "")
            total = int(count) if count.isascii() and count.isdigit() else len(sink.rows)
            if not sink.rows or not any(_on(row, level) in wanted for row in sink.rows):
                break
            number, pages = number + 1, -(-total // size)
        return found

    async def delete(self, level: Level, row_id: int) -> Gone | Lost | Refusal | Fatal:
        """Delete one thing, with all that hangs on it; sent once, over a connection of its own."""
        try:
            response = await self._connection.delete_once(f"{level.plural}/{row_id}")
        except (httpx.TransportError, httpx.DecodingError) as error:
            return Lost(shorten(str(error)))
        return read_deletion(response.status_code, response.headers, response.content, now=time.time())

    async def hide(self, level: Level, row_id: int) -> Refusal | None:
        """Hide a customer, project or activity; return why that was refused, or None."""
        body = json.dumps({"visible": False}).encode()
        response = await self._connection.send("PATCH", f"{level.plural}/{row_id}", content=body, headers=JSON)
        if response.status_code == httpx.codes.OK:
            return None
        if response.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND):
            return Refusal(response.status_code, refusal_text(response.status_code, response.content))
        raise self._connection.explain(response)


class _Bookings:
    """Reads a page of time entries."""

    def __init__(self) -> None:
        self.rows: list[Booking] = []
        self._text = bytearray()

    def feed(self, data: bytes) -> None:
        self._text += data

    def end(self) -> None:
        try:
            self.rows = _BOOKINGS.decode(bytes(self._text.removeprefix(BYTE_ORDER_MARK)))
        except msgspec.ValidationError as error:
            raise ValueError(in_words(error)) from None


def _on(row: Booking, level: Level) -> int:
    return row.project if level is Level.PROJECT else row.activity


def read_deletion(status: int, headers: Mapping[str, str], body: bytes, *, now: float) -> Gone | Lost | Refusal | Fatal:
    """Return what an answer to a DELETE says; *now* is the time of day (seconds since 1970) for `Retry-After`."""
    if status == HTTPStatus.NO_CONTENT:
        return Gone()
    if status == HTTPStatus.UNAUTHORIZED or HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Fatal(describe(status))
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _UNSURE:
        return Refusal(status, refusal_text(status, body))
    return Lost(describe(status), retry_after(headers, now), away=status in _AWAY)
