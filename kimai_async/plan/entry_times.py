"""When each time entry of a file began and ended: its cells of days, times and durations together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kimai_async.fields.clock import DAY_SECONDS, Clock, Formats, Moment, OtherOrderError
from kimai_async.fields.entry_vocabulary import unit_of
from kimai_async.fields.entry_words import TIME_KEYS
from kimai_async.fields.lengths import decimal_sign, length, shown, whole_number
from kimai_async.fields.spellings import BadValueError
from kimai_async.plan.entry_columns import RowError
from kimai_async.text import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kimai_async.plan.date_order import Settled
    from kimai_async.plan.entry_columns import EntryColumns

MINUTE, HOUR = 60, 3600
_ISO_DAY = len("2026-01-31")
_MOST_KEPT = 100_000
"""Texts of which what they mean is kept; those of a file with seconds may be as many as its rows."""


class Span(NamedTuple):
    """When an entry was, in seconds since 1970; *absolute* ones in UTC, others as the clock on the wall shows them.

    `end` is None for a running entry, `duration` the file's own, in seconds, or None.
    """

    begin: int
    end: int | None
    duration: int | None
    absolute: bool


class EntryTimes:
    """Reads when entries were; what is wrong is raised as RowError.

    `at_day_begin` counts the entries of which the file knows the day and the duration only, `first_at_day_begin` is the
    line of the first.
    """

    def __init__(self, columns: EntryColumns, formats: Formats, settled: Settled | None, day_begin: int) -> None:
        self.at_day_begin = 0
        self.first_at_day_begin = 0
        self._columns = columns
        self._formats = formats
        self._settled = settled
        self._day_begin = Clock(day_begin)
        self._moments: dict[str, Moment] = {}
        self._clocks: dict[str, Clock] = {}
        self._are_iso = formats.date_format is None and formats.time_format is None
        self._lengths: dict[str, int] = {}
        self._unit = unit_of(columns.heading("duration"))
        self._sign: tuple[str, str, int] | None = None

    def are_given(self, cells: Sequence[str]) -> bool:
        """Tell whether a row says anything of when it was: only then it is a time entry."""
        cell = self._columns.cell
        return any(cell(key, cells) for key in TIME_KEYS)

    def read(self, line: int, cells: Sequence[str], pause: int) -> Span:
        """Return when the entry of a row was, with *pause* seconds of break; raises RowError."""
        day, clock = self._begin(cells)
        end = self._moment("end", cells)
        own = self._columns.cell("duration", cells)
        if clock is None:
            self._note_day_begin(line, end, own)
            clock = self._day_begin
        begin = day * DAY_SECONDS + clock.seconds
        if end is None or end.clock is None:
            duration = self._duration(line, own, None, pause) if own else None
            begin -= clock.offset or 0
            until = None if duration is None else begin + duration + pause
            return Span(begin, until, duration, clock.offset is not None)
        if (end.clock.offset is None) is not (clock.offset is None):
            raise RowError("end", f"{self._shown('end', cells)} and its begin: only one of them has a time zone")
        return self._until(line, cells, begin, clock, end, own, pause)

    def _note_day_begin(self, line: int, end: Moment | None, own: str) -> None:
        """Count a row that does not say when on its day it began; its duration alone must say how long it took."""
        if end is not None:
            key = "begin" if self._columns.has("begin") else "date"
            raise RowError(key, "has no time of day, but the row has an end; fill in when it began")
        if not own:
            raise RowError("duration", "empty, and the row has no times; fill in one or the other")
        self.at_day_begin += 1
        self.first_at_day_begin = self.first_at_day_begin or line

    def _begin(self, cells: Sequence[str]) -> tuple[int, Clock | None]:
        begin = self._moment("begin", cells)
        if begin is not None and begin.day is not None:
            return begin.day, begin.clock
        date = self._moment("date", cells)
        if date is None or date.day is None:
            key = "date" if self._columns.has("date") else "begin"
            shown = self._columns.cell(key, cells)
            raise RowError(key, f"{shorten(shown, 60)!r} names no day; write it like 2026-01-31" if shown else _EMPTY)
        return date.day, date.clock if begin is None else begin.clock

    def _until(
        self, line: int, cells: Sequence[str], begin: int, clock: Clock, end: Moment, own: str, pause: int
    ) -> Span:
        """Return the span of a row with a begin and an end, after a look at what its duration says."""
        assert end.clock is not None
        day = end.day
        if day is None and (date := self._moment("endDate", cells)) is not None:
            day = date.day
        begin_day = begin - clock.seconds
        until = (begin_day if day is None else day * DAY_SECONDS) + end.clock.seconds - (end.clock.offset or 0)
        begin -= clock.offset or 0
        duration = self._duration(line, own, until - begin, pause) if own else None
        if day is None:
            until += _days_more(until - begin, duration, pause)
        elif until < begin and not _is_repeated_hour(until - begin, duration, pause):
            raise RowError(
                "end", f"{self._shown('end', cells)} is before the begin, {self._shown_begin(cells)}; mend it"
            )
        if duration is not None:
            self._compare(own, until - begin, duration, pause)
        return Span(begin, until, duration, clock.offset is not None)

    def _compare(self, own: str, elapsed: int, duration: int, pause: int) -> None:
        """Refuse a duration that is not what lies between begin and end, but for what an hour of summer time explains.

        What lies within that hour is told once the zone is known.
        """
        if min(abs(elapsed - duration), abs(elapsed - pause - duration)) > HOUR + MINUTE:
            text = f"{shorten(own, 60)!r} contradicts begin and end, {shown(elapsed)} apart; mend one of them"
            raise RowError("duration", text)

    def _moment(self, key: str, cells: Sequence[str]) -> Moment | None:
        text = self._columns.cell(key, cells)
        if not text:
            return None
        try:
            return self._moments.get(text) or self._read_moment(text)
        except OtherOrderError as error:
            raise RowError(key, f"{shorten(text, 60)!r} {error}{self._about_order()}") from None
        except BadValueError as error:
            raise RowError(key, f"{shorten(text, 60)!r} {error}") from None

    def _read_moment(self, text: str) -> Moment:
        """Days and times repeat, moments hardly do: of an ISO 8601 one both parts are kept, not the whole."""
        if self._are_iso and len(text) > _ISO_DAY and text[_ISO_DAY] in "T " and text[4] == "-":
            day, rest = text[:_ISO_DAY], text[_ISO_DAY + 1 :]
            return Moment((self._moments.get(day) or self._keep(day)).day, self._clocks.get(rest) or self._clock(rest))
        return self._keep(text)

    def _keep(self, text: str) -> Moment:
        if len(self._moments) >= _MOST_KEPT:
            self._moments.clear()
        found = self._moments[text] = self._formats.moment(text)
        return found

    def _clock(self, text: str) -> Clock:
        if len(self._clocks) >= _MOST_KEPT:
            self._clocks.clear()
        found = self._clocks[text] = self._formats.clock(text)
        return found

    def _about_order(self) -> str:
        settled = self._settled
        assert settled is not None, "without a date that shows the order there is no other one"
        return f", but {settled.text!r} on line {settled.line} has {settled.order.value}; write all dates in one order"

    def _duration(self, line: int, text: str, elapsed: int | None, pause: int) -> int:
        """Return the seconds of a duration; *elapsed*, between begin and end, tells which unit a whole number has."""
        found = self._lengths.get(text)
        if found is not None:
            return found
        whole = whole_number(text)
        if whole is not None:
            return self._whole_number(text, whole, elapsed, pause)
        self._check_sign(line, text)
        if len(self._lengths) >= _MOST_KEPT:
            self._lengths.clear()
        try:
            found = self._lengths[text] = length(text)
        except BadValueError as error:
            raise RowError("duration", f"{shorten(text, 60)!r} {error}") from None
        return found

    def _whole_number(self, text: str, number: int, elapsed: int | None, pause: int) -> int:
        if elapsed is not None:
            units = (HOUR, MINUTE, 1) if self._unit is None else (self._unit, HOUR, 1)
            apart = {_days_apart(elapsed, number * unit, pause): unit for unit in reversed(units)}
            if min(apart) <= MINUTE:
                return number * apart[min(apart)]
        if self._unit is None and number:
            minutes = shown(number * MINUTE)
            raise RowError(
                "duration",
                f"{text!r} is ambiguous: write {minutes} for minutes, {number}:00 for hours or {number}s for seconds",
            )
        return number * (self._unit or 1)

    def _check_sign(self, line: int, text: str) -> None:
        sign = decimal_sign(text)
        if sign is None:
            return
        if self._sign is None:
            self._sign = sign, text, line
        elif self._sign[0] != sign:
            _, other, first = self._sign
            text = f"{text!r} has another decimal sign than {other!r} on line {first}; write all with one"
            raise RowError("duration", text)

    def _shown(self, key: str, cells: Sequence[str]) -> str:
        return repr(shorten(self._columns.cell(key, cells), 60))

    def _shown_begin(self, cells: Sequence[str]) -> str:
        keys = [key for key in ("date", "begin") if self._columns.cell(key, cells)]
        return " ".join(self._shown(key, cells) for key in keys)


_EMPTY = "empty; a time entry needs a day: fill it in"


def _days_more(elapsed: int, duration: int | None, pause: int) -> int:
    """Return the seconds of the whole days by which an end without a date is later than on the day of the begin.

    It is the next day's if it would be before the begin; what the duration says counts if both agree but for whole
    days, and if they agree but for the hour that summer time gives back.
    """
    days = 1 if elapsed < 0 else 0
    if duration is None:
        return days * DAY_SECONDS
    if _is_repeated_hour(elapsed, duration, pause):
        return 0
    if _days_apart(elapsed, duration, pause) <= MINUTE:
        # The break may be within the duration or not; it is far less than a day.
        days = max(round((duration - elapsed) / DAY_SECONDS), days)
    return days * DAY_SECONDS


def _days_apart(elapsed: int, duration: int, pause: int) -> int:
    """Return how far a duration is from the time between begin and end, whole days aside."""
    apart = []
    for worked in (elapsed, elapsed - pause):
        rest = (worked - duration) % DAY_SECONDS
        apart.append(min(rest, DAY_SECONDS - rest))
    return min(apart)


def _is_repeated_hour(elapsed: int, duration: int | None, pause: int) -> bool:
    """Tell whether an end before the begin is in the hour that the end of summer time repeats, as the duration says."""
    if duration is None or elapsed >= 0:
        return False
    return min(abs(elapsed + HOUR - duration), abs(elapsed + HOUR - pause - duration)) <= MINUTE
