"""Time entries beside answers that are not what they seem, on real sockets: nothing double, nothing lost, no bug."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from importing import run
from odd_proxy import Exchange, Odd, http, odd_proxy

from kimai_async import Kind, Report, Waiting
from kimai_async.create import bookings
from kimai_async.sandbox.serve import serving
from kimai_async.tree.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kimai_async.sandbox.serve import Serving

NEEDED: dict[str, Any] = {"country": "DE", "currency": "EUR", "timezone": "Europe/Berlin", "timesheets": True}
PATH = "/api/timesheets"
PEOPLE = ("susan_super", "john_user", "anna_admin")
DAY = datetime(2026, 1, 5, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kimai_async.create.bookings.back_off", lambda attempt, chance: 0.01)
    monkeypatch.setattr("kimai_async.create.pause.back_off", lambda attempt, chance: 0.01)
    monkeypatch.setattr("kimai_async.kimai.tries.back_off", lambda attempt, chance: 0.01)
    monkeypatch.setattr(bookings, "LATE_SECONDS", 0.3)


def write(path: Path, entries: int, *, equal: int = 2) -> Path:
    """So many entries of three people in their order, half an hour each; *equal* ones stand together."""
    lines = ["Date,From,To,User,Customer,Project,Activity,Description"]
    for number in range(entries):
        begin = DAY + timedelta(minutes=30 * (number // equal))
        times = f"{begin:%Y-%m-%d},{begin:%H:%M},{begin + timedelta(minutes=30):%H:%M}"
        lines.append(f"{times},{PEOPLE[number // equal % 3]},Acme,Web,Task {number // equal % 4},Work")
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path


def stored(server: Serving) -> Counter[tuple[Any, ...]]:
    rows = server.sandbox.store.entries.all()
    return Counter((row.user, row.begin, row.end, row.activity, row.description) for row in rows)


def through(server: Serving, odd: Odd, file: Path, **options: Any) -> Report:
    with odd_proxy(server, odd) as url:
        return run(file, server, **{"url": url, **NEEDED, **options})


def assert_all_there(report: Report, server: Serving, entries: int, equal: int = 2) -> None:
    assert (report.error, report.exit_code, report.failures, report.twins) == (None, 0, {}, {})
    assert (report.unclear, report.incomplete) == ({}, {})
    assert set(stored(server).values()) == {equal}
    assert stored(server).total() == entries


def books(exchange: Exchange) -> bool:
    return exchange.creates and exchange.path == PATH


def lists(exchange: Exchange) -> bool:
    return exchange.method == "GET" and exchange.path == PATH


@pytest.mark.parametrize("bad", [True, 1.0, 0, -4, "7", None, [3], 10**30])
def test_an_id_that_is_none_doubles_nothing(tmp_path: Path, bad: Any) -> None:
    file = write(tmp_path / "e.csv", 24)

    def odd(exchange: Exchange) -> bytes:
        wrong = books(exchange) and exchange.number % 4 == 0
        return exchange.answer(body={**exchange.json, "id": bad} if wrong else None)

    with serving() as server:
        report = through(server, odd, file)

        assert report.exit_code in (0, 3)
        assert_all_there(report, server, 24)


def test_two_creates_that_are_answered_with_one_id_double_nothing(tmp_path: Path) -> None:
    file = write(tmp_path / "e.csv", 24)
    first: list[int] = []

    def odd(exchange: Exchange) -> bytes:
        if not books(exchange):
            return exchange.answer()
        first.append(exchange.json["id"])
        return exchange.answer(body={**exchange.json, "id": first[0]})

    with serving() as server:
        assert_all_there(through(server, odd, file), server, 24)


def test_an_id_of_an_entry_that_was_there_before_is_not_believed(tmp_path: Path) -> None:
    """As by a cache that answers a create with what it has kept of an equal one."""
    with serving() as server:
        run(write(tmp_path / "one.csv", 12, equal=1), server, **NEEDED)

        def odd(exchange: Exchange) -> bytes:
            if not books(exchange) or exchange.number % 3:
                return exchange.answer()
            return exchange.answer(body={**exchange.json, "id": 1})

        report = through(server, odd, write(tmp_path / "two.csv", 24))

        assert_all_there(report, server, 24)


@pytest.mark.parametrize("what", ["the one before", "somebody's", "another time", "nothing of it"])
def test_a_200_that_shows_another_entry_doubles_nothing(tmp_path: Path, what: str) -> None:
    file = write(tmp_path / "e.csv", 24)
    before: list[Any] = []

    def odd(exchange: Exchange) -> bytes:
        if not books(exchange):
            return exchange.answer()
        before.append(exchange.json)
        if exchange.number % 5:
            return exchange.answer()
        shown = {
            "the one before": before[-2] if len(before) > 1 else before[-1],
            "somebody's": {**exchange.json, "user": 3},
            "another time": {**exchange.json, "begin": "2020-01-01T00:00:00+0000"},
            "nothing of it": {"id": exchange.json["id"]},
        }
        return exchange.answer(body=shown[what])

    with serving() as server:
        assert_all_there(through(server, odd, file), server, 24)


@pytest.mark.parametrize("late", ["the own answer", "a 503", "a 400"])
def test_one_answer_too_many_on_a_kept_connection_doubles_and_refuses_nothing(tmp_path: Path, late: str) -> None:
    refusal = b'{"code": 400, "message": "Validation Failed", "errors": {"errors": ["no"], "children": {"begin": {}}}}'
    more: dict[str, Callable[[Exchange], bytes]] = {
        "the own answer": Exchange.answer,
        "a 503": lambda _: http(503),
        "a 400": lambda _: http(400, refusal),
    }

    def odd(exchange: Exchange) -> bytes | list[bytes]:
        if not books(exchange) or exchange.number % 7:
            return exchange.answer()
        first = http(502, b"Bad Gateway", "text/html") if late == "the own answer" else exchange.answer()
        return [first, more[late](exchange)]

    file = write(tmp_path / "e.csv", 60)
    with serving() as server:
        assert_all_there(through(server, odd, file), server, 60)


def _pages(exchange: Exchange, **headers: Any) -> bytes:
    return exchange.answer(headers={name.replace("_", "-"): str(value) for name, value in headers.items()})


def test_a_list_without_the_headers_of_its_pages_is_read_to_its_end(tmp_path: Path) -> None:
    """As behind a proxy that lets no unknown headers through."""
    file = write(tmp_path / "e.csv", 1200, equal=1)
    with serving() as server:
        run(file, server, concurrency=16, **NEEDED)
        report = through(server, _pages, file)

        assert report.counts[Kind.EXISTS][Level.ENTRY] == 1200
        assert_all_there(report, server, 1200, equal=1)


LIES: dict[str, Callable[[Exchange], bytes]] = {
    "every page is the first": lambda each: each.answer(headers={**each.headers, "x-page": "1"}),
    "no page says which it is, and there are two too many": lambda each: _pages(each, x_total_pages=4),
    "there is only one page": lambda each: _pages(each, x_page=each.query["page"], x_total_pages=1),
    "there are no pages": lambda each: _pages(each, x_page=each.query["page"], x_total_pages=0),
    "the count is none": lambda each: _pages(each, x_total_pages=2, x_total_count="many"),
    "the count is too low": lambda each: _pages(each, x_total_pages=2, x_total_count=5),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_list_whose_pages_lie_doubles_nothing(tmp_path: Path, lie: str) -> None:
    file = write(tmp_path / "e.csv", 800)
    with serving() as server:
        run(file, server, concurrency=16, **NEEDED)
        report = through(server, lambda each: LIES[lie](each) if lists(each) else each.answer(), file)

        assert report.exit_code in (0, 3)
        assert (stored(server).total(), set(stored(server).values())) == (800, {2})


def test_a_server_that_answers_every_page_with_the_first_loses_no_entry(tmp_path: Path) -> None:
    """As a cache that does not look at the query; the second half of the file is missing on the server."""
    half, whole = write(tmp_path / "half.csv", 700), write(tmp_path / "whole.csv", 1400)
    first: list[bytes] = []
    with serving() as server:
        run(half, server, concurrency=16, **NEEDED)

        def odd(exchange: Exchange) -> bytes:
            if not lists(exchange) or exchange.query.get("size") == "1":
                return exchange.answer()
            first.append(exchange.body)
            shown = {**exchange.headers, "x-page": exchange.query["page"], "x-total-pages": "2", "x-total-count": "700"}
            return http(200, first[0], headers=shown)

        report = through(server, odd, whole)
        run(whole, server, concurrency=16, **NEEDED)

        assert report.exit_code == 3
        assert (stored(server).total(), set(stored(server).values())) == (1400, {2})


def test_a_list_that_never_ends_is_given_up(tmp_path: Path) -> None:
    file = write(tmp_path / "e.csv", 20)
    asked: list[int] = []
    with serving() as server:
        run(file, server, **NEEDED)

        def odd(exchange: Exchange) -> bytes:
            if not lists(exchange):
                return exchange.answer()
            page = int(exchange.query["page"])
            asked.append(page)
            shown = {"x-page": str(page), "x-total-pages": str(page + 1), "x-total-count": str(20 * page + 20)}
            rows = exchange.json if page == 1 else [{**_row(), "id": 100 + page}]
            return http(200, json.dumps(rows).encode(), headers=shown)

        report = through(server, odd, file)

        assert report.exit_code in (0, 3)
        assert len(asked) < 200
        assert stored(server).total() == 20


def _row() -> dict[str, Any]:
    times = {"begin": "2026-01-05T08:00:00+0000", "end": "2026-01-05T08:30:00+0000", "duration": 1800}
    return {**times, "user": 1, "project": 1, "activity": 1, "description": "Work", "tags": []}


DEEP = "[" * 100_000 + "]" * 100_000
ODD_VALUES = ["5", "1e999", "-1e999", "[]", "{}", "true", '"ninety"', "1" * 30, "null", DEEP]


@pytest.mark.parametrize(
    "key", ["id", "user", "project", "activity", "begin", "end", "description", "duration", "tags", "billable"]
)
def test_whatever_stands_in_a_row_of_a_list_ends_with_a_sentence_and_doubles_nothing(tmp_path: Path, key: str) -> None:
    file = write(tmp_path / "e.csv", 12)
    with serving() as server:
        run(file, server, **NEEDED)
        for value in ODD_VALUES:
            report = through(server, _in_rows(key, value), file)

            assert report.exit_code in (0, 1, 3), (value[:20], report.error)
            assert "Traceback" not in str(report.error)
            if report.exit_code == 0:
                again = run(file, server, **NEEDED)
                assert again.counts[Kind.EXISTS][Level.ENTRY] == 12


def _in_rows(key: str, value: str) -> Odd:
    def odd(exchange: Exchange) -> bytes:
        if not lists(exchange):
            return exchange.answer()
        rows = [{**row, key: "odd"} for row in exchange.json]
        return http(200, json.dumps(rows).replace('"odd"', value).encode(), headers=exchange.headers)

    return odd


@pytest.mark.parametrize("key", ["id", "user", "begin", "end", "description", "duration", "tags"])
def test_whatever_stands_in_the_answer_to_a_create_doubles_nothing(tmp_path: Path, key: str) -> None:
    values = ODD_VALUES[key == "id" :]  # 5 may be an id
    file = write(tmp_path / "e.csv", 2 * len(ODD_VALUES))
    with serving() as server:

        def odd(exchange: Exchange) -> bytes:
            if not books(exchange) or not exchange.number % 2:
                return exchange.answer()
            value = values[exchange.number // 2 % len(values)]
            return http(200, json.dumps({**exchange.json, key: "odd"}).replace('"odd"', value).encode())

        assert_all_there(through(server, odd, file), server, 2 * len(ODD_VALUES))


SHAPES = ["5", "[]", "{}", "null", "true", '"text"', "[5]", "[null]", "[[]]", '[{"id": true, "username": 5}]', DEEP, ""]


@pytest.mark.parametrize("path", ["/api/users", "/api/users/me", "/api/tags", "/api/config/timesheet", PATH])
def test_users_tags_and_rules_of_another_shape_end_with_a_sentence_before_anything_is_sent(
    tmp_path: Path, path: str
) -> None:
    file = tmp_path / "e.csv"
    file.write_text(
        "Date,From,To,User,Customer,Project,Activity,Tags\n2026-01-05,09:00,10:00,john_user,Acme,Web,Design,one\n"
    )
    for shape in SHAPES:
        with serving() as server:

            def odd(exchange: Exchange, shape: str = shape) -> bytes:
                shown = exchange.path == path and exchange.method == "GET"
                return http(200, shape.encode()) if shown else exchange.answer()

            report = through(server, odd, file)

            assert report.exit_code in (0, 2, 3) or report.incomplete, (shape[:20], report.error)
            seen = path == PATH and shape == "[]"  # one is stored, and is not shown
            assert report.exit_code == 0 or seen or stored(server).total() == 0
            assert stored(server).total() <= 1


@pytest.mark.parametrize("shape", SHAPES)
def test_an_empty_create_that_is_answered_in_another_shape_ends_before_anything_is_sent(
    tmp_path: Path, shape: str
) -> None:
    file = write(tmp_path / "e.csv", 2)
    with serving() as server:

        def odd(exchange: Exchange) -> bytes:
            empty = exchange.method == "POST" and exchange.path == PATH and exchange.status == 400
            return http(400, shape.encode()) if empty else exchange.answer()

        report = through(server, odd, file)

        assert report.exit_code in (2, 3)
        assert stored(server).total() == 0


def test_entries_that_kimai_refuses_are_refused_with_its_reason_and_without_a_doubt(tmp_path: Path) -> None:
    """Each over a used connection, and so asked once more over a fresh one."""
    file = write(tmp_path / "e.csv", 20, equal=1)
    refuses = {"timesheet.rules.allow_overlapping_records": "0", "timesheet.rules.allow_zero_duration": "0"}
    with serving(settings=refuses) as server:
        run(file, server, **NEEDED)
        doubled = write(tmp_path / "twice.csv", 20, equal=2)
        told: list[Any] = []
        report = run(doubled, server, listeners=[told.append], rejects=tmp_path / "r.csv", **NEEDED)

        assert report.error is None
        assert {reason for _, reason in report.failures.values()} == {"You already have an entry for this time."}
        assert set(stored(server).values()) == {1}
        assert not any(isinstance(event, Waiting) and event.seconds > 1 for event in told)
