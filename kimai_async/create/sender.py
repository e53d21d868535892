"""Sends one create at a time through the lanes, and waits when the server asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import anyio

from kimai_async.create.lanes import Lanes
from kimai_async.create.pause import Pause
from kimai_async.errors import AccessError, StoppedError
from kimai_async.kimai.outcomes import Again, Busy, Fatal, Outcome, Unclear

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable, Collection, Mapping

    from kimai_async.events import Listener
    from kimai_async.kimai.messages import Entry
    from kimai_async.stop import Stop
    from kimai_async.tree.entry import Item
    from kimai_async.tree.nodes import Level, Node


class Api(Protocol):
    """What the engine needs of a Kimai."""

    async def create(self, node: Node, fields: Mapping[str, Any]) -> Outcome:
        """Create a node below its parent."""
        ...

    async def entries(self, level: Level, below: Collection[int | None] | None = None) -> list[Entry]:
        """List a level, or what of it is below these parents if the whole is too much; raises StoppedError."""
        ...

    async def entries_below(self, level: Level, parents: Collection[int | None]) -> list[Entry]:
        """List what of a level is below these parents; raises StoppedError."""
        ...


class Sender:
    """Sends creates; `error` is set when no further one may be sent.

    `open` holds everything whose create may have been stored without our knowing, and why. `answered` tells whether any
    create was ever settled by its answer.
    """

    def __init__(
        self, api: Api, *, lanes: int, give_up_after: float, listener: Listener, stop: Stop, chance: random.Random
    ) -> None:
        self.lanes = Lanes(lanes, listener)
        self.error: StoppedError | None = None
        self.open: dict[Item, str] = {}
        self.answered = False
        self.api = api
        self.stop = stop
        self.listener = listener
        self.chance = chance
        self._give_up_after = give_up_after
        self._pause = Pause(stop, listener, give_up_after=give_up_after, chance=chance)

    @property
    def ended(self) -> bool:
        """Whether no further create may be sent."""
        return self.error is not None or self.stop.requested

    async def send(
        self, item: Item, create: Callable[[], Awaitable[Outcome]], *, repeatable: bool = False
    ) -> Outcome | None:
        """Send a create until there is an answer about it; None if the run ended before.

        *create* sends it once. A *repeatable* one may have been stored and can be sent again: it has a number of its
        own, and the server refuses the second. Without one the answer is Busy then, after which only a list can tell.
        """
        while True:
            await self._pause.wait()
            async with self.lanes.limiter:
                if self.ended:
                    return None
                if self._pause.holds:  # it began while this lane waited for its turn
                    continue
                sent_at = anyio.current_time()
                outcome = await self._send_once(item, create)
            if self._goes_on(item, outcome, sent_at):
                if isinstance(outcome, Again) or (repeatable and isinstance(outcome, Busy)):
                    continue
                return outcome
            return outcome if isinstance(outcome, Busy) else None

    def settled(self, item: Item) -> None:
        """Note that an item's fate is known."""
        self.answered = True
        self.open.pop(item, None)
        self.lanes.answered(item)

    async def _send_once(self, item: Item, create: Callable[[], Awaitable[Outcome]]) -> Outcome:
        # Stays open if the run is cancelled while the answer is awaited, and once it was in doubt.
        before = self.open.get(item)
        self.open[item] = before or "its create was under way"
        outcome = await create()
        if isinstance(outcome, Unclear | Busy):
            self.open[item] = outcome.reason
        elif before is None:
            del self.open[item]
        return outcome

    def _goes_on(self, item: Item, outcome: Outcome, sent_at: float) -> bool:
        """Draw the consequences for the other lanes; return False if the run ends with this answer."""
        match outcome:
            case Fatal(reason):
                self.error = self.error or AccessError(f"The server takes no more creates ({reason}).")
                return False
            case Again(reason):
                self.lanes.retry(item)
                return self._wait(reason, None, sent_at)
            case Busy(reason, wait):
                self.lanes.retry(item)
                self.lanes.overloaded(sent_at)
                return self._wait(reason, wait, sent_at)
            case Unclear(_, overload):
                self.lanes.retry(item)
                if overload:
                    self.lanes.overloaded(sent_at)
            case _:
                pass
        self._pause.over()
        return True

    def _wait(self, reason: str, asked: float | None, sent_at: float) -> bool:
        if self._pause.extend(reason, asked, sent_at):
            return True
        away = f"{self._give_up_after:g} seconds ({reason})"
        self.error = self.error or StoppedError(f"The server has given no usable answer for {away}.")
        return False
