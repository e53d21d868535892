"""Days, times of day and durations as other trackers write them."""

from __future__ import annotations

import pytest

from kimai_async.fields.clock import (
    Clock,
    Formats,
    Moment,
    Order,
    OtherOrderError,
    date_part,
    has_year_last,
    is_unordered,
    order_of,
)
from kimai_async.fields.lengths import decimal_sign, length, shown, whole_number
from kimai_async.fields.spellings import BadValueError

DAY = 20_516  # 2026-03-04


def refused(text: str, formats: Formats) -> str:
    with pytest.raises(BadValueError) as caught:
        formats.moment(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        *(("2026-03-04", None), ("2026/3/4", None), ("2026.03.04", None), ("4.3.2026", None), ("04.03.26.", None)),
        *(("04/03/2026", Order.DAY), ("03/04/2026", Order.MONTH), ("3-4-26", Order.MONTH), ("4-3-2026", Order.DAY)),
    ],
)
def test_a_day_is_read(text: str, order: Order | None) -> None:
    assert Formats(order).moment(text) == Moment(DAY, None)


def test_a_year_of_two_digits_is_of_this_century_up_to_68() -> None:
    assert Formats().day("1.1.70") == 0
    assert Formats().day("1.1.69") == -365
    assert Formats().day("1.1.68") == 35_794


@pytest.mark.parametrize(
    ("text", "order"),
    [
        *(("13/04/2026", Order.DAY), ("04/13/2026", Order.MONTH), ("04.03.2026", Order.DAY), ("03/04/2026", None)),
        *(("2026-13-04", None), ("x", None)),
    ],
)
def test_a_part_above_12_and_points_show_the_order(text: str, order: Order | None) -> None:
    assert order_of(text) is order


def test_a_date_without_an_order_is_told_apart_from_one_that_is_the_same_in_both() -> None:
    assert [is_unordered(text) for text in ("03/04/2026", "04/04/2026", "13/04/2026", "2026-03-04")] == [
        *(True, False, False, False)
    ]
    assert [has_year_last(text) for text in ("03/04/2026", "2026-03-04", "10:00")] == [True, False, False]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("0:00", 0), ("9:05", 32_700), ("10:23:52", 37_432), ("10:23:52.75", 37_432), ("24:00", 86_400)),
        *(("12:00 AM", 0), ("12:00 pm", 43_200), ("1:00 PM", 46_800), ("1 p.m.", 46_800), ("11:59:59pm", 86_399)),
        *(("1:00\u202fPM", 46_800), ("1:00\u00a0PM", 46_800)),
    ],
)
def test_a_time_of_day_is_read(text: str, seconds: int) -> None:
    assert Formats().moment(text) == Moment(None, Clock(seconds))


@pytest.mark.parametrize("text", ["9", "09"])
def test_a_bare_hour_is_a_time_where_the_plugin_wrote_the_file(text: str) -> None:
    assert Formats(whole_hours=True).moment(text) == Moment(None, Clock(32_400))
    assert refused(text, Formats()) == "is no time like 9:00 or 1:30 PM (or give --time-format)"


@pytest.mark.parametrize(
    ("zone", "offset"), [("Z", 0), ("z", 0), (" UTC", 0), ("+01:00", 3600), ("-0330", -12_600), ("+05", 18_000)]
)
def test_a_moment_with_a_zone_is_read(zone: str, offset: int) -> None:
    for between in ("T", " ", ", "):
        assert Formats().moment(f"2026-03-04{between}09:00:00{zone}") == Moment(DAY, Clock(32_400, offset))


def test_a_moment_of_a_12_hour_clock_is_read() -> None:
    assert Formats(Order.MONTH).moment("3/4/2026, 1:00 PM") == Moment(DAY, Clock(46_800))
    assert Formats(Order.MONTH).moment("3/4/2026 1 pm") == Moment(DAY, Clock(46_800))
    assert date_part("3/4/2026, 1:00\u202fPM") == "3/4/2026"
    assert date_part("3/4/2026") == "3/4/2026"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("25:00", "is no time of day; write 0:00 to 24:00"),
        ("24:01", "is no time of day; write 0:00 to 24:00"),
        ("10:60", "is no time of day; write 0:00 to 24:00"),
        ("10:00:60", "is no time of day; write 0:00 to 24:00"),
        ("13:00 PM", "is no time of a 12-hour clock; its hours are 1 to 12"),
        ("0:30 am", "is no time of a 12-hour clock; its hours are 1 to 12"),
        ("2026-02-30", "is no day of the calendar"),
        ("0000-01-01", "is no day of the calendar"),
        ("yesterday", "is no date like 2026-01-31 (or give --date-format)"),
        ("03/04/2026", "is written otherwise than the first date of the file; write all as 2026-01-31"),
    ],
)
def test_what_is_no_day_or_time_is_refused(text: str, reason: str) -> None:
    assert refused(text, Formats()) == reason


