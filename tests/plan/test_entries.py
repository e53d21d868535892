"""What is wrong or odd about rows of time entries, and what they share."""

from __future__ import annotations

import io
from typing import Any

import pytest

from kimai_async.choices import OpenEntries
from kimai_async.csvfile.table import Table
from kimai_async.errors import CsvError
from kimai_async.plan.build import Plan, build
from kimai_async.plan.entries import EntryPlan, looks_like_entries, read_entries
from kimai_async.settings import Rules

NAMED = "Customer,Project,Activity"


def read(text: str, *, columns: dict[str, str] | None = None, **rules: Any) -> tuple[EntryPlan, Plan]:
    table = Table(io.BytesIO(text.encode()), name="a.csv", mapping=columns, timesheets=True)
    given = Rules(timesheets=True, **rules)
    plan = build(table, given)
    return read_entries(table, plan, given), plan


def problems(headings: str, *rows: str, columns: dict[str, str] | None = None, **rules: Any) -> list[str]:
    """The problems of rows below the usual names and these headings."""
    lines = [f"{NAMED},{headings}", *(f"Acme,Web,Design,{row}" for row in rows)]
    return read("\n".join(lines), columns=columns, **rules)[1].problems.lines()


def entries(headings: str, *rows: str, **rules: Any) -> EntryPlan:
    lines = [f"{NAMED},{headings}", *(f"Acme,Web,Design,{row}" for row in rows)]
    found, plan = read("\n".join(lines), **rules)
    assert plan.problems.lines() == []
    return found


# What is wrong with times


def test_an_end_before_the_begin_is_a_problem_where_it_has_a_date() -> None:
    assert problems("Start Date,Start Time,End Date,End Time", "2026-03-04,10:00,2026-03-04,09:00") == [
        "line 2, End Time: '09:00' is before the begin, '2026-03-04' '10:00'; mend it"
    ]
    assert problems("Start,End", "2026-03-04 10:00,2026-03-03 11:00") == [
        "line 2, End: '2026-03-03 11:00' is before the begin, '2026-03-04 10:00'; mend it"
    ]


def test_a_duration_that_contradicts_begin_and_end_is_a_problem() -> None:
    assert problems("Date,From,To,Duration", "2026-03-04,09:00,10:00,3:30", "2026-03-04,10:00,09:00,1:00") == [
        "line 2, Duration: '3:30' contradicts begin and end, 1:00 apart; mend one of them",
        "line 3, Duration: '1:00' contradicts begin and end, 23:00 apart; mend one of them",
    ]


def test_a_duration_that_an_hour_of_summer_time_or_rounding_explains_is_none() -> None:
    found = entries("Date,From,To,Duration", "2026-03-04,09:00,10:00,2:01", "2026-03-04,09:00,10:00,0:59")

    assert [entry.seconds for entry in found.entries] == [3600, 3600]
    assert [entry.values for entry in found.entries] == [{"duration": 7260}, None]
    assert found.seconds == 7260 + 3540


def test_25_oclock_is_a_problem() -> None:
    assert problems("Date,From,To", "2026-03-04,25:00,26:00") == [
        "line 2, From: '25:00' is no time of day; write 0:00 to 24:00"
    ]


def test_two_orders_of_dates_in_one_file_are_a_problem_with_both_lines() -> None:
    assert problems("Date,From,To", "03/04/2026,9:00,10:00", "13/04/2026,9:00,10:00", "04/14/2026,9:00,10:00") == [
        (
            "line 4, Date: '04/14/2026' has the month first, but '13/04/2026' on line 3 has the day first; write all "
            "dates in one order"
        )
    ]
    assert problems("Date,From,To", "2026-04-03,9:00,10:00", "13/04/2026,9:00,10:00") == [
        "line 3, Date: '13/04/2026' is written otherwise than the first date of the file; write all as 2026-01-31"
    ]


