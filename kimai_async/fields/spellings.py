"""Money, times, days and addresses as people write them in a cell."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from kimai_async.fields.codes import CURRENCIES

MOST_MONEY = 900_000_000_000
"""The largest budget (Kimai's `Entity/BudgetTrait.php`)."""

MOST_SECONDS = 2_145_600_000
"""The largest time budget (Kimai's `Entity/BudgetTrait.php`)."""

_CENT = Decimal("0.01")
_SPACES = str.maketrans({"\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2019": "'"})
_CURRENCY = r"(?:[A-Za-z]{3}|[$£¥\u20a0-\u20cf])"
_SIGNED = re.compile(
    rf"(?P<minus>[-\u2212] *)?(?P<before>{_CURRENCY})? *(?P<inner>[-\u2212] *)?"
    rf"(?P<number>[0-9.,](?:[0-9.,' ]*[0-9.,])?) *(?P<after>{_CURRENCY})?"
)
_PLAIN = re.compile(r"(?=[.,]?[0-9])[0-9]*(?:[.,][0-9]*)?")
_AMBIGUOUS = re.compile(r"[0-9]+[.,][0-9]{3}")
_GROUPED = re.compile(
    r"(?P<whole>[1-9][0-9]{0,2}(?P<group>[.,' ])[0-9]{3}(?:(?P=group)[0-9]{3})*)"
    r"(?:(?!(?P=group))[.,](?P<fraction>[0-9]+))?"
)

_SECONDS = re.compile(r"[0-9]{1,15}")
_COLON = re.compile(r"([0-9]{1,15}):([0-9]{1,2})(?::([0-9]{1,2}))?")
_UNITS = re.compile(r"(?:([0-9]{1,15})h)? ?(?:([0-9]{1,15})m)? ?(?:([0-9]{1,15})s)?", re.ASCII | re.IGNORECASE)
_HOURS = re.compile(r"[0-9]*[.,][0-9]*")

_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ] *[0-9]{1,2}:[0-9]{2}.*)?")
_FIRST_YEAR = 1000

_AMOUNT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_LARGEST_AMOUNT = 10**15

_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_EMAIL = re.compile(rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})+")
_BRACKETS = r"\[[0-9a-f:.]+\]"
_PORT_AND_PATH = r"(?::[0-9]{1,5})?(?:[/?#]\S*)?"
_HOST_FIRST = re.compile(rf"(?:[^\W_][\w-]*(?:\.[\w-]+)+|localhost|{_BRACKETS}){_PORT_AND_PATH}", re.IGNORECASE)
_URL = re.compile(rf"https?://(?:[^\s/?#@]+@)?(?:[^\W_][\w.-]*|{_BRACKETS}){_PORT_AND_PATH}", re.IGNORECASE)


class BadValueError(ValueError):
    """A cell that is not what its field takes; the message, said after the cell, tells what is allowed."""


def cents(number: Any) -> Decimal:
    """Return a number, as the server shows it, in whole cents; None is 0."""
    return Decimal(str(number or 0)).quantize(_CENT, ROUND_HALF_UP)


def is_amount(shown: Any) -> bool:
    """Tell whether a JSON value is a number of an amount's size, or one written as text: what `cents` takes."""
    if isinstance(shown, str):
        return _AMOUNT.fullmatch(shown) is not None
    return type(shown) in (int, float) and abs(shown) <= _LARGEST_AMOUNT


def money(text: str) -> float:
    """Return an amount of 0 to 900 000 000 000, rounded half up to two decimals; raises BadValueError.

    The decimals follow a point or a comma; thousands may be grouped by points, commas, apostrophes or spaces. A
    currency's sign or code on either side says nothing. What might be thousands or a fraction is refused.
    """
    found = _SIGNED.fullmatch(text.translate(_SPACES))
    if found is None or not _are_currencies(found["before"], found["after"]):
        raise BadValueError("is no amount of money; write it like 1234.50")
    if _AMBIGUOUS.fullmatch(found["number"]):
        whole, fraction = re.split("[.,]", found["number"])
        rounded = cents(f"{whole}.{fraction}")
        raise BadValueError(
            f"is ambiguous: write {int(whole + fraction)} if that groups thousands, {rounded} if those are decimals"
        )
    amount = _number(found["number"])
    if found["minus"] or found["inner"]:
        raise BadValueError(f"is negative; Kimai takes 0 to {MOST_MONEY:,}")
    if amount > MOST_MONEY:
        raise BadValueError(f"is too much; Kimai takes at most {MOST_MONEY:,}")
    return float(amount.quantize(_CENT, ROUND_HALF_UP))


