"""Rounds: create what is missing of a level, look for what stayed unclear, and again.

Nothing is created twice: a create whose answer was unclear is sent again only after a fresh list that does not
show the row. The server's lists are the only record; there is no journal.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import anyio

from kimai_async.errors import StoppedError
from kimai_async.events import Kind, Settled, TwinsFound, Unsettled, Waiting
from kimai_async.kimai.outcomes import Created, Refused, Unclear, back_off
from kimai_async.survey.listing import Listing, twins, unmistaken

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from kimai_async.create.numbers import Numbering
    from kimai_async.create.sender import Sender
    from kimai_async.settings import Matching
    from kimai_async.tree.nodes import Level, Node

Fields = Callable[["Node"], Mapping[str, Any]]
"""Returns the fields that a node's create sends beside its name and parent."""

NUMBER_TRIES = 100
"""Numbers that one row tries while others keep taking them; Kimai's own generator gives up after as many."""

STALLED_ROUNDS = 5
"""Rounds in a row that settle nothing, after which the rows, or the server, are given up."""

FAILING_STREAK = 20
"""Unclear answers in a row, at the least, that end a round: it is the server that fails, not a row."""

LATE_SECONDS = 5.0
"""Added to the wait before a list after an answer that did not come in time: the server may still be storing."""

FEW_PARENTS = 50
"""So many parents are asked for their children in one request; beyond, the whole list is the better question."""


class LevelRun:
    """Rounds of creates, each followed by a fresh list if an answer was unclear; `run` raises StoppedError."""

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
        self._matching = matching
        self._level = level
        self._numbering = numbering
        self._fields = fields
        self._unclear: dict[Node, Unclear] = {}
        self._unsent: list[Node] = []
        self._doubtful: list[Node] = []
        self._streak = 0

    async def run(self, nodes: Sequence[Node]) -> None:
        """Create nodes whose parents are on the server until each is settled or the run ends."""
        todo = list(nodes)
        stalled = 0
        while todo and not self._sender.ended:
            unsent = await self._round(todo)
            if self._sender.ended:
                break
            left = unsent + await self._look_again(stalled)
            stalled = stalled + 1 if len(left) == len(todo) else 0
            if stalled == STALLED_ROUNDS:
                self._give_up(left)
                break
            todo = left
        if self._doubtful and not self._sender.ended:
            await self._name_twins()

    async def _round(self, todo: list[Node]) -> list[Node]:
        """Send each node once; return those that were not sent. What stays unclear is in `_unclear`."""
        self._unclear, self._unsent, self._streak = {}, [], 0
        queue = iter(todo)
        numbered: Iterator[Node] = iter(())
        if self._numbering.one_at_a_time:
            # Rows with a number of their own first: the server's count must not run into theirs.
            numbered = iter([node for node in todo if node.number is not None])
            queue = iter([node for node in todo if node.number is None])
            await self._fill_lanes(numbered, len(todo))
            await self._learn_numbers(queue)
        await self._fill_lanes(queue, len(todo))
        return [*self._unsent, *numbered, *queue]

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
        """Create a node, with another number each time that somebody else took the one it carried."""
        own = self._fields(node)
        numbered = "number" in own
        for _ in range(NUMBER_TRIES):
            outcome = await self._sender.send(node, own if numbered else {**own, **self._numbering.fields()})
            if numbered or not (isinstance(outcome, Refused) and outcome.number_taken):
                break
        match outcome:
            case Created(id, number):
                node.id = id
                if not numbered:
                    self._numbering.saw(number)
                await self._complete(node)
                self._settle(node, Kind.CREATED)
            case Refused(reason):
                self._settle(node, Kind.REFUSED, reason)
            case Unclear(reason):
                self._unclear[node] = outcome
                self._streak += 1
                self._sender.listener(Unsettled(node, reason))
            case _:
                self._unsent.append(node)

    def _settle(self, node: Node, kind: Kind, reason: str | None = None) -> None:
        self._streak = 0
        self._sender.settled(node)
        self._sender.listener(Settled(kind, node, reason))

    async def _look_again(self, stalled: int) -> list[Node]:
        """Wait, list afresh, settle what arrived after all; return the nodes that are still missing."""
        if not self._unclear:
            return []
        self._doubtful += self._unclear
        late = any(unclear.overload for unclear in self._unclear.values())
        wait = back_off(stalled + 1, self._sender.chance) + (LATE_SECONDS if late else 0.0)
        self._sender.listener(Waiting(wait, next(iter(self._unclear.values())).reason))
        await self._sender.stop.sleep(wait)
        again = list(unmistaken(self._unclear, await self._list(self._unclear)))
        for node in self._unclear:
            if node.id is not None:
                await self._complete(node)
                self._settle(node, Kind.CREATED)
        for node in again:
            if self._unclear[node].once:
                self._refuse(node, "and the server does not show it")
        return [node for node in again if not self._unclear[node].once]

    async def _list(self, nodes: Collection[Node]) -> Listing:
        """List what is needed to tell whether these nodes are there."""
        api = self._sender.api
        matching = self._matching
        if self._level.parent is None:
            return Listing(await api.entries(self._level), matching)
        parents = {None if node.parent is None else node.parent.id for node in nodes}
        few = len(parents) <= FEW_PARENTS
        return Listing(await (api.entries_below if few else api.entries)(self._level, parents), matching)

    def _refuse(self, node: Node, because: str) -> None:
        self._settle(node, Kind.REFUSED, f"{self._unclear[node].reason}, {because}")

    def _give_up(self, left: list[Node]) -> None:
        if self._server_fails or not self._sender.answered:
            reason = self._unclear[left[-1]].reason
            raise StoppedError(f"The server gives no usable answer to creates ({reason}, {STALLED_ROUNDS} rounds).")
        for node in left:
            self._refuse(node, f"time and again ({STALLED_ROUNDS} rounds), and the server does not show it")

    async def _name_twins(self) -> None:
        """Find what a late answer doubled: the server may store a create after the list was taken."""
        listing = await self._list(dict.fromkeys(self._doubtful))
        for node, ids in twins(self._doubtful, listing):
            self._sender.listener(TwinsFound(node, tuple(ids)))
