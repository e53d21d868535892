"""The four people who may log in, and what Kimai's default roles allow them (config/packages/kimai.yaml)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kimai_async.sandbox.profile import Profile

API_PASSWORD = "api_kitten_1"  # noqa: S105 - the sandbox protects nothing


@dataclass(frozen=True)
class User:
    """One account; its Bearer token is `<first name>-token-0123456789`."""

    id: int
    username: str
    role: str

    @property
    def token(self) -> str:
        """The Bearer token."""
        return f"{self.first_name}-token-0123456789"

    @property
    def first_name(self) -> str:
        """The part of the user name before the underscore."""
        return self.username.partition("_")[0]

    @property
    def is_admin(self) -> bool:
        """Whether the role is ROLE_ADMIN or ROLE_SUPER_ADMIN; both may do everything the sandbox offers."""
        return self.role in {"ROLE_ADMIN", "ROLE_SUPER_ADMIN"}

    @property
    def is_teamlead(self) -> bool:
        """Whether the role is ROLE_TEAMLEAD or above."""
        return self.is_admin or self.role == "ROLE_TEAMLEAD"

    def may(self, verb: str, level: str) -> bool:
        """Whether the role grants e.g. `create` on `activities`; nobody here belongs to a team."""
        return self.is_admin or (self.is_teamlead and (verb, level) == ("create", "activities"))


SUSAN = User(1, "susan_super", "ROLE_SUPER_ADMIN")
USERS = (
    SUSAN,
    User(2, "john_user", "ROLE_USER"),
    User(3, "tony_teamlead", "ROLE_TEAMLEAD"),
    User(4, "anna_admin", "ROLE_ADMIN"),
)
BY_NAME = {user.username: user for user in USERS}
BY_TOKEN = {user.token: user for user in USERS}


def me(user: User, profile: Profile) -> dict[str, Any]:
    """The body of `/api/users/me` (Entity/User.php)."""
    body: dict[str, Any] = {
        "apiToken": True,
        "preferences": _preferences(user),
        "locale": "en",
        "timezone": "UTC",
        "language": "en",
        "teams": [],
        "initials": user.username[:2].upper(),
        "color-safe": "#03A9F4",
        "id": user.id,
        "alias": None,
        "title": None,
        "avatar": None,
        "memberships": [],
        "username": user.username,
        "email": f"{user.first_name}@example.com",
        "accountNumber": None,
        "enabled": True,
        "roles": [] if user.role == "ROLE_USER" else [user.role],
        "systemAccount": False,
        "supervisor": None,
        "color": None,
    }
    newer = {"email", "systemAccount"} if not profile.user_email else set()
    newer |= {"color-safe"} if not profile.color_safe else set()
    return {key: value for key, value in body.items() if key not in newer}


def _preferences(user: User) -> list[dict[str, str | None]]:
    rates: dict[str, str | None] = {"hourly_rate": "0", "internal_rate": None} if user.is_admin else {}
    shown = rates | {"first_weekday": "monday", "favorite_routes": ""}
    return [{"name": name, "value": value} for name, value in shown.items()]
