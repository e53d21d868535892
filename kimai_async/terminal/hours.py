"""The hours of an import of time entries, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.text import shorten

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Sequence

    from kimai_async.events import EntriesFound, EntriesRead
    from kimai_async.report import Report

MOST = 10
"""Customers, and people, whose hours are told one by one."""

FEW = 5
"""Tags that are named."""

NEGLIGIBLE = 60
"""Seconds by which the file's sum and Kimai's may differ without a word."""


def in_hours(seconds: int) -> str:
    """Return seconds as hours: `1,234.50 h`."""
    return f"{seconds / 3600:,.2f} h"


def read_line(event: EntriesRead) -> str:
    """Return the sentence about the time entries of the file."""
    people = "" if not event.people else f" of {event.people:,} {'person' if event.people == 1 else 'people'}"
    entries = "1 time entry" if event.count == 1 else f"{event.count:,} time entries"
    return f"{entries}{people}, {in_hours(event.seconds)}"


def found_line(event: EntriesFound) -> str:
    """Return the sentence about entries that are there but for the way in which this Kimai rounds."""
    entries = "1 entry is" if event.by_rule == 1 else f"{event.by_rule:,} entries are"
    return f"{entries} there already, rounded as this Kimai does it ({event.rounding}); else give --rounding"


def tags_line(names: Sequence[str]) -> str:
    """Return the sentence about tags that come before the first entry."""
    shown = ", ".join(shorten(name, 30) for name in names[:FEW])
    more = f" and {len(names) - FEW:,} more" if len(names) > FEW else ""
    return f"{'1 new tag' if len(names) == 1 else f'{len(names):,} new tags'}: {shown}{more}"


def hour_lines(report: Report) -> Iterator[str]:
    """Yield how the hours are spread, in a dry run, or how they came out."""
    hours = report.hours
    if hours is None:
        return
    if report.dry_run:
        yield from _spread("customer", hours.customers)
        yield from _spread("person", hours.people)
        return
    file, stored = (f"{seconds / 3600:,.2f}" for seconds in (hours.file, hours.stored))
    if abs(hours.file - hours.stored) <= NEGLIGIBLE:
        yield f"hours: {stored} in the file and on the server"
    else:
        yield f"hours: {file} in the file, {stored} on the server"
    if hours.rounding is not None:
        yield f"this Kimai rounds: {hours.rounding}"


def _spread(what: str, seconds: Counter[str]) -> Iterator[str]:
    if not any(seconds):
        return
    yield f"hours by {what}:"
    rows = [(shorten(name, 30) or "(this user)", in_hours(amount)) for name, amount in seconds.most_common(MOST)]
    width, room = (max(map(len, column)) for column in zip(*rows, strict=True))
    yield from (f"  {name:<{width}}  {amount:>{room}}" for name, amount in rows)
    if len(seconds) > MOST:
        yield f"  and {len(seconds) - MOST:,} more"
