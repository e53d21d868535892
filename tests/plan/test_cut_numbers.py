"""Numbers longer than Kimai takes: cut where nothing is lost by it, else refused with all their lines."""

from __future__ import annotations

import io

import pytest

from kimai_async.csvfile.table import Table
from kimai_async.errors import CsvError
from kimai_async.plan.build import Plan, build
from kimai_async.settings import Rules
from kimai_async.tree.nodes import LEVELS, Level

HEADING = "Customer,Project,Project number,Activity,Activity number\n"
each_rule = pytest.mark.parametrize("rules", [Rules(), Rules(by_number=True)], ids=["by name", "by number"])


def plan(rows: str, rules: Rules | None = None, heading: str = HEADING) -> Plan:
    return build(Table(io.BytesIO((heading + rows).encode()), name="a.csv", delimiter=",", encoding="utf-8"), rules)


def problems(planned: Plan) -> list[str]:
    with pytest.raises(CsvError) as caught:
        planned.refuse()
    return [line.strip() for line in str(caught.value).split("\n")[1:]]


def numbers(planned: Plan, level: Level) -> list[str | None]:
    return [node.number for node in planned.tree.level(level)]


@each_rule
def test_a_number_that_no_other_has_is_cut_with_one_warning_however_many_rows_give_it(rules: Rules) -> None:
    planned = plan("Acme,Web,2026-WEB-00017,Design,\n" * 3 + "Acme,Web,2026-WEB-00017,Texts,\n", rules)

    assert not planned.hopeless
    assert planned.warnings.lines() == [
        "line 2, Project number: '2026-WEB-00017' is cut to '2026-WEB-0': Kimai takes 10 characters"
    ]
    assert numbers(planned, Level.PROJECT) == ["2026-WEB-0"]
    assert planned.tree.size(Level.ACTIVITY) == 2


@each_rule
def test_two_numbers_that_the_cut_would_make_one_are_refused(rules: Rules) -> None:
    (sentence,) = problems(plan("Acme,Web,PRJ-2026-11,,\nBolt,App,prj-2026-12,,\n", rules))

    assert sentence == (
        "line 2, Project number: 'PRJ-2026-11' and 'prj-2026-12' become one when cut to the 10 characters that Kimai "
        "takes: shorten them (lines 2, 3), or leave them out with --column project.number="
    )


@each_rule
def test_a_number_that_the_cut_would_make_another_rows_is_refused(rules: Rules) -> None:
    (sentence,) = problems(plan("Acme,Web,PRJ-2026-12,,\nAcme,App,PRJ-2026-1,,\n", rules))

    assert sentence == (
        "line 2, Project number: 'PRJ-2026-12' and 'PRJ-2026-1' become one when cut to the 10 characters that Kimai "
        "takes: shorten them (lines 2, 3), or leave them out with --column project.number="
    )


@each_rule
def test_of_a_hundred_numbers_all_that_fall_together_are_in_one_sentence(rules: Rules) -> None:
    planned = plan("".join(f"Acme,Project {n},PRJ-2026-{n},,\n" for n in range(100)), rules)

    assert planned.tree.size(Level.PROJECT) == 100
    (sentence,) = problems(planned)
    assert sentence.startswith(
        "line 3, Project number: 99 numbers become 9 when cut to the 10 characters that Kimai takes, such as "
        "'PRJ-2026-1' and 'PRJ-2026-10': shorten them (lines 3, 4, 5, "
    )
    assert sentence.endswith(", 31, 32 and 69 more), or leave them out with --column project.number=")


def test_numbers_of_two_levels_do_not_meet() -> None:
    planned = plan("Acme,Web,PRJ-2026-12,Design,PRJ-2026-1\n")

    assert not planned.hopeless
    assert [numbers(planned, level) for level in LEVELS[1:]] == [["PRJ-2026-1"], ["PRJ-2026-1"]]


def test_a_customers_number_has_room_for_fifty_characters() -> None:
    planned = plan(f"Acme,{'K' * 50}\nBolt,{'L' * 51}\n", heading="Customer,Number\n")

    assert [len(number or "") for number in numbers(planned, Level.CUSTOMER)] == [50, 50]
    assert len(planned.warnings.lines()) == 1


def test_one_number_given_twice_as_it_is_is_for_the_server_to_judge() -> None:
    planned = plan("Acme,Web,P1,,\nBolt,App,p1,,\n")

    assert not planned.hopeless
    assert planned.warnings.lines() == []


def test_another_number_for_the_same_project_is_told_though_both_are_cut_to_one() -> None:
    planned = plan("Acme,Web,PRJ-2026-12,,\nAcme,Web,PRJ-2026-13,,\n")

    assert planned.warnings.lines()[1:] == [
        "line 3, Project number: 'PRJ-2026-13' differs from 'PRJ-2026-12' on line 2 for the same project; line 2 counts"
    ]


def test_by_number_a_row_is_found_again_by_its_number_however_long_it_is() -> None:
    planned = plan("Acme,Web,PRJ-2026-12,,\nAcme,Web,PRJ-2026-34,,\n", Rules(by_number=True))
    second = planned.locate(["Acme", "Web", "PRJ-2026-34", "", ""])

    assert second is not None
    assert second.line == 3
