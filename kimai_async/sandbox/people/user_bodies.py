"""Users as JSON (Entity/User.php)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kimai_async.sandbox.entities.team_bodies import color_safe, short_team

if TYPE_CHECKING:
    from kimai_async.sandbox.profile import Profile
    from kimai_async.sandbox.storage.people import People
    from kimai_async.sandbox.storage.users import User

_SHORT_LATER = ("locale", "timezone", "language", "avatar")


def short_user(user: User, profile: Profile) -> dict[str, Any]:
    """A user in a list, or within something else."""
    later = () if profile.user_email else _SHORT_LATER
    whole = _whole(user, profile)
    left_out = {"preferences", "teams", "memberships", "roles", "supervisor", *later}
    return {key: value for key, value in whole.items() if key not in left_out}


def full_user(user: User, people: People, profile: Profile) -> dict[str, Any]:
    """A user by himself, with teams, roles and preferences."""
    teams = people.memberships(user.id)
    memberships = [{"team": short_team(team, profile), "teamlead": team.members[user.id]} for team in teams]
    boss = people.user(user.fields["supervisor"])
    return _whole(user, profile) | {
        "teams": [short_team(team, profile) for team in teams],
        "memberships": memberships,
        "supervisor": None if boss is None else short_user(boss, profile),
    }


def _whole(user: User, profile: Profile) -> dict[str, Any]:
    fields = user.fields
    body: dict[str, Any] = {
        "apiToken": fields["apiPassword"] is not None,
        "preferences": _preferences(user),
        **{name: fields[name] for name in ("locale", "timezone", "language")},
        "teams": [],
        "initials": user.username[:2].upper(),
        "color-safe": color_safe(user.username, fields["color"]),
        "id": user.id,
        "alias": fields["alias"],
        "title": fields["title"],
        "avatar": None,
        "memberships": [],
        **{name: fields[name] for name in ("username", "email", "accountNumber", "enabled")},
        "roles": list(user.roles),
        "systemAccount": user.system_account,
        "supervisor": None,
        "color": fields["color"],
    }
    newer = {"email", "systemAccount"} if not profile.user_email else set()
    newer |= {"color-safe"} if not profile.color_safe else set()
    return {key: value for key, value in body.items() if key not in newer}


def _preferences(user: User) -> list[dict[str, Any]]:
    rates = {"hourly_rate": f"{user.fields['hourlyRate']:g}", "internal_rate": user.fields["internalRate"]}
    shown = (rates if user.sees_all_data else {}) | {"first_weekday": "monday", "favorite_routes": ""}
    return [{"name": name, "value": value} for name, value in shown.items()]
