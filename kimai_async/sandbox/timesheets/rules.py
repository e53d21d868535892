"""The rules that a time entry must keep (the validators in src/Validator/Constraints/Timesheet*.php), in their order.

They look at times as they were sent, before anything is rounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.sandbox import php_dates
from kimai_async.sandbox.entities.entity import end_before_start
from kimai_async.sandbox.timesheets import access, budgets, lockdown
from kimai_async.sandbox.timesheets.draft import booked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.storage.store import Row
    from kimai_async.sandbox.timesheets.draft import Draft

Violation = tuple[str, str]
"""The property that a rule is about, and what it says; the API's form has no field for `begin_date` and the like."""

_LONGEST = 31_536_000
_STARTED, _FINISHED = "The project has not started at that time.", "The project is finished at that time."


def violations(call: Call, draft: Draft) -> list[Violation]:
    """Everything that is wrong; nothing is stored while there is anything."""
    found = [*_basic(call, draft), *budgets.violations(call, draft), *_exported(call, draft), *_future(call, draft)]
    if not lockdown.is_editable(call, draft.begin, draft.zone):
        found.append(("begin_date", "This period is locked. Please choose a later date."))
    found += [*_length(call, draft), *_negative(call, draft), *_overlap(call, draft)]
    if draft.end is None and not found and not access.may(call, "start", draft.entry()):
        found.append(("end_date", "You are not allowed to start this timesheet record."))
    return [*found, *_empty(call, draft), *_deactivated(call, draft), *_missing(draft)]


def _basic(call: Call, draft: Draft) -> Iterator[Violation]:
    on = booked(call, draft.project, draft.activity)
    if draft.end is not None and draft.begin > draft.end:
        yield "end_date", end_before_start(call)
    if on.activity is None and call.configuration.require_activity:
        yield "activity", "An activity needs to be selected."
    if on.project is None:
        yield "project", "A project needs to be selected."
        return
    if on.activity is not None:
        yield from _fits(on.activity, on.project)
    yield from _within(draft, on.project)


def _fits(activity: Row, project: Row) -> Iterator[Violation]:
    if activity.parent is not None and activity.parent != project.id:
        text = "Project mismatch, project specific activity and timesheet project are different."
        yield "project", text
    if activity.parent is None and not project.fields["globalActivities"]:
        yield "activity", "Global activities are forbidden for the selected project."


def _within(draft: Draft, project: Row) -> Iterator[Violation]:
    """Whether begin and end lie within the project's days, in the zone of whoever set them last."""
    zone = project.fields.get("zone", "UTC")
    first, last = project.fields.get("start"), project.fields.get("end")
    start = php_dates.parse(f"{first} 00:00:00", zone, 0) if first else None
    end = php_dates.parse(f"{last} 23:59:59", zone, 0) if last else None
    early, late = ((start is not None and at < start) for at in (draft.begin, draft.end or draft.begin))
    begins_after, ends_after = ((end is not None and at > end) for at in (draft.begin, draft.end or draft.begin))
    if early or begins_after:
        yield "begin_date", _STARTED if early else _FINISHED
    if draft.end is not None and (ends_after or late):
        yield "end_date", _FINISHED if ends_after else _STARTED


def _exported(call: Call, draft: Draft) -> Iterator[Violation]:
    if draft.id and draft.exported and not access.may(call, "edit_export", draft.entry()):
        yield "exported", "This timesheet is already exported."


def _future(call: Call, draft: Draft) -> Iterator[Violation]:
    """A minute more than what is rounded away is not yet the future."""
    rules = call.configuration
    if rules.allow_future_times:
        return
    if draft.begin > call.now + rules.rounding_begin * 60 + 60:
        yield "begin_date", "The begin date cannot be in the future."
    if draft.end is not None and draft.end > call.now + rules.rounding_end * 60 + 60:
        yield "end_time", "The end date cannot be in the future."


def _length(call: Call, draft: Draft) -> Iterator[Violation]:
    most = call.configuration.long_running_duration
    if draft.elapsed is not None and draft.elapsed > _LONGEST:
        yield "duration", "Maximum duration exceeded."
    elif draft.elapsed is not None and most and draft.elapsed > most * 60:
        yield "duration", f"Maximum {budgets.duration(most * 60)} hours allowed."


def _negative(call: Call, draft: Draft) -> Iterator[Violation]:
    if call.profile.negative_duration_check and draft.elapsed is not None and draft.elapsed < 0:
        yield "duration", "Duration cannot be negative."


def _overlap(call: Call, draft: Draft) -> Iterator[Violation]:
    if call.configuration.allow_overlapping_records or (draft.end is not None and draft.begin > draft.end):
        return
    if draft.user is not None and call.store.entries.overlaps(draft.entry()):
        yield "begin_date", "You already have an entry for this time."


def _empty(call: Call, draft: Draft) -> Iterator[Violation]:
    if call.configuration.allow_zero_duration or draft.elapsed is None:
        return
    if draft.elapsed == 0 or (draft.elapsed < 0 and not call.profile.negative_duration_check):
        yield "duration", "An empty duration is not allowed."


def _deactivated(call: Call, draft: Draft) -> Iterator[Violation]:
    """Nothing hidden is begun, or begun again."""
    if draft.id and draft.end is not None:
        return
    on = booked(call, draft.project, draft.activity)
    for path, row in (("activity", on.activity), ("project", on.project), ("customer", on.customer)):
        if row is not None and not row.visible:
            yield path, f"Cannot start a disabled {path}."


def _missing(draft: Draft) -> Iterator[Violation]:
    """`Assert\\NotNull` and `Assert\\GreaterThanOrEqual(0)` on the entity's properties."""
    for path, value in (("user", draft.user), ("activity", draft.activity), ("project", draft.project)):
        if value is None:
            yield path, "This value should not be null."
    for path, rate in (("fixedRate", draft.fixed_rate), ("hourlyRate", draft.hourly_rate)):
        if rate is not None and rate < 0:
            yield path, "This value should be greater than or equal to 0."
