"""Accounts: list, show, create, change (UserController.php, UserService.php)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kimai_async.sandbox.entities import queries
from kimai_async.sandbox.entities.search import matcher
from kimai_async.sandbox.forms.form import submit
from kimai_async.sandbox.http.answers import ApiError, answer
from kimai_async.sandbox.people.user_bodies import full_user, short_user
from kimai_async.sandbox.people.user_forms import changes, creation, validate
from kimai_async.sandbox.storage.collation import sort_key
from kimai_async.sandbox.storage.users import User, values

if TYPE_CHECKING:
    from starlette.responses import Response

    from kimai_async.sandbox.http.call import Call

_PARAMS = {
    "visible": "[123]",
    "orderBy": "id|username|alias|email",
    "order": "ASC|DESC",
    "term": ".*",
    "full": "0|1|true|false",
}


async def collection(call: Call) -> Response:
    """GET /api/users: those who are enabled, by their names."""
    call.require("view", "users")
    given = {"visible": "1", "orderBy": "username"} | queries.read(call.request.query_params, _PARAMS)
    found = [user for user in call.people.users() if given["visible"] in {"3", "1" if user.enabled else "2"}]
    if given.get("term"):
        matches = matcher("users", given["term"], call.profile)
        found = [user for user in found if matches(user.fields)]
    found.sort(key=lambda user: _key(user, given["orderBy"]), reverse=given.get("order") == "DESC")
    if given.get("full") in {"1", "true"}:
        return answer([full_user(user, call.people, call.profile) for user in found])
    return answer([short_user(user, call.profile) for user in found])


async def me(call: Call) -> Response:
    """GET /api/users/me."""
    return answer(full_user(call.user, call.people, call.profile))


async def show(call: Call) -> Response:
    """GET /api/users/{id}."""
    user = _profile(call, "view")
    return answer(full_user(user, call.people, call.profile))


async def create(call: Call) -> Response:
    """POST /api/users: what is omitted is emptied, so that the account is disabled."""
    call.require("create", "users")
    empty = values("", "", enabled=False)
    form = submit(
        creation(call), call.data(), empty | {"plainPassword": None, "plainApiToken": None}, clear_missing=True
    )
    validate(call, form, None)
    form.raise_errors()
    password = form.values.pop("plainApiToken")
    form.values.pop("plainPassword")
    user = call.people.add_user(form.values | {"apiPassword": password})
    return answer(full_user(user, call.people, call.profile))


async def change(call: Call) -> Response:
    """PATCH /api/users/{id}."""
    user = _profile(call, "edit")
    form = submit(changes(call, user), call.data(), user.fields, clear_missing=False)
    validate(call, form, user)
    form.raise_errors()
    return answer(full_user(call.people.change_user(user.id, form.values), call.people, call.profile))


def _profile(call: Call, verb: str) -> User:
    """The user that the path names, if the caller may do this to him (UserVoter.php)."""
    user = call.people.user(call.path_id())
    if user is None:
        raise ApiError(404)
    if not call.granted(f"{verb}_{'own' if user.id == call.user.id else 'other'}_profile"):
        raise ApiError(403)
    return user


def _key(user: User, by: str) -> tuple[bool, Any]:
    value = user.id if by == "id" else user.fields[by]
    return (value is not None, sort_key(value) if isinstance(value, str) else value or 0)
