"""The forms for accounts (UserApiCreateForm.php, UserApiEditForm.php, UserValidator.php)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kimai_async.sandbox.forms import checks, choices, readers
from kimai_async.sandbox.forms.edit_forms import color
from kimai_async.sandbox.forms.form import Field, Form, InvalidValueError

if TYPE_CHECKING:
    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.http.decode import Submitted
    from kimai_async.sandbox.storage.users import User

_ROLES = ("ROLE_TEAMLEAD", "ROLE_ADMIN", "ROLE_SUPER_ADMIN")
_EQUAL_EMAIL = "An equal e-mail address is already in use."
_EQUAL_NAME = "An equal username is already used."
_USED = "This value is already used."


def creation(call: Call) -> list[Field]:
    """The fields of a new account."""
    special = [checks.no_special_characters] if call.profile.forbidden_characters else []
    name = [checks.not_blank, checks.length(64, 2), *special]
    fields = [Field("username", readers.text, name), *_common(call), *_place(), _supervisor(call, None), _roles()]
    fields += [
        Field("plainPassword", _secret, [checks.not_blank, checks.length(60, 8)]),
        Field("plainApiToken", _secret),
    ]
    return fields + [Field(name, readers.flag) for name in ("enabled", "systemAccount", "requiresPasswordReset")]


def changes(call: Call, user: User) -> list[Field]:
    """The fields of an account that the caller may change."""
    own = user.id == call.user.id
    may = {each: call.granted(f"{each}_{'own' if own else 'other'}_profile") for each in ("supervisor", "roles")}
    fields = [*_common(call), *(_place() if own or call.granted("preferences_other_profile") else [])]
    fields += [_supervisor(call, user)] if may["supervisor"] else []
    fields += [_roles()] if may["roles"] else []
    flags = [] if own else ["enabled"]
    flags += ["systemAccount", "requiresPasswordReset"] if own or call.granted("password_other_profile") else []
    return fields + [Field(name, readers.flag) for name in flags]


def validate(call: Call, form: Form, user: User | None) -> None:
    """Names and e-mail addresses are each other's look-alikes, and unique as the database compares."""
    name, email = form.values.get("username") or "", form.values.get("email") or ""
    taken: dict[str, list[str]] = {"username": [], "email": []}
    for path, text, other in (("email", email, "username"), ("username", name, "email")):
        if text and call.people.equal(path, text, user.id if user else None):
            first = "This e-mail address is already in use." if path == "email" else "The username is already used."
            taken[path] += [first, *([_USED] if call.profile.user_said_twice else [])]
        if text and call.people.equal(other, text, user.id if user else None):
            taken[path].insert(0, _EQUAL_EMAIL if path == "username" else _EQUAL_NAME)
    for path, messages in taken.items():
        if path not in form.unread and any(field.name == path for field in form.fields):
            form.errors[path] = messages + form.errors.get(path, []) if messages else form.errors.get(path, [])
    form.errors = {path: messages for path, messages in form.errors.items() if messages}


def _common(call: Call) -> list[Field]:
    special = [checks.no_special_characters] if call.profile.forbidden_characters else []
    lengths = {"alias": 60, "title": 50, "accountNumber": 30}
    fields = [Field(name, readers.text, [checks.length(most), *special]) for name, most in lengths.items()]
    email = [checks.not_blank, checks.email(strict=True), checks.length(180, 2)]
    return [*fields, color(), Field("email", readers.email, email)]


def _place() -> list[Field]:
    zone = readers.choice(choices.timezones, "Please select a valid timezone.")
    language = readers.choice(lambda: choices.LANGUAGES)
    return [
        Field("language", _or("en", language)),
        Field("locale", _or("en", language)),
        Field("timezone", _or("UTC", zone)),
    ]


def _or(default: str, read: readers.Read) -> readers.Read:
    """Nothing is the server's default, as in `prepareNewUser` of UserService.php."""

    def reading(value: Submitted) -> str:
        return str(read(value) or default)

    return reading


def _supervisor(call: Call, user: User | None) -> Field:
    def exists(user_id: int) -> bool:
        return (user is None or user_id != user.id) and call.people.user(user_id) is not None

    return Field("supervisor", readers.reference(exists))


def _roles() -> Field:
    def read(value: Submitted) -> list[str]:
        given = [] if value in (None, "") else value
        if not isinstance(given, list) or not set(given) <= set(_ROLES):
            raise InvalidValueError(readers.CHOICE)
        return list(dict.fromkeys(given))

    return Field("roles", read)


def _secret(value: Submitted) -> str | None:
    """PasswordType: nothing is trimmed."""
    return None if value in (None, "") else re.sub("\0", "", str(value))
