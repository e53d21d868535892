"""How long something took, as people and other trackers write it."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from kimai_async.fields.spellings import BadValueError

_WHOLE = re.compile(r"[0-9]{1,9}")
_DECIMAL = re.compile(r"[0-9]{0,9}([.,])[0-9]{1,9}|[0-9]{1,9}([.,])")
_COLON = re.compile(r"([0-9]{1,6}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?")
_NUMBER = "([0-9]{1,9}(?:[.,][0-9]{1,9})?)"
_UNITS = re.compile(
    rf"(?=[0-9])(?:{_NUMBER} ?h(?:(?:ou)?rs?|\.)?)? ?(?:{_NUMBER} ?m(?:in(?:utes?|s)?|\.)?)? ?"
    rf"(?:{_NUMBER} ?s(?:ec(?:onds?|s)?|\.)?)?",
    re.IGNORECASE,
)
_UNIT_SECONDS = (3600, 60, 1)


def whole_number(text: str) -> int | None:
    """Return a bare whole number, of which the text does not tell the unit, or None."""
    return int(text) if _WHOLE.fullmatch(text) else None


def decimal_sign(text: str) -> str | None:
    """Return the decimal sign of hours such as `1.5` and `1,5`, or None."""
    found = _DECIMAL.fullmatch(text)
    return None if found is None else found[1] or found[2]


def length(text: str) -> int:
    """Return a time that was taken in seconds, rounded half up; raises BadValueError.

    Read are `1:30` and `1:30:00` (hours first), `1.5` and `1,5` (hours), `90m`, `1h30m`, `1h 30m`, `1.5h`, `5400s`.
    """
    if decimal_sign(text):
        return _rounded(text, 3600)
    if found := _COLON.fullmatch(text):
        if max(int(found[2]), int(found[3] or 0)) >= 60:
            raise BadValueError("has 60 or more after a colon; write hours and minutes such as 1:30")
        return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)
    found = _UNITS.fullmatch(text)
    if found is None:
        raise BadValueError(
            "is negative" if text[:1] in ("-", "\u2212") and text[1:] else "is no duration; write 1:30, 1h30m or 1.5"
        )
    return sum(_rounded(part, unit) for part, unit in zip(found.groups(), _UNIT_SECONDS, strict=True) if part)


def shown(seconds: int) -> str:
    """Return hours, minutes and, if there are any, seconds: `1:30`, `0:00:45`."""
    minutes, rest = divmod(abs(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return ("-" if seconds < 0 else "") + f"{hours}:{minutes:02}" + (f":{rest:02}" if rest else "")


def _rounded(number: str, unit: int) -> int:
    return int((Decimal(number.replace(",", ".")) * unit).quantize(Decimal(1), ROUND_HALF_UP))
