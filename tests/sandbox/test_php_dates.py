"""How PHP reads dates, and which moment it takes a zone's clocks to show."""

from __future__ import annotations

import pytest

from kimai_async.sandbox import php_dates

NOON = php_dates.parse("2026-11-24T12:00:00Z", "UTC", 0)


@pytest.mark.parametrize(
    ("text", "zone", "shown"),
    [
        ("2026-01-05T09:00", "UTC", "2026-01-05T09:00:00+0000"),
        ("2026-01-05 09:00:30.999", "UTC", "2026-01-05T09:00:30+0000"),
        ("2026-01-05T09:00:60", "UTC", "2026-01-05T09:01:00+0000"),
        ("2026-01-05T24:00:00", "UTC", "2026-01-06T00:00:00+0000"),
        ("2026-01-05T09:00:00-0500", "Europe/Berlin", "2026-01-05T15:00:00+0100"),
        ("2026-01-05T09:00:00 UTC+2", "UTC", "2026-01-05T07:00:00+0000"),
        ("2026-01-05T09:00:00z", "Asia/Kolkata", "2026-01-05T14:30:00+0530"),
        ("2026-01-05T09:00:00 America/New_York", "UTC", "2026-01-05T14:00:00+0000"),
        ("2026-01-05T09:00:00 +1 day", "UTC", "2026-01-06T09:00:00+0000"),
        ("2026-01-05T09:00:00 2 hours ago", "UTC", "2026-01-05T07:00:00+0000"),
        ("2026-01-31 +1 month", "UTC", "2026-03-03T00:00:00+0000"),
        ("0001-01-01T00:00:00", "UTC", "0001-01-01T00:00:00+0000"),
        ("now", "Europe/Berlin", "2026-11-24T13:00:00+0100"),
        ("08:15", "Europe/Berlin", "2026-11-24T08:15:00+0100"),
        ("noon yesterday", "UTC", "2026-11-23T00:00:00+0000"),
        ("tomorrow", "UTC", "2026-11-25T00:00:00+0000"),
        ("first day of last month midnight", "UTC", "2026-10-01T00:00:00+0000"),
        ("last day of this month 23:59:59", "UTC", "2026-11-30T23:59:59+0000"),
        ("next year", "UTC", "2027-11-24T12:00:00+0000"),
        ("1890-01-01T12:00:00", "Europe/Berlin", "1890-01-01T12:00:00+0053"),
    ],
)
def test_a_text_is_the_moment_that_php_takes_it_for(text: str, zone: str, shown: str) -> None:
    assert php_dates.show(php_dates.parse(text, zone, NOON), zone) == shown


@pytest.mark.parametrize(
    "text",
    [
        *("nonsense", "2026-02-30", "2026-13-01", "2026-01-05T25:00:00", "2026-01-05T09:61:00", "0000-01-01"),
        *("2026-01-05T09:00:00 Mars/Base", "9999-12-31 +1 month", "0001-01-01T00:00:00 -1 day", "+3 lightyears"),
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        php_dates.parse(text, "UTC", NOON)


@pytest.mark.parametrize(
    ("zone", "wall", "shown"),
    [
        ("Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T03:30:00+0200"),
        ("America/New_York", "2026-03-08T02:30:00", "2026-03-08T03:30:00-0400"),
        ("Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T02:30:00+0100"),
        ("Europe/London", "2026-10-25T01:30:00", "2026-10-25T01:30:00+0000"),
        ("Asia/Gaza", "2026-10-24T01:30:00", "2026-10-24T01:30:00+0200"),
        ("America/New_York", "2026-11-01T01:30:00", "2026-11-01T01:30:00-0400"),
        ("Atlantic/Azores", "2026-10-25T00:30:00", "2026-10-25T00:30:00+0000"),
        ("Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-05T01:45:00+1030"),
    ],
)
def test_a_skipped_hour_moves_on_and_a_repeated_one_is_the_second_east_of_greenwich(
    zone: str, wall: str, shown: str
) -> None:
    assert php_dates.show(php_dates.parse(wall, zone, 0), zone) == shown


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "UTC"])
def test_a_moment_that_is_shown_without_its_offset_is_found_again(zone: str) -> None:
    for month in range(1, 13):
        moment = php_dates.parse(f"2026-{month:02d}-15T10:20:30Z", "UTC", 0)
        assert php_dates.parse(php_dates.show(moment, zone)[:19], zone, 0) == moment


def test_a_moment_near_the_end_of_all_years_is_shown_in_utc() -> None:
    last = php_dates.parse("9999-12-31T23:00:00Z", "UTC", 0)
    assert php_dates.show(last, "Asia/Tokyo") == "9999-12-31T23:00:00+0000"
    with pytest.raises(ValueError, match="9999"):
        php_dates.parse("9999-12-31T23:00:00", "America/New_York", 0)


def test_a_moment_moves_by_the_clocks_of_a_zone() -> None:
    before = php_dates.parse("2026-03-28T12:00:00", "Europe/Berlin", 0)
    assert php_dates.move(before, "+1 day", "Europe/Berlin") - before == 23 * 3600
    assert php_dates.move(before, "+24 hours", "Europe/Berlin") - before == 24 * 3600
