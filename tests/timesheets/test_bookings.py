"""The file's time entries beside the server's: counted by what makes them the same."""

from __future__ import annotations

import random

import pytest

from kimai_async.kimai.timesheets import TimesheetRow
from kimai_async.timesheets.bookings import Bookings, Match
from kimai_async.tree.entry import Entry, Person
from kimai_async.tree.nodes import Node
from kimai_async.tree.rounding import DEFAULT, NONE, Rounding, parse

NINE = 1_767_603_600  # 2026-01-05 09:00 UTC
HOUR = 3600


def activity(project_id: int = 5, activity_id: int = 7) -> Node:
    project = Node("Acme", None, 2).add("Web", 2)
    project.id = project_id
    node = project.add("Design", 2)
    node.id = activity_id
    return node


DESIGN = activity()


def entry(begin: int, end: int | None, description: str | None = None, person: Person | None = None) -> Entry:
    return Entry(DESIGN, 2, begin, end, description=description, person=person, offset=0)


def row(row_id: int, begin: int, end: int | None, description: str | None = None, **other: int) -> TimesheetRow:
    ids = {"user": 1, "project": 5, "activity": 7} | other
    length = 0 if end is None else end - begin
    return TimesheetRow(
        row_id,
        **ids,
        begin=begin,
        end=end,
        description=description,
        seconds=length,
        tags=(),
        billable=True,
        exported=False,
    )


def missing(entries: list[Entry], rows: list[TimesheetRow], stated: Rounding | None = None) -> int:
    bookings = Bookings(entries, 1, stated=stated)
    bookings.take(rows)
    bookings.end()
    return len(list(bookings.missing()))


def test_of_n_equal_entries_as_many_are_missing_as_the_server_lacks() -> None:
    entries = [entry(NINE, NINE + HOUR) for _ in range(3)]

    assert missing(entries, [row(1, NINE, NINE + HOUR), row(2, NINE, NINE + HOUR)]) == 1
    assert sorted(entry.id or 0 for entry in entries) == [0, 1, 2]


@pytest.mark.parametrize(
    "other",
    [
        row(1, NINE, NINE + HOUR, user=2),
        row(1, NINE, NINE + HOUR, project=6),
        row(1, NINE, NINE + HOUR, activity=8),
        row(1, NINE, NINE + HOUR, "Lunch"),
        row(1, NINE, None),
        row(1, NINE + HOUR, NINE + 2 * HOUR),
        row(1, NINE, NINE + 3 * HOUR),
    ],
    ids=["user", "project", "activity", "description", "running", "later", "longer"],
)
def test_an_entry_that_differs_in_what_makes_it_the_same_is_another(other: TimesheetRow) -> None:
    assert missing([entry(NINE, NINE + HOUR)], [other]) == 1


def test_entries_of_others_are_compared_with_theirs() -> None:
    anna = Person(2, user="anna")
    anna.id = 4

    assert missing([entry(NINE, NINE + HOUR, person=anna)], [row(1, NINE, NINE + HOUR, user=4)]) == 0


def test_running_entries_are_the_same_by_their_begin() -> None:
    assert missing([entry(NINE, None)], [row(1, NINE, None)]) == 0


def odd(count: int) -> list[Entry]:
    chance = random.Random(3)
    return [
        entry(begin, begin + chance.randrange(1000, 9000), f"Task {number}")
        for number in range(count)
        for begin in [NINE + 86_400 * number + chance.randrange(0, 8 * HOUR)]
    ]


