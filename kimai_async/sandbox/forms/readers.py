"""How a field reads what was submitted: Symfony's form types with the options Kimai gives them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from kimai_async.sandbox import php_dates
from kimai_async.sandbox.forms.durations import seconds
from kimai_async.sandbox.forms.form import InvalidValueError
from kimai_async.sandbox.storage.collation import trim

if TYPE_CHECKING:
    from kimai_async.sandbox.http.decode import Submitted

Read = Callable[[Any], Any]
"""How a field reads what was submitted."""
Exists = Callable[[int], bool]
"""Whether an id may be chosen."""

CHOICE = "The selected choice is invalid."
NOT_VALID = "This value is not valid."


def scalar(value: Submitted, message: str = NOT_VALID) -> str:
    """A single value, trimmed; nothing is the empty string."""
    if isinstance(value, dict | list):
        raise InvalidValueError(message)
    return trim(value or "")


def text(value: Submitted) -> str | None:
    """TextType, TextareaType and TelType."""
    return scalar(value) or None


def email(value: Submitted) -> str | None:
    """EmailType."""
    return scalar(value, "Please enter a valid email address.") or None


def url(value: Submitted) -> str | None:
    """UrlType with `default_protocol: https`."""
    address = scalar(value, "Please enter a valid URL.")
    if address and not re.match(r"[/.]|[\w+.-]+://|[^:/?@#]+@", address):
        return f"https://{address}"
    return address or None


def flag(value: Submitted) -> bool:
    """A plain CheckboxType: only JSON `false`, or nothing at all, is false (ApiFormExtension.php)."""
    return value is not None


def choice(allowed: Callable[[], Collection[str]], message: str = CHOICE) -> Callable[[Submitted], str | None]:
    """ChoiceType and its kin; never trimmed, always exact."""

    def read(value: Submitted) -> str | None:
        if value in (None, ""):
            return None
        if not isinstance(value, str) or value not in allowed():
            raise InvalidValueError(message)
        return value

    return read


def as_id(value: Submitted) -> int | None:
    """The number that a string is, if the database could hold it as an id."""
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,18}", value, re.ASCII) else None


def reference(exists: Exists) -> Callable[[Submitted], int | None]:
    """EntityType: the id of something the user may choose."""

    def read(value: Submitted) -> int | None:
        if value in (None, ""):
            return None
        row_id = as_id(value)
        if row_id is None or not exists(row_id):
            raise InvalidValueError(CHOICE)
        return row_id

    return read


def references(exists: Exists) -> Callable[[Submitted], list[int]]:
    """EntityType with `multiple`: a list of ids, JSON `false` is none; `null` is the empty text and no list."""

    def read(value: Submitted) -> list[int]:
        given = [] if value is None else list(value.values()) if isinstance(value, dict) else value
        if not isinstance(given, list):
            raise InvalidValueError(CHOICE)
        one = reference(exists)
        return list(dict.fromkeys(row_id for each in given if (row_id := one(each)) is not None))

    return read


def money(value: Submitted) -> float:
    """MoneyType with two decimals, `.` or `,` before them."""
    return amount(value) or 0.0


def amount(value: Submitted) -> float | None:
    """MoneyType that may stay empty."""
    message = "Please enter a valid money amount."
    digits = scalar(value, message).replace(",", ".")
    if not digits:
        return None
    if not re.fullmatch(r"-?(\d+\.?\d*|\.\d+)", digits, re.ASCII):
        raise InvalidValueError(message)
    try:
        return float(Decimal(digits).quantize(Decimal("0.01"), ROUND_HALF_UP))
    except ArithmeticError:
        return float(digits)  # more digits than can be rounded, and more than the range allows


def duration(value: Submitted) -> int:
    """DurationType; see `durations`."""
    written = scalar(value)
    try:
        return seconds(written) if written else 0
    except ValueError:
        raise InvalidValueError(NOT_VALID) from None


def day(*, with_time: bool) -> Callable[[Submitted], str | None]:
    """DatePickerType: `YYYY-MM-DD` on POST, which tolerates a time; on PATCH the time is required."""
    pattern = r"(\d{4}-\d\d-\d\d)" + (r"T\d\d:\d\d:\d\d" if with_time else r"([T ].*)?")

    def read(value: Submitted) -> str | None:
        message = "Please enter a valid date."
        written = scalar(value, message)
        if not written:
            return None
        match = re.fullmatch(pattern, written, re.ASCII)
        try:
            return date.fromisoformat(match[1] if match else "").isoformat()
        except ValueError:
            raise InvalidValueError(message) from None

    return read


def moment(zone: str, now: int) -> Callable[[Submitted], int | None]:
    """DateTimeApiType: a date and a time of day, and whatever PHP understands after them; in a zone unless it says
    another. The result is an instant."""
    message = "Please enter a valid date and time."

    def read(value: Submitted) -> int | None:
        written = scalar(value, message)
        if not written:
            return None
        try:
            if not re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", written, re.ASCII):
                raise InvalidValueError(message)
            return php_dates.parse(written, zone, now)
        except ValueError:
            raise InvalidValueError(message) from None

    return read
