"""Kimai's time entries as an import needs them: lists in pages, creates, changes."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import msgspec

from kimai_async.errors import AccessError
from kimai_async.kimai.client import send_create
from kimai_async.kimai.lists import BYTE_ORDER_MARK, Id, OddShapeError, in_words, page_count
from kimai_async.kimai.outcomes import (
    Created,
    Outcome,
    Refused,
    Unclear,
)
from kimai_async.kimai.stored import is_id
from kimai_async.kimai.together import together
from kimai_async.text import shorten
from kimai_async.tree.names import trim
from kimai_async.tree.rounding import LONGEST_STEP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kimai_async.kimai.connection import Connection
    from kimai_async.kimai.messages import Query
    from kimai_async.tree.entry import Entry

PAGE_SIZE = 500
"""The most that Kimai since 2.45 answers at once; older ones refuse more, or answer everything."""

MOST_GROWTH = 100
"""Times that a list may turn out longer while it is read; others may add to it, but it must end."""

READINGS = 3
"""Times that a list which changes while it is read is read again."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = LONGEST_STEP * 60


class ListChangedError(Exception):
    """Entries came or went while their pages were read, so that others may have been missed or seen twice."""


class TimesheetRow(msgspec.Struct, frozen=True, gc=False):
    """One line of a list of time entries, times in seconds since 1970; one that is still running has no end."""

    id: int
    user: int
    project: int
    activity: int
    begin: int
    end: int | None
    description: str | None
    seconds: int
    tags: tuple[str, ...]
    billable: bool
    exported: bool


class _Line(msgspec.Struct, gc=False):
    id: Id
    user: Id
    project: Id
    activity: Id
    begin: str
    end: str | None = None
    description: str | None = None
    duration: int | None = None
    tags: Annotated[list[str], msgspec.Meta(max_length=10_000)] = msgspec.field(default_factory=list)
    billable: bool = True
    exported: bool = False

    def row(self) -> TimesheetRow:
        """Return the line with its times as numbers; raises ValueError for what is none."""
        begin, end = seconds(self.begin), None if self.end is None else seconds(self.end)
        return TimesheetRow(
            self.id,
            self.user,
            self.project,
            self.activity,
            begin,
            end,
            trim(self.description or "") or None,
            self.duration if self.duration is not None else 0 if end is None else end - begin,
            tuple(self.tags),
            self.billable,
            self.exported,
        )


_PAGE = msgspec.json.Decoder(list[_Line])


@dataclass(frozen=True, slots=True)
class Booked(Created):
    """Stored as a time entry, with these times in seconds since 1970; `seconds` is Kimai's own duration."""

    begin: int = 0
    end: int | None = None
    seconds: int = 0
    tags: tuple[str, ...] = ()
    billable: bool = True
    exported: bool = False