@pytest.mark.parametrize(
    "rule", ["default:1", "default:15", "closest:15", "closest:30", "floor:5:10", "ceil:60", "none"]
)
@pytest.mark.parametrize("count", [1, 3, 50])
def test_entries_that_were_rounded_are_found_by_the_rule_that_explains_them(rule: str, count: int) -> None:
    entries = odd(count)
    stored = [row(n, *parse(rule).apply(e.begin, e.end or 0), e.description) for n, e in enumerate(entries, 1)]
    bookings = Bookings(entries, 1)
    bookings.take(stored)
    bookings.end()

    assert list(bookings.missing()) == []
    assert bookings.count == count
    assert bookings.by_rule == (0 if rule == "none" else count)
    if count == 50 and rule != "none":
        assert bookings.rounding == parse(rule)


def test_half_of_a_file_is_found_and_the_other_half_is_missing() -> None:
    entries, rule = odd(60), parse("closest:15")
    stored = [row(n, *rule.apply(e.begin, e.end or 0), e.description) for n, e in enumerate(entries[::2], 1)]

    assert missing(entries, stored) == 30
    assert [e.id is None for e in entries] == [False, True] * 30


def test_a_rule_that_is_stated_is_the_only_one() -> None:
    entries = odd(3)
    stored = [row(n, *parse("closest:15").apply(e.begin, e.end or 0), e.description) for n, e in enumerate(entries, 1)]

    assert missing(entries, stored, stated=NONE) == 3
    assert missing(odd(3), stored, stated=parse("closest:15")) == 0


def test_equal_entries_after_rounding_are_counted() -> None:
    entries = [entry(NINE + 10, NINE + HOUR), entry(NINE + 40, NINE + HOUR), entry(NINE, NINE + HOUR)]

    assert missing(entries, [row(n, NINE, NINE + HOUR) for n in (1, 2, 3)]) == 0
    assert missing([entry(NINE + 10, NINE + HOUR), entry(NINE + 40, NINE + HOUR)], [row(1, NINE, NINE + HOUR)]) == 1


def test_an_entry_that_was_rounded_into_the_next_day_is_found() -> None:
    midnight = NINE + 15 * HOUR

    assert missing([entry(midnight - 5, midnight + HOUR)], [row(1, midnight, midnight + HOUR)]) == 0


def test_what_an_answer_shows_of_the_rounding_finds_what_was_left() -> None:
    left = entry(NINE + 400, NINE + HOUR + 400)
    bookings = Bookings([left], 1, stated=DEFAULT)
    bookings.take([row(1, NINE + 900, NINE + HOUR + 900)])
    bookings.end()
    assert bookings.unexplained

    bookings.believe(parse("ceil:15"))
    assert left.id == 1
    assert not bookings.unexplained


def test_who_wants_to_know_is_told_each_match_and_what_is_new_is_remembered() -> None:
    seen: list[Match] = []
    one = entry(NINE, NINE + HOUR)
    bookings = Bookings([one], 1, floor=4, matched=seen.append)
    bookings.take([row(5, NINE, NINE + HOUR), row(6, NINE, NINE + HOUR)])

    assert [(match.entry, match.row.id) for match in seen] == [(one, 5)]
    assert (bookings.knows(5), bookings.knows(6)) == (True, False)
    assert (bookings.count, bookings.seconds) == (1, HOUR)


def test_of_two_rules_the_one_counts_that_explains_more_rows_and_each_entry_explains_one() -> None:
    """A minute's rule explains two equal rows by one entry of 9:00:30; the nearest five minutes explain all."""
    entries = [entry(NINE + more, NINE + 900 + more) for more in (60, 30, 0)]
    rows = [row(number, NINE, NINE + 900) for number in (1, 2, 3)]

    assert missing(entries, rows) == 0


def test_an_end_that_is_rounded_while_the_begin_is_not_is_found_beside_kimais_own_rule() -> None:
    times = [(930, 990, 930, 1020), (0, 5430, 0, 5460), (18_420, 23_850, 18_420, 23_880)]
    entries = [entry(NINE + begin, NINE + end) for begin, end, _, _ in times]
    rows = [row(number, NINE + begin, NINE + end) for number, (_, _, begin, end) in enumerate(times, 1)]

    assert missing(entries, rows) == 0
