"""Durations as Kimai's forms read them (Utils/Duration.php, Validator/Constraints/Duration.php)."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

_DECIMAL = re.compile(r"-?\d+([,.]\d+)?", re.ASCII)
_COLON = re.compile(r"(-?)(\d+):(\d+)(?::(\d+))?", re.ASCII)
_NATURAL = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII | re.IGNORECASE)
_MOST = 315_360_000_000_000


def seconds(written: str) -> int:
    """`1.5` and `1,5` are hours, as is a bare `2`; also `1:30`, `1:30:00`, `90m`, `1h30m`, `7200s`."""
    total = _decimal(written) if _DECIMAL.fullmatch(written) else _colon_or_natural(written)
    if total > _MOST:
        raise ValueError(written)
    return total


def _decimal(written: str) -> int:
    return int((Decimal(written.replace(",", ".")) * 3600).to_integral_value(ROUND_HALF_UP))


def _colon_or_natural(written: str) -> int:
    if match := _COLON.fullmatch(written):
        total = _total(*match.group(2, 3, 4))
        return -total if match[1] else total
    if written and (match := _NATURAL.fullmatch(written)):
        return _total(*match.groups())
    raise ValueError(written)


def _total(hours: str | None, minutes: str | None, seconds: str | None) -> int:
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