def test_dates_of_which_no_one_tells_the_order_are_one_problem() -> None:
    assert problems("Date,From,To", "04/04/2026,9:00,10:00", "03/04/2026,9:00,10:00", "05/06/2026,9:00,10:00") == [
        (
            "line 3, Date: '03/04/2026' does not tell day and month apart, nor does any other date; give --date-format "
            "'%d/%m/%Y' if it has the day first or --date-format '%m/%d/%Y' if it has the month first"
        )
    ]


def test_a_date_format_settles_the_order() -> None:
    found = entries("Date,From,To", "03/04/2026,9:00,10:00", date_format="%d/%m/%Y")

    assert found.entries[0].name == "2026-04-03 09:00"


@pytest.mark.parametrize(
    ("row", "day"),
    [
        ("03/04/2026,10:00,04/04/2026,10:00,24:00", "2026-04-03"),
        ("03/04/2026,10:00,03/05/2026,10:00,24:00", "2026-03-04"),
        ("03/04/2026,10:00,02/05/2026,10:00,", "2026-04-03"),
        ("01/12/2026,10:00,02/01/2026,10:00,", "2026-01-12"),
    ],
)
def test_a_row_whose_end_fits_in_one_order_only_settles_it(row: str, day: str) -> None:
    headings = "Start Date,Start Time,End Date,End Time,Duration (h)"
    found = entries(headings, "05/05/2026,9:00,05/05/2026,10:00,1:00", "-,-,-,-,-", row)

    assert found.entries[1].name == f"{day} 10:00"


def test_a_row_that_cannot_be_read_settles_no_order() -> None:
    headings = "Start Date,Start Time,End Date,End Time,Duration (h)"
    rows = ["03/04/2026,x,04/04/2026,10:00,24:00", "03/04/2026,10:00,04/04/2026,10:00,y", "03/04/2026,,,,1:00"]

    assert any("does not tell day and month apart" in text for text in problems(headings, *rows))


@pytest.mark.parametrize("row", ["03/04/2026,10:00,04/04/2026,,24:00", "03/04/2026,,04/04/2026,10:00,24:00"])
def test_a_row_that_lacks_a_time_does_not_tell_the_order(row: str) -> None:
    assert any(
        "does not tell day and month apart" in text
        for text in problems("Start date,Start time,End date,End time,Duration", row)
    )


def test_dates_that_are_the_same_in_both_orders_need_none() -> None:
    found = entries("Date,From,To", "04/04/2026,9:00,10:00", "5/5/26,9:00,10:00")

    assert [entry.name for entry in found.entries] == ["2026-04-04 09:00", "2026-05-05 09:00"]


def test_an_ambiguous_duration_is_a_problem_with_what_to_write() -> None:
    columns = {"entry.duration": "Worked"}

    assert problems("Date,Worked", "2026-03-04,90", "2026-03-04,0", columns=columns) == [
        "line 2, Worked: '90' is ambiguous: write 1:30 for minutes, 90:00 for hours or 90s for seconds"
    ]


def test_a_whole_number_that_no_unit_makes_the_time_from_begin_to_end_is_ambiguous() -> None:
    assert problems("Date,From,To,Worked", "2026-03-04,9:00,10:00,7", columns={"entry.duration": "Worked"}) == [
        "line 2, Worked: '7' is ambiguous: write 0:07 for minutes, 7:00 for hours or 7s for seconds"
    ]


def test_begin_and_end_tell_the_unit_of_a_whole_number() -> None:
    table = f"{NAMED},Date,From,To,Worked\n" + "\n".join(
        f"Acme,Web,Design,2026-03-04,09:00,10:30,{worked}" for worked in ("90", "5400", "1.5", "5399")
    )
    found, plan = read(table, columns={"entry.duration": "Worked"})

    assert plan.problems.lines() == []
    assert found.seconds == 4 * 5400 - 1


def test_a_whole_number_is_seconds_or_hours_as_its_heading_says() -> None:
    assert entries("Date,From,Duration", "2026-03-04,09:00,5400").seconds == 5400
    assert entries("Date,From,Hours", "2026-03-04,09:00,2").seconds == 7200


