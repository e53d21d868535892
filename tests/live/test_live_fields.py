"""Every field of the columns table, set and changed by a CSV and read back as the file has it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from live_kimai import counts, write

from kimai_async import Kind, Level, OnExisting, Report
from kimai_async.fields.catalogue import FIELDS
from kimai_async.tree.nodes import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from live_kimai import Live

pytest_plugins = ["live_fixtures"]

WRITE_ONLY = {"invoiceText", "invoiceTemplate"}
"""What no answer of Kimai shows."""


class Cell(NamedTuple):
    """What a file says of a field, and what Kimai shows then."""

    written: str
    shown: Any


class Case(NamedTuple):
    """What a create says, and what an update says; a field that is not changeable has no update."""

    create: Cell
    update: Cell | None = None


@dataclass
class Known:
    """Values that only this server or this session can have: two colours, ids, the end of our numbers."""

    colors: tuple[str, str]
    tail: str
    team: int | None
    template: int | None


def same(create: str, update: str) -> Case:
    """A text that is shown as it is written."""
    return Case(Cell(create, create), Cell(update, update))


def common(level: Level, known: Known) -> dict[str, Case]:
    first, second = known.colors
    initial = level[0].upper()
    cases = {
        "number": same(f"{initial}1{known.tail}", f"{initial}2{known.tail}"),
        "comment": same("Our first\nand best", "Not our best"),
        "invoiceText": Case(Cell("Thank you", None)),
        "color": Case(Cell(first, first), Cell(second, second)),
        "budget": Case(Cell("1.234,50", 1234.5), Cell("99.95", 99.95)),
        "timeBudget": Case(Cell("1:30", 5400), Cell("2h", 7200)),
        "budgetType": Case(Cell("month", "month"), Cell("full", None)),
        "visible": Case(Cell("no", False), Cell("yes", True)),
        "billable": Case(Cell("nein", False), Cell("ja", True)),
    }
    return cases | ({} if known.team is None else {"teams": Case(Cell(str(known.team), [known.team]))})


def of_customers(known: Known) -> dict[str, Case]:
    cases = {
        "company": same("Acme Ltd", "Acme Inc"),
        "contact": same("Ms Muster", "Mr Muster"),
        "vatId": same("DE123", "DE456"),
        "address": same("Main Street 1", "Main Street 2"),
        "addressLine1": same("Main Street 1", "Side Street 2"),
        "addressLine2": same("2nd floor", "3rd floor"),
        "addressLine3": same("Yard", "Garden"),
        "postCode": same("50667", "10115"),
        "city": same("Köln", "Berlin"),
        "buyerReference": same("991-1", "991-2"),
        "country": same("AT", "CH"),
        "language": same("de", "fr"),
        "currency": same("CHF", "USD"),
        "timezone": same("Europe/Vienna", "Europe/Zurich"),
        "phone": same("+43 1", "+41 1"),
        "fax": same("+43 2", "+41 2"),
        "mobile": same("+43 3", "+41 3"),
        "email": same("a@example.com", "c@example.com"),
        "invoiceEmail": same("b@example.com", "d@example.com"),
        "homepage": same("https://example.com/a", "https://example.com/b"),
    }
    template = {} if known.template is None else {"invoiceTemplate": Case(Cell(str(known.template), None))}
    return {**cases, **template, **common(Level.CUSTOMER, known)}


def of_projects(known: Known) -> dict[str, Case]:
    cases = {
        "orderNumber": same("O-1", "O-2"),
        "orderDate": same("2026-01-02", "2026-01-03"),
        "start": same("2026-02-01", "2026-02-02"),
        "end": same("2036-12-30", "2036-12-31"),
        "globalActivities": Case(Cell("no", False), Cell("yes", True)),
    }
    return {**cases, **common(Level.PROJECT, known)}


def of_activities(known: Known) -> dict[str, Case]:
    return common(Level.ACTIVITY, known)


CASES: dict[Level, Callable[[Known], dict[str, Case]]] = {
    Level.CUSTOMER: of_customers,
    Level.PROJECT: of_projects,
    Level.ACTIVITY: of_activities,
}


def palette(live: Live) -> tuple[str, str]:
    """Two colours that this Kimai takes; before 2.18 it does not tell, and Silver and Red are among its own."""
    if live.version < (2, 18):
        return "#c0c0c0", "#ff0000"
    first, second, *_ = live.get("config/colors").values()
    return first, second


@dataclass
class Imported:
    """A file with every field imported: into what, what it said, and what was there then."""

    live: Live
    name: str
    cases: Mapping[Level, Mapping[str, Case]]
    forms: Mapping[Level, set[str]]
    report: Report
    shown: Mapping[Level, Any]

    def taken(self, level: Level) -> dict[str, Case]:
        """The cases of the fields that this version takes from this user."""
        return {key: case for key, case in self.cases[level].items() if key in self.forms[level]}


@pytest.fixture(scope="module")
def imported(live: Live, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    name = f"{live.prefix} every field"
    known = Known(palette(live), live.prefix[-8:], live.team, live.template)
    cases = {level: CASES[level](known) for level in LEVELS}
    forms = {level: live.form(level) for level in LEVELS}
    if "addressLine1" in forms[Level.CUSTOMER]:
        del cases[Level.CUSTOMER]["address"]  # it would be split into the lines, which have columns of their own
    cells = {str(level): name for level in LEVELS}
    cells |= {f"{level}.{key}": case.create.written for level in LEVELS for key, case in cases[level].items()}
    report = live.run(write(tmp_path_factory.mktemp("fields") / "all.csv", cells, cells.values()))
    return Imported(live, name, cases, forms, report, {level: live.only(level, name) for level in LEVELS})


def readable(body: Mapping[str, Any], key: str) -> Any:
    """A field of an answer; teams come as objects."""
    return [team["id"] for team in body["teams"]] if key == "teams" else body[key]


def left_out(report: Report) -> set[str]:
    """The columns that the report names as not taken."""
    found = [re.match(r"column '(.+?)' is left out: ", warning) for warning in report.warnings]
    return {match[1] for match in found if match is not None}


@pytest.mark.parametrize("level", LEVELS)
def test_each_field_that_kimai_takes_has_a_value_here(level: Level) -> None:
    known = Known(("#c0c0c0", "#ff0000"), "01234567", 1, 1)
    cases = CASES[level](known)

    assert cases.keys() == FIELDS[level].keys()
    assert {key for key, case in cases.items() if case.update is None} == {
        key for key, field in FIELDS[level].items() if not field.changeable
    }


@pytest.mark.parametrize("level", LEVELS)
def test_every_field_that_this_kimai_takes_reads_back_as_the_file_has_it(imported: Imported, level: Level) -> None:
    wanted = {key: case.create.shown for key, case in imported.taken(level).items() if key not in WRITE_ONLY}
    shown = imported.shown[level]

    assert (imported.report.error, imported.report.exit_code) == (None, 0)
    assert wanted.keys() >= {"comment", "color", "visible", "billable"}
    assert {key: readable(shown, key) for key in wanted} == wanted


def test_what_this_kimai_does_not_take_is_told_and_nothing_else_is_left_out(imported: Imported) -> None:
    lacking = {f"{level}.{key}" for level in LEVELS for key in imported.cases[level].keys() - imported.forms[level]}

    assert left_out(imported.report) == lacking


def test_an_update_changes_every_changeable_field_and_a_second_one_nothing(imported: Imported, tmp_path: Path) -> None:
    live, name = imported.live, imported.name
    cells = {str(level): name for level in LEVELS}
    wanted: dict[Level, dict[str, Any]] = {}
    for level in LEVELS:
        updates = {key: case.update for key, case in imported.taken(level).items() if case.update is not None}
        cells |= {f"{level}.{key}": cell.written for key, cell in updates.items()}
        wanted[level] = {key: cell.shown for key, cell in updates.items()}
    file = write(tmp_path / "changed.csv", cells, cells.values())
    first = live.run(file, on_existing=OnExisting.UPDATE)
    shown = {level: live.only(level, name) for level in LEVELS}
    second = live.run(file, on_existing=OnExisting.UPDATE)

    assert (first.error, first.exit_code, counts(first, Kind.UPDATED)) == (None, 0, [1, 1, 1])
    assert {level: {key: shown[level][key] for key in wanted[level]} for level in LEVELS} == wanted
    assert (second.exit_code, counts(second, Kind.UPDATED), counts(second, Kind.EXISTS)) == (0, [0, 0, 0], [1, 1, 1])
    assert {level: live.only(level, name) for level in LEVELS} == shown


def test_an_address_in_one_cell_is_stored_in_the_lines_where_kimai_has_them(live: Live, tmp_path: Path) -> None:
    name = f"{live.prefix} address"
    form = live.form(Level.CUSTOMER)
    report = live.run(write(tmp_path / "a.csv", ("Customer", "Address"), (name, "Main Street 1\n50667 Köln")))
    shown = live.only(Level.CUSTOMER, name)

    assert report.exit_code == 0
    if "addressLine1" in form:
        assert (shown["addressLine1"], shown["addressLine2"]) == ("Main Street 1", "50667 Köln")
    elif "address" in form:
        assert shown["address"] == "Main Street 1\n50667 Köln"
    else:
        assert left_out(report) == {"Address"}


def meta(live: Live, level: Level, term: str) -> dict[str, Any]:
    return {item["name"]: item["value"] for item in live.only(level, term)["metaFields"]}


def test_custom_fields_are_set_changed_and_read_back(live: Live, tmp_path: Path) -> None:
    if not live.custom_fields:
        pytest.skip("name text fields of this Kimai in KIMAI_TEST_CUSTOM_FIELDS, such as customer.cost_centre")
    name = f"{live.prefix} custom"
    keys = [(level, key) for level, names in live.custom_fields.items() for key in names]
    heading = [*LEVELS, *(f"{level}.meta.{key}" for level, key in keys)]
    reports, seen = [], []
    for value in ("one", "two", "two"):
        file = write(tmp_path / "custom.csv", heading, [*[name] * 3, *[value] * len(keys)])
        reports.append(live.run(file, on_existing=OnExisting.UPDATE))
        seen.append({meta(live, level, name)[key] for level, key in keys})

    assert [report.exit_code for report in reports] == [0, 0, 0]
    assert seen == [{"one"}, {"two"}, {"two"}]
    assert [report.total(Kind.UPDATED) for report in reports] == [0, len(live.custom_fields), 0]


def test_a_custom_field_that_this_kimai_lacks_is_told_once_and_the_rows_go_in(live: Live, tmp_path: Path) -> None:
    name, unknown = f"{live.prefix} lacking", f"{live.prefix}-lacking"
    rows = [(f"{name} {number}", "one") for number in range(3)]
    report = live.run(write(tmp_path / "lacking.csv", ("Customer", f"customer.meta.{unknown}"), *rows))

    assert (report.exit_code, counts(report, Kind.CREATED)) == (0, [3, 0, 0])
    assert [f"no custom field '{unknown}' for customers" in warning for warning in report.warnings].count(True) == 1
