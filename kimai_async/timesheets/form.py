"""What this token may send of time entries, beside what the file needs; asked and told before the first of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kimai_async.csvfile.notes import About
from kimai_async.errors import AccessError
from kimai_async.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kimai_async.csvfile.notes import Notes
    from kimai_async.kimai.booking import BookingClient
    from kimai_async.kimai.messages import Form
    from kimai_async.kimai.people import User
    from kimai_async.server import Server
    from kimai_async.tree.entry import Entry, Person

MOST_QUESTIONS = 50
"""People of whom it is asked whether this token may book for them; the others are refused, if at all, row by row."""

BREAKS_SINCE = (2, 24)
TIMES_OF_TEAMLEADS_SINCE = (2, 25)
"""In other tracking modes than the default one, who sees others' entries may send begin and end since then."""

_PERMISSIONS = {
    "billable": "edit_billable_own_timesheet",
    "exported": "edit_export_own_timesheet",
    "hourlyRate": "edit_rate_own_timesheet",
    "fixedRate": "edit_rate_own_timesheet",
}


class Needs(NamedTuple):
    """What the file needs to send: for whom beside the token's user, and which fields that not every token may."""

    others: Sequence[Person]
    fields: Sequence[str]


def needs_of(entries: Iterable[Entry], people: Iterable[Person], me: User) -> Needs:
    """Return what the entries need; a break of nothing and `exported: false` need no field."""
    found: set[str] = set()
    for entry in entries:
        if entry.values is not None:
            found.update(key for key, value in entry.values.items() if key not in found and _is_sent(key, value))
    others = [person for person in people if person.id is not None and person.id != me.id]
    return Needs(others, [key for key in (*_PERMISSIONS, "break") if key in found])


def check_form(form: Form, needs: Needs, server: Server) -> None:
    """Raise AccessError for what must not be left out: the times, and whose an entry is."""
    if not {"begin", "end"} <= form.fields:
        role = ", or use the token of a user whose role has the permission view_other_timesheet"
        raise AccessError(
            f"This Kimai takes no begin and end from {server.user}; set its time tracking mode to Default for the "
            f"import{role if server.version >= TIMES_OF_TEAMLEADS_SINCE else ''}."
        )
    if needs.others and "user" not in form.fields:
        some = shorten(str(needs.others[0]), 60)
        many = some if len(needs.others) == 1 else f"{some} and {len(needs.others) - 1:,} more"
        raise AccessError(
            f"The file has time entries of {many}, and {server.user} may not book for others; use the token of a user "
            "whose role has the permission create_other_timesheet, as ROLE_ADMIN has."
        )


def left_out(form: Form, needs: Needs, headings: Mapping[str, str], server: Server) -> Iterator[str]:
    """Yield a sentence about each column that this Kimai does not take from this user."""
    for key in needs.fields:
        if key not in form.fields:
            heading = headings.get(key, key)
            if key != "break":
                why = f"{server.user} may not set it; it takes the permission {_PERMISSIONS[key]}"
            elif server.version < BREAKS_SINCE:
                why = f"breaks are known since Kimai 2.24, and this is {server.version_text}; they count as work here"
            else:
                why = "this Kimai does not track breaks, and they count as work; its settings can change that"
            yield f"column {heading!r} is left out: {why}"


async def check_people(client: BookingClient, needs: Needs, heading: str, problems: Notes) -> None:
    """Ask whether this token may book for the others, by creates without a project; raises StoppedError."""
    for person in needs.others[:MOST_QUESTIONS]:
        form = await client.form(person.id)
        if form.lacks(["user"]):
            text = (
                f"Kimai takes no time entries for {shorten(str(person), 60)!r} (id {person.id}) by this token; use an "
                "administrator's, or check the id"
            )
            if person.line:
                problems.add(person.line, heading, text, About.SERVER)
            else:
                problems.note(f"--entry-user: {text}", About.SERVER)


def _is_sent(key: str, value: object) -> bool:
    if key in ("exported", "break"):
        return bool(value)
    return key in _PERMISSIONS