def _are_currencies(*marks: str | None) -> bool:
    return all(mark is None or not mark.isalpha() or mark.upper() in CURRENCIES for mark in marks)


def _number(written: str) -> Decimal:
    if _PLAIN.fullmatch(written):
        return Decimal(written.replace(",", "."))
    grouped = _GROUPED.fullmatch(written)
    if grouped is None:
        raise BadValueError("has its separators in odd places; write it like 1234.50")
    whole = grouped["whole"].replace(grouped["group"], "")
    return Decimal(f"{whole}.{grouped['fraction'] or 0}")


def seconds(text: str) -> int:
    """Return a time of 0 to 2 145 600 000 seconds; raises BadValueError.

    Read are seconds (`5400`), `1:30` and `1:30:00` (hours first), `1h30m`, `1h 30m`, `90m`, `2h`, `45s`.
    """
    if _HOURS.fullmatch(text):
        raise BadValueError("has a fraction, and a bare number is seconds; write 1:30 or 1h30m")
    total = _read_seconds(text)
    if total is None:
        raise BadValueError("is no time; write 1:30, 1h30m or a number of seconds")
    if total > MOST_SECONDS:
        raise BadValueError(f"is too long; Kimai takes at most {MOST_SECONDS // 3600:,} hours")
    return total


def _read_seconds(text: str) -> int | None:
    if _SECONDS.fullmatch(text):
        return int(text)
    if found := _COLON.fullmatch(text):
        if max(int(found[2]), int(found[3] or 0)) >= 60:
            raise BadValueError("has 60 or more after a colon; write hours and minutes such as 1:30")
        return _total(*found.groups())
    found = _UNITS.fullmatch(text)
    return _total(*found.groups()) if found else None


def _total(hours: str | None, minutes: str | None, seconds: str | None) -> int:
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)


def day(text: str, date_format: str | None) -> str:
    """Return a day of the years 1000 to 9999 as `YYYY-MM-DD`; raises BadValueError.

    Without a format (`strptime`'s) ISO 8601 is read, and a time after the day is dropped, as Kimai does.
    """
    read = _iso_day(text) if date_format is None else _formatted_day(text, date_format)
    if read.year < _FIRST_YEAR:
        raise BadValueError(f"is before the year {_FIRST_YEAR}")
    return read.isoformat()


def _iso_day(text: str) -> date:
    found = _DAY.fullmatch(text)
    if found is None:
        raise BadValueError(
            "is no date; write it like 2026-01-31, or say how it is written, as in --date-format '%d.%m.%Y'"
        )
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        raise BadValueError("is no day of the calendar") from None


def _formatted_day(text: str, date_format: str) -> date:
    try:
        return datetime.strptime(text, date_format).date()  # noqa: DTZ007 - a day has no timezone
    except (ValueError, re.error):
        raise BadValueError(f"is no date written like --date-format {date_format!r}") from None


def email(text: str) -> str:
    """Return the address if it is one as HTML 5 has it (Symfony's `EmailValidator.php`); raises BadValueError."""
    if not _EMAIL.fullmatch(text):
        raise BadValueError("is no e-mail address; write one such as info@example.org")
    return text


def homepage(text: str) -> str:
    """Return the address of a web page, with a scheme; raises BadValueError.

    A single word is refused: without a point it is more likely a remark than a host.
    """
    address = with_scheme(text)
    if not _URL.fullmatch(address):
        raise BadValueError("is no address of a web page; write one such as https://example.org")
    return address


def with_scheme(address: str) -> str:
    """Return an address that begins with its host with `https://` before it, as `Form/CustomerEditForm.php` does."""
    return f"https://{address}" if _HOST_FIRST.fullmatch(address) else address