def test_a_date_of_the_other_order_is_refused_as_such() -> None:
    with pytest.raises(OtherOrderError, match=r"^has the day first$"):
        Formats(Order.MONTH).day("13/04/2026")
    with pytest.raises(OtherOrderError, match=r"^has the month first$"):
        Formats(Order.DAY, time_format="%H.%M").moment("04/13/2026 9.00")


def test_a_date_format_counts_alone() -> None:
    formats = Formats(date_format="%d %b %Y")

    assert formats.moment("4 Mar 2026") == Moment(DAY, None)
    assert formats.moment("4 Mar 2026 10:00") == Moment(DAY, Clock(36_000))
    assert formats.moment("10:00") == Moment(None, Clock(36_000))
    assert refused("2026-03-04", formats) == "is no date of the format %d %b %Y"


def test_a_date_format_may_hold_the_time() -> None:
    formats = Formats(date_format="%d.%m.%Y %Hh%M %z")

    assert formats.moment("04.03.2026 09h30 +0100") == Moment(DAY, Clock(34_200, 3600))
    assert refused("04.03.2026", formats) == "is no date and time of the format %d.%m.%Y %Hh%M %z"
    assert Formats(date_format="%Y%m%dT%H%M").moment("20260304T0930") == Moment(DAY, Clock(34_200))


def test_a_time_format_counts_alone() -> None:
    formats = Formats(time_format="%H.%M")

    assert formats.moment("9.30") == Moment(None, Clock(34_200))
    assert formats.moment("2026-03-04") == Moment(DAY, None)
    assert formats.moment("2026-03-04 9.30") == formats.moment("2026-03-04T9.30") == Moment(DAY, Clock(34_200))
    reason = "is no date like 2026-01-31 (or give --date-format), and no time of the format %H.%M"
    assert refused("9:30", formats) == reason
    assert Formats(time_format="%I %p").moment("2026-03-04 9 PM") == Moment(DAY, Clock(75_600))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("1:30", 5400), ("01:30:00", 5400), ("1:30:05.9", 5405), ("0:13", 780), ("27:05", 97_500), ("1.5", 5400)),
        *(("1,5", 5400), (".25", 900), ("20,0", 72_000), ("0,01", 36), ("0.0001", 0), ("90m", 5400), ("90 min", 5400)),
        *(("1h30m", 5400), ("1h 30m", 5400), ("1 h 30 min", 5400), ("1.5h", 5400), ("2 hours", 7200), ("5400s", 5400)),
        *(("1h 30m 5s", 5405), ("7,", 25_200)),
    ],
)
def test_a_duration_is_read(text: str, seconds: int) -> None:
    assert length(text) == seconds


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *(("1:75", "has 60 or more after a colon; write hours and minutes such as 1:30"), ("-1:30", "is negative")),
        *((text, "is no duration; write 1:30, 1h30m or 1.5") for text in ("x", "-", "1h30", "90 days", "5400", "1:3")),
    ],
)
def test_what_is_no_duration_is_refused(text: str, reason: str) -> None:
    with pytest.raises(BadValueError) as caught:
        length(text)
    assert str(caught.value) == reason


def test_a_bare_whole_number_has_no_unit_of_its_own() -> None:
    assert [whole_number(text) for text in ("90", "0", "1.5", "90m", "")] == [90, 0, None, None, None]


def test_the_decimal_sign_of_hours_is_known() -> None:
    assert [decimal_sign(text) for text in ("1.5", "1,5", "7,", "90", "1:30")] == [".", ",", ",", None, None]


def test_a_duration_is_shown_in_hours() -> None:
    assert [shown(seconds) for seconds in (5400, 45, -2400, 97_500)] == ["1:30", "0:00:45", "-0:40", "27:05"]
