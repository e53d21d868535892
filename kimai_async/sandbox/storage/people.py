"""Who there is, and in which teams: kept in memory beside the store, for every request asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kimai_async.sandbox.storage.collation import fold
from kimai_async.sandbox.storage.store import Row
from kimai_async.sandbox.storage.users import USERS, User

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kimai_async.sandbox.storage.store import Kind, Store

_TEAMED: tuple[Kind, ...] = ("customers", "projects", "activities")


@dataclass(frozen=True)
class Team:
    """One team; its members in the order in which they came, each with whether they lead it."""

    id: int
    name: str
    color: str | None
    members: dict[int, bool]

    @property
    def leads(self) -> frozenset[int]:
        """Who leads it."""
        return frozenset(user for user, leads in self.members.items() if leads)


class People:
    """The users and teams of a store; `teams` are names of teams without members that an administrator set up."""

    def __init__(self, store: Store, teams: Sequence[str] = ()) -> None:
        self._store = store
        if not store.count("users"):
            for user in USERS:
                store.insert("users", None, user.fields)
        self._set_up(teams)
        self._read()

    def users(self) -> list[User]:
        """Everybody, by id."""
        return list(self._users.values())

    def user(self, user_id: int | None) -> User | None:
        """The user of this id."""
        return self._users.get(user_id or 0)

    def named(self, username: str) -> User | None:
        """The user who logs in with this name."""
        return next((user for user in self._users.values() if user.username == username), None)

    def with_token(self, token: str) -> User | None:
        """The user to whom a Bearer token belongs."""
        return self._tokens.get(token)

    def equal(self, field: str, text: str, but: int | None = None) -> bool:
        """Whether somebody else has this text in a field, as the database compares."""
        wanted = fold(text)
        return any(fold(str(user.fields[field])) == wanted for user in self._users.values() if user.id != but)

    def add_user(self, values: dict[str, Any]) -> User:
        """Store a new account."""
        row = self._store.insert("users", None, values)
        self._read()
        return self._users[row.id]

    def change_user(self, user_id: int, values: dict[str, Any]) -> User:
        """Replace an account's values."""
        self._store.update("users", Row(user_id, None, values))
        self._read()
        return self._users[user_id]

    def teams(self) -> list[Team]:
        """Every team, by id."""
        return list(self._teams.values())

    def team(self, team_id: int) -> Team | None:
        """The team of this id."""
        return self._teams.get(team_id)

    def team_named(self, name: str, but: int | None = None) -> bool:
        """Whether another team has this name, as the database compares."""
        return any(fold(team.name) == fold(name) for team in self._teams.values() if team.id != but)

    def save_team(self, team: Team) -> Team:
        """Store a team, a new one if its id is 0."""
        values = {"name": team.name, "color": team.color, "members": list(team.members.items())}
        if team.id:
            self._store.update("teams", Row(team.id, None, values))
        else:
            team = Team(self._store.insert("teams", None, values).id, team.name, team.color, team.members)
        self._read()
        return team

    def remove_team(self, team_id: int) -> None:
        """Delete a team; what had only this one is everybody's from now on."""
        for level in _TEAMED:
            for row in self.of_team(level, team_id):
                teams = [each for each in row.fields["teams"] if each != team_id]
                self._store.update(level, Row(row.id, row.parent, row.fields | {"teams": teams}))
        self._store.delete("teams", team_id)
        self._read()

    def of_team(self, level: Kind, team_id: int) -> list[Row]:
        """The customers, projects or activities that a team was given, by id."""
        rows = [row for row in self._store.rows(level) if team_id in row.fields.get("teams", ())]
        return sorted(rows, key=lambda row: row.id)

    def memberships(self, user_id: int) -> list[Team]:
        """The teams that somebody belongs to."""
        return [team for team in self._teams.values() if user_id in team.members]

    def led_by(self, user_id: int) -> frozenset[int]:
        """The ids of the teams that somebody leads."""
        return frozenset(team.id for team in self._teams.values() if user_id in team.leads)

    def leads(self, user_id: int, others: Iterable[int]) -> bool:
        """Whether somebody leads a team to which one of the others belongs."""
        led = self.led_by(user_id)
        return any(not led.isdisjoint(team.id for team in self.memberships(other)) for other in others)

    def _read(self) -> None:
        users = sorted(self._store.rows("users"), key=lambda row: row.id)
        self._users = {row.id: User(row.id, row.fields) for row in users}
        self._tokens = {user.token: user for user in self._users.values() if user.token}
        teams = sorted(self._store.rows("teams"), key=lambda row: row.id)
        self._teams = {row.id: _team(row) for row in teams}

    def _set_up(self, names: Sequence[str]) -> None:
        """What was set up before and is not any more is gone, as when an administrator deletes it."""
        there = [row for row in self._store.rows("teams") if row.fields.get("setUp")]
        self._teams, self._users = {}, {}
        for row in there:
            if row.id > len(names):
                self.remove_team(row.id)
        known = {row.id for row in there}
        for team_id, name in enumerate(names, 1):
            values: dict[str, Any] = {"name": name, "color": None, "members": [], "setUp": True}
            if team_id in known:
                self._store.update("teams", Row(team_id, None, values))
            else:
                self._store.insert("teams", None, values)


def _team(row: Row) -> Team:
    members = {int(user): bool(leads) for user, leads in row.fields["members"]}
    return Team(row.id, row.name, row.fields["color"], members)
