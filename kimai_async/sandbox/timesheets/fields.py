"""The fields of the form for time entries, and what may be chosen in them (TimesheetApiEditForm.php, FormTrait.php)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.sandbox import php_dates
from kimai_async.sandbox.forms import readers
from kimai_async.sandbox.forms.form import Field
from kimai_async.sandbox.http.answers import ApiError
from kimai_async.sandbox.people.choices import bookable_user
from kimai_async.sandbox.people.tags import named
from kimai_async.sandbox.timesheets import access

if TYPE_CHECKING:
    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.http.decode import Submitted
    from kimai_async.sandbox.storage.entries import Entry
    from kimai_async.sandbox.timesheets.draft import Draft

_PHP_BLANKS = " \t\n\r\0\x0b"


def form_fields(call: Call, draft: Draft, data: dict[str, Submitted]) -> list[Field]:
    """The fields that this caller may send for a new entry or a stored one."""
    entry = draft.entry()
    fields = [*_times(call, draft), *_pause(call)]
    fields += [Field("project", _project(call, draft)), Field("activity", _activity(call, draft, data))]
    fields += [Field("description", readers.text)]
    if access.may(call, "edit_rate", entry):
        fields += [Field("fixedRate", readers.amount), Field("hourlyRate", readers.amount)]
    if _may_choose_user(call, entry):
        always = [entry.user] if call.profile.own_user_kept else []
        fields.append(Field("user", readers.reference(bookable_user(call, *always))))
    fields.append(Field("tags", _tags(call)))
    if access.may(call, "edit_export", entry):
        fields.append(Field("exported", readers.flag))
    if access.may(call, "edit_billable", entry):
        fields.append(Field("billable", _billable))
    return fields


def _may_choose_user(call: Call, entry: Entry) -> bool:
    return access.may(call, "edit", entry) if entry.id else call.granted("create_other_timesheet")


def _times(call: Call, draft: Draft) -> list[Field]:
    """Only one way of tracking leaves begin and end to everybody."""
    free = call.configuration.mode == "default"
    if not free and not (call.profile.times_of_teamleads and call.granted("view_other_timesheet")):
        return []
    read = readers.moment(draft.zone, call.now)

    def moment(value: Submitted) -> int | None:
        if isinstance(value, dict | list) and not call.profile.strict_booking:
            raise ApiError(500)  # the date's transformer takes text only
        return read(value)

    def begin(value: Submitted) -> int:
        at = moment(value)
        if at is None:
            raise ApiError(500)  # setBegin(DateTime) takes no null
        return at

    return [Field("begin", begin), Field("end", moment)]


def _pause(call: Call) -> list[Field]:
    tracked = call.configuration.break_time_active and call.profile.break_field
    return [Field("break", readers.duration)] if tracked else []


def _project(call: Call, draft: Draft) -> readers.Read:
    there = draft.stored.project if draft.stored else None

    def exists(row_id: int) -> bool:
        if row_id == there:
            return True
        project = call.store.get("projects", row_id)
        if project is None and not call.profile.unknown_project_refused:
            raise ApiError(500)
        customer = project and call.store.get("customers", project.parent)
        if project is None or customer is None:
            return False
        visible = project.visible and customer.visible
        if not call.profile.strict_booking:
            return visible or draft.stored is not None
        return visible and _runs_today(call, project.fields) and call.sees("projects", project)

    read = readers.reference(exists)

    def chosen(value: Submitted) -> int | None:
        if isinstance(value, dict | list) and not call.profile.strict_booking:
            raise ApiError(500)  # the form's query takes a number only
        if value not in (None, "") and readers.as_id(value) is None and not call.profile.unknown_project_refused:
            raise ApiError(500)
        return read(value)

    return chosen


def _runs_today(call: Call, project: dict[str, str | None]) -> bool:
    today = php_dates.local(call.now, call.user.timezone).date().isoformat()
    start, end = project.get("start") or today, project.get("end") or today
    return start <= today <= end


def _activity(call: Call, draft: Draft, data: dict[str, Submitted]) -> readers.Read:
    """Visible, as is all above it, and of the chosen project or global; without a project only global ones."""
    projects = _chosen_projects(draft, data)
    there = draft.stored.activity if draft.stored else None

    def exists(row_id: int) -> bool:
        activity = call.store.get("activities", row_id)
        if activity is None or row_id == there:
            return activity is not None
        if not activity.visible or not call.sees("activities", activity):
            return False
        if activity.parent is None:
            only = call.store.get("projects", projects[0]) if len(projects) == 1 else None
            return only is None or bool(only.fields["globalActivities"])
        project = call.store.get("projects", activity.parent)
        customer = call.store.get("customers", project.parent) if project else None
        shown = project is not None and project.visible and customer is not None and customer.visible
        return shown and activity.parent in projects

    return readers.reference(exists)


def _chosen_projects(draft: Draft, data: dict[str, Submitted]) -> list[int]:
    """The projects whose activities are offered: what was submitted, else the one that is there."""
    given = data.get("project")
    if given in (None, ""):
        return [] if draft.project is None else [draft.project]
    values = given if isinstance(given, list) else list(given.values()) if isinstance(given, dict) else [given]
    return [readers.as_id(value) or 0 for value in values]


def _tags(call: Call) -> readers.Read:
    """Names with commas between them; of what there is no tag for nothing is said (TagArrayToStringTransformer.php)."""

    def read(value: Submitted) -> list[int]:
        names = dict.fromkeys(part.strip(_PHP_BLANKS) for part in readers.scalar(value).split(","))
        found = [named(call.store, name) for name in names if name not in {"", "0"}]
        return list(dict.fromkeys(row.id for row in found if row is not None))

    return read


def _billable(value: Submitted) -> bool:
    """PHP's `(bool)`: the texts `""` and `"0"` are false."""
    return value not in (None, "", "0", [])
