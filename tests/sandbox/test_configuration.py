"""Kimai's system configuration, as the sandbox takes it."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

import pytest

from kimai_async.sandbox.configuration import Configuration, configuration, parse_settings
from kimai_async.sandbox.storage.clock import parse_moment


def test_without_settings_everything_stands_at_kimais_defaults() -> None:
    assert configuration({}) == Configuration()
    assert (Configuration().rounding_begin, Configuration().rounding_duration) == (1, 0)


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("activity.number_format", "", "activity_number_format", ""),
        ("customer.number_format", "K{cc+1000,5}-2026", "customer_number_format", "K{cc+1000,5}-2026"),
        ("timesheet.mode", "punch", "mode", "punch"),
        ("timesheet.active_entries.hard_limit", "3", "hard_limit", 3),
        ("timesheet.rounding.default.days", " Monday,friday ", "rounding_days", ("monday", "friday")),
        ("timesheet.rounding.default.days", "", "rounding_days", ()),
        ("timesheet.rules.allow_future_times", "0", "allow_future_times", False),
        (
            "timesheet.rules.lockdown_period_start",
            "first day of last month",
            "lockdown_start",
            "first day of last month",
        ),
        ("timesheet.rules.lockdown_period_end", "", "lockdown_end", None),
        ("timesheet.rules.lockdown_period_timezone", "Europe/Berlin", "lockdown_timezone", "Europe/Berlin"),
        ("timesheet.rules.lockdown_grace_period", "+10 days", "lockdown_grace", "+10 days"),
    ],
)
def test_a_setting_is_read_by_kimais_name(name: str, text: str, field: str, value: object) -> None:
    assert getattr(configuration({name: text}), field) == value


@pytest.mark.parametrize(
    ("name", "text", "takes"),
    [
        ("customer.number_format", "{cc,four}", "nothing, or text with the count in braces"),
        ("timesheet.mode", "fast", "one of default, punch, duration_fixed_begin"),
        ("timesheet.active_entries.hard_limit", "0", "a whole number of 1 or more"),
        ("timesheet.rounding.default.begin", "1.5", "a whole number of 0 or more"),
        ("timesheet.rounding.default.days", "Montag", "English names of weekdays with commas between them"),
        ("timesheet.rules.allow_future_times", "yes", "0 or 1"),
        ("timesheet.default_begin", "early", "a date such as"),
        ("timesheet.rules.lockdown_period_timezone", "Mars/Base", "a time zone such as Europe/Berlin"),
        ("timesheet.rules.lockdown_grace_period", "soon", 'a length of time such as "\\+10 days"'),
    ],
)
def test_a_value_that_kimai_would_not_take_is_one_sentence(name: str, text: str, takes: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} cannot be '{text}': it takes {takes}.*\\.$"):
        configuration({name: text})


def test_a_name_that_there_is_not_is_answered_with_all_there_are() -> None:
    with pytest.raises(
        ValueError, match=r"^There is no setting 'timesheet.x': use one of activity\.number_format, "
    ) as caught:
        configuration({"timesheet.x": "1"})
    assert str(caught.value).count(", ") == len(fields(Configuration)) - 1


def test_options_are_names_and_values_with_an_equals_sign() -> None:
    assert parse_settings(["a=b=c", "d="]) == {"a": "b=c", "d": ""}
    for wrong in ("a", "=b", ""):
        with pytest.raises(ValueError, match="is not a setting"):
            parse_settings([wrong])


@pytest.mark.parametrize("text", ["", "soon", "2026-11-24", "2026-11-24T13:50:00"])
def test_a_clock_stands_at_a_moment_with_its_offset_from_utc(text: str) -> None:
    with pytest.raises(ValueError, match="is no moment: write one with its offset"):
        parse_moment(text)
    assert parse_moment("2026-11-24T14:50:00+01:00") == datetime.fromisoformat("2026-11-24T13:50:00Z")
