"""Days and times of day as people and other trackers write them, and the forms that a whole file has them in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import NamedTuple

from kimai_async.fields.spellings import BadValueError

DAY_SECONDS = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
_CENTURY_TURNS = 69
"""Years of two digits from here on are of the last century (POSIX, as `strptime` has it)."""

_BLANKS = str.maketrans(dict.fromkeys("\u00a0\u2009\u202f", " "))
"""ICU puts a narrow one before AM and PM."""

_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})\.?")
_CLOCK = re.compile(
    r"(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]+)?)?)?"
    r"(?: ?(?P<half>[ap])\.?m\.?)?(?: ?(?P<zone>z|utc|[+-][0-9]{2}(?::?[0-9]{2})?))?",
    re.IGNORECASE,
)
_MOMENT = re.compile(r"(?P<day>.*?[0-9]\.?)(?:t|, ?| ) *(?P<clock>[0-9]{1,2}(?::| ?[ap]\.?m).*)", re.IGNORECASE)
_ONLY_CLOCK = re.compile(r"[0-9]{1,2}(?::.*| ?[ap]\.?m.*)?", re.IGNORECASE)
_OF_CLOCKS = re.compile(r"%-?[HIcXT]")


class Order(Enum):
    """Which part of `03/04/2024` comes first."""

    DAY = "the day first"
    MONTH = "the month first"

    @property
    def example(self) -> str:
        """The form for `--date-format`."""
        return "%d/%m/%Y" if self is Order.DAY else "%m/%d/%Y"


class OtherOrderError(BadValueError):
    """A date that can only be meant in the order that the rest of its file does not have."""


class Clock(NamedTuple):
    """A time of day: seconds since midnight, and how far its zone is ahead of UTC in seconds, if the text has one."""

    seconds: int
    offset: int | None = None


class Moment(NamedTuple):
    """What a cell tells of a moment: days since 1970, and the time of that day; either may be missing."""

    day: int | None
    clock: Clock | None


@dataclass(frozen=True, slots=True)
class Formats:
    """How a file writes its dates and times; *order* holds for the dates that have their year last.

    *date_format* and *time_format* are `strptime`'s; the first may hold the time, too. With *whole_hours* a time may be
    a bare hour.
    """

    order: Order | None = None
    date_format: str | None = None
    time_format: str | None = None
    whole_hours: bool = False

    def moment(self, text: str) -> Moment:
        """Return what a trimmed cell with a day, a time, or both tells; raises BadValueError."""
        text = text.translate(_BLANKS)
        if self.date_format is not None and _OF_CLOCKS.search(self.date_format):
            return self._whole(text, self.date_format, f"is no date and time of the format {self.date_format}")
        if self.time_format is not None:
            return self._by_time_format(text, self.time_format)
        if found := _MOMENT.fullmatch(text):
            return Moment(self.day(found["day"]), self.clock(found["clock"]))
        if _ONLY_CLOCK.fullmatch(text):
            return Moment(None, self.clock(text))
        return Moment(self.day(text), None)

    def _by_time_format(self, text: str, time_format: str) -> Moment:
        """A time's form may hold anything: the whole text is a time, or a day, or its last words are the time."""
        if (clock := self._formatted_clock(text, time_format)) is not None:
            return Moment(None, clock)
        parts = text.replace("T", " ").rsplit(maxsplit=len(time_format.split()))
        clock = self._formatted_clock(" ".join(parts[1:]), time_format)
        try:
            return Moment(self.day(text if clock is None else parts[0]), clock)
        except OtherOrderError:
            raise
        except BadValueError as error:
            raise BadValueError(f"{error}, and no time of the format {time_format}") from None

    def _formatted_clock(self, text: str, time_format: str) -> Clock | None:
        try:
            return self._whole(text, time_format, "").clock
        except BadValueError:
            return None

    def _whole(self, text: str, form: str, reason: str) -> Moment:
        try:
            read = datetime.strptime(text, form)  # noqa: DTZ007 - many have no zone, and those that do keep it
        except (ValueError, re.error):
            raise BadValueError(reason) from None
        ahead = read.utcoffset()
        seconds = read.hour * 3600 + read.minute * 60 + read.second
        return Moment(read.toordinal() - _EPOCH, Clock(seconds, None if ahead is None else int(ahead.total_seconds())))

    def day(self, text: str) -> int:
        """Return a date as days since 1970; raises BadValueError, and OtherOrderError for one of the other order."""
        if self.date_format is not None:
            try:
                return datetime.strptime(text, self.date_format).toordinal() - _EPOCH  # noqa: DTZ007
            except (ValueError, re.error):
                raise BadValueError(f"is no date of the format {self.date_format}") from None
        if found := _YEAR_FIRST.fullmatch(text):
            return _days(int(found[1]), int(found[3]), int(found[4]))
        found = _YEAR_LAST.fullmatch(text)
        if found is None:
            raise BadValueError("is no date like 2026-01-31 (or give --date-format)")
        first, second = int(found[1]), int(found[3])
        order = Order.DAY if found[2] == "." or first == second else self.order
        if order is None:
            raise BadValueError("is written otherwise than the first date of the file; write all as 2026-01-31")
        settled = order_of(text)
        if settled is not None and settled is not order:
            raise OtherOrderError(f"has {settled.value}")
        day, month = (first, second) if order is Order.DAY else (second, first)
        return _days(_year(found[4]), month, day)

    def clock(self, text: str) -> Clock:
        """Return a time of day; `24:00` is the next midnight. Raises BadValueError."""
        found = _CLOCK.fullmatch(text)
        if found is None or (found["minute"] is None and not found["half"] and not self.whole_hours):
            raise BadValueError("is no time like 9:00 or 1:30 PM (or give --time-format)")
        hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
        if found["half"]:
            if not 1 <= hour <= 12:
                raise BadValueError("is no time of a 12-hour clock; its hours are 1 to 12")
            hour = hour % 12 + (12 if found["half"] in "pP" else 0)
        seconds = hour * 3600 + minute * 60 + second
        if seconds > DAY_SECONDS or minute > 59 or second > 59:
            raise BadValueError("is no time of day; write 0:00 to 24:00")
        return Clock(seconds, _offset(found["zone"]))


