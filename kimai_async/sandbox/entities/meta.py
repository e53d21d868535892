"""Setting one custom field (`metaAction` in CustomerController.php and its siblings, MetaTableTypeTrait.php)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kimai_async.sandbox.entities.entity import TEXT_COLUMN, body_of, entity_of, validate
from kimai_async.sandbox.forms.edit_forms import edit_form
from kimai_async.sandbox.forms.form import submit
from kimai_async.sandbox.http.answers import ApiError, answer, save_error
from kimai_async.sandbox.storage.setup import find
from kimai_async.sandbox.storage.store import Level, Row

if TYPE_CHECKING:
    from starlette.responses import Response

    from kimai_async.sandbox.http.call import Call


async def set_meta(call: Call, level: Level) -> Response:
    """PATCH a custom field: JSON `false` counts as missing, `null` as the empty text, and a list changes nothing."""
    row = call.row(level)
    call.require_with("edit", level, row)
    data = call.data()
    name, value = data.get("name"), data.get("value")
    if name is None or value is None:
        raise ApiError(400)
    if not isinstance(name, str):
        raise ApiError(500)  # getMetaField(string)
    fields = call.setup.with_custom_fields(level, row.fields)
    changed = Row(row.id, row.parent, fields | {"metaFields": _with_value(fields.get("metaFields", []), name, value)})
    if level == "projects" or call.profile.custom_fields_validated:
        _validate(call, level, changed)
    if isinstance(value, str) and len(value.encode()) > TEXT_COLUMN:
        raise ApiError(500)
    call.store.update(level, changed)
    return answer(body_of(call.sandbox, level, changed))


def _with_value(meta_fields: list[dict[str, Any]], name: str, value: Any) -> list[dict[str, Any]]:
    """`setValue` keeps text only; the name stays as it was registered."""
    wanted = find(meta_fields, name)
    if wanted is None:
        raise ApiError(404)
    text = value if isinstance(value, str) else wanted["value"]
    return [each | {"value": text} if each is wanted else each for each in meta_fields]


def _validate(call: Call, level: Level, row: Row) -> None:
    """`saveCustomer` and its siblings look at the whole entity; what is wrong is refused when saving."""
    form = submit(edit_form(call, level, row), {}, entity_of(level, row), clear_missing=False)
    validate(call, level, form, row)
    if form.errors:
        raise save_error(form.errors)
