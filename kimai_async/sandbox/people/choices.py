"""Whom a form offers: `getQueryBuilderForFormType` in UserRepository.php."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kimai_async.sandbox.forms.readers import Exists
    from kimai_async.sandbox.http.call import Call


def bookable_user(call: Call, *always: int) -> Exists:
    """Whether somebody can be chosen: enabled, no system account, and the caller, a member of a team that he leads, or
    anybody for who sees all data; and `always` those who are there already."""

    def exists(user_id: int) -> bool:
        user = call.people.user(user_id)
        if user is None or user_id in always:
            return user is not None
        if not user.enabled or user.system_account:
            return False
        mine = user_id == call.user.id or call.user.sees_all_data
        return mine or call.people.leads(call.user.id, [user_id])

    return exists
