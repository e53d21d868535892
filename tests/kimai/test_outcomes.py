from __future__ import annotations

import json
import random
from typing import Any

import pytest

from kimai_async.kimai.outcomes import (
    Busy,
    Created,
    Fatal,
    Refused,
    Unclear,
    back_off,
    classify,
    describe,
    retry_after,
)

SENT = {"name": "Sales talk", "project": 7, "visible": True, "billable": True}
NOW = 1_000_000_000.0  # 2001-09-09 01:46:40 UTC


def answer(status: int, body: Any = b"", **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return classify(status, names, content, sent=SENT, now=NOW)


def test_a_created_row_has_its_id_and_number() -> None:
    assert answer(200, {"id": 5, "name": "Sales talk", "project": 7, "number": "0002"}) == Created(5, "0002")


@pytest.mark.parametrize("number", [{}, {"number": None}, {"number": ""}])
def test_a_created_row_may_have_no_number(number: dict[str, Any]) -> None:
    assert answer(200, {"id": 5, "name": "Sales talk", "project": 7, **number}) == Created(5, None)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"id": "5"}', b'{"id": 5}', b'{"id": 5, "name": "Sal', b"\xff\xfe", b"null"]
)
def test_200_with_another_body_is_unclear(body: bytes) -> None:
    assert isinstance(answer(200, body), Unclear)


@pytest.mark.parametrize(
    ("row", "field"),
    [({"name": "Other", "project": 7}, "name"), ({"name": "Sales talk", "project": None}, "project")],
)
def test_an_answer_about_another_row_is_unclear_and_says_whose_it_is(row: dict[str, Any], field: str) -> None:
    outcome = answer(200, {"id": 5, **row})

    assert isinstance(outcome, Unclear)
    assert outcome.shown == 5
    assert f"another {field}" in outcome.reason
    assert "(id 5)" in outcome.reason


@pytest.mark.parametrize("status", [429, 503])
def test_429_and_503_ask_to_wait_and_say_nothing_of_the_row(status: int) -> None:
    assert answer(status, retry_after="7") == Busy(
        f"{status} {'Too Many Requests' if status == 429 else 'Service Unavailable'}", 7.0
    )


@pytest.mark.parametrize("id_", ["true", "0", "-5", "5.0", "1e999", '"5"', "null", "[5]", '{"id": 5}', "9" * 5_000])
def test_what_is_no_whole_number_above_0_is_no_id(id_: str) -> None:
    outcome = answer(200, f'{{"id": {id_}, "name": "Sales talk", "project": 7}}'.encode())

    assert isinstance(outcome, Unclear)


def test_true_is_not_the_id_1_of_a_parent() -> None:
    row = b'{"id": 5, "name": "Sales talk", "project": true}'

    assert isinstance(classify(200, {}, row, sent={"name": "Sales talk", "project": 1}, now=NOW), Unclear)


def test_json_that_is_nested_beyond_all_measure_is_unclear_or_refused_and_no_error() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000

    assert isinstance(answer(200, deep), Unclear)
    assert isinstance(answer(400, deep), Refused)


@pytest.mark.parametrize("status", [408, 499, 500, 501, 502, 504, 520, 524, 529, 599, 201, 204, 100])
def test_what_a_proxy_may_say_after_the_row_was_stored_is_unclear(status: int) -> None:
    assert isinstance(answer(status, b"<html>oops"), Unclear)


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_fatal(status: int) -> None:
    assert isinstance(answer(status), Fatal)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_fatal_and_names_its_target(status: int) -> None:
    outcome = answer(status, location="https://kimai.example.com/\x1b[31m")

    assert isinstance(outcome, Fatal)
    assert "https://kimai.example.com/\\x1b[31m" in outcome.reason


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (
            400,
            {
                "code": 400,
                "message": "Validation Failed",
                "errors": {"children": {"name": {}, "project": {"errors": ["The selected choice is invalid."]}}},
            },
            "project: The selected choice is invalid.",
        ),
        (
            400,
            {
                "errors": {
                    "errors": ["This form should not contain extra fields."],
                    "children": {"name": {"errors": ["a", "b"]}},
                }
            },
            "This form should not contain extra fields.; name: a b",
        ),
        (400, {"code": 400, "message": "Bad Request"}, "400 Bad Request"),
        (404, {"code": 404, "message": "Not Found"}, "404 Not Found"),
        (410, {"message": "This endpoint was removed"}, "410 Gone: This endpoint was removed"),
        (405, b"", "405 Method Not Allowed"),
        (413, b"<html>too large", describe(413)),
        (400, [1], "400 Bad Request"),
        (400, {"errors": ["x"]}, "400 Bad Request"),
        (400, {"errors": {"errors": "x", "children": []}}, "400 Bad Request"),
    ],
)
def test_a_refusal_carries_kimais_reason_per_field(status: int, body: Any, reason: str) -> None:
    assert answer(status, body) == Refused(reason)


@pytest.mark.parametrize("code", [400, "400"])
def test_a_400_about_the_number_alone_says_that_the_number_is_taken(code: Any) -> None:
    body = {
        "code": code,
        "message": "x",
        "errors": {"children": {"name": {}, "number": {"errors": ["The number 0002 is already used."]}}},
    }

    assert answer(400, body) == Refused("number: The number 0002 is already used.", number_taken=True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 12 ", 12.0),
        ("999999999999999999", 300.0),
        ("Sun, 09 Sep 2001 01:47:00 GMT", 20.0),
        ("Sun, 09 Sep 2001 01:00:00 GMT", 0.0),
        ("Sun, 09 Sep 2035 01:00:00 GMT", 300.0),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("soon", None),
        ("", None),
        ("Sun, 99 Sep 2001 01:47:00 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date_and_capped(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value}, NOW) == seconds


def test_no_retry_after_leaves_the_wait_to_the_back_off() -> None:
    assert answer(503) == Busy("503 Service Unavailable", None)


def test_back_off_doubles_up_to_30_seconds_with_jitter_downwards() -> None:
    chance = random.Random(1)
    for attempt, most in enumerate([0.5, 1, 2, 4, 8, 16, 30, 30, 30]):
        assert all(most / 2 <= back_off(attempt, chance) <= most for _ in range(50))
    assert back_off(10_000, chance) <= 30
