"""Kimai's system configuration: the names that matter here, their types and their defaults
(src/DependencyInjection/Configuration.php, src/Configuration/SystemConfiguration.php)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from functools import partial
from typing import TYPE_CHECKING, Any

from kimai_async.sandbox import php_dates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

MODES = ("default", "punch", "duration_fixed_begin")
ROUNDING_MODES = ("default", "closest", "ceil", "floor")
_FORMAT_PART = re.compile(r"\{\w*([+-]\d+|,\d+)*\}", re.ASCII)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class _BadValueError(Exception):
    """The text is what would have been right."""


def _yes_no(text: str) -> bool:
    if text not in {"0", "1"}:
        raise _BadValueError("0 or 1")
    return text == "1"


def _number(text: str, least: int) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise _BadValueError(f"a whole number of {least} or more")
    return int(text)


def _one_of(text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise _BadValueError(f"one of {', '.join(allowed)}")
    return text


def _weekdays(text: str) -> tuple[str, ...]:
    days = tuple(day.strip().lower() for day in text.split(",") if day.strip())
    if not set(days) <= set(WEEKDAYS):
        raise _BadValueError("English names of weekdays with commas between them")
    return days


def _moment(text: str) -> str:
    try:
        for each in text.split(","):
            php_dates.parse(each, "UTC", 0)
    except ValueError:
        raise _BadValueError('a date such as "2026-01-31 23:59:59" or "last day of last month 23:59:59"') from None
    return text


def _shift(text: str) -> str:
    try:
        php_dates.move(0, text, "UTC")
    except ValueError:
        raise _BadValueError('a length of time such as "+10 days"') from None
    return text


def _zone(text: str) -> str:
    try:
        php_dates.zone(text)
    except (KeyError, ValueError, OSError):
        raise _BadValueError("a time zone such as Europe/Berlin") from None
    return text


def _number_format(text: str) -> str:
    if any(not _FORMAT_PART.fullmatch(part) for part in re.findall(r"\{[^}]*\}", text)):
        raise _BadValueError("nothing, or text with the count in braces: {cc,4}, K-{cc+1000,5}")
    return text


_minutes = partial(_number, least=0)


def _setting(name: str, read: Callable[[str], Any], default: Any) -> Any:
    return field(default=default, metadata={"name": name, "read": read})


@dataclass(frozen=True)
class Configuration:
    """What an administrator has set; every default is Kimai's."""

    customer_number_format: str = _setting("customer.number_format", _number_format, "{cc,4}")
    project_number_format: str = _setting("project.number_format", _number_format, "{pc,4}")
    activity_number_format: str = _setting("activity.number_format", _number_format, "{ac,4}")
    mode: str = _setting("timesheet.mode", partial(_one_of, allowed=MODES), "default")
    default_begin: str = _setting("timesheet.default_begin", _moment, "now")
    hard_limit: int = _setting("timesheet.active_entries.hard_limit", partial(_number, least=1), 1)
    rounding_mode: str = _setting(
        "timesheet.rounding.default.mode", partial(_one_of, allowed=ROUNDING_MODES), "default"
    )
    rounding_begin: int = _setting("timesheet.rounding.default.begin", _minutes, 1)
    rounding_end: int = _setting("timesheet.rounding.default.end", _minutes, 1)
    rounding_duration: int = _setting("timesheet.rounding.default.duration", _minutes, 0)
    rounding_days: tuple[str, ...] = _setting("timesheet.rounding.default.days", _weekdays, WEEKDAYS)
    allow_future_times: bool = _setting("timesheet.rules.allow_future_times", _yes_no, True)
    allow_zero_duration: bool = _setting("timesheet.rules.allow_zero_duration", _yes_no, True)
    allow_overlapping_records: bool = _setting("timesheet.rules.allow_overlapping_records", _yes_no, True)
    allow_overbooking_budget: bool = _setting("timesheet.rules.allow_overbooking_budget", _yes_no, True)
    long_running_duration: int = _setting("timesheet.rules.long_running_duration", _minutes, 0)
    """Minutes; 0 is no limit."""
    require_activity: bool = _setting("timesheet.rules.require_activity", _yes_no, True)
    break_time_active: bool = _setting("timesheet.rules.break_time_active", _yes_no, False)
    lockdown_start: str | None = _setting("timesheet.rules.lockdown_period_start", _moment, None)
    lockdown_end: str | None = _setting("timesheet.rules.lockdown_period_end", _moment, None)
    lockdown_timezone: str | None = _setting("timesheet.rules.lockdown_period_timezone", _zone, None)
    lockdown_grace: str | None = _setting("timesheet.rules.lockdown_grace_period", _shift, None)

    @property
    def number_formats(self) -> dict[str, str]:
        """The format of each level's numbers; an empty one gives none."""
        return {
            "customers": self.customer_number_format,
            "projects": self.project_number_format,
            "activities": self.activity_number_format,
        }


_SETTINGS = {each.metadata["name"]: each for each in fields(Configuration)}


def configuration(settings: Mapping[str, str]) -> Configuration:
    """Read settings by Kimai's names; `ValueError` for a name or a value that there is not."""
    values: dict[str, Any] = {}
    for name, text in settings.items():
        if name not in _SETTINGS:
            raise ValueError(f"There is no setting {name!r}: use one of {', '.join(sorted(_SETTINGS))}.")
        setting = _SETTINGS[name]
        try:
            values[setting.name] = setting.metadata["read"](text) if text or setting.default is not None else None
        except _BadValueError as error:
            raise ValueError(f"{name} cannot be {text!r}: it takes {error}.") from None
    return Configuration(**values)


def parse_settings(options: Iterable[str]) -> dict[str, str]:
    """Read `timesheet.mode=punch`; `ValueError` for what is not a name, an equals sign and a value."""
    settings: dict[str, str] = {}
    for option in options:
        name, equals, text = option.partition("=")
        if not name or not equals:
            raise ValueError(f"{option!r} is not a setting: write its name and its value, timesheet.mode=punch.")
        settings[name] = text
    return settings
