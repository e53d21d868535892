"""Rounds: create what is missing of a level, look for what stayed in doubt, and again; at the end, verify."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio

from kimai_async.create.doubts import Doubt, Doubts
from kimai_async.errors import StoppedError
from kimai_async.events import Kind, Settled
from kimai_async.kimai.outcomes import Busy, Created, Refused, Unclear
from kimai_async.kimai.stored import with_custom_fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kimai_async.create.numbers import Numbering
    from kimai_async.create.sender import Sender
    from kimai_async.kimai.outcomes import Outcome
    from kimai_async.settings import Matching
    from kimai_async.tree.nodes import Level, Node

Fields = Callable[["Node"], Mapping[str, Any]]
"""Returns the fields that a node's create sends beside its name and parent."""

NUMBER_TRIES = 100
"""Tries of one row for which the server itself finds no free number; Kimai's own generator gives up after as many."""

STALLED_ROUNDS = 5
"""Rounds in a row that settle nothing, after which the rows, or the server, are given up."""

FAILING_STREAK = 20
"""Unclear answers in a row, at the least, that end a round: it is the server that fails, not a row."""


class LevelRun:
    """Rounds of creates, each followed by a fresh list if an answer left a doubt; `run` raises StoppedError."""

    def __init__(
        self,
        sender: Sender,
        level: Level,
        numbering: Numbering,
        fields: Fields,
        *,
        complete: Callable[[Node], Awaitable[None]],
        matching: Matching | None,
    ) -> None:
        self._sender = sender
        self._complete = complete
        self._numbering = numbering
        self._fields = fields
        self._doubts = Doubts(sender, level, numbering, self, matching)
        self._unsent: list[Node] = []
        self._streak = 0

    async def run(self, nodes: Sequence[Node]) -> None:
        """Create nodes whose parents are on the server until each is settled or the run ends."""
        todo = list(nodes)
        stalled = 0
        while todo and not self._sender.ended:
            unsent = await self._round(todo)
            if self._sender.ended:
                break
            left = unsent + await self._doubts.look(stalled)
            stalled = stalled + 1 if len(left) == len(todo) else 0
            if stalled == STALLED_ROUNDS:
                self._give_up(left)
                break
            todo = left
        if (self._doubts.any or self._numbering.surprised) and not self._sender.ended:
            await self._doubts.verify(nodes)

    async def _round(self, todo: list[Node]) -> list[Node]:
        """Send each node once; return those that were not sent. What stays in doubt is in `_doubts.nodes`."""
        self._doubts.nodes, self._unsent, self._streak = {}, [], 0
        queue = iter(todo)
        numbered: Iterator[Node] = iter(())
        if self._numbering.one_at_a_time:
            # Rows with a number of their own first: the server's count must not run into theirs.
            numbered = iter([node for node in todo if self._has_number(node)])
            queue = iter([node for node in todo if not self._has_number(node)])
            await self._fill_lanes(numbered, len(todo))
            await self._learn_numbers(queue)
        await self._fill_lanes(queue, len(todo))
        return [*self._unsent, *numbered, *queue]

    def _has_number(self, node: Node) -> bool:
        return node.number is not None or self._numbering.given(node) is not None

    async def _learn_numbers(self, queue: Iterator[Node]) -> None:
        """Send one create after the other until their answers have shown how the server counts."""
        while await self._next(queue):
            if not self._numbering.one_at_a_time:
                return

    async def _fill_lanes(self, queue: Iterator[Node], most: int) -> None:
        async with anyio.create_task_group() as lanes:
            for _ in range(min(self._sender.lanes.most, most)):
                lanes.start_soon(self._lane, queue)

    async def _lane(self, queue: Iterator[Node]) -> None:
        while await self._next(queue):
            pass

    async def _next(self, queue: Iterator[Node]) -> bool:
        """Place the next node; return False when this round is over."""
        if self._sender.ended or self._server_fails:
            return False
        node = next(queue, None)
        if node is not None:
            await self._place(node)
        return node is not None

    @property
    def _server_fails(self) -> bool:
        return self._streak >= max(FAILING_STREAK, 2 * self._sender.lanes.most)

    async def _place(self, node: Node) -> None:
        """Create a node; what its answer leaves open is for the list to tell."""
        own = self._fields(node)
        numbered = "number" in own
        outcome: Outcome | None = None
        number: str | None = None
        for _ in range(NUMBER_TRIES):
            body = own if numbered else {**own, **self._numbering.fields(node)}
            number = body.get("number")
            outcome = await self._sender.send(
                node, partial(self._sender.api.create, node, body), repeatable=number is not None
            )
            if number is not None or not (isinstance(outcome, Refused) and outcome.number_taken):
                break  # else the server itself gave a number that somebody took meanwhile
        match outcome:
            case Created(id, _) if id in self._doubts.ids:
                self._doubt(node, Doubt(f"the answer shows the id {id}, which another row has", number, shown=id))
            case Created():
                self._doubts.any |= outcome.doubtful or node in self._sender.open
                node.id = outcome.id
                self._numbering.created(node, outcome.number)
                await self._settle_created(node, outcome.stored)
            case Refused(reason, True) if number is not None:
                self._doubt(node, Doubt(reason, number, taken=True))
            case Refused(reason):
                self._numbering.refused(node)
                self.refuse(node, reason)
            case Unclear(reason, overload, shown):
                self._doubt(node, Doubt(reason, number, overload=overload, shown=shown))
            case Busy(reason):
                self._doubt(node, Doubt(reason, number, overload=True))
            case _:
                self._unsent.append(node)

    def _doubt(self, node: Node, doubt: Doubt) -> None:
        self._streak += not doubt.taken
        self._doubts.add(node, doubt)

    async def found(self, node: Node) -> None:
        """Settle a node that is on the server after all; it has its id."""
        self._numbering.found(node)
        await self._settle_created(node)

    async def _settle_created(self, node: Node, stored: Mapping[str, Any] | None = None) -> None:
        assert node.id is not None
        self._doubts.ids.add(node.id)
        await self._complete(node)
        self._settle(node, Kind.CREATED, stored=None if stored is None else with_custom_fields(stored, node))

    def refuse(self, node: Node, reason: str) -> None:
        """Settle a node that will not be stored."""
        self._settle(node, Kind.REFUSED, reason)

    def _settle(
        self, node: Node, kind: Kind, reason: str | None = None, stored: Mapping[str, Any] | None = None
    ) -> None:
        self._streak = 0
        self._sender.settled(node)
        self._sender.listener(Settled(kind, node, reason, stored))

    def _give_up(self, left: Sequence[Node]) -> None:
        """Raise StoppedError if it is the server that fails; else refuse what it never answers about."""
        doubts = self._doubts.nodes
        if self._server_fails or not self._sender.answered:
            reason = next((doubts[node].reason for node in reversed(left) if node in doubts), "no answer")
            raise StoppedError(f"The server gives no usable answer to creates ({reason}, {STALLED_ROUNDS} rounds).")
        for node in left:
            reason = doubts[node].reason if node in doubts else "not sent"
            self.refuse(node, f"{reason}, time and again ({STALLED_ROUNDS} rounds), and the server does not show it")
