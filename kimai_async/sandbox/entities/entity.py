"""GET, POST, PATCH and DELETE of one customer, project or activity (CustomerController.php and its siblings)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kimai_async.sandbox.entities import bodies
from kimai_async.sandbox.entities.numbers import next_number
from kimai_async.sandbox.forms.edit_forms import edit_form
from kimai_async.sandbox.forms.form import Form, submit
from kimai_async.sandbox.http.answers import ApiError, answer, no_content, save_error
from kimai_async.sandbox.storage.state import Creation
from kimai_async.sandbox.storage.store import ABOVE, PARENT, Level, Row

if TYPE_CHECKING:
    from starlette.responses import Response

    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.profile import Profile
    from kimai_async.sandbox.storage.state import Sandbox

TEXT_COLUMN = 65_535
"""Bytes that a text of no set length may have."""
_TEXT_COLUMNS = ("comment", "invoiceText", "address")


async def show(call: Call, level: Level) -> Response:
    """GET one."""
    row = call.row(level)
    call.require_with("view", level, row)
    return answer(body_of(call.sandbox, level, row))


async def create(call: Call, level: Level) -> Response:
    """POST: the number is chosen first and the row stored last, with nothing held in between."""
    call.require("create", level)
    number, tries = None, 0
    if call.profile.server_defaults:
        number, tries = next_number(call.store, level, call.configuration.number_formats[level])
    await call.sandbox.scan(level, tries)
    defaults = call.setup.with_custom_fields(level, _new(level, number))
    form = submit(edit_form(call, level, None), call.data(), defaults, clear_missing=not call.profile.server_defaults)
    validate(call, level, form, None)
    form.raise_errors()
    _label(call, level, form)
    await call.sandbox.scan(level, 0 if form.values.get("number") is None else 1)

    async def store() -> Response:
        await call.sandbox.pause()
        _check_again(call, level, form)
        await call.sandbox.pause()
        return answer(body_of(call.sandbox, level, call.store.insert(level, *_split(level, form.values))))

    return await call.sandbox.create(Creation(level, form.values), store)


async def change(call: Call, level: Level) -> Response:
    """PATCH: only what is sent changes, but the whole entity is validated."""
    row = call.row(level)
    call.require_with("edit", level, row)
    entity = call.setup.with_custom_fields(level, entity_of(level, row))
    form = submit(edit_form(call, level, row), call.data(), entity, clear_missing=False)
    if level != "customers" and form.values["name"] is None and "name" in form.submitted:
        raise ApiError(500)  # setName(string) of a project or activity takes no null
    validate(call, level, form, row)
    form.raise_errors()
    _label(call, level, form)
    changed = Row(row.id, *_split(level, form.values))
    call.store.update(level, changed)
    return answer(body_of(call.sandbox, level, changed))


async def remove(call: Call, level: Level) -> Response:
    """DELETE, with everything below."""
    row = call.row(level)
    call.require("delete", level)
    call.store.delete(level, row.id)
    return no_content()


def _new(level: Level, number: str | None) -> dict[str, Any]:
    """The values of an entity before the form is submitted."""
    values: dict[str, Any] = {"name": "" if level == "customers" else None, "visible": True, "billable": True}
    values |= {"budget": 0.0, "timeBudget": 0, "number": number}
    if level == "customers":
        values |= {"country": "DE", "currency": "EUR", "timezone": "UTC", "language": "en"}
    if level == "projects":
        values["globalActivities"] = True
    return values


def validate(call: Call, level: Level, form: Form, row: Row | None) -> None:
    """What the entity's own validator looks at: dates, the number, the database's limits."""
    start, end = form.values.get("start"), form.values.get("end")
    if start and end and start > end and "end" not in form.errors:
        form.refuse("end", end_before_start(call))
    number = form.values.get("number")
    if "number" not in form.errors and call.store.number_taken(level, number, row.id if row else None):
        form.refuse("number", taken(call.profile, number))
    texts = (str(form.values.get(name) or "") for name in _TEXT_COLUMNS)
    if not form.errors and any(len(text.encode()) > TEXT_COLUMN for text in texts):
        raise ApiError(500)


def _label(call: Call, level: Level, form: Form) -> None:
    """A project keeps the zone of whoever sets one of its dates (`setStart` and its kin in Entity/Project.php)."""
    dates = {"orderDate", "start", "end"} & form.submitted
    if level == "projects" and any(form.values.get(name) for name in dates):
        form.values["zone"] = call.user.timezone


def _check_again(call: Call, level: Level, form: Form) -> None:
    """The service validates once more before it saves; by now someone else may have the number."""
    number = form.values.get("number")
    if call.store.number_taken(level, number):
        raise save_error({"number": [taken(call.profile, number)]})
    parent = form.values.get(PARENT.get(level, ""))
    if parent is not None and call.store.get(ABOVE[level], parent) is None:
        raise ApiError(500)  # the foreign key of a parent deleted meanwhile


def end_before_start(call: Call) -> str:
    """The message of `Project::END_BEFORE_BEGIN_ERROR` and of the one for timesheets."""
    if call.profile.end_before_start_reworded:
        return "The end date must not be earlier than the start date."
    return "End date must not be earlier then start date."


def taken(profile: Profile, number: Any) -> str:
    """The message for a number that another row has."""
    account = "" if profile.short_number_taken else "account "
    return f"The {account}number {number} is already used."


def entity_of(level: Level, row: Row) -> dict[str, Any]:
    """A row's values with its parent among them, as forms see them."""
    return row.fields | {PARENT[level]: row.parent} if level in PARENT else row.fields


def _split(level: Level, values: dict[str, Any]) -> tuple[int | None, dict[str, Any]]:
    """The parent's id, and the values that are stored with the row."""
    parent = PARENT.get(level, "")
    return values.get(parent), {name: value for name, value in values.items() if name != parent}


def body_of(sandbox: Sandbox, level: Level, row: Row) -> dict[str, Any]:
    """The JSON of one row, as it is answered when it is created, changed or shown."""
    parent = sandbox.store.get(ABOVE[level], row.parent) if level in ABOVE else None
    return bodies.body(level, row, parent, bodies.keys(level, sandbox.profile, "entity"), sandbox)
