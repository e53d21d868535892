"""Storing time entries: calculated, in the zone of their user, and what is running ended (TimesheetService.php)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kimai_async.sandbox import php_dates
from kimai_async.sandbox.http.answers import ApiError
from kimai_async.sandbox.timesheets import access, costs, rounding
from kimai_async.sandbox.timesheets.draft import AUTOMATIC, Draft, booked, of_entry
from kimai_async.sandbox.timesheets.rules import violations

if TYPE_CHECKING:
    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.storage.entries import Entry
    from kimai_async.sandbox.storage.users import User

_RATES = ("rate", "internal_rate", "fixed_rate", "hourly_rate")
_WHOSE = ("project", "activity", "user")
LARGEST_TIME = 253_402_300_799
"""The end of the year 9999, the last that the database can hold."""


class CannotStopError(Exception):
    """Something is running that no rule allows to end now."""


def prepared(call: Call, user: User, at: int | None = None) -> Draft:
    """A new entry before a form is applied: it begins now, or then, as the way of tracking says."""
    rules, zone = call.configuration, user.timezone
    begin = call.now if at is None else at
    if rules.mode == "duration_fixed_begin":
        clock = php_dates.local(php_dates.parse(rules.default_begin, zone, call.now), zone)
        day = php_dates.local(begin, zone).replace(tzinfo=None)
        begin = php_dates.of_wall(day.replace(hour=clock.hour, minute=clock.minute, second=0), zone)
    elif rules.mode == "default":
        begin = rounding.rounded_begin(begin, rules, zone)
    return Draft(begin=begin, zone=zone, user=user.id)


def store_new(call: Call, draft: Draft) -> Entry:
    """Store a new entry; one that runs ends those that are too many. 403 for who may not begin it, 400 for what
    became wrong meanwhile."""
    running = draft.end is None
    checked = "start" if running else "create"
    if (running or call.profile.create_checked) and not access.may(call, checked, draft.entry()):
        raise ApiError(403)
    entry = replace(calculated(call, draft), id=call.store.entries.new_id(), modified=call.now)
    stopped = _ended(call, entry) if running else []
    call.store.entries.save(entry, *stopped)
    return entry


def store_changed(call: Call, draft: Draft) -> Entry:
    """Store a stored entry again, if anything of it changed; what is wrong with it is not looked for here."""
    assert draft.stored is not None
    before = draft.stored
    entry = replace(draft.entry(), zone=_zone(call, draft))
    if entry.end is None and before.end is not None:
        entry = replace(entry, duration=0, rate=0.0)
    changed = {name for name in vars(entry) if getattr(entry, name) != getattr(before, name)}
    if set(entry.tags) == set(before.tags):
        changed -= {"tags"}
    if not changed:
        return before
    if changed & set(_WHOSE) and not changed & set(_RATES):
        on = booked(call, entry.project, entry.activity)
        nothing = {"rate": 0.0, "internal_rate": None, "fixed_rate": None, "hourly_rate": None}
        entry = replace(entry, billable=on.billable, **nothing)  # type: ignore[arg-type]
    entry = replace(_finished(call, entry, draft.zone), modified=call.now)
    call.store.entries.save(entry)
    return entry


def stop(call: Call, entry: Entry, *, validate: bool = True) -> Entry:
    """A running entry, ended now and not yet stored; `CannotStopError` if a rule forbids it."""
    draft = replace(of_entry(entry), end=call.now)
    if validate and violations(call, draft):
        raise CannotStopError
    return replace(_finished(call, replace(entry, end=call.now), entry.zone), modified=call.now)


def calculated(call: Call, draft: Draft) -> Entry:
    """A new entry with all that follows from its values."""
    on = booked(call, draft.project, draft.activity)
    billable = on.billable if draft.billable is AUTOMATIC else draft.billable
    entry = replace(draft.entry(), billable=bool(billable), zone=_zone(call, draft))
    return _finished(call, entry, draft.zone)


def _finished(call: Call, entry: Entry, zone: str) -> Entry:
    """Rounded and priced: the weekday is that in the zone in which the times were given."""
    if entry.end is not None:
        entry = rounding.rounded(entry, call.configuration, zone)
    if max(entry.begin, entry.end or 0) > LARGEST_TIME or _too_long(entry):
        raise ApiError(500)
    return costs.priced(call, entry)


def _too_long(entry: Entry) -> bool:
    """Whether the description is longer than its column."""
    return entry.description is not None and len(entry.description.encode()) > 65_535


def _zone(call: Call, draft: Draft) -> str:
    """An entry is labelled with the zone of its user (`fixTimezone`)."""
    user = call.people.user(draft.user)
    return draft.zone if user is None else user.timezone


def _ended(call: Call, started: Entry) -> list[Entry]:
    """Those of its user's running entries that must end because one was started, the oldest first."""
    running = call.store.entries.running(started.user)
    needed = len(running) + 1 - call.configuration.hard_limit
    return [stop(call, entry) for entry in running[: max(needed, 0)]]
