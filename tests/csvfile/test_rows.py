"""Rows that are none, or may be damaged, are told by their line; sound ones come as they are."""

from __future__ import annotations

import io

import pytest

from kimai_async.csvfile.notes import Notes
from kimai_async.csvfile.table import Table

HEADING = "Customer,Project,Activity\n"


def look(text: str) -> tuple[list[list[str]], list[str], list[str]]:
    """The rows that remain, the problems, the warnings."""
    problems, warnings = Notes(), Notes()
    rows = [cells for _, cells in Table(io.BytesIO(text.encode()), name="big.csv").rows(problems, warnings)]
    return rows, problems.by_line(), warnings.lines()


def warned(text: str) -> list[str]:
    """The warnings about a text that is taken."""
    _, problems, warnings = look(text)
    assert problems == []
    return warnings


def refused(text: str) -> list[str]:
    """The problems of a text about which nothing else is said."""
    _, problems, warnings = look(text)
    assert warnings == []
    return problems


AGAIN = "line 3: the headings again; left out"
OTHER_ORDER = "line 3: the headings again, in another order: two files in one; import them one by one"


@pytest.mark.parametrize(
    "again",
    [
        "Customer,Project,Activity",
        "CUSTOMER, project ,Activity",
        "\ufeffCustomer,Project,Activity",
        '"Customer","Project","Activity"',
        "Customer,Project,Activity,",
        "Client,Project name,Task",
        "Kunde,Projekt,Tätigkeit",
    ],
)
def test_headings_that_come_again_are_left_out_with_a_warning(again: str) -> None:
    assert look(f"{HEADING}A1,B1,C1\n{again}\nA2,B2,C2\n") == ([["A1", "B1", "C1"], ["A2", "B2", "C2"]], [], [AGAIN])


@pytest.mark.parametrize("again", ["Project,Customer,Activity", "Task,Project,Client"])
def test_headings_that_come_again_in_another_order_are_a_problem(again: str) -> None:
    assert refused(f"{HEADING}A1,B1,C1\n{again}\n") == [OTHER_ORDER]


def test_fields_that_come_again_in_another_order_are_a_problem() -> None:
    heading = "Customer,Customer number,Customer company\n"
    assert refused(heading + "A1,1,X\nCustomer,Customer company,Customer number\n") == [OTHER_ORDER]


def test_excels_line_that_names_the_delimiter_may_come_again_too() -> None:
    assert warned(f"sep=,\n{HEADING}A1,B1,C1\nsep=,\n{HEADING}A2,B2,C2\n") == [
        "line 4: names a delimiter, as Excel does in a first line; left out",
        "line 5: the headings again; left out",
    ]


@pytest.mark.parametrize(
    ("heading", "rest"),
    [("Customer,Project", "Activity"), ("Project,Customer", ",Activity"), ("Kunde", "Projekt")],
)
def test_headings_that_a_line_break_has_torn_apart_are_told(heading: str, rest: str) -> None:
    rows, problems, warnings = look(f"{heading}\n{rest}\nA1\n")

    assert (len(rows), problems) == (2, [])
    assert warnings[0] == f"line 2: {rest!r} looks like headings; if it is the end of line 1, put it there"


@pytest.mark.parametrize("text", ["Customer,Project\nA1,B1\nActivity\n", "Customer,Project\nTask,B1\n"])
def test_a_name_that_is_a_word_for_another_level_is_a_name(text: str) -> None:
    assert not any("looks like headings" in warning for warning in warned(text))


@pytest.mark.parametrize("row", ["Customer,B1,C1", "A1,Project,Activity", "Customer,Project,Design", "Kunde,B1,C1"])
def test_names_that_are_words_for_a_heading_are_names(row: str) -> None:
    assert look(HEADING + row + "\n") == ([row.split(",")], [], [])


@pytest.mark.parametrize(("sign", "name"), [(";", "semicolon"), ("|", "vertical bar"), ("\t", "tab")])
@pytest.mark.parametrize("rest", ["", ",,"])
def test_a_row_in_another_delimiter_is_a_problem(sign: str, name: str, rest: str) -> None:
    row = sign.join(["A1", "B1", "C1"])
    (problem,) = refused(HEADING + row + rest + "\n")

    assert problem.startswith("line 2: 'A1")
    assert f"has the {name} as its delimiter, while the file has the comma; mend it, or put it in quotes" in problem


