"""Creates under way at the same time: nothing holds a number, and a pool of workers is a limit."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from sandbox_client import LEVELS, client_of, customer, errors, sandbox_of, tree_of_three
from virtual_clock import run

from kimai_async.sandbox import create_app

if TYPE_CHECKING:
    import httpx
    from starlette.applications import Starlette


def at_once(app: Starlette, bodies: list[dict[str, Any]], *, apart: float = 0.0) -> tuple[list[httpx.Response], float]:
    """Create all these customers at once, or each some virtual seconds after the one before."""
    answers: list[httpx.Response] = []

    async def post(client: httpx.AsyncClient, body: dict[str, Any], wait: float) -> None:
        await anyio.sleep(wait)
        answers.append(await client.post("/api/customers", json=body))

    async def main() -> None:
        async with client_of(app) as client, anyio.create_task_group() as tasks:
            for index, body in enumerate(bodies):
                tasks.start_soon(post, client, body, index * apart)

    return answers, run(main)[1]


def eight(**values: Any) -> list[dict[str, Any]]:
    return [customer(f"Customer {index}", **values) for index in range(8)]


def test_eight_creates_at_once_without_a_number_get_the_same_one() -> None:
    app = create_app("2.65.0", latency=1)
    answers, seconds = at_once(app, eight())
    assert [answer.status_code for answer in answers] == [200] * 8
    assert sandbox_of(app).numbers("customers") == ["0002"] * 8
    assert seconds == 1.0


def test_creates_that_overlap_are_refused_for_their_number_by_the_second_validation() -> None:
    app = create_app("2.65.0", latency=1)
    answers, _ = at_once(app, eight(), apart=0.25)
    outcome = Counter(answer.status_code for answer in answers)
    assert outcome[400] > 0
    assert outcome[200] == len(sandbox_of(app).numbers("customers")) == 8 - outcome[400]
    refused = next(answer for answer in answers if answer.status_code == 400).json()
    assert refused == {
        "code": "400",
        "message": "There was a problem saving.",
        "errors": {"children": {"number": {"errors": ["The number 0002 is already used."]}}},
    }


@pytest.mark.parametrize("number", [None, ""])
def test_no_create_fails_when_it_says_that_it_wants_no_number(number: str | None) -> None:
    app = create_app("2.65.0", latency=1)
    answers, _ = at_once(app, eight(number=number), apart=0.25)
    assert {answer.status_code for answer in answers} == {200}
    assert sandbox_of(app).numbers("customers") == [None] * 8


def test_no_create_fails_when_each_brings_its_own_number() -> None:
    app = create_app("2.65.0", latency=1)
    answers, _ = at_once(app, [customer(number=f"C-{index}") for index in range(8)], apart=0.25)
    assert {answer.status_code for answer in answers} == {200}
    assert len(set(sandbox_of(app).numbers("customers"))) == 8


def test_one_at_a_time_every_create_gets_the_next_number() -> None:
    app = create_app("2.65.0", latency=1)
    at_once(app, eight(), apart=2)
    assert sandbox_of(app).numbers("customers") == [f"{number:04d}" for number in range(2, 10)]


def test_before_2_63_creates_at_once_have_no_number_to_fight_for() -> None:
    app = create_app("2.62.0", latency=1)
    at_once(app, eight(), apart=0.25)
    assert sandbox_of(app).numbers("customers") == [None] * 8


def test_two_workers_need_four_rounds_for_eight_creates() -> None:
    answers, seconds = at_once(create_app("2.65.0", latency=1, workers=2), eight(number=None))
    assert len(answers) == 8
    assert seconds == 4.0


def test_a_latency_slows_creates_only() -> None:
    app = create_app("2.65.0", latency=1)

    async def main() -> None:
        async with client_of(app) as client:
            for path in ("ping", *LEVELS):
                assert (await client.get(f"/api/{path}")).status_code == 200
            assert (await client.post("/api/customers", json={})).status_code == 400

    assert run(main)[1] == 0.0


def test_a_number_that_is_taken_is_passed_over() -> None:
    app = create_app("2.65.0")
    at_once(app, [customer(number="0003"), customer(number=None), customer(number="0004")])
    at_once(app, [customer()])
    assert sandbox_of(app).numbers("customers")[-1] == "0005"


@pytest.mark.parametrize(("last", "expected"), [("0203", None), ("X-1", "0203")])
def test_after_101_taken_numbers_there_is_none(last: str, expected: str | None) -> None:
    app = create_app("2.65.0")
    at_once(app, [customer(number=f"{number:04d}") for number in range(103, 203)] + [customer(number=last)])
    at_once(app, [customer()])
    assert sandbox_of(app).numbers("customers")[-1] == expected


def test_an_overlap_is_looked_for_by_the_form_and_once_more_half_way_so_two_may_get_through() -> None:
    app = create_app(settings={"timesheet.rules.allow_overlapping_records": "0"}, latency=1)
    work = {"project": 1, "activity": 1, "begin": "2026-01-05T09:00:00", "end": "2026-01-05T10:00:00"}
    outcomes: dict[float, Any] = {}

    async def post(client: httpx.AsyncClient, wait: float) -> None:
        await anyio.sleep(wait)
        answer = await client.post("/api/timesheets", json=work)
        outcomes[wait] = answer.status_code if answer.status_code == 200 else answer.json()["errors"]["errors"]

    async def main() -> None:
        async with client_of(app) as client:
            await tree_of_three(client)
            async with anyio.create_task_group() as tasks:
                for wait in (0, 0.25, 0.75, 1.5):
                    tasks.start_soon(post, client, wait)
            assert await errors(client, "timesheets", work) == {"": ["You already have an entry for this time."]}

    run(main)
    assert outcomes == {
        0: 200,
        0.25: 200,
        0.75: ["Validation Failed"],
        1.5: ["You already have an entry for this time."],
    }