def seconds(text: str) -> int:
    """Return a time of Kimai's answers (`2026-01-05T09:00:00+0100`) in seconds since 1970; raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a time without its zone: {shorten(text, 40)}")
    return (moment - _EPOCH) // timedelta(seconds=1)


def moment(at: int) -> str:
    """Return a time with its offset, as every Kimai takes it whatever zone its user is in."""
    return f"{_EPOCH + timedelta(seconds=at):%Y-%m-%dT%H:%M:%S}+00:00"


class TimesheetClient:
    """What an import asks of a Kimai about time entries; methods raise StoppedError, `create` never does.

    *everybody* lists what others have booked, too, as far as this token may see it. At most *lanes* pages are asked for
    at once. *own* is the id of the token's user, to whom an entry belongs that is sent without one.
    """

    def __init__(self, connection: Connection, *, everybody: bool, lanes: int, own: int | None = None) -> None:
        self._connection = connection
        self._who: Query = {"user": "all"} if everybody else {}
        self._lanes = lanes
        self._own = own

    async def entries(self, begin: int, end: int, take: Callable[[list[TimesheetRow]], None]) -> int:
        """Hand over, page by page, what begins between two moments, and return how many there are.

        A day more on either side is asked for: the server takes the bounds in its user's zone. The list has ended where
        a page is not full, or all are there that the server counts: a proxy may keep its headers back. Raises
        ListChangedError if entries go away meanwhile, or come twice.
        """
        bounds: Query = {"begin": _bound(begin, -1), "end": _bound(end, 1), "orderBy": "id", "order": "ASC"}
        seen: dict[int, _Page] = {}
        numbers = range(1, 2)
        for _ in range(MOST_GROWTH):
            await self._pages(bounds, numbers, seen, take)
            if not (numbers := _further(seen)):
                _check_order(seen)
                return max(sum(page.count for page in seen.values()), seen[max(seen)].total or 0)
        raise self._odd("it has no end")

    async def _pages(
        self, bounds: Query, numbers: range, seen: dict[int, _Page], take: Callable[[list[TimesheetRow]], None]
    ) -> None:
        """Hand over these pages, as many at once as there are lanes; keep in *seen* what each said of the list."""

        async def read(number: int) -> None:
            page = await self._page(bounds, number)
            if not page.rows and number > 1 and (page.total or page.pages > number):
                raise self._odd(f"page {number} of {numbers[-1]} is empty")
            take(page.rows)
            seen[number] = page.emptied()

        await together(self._lanes, numbers, read)
        least = seen[1].total
        if least is not None and min(page.total or 0 for page in seen.values()) < least:
            raise ListChangedError
        if any(page.repeats for page in seen.values()):
            raise ListChangedError

    async def highest_id(self) -> int:
        """Return the id of the newest entry, 0 if there is none."""
        rows = (await self._page({"orderBy": "id", "order": "DESC", "size": "1"}, 1)).rows
        return rows[0].id if rows else 0

    async def shows(self, user: int) -> bool | None:
        """Tell whether lists show what another user has booked; None if there is nothing yet that would tell.

        Who may not see that gets a list of their own instead, or a refusal (kimai-timesheets, §1).
        """
        order: Query = {"orderBy": "id", "order": "DESC", "size": "1"}
        try:
            rows = (await self._page({**order, "user": str(user)}, 1)).rows
        except AccessError:
            return False
        if rows:
            return rows[0].user != self._own
        return True if (await self._page(order, 1)).rows else None

    async def newest(self, above: int) -> list[TimesheetRow]:
        """Return the entries whose id is above a number, the newest first.

        Read again, a few times, where entries go away meanwhile: others may have been missed.
        """
        for _ in range(READINGS):
            found: dict[int, TimesheetRow] = {}
            with suppress(ListChangedError):
                await self._newest(above, found)
                break
        return list(found.values())

    async def _newest(self, above: int, found: dict[int, TimesheetRow]) -> None:
        order: Query = {"orderBy": "id", "order": "DESC"}
        least, number, more = 0, 1, True
        while more:
            page = await self._page(order, number)
            if (page.total or 0) < least:
                raise ListChangedError
            known, least, number = len(found), page.total or 0, number + 1
            found.update((row.id, row) for row in page.rows if row.id > above)
            full = page.pages >= number or len(page.rows) >= PAGE_SIZE
            more = full and len(found) > known and min(row.id for row in page.rows) > above

    async def whole(self, entry_id: int) -> Mapping[str, Any]:
        """Return everything that the server shows of one entry: lists leave its rates out."""
        shown = self._connection.json(await self._connection.get(f"timesheets/{entry_id}"))
        if not isinstance(shown, dict):
            raise self._connection.not_kimai("a time entry of another shape")
        return shown

    async def _page(self, query: Query, number: int) -> _Page:
        asked = {"size": str(PAGE_SIZE), **self._who, **query, "page": str(number)}
        response = await self._connection.send("GET", "timesheets", params=asked)
        if response.status_code == httpx.codes.NOT_FOUND and number > 1:
            return _Page([], None, number)  # so many pages there are no longer: entries went away
        if response.status_code != httpx.codes.OK:
            raise self._connection.explain(response)
        shown = response.headers.get("x-page", str(number))
        if shown != str(number):
            raise self._connection.not_kimai(f"page {shorten(shown, 20)} of time entries where {number} was asked for")
        try:
            rows = [line.row() for line in _PAGE.decode(response.content.removeprefix(BYTE_ORDER_MARK))]
        except msgspec.ValidationError as error:
            raise self._odd(in_words(error)) from None
        except (ValueError, OverflowError, RecursionError, OddShapeError) as error:
            raise self._odd(shorten(str(error), 80)) from None
        count = response.headers.get("x-total-count", "")
        total = int(count) if count.isascii() and count.isdigit() and len(count) < 10 else None
        return _Page(rows, total, page_count(response.headers.get("x-total-pages")))

    def _odd(self, what: str) -> Exception:
        return self._connection.not_kimai(f"a list of time entries of another shape: {what}")

    async def create(self, entry: Entry, fields: Mapping[str, Any], *, fresh: bool = False) -> Outcome:
        """Create a time entry and return what the answer, or the lack of one, means.

        A connection is used again only after the answer that shows the very entry. A refusal over a used one is
        Doubtful: there may be an entry all the same, and nothing but a list can tell. With *fresh* it is asked over a
        new connection.
        """
        body = create_body(entry, fields)
        read = partial(read_booked, sent=body, own=self._own)
        outcome, used = await send_create(self._connection, "timesheets", body, fresh=fresh, read=read)
        if used and not fresh and isinstance(outcome, Refused):
            return Doubtful(outcome.reason)
        return outcome


@dataclass(frozen=True, slots=True)
class Doubtful(Refused):
    """Refused, by an answer over a connection that was used before: it may be that to another request, come late."""


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of a list, and what it says of the whole: how many rows, if it does, and how many pages."""

    rows: list[TimesheetRow]
    total: int | None
    pages: int
    count: int = 0
    lowest: int = 0
    highest: int = 0
    repeats: bool = False

    def emptied(self) -> _Page:
        """Return the page without its rows, of which only how many and which ones is kept."""
        ids = [row.id for row in self.rows]
        repeats = len(set(ids)) < len(ids)
        return _Page([], self.total, self.pages, len(ids), min(ids, default=0), max(ids, default=0), repeats)


