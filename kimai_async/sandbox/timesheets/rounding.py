"""Begin, end and duration rounded (RoundingService.php, src/Timesheet/Rounding)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from kimai_async.sandbox import php_dates

if TYPE_CHECKING:
    from kimai_async.sandbox.configuration import Configuration
    from kimai_async.sandbox.storage.entries import Entry

Round = Callable[[int, int], int]


def _over(value: int, step: int) -> int:
    """PHP's `%`: of a negative number, before 1970, it is negative."""
    return int(math.fmod(value, step))


def _down(value: int, step: int) -> int:
    return value - _over(value, step)


def _up(value: int, step: int) -> int:
    over = _over(value, step)
    return value - over + step if over else value


def _nearest(value: int, step: int) -> int:
    """Half a step goes down."""
    return _up(value, step) if _over(value, step) > step / 2 else _down(value, step)


_MODES: dict[str, tuple[Round, Round, Round]] = {
    "default": (_down, _up, _up),
    "closest": (_nearest, _nearest, _nearest),
    "floor": (_down, _down, _down),
    "ceil": (_up, _up, _up),
}
"""How begin, end and duration are rounded."""


def rounded(entry: Entry, rules: Configuration, zone: str) -> Entry:
    """A finished entry with its duration, rounded if the weekday of its end is one of those that are."""
    entry = replace(entry, duration=entry.elapsed)
    if entry.end is None or not _applies(entry.end, rules, zone):
        return entry
    begin, end, duration = _MODES[rules.rounding_mode]
    entry = replace(
        entry,
        begin=_by(begin, entry.begin, rules.rounding_begin),
        end=_by(end, entry.end, rules.rounding_end),
    )
    return replace(entry, duration=_by(duration, entry.elapsed, rules.rounding_duration))


def rounded_begin(begin: int, rules: Configuration, zone: str) -> int:
    """The begin of a new entry for which none was sent."""
    return _by(_MODES[rules.rounding_mode][0], begin, rules.rounding_begin) if _applies(begin, rules, zone) else begin


def _by(rounding: Round, value: int, minutes: int) -> int:
    return rounding(value, minutes * 60) if minutes else value


def _applies(instant: int, rules: Configuration, zone: str) -> bool:
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return days[php_dates.local(instant, zone).weekday()] in rules.rounding_days
