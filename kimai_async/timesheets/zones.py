"""From what the clock on the wall showed to moments: each time in the zone of whoever looked at that clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kimai_async.csvfile.notes import FEW, About, listed
from kimai_async.errors import UsageError
from kimai_async.text import shorten
from kimai_async.tree.collector import collector_paused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kimai_async.csvfile.notes import Notes
    from kimai_async.kimai.people import User
    from kimai_async.tree.entry import Entry, Person

TOLERANCE = 60
"""Seconds by which a duration may differ from end minus begin: many files round it to the minute."""

_DAY = 86_400
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - what a clock shows has no zone


def to_utc(
    entries: Iterable[Entry],
    me: User,
    entry_timezone: str | None,
    *,
    ends: bool,
    headings: Mapping[str, str],
    problems: Notes,
    warnings: Notes,
) -> list[str]:
    """Make the times of all entries absolute, in place; return the zones that were used.

    The zone is *entry_timezone*, or else that of the entry's person, or else the token's user's. A time that the clocks
    skip is moved forward by the skip, as Kimai does; of two that they show alike the one counts that agrees with the
    file's duration, or else the first, where PHP's choice would depend on the zone. Without *ends*, in a file that has
    no column of them, an entry is as long as its duration says. *headings* are the file's, by the keys of
    `Columns.of_entries`. Raises UsageError for zones that this computer does not know.
    """
    turning = _Turning(me, entry_timezone, headings, problems, warnings, ends=ends)
    with collector_paused():
        turning.turn(entries)
    turning.tell()
    return turning.zones


class _Clock(dict[int, "int | None"]):
    """The clocks of a zone: seconds east of UTC on each day (since 1970); None on a day on which that changes."""

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__()
        self.zone = zone

    def __missing__(self, day: int) -> int | None:
        ends = (day * _DAY, day * _DAY + _DAY - 1)
        offsets = {self._offset(wall, fold) for wall in ends for fold in (0, 1)}
        self[day] = offset = offsets.pop() if len(offsets) == 1 else None
        return offset

    def moments(self, wall: int) -> list[int]:
        """Return when the clocks show a time: twice as they are set back; moved forward if they skip it."""
        first, second = (wall - self._offset(wall, fold) for fold in (0, 1))
        return [first, second] if first < second else [first]

    def skip(self, wall: int) -> int:
        """Return by how many seconds a time must be moved because the clocks skip it, or 0."""
        return max(0, self._offset(wall, 1) - self._offset(wall, 0))

    def _offset(self, wall: int, fold: int) -> int:
        shown = (_EPOCH + timedelta(seconds=wall)).replace(tzinfo=self.zone, fold=fold)
        offset = shown.utcoffset()
        assert offset is not None  # a ZoneInfo always knows
        return int(offset.total_seconds())


class _Turning:
    def __init__(
        self,
        me: User,
        entry_timezone: str | None,
        headings: Mapping[str, str],
        problems: Notes,
        warnings: Notes,
        *,
        ends: bool,
    ) -> None:
        self._me = me
        self._fallback = me.timezone or "UTC"
        self._given = entry_timezone
        self._ends = ends
        self._headings = headings
        self._problems = problems
        self._warnings = warnings
        self._by_zone: dict[str, _Clock] = {}
        self._by_person: dict[Person | None, _Clock] = {}
        self._guessed: list[Person] = []
        self._twice = 0
        self._twice_lines: list[int] = []
        self._twice_zones: dict[str, None] = {}
        if entry_timezone is not None:
            shown = shorten(entry_timezone, 60)
            self._clock(entry_timezone, f"--entry-timezone takes a name such as Europe/Berlin, not {shown!r}.")

    @property
    def zones(self) -> list[str]:
        return list(self._by_zone)

    def turn(self, entries: Iterable[Entry]) -> None:
        clocks, ends = self._by_person, self._ends
        for entry in entries:
            if entry.offset is None:
                clock = clocks.get(entry.person)
                if clock is None:
                    clock = clocks[entry.person] = self._clock_of(entry.person)
                begin, end = entry.begin, entry.end
                offset = clock[begin // _DAY]
                if offset is None or (end is not None and ends and clock[end // _DAY] != offset):
                    self._turn_on_a_change(entry, clock)
                else:
                    entry.begin = begin - offset
                    if end is not None:
                        entry.end = end - offset
                entry.offset = begin - entry.begin if offset is None else offset
            if entry.values is not None and ends:
                self._check_duration(entry)

    def tell(self) -> None:
        """Say once what was said of no line."""
        if self._twice:
            entries = (
                "1 time entry begins or ends" if self._twice == 1 else f"{self._twice:,} time entries begin or end"
            )
            more = self._twice - len(self._twice_lines)
            lines = listed([*map(str, self._twice_lines), *[""] * more])
            self._warnings.note(
                f"{entries} in an hour that the clocks of {listed(self._twice_zones)} show twice, and the first is "
                f"taken: line{'s' * (self._twice > 1)} {lines}; a duration, or times with an offset, would tell",
                About.VALUES,
            )
        if self._guessed:
            who = listed(shorten(str(person), 60) for person in self._guessed)
            self._warnings.note(
                f"this token may not read the time zone of {who}: what is theirs is taken to be in yours, "
                f"{self._fallback}; give --entry-timezone if it is not",
                About.VALUES,
            )

    def _clock_of(self, person: Person | None) -> _Clock:
        if self._given is not None:
            return self._by_zone[self._given]
        zone, who = (person.zone, str(person)) if person is not None and person.zone else (None, self._me.username)
        if zone is None and person is not None and person.id not in (None, self._me.id):
            self._guessed.append(person)
        zone = zone or self._fallback
        its = f"{shorten(who, 60)} has the time zone {shorten(zone, 60)} in Kimai"
        return self._clock(zone, f"{its}, which this computer does not know; give --entry-timezone.")

    def _clock(self, zone: str, otherwise: str) -> _Clock:
        if zone not in self._by_zone:
            try:
                self._by_zone[zone] = _Clock(ZoneInfo(zone))
            except (KeyError, ValueError, OSError):  # unknown; no such name can be; a folder of zones
                raise UsageError(otherwise) from None
        return self._by_zone[zone]

    def _turn_on_a_change(self, entry: Entry, clock: _Clock) -> None:
        begin, end = entry.begin, entry.end
        self._note_skip(entry, clock, begin, "begin")
        begins = clock.moments(begin)
        if end is None or not self._ends:
            choices = [(moment, None if end is None else moment + end - begin) for moment in begins]
        else:
            self._note_skip(entry, clock, end, "end")
            choices = [(first, last) for first in begins for last in clock.moments(end) if first <= last]
        if not choices:
            text = f"it ends before it begins, as the clocks of {clock.zone.key} skip an hour; correct the times"
            self._problems.add(entry.line, self._heading("end"), text, About.VALUES)
            return
        fitting = [choice for choice in choices if _fits(entry, *choice)]
        entry.begin, entry.end = (fitting or choices)[0]
        if len(choices) > 1 and len(fitting) != 1:
            self._note_twice(entry, clock)

    def _note_skip(self, entry: Entry, clock: _Clock, wall: int, key: str) -> None:
        skip = clock.skip(wall)
        if skip:
            shown, taken = (_EPOCH + timedelta(seconds=seconds) for seconds in (wall, wall + skip))
            text = f"the clocks of {clock.zone.key} skip {shown:%Y-%m-%d %H:%M}; it is taken as {taken:%H:%M}"
            self._warnings.add(entry.line, self._heading(key), text, About.VALUES)

    def _note_twice(self, entry: Entry, clock: _Clock) -> None:
        self._twice += 1
        self._twice_zones[clock.zone.key] = None
        if len(self._twice_lines) < FEW:
            self._twice_lines.append(entry.line)

    def _check_duration(self, entry: Entry) -> None:
        if entry.end is not None and not _fits(entry, entry.begin, entry.end):
            duration = (entry.values or {})["duration"]
            text = f"{_hours(duration)}, but it is {_hours(entry.seconds)} from begin to end; these count"
            self._warnings.add(entry.line, self._heading("duration"), text, About.VALUES)

    def _heading(self, key: str) -> str:
        return self._headings.get(key, "")


def _fits(entry: Entry, begin: int, end: int | None) -> bool:
    """Tell whether the file's duration, if it has one, agrees with begin and end, with the break or without it."""
    values = entry.values or {}
    duration: int | None = values.get("duration")
    if duration is None or end is None:
        return True
    pause: int = values.get("break", 0)
    apart = end - begin - duration
    return abs(apart) <= TOLERANCE or abs(apart - pause) <= TOLERANCE


def _hours(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02}" + (f":{rest:02}" if rest else "")
