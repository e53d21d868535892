"""How the number of lanes adapts, under the virtual clock."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import anyio
import pytest
from fake_kimai import FakeKimai
from virtual_clock import run

from kimai_async.create.engine import Engine
from kimai_async.create.lanes import BUDGET, PROBE_AFTER, PROBE_AFTER_MOST, RETRY_COST, Lanes
from kimai_async.create.numbers import Numbering, Numbers
from kimai_async.events import Event, Kind, LanesChanged, Settled, Waiting
from kimai_async.kimai.outcomes import Again, Outcome, Unclear
from kimai_async.stop import Stop
from kimai_async.tree.nodes import Level, Node, Tree

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def on_a_clock(test: Callable[[Lanes, list[int]], Awaitable[None]], most: int = 8) -> None:
    async def go() -> None:
        seen: list[int] = []
        await test(
            Lanes(most, lambda event: seen.append(event.lanes) if isinstance(event, LanesChanged) else None), seen
        )

    run(go)


def answer(lanes: Lanes, times: int) -> None:
    for index in range(times):
        lanes.answered(Node(f"{index}", None, 2))


def test_overload_halves_the_lanes_down_to_one() -> None:
    async def test(lanes: Lanes, seen: list[int]) -> None:
        for _ in range(5):
            await anyio.sleep(1)
            lanes.overloaded(anyio.current_time())
        assert seen == [4, 2, 1]
        assert lanes.in_use == 1

    on_a_clock(test)


def test_requests_that_were_under_way_together_halve_the_lanes_once() -> None:
    async def test(lanes: Lanes, seen: list[int]) -> None:
        sent_at = anyio.current_time()
        await anyio.sleep(1)
        for _ in range(8):
            lanes.overloaded(sent_at)
        assert seen == [4]

    on_a_clock(test)


def test_the_lanes_grow_by_one_a_turn_up_to_what_was_too_much() -> None:
    async def test(lanes: Lanes, seen: list[int]) -> None:
        lanes.overloaded(anyio.current_time())
        answer(lanes, 4 + 5 + 6)
        assert seen == [4, 5, 6, 7]
        answer(lanes, 1_000)
        assert lanes.in_use == 7

    on_a_clock(test)


def test_what_was_too_much_is_tried_again_after_a_quiet_time_that_doubles_when_it_fails() -> None:
    async def test(lanes: Lanes, seen: list[int]) -> None:
        lanes.overloaded(anyio.current_time())
        waited = []
        for _ in range(6):
            answer(lanes, 100)
            since = anyio.current_time()
            while lanes.in_use < 8:
                await anyio.sleep(1)
                answer(lanes, 1)
            waited.append(anyio.current_time() - since)
            await anyio.sleep(0.5)
            lanes.overloaded(anyio.current_time())
        assert waited == [PROBE_AFTER, 2 * PROBE_AFTER, 4 * PROBE_AFTER, 8 * PROBE_AFTER, *[PROBE_AFTER_MOST] * 2]

    on_a_clock(test)


def test_a_spent_budget_leaves_one_lane_until_rows_get_in() -> None:
    async def test(lanes: Lanes, seen: list[int]) -> None:
        nodes = [Node(str(index), None, 2) for index in range(BUDGET // RETRY_COST)]
        for node in nodes:
            lanes.retry(node)
        assert lanes.in_use == 1
        lanes.answered(Node("new", None, 2))
        assert lanes.in_use == 1
        for node in nodes:
            lanes.answered(node)
        assert lanes.in_use > 1

    on_a_clock(test)


def import_rows(kimai: FakeKimai, rows: int, lanes: int) -> tuple[list[Event], float]:
    events: list[Event] = []

    async def go() -> None:
        tree = Tree()
        nodes = [tree.add(f"customer {index}", index + 2) for index in range(rows)]
        engine = Engine(
            kimai, lanes=lanes, give_up_after=300, listener=events.append, stop=Stop(), chance=random.Random(3)
        )
        numbering = Numbering(Level.CUSTOMER, Numbers(), accepted=False, send_null=False)
        await engine.create(Level.CUSTOMER, nodes, numbering, lambda node: {"number": f"K{node.line}"})
        assert engine.error is None
        assert engine.open == {}

    _, seconds = run(go)
    assert sum(isinstance(event, Settled) and event.kind is Kind.CREATED for event in events) == rows
    assert kimai.twins == []
    return events, seconds


@pytest.mark.parametrize("rows", [300, 2_000])
def test_a_server_that_allows_2_at_a_time_is_filled_by_32_lanes_nearly_as_fast_as_by_2(rows: int) -> None:
    _, right = import_rows(FakeKimai(seconds=0.05, at_most=2), rows, 2)
    kimai = FakeKimai(seconds=0.05, at_most=2)
    events, many = import_rows(kimai, rows, 32)

    print(f"{rows} rows: 2 lanes {right:.1f} s, 32 lanes {many:.1f} s, {kimai.overloads} refused")  # noqa: T201
    assert many <= 1.5 * right
    assert kimai.overloads <= 80
    assert any(isinstance(event, Waiting) for event in events)


def test_answers_that_come_too_late_halve_the_lanes_too() -> None:
    late = Unclear("no answer in time", overload=True)
    events, _ = import_rows(FakeKimai(script=lambda count, node: late if count == 5 else None), 20, 8)

    assert LanesChanged(4, 8) in events


def test_a_lost_connection_does_not_halve_the_lanes() -> None:
    lost: Outcome = Unclear("connection lost")
    refused: Outcome = Again("connection refused")
    events, _ = import_rows(FakeKimai(script=lambda count, node: {5: lost, 9: refused}.get(count)), 20, 8)

    assert not any(isinstance(event, LanesChanged) for event in events)