def test_text_where_a_duration_belongs_is_a_problem() -> None:
    assert problems("Date,Hours", "2026-03-04,some") == [
        "line 2, Hours: 'some' is no duration; write 1:30, 1h30m or 1.5"
    ]


def test_two_decimal_signs_in_one_column_are_a_problem() -> None:
    assert problems("Date,Hours", '2026-03-04,"1,5"', '2026-03-04,"0,5"', "2026-03-04,2.5") == [
        "line 4, Hours: '2.5' has another decimal sign than '1,5' on line 2; write all with one"
    ]


def test_entries_that_still_run_are_one_problem() -> None:
    rows = ["2026-03-04,9:00,", "2026-03-04,9:00,10:00", "2026-03-04,11:00,", "2026-03-04,12:00,"]
    text = "so the entry is still running; fill it in, or give --open-entries skip or import"

    assert problems("Date,From,To", *rows) == [f"line 2, To: empty, as in 2 more rows (lines 4, 5), {text}"]
    assert problems("Date,From,Duration", rows[0]) == [f"line 2, Duration: empty, {text}"]
    skipped = entries("Date,From,To", *rows, open_entries=OpenEntries.SKIP)
    assert (len(skipped.entries), skipped.skipped, skipped.seconds) == (1, 3, 3600)
    imported = entries("Date,From,To", *rows, open_entries=OpenEntries.IMPORT)
    assert [entry.end is None for entry in imported.entries] == [True, False, True, True]


def test_a_file_that_does_not_say_how_long_anything_took_is_refused() -> None:
    assert problems("Date,From", "2026-03-04,9:00", "2026-03-04,10:00") == [
        (
            "line 1: no heading says when time entries ended or how long they took; say which one does, as in --column "
            "entry.end=Stop"
        )
    ]


def test_a_row_without_a_day_or_a_begin_is_a_problem() -> None:
    assert problems(
        "Date,From,To,Hours", ",9:00,10:00,", "2026-03-04,,10:00,", "2026-03-04,,,", "9:00,9:00,10:00,"
    ) == [
        "line 2, Date: empty; a time entry needs a day: fill it in",
        "line 3, From: has no time of day, but the row has an end; fill in when it began",
        "line 4, Hours: empty, and the row has no times; fill in one or the other",
        "line 5, Date: '9:00' names no day; write it like 2026-01-31",
    ]
    assert problems("Start,End", ",2026-03-04 10:00") == ["line 2, Start: empty; a time entry needs a day: fill it in"]
    assert problems("Date,To", "2026-03-04,10:00") == [
        "line 2, Date: has no time of day, but the row has an end; fill in when it began"
    ]


def test_a_zone_on_one_side_only_is_a_problem() -> None:
    assert problems("Start,End", "2026-03-04T09:00:00Z,2026-03-04T10:00:00") == [
        "line 2, End: '2026-03-04T10:00:00' and its begin: only one of them has a time zone"
    ]


def test_moments_with_a_zone_are_the_same_whatever_it_is() -> None:
    found = entries("Start,End,Hours", "2026-03-04T09:00:00Z,2026-03-04T11:00+01:00,1", "2026-03-04T10:00+01:00,,1")

    assert [(entry.begin, entry.end, entry.offset) for entry in found.entries] == [
        (1_772_614_800, 1_772_618_400, 0)
    ] * 2


def test_an_entry_over_midnight_ends_on_the_next_day_and_one_of_no_length_on_its_own() -> None:
    found = entries("Date,From,To", "2026-03-04,23:00,1:00", "2026-03-04,9:00,9:00", "2026-03-04,9:00,24:00")

    assert [entry.seconds for entry in found.entries] == [7200, 0, 54_000]


# What is wrong with values


def test_text_where_a_rate_belongs_is_a_problem() -> None:
    assert problems("Date,Hours,Hourly rate,Billable", "2026-03-04,1,high,maybe") == [
        "line 2, Billable: 'maybe' is neither yes nor no; write yes or no",
        "line 2, Hourly rate: 'high' is no amount of money; write it like 1234.50",
    ]


