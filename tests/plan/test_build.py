from __future__ import annotations

import io

import pytest

from kimai_async.csvfile.table import Table
from kimai_async.errors import CsvError
from kimai_async.plan.build import Plan, build
from kimai_async.tree.nodes import LEVELS

HEADING = "Customer,Project,Activity\n"


def plan(rows: str) -> Plan:
    return build(Table(io.BytesIO((HEADING + rows).encode()), name="big.csv", delimiter=",", encoding="utf-8"))


def paths(planned: Plan) -> list[tuple[str, ...]]:
    return [node.path for level in LEVELS for node in planned.tree.level(level)]


def problems(rows: str) -> list[str]:
    with pytest.raises(CsvError) as caught:
        plan(rows).refuse()
    return str(caught.value).split("\n")


def test_equal_names_of_one_parent_are_one_node_with_the_first_line() -> None:
    planned = plan("AA,PP,X1\nAA,PP,X2\nAA,PP,X1\n")

    assert paths(planned) == [("AA",), ("AA", "PP"), ("AA", "PP", "X1"), ("AA", "PP", "X2")]
    assert [node.line for node in planned.tree.level(LEVELS[2])] == [2, 3]


def test_equal_names_of_different_parents_are_different_nodes() -> None:
    planned = plan("AA,PP,XX\nBB,PP,XX\nAA,QQ,XX\n")

    assert [planned.tree.size(level) for level in LEVELS] == [2, 3, 3]


def test_names_are_trimmed_before_they_are_compared() -> None:
    assert paths(plan("AA,PP,XX\n AA\u00a0,\u200bPP, XX \n")) == [("AA",), ("AA", "PP"), ("AA", "PP", "XX")]


def test_names_that_differ_in_letter_case_are_different() -> None:
    assert paths(plan("AA\naa\n")) == [("AA",), ("aa",)]


def test_a_row_may_stop_after_the_customer_or_the_project() -> None:
    assert paths(plan("AA\nBB,PP\nCC,,\nDD,QQ, \n")) == [("AA",), ("BB",), ("CC",), ("DD",), ("BB", "PP"), ("DD", "QQ")]


def test_a_long_name_is_cut_with_a_warning() -> None:
    planned = plan(f"AA,PP,{'x' * 151}\n")

    assert paths(planned)[-1][-1] == "x" * 150
    assert planned.warnings.lines() == [
        f"line 2, Activity: {'x' * 40!r}… has 151 characters and is cut to 150, as many as Kimai takes"
    ]


def test_the_same_long_name_twice_is_one_node() -> None:
    assert len(paths(plan(f"AA,PP,{'x' * 151}\nAA,PP,{'x' * 151}\n"))) == 3


@pytest.mark.parametrize(("first", "second"), [(151, 152), (151, 150), (150, 151)])
def test_two_names_that_the_cut_makes_one_are_refused(first: int, second: int) -> None:
    found = problems(f"AA,PP,{'x' * first}\nAA,PP,{'x' * second}\n")

    assert found[1] == (
        f"  line 3, Activity: {'x' * 40!r}… becomes the same name as on line 2 when cut to 150 characters; shorten one"
    )


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (",PP,XX", "line 2, Customer: empty, but the row names a project; fill it in, or give --default-customer NAME"),
        (",,XX", "line 2, Customer: empty, but the row names an activity; fill it in, or give --global-activities"),
        ("AA,,XX", "line 2, Project: empty, but the row names an activity; fill it in"),
        (
            "\u200b,PP,",
            "line 2, Customer: empty, but the row names a project; fill it in, or give --default-customer NAME",
        ),
        ("A,PP,XX", "line 2, Customer: 'A' has one character; Kimai wants at least 2, so lengthen it"),
        ("AA,PP,X", "line 2, Activity: 'X' has one character; Kimai wants at least 2, so lengthen it"),
        ("AA,P1,B, c", "line 2: 4 fields where the heading has 3; put a text that holds a comma in quotes"),
    ],
)
def test_a_row_that_cannot_be_meant_is_named_by_line_and_column(row: str, sentence: str) -> None:
    assert problems(row + "\n") == ["big.csv cannot be imported, 1 problem; nothing was sent.", "  " + sentence]


def test_empty_cells_beyond_the_heading_are_no_problem() -> None:
    assert paths(plan("AA,PP,XX,, \n"))[-1] == ("AA", "PP", "XX")


def test_all_problems_are_counted_and_the_first_twenty_shown() -> None:
    found = problems("AA,,XX\n" * 23)

    assert found[0] == "big.csv cannot be imported, 23 problems; nothing was sent."
    assert len(found) == 1 + 20 + 1
    assert found[-1] == "  and 3 more"


@pytest.mark.parametrize("rows", ["", "\n\n", " , ,\n"])
def test_a_heading_alone_is_refused(rows: str) -> None:
    assert problems(rows) == ["big.csv has a line of headings but no rows; there is nothing to import."]


def test_locate_finds_the_deepest_node_of_a_row() -> None:
    planned = plan(f"AA,PP,{'x' * 151}\nBB\n")

    deepest = planned.locate(["AA ", "PP", "x" * 151])
    customer = planned.locate(["BB", "", ""])
    assert deepest is not None
    assert deepest.path == ("AA", "PP", "x" * 150)
    assert customer is not None
    assert customer.path == ("BB",)
    assert planned.locate(["", "", ""]) is None


def test_a_node_shows_its_path_in_its_repr() -> None:
    assert repr(plan("AA,PP\n").locate(["AA", "PP"])) == "<project 'AA > PP' id=None line=2>"
