"""The options of `kimai-api`'s sub-commands: filters by the names that Kimai's API documentation gives them."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any

import typer

from kimai_async.explorer import calls

_FILTERS = "Filters"
_DAY = r"\d{4}-\d\d-\d\d"
_TIME = rf"{_DAY}T\d\d:\d\d:\d\d"


def _filter(*names: str, **settings: Any) -> Any:
    return typer.Option(*names, rich_help_panel=_FILTERS, show_default=False, **settings)


def _day(value: str | None) -> str | None:
    if value is not None and not re.fullmatch(_DAY, value, re.ASCII):
        raise typer.BadParameter("takes a day such as 2026-01-31.")
    return value


def _moment(clock: str) -> Any:
    def check(value: str | None) -> str | None:
        if value is None or re.fullmatch(_TIME, value, re.ASCII):
            return value
        day = _day(value)
        return f"{day}T{clock}"

    return check


def _user(value: str | None) -> str | None:
    if value is not None and value != "all" and not re.fullmatch(r"\d+", value, re.ASCII):
        raise typer.BadParameter("takes a user's id, or the word all.")
    return value


class CustomerOrder(StrEnum):
    """What customers are sorted by."""

    ID = "id"
    NAME = "name"


class ProjectOrder(StrEnum):
    """What projects are sorted by."""

    ID = "id"
    NAME = "name"
    CUSTOMER = "customer"


class ActivityOrder(StrEnum):
    """What activities are sorted by."""

    ID = "id"
    NAME = "name"
    PROJECT = "project"


class TimesheetOrder(StrEnum):
    """What timesheets are sorted by."""

    ID = "id"
    BEGIN = "begin"
    END = "end"
    RATE = "rate"


Visible = Annotated[
    calls.Visible,
    _filter(
        "--visible",
        case_sensitive=False,
        help="Kimai shows what is visible, of projects those that run now (yes); all shows hidden and ended ones too.",
    ),
]
Term = Annotated[str | None, _filter("--term", metavar="WORDS", help="Search in names, comments and numbers.")]
Direction = Annotated[calls.Order | None, _filter("--order", case_sensitive=False, help="Which way to sort.")]
ByCustomer = Annotated[CustomerOrder | None, _filter("--order-by", help="What to sort by.")]
ByProject = Annotated[ProjectOrder | None, _filter("--order-by", help="What to sort by.")]
ByActivity = Annotated[ActivityOrder | None, _filter("--order-by", help="What to sort by.")]
ByTimesheet = Annotated[TimesheetOrder | None, _filter("--order-by", help="What to sort by.")]
Customer = Annotated[int | None, _filter("--customer", min=1, metavar="ID", help="Of this customer.")]
Project = Annotated[int | None, _filter("--project", min=1, metavar="ID", help="Of this project.")]
Activity = Annotated[int | None, _filter("--activity", min=1, metavar="ID", help="Of this activity.")]
Globals = Annotated[bool, _filter("--globals", help="Only those that belong to no project.")]
IgnoreDates = Annotated[bool, _filter("--ignore-dates", help="Also those that have not begun or are over.")]
Start = Annotated[str | None, _filter("--start", metavar="DAY", callback=_day, help="Running on this day.")]
End = Annotated[str | None, _filter("--end", metavar="DAY", callback=_day, help="Running on this day, too.")]
Whose = Annotated[
    # --user is the credentials' option
    str | None, _filter("--of", metavar="ID|all", callback=_user, help="Another user's, or everybody's.")
]
Begin = Annotated[
    str | None,
    _filter("--begin", metavar="TIME", callback=_moment("00:00:00"), help="Begun at 2026-01-31[T08:00:00] or later."),
]
Until = Annotated[
    str | None,
    _filter("--until", metavar="TIME", callback=_moment("23:59:59"), help="Begun at 2026-01-31[T08:00:00] or before."),
]
Active = Annotated[bool | None, _filter("--active/--stopped", help="Only running ones, or only ended ones.")]
Billable = Annotated[bool | None, _filter("--billable/--not-billable", help="Only these.")]
Exported = Annotated[bool | None, _filter("--exported/--not-exported", help="Only these.")]
Page = Annotated[int | None, _filter("--page", min=1, help="Which page; the first without it.")]
Size = Annotated[int | None, _filter("--size", min=1, max=500, help="Rows a page; 50 without it.")]
TagName = Annotated[str | None, _filter("--name", metavar="TEXT", help="With this in their name.")]
All = Annotated[bool, _filter("--all", help="Every page, if Kimai gives this list in pages.")]
PathArgument = Annotated[
    str,
    typer.Argument(metavar="PATH", help="What follows /api/: customers/1, customers/1/rates, 'activities?project=1'."),
]