def test_every_wrong_row_is_counted_even_if_the_cells_repeat() -> None:
    assert len(problems("Date,Hours,Hourly rate", "2026-03-04,1,high", "2026-03-04,1,high")) == 2


def test_a_fixed_rate_of_nothing_is_none() -> None:
    found = entries("Date,Hours,Hourly rate,Fixed rate", "2026-03-04,1,0,0", "2026-03-04,1,,0", "2026-03-04,1,,5")

    assert [entry.values for entry in found.entries] == [{"hourlyRate": 0.0}, None, {"fixedRate": 5.0}]


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        ("a", "has a tag of one character, 'a'; Kimai takes 2 to 100"),
        ("x" * 101, f"has a tag of 101 characters, '{'x' * 29}…'; Kimai takes 2 to 100"),
        ("a=b<c", "has a tag with < =, which Kimai refuses; write it without"),
    ],
)
def test_a_tag_that_kimai_does_not_take_is_a_problem(tag: str, reason: str) -> None:
    (told,) = problems("Date,Hours,Tags", f"2026-03-04,1,{tag}")

    assert told.startswith("line 2, Tags: ")
    assert told.endswith(reason)


def test_tags_are_the_same_whatever_their_case_and_accents() -> None:
    found = entries("Date,Hours,Tags", '2026-03-04,1,"Über, web"', '2026-03-04,1,"WEB,uber,,uBER"', "2026-03-04,1,-")

    assert found.tags == {"Über": 2, "web": 2}
    assert [entry.values for entry in found.entries] == [{"tags": ("Über", "web")}, {"tags": ("web", "Über")}, None]


def test_a_description_is_trimmed_and_as_long_as_kimai_takes_it() -> None:
    text = "\u00a0'two words' "
    found = entries("Date,Hours,Notes", f"2026-03-04,1,{text}", "2026-03-04,1,\u2003", f"2026-03-04,1,{'é' * 32_767}")

    assert [entry.description and entry.description[:13] for entry in found.entries] == ["'two words'", None, "é" * 13]
    assert problems("Date,Hours,Notes", f"2026-03-04,1,{'é' * 32_768}")[0].endswith(
        "has 65,536 bytes as UTF-8; Kimai takes 65,535, so shorten it"
    )


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("' =A1", "=A1"),
        ("' +1", "+1"),
        ("' -x", "-x"),
        ("' @x", "@x"),
        ("' x", "' x"),
        ("'=", "'="),
        ("' Added", "Added"),
    ],
)
def test_the_guard_before_a_formula_is_taken_away(cell: str, text: str) -> None:
    assert entries("Date,Hours,Notes", f"2026-03-04,1,{cell}").entries[0].description == text


def test_a_break_is_minutes_with_their_unit_or_seconds() -> None:
    rows = ["2026-03-04,9:00,10:00,5m", "2026-03-04,9:00,10:00,300", "2026-03-04,9:00,10:00,0"]
    found = entries("Date,From,To,Break", *rows)

    assert [entry.values for entry in found.entries] == [{"break": 300}, {"break": 300}, None]
    assert problems("Date,From,To,Break", "2026-03-04,9:00,10:00,30") == [
        "line 2, Break: '30' may be minutes or seconds; write 30m or 30s"
    ]


def test_a_break_comes_on_top_of_a_duration_without_an_end() -> None:
    found = entries("Date,From,Duration,Break", "2026-03-04,9:00,7:00,0:30")

    assert found.entries[0].seconds == 27_000
    assert found.seconds == 25_200


# Whose


def test_people_are_told_apart_by_all_of_their_names_but_not_by_case_and_accents() -> None:
    rows = [
        *("2026-03-04,1,anna,a@x.org,Anna,Muster", "2026-03-04,1,ANNA,A@x.org,Ánna,Muster"),
        *("2026-03-04,1,anna,b@x.org,Anna,Muster", "2026-03-04,1,,,,", "2026-03-04,1,,,,Muster"),
    ]
    found = entries("Date,Hours,User,Email,First Name,Last Name", *rows)

    assert [(person.names, person.line, person.count) for person in found.people] == [
        (("a@x.org", "anna", "Anna Muster"), 2, 2),
        (("b@x.org", "anna", "Anna Muster"), 4, 1),
        (("Muster",), 6, 1),
    ]
    assert [entry.person and found.people.index(entry.person) for entry in found.entries] == [0, 0, 1, None, 2]


