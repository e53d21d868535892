"""Teams as JSON: as in their list and in what belongs to them (Entity/Team.php)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kimai_async.sandbox.profile import Profile
    from kimai_async.sandbox.storage.people import People, Team

_PALETTE = ("#DDDDDD", "#03A9F4", "#3D9970", "#FF851B", "#85144b", "#39CCCC", "#F012BE", "#5319e7", "#4CAF50")


def short_teams(people: People, ids: Iterable[int], profile: Profile) -> list[dict[str, Any]]:
    """The teams of these ids, by id."""
    return [short_team(team, profile) for team_id in sorted(ids) if (team := people.team(team_id))]


def short_team(team: Team, profile: Profile) -> dict[str, Any]:
    """One team without its members."""
    safe = {"color-safe": color_safe(team.name, team.color)} if profile.color_safe else {}
    return safe | {"id": team.id, "name": team.name, "color": team.color}


def color_safe(name: str, color: str | None) -> str:
    """The colour itself, else one by the name alone (`getColorSafe` in ColorTrait.php, Utils/Color.php)."""
    return color or _PALETTE[zlib.crc32(name.encode()) % len(_PALETTE)]