@pytest.mark.parametrize("row", ['A1;"B1";"C1"', 'A1;B1;"C1",,', 'A1;"B1;C1"'])
def test_a_row_in_another_delimiter_may_have_quotes_of_its_own(row: str) -> None:
    (problem,) = refused(HEADING + row + "\n")

    assert "has the semicolon as its delimiter, while the file has the comma" in problem


def test_each_row_in_another_delimiter_is_told() -> None:
    assert len(refused(HEADING + "A1;B1;C1\n" * 9)) == 9


@pytest.mark.parametrize("row", [";;", ";;,,", ";;;;", "; ;", ";|", "||"])
def test_a_row_of_other_delimiters_and_nothing_else_is_a_problem(row: str) -> None:
    (problem,) = refused(HEADING + row + "\n")

    assert problem.endswith("is delimiters and nothing between them, while the file has the comma; delete it")


@pytest.mark.parametrize("row", ["\t\t", "  ", " ,,", "\t \t,,"])
def test_a_row_of_blanks_and_tabs_is_as_good_as_empty(row: str) -> None:
    _, problems, _ = look(HEADING + row + "\n")

    assert problems == []


def test_a_comma_may_be_the_other_delimiter() -> None:
    (problem,) = refused("Customer;Project;Activity\nA1,B1,\n")

    assert "has the comma as its delimiter, while the file has the semicolon" in problem


def test_an_odd_delimiter_is_shown_as_it_is() -> None:
    problems = Notes()
    table = Table(io.BytesIO(b"Customer^Project\nA1;B1\n"), name="big.csv", delimiter="^")

    assert list(table.rows(problems, Notes())) == []
    assert "while the file has the '^'" in problems.by_line()[0]


@pytest.mark.parametrize(
    "row", ['"A1;B1;C1",,', '";;",,', "Ax; By; Cz,,", "A1;B1,,", "A1;B1;C1;D1,,", "A1;B1;C1,B2,C2", ",,A1;B1"]
)
def test_a_name_that_is_meant_so_is_taken(row: str) -> None:
    rows, problems, _ = look(HEADING + row + "\n")

    assert len(rows) == 1
    assert problems == []


@pytest.mark.parametrize("row", ['"A1;B1;C1",,', "Ax; By; Cz,,"])
def test_a_name_that_may_be_a_row_in_another_delimiter_is_told(row: str) -> None:
    (warning,) = warned(HEADING + row + "\n")

    assert warning.startswith("line 2: ")
    assert warning.endswith(" may have the semicolon as its delimiter, while the file has the comma; if so, mend it")


@pytest.mark.parametrize(
    ("heading", "name"),
    [("Customer", "A;B;C"), ("Customer", "A1, B1"), ("Customer;Project", "A1, B1;"), ("Customer;Project", "Hall 3,5;")],
)
def test_signs_in_names_are_no_delimiters_in_files_of_one_or_two_columns(heading: str, name: str) -> None:
    assert warned(f"{heading}\n{name}\n{name}\n") == []


def test_a_row_in_quotes_as_a_whole_is_a_problem() -> None:
    remedy = "take them away, or fill the row up if it is one name"
    assert refused(HEADING + '"A1,B1,C1"\n') == [
        f"line 2: '\"A1,B1,C1\"' stands in quotes as a whole: one field; {remedy}"
    ]


FEWER = "fewer fields than the 3 headings; if"


@pytest.mark.parametrize(
    ("rows", "warning"),
    [
        ("A1,B1,C1\nA2,B2\nA3,B3,C3\n", f"line 3: {FEWER} it does not stop early on purpose, mend it"),
        ("A1,B1,C1\nA2\nA3,B3,C3\n", f"line 3: {FEWER} it does not stop early on purpose, mend it"),
        ("A1,B1\n", f"line 2: {FEWER} it does not stop early on purpose, mend it"),
        ("A1,B1\nx,C1\n", f"2 rows (lines 2, 3) have {FEWER} they do not stop early on purpose, mend them"),
        ("A1\nB1,C1\n", f"2 rows (lines 2, 3) have {FEWER} they do not stop early on purpose, mend them"),
        ("A1,,\nA2\nA3\nA4,B4\n", f"3 rows (lines 3, 4, 5) have {FEWER} they do not stop early on purpose, mend them"),
        (
            "A1,B1,\n" + "A2,B2\n" * 6,
            f"6 rows (lines 3, 4, 5, 6, 7, …) have {FEWER} they do not stop early on purpose, mend them",
        ),
    ],
)
def test_a_row_that_is_shorter_than_the_others_is_told(rows: str, warning: str) -> None:
    assert warned(HEADING + rows) == [warning]