# Where


def test_rows_without_an_activity_are_one_problem() -> None:
    rows = "\n".join(f"Acme,Web,,2026-03-04,{hours}" for hours in range(1, 9))
    _, plan = read(f"{NAMED},Date,Hours\nAcme,Web,Design,2026-03-04,1\n{rows}\n")

    assert plan.problems.lines() == [
        (
            "line 3, Activity: empty, as in 7 more rows (lines 4, 5, 6, 7, 8 and 2 more); a time entry needs an "
            "activity: fill it in, or give --default-activity NAME"
        )
    ]


def test_rows_without_a_project_or_a_customer_are_problems() -> None:
    _, plan = read(f"{NAMED},Date,Hours\nAcme,,,2026-03-04,1\n,,,2026-03-04,1\nAcme,,Design,2026-03-04,1\n")

    assert plan.problems.lines() == [
        "line 2, Project: empty; a time entry needs a project: fill it in, or give --default-project NAME",
        "line 3, Customer: empty; a time entry needs a customer: fill it in, or give --default-customer NAME",
        "line 4, Project: empty, but the row names an activity; fill it in, or give --default-project NAME",
    ]
    assert not any("left out" in text for text in plan.warnings.lines())


def test_a_row_that_only_a_default_customer_would_get_lacks_a_project() -> None:
    _, plan = read(f"{NAMED},Date,Hours\nAcme,Web,Design,2026-03-04,1\n,,,2026-03-04,1\n", default_customer="Others")

    assert plan.problems.lines() == [
        "line 3, Project: empty; a time entry needs a project: fill it in, or give --default-project NAME"
    ]


def test_a_global_activity_is_no_home_for_an_entry() -> None:
    _, plan = read(f"{NAMED},Date,Hours\n,,Design,2026-03-04,1\n", global_activities=True)

    assert plan.problems.lines() == [
        "line 2, Project: empty; a time entry needs a project: fill it in, or give --default-project NAME"
    ]


def test_defaults_stand_in_for_rows_of_entries_only() -> None:
    rows = ["Acme,-,,2026-03-04,1", "Acme,Web,-,2026-03-04,1", "Birch,,,,", "Birch,Shop,,,", ",,,2026-03-04,1"]
    text = "\n".join([f"{NAMED},Date,Hours", *rows])
    rules: dict[str, Any] = {"default_customer": "Nobody", "default_project": " Others ", "default_activity": "Work"}
    found, plan = read(text, **rules)

    assert plan.problems.lines() == []
    assert [entry.parent.path for entry in found.entries] == [
        *(("Acme", "Others", "Work"), ("Acme", "Web", "Work"), ("Nobody", "Others", "Work"))
    ]
    assert "Birch" in plan.tree.customers
    assert plan.tree.customers["Birch"].children is not None
    assert list(plan.tree.customers["Birch"].children) == ["Shop"]
    assert plan.warnings.lines() == [
        "2 rows say nothing of when; no time entry is made of that (lines 4, 5)",
        (
            "3 time entries with a day and a duration, but no time (from line 2): each begins at 09:00 of its day "
            "(--day-begin)"
        ),
    ]


@pytest.mark.parametrize(
    ("headings", "rules", "told"),
    [
        ("Customer,Project", {}, "time entries, but no column for their activities;"),
        ("Customer", {"default_activity": "Work"}, "time entries, but no column for their projects;"),
        ("Project,Activity", {}, "projects, but no column for their customers;"),
        ("Activity", {"default_project": "Others"}, "projects, but no column for their customers;"),
    ],
)
def test_a_file_without_a_column_for_a_level_needs_its_default(headings: str, rules: dict[str, Any], told: str) -> None:
    with pytest.raises(CsvError, match=rf"^a\.csv, line 1: {told}"):
        read(f"{headings},Date,Hours\n", **rules)


