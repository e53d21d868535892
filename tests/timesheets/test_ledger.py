"""What is sent of a time entry, and what differs from the server's."""

from __future__ import annotations

from typing import Any

import pytest

from kimai_async.kimai.timesheets import TimesheetRow
from kimai_async.timesheets.bookings import Match
from kimai_async.timesheets.ledger import differences, rate_differences, written
from kimai_async.timesheets.survey import overlapping
from kimai_async.tree.entry import Entry, Person
from kimai_async.tree.nodes import Node

ALL = frozenset({"tags", "billable", "exported", "hourlyRate", "fixedRate", "break", "user"})
DESIGN = Node("Acme", None, 2).add("Web", 2).add("Design", 2)


def entry(begin: int = 0, end: int | None = 3600, line: int = 2, person: Person | None = None, **values: Any) -> Entry:
    return Entry(DESIGN, line, begin, end, person=person, values=values or None, offset=0)


def row(*, tags: tuple[str, ...] = (), billable: bool = True, exported: bool = False) -> TimesheetRow:
    return TimesheetRow(1, 1, 5, 7, 0, 3600, None, 3600, tags, billable=billable, exported=exported)


def test_tags_are_sent_with_commas_and_a_break_with_its_unit() -> None:
    values = {"tags": ("night", "day"), "break": 1800, "billable": False, "duration": 3600, "meta.place": "Rome"}

    assert written(values, ALL) == {"tags": "night,day", "break": "1800s", "billable": False}


def test_what_this_user_may_not_send_is_left_out() -> None:
    assert written({"hourlyRate": 50.0, "tags": ("night",)}, frozenset({"tags"})) == {"tags": "night"}


@pytest.mark.parametrize(
    ("values", "shown", "body"),
    [
        ({}, row(), {}),
        ({"billable": True, "exported": False, "tags": ("night",)}, row(tags=("night",)), {}),
        ({"billable": False}, row(), {"billable": False}),
        ({"exported": True}, row(), {"exported": True}),
        ({"tags": ("night", "day")}, row(tags=("DAY", "Night")), {}),
        ({"tags": ("Über",)}, row(tags=("uber",)), {}),
        ({"tags": ("night", "day")}, row(tags=("night",)), {"tags": "night,day"}),
    ],
)
def test_a_change_says_only_what_differs(values: dict[str, Any], shown: TimesheetRow, body: dict[str, Any]) -> None:
    assert differences(Match(entry(**values), shown), ALL).body == body


def test_what_this_user_may_not_change_is_no_difference() -> None:
    assert not differences(Match(entry(billable=False, exported=True), row()), frozenset())


def test_rates_differ_by_their_cents() -> None:
    shown = {"hourlyRate": 50, "fixedRate": None}

    assert rate_differences(entry(hourlyRate=50.0), shown, ALL) == {}
    assert rate_differences(entry(hourlyRate=50.01, fixedRate=9.0), shown, ALL) == {
        "hourlyRate": 50.01,
        "fixedRate": 9.0,
    }
    assert rate_differences(entry(hourlyRate=60.0), shown, frozenset()) == {}
    assert rate_differences(entry(hourlyRate=60.0), {"hourlyRate": "free"}, ALL) == {"hourlyRate": 60.0}


def test_entries_that_overlap_an_earlier_one_of_the_same_person_are_named_by_line() -> None:
    anna = Person(2, user="anna")
    entries = [
        entry(0, 3600, 2),
        entry(3600, 7200, 3),  # touching is fine
        entry(1800, 2000, 4),
        entry(7100, 8000, 5),
        entry(0, 3600, 6, anna),
        entry(3000, None, 7),  # running ones do not count
        entry(100, 9000, 8, anna),
    ]

    assert overlapping(entries) == [4, 5, 8]
