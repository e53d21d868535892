"""Teams: list, show, create, change, delete, and what belongs to them (TeamController.php)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kimai_async.sandbox.entities.bodies import nested
from kimai_async.sandbox.entities.team_bodies import short_team
from kimai_async.sandbox.forms.form import submit
from kimai_async.sandbox.http.answers import ApiError, answer, no_content
from kimai_async.sandbox.people.team_forms import fields, members, validate
from kimai_async.sandbox.people.user_bodies import short_user
from kimai_async.sandbox.storage.collation import sort_key
from kimai_async.sandbox.storage.people import Team
from kimai_async.sandbox.storage.store import Row

if TYPE_CHECKING:
    from starlette.responses import Response

    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.storage.store import Level


async def collection(call: Call) -> Response:
    """GET /api/teams: by name, before 2.21 by id."""
    call.require("view", "teams")
    teams = call.people.teams()
    if call.profile.teams_sorted:
        teams.sort(key=lambda team: sort_key(team.name))
    return answer([short_team(team, call.profile) for team in teams])


async def show(call: Call) -> Response:
    """GET /api/teams/{id}."""
    team = _team(call)
    call.require("view", "teams")
    return answer(_body(call, team))


async def create(call: Call) -> Response:
    """POST /api/teams."""
    call.require("create", "teams")
    form = submit(fields(call, ()), call.data(), {"members": None}, clear_missing=True)
    validate(call, form, Team(0, "", None, {}))
    return answer(_body(call, call.people.save_team(Team(0, form.values["name"], form.values["color"], members(form)))))


async def change(call: Call) -> Response:
    """PATCH /api/teams/{id}: `members` replaces all of them; before 2.63 they are gone even if the rest is refused."""
    team = _team(call)
    call.require("edit", "teams")
    data = call.data()
    values = {"name": team.name, "color": team.color, "members": None}
    form = submit(fields(call, team.members), data, values, clear_missing=False)
    if "members" in data and not call.profile.team_members_kept:
        call.people.save_team(replace(team, members={}))
    validate(call, form, team)
    new = members(form) if "members" in data else team.members
    changed = Team(team.id, form.values["name"], form.values["color"], new)
    call.people.save_team(replace(changed, members=_in_their_places(team.members, new)))
    return answer(_body(call, changed))


def _in_their_places(old: dict[int, bool], new: dict[int, bool]) -> dict[int, bool]:
    """The members as the database keeps them: who stays keeps his row, who comes gets that of one who goes, or a new
    one (`replaceTeamMembersFromForm`); the answer has them as they were sent."""
    comers = iter([user for user in new if user not in old])
    places = [user if user in new else next(comers, None) for user in old]
    return {user: new[user] for user in [*places, *comers] if user is not None}


async def remove(call: Call) -> Response:
    """DELETE /api/teams/{id}."""
    team = _team(call)
    call.require("delete", "teams")
    call.people.remove_team(team.id)
    return no_content()


async def add_member(call: Call) -> Response:
    """POST /api/teams/{id}/members/{userId}."""
    team, user = _team(call), call.people.user(call.path_id("other"))
    if user is None:
        raise ApiError(404)
    call.require("edit", "teams")
    if user.id in team.members:
        raise ApiError(400)
    return answer(_body(call, call.people.save_team(replace(team, members=team.members | {user.id: False}))))


async def remove_member(call: Call) -> Response:
    """DELETE /api/teams/{id}/members/{userId}: who leads the team stays."""
    team, user = _team(call), call.people.user(call.path_id("other"))
    if user is None:
        raise ApiError(404)
    call.require("edit", "teams")
    if team.members.get(user.id) is not False:
        raise ApiError(400)
    left = {member: leads for member, leads in team.members.items() if member != user.id}
    return answer(_body(call, call.people.save_team(replace(team, members=left))))


async def give(call: Call, level: Level) -> Response:
    """POST /api/teams/{id}/customers/{customerId} and its siblings."""
    return _link(call, level, there=True)


async def take(call: Call, level: Level) -> Response:
    """DELETE /api/teams/{id}/customers/{customerId} and its siblings."""
    return _link(call, level, there=False)


async def default_team(call: Call) -> Response:  # noqa: ARG001 - every handler is given the call
    """POST /api/customers/{id}/team and its siblings."""
    message = 'This endpoint was removed, use "POST /api/teams/" instead.'
    raise ApiError(410, {"code": 410, "message": message})


def _link(call: Call, level: Level, *, there: bool) -> Response:
    team, row = _team(call), call.existing(level, call.path_id("other"))
    call.require("edit", "teams")
    call.require_with("permissions", level, row)
    teams = row.fields.get("teams", [])
    if (team.id in teams) is there:
        raise ApiError(400)
    new = [*teams, team.id] if there else [each for each in teams if each != team.id]
    call.store.update(level, Row(row.id, row.parent, row.fields | {"teams": new}))
    return answer(_body(call, team))


def _team(call: Call) -> Team:
    team = call.people.team(call.path_id())
    if team is None:
        raise ApiError(404)
    return team


def _body(call: Call, team: Team) -> dict[str, Any]:
    users = {user.id: short_user(user, call.profile) for user in call.people.users()}
    shown = [{"user": users[user], "teamlead": leads} for user, leads in team.members.items()]
    levels: tuple[Level, ...] = ("customers", "projects", "activities")
    had = {
        level: [nested(level, row, call.sandbox, expanded=False) for row in call.people.of_team(level, team.id)]
        for level in levels
    }
    short = short_team(team, call.profile)
    color = short.pop("color")
    return short | {"members": shown} | had | {"color": color}
