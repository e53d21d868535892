"""Answers that are not what they seem, on real sockets: nothing is double, nothing is lost, nothing is misplaced."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from importing import counts, run
from odd_proxy import Exchange, Odd, http, odd_proxy
from trees import write_tree

from kimai_async import Kind, Report, TwinsFound
from kimai_async.choices import OnExisting
from kimai_async.create import doubts
from kimai_async.sandbox.faults.injector import Faults
from kimai_async.sandbox.serve import serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kimai_async.sandbox.serve import Serving

NEEDED: dict[str, Any] = {"country": "DE", "currency": "EUR", "timezone": "Europe/Berlin"}
VERSIONS = pytest.mark.parametrize("version", ["2.20.1", "2.65.0"])  # without numbers, and with


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("create.doubts", "create.pause", "kimai.tries"):
        monkeypatch.setattr(f"kimai_async.{module}.back_off", lambda attempt, chance: 0.01)
    monkeypatch.setattr(doubts, "LATE_SECONDS", 0.4)


def through(server: Serving, odd: Odd, file: Path, **options: Any) -> Report:
    with odd_proxy(server, odd) as url:
        return run(file, server, **{"url": url, **NEEDED, **options})


def assert_all_there(report: Report, server: Serving, paths: list[tuple[str, ...]]) -> None:
    assert (report.exit_code, report.failures, report.twins, report.unclear) == (0, {}, {}, {})
    assert server.sandbox.tree() == paths
    assert sum(counts(report, Kind.CREATED)) == len(paths)


@VERSIONS
def test_creates_that_are_stored_and_then_answered_503_or_429_are_there_once(tmp_path: Path, version: str) -> None:
    paths = write_tree(tmp_path / "t.csv", 12, 5, 10)
    faults = Faults(rates={"store-then-503": 0.05, "store-then-429": 0.05}, retry_after=0)
    with serving(version, faults=faults) as server:
        report = run(tmp_path / "t.csv", server, **NEEDED)

        assert len(paths) == 672
        assert faults.counts.total() > 30
        assert_all_there(report, server, paths)


@VERSIONS
@pytest.mark.parametrize("late", ["the own answer", "a 503", "a 400"])
def test_one_answer_too_many_on_a_kept_connection_doubles_and_refuses_nothing(
    tmp_path: Path, version: str, late: str
) -> None:
    """A proxy answers 502 and hands on what the server said after all; or says more than it was asked."""
    refusal = b'{"code": 400, "message": "Validation Failed", "errors": {"children": {"name": {"errors": ["bad"]}}}}'
    more: dict[str, Callable[[Exchange], bytes]] = {
        "the own answer": Exchange.answer,
        "a 503": lambda _: http(503),
        "a 400": lambda _: http(400, refusal),
    }

    def odd(exchange: Exchange) -> bytes | list[bytes]:
        if not exchange.creates or exchange.number % 9:
            return exchange.answer()
        first = http(502, b"Bad Gateway", "text/html") if late == "the own answer" else exchange.answer()
        return [first, more[late](exchange)]

    paths = write_tree(tmp_path / "t.csv", 5, 4, 6)
    with serving(version) as server:
        report = through(server, odd, tmp_path / "t.csv")

        if (late, version) != ("a 400", "2.20.1"):
            assert_all_there(report, server, paths)
        # Without a number a create that was wrongly refused and is sent again may double the row; that is named.
        assert (report.failures, set(server.sandbox.tree())) == ({}, set(paths))
        assert {node.path for node in report.twins} == set(server.sandbox.twins())


@VERSIONS
def test_lists_that_are_old_double_nothing_when_answers_are_lost(tmp_path: Path, version: str) -> None:
    paths = write_tree(tmp_path / "t.csv", 5, 4, 6)
    faults = Faults(rates={"store-then-drop": 0.05, "store-then-502": 0.05}, seed=4, lists_behind=0.25)
    with serving(version, faults=faults) as server:
        report = run(tmp_path / "t.csv", server, **NEEDED)

        assert faults.counts.total() > 5
        assert_all_there(report, server, paths)


@VERSIONS
@pytest.mark.parametrize("bad", [True, 1.0, 0, -4, "7", None, 10**30, [3]])
def test_an_id_that_is_none_misplaces_nothing(tmp_path: Path, version: str, bad: Any) -> None:
    paths = write_tree(tmp_path / "t.csv", 2, 2, 3)

    def odd(exchange: Exchange) -> bytes:
        wrong = exchange.creates and exchange.number % 4 == 0 and bad != 10**30
        return exchange.answer(body={**exchange.json, "id": bad} if wrong else None)

    with serving(version) as server:
        assert_all_there(through(server, odd, tmp_path / "t.csv"), server, paths)


@VERSIONS
def test_two_creates_that_are_answered_with_one_id_misplace_nothing(tmp_path: Path, version: str) -> None:
    paths = write_tree(tmp_path / "t.csv", 3, 2, 3)
    first: dict[str, Any] = {}

    def odd(exchange: Exchange) -> bytes:
        if not exchange.creates:
            return exchange.answer()
        first.setdefault(exchange.path, exchange.json["id"])
        return exchange.answer(body={**exchange.json, "id": first[exchange.path]})

    with serving(version) as server:
        assert_all_there(through(server, odd, tmp_path / "t.csv"), server, paths)


def test_a_list_that_repeats_a_row_names_no_twin(tmp_path: Path) -> None:
    paths = write_tree(tmp_path / "t.csv", 3, 2, 3)

    def odd(exchange: Exchange) -> bytes:
        if exchange.method != "GET" or not isinstance(exchange.json, list):
            return exchange.answer()
        return exchange.answer(body=[*exchange.json, *exchange.json[:2]])

    with serving() as server:
        run(tmp_path / "t.csv", server)
        report = through(server, odd, tmp_path / "t.csv")

        assert (report.exit_code, report.failures) == (0, {})
        assert counts(report, Kind.EXISTS) == [3, 6, 18]
        assert len(paths) == 27


def test_a_create_that_is_sent_again_keeps_its_number_and_leaves_no_gap(tmp_path: Path) -> None:
    paths = write_tree(tmp_path / "t.csv", 5, 4, 6)
    faults = Faults(rates={"503": 0.1, "store-then-503": 0.1, "drop-before": 0.1}, retry_after=0)
    with serving(faults=faults, record=True) as server:
        report = run(tmp_path / "t.csv", server)

        assert_all_there(report, server, paths)
        for level in ("customers", "projects", "activities"):
            numbers = sorted(number or "" for number in server.sandbox.numbers(level))
            assert numbers == [f"{count:04}" for count in range(2, len(numbers) + 2)]


def test_a_twin_that_a_server_makes_all_the_same_is_named_and_ends_with_1(tmp_path: Path) -> None:
    """A server that allows one number for several rows: Kimai can be set to that."""
    write_tree(tmp_path / "t.csv", 2, 2, 3)
    told: list[Any] = []

    with serving() as server:

        def odd(exchange: Exchange) -> bytes:
            if exchange.creates and exchange.number == 15:
                row = server.sandbox.store.get("activities", exchange.json["id"])
                assert row is not None
                server.sandbox.store.insert("activities", row.parent, {**row.fields})
                return http(503)
            return exchange.answer()

        # One lane: what the test stores from its own thread must not fall into another create's transaction.
        report = through(server, odd, tmp_path / "t.csv", listeners=[told.append], concurrency=1)

        assert report.exit_code == 1
        assert {node.path for node in report.twins} == set(server.sandbox.twins())
        assert len([event for event in told if isinstance(event, TwinsFound)]) == len(server.sandbox.twins()) == 1


COMPARED = ("comment", "budget", "timeBudget", "budgetType", "color", "visible", "billable", "number", "metaFields")


def in_place_of(odd: str, path: str, keys: tuple[str, ...] = COMPARED) -> Callable[[Exchange], bytes]:
    """Show *odd*, a piece of JSON, in fields of the rows of a list, or of one row."""

    def answer(exchange: Exchange) -> bytes:
        rows = exchange.json if isinstance(exchange.json, list) else [exchange.json]
        if exchange.method != "GET" or not exchange.path.startswith(path):
            return exchange.answer()
        shown = [{key: "odd" if key in keys else value for key, value in row.items()} for row in rows]
        text = json.dumps(shown if isinstance(exchange.json, list) else shown[0]).replace('"odd"', odd)
        return http(200, text.encode())

    return answer


@pytest.mark.parametrize("odd", ["5", "1.5e300", "[]", "[3, null]", "{}", '{"a": {}}', "true", '"ninety"', "1" * 30])
@pytest.mark.parametrize("path", ["/api/projects/", "/api/projects"])
def test_odd_values_in_a_row_are_told_once_and_the_file_counts(tmp_path: Path, path: str, odd: str) -> None:
    file = tmp_path / "t.csv"
    headings = "Customer,Project,Project comment,Project budget,Project time budget,Project color,Billable"
    values = "Rent,99.50,1:30,#c0c0c0,yes"
    file.write_text(f"{headings}\nAcme,Website,{values}\nAcme,Shop,{values}\n")
    keys = ("comment", "budget", "timeBudget", "color", "billable") if path.endswith("/") else ("comment",)

    with serving() as server:
        run(file, server)
        changed = file.read_text().replace("Rent", "Lease")
        file.write_text(changed)
        report = through(server, in_place_of(odd, path, keys), file, on_existing=OnExisting.UPDATE)
        again = run(file, server, on_existing=OnExisting.UPDATE)

        assert (report.exit_code, report.total(Kind.UPDATED)) == (0, 2)
        assert (again.exit_code, again.total(Kind.UPDATED)) == (0, 0)
        fields = [text.split(" field ")[1].split()[0] for text in report.warnings if "something odd" in text]
        assert len(fields) == len(set(fields))
        assert odd.startswith('"') or "comment" in fields


def test_a_number_beyond_all_bounds_in_a_row_ends_the_run_with_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("Customer,Comment\nAcme,Rent\n")

    with serving() as server:
        run(file, server)
        report = through(server, in_place_of("1e999", "/api/customers"), file, on_existing=OnExisting.UPDATE)

        assert report.exit_code == 3
        assert "a list of customers of another shape" in str(report.error)
