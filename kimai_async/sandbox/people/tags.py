"""Tags (TagController.php, TagRepository.php, Entity/Tag.php)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kimai_async.sandbox.entities.team_bodies import color_safe
from kimai_async.sandbox.forms import checks, readers
from kimai_async.sandbox.forms.edit_forms import color
from kimai_async.sandbox.forms.form import Field, submit
from kimai_async.sandbox.http.answers import ApiError, answer, no_content
from kimai_async.sandbox.storage.collation import fold, like, like_fold

if TYPE_CHECKING:
    from starlette.responses import Response

    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.storage.store import Row, Store


async def names(call: Call) -> Response:
    """GET /api/tags: the names of those that are visible."""
    return answer([row.name for row in _found(call.store, call.request.query_params.get("name", ""))])


async def find(call: Call) -> Response:
    """GET /api/tags/find: nothing without the parameter `name`, which may be empty."""
    part = call.request.query_params.get("name")
    return answer([] if part is None else [_body(call, row) for row in _found(call.store, part)])


async def create(call: Call) -> Response:
    """POST /api/tags: an omitted `visible` is false."""
    if not call.granted("manage_tag") and not call.granted("create_tag"):
        raise ApiError(403)
    form = submit(_fields(call), call.data(), {}, clear_missing=True)
    name = form.values["name"]
    if name and "name" not in form.unread and named(call.store, name):
        form.errors["name"] = ["This value is already used.", *form.errors.get("name", [])]
    form.raise_errors()
    return answer(_body(call, call.store.insert("tags", None, form.values)))


async def remove(call: Call) -> Response:
    """DELETE: it is taken off the time entries."""
    text = str(call.request.path_params["id"])
    row = call.existing("tags", readers.as_id(text) or 0)
    call.require("delete", "tags")
    call.store.delete("tags", row.id)
    call.store.entries.drop_tag(row.id)
    return no_content()


def named(store: Store, name: str) -> Row | None:
    """The tag that has this name, as the database compares, hidden or not."""
    return next((row for row in store.rows("tags") if fold(row.name) == fold(name)), None)


def _fields(call: Call) -> list[Field]:
    special = [checks.no_special_characters] if call.profile.forbidden_characters else []
    name = [*special, checks.not_blank, checks.length(100, 2), _no_comma]
    return [Field("name", readers.text, name), color(), Field("visible", readers.flag)]


def _no_comma(value: str | None) -> str | None:
    return "Tag name cannot contain comma" if value and "," in value else None


def _found(store: Store, part: str) -> list[Row]:
    pattern = like(part)
    return [row for row in store.rows("tags") if row.visible and pattern.search(like_fold(row.name))]


def _body(call: Call, row: Row) -> dict[str, Any]:
    safe = {"color-safe": color_safe(row.name, row.fields["color"])} if call.profile.tag_color_safe else {}
    return safe | {
        "id": row.id,
        **{name: row.fields[name] for name in ("name", "visible", "color")},
    }
