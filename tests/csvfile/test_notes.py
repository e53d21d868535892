from __future__ import annotations

import pytest

from kimai_async.csvfile.notes import FEW, LONGEST, SHOWN, About, Notes, listed
from kimai_async.errors import CsvError


def refusal(notes: Notes, *after: str) -> list[str]:
    with pytest.raises(CsvError) as caught:
        notes.refuse("big.csv", *after)
    return str(caught.value).split("\n")


def test_warnings_come_by_kind_the_worst_first_and_by_line() -> None:
    notes = Notes()
    notes.add(3, "Customer", "looks like another", About.ALIKE)
    notes.add(9, "Number", "is cut", About.NUMBERS)
    notes.add(2, "Budget", "differs", About.VALUES)
    notes.add(7, "Name", "is cut", About.NUMBERS)
    notes.note("columns ignored", About.COLUMNS)

    assert notes.lines() == [
        "columns ignored",
        "line 7, Name: is cut",
        "line 9, Number: is cut",
        "line 2, Budget: differs",
        "line 3, Customer: looks like another",
    ]


def test_each_kind_of_warning_shows_twenty_whatever_the_others_do() -> None:
    notes = Notes()
    for line in range(2, 1_002):
        notes.add(line, "Number", "is cut", About.NUMBERS)
        notes.add(line, "Number" if line % 2 else "Budget", "differs", About.VALUES)

    shown = notes.lines()

    assert len(shown) == 2 * (SHOWN + 1)
    assert shown[SHOWN] == shown[-1] == "and 980 more like these"
    assert shown[: SHOWN : SHOWN - 1] == ["line 2, Number: is cut", "line 21, Number: is cut"]


def test_no_remark_is_longer_than_a_few_lines() -> None:
    notes = Notes()
    notes.note("x" * 41_000)

    assert notes.lines() == ["x" * (LONGEST - 1) + "…"]


def test_problems_are_one_list_by_line_whoever_found_them() -> None:
    notes = Notes()
    notes.add(4, "Customer", "is empty", About.NAMES)
    notes.add(9, "", "has two fields", About.ROWS)
    notes.note("line 12: a quote is open", last=True)
    notes.add(2, "Customer", "holds <", About.SERVER)

    assert refusal(notes, "Kimai could not be asked.") == [
        "big.csv cannot be imported, 4 problems; nothing was sent.",
        "  line 2, Customer: holds <",
        "  line 4, Customer: is empty",
        "  line 9: has two fields",
        "  line 12: a quote is open",
        "Kimai could not be asked.",
    ]


def test_a_thousand_problems_of_one_column_hide_none_of_another() -> None:
    notes = Notes()
    for line in range(2, 1_002):
        notes.add(line, "Country", "is none", About.VALUES)
    notes.add(900, "Currency", "is none", About.VALUES)
    notes.add(950, "Customer", "holds <", About.SERVER)

    found = refusal(notes)

    assert found[0] == "big.csv cannot be imported, 1,002 problems; nothing was sent."
    assert len(found) == 1 + SHOWN + 1
    assert found[-3:] == ["  line 900, Currency: is none", "  line 950, Customer: holds <", "  and 982 more"]


def test_without_a_problem_nothing_is_refused() -> None:
    Notes().refuse("big.csv", "Kimai could not be asked.")


def test_of_many_things_the_first_ten_are_named() -> None:
    assert listed(map(str, range(FEW))) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert listed(map(str, range(2_000))) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 1,990 more"