def test_a_file_without_columns_for_projects_and_activities_is_read_with_their_defaults() -> None:
    found, _ = read("Customer,Date,Hours\nAcme,2026-03-04,1\n", default_project="Web", default_activity="Work")

    assert [entry.parent.path for entry in found.entries] == [("Acme", "Web", "Work")]


def test_entries_hang_below_what_their_number_names() -> None:
    rows = ["Acme,Web,P1,Work,2026-03-04,1", "Acme,Web,P2,Work,2026-03-04,1"]
    text = "\n".join(["Customer,Project,Project number,Activity,Date,Hours", *rows])
    found, _ = read(text, by_number=True)

    first, second = (entry.parent.parent for entry in found.entries)
    assert first is not None
    assert second is not None
    assert (first.number, second.number) == ("P1", "P2")


def test_a_row_with_a_field_too_many_is_told_once() -> None:
    assert problems("Date,Hours", "2026-03-04,1,oops") == [
        "line 2: 6 fields where the heading has 5; put a text that holds a comma in quotes"
    ]


def test_a_file_that_breaks_off_has_the_entries_above() -> None:
    found, plan = read(f'{NAMED},Date,Hours\nAcme,Web,Design,2026-03-04,1\nAcme,Web,Design,2026-03-04,"1\n')

    assert len(found.entries) == 1
    assert plan.unread is not None
    undated, plan = read(f'{NAMED},Date,Hours\nAcme,Web,Design,03/04/2026,1\nAcme,Web,Design,2026-03-04,"1\n')
    assert len(undated.entries) == 1
    assert plan.unread is not None
    assert [text.partition(" does")[0] for text in plan.problems.lines()] == ["line 2, Date: '03/04/2026'"]


def test_a_file_that_breaks_only_now_is_no_file_of_entries() -> None:
    whole = f"{NAMED},Date,Hours\nAcme,Web,Design,2026-03-04,1\n"
    _, plan = read(whole)
    broken = Table(io.BytesIO(f'{whole}Acme,"'.encode()), name="a.csv", timesheets=True)

    with pytest.raises(CsvError, match=r"^a\.csv, line 3: "):
        read_entries(broken, plan, Rules(timesheets=True))


def test_equal_rows_are_entries_each_and_share_what_they_say() -> None:
    found = entries("Date,Hours,Tags,Notes", *["2026-03-04,1,web,same"] * 3)

    first, *others = found.entries
    assert len(others) == 2
    for entry in others:
        assert entry.values is first.values
        assert entry.description is first.description
        assert entry.begin is first.begin


def test_rows_with_the_same_pause_share_their_duration() -> None:
    first, second = entries("Start,End,Hours", *["2026-03-04T09:00,2026-03-04T10:00,0:45"] * 2).entries

    assert first.values == {"duration": 2700}
    assert second.values is first.values


def test_what_is_kept_for_sharing_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("entries", "entry_times", "entry_values"):
        monkeypatch.setattr(f"kimai_async.plan.{name}._MOST_KEPT", 1)
    rows = [f"2026-03-0{day}T0{day}:00,2026-03-0{day}T0{day}:30,0:4{day},tag{day},note {day}" for day in (1, 2, 3, 1)]
    found = entries("Start,End,Hours,Tags,Notes", *rows)

    assert [entry.name for entry in found.entries] == [f"2026-03-0{day} 0{day}:00" for day in (1, 2, 3, 1)]
    assert [entry.values for entry in found.entries] == [
        {"tags": (f"tag{day}",), "duration": 2400 + 60 * day} for day in (1, 2, 3, 1)
    ]
    assert [entry.description for entry in found.entries] == [f"note {day}" for day in (1, 2, 3, 1)]


def test_a_list_of_customers_does_not_look_like_entries() -> None:
    assert not looks_like_entries(Table(io.BytesIO(b"Customer,Project,Activity\n"), name="a.csv"))
