"""Changes to what is there: each is made, or told of; none ends the run unless the server is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import anyio.lowlevel
import pytest
from fake_kimai import FakeKimai

from kimai_async.create.engine import Engine
from kimai_async.create.patches import Patcher
from kimai_async.errors import AccessError, OverloadedError
from kimai_async.events import Event, Incomplete, Kind, Settled, Warned
from kimai_async.fields.bodies import Change
from kimai_async.kimai.outcomes import Refusal
from kimai_async.stop import Stop
from kimai_async.survey.changes import Update
from kimai_async.tree.nodes import Level, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kimai_async.kimai.client import KimaiClient

Answer = Any


class FakeClient:
    """Remembers every change, and answers as it is told; it takes a second for each."""

    def __init__(self, answer: Answer) -> None:
        self.sent: list[tuple[str, Any]] = []
        self.busy = self.busiest = 0
        self._answer = answer

    async def patch(self, level: Level, entity_id: int, body: Mapping[str, Any]) -> Refusal | None:
        return await self._send(f"{level.plural}/{entity_id}", dict(body))

    async def set_custom_field(self, level: Level, entity_id: int, name: str, value: str) -> Refusal | None:
        return await self._send(f"{level.plural}/{entity_id}/meta", (name, value))

    async def _send(self, path: str, what: Any) -> Refusal | None:
        self.sent.append((path, what))
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        await anyio.lowlevel.checkpoint()
        self.busy -= 1
        answer: Refusal | None = self._answer(path, what)
        return answer


class Run:
    """Changes to customers 1, 2, …, over some lanes."""

    def __init__(self, count: int, answer: Answer = lambda path, what: None, *, lanes: int = 4) -> None:
        tree = Tree()
        self.nodes = [tree.add(f"Customer {n}", n + 1) for n in range(1, count + 1)]
        for number, node in enumerate(self.nodes, 1):
            node.id = number
        self.client = FakeClient(answer)
        self.events: list[Event] = []
        self._lanes = lanes

    def go(self, do: Callable[[Patcher, Engine], Any]) -> Engine:
        async def main() -> Engine:
            engine = Engine(FakeKimai(), lanes=self._lanes, give_up_after=300, listener=self.events.append, stop=Stop())
            await do(Patcher(cast("KimaiClient", self.client), engine.sender, self.events.append), engine)
            return engine

        return anyio.run(main)

    def update(self, *changes: Change, **options: bool) -> Engine:
        updates = [Update(node, change, **options) for node, change in zip(self.nodes, changes, strict=True)]
        return self.go(lambda patcher, engine: patcher.update(Level.CUSTOMER, updates))

    @property
    def settled(self) -> list[tuple[str, Kind]]:
        return [(event.node.name, event.kind) for event in self.events if isinstance(event, Settled)]

    @property
    def incomplete(self) -> list[tuple[str, str]]:
        return [(event.node.name, event.reason) for event in self.events if isinstance(event, Incomplete)]


REFUSED = Refusal(400, "company: too long")


def test_changes_go_over_the_lanes_and_settle_as_updated() -> None:
    run = Run(9)
    run.update(*[Change({"company": "x"}, {"a": "b"})] * 9)

    assert run.client.busiest == 4
    assert len(run.client.sent) == 18
    assert sorted(run.settled) == [(node.name, Kind.UPDATED) for node in run.nodes]


def test_a_refused_change_is_told_and_the_rest_goes_on() -> None:
    run = Run(2, lambda path, what: REFUSED if path == "customers/1" else None)
    run.update(Change({"company": "x"}), Change({"company": "y"}))

    assert run.incomplete == [("Customer 1", "the server refuses the change: company: too long")]
    assert run.settled == [("Customer 1", Kind.EXISTS), ("Customer 2", Kind.UPDATED)]


def test_a_refused_custom_field_is_told_each_time() -> None:
    run = Run(2, lambda path, what: Refusal(400, "value: no"))
    run.update(*[Change(meta={"a": "b"})] * 2)

    assert run.incomplete == [(node.name, "its custom field a is not set: value: no") for node in run.nodes]


def test_an_unknown_custom_field_is_tried_once_and_a_known_one_every_time() -> None:
    run = Run(9, lambda path, what: Refusal(404, "404 Not Found") if what[0] == "nowhere" else None)
    run.update(*[Change(meta={"nowhere": "x", "known": "y"})] * 9)

    assert sorted(what[0] for _, what in run.client.sent) == [*["known"] * 9, "nowhere"]
    assert {kind for _, kind in run.settled} == {Kind.UPDATED}
    assert sum(isinstance(event, Warned) for event in run.events) == 1
    assert run.incomplete == []


def test_nothing_but_an_unknown_custom_field_is_no_update() -> None:
    run = Run(3, lambda path, what: Refusal(404, "404 Not Found"))
    run.update(*[Change(meta={"nowhere": "x"})] * 3)

    assert {kind for _, kind in run.settled} == {Kind.EXISTS}


@pytest.mark.parametrize("what", [{"body": {"company": "x"}}, {"meta": {"a": "b"}}])
def test_a_token_that_is_no_longer_taken_ends_the_run_and_leaves_the_rest_open(what: dict[str, Any]) -> None:
    def dead(path: str, what: Any) -> None:
        raise AccessError("The server refuses the token.")

    run = Run(20, dead, lanes=2)
    engine = run.update(*[Change(**what)] * 20)

    assert isinstance(engine.error, AccessError)
    assert len(run.client.sent) <= 2
    assert run.settled == run.incomplete == []


def test_one_row_that_the_server_fails_on_does_not_end_the_run() -> None:
    def fails(path: str, what: Any) -> None:
        if path == "customers/2":
            raise OverloadedError("no usable answer")

    run = Run(5, fails, lanes=1)
    engine = run.update(*[Change({"company": "x"})] * 5)

    assert engine.error is None
    assert run.incomplete == [("Customer 2", "the server refuses the change: no usable answer")]


def test_a_server_that_fails_three_times_in_a_row_ends_the_run() -> None:
    def fails(path: str, what: Any) -> None:
        raise OverloadedError("no usable answer")

    run = Run(20, fails, lanes=1)
    engine = run.update(*[Change({"company": "x"})] * 20)

    assert isinstance(engine.error, OverloadedError)
    assert len(run.client.sent) == 3


def test_hiding_comes_last_and_settles_what_it_hides() -> None:
    run = Run(2)
    updates = [Update(run.nodes[0], Change(), hide=True), Update(run.nodes[1], Change(), hide=True, new=True)]

    async def both(patcher: Patcher, engine: Engine) -> None:
        await patcher.update(Level.CUSTOMER, updates[:1])
        assert run.settled == []
        await patcher.hide(updates)

    run.go(both)
    assert run.client.sent == [("customers/1", {"visible": False}), ("customers/2", {"visible": False})]
    assert run.settled == [("Customer 1", Kind.UPDATED)]


def test_what_is_changed_and_hidden_settles_once_even_if_the_change_is_refused() -> None:
    run = Run(1, lambda path, what: REFUSED if "company" in what else None)
    updates = [Update(run.nodes[0], Change({"company": "x"}), hide=True)]

    async def both(patcher: Patcher, engine: Engine) -> None:
        await patcher.update(Level.CUSTOMER, updates)
        await patcher.hide(updates)

    run.go(both)
    assert run.settled == [("Customer 1", Kind.UPDATED)]
    assert run.incomplete == [("Customer 1", "the server refuses the change: company: too long")]


def test_what_cannot_be_hidden_is_told() -> None:
    run = Run(1, lambda path, what: Refusal(403, "403 Forbidden"))
    run.go(lambda patcher, engine: patcher.hide([Update(run.nodes[0], Change(), hide=True, new=True)]))

    assert run.incomplete == [("Customer 1", "it cannot be hidden: 403 Forbidden")]


def test_after_the_end_nothing_is_hidden_and_what_should_be_is_told() -> None:
    run = Run(2)
    run.nodes[1].id = None

    async def ended(patcher: Patcher, engine: Engine) -> None:
        engine.sender.stop.requested = True
        await patcher.hide([Update(node, Change(), hide=True, new=True) for node in run.nodes])
        await patcher.update(Level.CUSTOMER, [Update(run.nodes[0], Change({"company": "x"}))])

    run.go(ended)
    assert run.client.sent == []
    assert run.incomplete == [
        ("Customer 1", "it is not hidden yet; import it again with --on-existing update"),
    ]


def test_a_new_row_gets_its_custom_fields() -> None:
    run = Run(2)
    run.nodes[0].values = {"company": "x", "meta.a": "b"}

    async def complete(patcher: Patcher, engine: Engine) -> None:
        for node in run.nodes:
            await patcher.complete(node)

    run.go(complete)
    assert run.client.sent == [("customers/1/meta", ("a", "b"))]
