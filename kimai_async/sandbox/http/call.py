"""What a handler is given: the sandbox, who calls, and the request."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kimai_async.sandbox.http.answers import ApiError
from kimai_async.sandbox.http.decode import Submitted, decode
from kimai_async.sandbox.storage.setup import SINGULAR
from kimai_async.sandbox.storage.store import ABOVE

if TYPE_CHECKING:
    from starlette.requests import Request

    from kimai_async.sandbox.configuration import Configuration
    from kimai_async.sandbox.profile import Profile
    from kimai_async.sandbox.storage.people import People
    from kimai_async.sandbox.storage.setup import Setup
    from kimai_async.sandbox.storage.state import Sandbox
    from kimai_async.sandbox.storage.store import Kind, Level, Row, Store
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

    @property
    def configuration(self) -> Configuration:
        """What an administrator has set in Kimai's system configuration."""
        return self.sandbox.configuration

    @property
    def people(self) -> People:
        """Users and teams."""
        return self.sandbox.people

    @cached_property
    def now(self) -> int:
        """When this request is handled."""
        return self.sandbox.clock.now()

    @cached_property
    def teams(self) -> frozenset[int]:
        """The ids of the teams that the user belongs to."""
        return frozenset(team.id for team in self.people.memberships(self.user.id))

    @cached_property
    def led_teams(self) -> frozenset[int]:
        """The ids of the teams that the user leads."""
        return self.people.led_by(self.user.id)

    def data(self) -> dict[str, Submitted]:
        """The submitted form values."""
        return decode(self.body, self.request.headers.get("content-type", ""))

    def row(self, level: Level) -> Row:
        """The row that the path names, else 404."""
        return self.existing(level, self.path_id())

    def path_id(self, name: str = "id") -> int:
        """A number in the path."""
        return int(self.request.path_params[name])

    def existing(self, kind: Kind, row_id: int) -> Row:
        """A row by its id, else 404."""
        row = self.store.get(kind, row_id) if row_id <= _LARGEST_ID else None
        if row is None:
            raise ApiError(404)
        return row

    def may(self, verb: str, level: str) -> bool:
        """Whether the user has a permission, e.g. `budget` on `customers` is `budget_customer`."""
        return self.granted(f"{verb}_{SINGULAR[level]}")

    def granted(self, permission: str) -> bool:
        """Whether the user's roles have a permission."""
        return permission in self.user.permissions and permission not in self.setup.revoked

    def may_with(self, verb: str, level: Level, row: Row) -> bool:
        """Whether the user may do this to a row, by a role or by a team (CustomerVoter.php and its siblings)."""
        if self.may(verb, level) or verb in {"create", "delete"}:
            return self.may(verb, level)
        teams = self._teams_of(level, row)
        leads, belongs = (f"{verb}_{way}_{SINGULAR[level]}" for way in ("teamlead", "team"))
        by_lead = self.granted(leads) and not self.led_teams.isdisjoint(teams)
        return by_lead or (self.granted(belongs) and not self.teams.isdisjoint(teams))

    def may_choose_team(self, team_id: int) -> bool:
        """Whether the user may give something new to this team: one that he leads, or any for who sees all data."""
        there = self.people.team(team_id) is not None
        return there and (self.user.sees_all_data or team_id in self.led_teams)

    def sees(self, level: Level, row: Row) -> bool:
        """`checkTeamAccess`: what belongs to a team is hidden, with all below it, from others who do not see all data
        (RolePermissionManager.php)."""
        if self.user.sees_all_data or not self.people.teams():
            return True
        teams = row.fields.get("teams")
        above = self.store.get(ABOVE[level], row.parent) if level in ABOVE else None
        own = not teams or not self.teams.isdisjoint(teams)
        return own and (above is None or self.sees(ABOVE[level], above))

    def require(self, verb: str, level: str) -> None:
        """403 unless the user may do this."""
        if not self.may(verb, level):
            raise ApiError(403)

    def require_with(self, verb: str, level: Level, row: Row) -> None:
        """403 unless the user may do this to a row."""
        if not self.may_with(verb, level, row):
            raise ApiError(403)

    def _teams_of(self, level: Level, row: Row) -> set[int]:
        """The teams of a row and of everything above it."""
        above = self.store.get(ABOVE[level], row.parent) if level in ABOVE else None
        return set(row.fields.get("teams", ())) | (self._teams_of(ABOVE[level], above) if above else set())
