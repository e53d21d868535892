"""Time entries in a Kimai: each as often as the file has it, as the file says it, and found again by the second run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from live_kimai import write

from kimai_async import Kind, Level, OnExisting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from live_kimai import Live

    from kimai_async import Report

pytest_plugins = ["live_fixtures"]

HEADINGS = ("Date", "From", "To", "Customer", "Project", "Activity", "Description", "Tags", "Billable")
DAY = (datetime.now(UTC) - timedelta(days=3)).date()
"""Recent, for older times may be locked, and past in every zone."""


@pytest.fixture(autouse=True)
def _needs_times(live: Live) -> Iterator[None]:
    """Leave no time entry behind, also where Kimai cannot delete what it was booked on."""
    if "begin" not in live.form(Level.ENTRY):
        pytest.skip("this Kimai's tracking mode takes no begin and end from this user")
    yield
    for row in entries(live):
        assert live.http.delete(f"timesheets/{row['id']}").status_code == 204


def entries(live: Live, term: str | None = None) -> list[Any]:
    """The token's own time entries whose descriptions hold *term*, the oldest first."""
    term = term or live.prefix
    listed = live.get("timesheets", size=500, orderBy="id", order="ASC", term=term)
    return [row for row in listed if term in (row["description"] or "")]


def book(live: Live, path: Path, term: str, *times: tuple[str, str], days: int = 1, **more: Any) -> Report:
    """Import entries at these times of so many days, one behind the other."""
    tags, billable = more.pop("tags", ""), more.pop("billable", "")
    place = (f"{term} C", f"{term} P", f"{term} A")
    rows = [
        (str(DAY - timedelta(days=day)), begin, end, *place, f"{term} work", tags, billable)
        for day in range(days)
        for begin, end in times
    ]
    return live.run(write(path, HEADINGS, *rows), timesheets=True, entry_timezone="Europe/Berlin", **more)


def count(report: Report, kind: Kind) -> int:
    return report.counts[kind][Level.ENTRY]


@pytest.mark.parametrize("lanes", [1, 8, 32])
def test_entries_are_there_once_and_a_second_run_creates_none(live: Live, tmp_path: Path, lanes: int) -> None:
    term = f"{live.prefix} {lanes} lanes"
    times = [("09:00", "10:00"), ("10:00", "11:30"), ("13:07", "14:52")]
    first = book(live, tmp_path / "e.csv", term, *times, days=10, concurrency=lanes)
    there = entries(live, term)
    second = book(live, tmp_path / "e.csv", term, *times, days=10, concurrency=lanes)

    assert (first.error, first.exit_code, count(first, Kind.CREATED)) == (None, 0, 30)
    assert (second.error, second.exit_code) == (None, 0)
    assert (count(second, Kind.CREATED), count(second, Kind.EXISTS)) == (0, 30)
    assert len(there) == len(entries(live, term)) == 30
    assert first.hours is not None
    assert second.hours is not None
    assert first.hours.stored == second.hours.stored == sum(row["duration"] for row in there)


def test_equal_entries_are_there_as_often_as_the_file_has_them(live: Live, tmp_path: Path) -> None:
    if not live.get("config/timesheet")["isAllowOverlapping"]:
        pytest.skip("this Kimai forbids entries that overlap")
    term = f"{live.prefix} equal"
    book(live, tmp_path / "e.csv", term, *[("09:00", "10:00")] * 2)
    report = book(live, tmp_path / "e.csv", term, *[("09:00", "10:00")] * 3)

    assert (count(report, Kind.EXISTS), count(report, Kind.CREATED)) == (2, 1)
    assert len(entries(live, term)) == 3


def test_times_are_those_of_the_zone_that_was_given(live: Live, tmp_path: Path) -> None:
    """A full hour, which hardly any rounding moves."""
    term = f"{live.prefix} zone"
    book(live, tmp_path / "e.csv", term, ("09:00", "10:00"))
    (row,) = entries(live, term)
    begin = datetime.fromisoformat(row["begin"]).astimezone(UTC)

    assert begin.hour in (7, 8)
    assert (begin.minute, row["duration"]) == (0, 3600)


def test_new_tags_are_created_and_what_differs_is_changed(live: Live, tmp_path: Path) -> None:
    term = f"{live.prefix} tags"
    tags = [f"{live.prefix} night", f"{live.prefix} day"]
    first = book(live, tmp_path / "e.csv", term, ("09:00", "10:00"), tags=", ".join(tags), billable="no")
    (row,) = entries(live, term)
    assert (first.error, sorted(row["tags"])) == (None, sorted(tags))
    changed = book(
        live, tmp_path / "e.csv", term, ("09:00", "10:00"), tags=tags[0], billable="no", on_existing=OnExisting.UPDATE
    )
    (row,) = entries(live, term)

    assert (changed.error, count(changed, Kind.UPDATED), row["tags"]) == (None, 1, tags[:1])
    if live.version >= (2, 18):  # before, a tag's id cannot be asked for
        for tag in live.get("tags/find", name=live.prefix):
            assert live.http.delete(f"tags/{tag['id']}").status_code in (204, 403)


def test_a_dry_run_books_nothing(live: Live, tmp_path: Path) -> None:
    term = f"{live.prefix} dry"
    report = book(live, tmp_path / "e.csv", term, ("09:00", "10:00"), dry_run=True)

    assert (report.exit_code, count(report, Kind.CREATED), entries(live, term)) == (0, 1, [])


def test_an_entry_without_an_end_is_never_sent(live: Live, tmp_path: Path) -> None:
    term = f"{live.prefix} open"
    report = book(live, tmp_path / "e.csv", term, ("09:00", ""))

    assert report.exit_code == 2
    assert "--open-entries" in str(report.error)
    assert entries(live, term) == []
