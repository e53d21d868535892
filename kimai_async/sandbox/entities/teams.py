"""Teams: their list, and who may see what belongs to one (TeamController.php, RolePermissionManager.php)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kimai_async.sandbox.entities.colors import color_safe
from kimai_async.sandbox.http.answers import answer
from kimai_async.sandbox.storage.collation import sort_key
from kimai_async.sandbox.storage.store import ABOVE

if TYPE_CHECKING:
    from starlette.responses import Response

    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.profile import Profile
    from kimai_async.sandbox.storage.setup import Setup
    from kimai_async.sandbox.storage.store import Level, Row


async def collection(call: Call) -> Response:
    """GET /api/teams: by name, before 2.21 by id."""
    call.require("view", "teams")
    teams = bodies(call.setup, range(1, len(call.setup.teams) + 1), call.profile)
    if call.profile.teams_sorted:
        teams.sort(key=lambda team: sort_key(team["name"]))
    return answer(teams)


def bodies(setup: Setup, ids: range | list[int], profile: Profile) -> list[dict[str, Any]]:
    """The teams of these ids as JSON, as in lists and in what belongs to them."""
    shown = [team_id for team_id in sorted(ids) if team_id <= len(setup.teams)]
    return [_body(team_id, setup.teams[team_id - 1], profile) for team_id in shown]


def may_choose(call: Call, team_id: int) -> bool:
    """Whether the user may give something new to this team: nobody here leads one, so only who sees all data."""
    return call.user.is_admin and 1 <= team_id <= len(call.setup.teams)


def accessible(call: Call, level: Level, row: Row) -> bool:
    """`checkTeamAccess`: what belongs to a team is hidden, with all below it, from who does not see all data."""
    if call.user.is_admin or not call.setup.teams:
        return True
    above = call.store.get(ABOVE[level], row.parent) if level in ABOVE else None
    return not row.fields.get("teams") and (above is None or accessible(call, ABOVE[level], above))


def _body(team_id: int, name: str, profile: Profile) -> dict[str, Any]:
    safe = {"color-safe": color_safe(name, None)} if profile.color_safe else {}
    return safe | {"id": team_id, "name": name, "color": None}
