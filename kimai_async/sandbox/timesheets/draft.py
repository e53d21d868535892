"""A time entry while a form or an action works on it: what it will be, and what it was."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kimai_async.sandbox.storage.entries import Entry

if TYPE_CHECKING:
    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.storage.store import Row

AUTOMATIC = None
"""The `billable` of a new entry of which nobody has said whether it is."""


@dataclass(frozen=True)
class Draft:
    """The values as a form left them: a reference may be missing or wrong; `zone` is that in which it is shown."""

    begin: int
    zone: str
    end: int | None = None
    user: int | None = None
    project: int | None = None
    activity: int | None = None
    pause: int = 0
    description: str | None = None
    fixed_rate: float | None = None
    hourly_rate: float | None = None
    tags: tuple[int, ...] = ()
    exported: bool = False
    billable: bool | None = AUTOMATIC
    stored: Entry | None = None

    @property
    def id(self) -> int:
        """The id of what is stored, 0 of something new."""
        return self.stored.id if self.stored else 0

    @property
    def elapsed(self) -> int | None:
        """From begin to end without the break; None while it runs."""
        return None if self.end is None else self.end - self.begin - self.pause

    def entry(self) -> Entry:
        """What would be stored, before it is rounded and calculated."""
        base = self.stored or Entry(0, 0, 0, 0, self.begin, None, self.zone)
        return replace(
            base,
            user=self.user or 0,
            project=self.project or 0,
            activity=self.activity or 0,
            begin=self.begin,
            end=self.end,
            pause=self.pause,
            description=self.description,
            fixed_rate=self.fixed_rate,
            hourly_rate=self.hourly_rate,
            tags=self.tags,
            exported=self.exported,
            billable=self.billable is not False,
        )


@dataclass(frozen=True)
class Booked:
    """What a draft is booked on."""

    project: Row | None
    activity: Row | None
    customer: Row | None

    @property
    def billable(self) -> bool:
        """Whether nothing of it is not billable (BillableCalculator.php)."""
        return all(row is None or bool(row.fields["billable"]) for row in (self.activity, self.project, self.customer))


def booked(call: Call, project_id: int | None, activity_id: int | None) -> Booked:
    """Look up what an entry is booked on."""
    project = call.store.get("projects", project_id)
    customer = call.store.get("customers", project.parent) if project else None
    return Booked(project, call.store.get("activities", activity_id), customer)


def of_form(values: dict[str, Any], draft: Draft) -> Draft:
    """The draft with a form's values in it."""
    return replace(
        draft,
        begin=values["begin"],
        end=values["end"],
        user=values["user"],
        project=values["project"],
        activity=values["activity"],
        pause=values["break"],
        description=values["description"],
        fixed_rate=values["fixedRate"],
        hourly_rate=values["hourlyRate"],
        tags=tuple(values["tags"]),
        exported=values["exported"],
        billable=values["billable"],
    )


def as_values(draft: Draft) -> dict[str, Any]:
    """The values that a form begins with."""
    return {
        "begin": draft.begin,
        "end": draft.end,
        "user": draft.user,
        "project": draft.project,
        "activity": draft.activity,
        "break": draft.pause,
        "description": draft.description,
        "fixedRate": draft.fixed_rate,
        "hourlyRate": draft.hourly_rate,
        "tags": draft.tags,
        "exported": draft.exported,
        "billable": draft.billable,
    }


def of_entry(entry: Entry) -> Draft:
    """A stored entry, about to be changed; it is shown in the zone that it is labelled with."""
    return Draft(
        begin=entry.begin,
        zone=entry.zone,
        end=entry.end,
        user=entry.user,
        project=entry.project,
        activity=entry.activity,
        pause=entry.pause,
        description=entry.description,
        fixed_rate=entry.fixed_rate,
        hourly_rate=entry.hourly_rate,
        tags=entry.tags,
        exported=entry.exported,
        billable=entry.billable,
        stored=entry,
    )