def order_of(text: str) -> Order | None:
    """Return which order a date alone shows, or None: its year comes first, or each part could be the month."""
    found = _YEAR_LAST.fullmatch(text)
    if found is None:
        return None
    if found[2] == "." or int(found[1]) > 12:
        return Order.DAY
    return Order.MONTH if int(found[3]) > 12 else None


def is_unordered(text: str) -> bool:
    """Tell whether a date means another day in the other order."""
    found = _YEAR_LAST.fullmatch(text)
    return found is not None and order_of(text) is None and int(found[1]) != int(found[3])


def has_year_last(text: str) -> bool:
    """Tell whether a cell begins with a date whose year comes last, so that the order of the others counts."""
    return _YEAR_LAST.match(text) is not None and _YEAR_FIRST.match(text) is None


def date_part(text: str) -> str:
    """Return the date of a cell that may hold a time after it."""
    found = _MOMENT.fullmatch(text.translate(_BLANKS))
    return found["day"] if found else text


def _days(year: int, month: int, day: int) -> int:
    try:
        return date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        raise BadValueError("is no day of the calendar") from None


def _year(written: str) -> int:
    year = int(written)
    if len(written) > 2:
        return year
    return year + (1900 if year >= _CENTURY_TURNS else 2000)


def _offset(zone: str | None) -> int | None:
    if zone is None or zone.lower() in ("z", "utc"):
        return None if zone is None else 0
    digits = zone[1:].replace(":", "")
    ahead = int(digits[:2]) * 3600 + int(digits[2:] or 0) * 60
    return -ahead if zone[0] == "-" else ahead
