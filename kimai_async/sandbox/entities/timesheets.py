"""Creating timesheets (TimesheetController.php, TimesheetEditForm.php, TimesheetService.php)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from kimai_async.sandbox.entities.entity import end_before_start
from kimai_async.sandbox.forms import readers
from kimai_async.sandbox.forms.form import Field, Form, submit
from kimai_async.sandbox.http.answers import answer
from kimai_async.sandbox.storage.state import Creation
from kimai_async.sandbox.storage.store import Row
from kimai_async.sandbox.storage.users import USERS

if TYPE_CHECKING:
    from starlette.responses import Response

    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.http.decode import Submitted

_MINUTE = timedelta(minutes=1)


async def create(call: Call) -> Response:
    """POST /api/timesheets: times are rounded to whole minutes, an entry without `end` stops the running one."""
    data = call.data()
    now = datetime.now(UTC).replace(microsecond=0)
    entity: dict[str, Any] = {"begin": now.isoformat(), "user": call.user.id, "exported": False, "billable": None}
    form = submit(_form(call, data), data, entity, clear_missing=False)
    _validate(call, form)
    form.raise_errors()
    values = _complete(call, form.values)

    async def store() -> Response:
        await call.sandbox.pause()
        await call.sandbox.pause()
        if values["end"] is None:
            _stop_running(call, values["user"], now)
        row = call.store.insert("timesheets", values["project"], values)
        return answer(body(call, row, entity=True))

    return await call.sandbox.create(Creation("timesheets", values), store)


def _form(call: Call, data: dict[str, Submitted]) -> list[Field]:
    chosen = readers.as_id(data.get("project"))
    user = call.user
    fields = [
        Field("begin", readers.moment),
        Field("end", readers.moment),
        Field("project", readers.reference(lambda row_id: _bookable_project(call, row_id) is not None)),
        Field("activity", readers.reference(lambda row_id: _bookable_activity(call, row_id, chosen))),
        Field("description", readers.text),
    ]
    if user.is_admin:
        fields += [Field("fixedRate", readers.amount), Field("hourlyRate", readers.amount)]
    if user.is_teamlead:
        fields += [Field("user", readers.reference(lambda row_id: any(row_id == each.id for each in USERS)))]
    fields += [Field("tags", readers.text)]
    if user.is_teamlead:
        fields += [Field("exported", readers.flag), Field("billable", readers.flag)]
    return fields


def _bookable_project(call: Call, row_id: int | None) -> Row | None:
    """The project, if it can be chosen today: visible, as its customer is, begun and not ended."""
    project = call.store.get("projects", row_id)
    customer = project and call.store.get("customers", project.parent)
    if project is None or customer is None or not (project.visible and customer.visible):
        return None
    today = datetime.now(UTC).date().isoformat()
    start, end = project.fields.get("start") or today, project.fields.get("end") or today
    return project if start <= today <= end and call.sees("projects", project) else None


def _bookable_activity(call: Call, row_id: int, project_id: int | None) -> bool:
    activity = call.store.get("activities", row_id)
    if activity is None or not activity.visible or not call.sees("activities", activity):
        return False
    if activity.parent is not None:
        return activity.parent == project_id
    project = call.store.get("projects", project_id)
    return project is None or bool(project.fields["globalActivities"])


def _validate(call: Call, form: Form) -> None:
    """TimesheetBasicValidator.php; what it says about times belongs to the form as a whole."""
    begin, end = form.values.get("begin"), form.values.get("end")
    for name in ("activity", "project"):
        if form.values.get(name) is None and name not in form.errors:
            article = "An" if name == "activity" else "A"
            form.refuse(name, f"{article} {name} needs to be selected.")
    if begin is None:
        form.form_errors.append("You must submit a begin date.")
        return
    if end is not None and begin > end:
        form.form_errors.append(end_before_start(call))
        if call.profile.negative_duration_check:
            form.form_errors.append("Duration cannot be negative.")
    project = call.store.get("projects", form.values.get("project"))
    for moment in filter(None, (begin, end)):
        form.form_errors += _outside(project, moment[:10])


def _outside(project: Row | None, day: str) -> list[str]:
    start, end = (project.fields.get("start"), project.fields.get("end")) if project else (None, None)
    if start and day < start:
        return ["The project has not started at that time."]
    return ["The project is finished at that time."] if end and day > end else []


def _complete(call: Call, values: dict[str, Any]) -> dict[str, Any]:
    """Round the times and calculate what follows from them."""
    begin = datetime.fromisoformat(values["begin"]).replace(second=0)
    end = datetime.fromisoformat(values["end"]) if values.get("end") else None
    if end is not None and end.second:
        end = end.replace(second=0) + _MINUTE
    seconds = int((end - begin).total_seconds()) if end else 0
    fixed, hourly = values.get("fixedRate"), values.get("hourlyRate") or 0.0
    rate = fixed if fixed is not None else round(hourly * seconds / 3600, 2)
    if values["billable"] is None:
        values["billable"] = _billable(call, values)
    return values | {
        "user": values["user"] or call.user.id,
        "begin": begin.isoformat(),
        "end": end.isoformat() if end else None,
        "duration": seconds,
        "rate": rate,
        "internalRate": rate,
        "fixedRate": fixed,
        "hourlyRate": None if fixed is not None else hourly,
    }


def _billable(call: Call, values: dict[str, Any]) -> bool:
    project = call.store.get("projects", values["project"])
    customer = call.store.get("customers", project.parent if project else None)
    activity = call.store.get("activities", values["activity"])
    return all(row is None or bool(row.fields["billable"]) for row in (project, customer, activity))


def _stop_running(call: Call, user_id: int, now: datetime) -> None:
    for row in call.store.rows("timesheets"):
        if row.fields["user"] == user_id and row.fields["end"] is None:
            end = max(now.isoformat(), row.fields["begin"])
            call.store.update("timesheets", Row(row.id, row.parent, _complete(call, row.fields | {"end": end})))


def body(call: Call, row: Row, *, entity: bool) -> dict[str, Any]:
    """The JSON of one timesheet; a list leaves two rates out."""
    names = ["duration", "break", "description", "rate", "internalRate"]
    names += ["fixedRate", "hourlyRate"] if entity else []
    names += ["exported", "billable"]
    fields = row.fields | {"break": 0}
    return {
        **{name: fields[name] for name in ("activity", "project", "user")},
        "tags": [],
        "id": row.id,
        **{name: fields[name] and _local(fields[name]) for name in ("begin", "end")},
        **{name: fields.get(name) for name in names if name != "break" or call.profile.timesheet_break},
        "metaFields": [],
    }


def _local(moment: str) -> str:
    return datetime.fromisoformat(moment).strftime("%Y-%m-%dT%H:%M:%S%z")
