"""What each role may do by default (config/packages/kimai.yaml), as far as the sandbox asks."""

from __future__ import annotations

LEVELS = ("customer", "project", "activity")


def _all(verbs: str, *things: str) -> frozenset[str]:
    return frozenset(f"{verb}_{thing}" for verb in verbs.split() for thing in things)


_OWN = _all("view start stop create edit export delete", "own_timesheet") | _all("view edit preferences", "own_profile")
_OTHERS = _all("view start stop create edit export delete", "other_timesheet")
_BILLING = _all("edit_export edit_billable", "own_timesheet", "other_timesheet")
_TAGS = {"view_tag", "manage_tag", "create_tag", "delete_tag"}
_OF_LED_TEAMS = _all("view budget time", *(f"teamlead_{level}" for level in LEVELS)) | {"edit_teamlead_activity"}

_USER = _OWN | {"create_tag", "time_team_project"}
_TEAMLEAD = _USER | _OTHERS | _BILLING | _TAGS | _OF_LED_TEAMS | {"create_activity"}
_ADMIN = (
    _USER
    | _OTHERS
    | _BILLING
    | _TAGS
    | _all("view create edit budget time delete permissions", *LEVELS)
    | _all("details", "customer", "project")
    | _all("view create edit delete", "team")
    | _all("edit_rate", "own_timesheet", "other_timesheet")
    | {"lockdown_grace_timesheet", "lockdown_override_timesheet", "edit_exported_timesheet", "view_all_data"}
    | {"hourly-rate_own_profile"}
)
_SUPER_ADMIN = (
    _ADMIN
    | _all("view create delete", "user")
    | _all("view edit password roles preferences supervisor", "other_profile")
    | {"roles_own_profile", "supervisor_own_profile", "hourly-rate_other_profile"}
)

ROLES: dict[str, frozenset[str]] = {
    "ROLE_USER": frozenset(_USER),
    "ROLE_TEAMLEAD": frozenset(_TEAMLEAD),
    "ROLE_ADMIN": frozenset(_ADMIN),
    "ROLE_SUPER_ADMIN": frozenset(_SUPER_ADMIN),
}
"""The permissions of each role that a user can have; everybody has ROLE_USER."""


def granted(roles: tuple[str, ...]) -> frozenset[str]:
    """Everything that a user with these roles may do."""
    return ROLES["ROLE_USER"].union(*(ROLES[role] for role in roles))