def _further(seen: Mapping[int, _Page]) -> range:
    """Return the numbers of the pages that are still to be read."""
    last = max(seen)
    if not seen[last].count and last > 1:
        return range(0)
    stated = max(page.pages for page in seen.values())
    if stated > last:
        return range(last + 1, stated + 1)
    total = seen[last].total
    whole = total is not None and total == sum(page.count for page in seen.values())
    return range(0) if whole or seen[last].count < PAGE_SIZE else range(last + 1, last + 2)


def _check_order(seen: Mapping[int, _Page]) -> None:
    """Raise ListChangedError unless each page goes on where the one before ended, as lists by id do."""
    highest = 0
    for number in sorted(seen):
        page = seen[number]
        if page.count:
            if page.lowest <= highest:
                raise ListChangedError
            highest = page.highest


def create_body(entry: Entry, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON of a create; *fields* are added to activity, project, times and description.

    Begin and end are always sent, with their offset: an omitted end is a running entry, and a time without offset is in
    the zone of the token's user (kimai-timesheets, §0).
    """
    project = entry.parent.parent
    if project is None or project.id is None or entry.parent.id is None:
        raise AssertionError(f"{entry!r} has no activity on the server yet")
    body: dict[str, Any] = {
        "project": project.id,
        "activity": entry.parent.id,
        "begin": moment(entry.begin),
        "end": None if entry.end is None else moment(entry.end),
        **fields,
    }
    if entry.description is not None:
        body["description"] = entry.description
    return body


def read_booked(content: bytes, sent: Mapping[str, Any], own: int | None = None) -> Outcome:
    """Return what a 200 says: Booked if it shows the very entry that was sent, *own* or another's, else Unclear."""
    try:
        shown = msgspec.json.decode(content.removeprefix(BYTE_ORDER_MARK), type=_Line)
        row = shown.row()
    except (ValueError, OverflowError, RecursionError):
        return Unclear("200 OK with a body that is not Kimai's", shown=_id_in(content))
    if (other := next(_differences(row, sent if own is None else {"user": own, **sent}), None)) is not None:
        return Unclear(f"the answer shows {other} (id {row.id})", shown=row.id)
    return Booked(
        row.id,
        None,
        begin=row.begin,
        end=row.end,
        seconds=row.seconds,
        tags=row.tags,
        billable=row.billable,
        exported=row.exported,
    )


def _differences(row: TimesheetRow, sent: Mapping[str, Any]) -> Iterator[str]:
    for name in ("project", "activity", "user"):
        if name in sent and getattr(row, name) != sent[name]:
            yield f"another {name}, {getattr(row, name)}"
    if row.description != sent.get("description"):
        yield f"another description, {shorten(str(row.description), 60)!r}"
    for name in ("begin", "end"):
        stored, wanted = getattr(row, name), sent[name]
        if (stored is None) is not (wanted is None):
            yield f"another {name}"
        elif stored is not None and abs(stored - seconds(wanted)) > _STEP:
            yield f"another {name}, {moment(stored)}"


def _id_in(content: bytes) -> int | None:
    try:
        shown = json.loads(content)
    except (ValueError, RecursionError):
        return None
    found = shown.get("id") if isinstance(shown, dict) else None
    return found if is_id(found) else None


def _bound(at: int, days: int) -> str:
    return f"{_EPOCH + timedelta(seconds=at, days=days):%Y-%m-%dT%H:%M:%S}"