@pytest.mark.parametrize(
    "rows", ["A1\nA2\n", "A1,B1,C1\nA2\nA3,B3,C3\nA4,B4\n", "A1,B1\nA2,B2\nA3,B3\n", "A1\nA2,B2,C2\nA3\n"]
)
def test_rows_that_stop_early_where_none_is_filled_up_are_a_habit(rows: str) -> None:
    assert warned(HEADING + rows) == []


def test_in_a_file_of_customers_a_last_field_that_is_empty_shows_that_rows_are_filled_up() -> None:
    assert warned("Customer,Customer city\nA1,\nA2\nA3\nA4,Bonn\n") == [
        "2 rows (lines 3, 4) have fewer fields than the 2 headings; if they do not stop early on purpose, mend them"
    ]


MORE = "more fields than the 3 headings, the last one empty; is a delimiter too many?"


@pytest.mark.parametrize(
    ("rows", "warning"),
    [
        ("A1,B1,C1\nA2,B2,,\n", f"line 3: {MORE}"),
        ("A1,B1,,\n", f"line 2: {MORE}"),
        ("A1,B1,C1\nA2,B2,C2,\nA3,B3,C3,\n", f"2 rows (lines 3, 4) have {MORE}"),
    ],
)
def test_a_row_that_is_longer_than_the_others_is_told(rows: str, warning: str) -> None:
    assert warned(HEADING + rows) == [warning]


def test_rows_that_all_end_with_a_delimiter_are_a_habit() -> None:
    assert warned(HEADING + "A1,B1,C1,\nA2,B2,C2,\n") == []


def test_a_lost_quote_that_moves_the_fields_is_a_problem() -> None:
    assert refused(HEADING + 'A1, Inc",B1,\nA2,B2,C2\n') == [
        "line 2: 4 fields where the heading has 3, and an odd number of quotes; put the lost one back"
    ]


@pytest.mark.parametrize("name", ['A1"', '19" rack', 'A"1'])
def test_a_lone_quote_in_a_name_is_told(name: str) -> None:
    assert warned(f"{HEADING}{name},B1,C1\n") == [f"line 2: {name!r} has an odd number of quotes; is one lost?"]


@pytest.mark.parametrize("row", ['"A ""1",B1,C1', 'A "best" Ltd,B1,C1', '"A\n1",B1,"C ""1"""'])
def test_quotes_that_have_their_fellows_are_none_of_damage(row: str) -> None:
    assert warned(f"{HEADING}{row}\n") == []


def test_a_lone_quote_in_another_field_is_told_too() -> None:
    assert warned('Customer,Customer comment\nA1,24" screen\nA2,\n') == [
        "line 2: '24\" screen' has an odd number of quotes; is one lost?"
    ]


def test_a_column_without_a_heading_that_holds_something_is_told_once() -> None:
    assert warned(",Customer,\n1,A1,\n2,A2,x\n3,A3,y\n") == [
        "line 1: column 1 has no heading and is left out, but line 2 has '1' there",
        "line 1: column 3 has no heading and is left out, but line 3 has 'x' there",
    ]


def test_a_column_without_a_heading_that_is_empty_is_not_worth_a_word() -> None:
    assert warned("Customer,\nA1,\nA2, \n") == []


MOVED = "no row has as many fields as there are headings, and one of these is empty; is a delimiter too many?"


def test_an_empty_heading_that_no_row_has_a_field_for_is_told() -> None:
    assert warned("Customer,,Project\nA1,\nA2,\nA3,\n") == [f"line 1: {MOVED}"]


@pytest.mark.parametrize("text", ["Customer,,Project\nA1\nA2\nA3,,B3\n", "Customer,Project,\nA1,B1\nA2,B2\nA3,B3\n"])
def test_an_empty_heading_that_moves_nothing_is_not_worth_a_word(text: str) -> None:
    assert warned(text) == []
