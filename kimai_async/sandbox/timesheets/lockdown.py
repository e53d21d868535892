"""Periods in which nothing may be booked or changed any more (LockdownService.php)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.sandbox import php_dates

if TYPE_CHECKING:
    from kimai_async.sandbox.http.call import Call


def is_editable(call: Call, begin: int, zone: str) -> bool:
    """Whether an entry that begins then, in that zone, is outside of the lockdown, for this caller and now."""
    rules = call.configuration
    if rules.lockdown_start is None or rules.lockdown_end is None or call.granted("lockdown_override_timesheet"):
        return True
    where = rules.lockdown_timezone or zone
    start, end = (_latest(call, text, where) for text in (rules.lockdown_start, rules.lockdown_end))
    if end < start or begin > end:
        return True
    grace = php_dates.move(end, rules.lockdown_grace, where) if rules.lockdown_grace else end
    return begin >= start and (call.now <= grace or call.granted("lockdown_grace_timesheet"))


def _latest(call: Call, text: str, zone: str) -> int:
    """The last of the moments that have commas between them."""
    return max(php_dates.parse(each, zone, call.now) for each in text.split(","))
