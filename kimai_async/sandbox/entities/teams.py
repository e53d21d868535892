"""Teams: their list, and how they are shown in what belongs to them (TeamController.php)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from kimai_async.sandbox.http.answers import answer
from kimai_async.sandbox.storage.collation import sort_key

if TYPE_CHECKING:
    from starlette.responses import Response

    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.profile import Profile
    from kimai_async.sandbox.storage.setup import Setup

_PALETTE = ("#DDDDDD", "#03A9F4", "#3D9970", "#FF851B", "#85144b", "#39CCCC", "#F012BE", "#5319e7", "#4CAF50")


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


def _body(team_id: int, name: str, profile: Profile) -> dict[str, Any]:
    safe = {"color-safe": color_safe(name, None)} if profile.color_safe else {}
    return safe | {"id": team_id, "name": name, "color": None}


def color_safe(name: str, color: str | None) -> str:
    """The colour itself, else one by the name alone (`getColorSafe` in ColorTrait.php, Utils/Color.php)."""
    return color or _PALETTE[zlib.crc32(name.encode()) % len(_PALETTE)]
