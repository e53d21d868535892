"""Who may do what with a time entry (TimesheetVoter.php, RolePermissionManager.php)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.sandbox.http.answers import ApiError
from kimai_async.sandbox.timesheets import lockdown
from kimai_async.sandbox.timesheets.draft import booked

if TYPE_CHECKING:
    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.storage.entries import Entry


def may(call: Call, verb: str, entry: Entry) -> bool:
    """Whether the caller may do this: `view`, `edit`, `edit_rate` and so on."""
    if verb in {"edit", "delete"} and not _open(call, entry):
        return False
    if verb in {"start", "create", "duplicate"} and not _bookable(call, entry):
        return False
    permission = "create" if verb == "duplicate" and call.profile.entries_of_teams else verb
    permission = "edit" if permission == "duplicate" else permission
    if entry.user == call.user.id:
        return call.granted(f"{permission}_own_timesheet")
    return _seen(call, entry) and call.granted(f"{permission}_other_timesheet")


def require(call: Call, verb: str, entry: Entry) -> None:
    """403 unless the caller may do this."""
    if not may(call, verb, entry):
        raise ApiError(403)


def may_see_user(call: Call, user_id: int) -> bool:
    """`checkUserAccess`: oneself, everybody for admins, members of teams that one leads; for a teamlead also who is
    nothing more than a user and in no team."""
    user = call.people.user(user_id)
    if user is None or user_id == call.user.id or call.user.sees_all_data:
        return True
    if not user.enabled or user.system_account:
        return False
    plain = not user.roles and not call.people.memberships(user_id)
    return call.people.leads(call.user.id, [user_id]) or ("ROLE_TEAMLEAD" in call.user.roles and plain)


def _open(call: Call, entry: Entry) -> bool:
    """Whether neither the export nor the lockdown keeps it closed."""
    if entry.exported and not call.granted("edit_exported_timesheet"):
        return False
    return lockdown.is_editable(call, entry.begin, entry.zone)


def _bookable(call: Call, entry: Entry) -> bool:
    """Whether something new can be booked where this was."""
    on = booked(call, entry.project, entry.activity)
    if on.project is None or on.activity is None or on.customer is None:
        return False
    visible = on.project.visible and on.customer.visible and on.activity.visible
    if not call.profile.entries_of_teams:
        return visible
    return visible and call.sees("projects", on.project) and call.sees("activities", on.activity)


def _seen(call: Call, entry: Entry) -> bool:
    """`checkTeamAccessTimesheet`: teams count only for others' entries, and only in newer versions."""
    if not call.profile.entries_of_teams:
        return True
    on = booked(call, entry.project, entry.activity)
    if on.project is not None and not call.sees("projects", on.project):
        return False
    if on.activity is not None and not call.sees("activities", on.activity):
        return False
    if call.user.sees_all_data or not call.people.memberships(entry.user):
        return True
    return call.people.leads(call.user.id, [entry.user])
