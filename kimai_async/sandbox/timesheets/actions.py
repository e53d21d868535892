"""What can be done with one time entry: create, show, change, delete, stop, restart, duplicate, export
(TimesheetController.php)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kimai_async.sandbox import php_dates
from kimai_async.sandbox.entities import queries
from kimai_async.sandbox.forms.form import Form, submit
from kimai_async.sandbox.http.answers import ApiError, answer, no_content, save_error
from kimai_async.sandbox.storage.state import Creation
from kimai_async.sandbox.timesheets import access, service
from kimai_async.sandbox.timesheets.bodies import body, meta_fields
from kimai_async.sandbox.timesheets.draft import as_values, of_entry, of_form
from kimai_async.sandbox.timesheets.fields import form_fields
from kimai_async.sandbox.timesheets.rules import violations

if TYPE_CHECKING:
    from starlette.responses import Response

    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.storage.entries import Entry
    from kimai_async.sandbox.timesheets.draft import Draft

_CANNOT_STOP = "You have an active time record which cannot be stopped automatically."
_MARKED = "Validation Failed"


async def show(call: Call) -> Response:
    """GET /api/timesheets/{id}."""
    entry = _entry(call)
    access.require(call, "view", entry)
    return answer(body(call, entry, "entity"))


async def create(call: Call) -> Response:
    """POST /api/timesheets: the rules are looked at by the form, and again before the entry is stored."""
    if not call.granted("create_own_timesheet"):
        raise ApiError(403)
    form, draft = _submitted(call, service.prepared(call, call.user))
    form.raise_errors()

    async def store() -> Response:
        await call.sandbox.pause()
        return await _store(call, form, draft)

    return await call.sandbox.create(Creation("timesheets", form.values), store)


async def change(call: Call) -> Response:
    """PATCH /api/timesheets/{id}: only what is sent changes, but every rule is looked at."""
    entry = _entry(call)
    access.require(call, "edit", entry)
    form, draft = _submitted(call, of_entry(entry))
    form.raise_errors()
    return _shown(call, service.store_changed(call, draft), draft.zone)


async def remove(call: Call) -> Response:
    """DELETE /api/timesheets/{id}."""
    entry = _entry(call)
    access.require(call, "delete", entry)
    call.store.entries.delete(entry.id)
    return no_content()


async def stop(call: Call) -> Response:
    """PATCH /api/timesheets/{id}/stop: what is finished already stays as it is."""
    entry = _entry(call)
    access.require(call, "stop", entry)
    if entry.end is None:
        _refuse(call, replace(of_entry(entry), end=call.now))
        entry = service.stop(call, entry, validate=False)
        call.store.entries.save(entry)
    return _shown(call, entry, entry.zone)


async def restart(call: Call) -> Response:
    """PATCH /api/timesheets/{id}/restart: a new running entry of the caller, with `copy` all of the old one's words."""
    entry = _entry(call)
    access.require(call, "start", entry)
    data = call.data()
    if data.get("copy", "all") != "all":
        raise ApiError(400)
    draft = service.prepared(call, call.user, _moment(call, data.get("begin")))
    draft = replace(draft, project=entry.project, activity=entry.activity)
    if "copy" in data:
        draft = replace(draft, description=entry.description, tags=entry.tags)
    return _saved(call, draft)


async def duplicate(call: Call) -> Response:
    """PATCH /api/timesheets/{id}/duplicate: the same once more, not exported."""
    entry = _entry(call)
    access.require(call, "duplicate", entry)
    return _saved(call, replace(of_entry(entry), stored=None, exported=False))


async def export(call: Call) -> Response:
    """PATCH /api/timesheets/{id}/export: exported or not, the other way round."""
    entry = _entry(call)
    access.require(call, "edit_export", entry)
    if entry.exported and not call.granted("edit_exported_timesheet"):
        raise ApiError(403)
    draft = replace(of_entry(entry), exported=not entry.exported)
    return _shown(call, service.store_changed(call, draft), draft.zone)


async def set_meta(call: Call) -> Response:
    """PATCH /api/timesheets/{id}/meta: sets one custom field, whose case does not count; text only."""
    entry = _entry(call)
    access.require(call, "edit", entry)
    data = call.data()
    name, value = data.get("name"), data.get("value")
    if name is None:
        raise ApiError(400)
    fields = dict(meta_fields(call, entry))
    wanted = next((each for each in fields if each.lower() == str(name).lower()), None)
    if wanted is None:
        raise ApiError(404)
    kept = {each: text for each, text in fields.items() if text is not None}
    if isinstance(value, str):
        kept[wanted] = value
    entry = replace(entry, meta=tuple(kept.items()), modified=call.now)
    call.store.entries.save(entry)
    return _shown(call, entry, entry.zone)


def _entry(call: Call) -> Entry:
    row_id = call.path_id()
    entry = call.store.entries.get(row_id) if row_id < 2**63 else None
    if entry is None:
        raise ApiError(404)
    return entry


def _submitted(call: Call, draft: Draft) -> tuple[Form, Draft]:
    """The form after what was sent, with what the rules say about it."""
    data = call.data()
    form = submit(form_fields(call, draft, data), data, as_values(draft), clear_missing=False)
    draft = of_form(form.values, draft)
    for path, message in violations(call, draft):
        form.violate(path, message)
    return form, draft


async def _store(call: Call, form: Form, draft: Draft) -> Response:
    """Somebody else may have come first; it is looked at once more, and stored a moment later."""
    if violations(call, draft):
        form.form_errors.append(_MARKED)
        raise form.error()
    await call.sandbox.pause()
    if call.store.get("activities", draft.activity) is None or call.store.get("projects", draft.project) is None:
        raise ApiError(500)  # the foreign keys of what was deleted meanwhile
    try:
        entry = service.store_new(call, draft)
    except service.CannotStopError:
        form.form_errors.append(_CANNOT_STOP)
        raise form.error() from None
    return _shown(call, entry, draft.zone, expanded="full" in call.request.query_params)


def _saved(call: Call, draft: Draft) -> Response:
    """A new entry without a form; a rule that it breaks is named when saving."""
    _refuse(call, draft)
    try:
        entry = service.store_new(call, draft)
    except service.CannotStopError:
        raise save_error({}) from None
    return _shown(call, entry, draft.zone)


def _refuse(call: Call, draft: Draft) -> None:
    found: dict[str, list[str]] = {}
    for path, message in violations(call, draft):
        found.setdefault(path, []).append(message)
    if found:
        raise save_error(found)


def _shown(call: Call, entry: Entry, zone: str, *, expanded: bool = False) -> Response:
    """What was just stored is shown in the zone in which it was worked on."""
    return answer(body(call, entry, "entity", expanded=expanded, zone=zone))


def _moment(call: Call, text: Any) -> int | None:
    if text in (None, ""):
        return None
    if not isinstance(text, str) or not queries.is_time(text):
        raise ApiError(400)
    return php_dates.parse(text, call.user.timezone, call.now)
