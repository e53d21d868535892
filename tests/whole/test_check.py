"""`--check`: 0 if the server has all that the file says, else 1 with each difference named; nothing is ever sent."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
from importing import get, post
from trees import write_rows

from kimai_async import Settings, UsageError
from kimai_async.choices import OnExisting
from kimai_async.sandbox.serve import Serving, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commands import Command, Result

CSV = Path(__file__).parents[1] / "csv"
CUSTOM_FIELDS = {
    "customers": ("kostenstelle", "cost_centre"),
    "projects": ("kostenstelle", "cost_centre", "vertrag"),
    "activities": ("kostenstelle",),
}
CASES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(CSV.glob("*.json"))}
TAKEN = [name for name, case in CASES.items() if "refused" not in case]
NEEDED = ("--country", "DE", "--currency", "EUR", "--timezone", "Europe/Berlin")


@pytest.fixture
def server() -> Iterator[Serving]:
    with serving(record=True) as running:
        yield running


def change(server: Serving, path: str, **body: Any) -> None:
    answer = httpx.patch(f"{server.url}/api/{path}", json=body, headers={"Authorization": f"Bearer {server.token}"})
    assert answer.status_code == 200, answer.text


def check(command: Command, server: Serving, file: Path, *options: str) -> Result:
    server.sandbox.requests.clear()
    result = command(file, "--check", "--json", *options, "--url", server.url, KIMAI_TOKEN=server.token)
    assert {request.method for request in server.sandbox.requests} <= {"GET"}
    assert result.lines[0]["type"] == "run"
    assert result.lines[-1].get("exit_code") == result.code
    return result


def found(result: Result) -> list[Any]:
    return result.lines[1:-1]


@pytest.mark.parametrize("name", TAKEN)
def test_after_the_import_of_a_file_the_server_has_all_that_it_says(command: Command, name: str) -> None:
    file, options = CSV / f"{name}.csv", CASES[name]["options"]
    with serving(record=True, custom_fields=CUSTOM_FIELDS, teams=("Team A", "Team B"), invoice_templates=2) as server:
        command(file, *options, "--url", server.url, KIMAI_TOKEN=server.token)
        result = check(command, server, file, *options, "--extra")

    assert (result.code, found(result)) == (0, [])


@pytest.mark.parametrize("version", ["2.13.0", "2.20.1", "2.44.0", "2.65.0"])
def test_on_every_version_nothing_differs_after_an_import(command: Command, version: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(
        'Customer,Address,Project,Start,Activity,Time budget\nAA,"Way 1\nBack\nTop",PP,2026-01-31,XX,1:30\n', "utf-8"
    )
    with serving(version) as server:
        login = ["--url", server.url, *NEEDED]
        token = server.token
        if version == "2.13.0":
            login += ["--user", server.user]
            token = server.api_password
        assert command(file, *login, KIMAI_TOKEN=token).code == 0
        result = command(file, "--check", *login, KIMAI_TOKEN=token)

    assert result.code == 0, result.err
    assert result.err.splitlines()[-1] == "The server has all that a.csv says."


CHANGES: list[tuple[str, dict[str, Any], tuple[str, Any]]] = [
    ("customers/1", {"comment": "another"}, ("comment", "another")),
    ("customers/1", {"number": "K-9"}, ("number", "K-9")),
    ("customers/1", {"company": ""}, ("company", None)),
    ("customers/1", {"vatId": "DE1"}, ("vatId", "DE1")),
    ("customers/1", {"addressLine1": "Elsewhere 2"}, ("addressLine1", "Elsewhere 2")),
    ("customers/1", {"country": "AT"}, ("country", "AT")),
    ("customers/1", {"currency": "USD"}, ("currency", "USD")),
    ("customers/1", {"timezone": "Asia/Tokyo"}, ("timezone", "Asia/Tokyo")),
    ("customers/1", {"budget": "7"}, ("budget", 7.0)),
    ("customers/1", {"timeBudget": "1h"}, ("timeBudget", 3600)),
    ("customers/1", {"budgetType": None}, ("budgetType", None)),
    ("customers/1", {"color": "#000000"}, ("color", "#000000")),
    ("customers/1", {"billable": True}, ("billable", True)),
    ("customers/1/meta", {"name": "kostenstelle", "value": "1"}, ("meta.kostenstelle", "1")),
    ("projects/1", {"start": "2025-01-01T00:00:00"}, ("start", "2025-01-01")),
    ("projects/1", {"orderNumber": "X"}, ("orderNumber", "X")),
    ("projects/1", {"globalActivities": True}, ("globalActivities", True)),
    ("projects/1", {"comment": "new"}, ("comment", "new")),
    ("activities/1", {"comment": "new"}, ("comment", "new")),
    ("activities/1", {"budget": "1"}, ("budget", 1.0)),
]


@pytest.mark.parametrize(("path", "body", "expected"), CHANGES, ids=lambda value: str(value)[:40])
def test_after_each_change_on_the_server_it_is_named(
    command: Command, path: str, body: dict[str, Any], expected: tuple[str, Any]
) -> None:
    file = CSV / "all-fields.csv"
    with serving(record=True, custom_fields=CUSTOM_FIELDS, teams=("Team A", "Team B"), invoice_templates=2) as server:
        command(file, "--url", server.url, KIMAI_TOKEN=server.token)
        change(server, path, **body)
        result = check(command, server, file)

    assert result.code == 1
    (line,) = found(result)
    assert (line["type"], line["field"], line["server"]) == ("differs", *expected)
    assert (line["level"].rstrip("ys")[:6], line["id"]) == (path.partition("/")[0][:6], 1)
    assert line["file"] not in (None, "")


def test_what_is_missing_hidden_twice_or_beside_is_named_in_the_order_of_the_file(
    command: Command, server: Serving, tmp_path: Path
) -> None:
    file = write_rows(tmp_path / "a.csv", "AA,PP,XX", "BB,QQ,YY", "Twice,RR", "CC")
    command(write_rows(tmp_path / "b.csv", "AA,PP,XX", "BB"), "--url", server.url, KIMAI_TOKEN=server.token)
    for _ in range(2):
        post(server, "customers", name="Twice", country="DE", currency="EUR", timezone="Europe/Berlin")
    other = post(server, "projects", name="Other", customer=1)["id"]
    post(server, "activities", name="Below other", project=other)
    post(server, "activities", name="Beside", project=1)
    change(server, "customers/2", visible=False)
    result = check(command, server, file, "--extra")

    hidden = "the customer 'BB' (id 2) is hidden, and Kimai adds nothing below a hidden customer; give --show-hidden"
    assert [(line["type"], line["path"], line.get("ids") or line.get("id")) for line in found(result)] == [
        ("twin", ["Twice"], [3, 4]),
        ("missing", ["CC"], None),
        ("missing", ["BB", "QQ"], None),
        ("missing", ["Twice", "RR"], None),
        ("extra", ["AA", "Other"], other),
        ("missing", ["BB", "QQ", "YY"], None),
        ("extra", ["AA", "Other", "Below other"], 2),
        ("extra", ["AA", "PP", "Beside"], 3),
    ]
    assert found(result)[2]["reason"].startswith(hidden)
    summary = result.lines[-1]
    assert (summary["check"], summary["exit_code"]) == (True, 1)
    assert summary["missing"] == {"customer": 1, "project": 2, "activity": 1}
    assert summary["extra"] == {"customer": 0, "project": 1, "activity": 2}


def test_a_person_reads_a_table_and_a_line_for_each_difference(
    command: Command, server: Serving, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_text("Customer,Comment,Visible,Project\nAA,one,yes,PP\nBB,,,\n", "utf-8")
    columns = ("--column", "customer.comment=Comment", "--column", "customer.visible=Visible")
    login = ("--url", server.url, *columns)
    command(file, *login, KIMAI_TOKEN=server.token)
    change(server, "customers/1", comment="", visible=False)
    for _ in range(2):
        post(server, "customers", name="Twice", country="DE", currency="EUR", timezone="Europe/Berlin")
    post(server, "projects", name="Beside", customer=2)
    with file.open("a", encoding="utf-8") as more:
        more.write("Twice,,,\nCC,,,\n")
    result = command(file, "--check", "--extra", *login)

    assert result.code == 1
    assert result.out == ""
    assert result.err.splitlines()[-10:] == [
        "line 2: customer AA (id 1) differs: 'Comment' is 'one' in the file and empty on the server",
        "line 2: customer AA (id 1) differs: 'Visible' is 'yes' in the file and 'no' on the server",
        "line 4: customer Twice is there 2 times (ids 3 and 4)",
        "line 5: customer CC is missing",
        "project BB > Beside (id 2) is on the server alone",
        "            missing  differs    twice    extra",
        "customers         1        2        1        0",
        "projects          0        0        0        1",
        "activities        0        0        0        0",
        "The server differs from a.csv: 1 missing, 2 differs, 1 twice, 1 extra.",
    ]
    quiet = command(file, "--check", "--quiet", *login)
    assert quiet.err.splitlines()[-1].startswith("The server differs from a.csv: ")
    assert "customers  " not in quiet.err


def test_many_findings_are_cut_unless_asked_for(command: Command, server: Serving, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "a.csv", *(f"Customer {number}" for number in range(205)))
    login = ("--url", server.url)
    few = command(file, "--check", *login, KIMAI_TOKEN=server.token)
    assert "and 5 more; --verbose shows all" in few.err
    assert command(file, "--check", "--verbose", *login).err.count("is missing") == 205


def test_a_check_twice_says_the_same_to_the_letter(command: Command, server: Serving, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    rows = [f"C{number},{number}" for number in range(40)]
    file.write_text("\n".join(["Customer,Company", *rows]), "utf-8")
    command(file, "--url", server.url, KIMAI_TOKEN=server.token)
    file.write_text("\n".join(["Customer,Company", *(f"{row}!" for row in rows)]), "utf-8")
    first, second = (found(check(command, server, file)) for _ in range(2))

    assert first == second
    assert [line["line"] for line in first] == list(range(2, 42))


def test_by_number_another_name_differs(command: Command, server: Serving, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("Customer,Customer number\nAA,K-1\n", "utf-8")
    command(file, "--url", server.url, KIMAI_TOKEN=server.token)
    file.write_text("Customer,Customer number\nBB,K-1\n", "utf-8")
    (line,) = found(check(command, server, file, "--match", "number"))

    assert (line["field"], line["heading"], line["file"], line["server"]) == ("name", "Customer", "BB", "AA")


def test_a_custom_field_that_kimai_does_not_show_is_said_and_not_compared(
    command: Command, server: Serving, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_text("Customer,Customer meta.secret\nAA,1\nBB,2\n", "utf-8")
    login = ("--url", server.url, "--column", "customer.meta.secret=Customer meta.secret")
    command(file, *login, KIMAI_TOKEN=server.token)
    result = command(file, "--check", *login)

    assert result.code == 0
    assert result.err.count("shows no custom field 'secret' for customers: it cannot be compared") == 1


def test_a_file_that_cannot_be_meant_is_no_difference(command: Command, server: Serving, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("Customer,Country\nAA,Narnia\n", "utf-8")
    result = command(file, "--check", "--json", "--url", server.url, KIMAI_TOKEN=server.token)

    assert result.code == result.lines[-1]["exit_code"] == 2
    assert "Narnia" in result.err


def test_a_token_that_may_not_create_may_check(command: Command, server: Serving, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "a.csv", "AA")
    result = command(file, "--check", "--url", server.url, KIMAI_TOKEN="tony-token-0123456789")

    assert result.code == 1
    assert "line 2: customer AA is missing" in result.err
    assert get(server, "customers") == []


def test_extra_goes_with_check_alone_and_a_check_is_a_dry_run_that_compares() -> None:
    with pytest.raises(UsageError, match="--extra goes with --check"):
        Settings(url="https://kimai.example.com", token="sesame", extra=True)
    chosen = Settings(url="https://kimai.example.com", token="sesame", check=True)
    assert (chosen.dry_run, chosen.on_existing) == (True, OnExisting.UPDATE)


def test_an_interrupted_check_says_so(
    command: Command, server: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def check_file(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await anyio.sleep_forever()

    monkeypatch.setattr("kimai_async.importer.check_file", check_file)
    file = write_rows(tmp_path / "a.csv", "AA")
    result = command(file, "--check", "--url", server.url, KIMAI_TOKEN=server.token)

    assert result.code == 130
    assert result.err.splitlines()[-1] == "Interrupted; the check is not complete."
