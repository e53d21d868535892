"""User accounts, and the four that every sandbox begins with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kimai_async.sandbox.storage.permissions import granted

API_PASSWORD = "api_kitten_1"  # noqa: S105 - the sandbox protects nothing


@dataclass(frozen=True)
class User:
    """One account; `fields` are its values by Kimai's names."""

    id: int
    fields: dict[str, Any]

    @property
    def username(self) -> str:
        """The name to log in with."""
        return str(self.fields["username"])

    @property
    def timezone(self) -> str:
        """The zone of the clocks that this person looks at."""
        return str(self.fields["timezone"])

    @property
    def enabled(self) -> bool:
        """Whether the account can log in and be booked for."""
        return bool(self.fields["enabled"])

    @property
    def system_account(self) -> bool:
        """Whether nobody can be booked for here, enabled or not."""
        return bool(self.fields["systemAccount"])

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles beside ROLE_USER, which everybody has."""
        return tuple(self.fields["roles"])

    @cached_property
    def permissions(self) -> frozenset[str]:
        """Everything that the roles allow."""
        return granted(self.roles)

    @property
    def sees_all_data(self) -> bool:
        """Whether teams hide nothing."""
        return "view_all_data" in self.permissions

    @property
    def first_name(self) -> str:
        """The part of the user name before the underscore."""
        return self.username.partition("_")[0]

    @property
    def token(self) -> str:
        """The Bearer token, of the first four; it is empty for everybody else, as the API makes none."""
        return str(self.fields.get("token", ""))


def values(username: str, email: str, **given: Any) -> dict[str, Any]:
    """The values of a new account; every default is Kimai's."""
    nothing = dict.fromkeys(("alias", "title", "accountNumber", "color", "supervisor", "apiPassword"))
    place = {"timezone": "UTC", "language": "en", "locale": "en"}
    flags = {"enabled": True, "systemAccount": False, "roles": [], "hourlyRate": 0.0, "internalRate": None}
    return {"username": username, "email": email} | nothing | place | flags | given


def _first(user_id: int, username: str, *roles: str) -> User:
    name = username.partition("_")[0]
    login = {"apiPassword": API_PASSWORD, "token": f"{name}-token-0123456789"}
    return User(user_id, values(username, f"{name}@example.com", roles=list(roles), **login))


SUSAN = _first(1, "susan_super", "ROLE_SUPER_ADMIN")
USERS = (
    SUSAN,
    _first(2, "john_user"),
    _first(3, "tony_teamlead", "ROLE_TEAMLEAD"),
    _first(4, "anna_admin", "ROLE_ADMIN"),
)
"""Whom every sandbox begins with."""
