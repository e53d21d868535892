"""What Kimai's own lists put before texts comes off there; in other files a name that begins so is told."""

from __future__ import annotations

import io

import pytest

from kimai_async.csvfile.table import Table
from kimai_async.plan.build import Plan, build
from kimai_async.settings import Rules
from kimai_async.tree.nodes import LEVELS

FIELDS = "Budget,Hourly quota,Budget-Type,Color,Visible,Comment,Billable"
NO_FIELDS = "0,00:00,,,TRUE,,TRUE"


def plan(*lines: str, by_number: bool = False) -> Plan:
    table = Table(io.BytesIO("\n".join(lines).encode()), name="list.csv")
    planned = build(table, Rules(by_number=by_number))
    planned.refuse()
    return planned


def paths(planned: Plan) -> list[tuple[str, ...]]:
    return [node.path for level in LEVELS for node in planned.tree.level(level)]


def test_names_and_fields_of_kimais_own_list_are_read_without_it() -> None:
    row = "7,' +49 Service,' Hidden Ltd,300,01:30,,,TRUE,' -- closed,TRUE"
    planned = plan(f"ID,Name,Customer,{FIELDS}", row)

    assert paths(planned) == [("Hidden Ltd",), ("Hidden Ltd", "+49 Service")]
    (project,) = planned.tree.level(LEVELS[1])
    assert project.values is not None
    assert (project.values["comment"], project.values["budget"]) == ("-- closed", 300)
    assert planned.warnings.lines() == []


def test_a_row_of_kimais_own_list_is_found_again_by_its_cells_as_they_are_written() -> None:
    row = f"7,' @Home,' -12,{NO_FIELDS}"
    planned = plan(f"ID,Name,Account,{FIELDS}", row, by_number=True)

    node = planned.locate(row.split(","))
    assert node is not None
    assert (node.name, node.number) == ("@Home", "-12")


@pytest.mark.parametrize(
    ("headings", "fields"),
    [("Name", ""), ("ID,Name", ""), (f"Name,{FIELDS}", f",{NO_FIELDS}"), ("ID,Name,Color,Visible", ",red,yes")],
    ids=["names", "ids", "no ids", "some fields"],
)
def test_in_any_other_file_a_name_that_begins_so_stays_and_is_told(headings: str, fields: str) -> None:
    before = "1," if headings.startswith("ID") else ""
    planned = plan(headings, f"{before}' +49 Service{fields}", f"{before}' Acme{fields}")

    assert paths(planned) == [("' +49 Service",), ("' Acme",)]
    assert planned.warnings.lines() == [
        "line 2, Name: \"' +49 Service\" is what Kimai's exports make of '+49 Service'; if it is that, write it so"
    ]
