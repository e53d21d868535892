"""The form for teams, whose members are a list of forms (TeamEditForm.php, TeamMemberType.php, TeamValidator.php)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kimai_async.sandbox.forms import checks, readers
from kimai_async.sandbox.forms.edit_forms import color
from kimai_async.sandbox.forms.form import Field, Form, InvalidValueError
from kimai_async.sandbox.people.choices import bookable_user

if TYPE_CHECKING:
    from collections.abc import Collection

    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.http.decode import Submitted
    from kimai_async.sandbox.storage.people import Team


@dataclass(frozen=True)
class Member:
    """One submitted member; `error` says why its user cannot be chosen."""

    user: int | None
    leads: bool
    error: str = ""

    def body(self) -> dict[str, Any]:
        """Its part of a refused form."""
        return {"children": {"user": {"errors": [self.error]} if self.error else {}, "teamlead": {}}}


def fields(call: Call, members: Collection[int]) -> list[Field]:
    """The fields of the form; who is a member already can be chosen again."""
    special = [checks.no_special_characters] if call.profile.forbidden_characters else []
    name = [*special, checks.not_blank, checks.length(100, 2)]
    return [Field("name", readers.text, name), color(), Field("members", _reader(call, members))]


def validate(call: Call, form: Form, team: Team) -> None:
    """What is wrong with the team as a whole; the answer 400, if anything is."""
    name = form.values["name"]
    if name and "name" not in form.unread and call.people.team_named(name, team.id):
        form.errors["name"] = ["This value is already used.", *form.errors.get("name", [])]
    submitted = form.values["members"]
    kept = members(form) if submitted is not None else team.members
    if not any(kept.values()):
        form.form_errors.append("At least one team leader must be assigned to the team.")
    if not kept:
        form.form_errors.append("This collection should contain 1 element or more.")
    wrong = any(member.error for member in submitted or ())
    if wrong or form.errors or form.form_errors or form.extra:
        refused = form.error()
        shown = submitted if submitted is not None else [Member(user, leads) for user, leads in team.members.items()]
        if shown and "members" not in form.unread:
            refused.body["errors"]["children"]["members"] = {"children": [member.body() for member in shown]}
        raise refused


def members(form: Form) -> dict[int, bool]:
    """The members that were submitted: somebody who is there twice counts once, as he stands first."""
    chosen: dict[int, bool] = {}
    for member in form.values["members"] or ():
        if member.user is not None:
            chosen.setdefault(member.user, member.leads)
    return chosen


def _reader(call: Call, there: Collection[int]) -> readers.Read:
    one = readers.reference(bookable_user(call, *there))

    def read(value: Submitted) -> list[Member]:
        given = [] if value in (None, "") else list(value.values()) if isinstance(value, dict) else value
        if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
            raise InvalidValueError(readers.NOT_VALID)
        return [_member(each, one) for each in given]

    return read


def _member(given: dict[str, Submitted], one: readers.Read) -> Member:
    leads = given.get("teamlead") is not None
    try:
        return Member(one(given.get("user")), leads)
    except InvalidValueError as error:
        return Member(None, leads, str(error))
