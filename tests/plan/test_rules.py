"""What the options change in how rows are meant: default customer, global activities, numbers, letter case, dates."""

from __future__ import annotations

import io

import pytest

from kimai_async.csvfile.table import Table
from kimai_async.errors import CsvError
from kimai_async.plan.build import Plan, build
from kimai_async.settings import Rules
from kimai_async.tree.nodes import LEVELS, Level

DEFAULT = Rules(default_customer=" Intern ")
GLOBAL = Rules(global_activities=True)
BY_NUMBER = Rules(by_number=True)


def plan(content: str, rules: Rules) -> Plan:
    return build(Table(io.BytesIO(content.encode()), name="a.csv", delimiter=",", encoding="utf-8"), rules)


def paths(planned: Plan) -> list[tuple[str, ...]]:
    return [node.path for level in LEVELS for node in planned.tree.level(level)]


def refusal(content: str, rules: Rules) -> list[str]:
    with pytest.raises(CsvError) as caught:
        plan(content, rules).refuse()
    return [line.strip() for line in str(caught.value).splitlines()]


def test_projects_without_a_customer_belong_to_the_default_one() -> None:
    planned = plan("Customer,Project,Activity\nAcme,Web,Design\n,Shop,Build\n", DEFAULT)

    assert paths(planned)[:4] == [("Acme",), ("Intern",), ("Acme", "Web"), ("Intern", "Shop")]
    node = planned.locate(["", "Shop", "Build"])
    assert node is not None
    assert node.path == ("Intern", "Shop", "Build")


def test_with_a_default_customer_a_file_needs_no_column_for_them() -> None:
    planned = plan("Project,Activity\nWeb,Design\n", DEFAULT)

    assert paths(planned) == [("Intern",), ("Intern", "Web"), ("Intern", "Web", "Design")]
    assert planned.heading(Level.CUSTOMER) == "Customer"


def test_an_activity_alone_has_no_default_customer() -> None:
    assert refusal("Customer,Project,Activity\n,,Design\n", DEFAULT)[1:] == [
        "line 2, Customer: empty, but the row names an activity; fill it in, or give --global-activities"
    ]


def test_an_activity_below_a_customer_without_a_project_is_a_problem_whatever_the_options() -> None:
    both = Rules(default_customer="Intern", global_activities=True)

    assert refusal("Customer,Project,Activity\nAcme,,Design\n", both)[1:] == [
        "line 2, Project: empty, but the row names an activity; fill it in"
    ]


def test_activities_without_a_project_become_global_with_their_fields() -> None:
    planned = plan("Customer,Project,Activity,Activity comment\nAcme,Web,Design,\n,,Travel,by train\n", GLOBAL)

    (node,) = planned.tree.global_activities.values()
    assert (node.name, node.level, node.path) == ("Travel", Level.ACTIVITY, ("Travel",))
    assert node.values == {"comment": "by train"}
    assert planned.locate(["", "", "Travel", ""]) is node
    assert planned.tree.siblings(node) == {"Travel": node}
    assert planned.tree.size(Level.ACTIVITY) == 2


def test_a_file_of_global_activities_needs_no_column_for_projects() -> None:
    planned = plan("Activity\nTravel\nTravel\nRest\n", GLOBAL)

    assert paths(planned) == [("Travel",), ("Rest",)]
    assert planned.warnings.lines() == []


def test_by_number_rows_of_one_number_are_one_and_the_first_name_counts() -> None:
    planned = plan("Customer,Customer number\nAcme,K1\nAcme Inc,K1\n", BY_NUMBER)

    assert paths(planned) == [("Acme",)]
    assert planned.warnings.lines() == [
        "line 3, Customer: 'Acme Inc' has the number of 'Acme' on line 2, whose name counts"
    ]


def test_by_number_rows_of_one_name_and_two_numbers_are_two() -> None:
    planned = plan("Customer,Project,Project number\nAcme,Web,1\nAcme,Web,2\nAcme,Web,1\n", BY_NUMBER)

    assert [node.number for node in planned.tree.level(Level.PROJECT)] == ["1", "2"]
    assert [node and node.number for node in map(planned.locate, (["Acme", "Web", "1"], ["Acme", "Web", "2"]))] == [
        "1",
        "2",
    ]


def test_without_letter_case_names_that_look_alike_are_one_and_not_pointed_out() -> None:
    planned = plan("Customer,Project\nMüller,Web\nMULLER,web\nmu\u0308ller,WEB\n", Rules(any_case=True))

    assert paths(planned) == [("Müller",), ("Müller", "Web")]
    assert planned.warnings.lines() == []


def test_dates_are_read_as_the_option_says() -> None:
    rows = "Customer,Project,Start,End\nAcme,Web,01.02.2026,28.02.2026\n"
    (project,) = plan(rows, Rules(date_format="%d.%m.%Y")).tree.level(Level.PROJECT)

    assert project.values == {"start": "2026-02-01", "end": "2026-02-28"}


# Fields


def test_an_end_before_the_start_is_a_problem_on_the_line_that_gives_the_end() -> None:
    rows = "Customer,Project,Start,End\nAcme,Web,2026-05-01,\nAcme,Web,,2026-01-01\nAcme,Shop,2026-01-01,2026-01-01\n"

    assert refusal(rows, Rules())[1:] == ["line 3, End: 2026-01-01 is before the start, 2026-05-01; correct one"]


def test_a_cell_that_cannot_be_meant_says_its_line_and_column_and_the_remedy() -> None:
    assert refusal("Customer,Customer visible\nAcme,maybe\n", Rules())[1:] == [
        "line 2, Customer visible: 'maybe' is neither yes nor no; write yes or no"
    ]


def test_a_field_of_what_the_row_does_not_name_is_a_problem_and_a_blank_is_none() -> None:
    rows = "Customer,Project,Project comment\nAcme,,for later\nBolt,, \n"

    assert refusal(rows, Rules())[1:] == [
        "line 2, Project comment: 'for later', but the row names no project; name it or leave this empty"
    ]


def test_a_field_of_a_row_that_names_nothing_is_a_problem() -> None:
    assert refusal("Customer,Customer comment\nAcme,\n,for later\n", Rules())[1:] == [
        "line 3, Customer comment: given, but the row names no customer, project or activity; name one"
    ]


NAMELESS = "There is nothing to import in a.csv"


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("x\n", "line 2 names no customer, project or activity and is left out."),
        ("x\n" * 7, "7 rows name no customer, project or activity and are left out (lines 2, 3, 4, 5, 6 and 2 more)."),
    ],
)
def test_a_file_whose_rows_name_nothing_is_refused(rows: str, sentence: str) -> None:
    assert refusal(f"Remark,Customer\n{rows}", Rules()) == [f"{NAMELESS}: {sentence}"]


def test_activities_without_a_column_for_their_projects_need_an_option() -> None:
    (sentence,) = refusal("Customer,Activity\nAcme,Design\n", Rules())

    assert sentence.startswith("a.csv, line 1: activities, but no column for their projects; found: 'Customer', 'Acti")
    assert sentence.endswith("as in --column project=Job, or give --global-activities if they belong to none.")
