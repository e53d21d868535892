"""The hours of time entries in words: in the file, on the server, by customer and by person."""

from __future__ import annotations

from kimai_async import Kind, Report
from kimai_async.events import EntriesFound, EntriesRead, Settled
from kimai_async.terminal.hours import found_line, hour_lines, in_hours, read_line
from kimai_async.tree.entry import Entry, Person
from kimai_async.tree.nodes import Node

HOUR = 3600


def report(*, dry_run: bool, file: int, entries: list[Entry], stored: int = 0) -> Report:
    made = Report(dry_run=dry_run)
    made.add(EntriesRead(len(entries), 1, file))
    for entry in entries:
        made.add(Settled(Kind.CREATED, entry))
    made.add(EntriesFound(0, stored, 0, "begin down to 15 minutes" if stored else None))
    return made


def entry(customer: str, hours: int, person: str | None) -> Entry:
    activity = Node(customer, None, 2).add("Web", 2).add("Design", 2)
    who = None if person is None else Person(2, user=person)
    return Entry(activity, 2, 0, hours * HOUR, person=who)


def test_hours_are_written_with_two_places_and_grouped() -> None:
    assert in_hours(5400) == "1.50 h"
    assert in_hours(4_444_444 * HOUR) == "4,444,444.00 h"


def test_what_the_file_has_is_one_line() -> None:
    assert read_line(EntriesRead(1, 0, 5400)) == "1 time entry, 1.50 h"
    assert read_line(EntriesRead(1200, 1, 5400)) == "1,200 time entries of 1 person, 1.50 h"
    assert read_line(EntriesRead(1200, 12, 5400)) == "1,200 time entries of 12 people, 1.50 h"


def test_entries_that_are_there_but_for_the_rounding_are_told_with_the_way_out() -> None:
    words = "begin down to 15 minutes, end up to 15 minutes"

    assert found_line(EntriesFound(9, 0, 1, words)) == (
        f"1 entry is there already, rounded as this Kimai does it ({words}); else give --rounding"
    )
    assert found_line(EntriesFound(9, 0, 7, words)).startswith("7 entries are there already")


def test_a_dry_run_tells_the_hours_of_customers_and_people_the_most_first() -> None:
    entries = [entry("Acme", 1, "anna"), entry("Umbrella & Söhne", 3, None), entry("Acme", 1, "ben")]
    lines = list(hour_lines(report(dry_run=True, file=5 * HOUR, entries=entries)))

    assert lines == [
        "hours by customer:",
        "  Umbrella & Söhne  3.00 h",
        "  Acme              2.00 h",
        "hours by person:",
        "  (this user)  3.00 h",
        "  anna         1.00 h",
        "  ben          1.00 h",
    ]


def test_only_ten_are_told_one_by_one_and_nobody_where_the_file_names_nobody() -> None:
    entries = [entry(f"Customer {number:02}", number + 1, None) for number in range(12)]
    lines = list(hour_lines(report(dry_run=True, file=HOUR, entries=entries)))

    assert lines[1].strip().startswith("Customer 11")
    assert lines[-1] == "  and 2 more"
    assert len(lines) == 12


def test_hours_that_kimai_rounded_are_told_beside_those_of_the_file() -> None:
    made = report(dry_run=False, file=HOUR, entries=[entry("Acme", 1, None)], stored=2 * HOUR)

    assert list(hour_lines(made)) == [
        "hours: 1.00 in the file, 2.00 on the server",
        "this Kimai rounds: begin down to 15 minutes",
    ]


def test_hours_that_agree_are_told_once() -> None:
    made = report(dry_run=False, file=HOUR, entries=[], stored=HOUR)

    assert next(hour_lines(made)).startswith("hours: 1.00 in the file and on the server")


def test_without_time_entries_there_are_no_hours() -> None:
    assert list(hour_lines(Report())) == []
