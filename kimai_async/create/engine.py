"""Runs the creates of a whole import, one level after the other."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import anyio

from kimai_async.create.rounds import Fields, LevelRun
from kimai_async.create.sender import Api, Sender
from kimai_async.errors import StoppedError
from kimai_async.events import LevelFinished, LevelStarted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from kimai_async.create.numbers import Numbering
    from kimai_async.events import Listener
    from kimai_async.settings import Matching
    from kimai_async.stop import Stop
    from kimai_async.tree.entry import Item
    from kimai_async.tree.nodes import Level, Node


async def _nothing(_: Node) -> None:
    """Leave a new row as it is."""


class Engine:
    """Runs the creates of a whole import; at most *lanes* of them are under way at a time.

    *listener* gets every event. *complete* is awaited for each new row before it counts as created. *matching* says
    by what rows are found in lists. `error` says why the run ended early, if it did; `open` holds the nodes whose
    create may have been stored without our knowing.
    """

    def __init__(
        self,
        api: Api,
        *,
        lanes: int,
        give_up_after: float,
        listener: Listener,
        stop: Stop,
        chance: random.Random | None = None,
        complete: Callable[[Node], Awaitable[None]] = _nothing,
        matching: Matching | None = None,
    ) -> None:
        self.complete = complete
        self.sender = Sender(
            api,
            lanes=lanes,
            give_up_after=give_up_after,
            listener=listener,
            stop=stop,
            chance=chance or random.Random(),  # noqa: S311 - jitter, not a secret
        )
        self._matching = matching
        self._listener = listener

    @property
    def error(self) -> StoppedError | None:
        """Why the run ended early, or None."""
        return self.sender.error

    @property
    def open(self) -> Mapping[Item, str]:
        """What may have been stored without our knowing, and why."""
        return self.sender.open

    @property
    def ended(self) -> bool:
        """Whether no further create may be sent."""
        return self.sender.ended

    async def create(self, level: Level, nodes: Sequence[Node], numbering: Numbering, fields: Fields) -> None:
        """Create the missing nodes of a level; one that is not settled afterwards is left to the next run."""
        self._listener(LevelStarted(level, len(nodes)))
        started = anyio.current_time()
        try:
            run = LevelRun(self.sender, level, numbering, fields, complete=self.complete, matching=self._matching)
            await run.run(nodes)
        except StoppedError as error:
            self.sender.error = error
        finally:
            self._listener(LevelFinished(level, anyio.current_time() - started))
