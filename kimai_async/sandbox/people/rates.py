"""Rates of customers, projects and activities (the rate actions of their controllers, AbstractRateForm.php)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kimai_async.sandbox.forms import checks, readers
from kimai_async.sandbox.forms.form import Field, submit
from kimai_async.sandbox.http.answers import ApiError, answer, no_content
from kimai_async.sandbox.people.choices import bookable_user
from kimai_async.sandbox.people.user_bodies import short_user
from kimai_async.sandbox.storage.store import RATES

if TYPE_CHECKING:
    from starlette.responses import Response

    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.storage.store import Level, Row


async def collection(call: Call, level: Level) -> Response:
    """GET …/rates."""
    owner = _owner(call, level)
    return answer([_body(call, row) for row in call.store.children(RATES[level], owner.id)])


async def create(call: Call, level: Level) -> Response:
    """POST …/rates: one for each user, and one for nobody."""
    owner = _owner(call, level)
    form = submit(
        _fields(call),
        call.data(),
        {"user": None, "rate": 0.0, "internalRate": None, "isFixed": False},
        clear_missing=False,
    )
    if form.values["rate"] is None:
        raise ApiError(500)  # setRate(float) takes no null
    others = call.store.children(RATES[level], owner.id)
    if any(row.fields["user"] == form.values["user"] for row in others):
        form.violate("user", "This value is already used.")
    form.raise_errors()
    return answer(_body(call, call.store.insert(RATES[level], owner.id, form.values)))


async def remove(call: Call, level: Level) -> Response:
    """DELETE …/rates/{rateId}."""
    owner = _owner(call, level)
    row = call.existing(RATES[level], call.path_id("rate"))
    if row.parent != owner.id:
        raise ApiError(404)
    call.store.delete(RATES[level], row.id)
    return no_content()


def _owner(call: Call, level: Level) -> Row:
    """What the rates are for; who may change it may see and set them."""
    row = call.row(level)
    call.require_with("edit", level, row)
    return row


def _fields(call: Call) -> list[Field]:
    return [
        Field("user", readers.reference(bookable_user(call))),
        Field("rate", readers.amount, [checks.not_negative]),
        Field("internalRate", readers.amount),
        Field("isFixed", readers.flag),
    ]


def _body(call: Call, row: Row) -> dict[str, Any]:
    user = call.people.user(row.fields["user"])
    whose = None if user is None else short_user(user, call.profile)
    return {"id": row.id, "user": whose, **{name: row.fields[name] for name in ("rate", "internalRate", "isFixed")}}
