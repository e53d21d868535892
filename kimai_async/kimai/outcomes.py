"""What an answer to a create means, and how long to wait before the next try."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from kimai_async.kimai.messages import field_errors
from kimai_async.kimai.stored import is_id, stored_fields
from kimai_async.text import shorten

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

LONGEST_WAIT = 300.0
"""Seconds; a server's `Retry-After` beyond this is cut to it."""

BACK_OFF_FIRST = 0.5
BACK_OFF_MOST = 30.0

_BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_ACCESS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
# Codes that say "the client's fault" but come from a proxy that may have passed the request on.
_UNSURE = frozenset({HTTPStatus.REQUEST_TIMEOUT, 499})
_TIMED_OUT = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT, 522, 524})


@dataclass(frozen=True, slots=True)
class Created:
    """Stored, under this id and number. `doubtful`: an earlier answer to the same create said something else.

    `stored` is what the answer shows of it: see `stored_fields`.
    """

    id: int
    number: str | None
    doubtful: bool = False
    stored: Mapping[str, Any] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """Not stored, and it will not be: the row's own failure. `number_taken`: only its number stood in the way."""

    reason: str
    number_taken: bool = False


@dataclass(frozen=True, slots=True)
class Unclear:
    """May be stored or not: only a fresh list can tell.

    `overload`: no answer in time, so the server should get less to do. `shown` is the id of another row that the answer
    shows, if it does.
    """

    reason: str
    overload: bool = False
    shown: int | None = None


@dataclass(frozen=True, slots=True)
class Busy:
    """The server, or something before it, asks to wait (429, 503), for `wait` seconds if it says so.

    It does not say that the create was not stored: caches and load balancers answer so after they have passed it on.
    """

    reason: str
    wait: float | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """Certainly not received: send it again after a back-off."""

    reason: str


@dataclass(frozen=True, slots=True)
class Fatal:
    """Not stored, and nothing else will be: the token is no longer taken, or this is not Kimai."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A change that was not made: the status of the answer, and Kimai's reason."""

    status: int
    reason: str


Outcome = Created | Refused | Unclear | Busy | Again | Fatal


def classify(status: int, headers: Mapping[str, str], body: bytes, *, sent: Mapping[str, Any], now: float) -> Outcome:
    """Return what an answer to a create says; *now* is the time of day (seconds since 1970) for `Retry-After`.

    Unclear unless proven otherwise: a create is never sent again on the word of a proxy's error page.
    """
    if status == HTTPStatus.OK:
        return _read_created(body, sent)
    if status in _BUSY:
        return Busy(describe(status), retry_after(headers, now))
    if status in _ACCESS:
        return Fatal(describe(status))
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Fatal(f"{describe(status)}; the server redirects to {shorten(headers.get('location', 'nowhere'))}")
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _UNSURE:
        return _read_refusal(status, body)
    return Unclear(describe(status), overload=status in _TIMED_OUT)


def describe(status: int) -> str:
    """Return a status with its name: `502 Bad Gateway`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # covers UnicodeDecodeError and JSONDecodeError
        return None


def _read_created(body: bytes, sent: Mapping[str, Any]) -> Outcome:
    row = _parse(body)
    if not isinstance(row, dict) or not is_id(row.get("id")) or "name" not in row:
        return Unclear("200 OK with a body that is not Kimai's")
    for key in ("name", "customer", "project"):
        if key in sent and (row.get(key) != sent[key] or type(row[key]) is not type(sent[key])):
            # Another request's answer, or a plugin that renames: sending it again could double the row.
            reason = f"the answer shows another {key}, {shorten(str(row.get(key)))!r} (id {row['id']})"
            return Unclear(reason, shown=row["id"])
    number = row.get("number")
    return Created(row["id"], None if number in (None, "") else str(number), stored=stored_fields(row))


def _read_refusal(status: int, body: bytes) -> Refused:
    errors = field_errors(_parse(body))
    return Refused(refusal_text(status, body), number_taken=[name for name, _ in errors] == ["number"])


def refusal_text(status: int, body: bytes) -> str:
    """Return Kimai's reasons for a refusal, field by field, or the status where it gives none."""
    answer = _parse(body)
    reason = "; ".join(f"{name}: {text}" if name else text for name, text in field_errors(answer))
    if not reason:
        message = answer.get("message") if isinstance(answer, dict) else None
        reason = f"{describe(status)}: {message}" if message and message not in describe(status) else describe(status)
    return shorten(reason, 500)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that `Retry-After` asks for, 0 to 300; None without a usable one (RFC 9110, 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError):
        return None
    return min(max(moment - now, 0.0), LONGEST_WAIT)


def back_off(attempt: int, chance: random.Random) -> float:
    """Return the seconds to wait before try *attempt* (0 is the first): doubled each time, at most 30, jittered."""
    most: float = min(BACK_OFF_MOST, BACK_OFF_FIRST * 2 ** min(attempt, 16))
    return chance.uniform(most / 2, most)
