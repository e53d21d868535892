"""What a handler is given: the sandbox, who calls, and the request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kimai_async.sandbox.http.answers import ApiError
from kimai_async.sandbox.http.decode import Submitted, decode
from kimai_async.sandbox.storage.setup import SINGULAR
from kimai_async.sandbox.storage.store import ABOVE

if TYPE_CHECKING:
    from starlette.requests import Request

    from kimai_async.sandbox.profile import Profile
    from kimai_async.sandbox.storage.setup import Setup
    from kimai_async.sandbox.storage.state import Sandbox
    from kimai_async.sandbox.storage.store import Level, Row, Store
    from kimai_async.sandbox.storage.users import User

_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Call:
    """One authenticated request."""

    sandbox: Sandbox
    user: User
    request: Request
    body: bytes

    @property
    def profile(self) -> Profile:
        """What this Kimai version does."""
        return self.sandbox.profile

    @property
    def store(self) -> Store:
        """The rows."""
        return self.sandbox.store

    @property
    def setup(self) -> Setup:
        """The custom fields, teams and invoice templates there are."""
        return self.sandbox.setup

    def data(self) -> dict[str, Submitted]:
        """The submitted form values."""
        return decode(self.body, self.request.headers.get("content-type", ""))

    def row(self, level: Level) -> Row:
        """The row that the path names, else 404."""
        row_id = int(self.request.path_params["id"])
        row = self.store.get(level, row_id) if row_id <= _LARGEST_ID else None
        if row is None:
            raise ApiError(404)
        return row

    def may(self, verb: str, level: str) -> bool:
        """Whether the user has a permission, e.g. `budget` on `customers` is `budget_customer`."""
        return self.user.may(verb, level) and f"{verb}_{SINGULAR[level]}" not in self.setup.revoked

    def may_choose_team(self, team_id: int) -> bool:
        """Whether the user may give something new to this team: nobody here leads one, so only who sees all data."""
        return self.user.is_admin and 1 <= team_id <= len(self.setup.teams)

    def sees(self, level: Level, row: Row) -> bool:
        """`checkTeamAccess`: what belongs to a team is hidden, with all below it, from who does not see all data
        (RolePermissionManager.php)."""
        if self.user.is_admin or not self.setup.teams:
            return True
        above = self.store.get(ABOVE[level], row.parent) if level in ABOVE else None
        return not row.fields.get("teams") and (above is None or self.sees(ABOVE[level], above))

    def require(self, verb: str, level: str) -> None:
        """403 unless the user may do this."""
        if not self.may(verb, level):
            raise ApiError(403)
