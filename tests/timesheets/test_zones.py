"""Wall clocks to moments: zones of persons and options, hours that are skipped or repeated, durations that tell."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimai_async.csvfile.notes import Notes
from kimai_async.errors import UsageError
from kimai_async.kimai.people import User
from kimai_async.timesheets.zones import to_utc
from kimai_async.tree.entry import Entry, Person
from kimai_async.tree.nodes import Tree

BERLIN = "Europe/Berlin"
ME = User(1, "susan_super", timezone=BERLIN)
HEADINGS = {"begin": "Start", "end": "End", "duration": "Duration"}
ACTIVITY = Tree().add("Acme", 2).add("Site", 2).add("Design", 2)


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def text(moment: int | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat()[:16]


def entry(begin: str, end: str | None = None, line: int = 2, **more: Any) -> Entry:
    return Entry(ACTIVITY, line, seconds(begin), None if end is None else seconds(end), **more)


class Turned:
    def __init__(self, *entries: Entry, me: User = ME, zone: str | None = None, ends: bool = True) -> None:
        problems, warnings = Notes(), Notes()
        self.zones = to_utc(entries, me, zone, ends=ends, headings=HEADINGS, problems=problems, warnings=warnings)
        self.problems, self.warnings = problems.lines(), warnings.lines()
        self.times = [(text(entry.begin), text(entry.end)) for entry in entries]
        assert all(entry.offset is not None for entry in entries)


def person(zone: str | None, number: int = 5) -> Person:
    found = Person(2, user="anna")
    found.id, found.zone = number, zone
    return found


def test_a_zone_of_the_options_counts_before_the_persons_and_the_tokens_users() -> None:
    def three() -> list[Entry]:
        times = ("2026-01-05T09:00", "2026-01-05T10:00")
        return [entry(*times), entry(*times, person=person("Asia/Tokyo")), entry(*times, person=person(None, 1))]

    assert [begin for begin, _ in Turned(*three()).times] == [
        "2026-01-05T08:00",
        "2026-01-05T00:00",
        "2026-01-05T08:00",
    ]
    assert Turned(*three()).zones == [BERLIN, "Asia/Tokyo"]
    assert {begin for begin, _ in Turned(*three(), zone="America/New_York").times} == {"2026-01-05T14:00"}
    assert Turned(*three(), zone="America/New_York").zones == ["America/New_York"]


def test_what_is_absolute_stays_and_what_runs_has_no_end() -> None:
    turned = Turned(entry("2026-07-05T09:00", "2026-07-05T10:00", offset=0), entry("2026-07-05T09:00"))

    assert turned.times == [("2026-07-05T09:00", "2026-07-05T10:00"), ("2026-07-05T07:00", None)]
    assert (turned.problems, turned.warnings) == ([], [])


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        ("2026-03-28T23:00", "2026-03-29T04:00", ("2026-03-28T22:00", "2026-03-29T02:00")),  # 4 hours went by
        ("2026-10-25T01:00", "2026-10-25T04:00", ("2026-10-24T23:00", "2026-10-25T03:00")),  # and here
        ("2026-10-24T12:00", "2026-10-26T12:00", ("2026-10-24T10:00", "2026-10-26T11:00")),
        ("2026-03-29T00:00", "2026-03-29T01:59", ("2026-03-28T23:00", "2026-03-29T00:59")),
        ("2026-03-29T03:00", "2026-03-30T00:00", ("2026-03-29T01:00", "2026-03-29T22:00")),
        ("2026-10-25T03:00", "2026-10-26T00:00", ("2026-10-25T02:00", "2026-10-25T23:00")),
    ],
)
def test_on_days_of_a_change_each_time_has_its_own_offset(begin: str, end: str, expected: tuple[str, str]) -> None:
    turned = Turned(entry(begin, end))

    assert (turned.times, turned.problems, turned.warnings) == ([expected], [], [])


def test_a_skipped_time_is_moved_forward_and_told() -> None:
    turned = Turned(entry("2026-03-29T02:30", "2026-03-29T04:00", 7), entry("2026-03-29T01:00", "2026-03-29T02:15", 8))

    assert turned.times == [("2026-03-29T01:30", "2026-03-29T02:00"), ("2026-03-29T00:00", "2026-03-29T01:15")]
    assert turned.warnings == [
        "line 7, Start: the clocks of Europe/Berlin skip 2026-03-29 02:30; it is taken as 03:30",
        "line 8, End: the clocks of Europe/Berlin skip 2026-03-29 02:15; it is taken as 03:15",
    ]


def test_what_would_end_before_it_begins_by_that_is_a_problem() -> None:
    turned = Turned(entry("2026-03-29T02:45", "2026-03-29T03:15", 7))

    assert turned.problems == [
        "line 7, End: it ends before it begins, as the clocks of Europe/Berlin skip an hour; correct the times"
    ]


@pytest.mark.parametrize(
    ("begin", "end", "values", "expected"),
    [
        ("02:30", "04:00", {"duration": 5400}, ("01:30", "03:00")),
        ("02:30", "04:00", {"duration": 9000}, ("00:30", "03:00")),
        ("02:30", "04:00", {"duration": 5400 - 900, "break": 900}, ("01:30", "03:00")),
        ("01:00", "02:30", {"duration": 9000}, ("23:00", "01:30")),
        ("01:00", "02:30", {"duration": 5430}, ("23:00", "00:30")),
        ("02:30", "02:10", {"duration": 2400}, ("00:30", "01:10")),
    ],
)
def test_a_duration_tells_which_of_two_hours_is_meant(
    begin: str, end: str, values: dict[str, int], expected: tuple[str, str]
) -> None:
    turned = Turned(entry(f"2026-10-25T{begin}", f"2026-10-25T{end}", values=values))

    assert [time and time[-5:] for time in turned.times[0]] == list(expected)
    assert (turned.problems, turned.warnings) == ([], [])


def test_without_a_duration_the_first_counts_and_is_told_once() -> None:
    day = "2026-10-25T"
    turned = Turned(
        *(entry(f"{day}02:10", f"{day}02:50", line) for line in range(5, 20)),
        entry(f"{day}02:10", line=20),
        entry(f"{day}02:10", f"{day}02:50", 21, values={"duration": 2400}),
        entry("2026-11-01T01:10", "2026-11-01T03:00", 22, person=person("America/New_York")),
    )

    assert set(turned.times[:15]) == {("2026-10-25T00:10", "2026-10-25T00:50")}
    assert turned.times[15:] == [
        ("2026-10-25T00:10", None),
        ("2026-10-25T00:10", "2026-10-25T00:50"),
        ("2026-11-01T05:10", "2026-11-01T08:00"),
    ]
    (told,) = turned.warnings
    assert told == (
        "18 time entries begin or end in an hour that the clocks of Europe/Berlin, America/New_York show twice, and "
        "the first is taken: lines 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 and 8 more; a duration, or times with an offset, "
        "would tell"
    )


def test_a_single_one_is_told_in_the_singular() -> None:
    (told,) = Turned(entry("2026-10-25T02:10", "2026-10-25T05:00", 5)).warnings

    assert told.startswith("1 time entry begins or ends in an hour")
    assert "taken: line 5; " in told


def test_in_a_file_without_ends_an_entry_takes_as_long_as_its_duration() -> None:
    values = {"duration": 8 * 3600}
    turned = Turned(
        entry("2026-10-24T20:00", "2026-10-25T04:00", values=values),
        entry("2026-03-29T02:30", "2026-03-29T10:30", values=values),
        ends=False,
    )

    assert turned.times == [("2026-10-24T18:00", "2026-10-25T02:00"), ("2026-03-29T01:30", "2026-03-29T09:30")]
    assert turned.warnings == ["line 2, Start: the clocks of Europe/Berlin skip 2026-03-29 02:30; it is taken as 03:30"]


def test_a_duration_that_differs_by_more_than_a_minute_is_told() -> None:
    nine, ten = "2026-01-05T09:00", "2026-01-05T10:00"
    turned = Turned(
        entry(nine, ten, 2, values={"duration": 3660}),
        entry(nine, ten, 3, values={"duration": 3661}),
        entry(nine, ten, 4, values={"duration": 3000, "break": 600}),
        entry(nine, ten, 5, values={"billable": True}),
        entry(nine, None, 6, values={"duration": 1}),
        entry("2026-10-24T20:00", "2026-10-25T04:00", 7, values={"duration": 8 * 3600}),
        entry(nine, ten, 8, values={"duration": 60}, offset=0),
    )

    assert turned.warnings == [
        "line 3, Duration: 1:01:01, but it is 1:00 from begin to end; these count",
        "line 7, Duration: 8:00, but it is 9:00 from begin to end; these count",
        "line 8, Duration: 0:01, but it is 1:00 from begin to end; these count",
    ]


def test_a_zone_that_the_token_may_not_read_is_guessed_and_told() -> None:
    turned = Turned(entry("2026-01-05T09:00", person=person(None)), entry("2026-01-05T09:00", person=person(None)))

    assert [begin for begin, _ in turned.times] == ["2026-01-05T08:00"] * 2
    (told,) = turned.warnings
    assert told == (
        "this token may not read the time zone of anna, anna: what is theirs is taken to be in yours, Europe/Berlin; "
        "give --entry-timezone if it is not"
    )
    assert Turned(entry("2026-01-05T09:00", person=person(None)), zone="UTC").warnings == []


def test_a_kimai_that_tells_no_zone_is_taken_to_be_in_utc() -> None:
    assert Turned(entry("2026-01-05T09:00"), me=User(1, "me")).times == [("2026-01-05T09:00", None)]


@pytest.mark.parametrize("zone", ["Mars/Base", "", "../etc/passwd", "Europe", "Europe/Berlin\0"])
def test_an_unknown_zone_of_the_options_is_refused_even_for_no_entries(zone: str) -> None:
    with pytest.raises(UsageError, match="--entry-timezone takes a name such as Europe/Berlin, not "):
        Turned(zone=zone)


def test_an_unknown_zone_of_a_user_is_refused_with_a_way_out() -> None:
    with pytest.raises(UsageError) as raised:
        Turned(entry("2026-01-05T09:00", person=person("Mars/Base")))

    assert str(raised.value) == (
        "anna has the time zone Mars/Base in Kimai, which this computer does not know; give --entry-timezone."
    )


ZONES = st.sampled_from(
    [BERLIN, "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "America/St_Johns"]
)


@given(ZONES, st.integers(0, 2_000_000_000), st.integers(0, 100_000))
def test_every_moment_is_found_again_by_what_its_clock_shows_but_for_repeated_hours(
    zone: str, begin: int, length: int
) -> None:
    moments = [datetime.fromtimestamp(moment, ZoneInfo(zone)) for moment in (begin, begin + length)]
    walls = [int(moment.replace(tzinfo=UTC).timestamp()) for moment in moments]
    one = Entry(ACTIVITY, 2, walls[0], walls[1], values={"duration": length})
    if walls[0] > walls[1]:
        return
    turned = Turned(one, zone=zone)

    shifts = {one.begin - begin, (one.end or 0) - begin - length}
    assert not any("skip" in text for text in turned.warnings)
    assert shifts == {0} or (len(shifts) == 1 and any(moment.fold for moment in moments) and turned.warnings)


@pytest.mark.parametrize("year", [1, 1900, 9999])
def test_the_first_and_the_last_day_of_a_calendar_are_turned(year: int) -> None:
    turned = Turned(entry(f"{year:04}-06-15T09:00", f"{year:04}-12-30T09:00"), zone="UTC")

    assert turned.times == [(f"{year:04}-06-15T09:00", f"{year:04}-12-30T09:00")]
