"""Whole imports of files with more than names, over real sockets into the sandbox."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from importing import counts, get, named_posts, patches, post, run

from kimai_async import CsvError, Kind, Settings, UsageError
from kimai_async.choices import Match, Numbers, OnExisting
from kimai_async.fields.catalogue import FIELDS
from kimai_async.sandbox.http.answers import ApiError
from kimai_async.sandbox.serve import Serving, serving
from kimai_async.tree.nodes import LEVELS, Level

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

EVERYTHING: dict[Level, dict[str, tuple[str, Any]]] = {
    Level.CUSTOMER: {
        "number": ("K-7", "K-7"),
        "comment": ("Our first\nand best", "Our first\nand best"),
        "company": ("Acme Ltd", "Acme Ltd"),
        "contact": ("Ms Muster", "Ms Muster"),
        "vatId": ("DE123", "DE123"),
        "addressLine1": ("Main Street 1", "Main Street 1"),
        "addressLine2": ("2nd floor", "2nd floor"),
        "addressLine3": ("Yard", "Yard"),
        "postCode": ("12345", "12345"),
        "city": ("Köln", "Köln"),
        "buyerReference": ("991-1", "991-1"),
        "country": ("Austria", "AT"),
        "language": ("de-ch", "de_CH"),
        "currency": ("chf", "CHF"),
        "timezone": ("europe/vienna", "Europe/Vienna"),
        "phone": ("+43 1", "+43 1"),
        "fax": ("+43 2", "+43 2"),
        "mobile": ("+43 3", "+43 3"),
        "email": ("a@example.com", "a@example.com"),
        "invoiceEmail": ("b@example.com", "b@example.com"),
        "homepage": ("www.example.com", "https://www.example.com"),
        "color": ("silver", "#c0c0c0"),
        "budget": ("1.234,50", 1234.5),
        "timeBudget": ("1:30", 5400),
        "budgetType": ("month", "month"),
        "visible": ("yes", True),
        "billable": ("nein", False),
    },
    Level.PROJECT: {
        "number": ("P-7", "P-7"),
        "comment": ("Website", "Website"),
        "orderNumber": ("O-1", "O-1"),
        "orderDate": ("2026-01-02", "2026-01-02"),
        "start": ("2026-02-01", "2026-02-01"),
        "end": ("2026-12-31", "2026-12-31"),
        "globalActivities": ("no", False),
        "color": ("#FF0000", "#ff0000"),
        "budget": ("99", 99.0),
        "timeBudget": ("3600", 3600),
        "budgetType": ("month", "month"),
        "visible": ("1", True),
        "billable": ("0", False),
    },
    Level.ACTIVITY: {
        "number": ("A-7", "A-7"),
        "comment": ("Talk", "Talk"),
        "color": ("Blue", "#0000ff"),
        "budget": ("0,99", 0.99),
        "timeBudget": ("2h", 7200),
        "budgetType": ("month", "month"),
        "visible": ("off", False),
        "billable": ("on", True),
    },
}
"""Every field that can be read back: what the file says, and what Kimai shows then."""

WRITE_ONLY = {"invoiceText": "Thank you", "teams": "1", "invoiceTemplate": "1"}
NAMES = {Level.CUSTOMER: "Acme", Level.PROJECT: "Website", Level.ACTIVITY: "Design"}


def write(path: Path, heading: Iterable[str], *rows: Iterable[str], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([list(heading), *map(list, rows)])
    return path


def everything(path: Path) -> Path:
    cells = {f"{level}": NAMES[level] for level in LEVELS}
    for level in LEVELS:
        cells |= {f"{level}.{key}": written for key, (written, _) in EVERYTHING[level].items()}
        cells |= {f"{level} {key}": value for key, value in WRITE_ONLY.items() if key in FIELDS[level]}
    return write(path, cells.keys(), cells.values())


def problems(error: BaseException | None) -> list[str]:
    assert isinstance(error, CsvError)
    return [line.strip() for line in str(error).split("\n")[1:]]


def test_the_table_of_this_test_has_every_field() -> None:
    for level in LEVELS:
        assert {*EVERYTHING[level], *WRITE_ONLY} >= FIELDS[level].keys() - {"address"}


def test_every_field_is_set_and_reads_back_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    file = everything(tmp_path / "all.csv")
    with serving(record=True, teams=("Team A",), invoice_templates=1) as server:
        first = run(file, server)
        shown = {level: get(server, f"{level.plural}/1") for level in LEVELS}
        stored = {level: server.sandbox.store.rows(level.plural)[0].fields for level in LEVELS}
        server.sandbox.requests.clear()
        second = run(file, server, on_existing=OnExisting.UPDATE)

        assert (first.error, first.exit_code, first.warnings) == (None, 0, [])
        for level in LEVELS:
            wanted = {key: value for key, (_, value) in EVERYTHING[level].items()}
            assert {key: shown[level][key] for key in wanted} == wanted
            assert [team["id"] for team in shown[level]["teams"]] == [1]
            assert stored[level]["invoiceText"] == "Thank you"
        assert stored[Level.CUSTOMER]["invoiceTemplate"] == 1
        assert (counts(second, Kind.EXISTS), counts(second, Kind.UPDATED)) == ([1, 1, 1], [0, 0, 0])
        assert patches(server) == []
        assert second.warnings == [
            f"column '{level} {key}' is for new {level.plural} alone: what exists keeps its own"
            for level in LEVELS
            for key in WRITE_ONLY
            if key in FIELDS[level]
        ]


@pytest.mark.parametrize(
    ("level", "key", "written", "patch"),
    [
        (Level.CUSTOMER, "vatId", "DE999", {"vatId": "DE999"}),
        (Level.CUSTOMER, "timeBudget", "45m", {"timeBudget": "2700s"}),
        (Level.PROJECT, "end", "2027-01-31", {"end": "2027-01-31T00:00:00"}),
        (Level.PROJECT, "billable", "yes", {"billable": True}),
        (Level.ACTIVITY, "budget", "5", {"budget": 5.0}),
        (Level.ACTIVITY, "color", "Gold", {"color": "#ffd700"}),
    ],
)
def test_a_changed_cell_patches_one_field_once(
    tmp_path: Path, level: Level, key: str, written: str, patch: dict[str, Any]
) -> None:
    file = everything(tmp_path / "all.csv")
    with serving(record=True, teams=("Team A",), invoice_templates=1) as server:
        run(file, server)
        heading, row = csv.reader(file.read_text("utf-8").splitlines(keepends=True))
        row[heading.index(f"{level}.{key}")] = written
        write(file, heading, row)
        report = run(file, server, on_existing=OnExisting.UPDATE)
        again = run(file, server, on_existing=OnExisting.UPDATE)

        assert patches(server) == [(f"{level.plural}/1", patch)]
        assert counts(report, Kind.UPDATED) == [int(level is each) for each in LEVELS]
        assert report.exit_code == again.exit_code == again.total(Kind.UPDATED) == 0


def test_a_dry_run_counts_what_would_be_updated_and_sends_nothing(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer", "Company", "City"], ["Acme", "New Ltd", "Köln"], ["Other", "", ""])
    with serving(record=True) as server:
        post(server, "customers", name="Acme", company="Old Ltd", city="Köln")
        post(server, "customers", name="Other")
        report = run(file, server, on_existing=OnExisting.UPDATE, dry_run=True)

        assert (counts(report, Kind.UPDATED), counts(report, Kind.EXISTS)) == ([1, 0, 0], [1, 0, 0])
        assert patches(server) == []


def test_what_exists_is_left_alone_by_default(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer", "Company"], ["Acme", "New Ltd"])
    with serving(record=True) as server:
        post(server, "customers", name="Acme", company="Old Ltd")
        report = run(file, server)

        assert counts(report, Kind.EXISTS) == [1, 0, 0]
        assert get(server, "customers/1")["company"] == "Old Ltd"


def test_a_list_that_shows_all_that_could_differ_saves_a_request(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer", "Project", "Project start"], ["Acme", "Website", "2026-01-01"])
    with serving(record=True) as server:
        run(file, server)
        server.sandbox.requests.clear()
        run(file, server, on_existing=OnExisting.UPDATE)

        assert not any(request.path == "/api/projects/1" for request in server.sandbox.requests)


def test_with_fail_nothing_of_the_file_may_exist(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer", "Project"], ["Acme", "Website"], ["Bolt", ""])
    with serving(record=True) as server:
        post(server, "customers", name="Acme")
        report = run(file, server, on_existing=OnExisting.FAIL)

        assert report.exit_code == 2
        assert str(report.error).startswith(
            "1 thing that a.csv asks for is on the server already (--on-existing fail); nothing was sent."
        )
        assert problems(report.error) == ["line 2, Customer: 'Acme' is there, id 1"]
        assert len(named_posts(server)) == 1


def test_with_fail_a_name_that_stands_twice_is_there_too(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer"], ["Acme"], ["Bolt"])
    with serving(record=True) as server:
        post(server, "customers", name="Acme")
        post(server, "customers", name="Acme")
        report = run(file, server, on_existing=OnExisting.FAIL)

        assert problems(report.error) == ["line 2, Customer: 'Acme' is there, more than once"]
        assert len(named_posts(server)) == 2


def test_with_fail_a_file_of_new_things_goes_in(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer"], ["Acme"])
    with serving() as server:
        assert counts(run(file, server, on_existing=OnExisting.FAIL), Kind.CREATED) == [1, 0, 0]


@pytest.mark.parametrize("version", ["2.13.0", "2.20.1"])
def test_what_an_old_kimai_lacks_is_said_before_the_first_create_and_left_out(tmp_path: Path, version: str) -> None:
    file = everything(tmp_path / "all.csv")
    text = file.read_text("utf-8")  # 2.13 does not tell its colours' names
    file.write_text(text.replace("silver", "#c0c0c0").replace("#FF0000", "#ff0000").replace("Blue", "#0000ff"), "utf-8")
    with serving(version, record=True, teams=("Team A",), invoice_templates=1) as server:
        report = run(file, server, old=version == "2.13.0", numbers=Numbers.NONE)

        assert report.error is None
        lacking = ["addressLine1", "addressLine2", "addressLine3", "postCode"]
        expected = [f"'customer.{key}' is left out: customers have a {key} since Kimai 2.43" for key in lacking]
        expected += [f"'customer.{key}' is left out: customers have a {key} since Kimai 2.41" for key in ("city",)]
        expected += [f"customers have a {key} since Kimai 2.63" for key in ("language", "invoiceEmail")]
        if version == "2.13.0":
            expected += [f"{level.plural} have a number since Kimai 2.14" for level in LEVELS[1:]]
        for sentence in expected:
            assert any(sentence in warning for warning in report.warnings), sentence
        assert counts(report, Kind.CREATED) == [1, 1, 1]


def test_a_field_without_its_permission_is_said_once_and_left_out(tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.csv", ["Customer", "Budget", "Time budget"], *([f"Customer {n}", "5", "1h"] for n in range(9))
    )
    with serving(revoke=("budget_customer",)) as server:
        report = run(file, server)

        assert report.warnings == [
            "column 'Budget' is left out: susan_super may not set it; it takes the permission budget_customer"
        ]
        assert get(server, "customers/1")["timeBudget"] == 3600


def test_an_update_without_creates_knows_what_this_user_may_not_set(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer", "Company", "Budget"], ["Acme", "New", "5"])
    with serving(record=True, revoke=("budget_customer", "time_customer")) as server:
        post(server, "customers", name="Acme", company="Old")
        report = run(file, server, on_existing=OnExisting.UPDATE)

        assert report.warnings == [
            "column 'Budget' is left out: susan_super may not set it; it takes the permission budget_customer"
        ]
        assert patches(server) == [("customers/1", {"company": "New"})]


def test_who_may_change_but_not_create_can_update(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer", "Company"], ["Acme", "New"])
    with serving(record=True) as server:
        post(server, "customers", name="Acme", company="Old")

        async def forbids(request: Any, proceed: Any) -> Any:
            if request.method == "POST":
                raise ApiError(403)
            return await proceed()

        server.sandbox.around_call.append(forbids)
        report = run(file, server, on_existing=OnExisting.UPDATE)

        assert (report.exit_code, counts(report, Kind.UPDATED)) == (0, [1, 0, 0])


def test_seventeen_errors_get_seventeen_messages_in_one_run_and_nothing_is_sent(tmp_path: Path) -> None:
    heading = (
        *("Customer", "Project", "Activity", "Customer country", "Customer currency", "Customer timezone"),
        *("Customer email", "Customer homepage", "Customer company", "Customer visible", "Project start"),
        *(
            "Project end",
            "Project budget",
            "Project time budget",
            "Project budget type",
            "Activity color",
            "Project teams",
        ),
    )

    def row(line: int, **cells: str) -> list[str]:
        names = {"customer": f"Customer {line}", "project": f"Project {line}", "activity": f"Activity {line}"}
        given = {key.replace("_", ""): value for key, value in {**names, **cells}.items()}
        return [given.get(name.casefold().replace(" ", ""), "") for name in heading]

    wrong: list[tuple[dict[str, str], str, str, str]] = [
        ({"customer": ""}, "Customer", "empty", "--default-customer"),
        ({"project": ""}, "Project", "empty", "fill it in"),
        ({"activity": "X"}, "Activity", "'X'", "at least 2"),
        ({"customer_country": "Atlantis"}, "Customer country", "'Atlantis'", "DE"),
        ({"customer_currency": "Euros"}, "Customer currency", "'Euros'", "EUR"),
        ({"customer_timezone": "Berlin"}, "Customer timezone", "'Berlin'", "Europe/Berlin"),
        ({"customer_email": "nobody"}, "Customer email", "'nobody'", "@"),
        ({"customer_homepage": "a b"}, "Customer homepage", "'a b'", "https://"),
        ({"customer_company": "x" * 101}, "Customer company", "101 characters", "100"),
        ({"customer_visible": "maybe"}, "Customer visible", "'maybe'", "yes or no"),
        ({"project_start": "31.01.2026"}, "Project start", "'31.01.2026'", "--date-format"),
        ({"project_end": "2026-02-30"}, "Project end", "'2026-02-30'", "calendar"),
        ({"project_budget": "1,234"}, "Project budget", "'1,234'", "1234"),
        ({"project_time_budget": "1.5"}, "Project time budget", "'1.5'", "1:30"),
        ({"project_budget_type": "week"}, "Project budget type", "'week'", "month"),
        ({"activity_color": "#12345"}, "Activity color", "'#12345'", "#c0c0c0"),
        ({"project_start": "2026-02-01", "project_end": "2026-01-01"}, "Project end", "2026-01-01", "2026-02-01"),
    ]
    file = write(tmp_path / "a.csv", heading, *(row(line, **cells) for line, (cells, *_) in enumerate(wrong, 2)))
    with serving(record=True) as server:
        report = run(file, server)

        assert report.exit_code == 2
        found = sorted(problems(report.error), key=lambda text: int(text.split()[1].rstrip(",:")))
        assert len(found) == len(wrong) == 17
        for line, (text, (_, column, value, remedy)) in enumerate(zip(found, wrong, strict=True), 2):
            assert text.startswith(f"line {line}, {column}: "), text
            assert value in text, text
            assert remedy in text, text
        assert named_posts(server) == []


def test_values_that_only_the_server_can_judge_are_asked_before_the_first_create(tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.csv",
        ["Customer", "Language", "Color", "Teams"],
        ["Acme", "de", "Mauve", "1"],
        ["Bolt", "tlh", "Silver", "9"],
        ["Cargo", "de", "Gold", ""],
    )
    with serving(record=True, teams=("Team A",)) as server:
        report = run(file, server)

        assert problems(report.error)[1:] == [
            (
                "line 3, Language: 'tlh' is refused by the server: The selected choice is invalid. Give one of the "
                "languages of Kimai's interface, such as de or pt_BR."
            ),
            (
                "line 3, Teams: '9' is refused by the server: The selected choice is invalid. Give ids of teams that "
                "are there; kimai-api get teams lists them."
            ),
        ]
        assert problems(report.error)[0].startswith(
            "line 2, Color: 'Mauve' is none of this Kimai's colours; give one of Silver, Gray, Black"
        )
        assert named_posts(server) == []


def test_a_colour_beside_the_palette_becomes_the_nearest_with_a_warning(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer", "Color"], ["Acme", "#cccccc"], ["Bolt", "#cccccc"])
    with serving() as server:
        report = run(file, server)

        assert report.warnings == [
            "line 2, Color: '#cccccc' is none of this Kimai's colours; it becomes Silver, the nearest"
        ]
        assert get(server, "customers/2")["color"] == "#c0c0c0"


def test_a_kimai_that_does_not_tell_its_colours_is_asked_about_each(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer", "Color"], ["Acme", "#c0c0c0"], ["Bolt", "Mauve"])
    with serving("2.13.0", record=True) as server:
        report = run(file, server, old=True, country="DE", currency="EUR", timezone="UTC")

        assert problems(report.error) == [
            "line 3, Color: 'Mauve' is refused by the server: The selected choice is invalid."
        ]


def test_the_files_own_country_currency_and_timezone_do_for_an_old_kimai(tmp_path: Path) -> None:
    heading = ["Customer", "Country", "Currency", "Timezone"]
    file = write(tmp_path / "a.csv", heading, ["Acme", "DE", "EUR", "Europe/Berlin"])
    with serving("2.20.1") as server:
        assert counts(run(file, server), Kind.CREATED) == [1, 0, 0]
    write(file, heading, ["Acme", "DE", "EUR", "Europe/Berlin"], ["Bolt", "AT", "", ""])
    with serving("2.20.1") as server:
        report = run(file, server)
        assert "This Kimai needs --country, --currency, --timezone for new customers" in str(report.error)


def test_the_first_value_of_a_node_counts_and_a_different_later_one_is_a_warning(tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.csv",
        ["Customer", "Project", "Customer company"],
        *(["Acme", "P1", ""], ["Acme", "P2", "First"], ["Acme", "P3", "Second"], ["Acme", "P4", "First"]),
    )
    with serving() as server:
        report = run(file, server)

        assert report.warnings == [
            "line 4, Customer company: 'Second' differs from 'First' on line 3 for the same customer; line 3 counts"
        ]
        assert get(server, "customers/1")["company"] == "First"


def test_an_address_in_one_cell_goes_into_the_lines_that_kimai_has_now(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer", "Address"], ["Acme", "Main Street 1\nYard\n12345 Köln\nGermany"])
    with serving() as server:
        report = run(file, server)
        again = run(file, server, on_existing=OnExisting.UPDATE)
        shown = get(server, "customers/1")

        assert report.warnings == []
        assert [shown[f"addressLine{n}"] for n in (1, 2, 3)] == ["Main Street 1", "Yard", "12345 Köln, Germany"]
        assert again.total(Kind.UPDATED) == 0
    with serving("2.20.1") as server:
        run(file, server, country="DE", currency="EUR", timezone="UTC")
        assert get(server, "customers/1")["address"] == "Main Street 1\nYard\n12345 Köln\nGermany"


CUSTOM = {"customers": ("cost_centre",), "projects": ("contract",)}


def test_custom_fields_are_set_after_the_create_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.csv",
        ["Customer", "Project", "customer.meta.cost_centre", "project.meta.Contract"],
        ["Acme", "Website", "4711", "C 1"],
    )
    with serving(record=True, custom_fields=CUSTOM) as server:
        run(file, server)
        assert get(server, "customers/1")["metaFields"] == [{"name": "cost_centre", "value": "4711"}]
        assert get(server, "projects/1")["metaFields"] == [{"name": "contract", "value": "C 1"}]
        first = patches(server)
        again = run(file, server, on_existing=OnExisting.UPDATE)

        assert patches(server) == first
        assert again.total(Kind.UPDATED) == 0
        write(file, ["Customer", "customer.meta.cost_centre"], ["Acme", "4712"])
        assert counts(run(file, server, on_existing=OnExisting.UPDATE), Kind.UPDATED) == [1, 0, 0]
        assert patches(server)[2:] == [("customers/1/meta", {"name": "cost_centre", "value": "4712"})]


@pytest.mark.parametrize("concurrency", [1, 8])
def test_an_unknown_custom_field_is_found_out_once_and_told_once(tmp_path: Path, concurrency: int) -> None:
    rows = ([f"Customer {n}", f"{n}"] for n in range(50))
    file = write(tmp_path / "a.csv", ["Customer", "meta.nowhere"], *rows)
    with serving(record=True) as server:
        report = run(file, server, concurrency=concurrency)

        assert counts(report, Kind.CREATED) == [50, 0, 0]
        assert len(patches(server)) == 1
        assert report.warnings == [
            (
                "this Kimai has no custom field 'nowhere' for customers: the column is left out; add the field in "
                "Kimai, then import again with --on-existing update"
            )
        ]
        assert report.exit_code == 0


def test_rows_with_their_own_numbers_go_in_beside_rows_that_continue_the_sequence(tmp_path: Path) -> None:
    rows = ([f"Customer {n:02}", f"{n:04}" if n % 3 == 0 else ""] for n in range(1, 40))
    file = write(tmp_path / "a.csv", ["Customer", "Number"], *rows)
    with serving() as server:
        report = run(file, server)
        numbers = server.sandbox.numbers("customers")

        assert (report.exit_code, counts(report, Kind.CREATED)) == (0, [39, 0, 0])
        assert None not in numbers
        assert len(set(numbers)) == 39
        shown = {row["name"]: row["number"] for row in get(server, "customers")}
        assert all(shown[f"Customer {n:02}"] == f"{n:04}" for n in range(3, 40, 3))


def test_rows_that_all_have_numbers_do_not_go_one_at_a_time(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer", "Number"], *([f"Customer {n}", f"N{n}"] for n in range(40)))
    busiest = 0
    with serving() as server:

        async def watch(creation: Any, proceed: Any) -> Any:
            nonlocal busiest
            running.append(creation)
            busiest = max(busiest, len(running))
            answer = await proceed()
            running.remove(creation)
            return answer

        running: list[Any] = []
        server.sandbox.latency = 0.01
        server.sandbox.around_create.append(watch)
        run(file, server, concurrency=8)

    assert busiest == 8


def test_a_number_that_is_taken_is_a_refusal_of_its_row_alone(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer", "Number"], ["Acme", "K1"], ["Bolt", "K2"])
    with serving(record=True) as server:
        post(server, "customers", name="Other", number="K1")
        report = run(file, server, rejects=tmp_path / "r.csv")

        assert (counts(report, Kind.CREATED), counts(report, Kind.REFUSED)) == ([1, 0, 0], [1, 0, 0])
        reason = "number: The number K1 is already used. It is that of 'Other' (id 1); give another."
        assert reason in (tmp_path / "r.csv").read_text("utf-8")
        assert len(named_posts(server)) == 2


def test_one_number_for_two_refuses_the_second_with_both_lines(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer", "Number"], ["Acme", "k1"], ["Bolt", "K1"])
    with serving() as server:
        dry = run(file, server, dry_run=True)
        report = run(file, server)

        assert [(node.line, reason) for node, reason in report.failures.items()] == [
            (
                3,
                (
                    Kind.REFUSED,
                    "number: 'K1' is also the number of 'Acme' on line 2, and Kimai takes each once; give another.",
                ),
            )
        ]
        assert list(dry.failures.values()) == list(report.failures.values())
        assert (counts(dry, Kind.CREATED), counts(report, Kind.CREATED)) == ([1, 0, 0], [1, 0, 0])


def test_matched_by_number_a_renamed_customer_is_found_and_with_update_renamed(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer", "Number", "Company"], ["Acme Inc", "K1", "Acme"])
    with serving(record=True) as server:
        post(server, "customers", name="Acme Ltd", number="K1")
        left = run(file, server, match=Match.NUMBER)
        assert (counts(left, Kind.EXISTS), patches(server)) == ([1, 0, 0], [])
        update = run(file, server, match=Match.NUMBER, on_existing=OnExisting.UPDATE)
        again = run(file, server, match=Match.NUMBER, on_existing=OnExisting.UPDATE)

        assert patches(server) == [("customers/1", {"name": "Acme Inc", "company": "Acme"})]
        assert (counts(update, Kind.UPDATED), again.total(Kind.UPDATED)) == ([1, 0, 0], 0)


def test_matched_by_number_two_of_one_name_are_two_and_a_second_run_finds_both(tmp_path: Path) -> None:
    heading = ["Customer", "Customer number", "Project"]
    rows = [["Müller", "K1", "Alpha"], ["Müller", "K2", "Alpha"], ["Müller", "K2", "Beta"], ["Schmidt", "", "Alpha"]]
    file = write(tmp_path / "a.csv", heading, *rows)
    with serving() as server:
        report = run(file, server, match=Match.NUMBER)
        again = run(file, server, match=Match.NUMBER)

        assert counts(report, Kind.CREATED) == [3, 4, 0]
        assert (counts(again, Kind.CREATED), counts(again, Kind.EXISTS)) == ([0, 0, 0], [3, 4, 0])


def test_matched_by_number_what_has_the_name_but_no_number_yet_is_the_same(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer", "Number"], ["Acme", "K1"])
    with serving() as server:
        post(server, "customers", name="Acme", number="")
        report = run(file, server, match=Match.NUMBER, on_existing=OnExisting.UPDATE)

        assert counts(report, Kind.UPDATED) == [1, 0, 0]
        assert get(server, "customers/1")["number"] == "K1"


def test_matched_by_number_other_names_of_one_number_are_a_warning(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer", "Number"], ["Acme", "K1"], ["Acme Ltd", "K1"])
    with serving() as server:
        report = run(file, server, match=Match.NUMBER)

        assert report.warnings == ["line 3, Customer: 'Acme Ltd' has the number of 'Acme' on line 2, whose name counts"]
        assert counts(report, Kind.CREATED) == [1, 0, 0]


def test_matched_by_number_the_rejects_name_the_right_rows(tmp_path: Path) -> None:
    heading = ["Customer", "Customer number", "Project"]
    file = write(tmp_path / "a.csv", heading, ["Müller", "K1", "Alpha"], ["Müller", "K2", "Alpha"])
    with serving() as server:
        post(server, "customers", name="Other", number="K2")
        post(server, "customers", name="Twin", number="")
        report = run(file, server, match=Match.NUMBER, rejects=tmp_path / "r.csv")

        assert report.failed == 0
    with serving(revoke=()) as server:
        post(server, "customers", name="Müller", number="K2", visible=False)
        report = run(file, server, match=Match.NUMBER, rejects=tmp_path / "r2.csv")
        assert [row[-1] for row in csv.reader((tmp_path / "r2.csv").read_text("utf-8").splitlines())] == ["Line", "3"]


def test_activities_without_customer_and_project_are_global_when_allowed(tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.csv",
        ["Customer", "Project", "Activity", "Activity comment"],
        *(["", "", "Travel", "by train"], ["Acme", "Website", "Travel", ""], ["", "", "Admin", ""]),
    )
    with serving() as server:
        assert problems(run(file, server).error) == [
            "line 2, Customer: empty, but the row names an activity; fill it in, or give --global-activities",
            "line 4, Customer: empty, but the row names an activity; fill it in, or give --global-activities",
        ]
        report = run(file, server, global_activities=True)
        again = run(file, server, global_activities=True)
        everywhere = {row["name"]: row for row in get(server, "activities?visible=3") if row["project"] is None}

        assert counts(report, Kind.CREATED) == [1, 1, 3]
        assert counts(again, Kind.EXISTS) == [1, 1, 3]
        assert sorted(everywhere) == ["Admin", "Travel"]
        assert everywhere["Travel"]["comment"] == "by train"


def test_a_file_of_activities_alone_needs_the_option(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Activity"], ["Travel"])
    with serving(record=True) as server:
        refused = run(file, server)
        assert "a.csv, line 1: activities, but no column for their projects; found: 'Activity'." in str(refused.error)
        assert server.sandbox.requests == []
        assert counts(run(file, server, global_activities=True), Kind.CREATED) == [0, 0, 1]


def test_projects_without_a_customer_belong_to_the_default_one_when_there_is_one(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Client", "Project"], ["", "Inside"], ["Acme", "Website"], ["", ""])
    with serving() as server:
        assert problems(run(file, server).error) == [
            "line 2, Client: empty, but the row names a project; fill it in, or give --default-customer NAME"
        ]
        report = run(file, server, default_customer=" Internal ")

        assert counts(report, Kind.CREATED) == [2, 2, 0]
        assert server.sandbox.tree() == [("Acme",), ("Acme", "Website"), ("Internal",), ("Internal", "Inside")]


def test_rows_that_name_nothing_are_left_out_with_one_warning(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Client", "Hours"], ["Acme", "1"], ["", "2"], ["", "3"])
    with serving() as server:
        assert run(file, server).warnings[-1] == (
            "2 rows name no customer, project or activity and are left out (lines 3, 4)"
        )
    write(file, ["Client", "Country"], ["Acme", "DE"], ["", "AT"])
    with serving() as server:
        assert problems(run(file, server).error) == [
            "line 3, Country: given, but the row names no customer, project or activity; name one"
        ]


def hidden(server: Serving) -> None:
    post(server, "customers", name="Acme", visible=True)
    post(server, "projects", name="Website", customer=1, visible=True)
    post(server, "customers", name="Quiet", visible=True)
    for path in ("projects/1", "customers/1", "customers/2"):
        httpx.patch(
            f"{server.url}/api/{path}", json={"visible": False}, headers={"Authorization": f"Bearer {server.token}"}
        ).raise_for_status()


def test_hidden_parents_are_made_visible_only_when_asked_and_only_where_something_is_added(tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.csv", ["Customer", "Project", "Activity"], ["Acme", "Website", "Design"], ["Quiet", "", ""]
    )
    with serving(record=True) as server:
        hidden(server)
        refused = run(file, server, rejects=tmp_path / "r.csv")
        assert counts(refused, Kind.REFUSED) == [0, 0, 1]
        server.sandbox.requests.clear()
        report = run(file, server, show_hidden=True)

        assert patches(server) == [("customers/1", {"visible": True}), ("projects/1", {"visible": True})]
        assert (counts(report, Kind.CREATED), counts(report, Kind.UPDATED)) == ([0, 0, 1], [1, 1, 0])
        assert counts(report, Kind.EXISTS) == [1, 0, 0]
        assert get(server, "customers/2")["visible"] is False


def test_what_the_file_wants_hidden_gets_its_children_first(tmp_path: Path) -> None:
    heading = ["Customer", "Project", "Activity", "Customer visible", "Project visible"]
    file = write(tmp_path / "a.csv", heading, ["Acme", "Website", "Design", "no", "no"], ["Bolt", "", "", "no", ""])
    with serving(record=True) as server:
        report = run(file, server)
        again = run(file, server, on_existing=OnExisting.UPDATE)

        assert (report.exit_code, counts(report, Kind.CREATED)) == (0, [2, 1, 1])
        assert [get(server, f"customers/{n}")["visible"] for n in (1, 2)] == [False, False]
        assert get(server, "projects/1")["visible"] is False
        assert again.total(Kind.UPDATED) == 0
        write(file, heading, ["Acme", "Website", "More", "no", "no"])
        update = run(file, server, on_existing=OnExisting.UPDATE, show_hidden=True)
        assert (counts(update, Kind.CREATED), counts(update, Kind.UPDATED)) == ([0, 0, 1], [1, 1, 0])
        assert get(server, "customers/1")["visible"] is get(server, "projects/1")["visible"] is False


def test_a_hidden_parent_that_the_file_wants_visible_is_updated_and_filled(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer", "Customer visible", "Project"], ["Quiet", "yes", "New"])
    with serving(record=True) as server:
        hidden(server)
        report = run(file, server, on_existing=OnExisting.UPDATE)

        assert (counts(report, Kind.UPDATED), counts(report, Kind.CREATED)) == ([1, 0, 0], [0, 1, 0])


def test_sanitize_replaces_what_kimai_refuses_and_shows_what_became_of_what(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer", "Number"], ['The "A" <Team>', "N=1"], ["x = y", ""])
    with serving() as server:
        report = run(file, server, sanitize=True)
        again = run(file, server, sanitize=True)

        assert report.warnings == [
            "line 2, Customer: 'The \"A\" <Team>' becomes \"The 'A' \u2039Team\u203a\" (--sanitize)",
            "line 2, Number: the number 'N=1' becomes 'N-1' (--sanitize)",
            "line 3, Customer: 'x = y' becomes 'x - y' (--sanitize)",
        ]
        assert server.sandbox.tree() == [("The 'A' \u2039Team\u203a",), ("x - y",)]
        assert server.sandbox.numbers("customers")[0] == "N-1"
        assert (counts(again, Kind.EXISTS), counts(again, Kind.CREATED)) == ([2, 0, 0], [0, 0, 0])


def test_sanitize_refuses_to_make_two_names_one(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer"], ["x-y"], ["x=y"])
    with serving(record=True) as server:
        report = run(file, server, sanitize=True)

        assert problems(report.error) == ["line 3, Customer: 'x=y' would become 'x-y', the name on line 2; change one"]
        assert named_posts(server) == []


def test_sanitize_leaves_names_alone_that_an_older_kimai_takes(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer"], ["x=y"])
    with serving("2.20.1") as server:
        run(file, server, sanitize=True, country="DE", currency="EUR", timezone="UTC")
        assert server.sandbox.tree() == [("x=y",)]


def test_a_forbidden_number_is_a_problem_without_sanitize(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer", "Number"], ["Acme", "<1>"])
    with serving() as server:
        assert problems(run(file, server).error) == [
            "line 2, Number: '<1>' holds < >, which Kimai refuses since 2.54; change it, or give --sanitize"
        ]


def test_lookalikes_in_the_file_and_on_the_server_are_pointed_out_and_joined_on_request(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer", "Project"], ["acme", "Étude"], ["ACME", "Etude"], ["Bolt", ""])
    with serving() as server:
        post(server, "customers", name="Acme")
        report = run(file, server, dry_run=True)
        joined = run(file, server, match_case=False)

        assert report.warnings == [
            (
                "line 3, Customer: 'ACME' and 'acme' on line 2 differ only in letter case or accents, and become two; "
                "--match-case no makes them one"
            ),
            *(
                f"line {line}, Customer: '{name}' becomes a new customer beside 'Acme' (id 1); the two differ only in "
                "letter case or accents, and --match-case no takes them for one"
                for line, name in ((2, "acme"), (3, "ACME"))
            ),
        ]
        assert (counts(joined, Kind.EXISTS), counts(joined, Kind.CREATED)) == ([1, 0, 0], [1, 1, 0])
        assert server.sandbox.tree() == [("Acme",), ("Acme", "Étude"), ("Bolt",)]


def test_two_lookalikes_on_the_server_are_ambiguous_unless_one_is_exact(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer"], ["acme"])
    with serving() as server:
        post(server, "customers", name="Acme")
        post(server, "customers", name="ACME")
        report = run(file, server, match_case=False, rejects=tmp_path / "r.csv")
        assert counts(report, Kind.REFUSED) == [1, 0, 0]
        post(server, "customers", name="acme")
        assert counts(run(file, server, match_case=False), Kind.EXISTS) == [1, 0, 0]


def test_rejects_come_back_in_the_inputs_encoding_delimiter_and_columns(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("Kunde;Kundennummer;Ort\r\nMüller;K1;Köln\r\nGrün;K2;Düren\r\n".encode("cp1252"))
    with serving() as server:
        post(server, "customers", name="Ünique", number="K2")
        report = run(file, server)
        assert report.rejects == tmp_path / "a.rejects.csv"
        text = report.rejects.read_bytes().decode("cp1252")

        assert text.splitlines()[0] == "Kunde;Kundennummer;Ort;Reason;Line"
        assert text.splitlines()[1].startswith("Grün;K2;Düren;")
        report.rejects.write_bytes(text.replace("K2", "K3").encode("cp1252"))
        assert counts(run(report.rejects, server), Kind.CREATED) == [1, 0, 0]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_rejects_of_unicode_files_have_their_mark_again(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("Customer\tNumber\n李雷\tK1\n".encode(encoding))
    with serving() as server:
        post(server, "customers", name="Other", number="K1")
        report = run(file, server)

        assert report.rejects is not None
        assert report.rejects.read_bytes()[:2] == file.read_bytes()[:2]
        assert "李雷\tK1\t" in report.rejects.read_bytes().decode(encoding)


def test_a_field_of_something_that_the_row_does_not_name_is_a_problem(tmp_path: Path) -> None:
    heading = ["Customer", "Project", "Project start", "Project visible"]
    file = write(tmp_path / "a.csv", heading, ["Acme", "", "2026-01-01", " "], ["Acme", "Website", " ", ""])
    with serving() as server:
        assert problems(run(file, server).error) == [
            "line 2, Project start: '2026-01-01', but the row names no project; name it or leave this empty"
        ]


def test_a_long_project_number_is_cut_as_the_plugin_does_with_a_warning(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer", "Project", "ProjectNumber"], ["Acme", "Website", "2026-WEB-00017"])
    with serving() as server:
        report = run(file, server)

        assert report.warnings == [
            "line 2, ProjectNumber: '2026-WEB-00017' is cut to '2026-WEB-0': Kimai takes 10 characters"
        ]
        assert server.sandbox.numbers("projects") == ["2026-WEB-0"]


def test_dates_in_another_format_are_read_when_it_is_named(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer", "Project", "Start"], ["Acme", "Website", "31.01.2026"])
    with serving() as server:
        run(file, server, date_format="%d.%m.%Y")
        assert get(server, "projects/1")["start"] == "2026-01-31"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"date_format": "%H:%M"}, "--date-format '%H:%M' names no day"),
        ({"date_format": "%d.%m"}, "--date-format '%d.%m' names no day"),
        ({"date_format": "%Q"}, "--date-format '%Q' names no day"),
        ({"date_format": "%d.%m.%Y, %d"}, "--date-format '%d.%m.%Y, %d' names no day"),
        ({"date_format": "%d.%m.%Y\ud800"}, "names no day"),
        ({"time_format": "%d.%m.%Y"}, "--time-format '%d.%m.%Y' names no time of day"),
        ({"time_format": "%d.%m.%Y %H:%M"}, "--time-format '%d.%m.%Y %H:%M' names no time of day and nothing else"),
        ({"time_format": "%I:%M"}, "--time-format '%I:%M' names no time of day"),
        ({"time_format": "%M"}, "names no time of day"),
        ({"time_format": "%Q"}, "--time-format '%Q' names no time of day"),
        ({"time_format": "%H:%H"}, "names no time of day"),
        ({"time_format": ""}, "--time-format '' names no time of day"),
        ({"day_begin": "24:00"}, "--day-begin takes a time of day such as 09:00, not '24:00'."),
        ({"day_begin": "9"}, "--day-begin takes a time of day such as 09:00, not '9'."),
        ({"entry_timezone": "Berlin"}, "--entry-timezone takes a name such as Europe/Berlin, not 'Berlin'."),
        ({"rounding": "up"}, "--rounding 'up': it takes none, or a mode and minutes"),
        ({"rounding": "floor:0:61"}, "--rounding 'floor:0:61': minutes are 0 to 60."),
        ({"default_customer": " x "}, "--default-customer takes a name of 2 to 150 characters."),
        ({"columns": {"foo": "Bar"}}, "--column knows no 'foo'"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        Settings(url="https://kimai.example.com", token="x", **settings)
    assert sentence in str(caught.value)


@pytest.mark.parametrize("time_format", ["%H.%M", "%H", "%H:%M:%S", "%I:%M %p", "%Hh%M", "%H:%M %z", "at %H:%M"])
def test_a_time_format_is_taken_that_tells_the_hour(time_format: str) -> None:
    assert Settings(url="https://kimai.example.com", token="x", time_format=time_format).time_format == time_format


@pytest.mark.parametrize("date_format", ["%d.%m.%Y", "%d %b %Y", "%d.%m.%Y %Hh%M %z", "%Y%m%dT%H%M"])
def test_a_date_format_is_taken_that_tells_the_day_with_or_without_the_time(date_format: str) -> None:
    assert Settings(url="https://kimai.example.com", token="x", date_format=date_format).date_format == date_format


def test_a_token_that_dies_amid_updates_ends_the_run_and_the_next_one_goes_on(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ["Customer", "Company"], *([f"Customer {n}", "New"] for n in range(12)))
    with serving() as server:
        for n in range(12):
            post(server, "customers", name=f"Customer {n}", company="Old")
        dead = []

        async def dies(request: Any, proceed: Any) -> Any:
            if request.method == "PATCH":
                dead.append(request)
                if len(dead) > 5:
                    raise ApiError(401)
            return await proceed()

        server.sandbox.around_call.append(dies)
        report = run(file, server, on_existing=OnExisting.UPDATE, concurrency=2)
        server.sandbox.around_call.clear()
        again = run(file, server, on_existing=OnExisting.UPDATE)

        assert report.exit_code == 3
        assert report.total(Kind.UPDATED) == 5
        assert report.pending[Level.CUSTOMER] == again.total(Kind.UPDATED) == 7
