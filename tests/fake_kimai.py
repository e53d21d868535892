"""A Kimai of thirty lines for the engine: it stores rows, takes its time, and gives the answers it is told to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

import anyio

from kimai_async.kimai.messages import Entry
from kimai_async.kimai.outcomes import Busy, Created, Outcome, Refused
from kimai_async.tree.nodes import Level, Node

if TYPE_CHECKING:
    from kimai_async.errors import StoppedError

Script = Callable[[int, Node], Outcome | None]
"""Given a create's number (from 1) and its node: the answer instead of *created*, or None for that."""


class FakeKimai:
    """Stores what is created after *seconds*, once a number; *script* replaces answers, and *stores* stores it even so.

    More than *at_most* creates at once are answered 503.
    """

    def __init__(
        self, *, seconds: float = 0.0, script: Script | None = None, stores: bool = False, at_most: int = 1_000
    ) -> None:
        self.rows: list[Entry] = []
        self.sent: list[tuple[Node, dict[str, Any]]] = []
        self.lists = 0
        self.list_error: StoppedError | None = None
        self.busy = 0
        self.busiest = 0
        self._seconds = seconds
        self._script = script
        self._stores = stores
        self._at_most = at_most
        self.overloads = 0
        self.list_age = 0.0  # seconds by which lists are behind: those of a replica
        self._stored_at: list[float] = []

    async def create(self, node: Node, fields: Mapping[str, Any]) -> Outcome:
        self.sent.append((node, dict(fields)))
        scripted = None if self._script is None else self._script(len(self.sent), node)
        if self.busy >= self._at_most:
            self.overloads += 1
            return Busy("503 Service Unavailable")
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        await anyio.sleep(self._seconds)
        self.busy -= 1
        number = fields.get("number")
        if (scripted is None or self._stores) and number is not None and number in {row.number for row in self.rows}:
            return scripted or Refused(f"number: The number {number} is already used.", number_taken=True)
        if scripted is None or self._stores:
            created = self.store(node, number)
            return scripted or created
        return scripted

    def store(self, node: Node, number: str | None = None) -> Created:
        row = Entry(len(self.rows) + 1, node.name, None if node.parent is None else node.parent.id, True, number)
        self.rows.append(row)
        self._stored_at.append(anyio.current_time() if self.sent else 0.0)
        return Created(row.id, number)

    async def entries(self, level: Level, below: Collection[int | None] | None = None) -> list[Entry]:
        self.lists += 1
        if self.list_error is not None:
            raise self.list_error
        if not self.list_age:
            return list(self.rows)
        known = anyio.current_time() - self.list_age
        return [row for row, stored_at in zip(self.rows, self._stored_at, strict=True) if stored_at <= known]

    async def entries_below(self, level: Level, parents: Collection[int | None]) -> list[Entry]:
        return [row for row in await self.entries(level) if row.parent in parents]

    @property
    def twins(self) -> list[str]:
        """The names that were stored more than once."""
        count: defaultdict[str, int] = defaultdict(int)
        for row in self.rows:
            count[row.name] += 1
        return [name for name, times in count.items() if times > 1]
