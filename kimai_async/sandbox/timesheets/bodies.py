"""Time entries as JSON (Entity/Timesheet.php)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from kimai_async.sandbox import php_dates
from kimai_async.sandbox.entities.bodies import nested
from kimai_async.sandbox.people.user_bodies import short_user

if TYPE_CHECKING:
    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.storage.entries import Entry
    from kimai_async.sandbox.storage.store import Level

Detail = Literal["entity", "list"]


def body(
    call: Call, entry: Entry, detail: Detail, *, expanded: bool = False, zone: str | None = None
) -> dict[str, Any]:
    """One entry: a list leaves two rates out, `expanded` shows what it is booked on as a whole; times are in the zone
    of its label unless another is given."""
    tags = [row.name for tag in entry.tags if (row := call.store.get("tags", tag))]
    shown = zone or entry.zone
    begin, end = (None if at is None else php_dates.show(at, shown) for at in (entry.begin, entry.end))
    values: dict[str, Any] = {"id": entry.id, "begin": begin, "end": end, "duration": entry.duration}
    if call.profile.timesheet_break:
        values["break"] = entry.pause
    if expanded:
        values |= _expanded(call, entry)
    values |= {"description": entry.description, "rate": entry.rate, "internalRate": entry.internal_rate}
    if detail == "entity":
        values |= {"fixedRate": entry.fixed_rate, "hourlyRate": entry.hourly_rate}
    values |= {"exported": entry.exported, "billable": entry.billable}
    values["metaFields"] = [{"name": name, "value": value} for name, value in meta_fields(call, entry)]
    ids = {} if expanded else {"activity": entry.activity, "project": entry.project, "user": entry.user}
    return ids | {"tags": tags} | values


def meta_fields(call: Call, entry: Entry) -> list[tuple[str, str | None]]:
    """Every registered custom field of an entry, empty unless it was set."""
    there = {name.lower(): value for name, value in entry.meta}
    return [(name, there.get(name.lower())) for name in call.setup.custom_fields.get("timesheets", ())]


def _expanded(call: Call, entry: Entry) -> dict[str, Any]:
    user = call.people.user(entry.user)
    whole: dict[str, Any] = {"user": None if user is None else short_user(user, call.profile)}
    references: dict[str, tuple[Level, int]] = {
        "activity": ("activities", entry.activity),
        "project": ("projects", entry.project),
    }
    for name, (level, row_id) in references.items():
        row = call.store.get(level, row_id)
        whole[name] = None if row is None else nested(level, row, call.sandbox, expanded=True)
    return whole
