"""What is to be done with the file's time entries, and what is sent of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kimai_async.fields.bodies import Change
from kimai_async.fields.values import Money
from kimai_async.tree.lookalikes import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kimai_async.kimai.people import PeopleClient
    from kimai_async.kimai.timesheets import TimesheetClient
    from kimai_async.survey.changes import Update
    from kimai_async.timesheets.bookings import Bookings, Match
    from kimai_async.timesheets.closed import Closed
    from kimai_async.tree.entry import Entry

RATES = ("hourlyRate", "fixedRate")
"""What Kimai shows of single entries alone, and of none in a list."""

UNSEEN = (
    "This token may book for others, but Kimai does not list to it what they have booked, so that every run would "
    "create it again; use the token of a user whose role has the permission view_other_timesheet, as ROLE_ADMIN has."
)

_SENT = frozenset({"tags", "billable", "exported", "break", *RATES})
_MONEY = Money()


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is to be created and changed, and what is known of the server's time entries.

    `floor` is the highest id before they were listed; with `by_user` a user's entries go in one after the other. Unless
    `proven`, nothing has shown yet that this token sees what others have booked. `new_tags` are to be created first,
    and `closed` is what must be opened for the run. `own` is the id of the token's user, `accepted` what that user may
    send.
    """

    missing: Sequence[Entry]
    updates: Sequence[Update]
    bookings: Bookings
    client: TimesheetClient
    people: PeopleClient
    floor: int
    by_user: bool
    proven: bool
    own: int
    accepted: frozenset[str]
    new_tags: Sequence[str]
    closed: Sequence[Closed]

    def fields(self, entry: Entry) -> dict[str, Any]:
        """Return what a create sends of an entry beside its activity, times and description."""
        fields = {} if entry.values is None else written(entry.values, self.accepted)
        if entry.person is not None and entry.person.id != self.own:
            fields["user"] = entry.person.id
        return fields


def written(values: Mapping[str, Any], accepted: frozenset[str]) -> dict[str, Any]:
    """Return an entry's values as a create says them; those that this user may not send are left out."""
    fields = {name: value for name, value in values.items() if name in accepted and name in _SENT}
    if "tags" in fields:
        fields["tags"] = ",".join(fields["tags"])
    if "break" in fields:
        fields["break"] = f"{fields['break']}s"  # a bare number would be hours
    return fields


def differences(match: Match, accepted: frozenset[str]) -> Change:
    """Return what makes a row of a list as the file has it: tags, and whether it is billable and exported."""
    values, row = match.entry.values or {}, match.row
    wanted = {name: values[name] for name in ("billable", "exported") if name in values and name in accepted}
    changed: dict[str, Any] = {name: value for name, value in wanted.items() if getattr(row, name) is not value}
    if "tags" in values and set(map(fold, values["tags"])) != set(map(fold, row.tags)):
        changed["tags"] = ",".join(values["tags"])
    return Change(changed)


def rate_differences(entry: Entry, shown: Mapping[str, Any], accepted: frozenset[str]) -> dict[str, Any]:
    """Return the rates of an entry that differ from those that the server shows of it."""
    values = entry.values or {}
    wanted = {name: values[name] for name in RATES if name in values and name in accepted}
    return {name: value for name, value in wanted.items() if not _is(value, shown.get(name))}


def _is(rate: Any, shown: Any) -> bool:
    return _MONEY.shows(shown) and _MONEY.same(rate, shown)
