"""Dates and times as PHP 8.2 reads, moves and shows them; instants are seconds since 1970, before it negative."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_UNITS = {"sec": 1, "second": 1, "min": 60, "minute": 60, "hour": 3600}
_DAYS = {"day": 1, "week": 7, "fortnight": 14}
_MONTHS = {"month": 1, "year": 12}
_WORDS = {"next": 1, "last": -1, "previous": -1, "this": 0}

_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_TIME = re.compile(r"[T ]?([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d|60)(?:[.,]\d+)?)?(?!\d)", re.ASCII)
_OFFSET = re.compile(r"(?:GMT|UTC)?([+-])(\d\d?):?([0-5]\d)?(?!\d)(?!\s*[a-z])", re.ASCII | re.IGNORECASE)
_ZONE = re.compile(r"[A-Za-z]+(?:/[A-Za-z_+-]+)*", re.ASCII)
_RELATIVE = re.compile(r"([+-]?\s*\d+|next|last|previous|this)\s*([a-z]+?)s?\b(\s+ago\b)?", re.ASCII | re.IGNORECASE)
_EDGE = re.compile(r"(first|last) day of\b", re.ASCII | re.IGNORECASE)
_KEYWORDS = re.compile(r"(now|today|midnight|noon|yesterday|tomorrow)\b", re.ASCII | re.IGNORECASE)


@cache
def zone(name: str) -> tzinfo:
    """The time zone of this name; `KeyError` (zoneinfo's) if there is none."""
    return UTC if name in {"UTC", "Z"} else ZoneInfo(name)


def local(instant: int, zone_name: str) -> datetime:
    """The wall clock of a zone at an instant."""
    at = _EPOCH + timedelta(seconds=instant)
    try:
        return at.astimezone(zone(zone_name))
    except OverflowError:  # the first hours of the year 1, the last of 9999
        return at


def of_wall(wall: datetime, zone_name: str) -> int:
    """The instant at which a zone's clocks show a time, as timelib looks for it.

    A skipped time is moved forward by the skip. A repeated one is the second in zones on and east of Greenwich and the
    first in those west of it: timelib begins with the offset that the zone has when Greenwich shows this time.
    """
    utc = wall.replace(tzinfo=UTC)
    current = _offset(utc, zone_name)
    after = _offset(utc - current, zone_name)
    right = [each for each in (current, after) if _offset(utc - each, zone_name) == each]
    return timestamp(utc - (right[0] if right else min(current, after)))


def timestamp(at: datetime) -> int:
    """The seconds since 1970 of a time that knows its zone."""
    return (at - _EPOCH) // _SECOND


def show(instant: int, zone_name: str) -> str:
    """PHP's format `Y-m-d\\TH:i:sO`."""
    at = local(instant, zone_name)
    seconds = int((at.utcoffset() or timedelta()).total_seconds())
    hours, minutes = divmod(abs(seconds) // 60, 60)
    sign = "-" if seconds < 0 else "+"
    return f"{at.replace(tzinfo=None).isoformat(timespec='seconds')}{sign}{hours:02d}{minutes:02d}"


def parse(text: str, zone_name: str, now: int) -> int:
    """The instant that `new DateTime(text, zone)` is.

    Known are absolute dates and times, offsets, zones, `now`, `midnight` and their kin, `+2 days`, `last month`, and
    `first day of`; `ValueError` for everything else and for what is before the year 1 or after 9999.
    """
    reading = _Reading(text.strip(), zone_name, now)
    try:
        return reading.instant()
    except OverflowError as error:
        raise ValueError(text) from error


def move(instant: int, text: str, zone_name: str) -> int:
    """`DateTime::modify`: the instant after `+2 days` and the like; `ValueError` as `parse` raises it."""
    return parse(text, zone_name, instant)


class _Reading:
    """One text, read from the left; what is relative is applied after what is absolute."""

    def __init__(self, text: str, zone_name: str, now: int) -> None:
        self._text = text
        self._rest = text.lstrip()
        self._zone = zone_name
        self._fixed: timedelta | None = None
        self._wall = local(now, zone_name).replace(tzinfo=None, microsecond=0)
        self._now = now
        self._absolute = False
        self._months = self._days = self._seconds = 0
        self._edge = ""

    def instant(self) -> int:
        while self._rest:
            if not any(
                step() for step in (self._date, self._time, self._edge_of, self._move, self._word, self._in_zone)
            ):
                raise ValueError(self._text)
            self._rest = self._rest.lstrip()
        return self._result()

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._rest)
        if found:
            self._rest = self._rest[found.end() :]
        return found

    def _date(self) -> bool:
        if found := self._match(_DATE):
            self._wall = datetime(int(found[1]), int(found[2]), int(found[3]))  # noqa: DTZ001 - a wall clock
            self._absolute = True
        return bool(found)

    def _time(self) -> bool:
        if found := self._match(_TIME):
            hour, second = int(found[1]), int(found[3] or 0)
            self._wall = self._wall.replace(hour=0, minute=int(found[2]), second=0)
            self._wall += timedelta(hours=hour, seconds=second)
            self._absolute = True
        return bool(found)

    def _edge_of(self) -> bool:
        if found := self._match(_EDGE):
            self._edge = found[1].lower()
        return bool(found)

    def _move(self) -> bool:
        found = _RELATIVE.match(self._rest)
        unit = found[2].lower() if found else ""
        if found is None or unit not in _UNITS | _DAYS | _MONTHS:
            return False
        amount = found[1].lower().replace(" ", "")
        count = (_WORDS[amount] if amount in _WORDS else int(amount)) * (-1 if found[3] else 1)
        self._months += count * _MONTHS.get(unit, 0)
        self._days += count * _DAYS.get(unit, 0)
        self._seconds += count * _UNITS.get(unit, 0)
        self._rest = self._rest[found.end() :]
        return True

    def _word(self) -> bool:
        found = self._match(_KEYWORDS)
        word = found[1].lower() if found else ""
        if word not in {"", "now"}:
            self._wall = self._wall.replace(hour=12 if word == "noon" else 0, minute=0, second=0)
            self._days += {"yesterday": -1, "tomorrow": 1}.get(word, 0)
            self._absolute = True
        return bool(found)

    def _in_zone(self) -> bool:
        if found := self._match(_OFFSET):
            self._fixed = timedelta(hours=int(found[2]), minutes=int(found[3] or 0)) * (-1 if found[1] == "-" else 1)
            return True
        found = _ZONE.match(self._rest)
        name = found[0] if found else ""
        try:
            zone("UTC" if name.upper() in {"UTC", "GMT", "Z"} else name)
        except (KeyError, ValueError, OSError):
            return False
        self._rest = self._rest[len(name) :]
        self._zone, self._fixed = ("UTC" if name.upper() in {"UTC", "GMT", "Z"} else name), None
        return True

    def _result(self) -> int:
        wall = _add_months(self._wall, self._months, self._edge) + timedelta(days=self._days)
        if self._fixed is not None:
            return timestamp(wall.replace(tzinfo=UTC) - self._fixed) + self._seconds
        if wall == self._wall and not self._absolute and not self._edge:
            return self._now + self._seconds
        return of_wall(wall, self._zone) + self._seconds


def _add_months(wall: datetime, months: int, edge: str) -> datetime:
    """A day that the month does not have runs over into the next, as PHP's mktime lets it."""
    year, month = divmod(wall.year * 12 + wall.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError(year)
    last = monthrange(year, month + 1)[1]
    if edge:
        return wall.replace(year=year, month=month + 1, day=1 if edge == "first" else last)
    over = max(wall.day - last, 0)
    return wall.replace(year=year, month=month + 1, day=wall.day - over) + timedelta(days=over)


def _offset(at: datetime, zone_name: str) -> timedelta:
    try:
        return at.astimezone(zone(zone_name)).utcoffset() or timedelta()
    except OverflowError:
        return timedelta()
