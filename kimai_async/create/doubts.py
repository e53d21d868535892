"""What an answer left open about a row, and how lists settle it.

A row that may have been stored is looked for; one that a list does not show is sent again only when a second create
cannot be stored beside the first: with the number that it carried, or after all that is late must have been stored. A
level that had any doubt is held against one more list at its end.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import anyio

from kimai_async.events import Incomplete, TwinsFound, Unsettled, Waiting
from kimai_async.kimai.outcomes import back_off
from kimai_async.survey.listing import Listing, unmistaken
from kimai_async.tree.lookalikes import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from kimai_async.create.numbers import Numbering
    from kimai_async.create.sender import Sender
    from kimai_async.kimai.messages import Entry
    from kimai_async.settings import Matching
    from kimai_async.tree.nodes import Level, Node

LATE_SECONDS = 5.0
"""How long after a doubt absence from a list is believed: the server may still be storing, or its list be old."""

FEW_PARENTS = 50
"""So many parents are asked for their children in one request; beyond, the whole list is the better question."""

LOOKS = 2
"""Times that a number is refused as taken though nobody shows it, until it counts as that of a hidden row."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why it is not known whether a node is stored, and what its create carried.

    `number` is the one that the last create had. `taken`: the server refused it as taken, perhaps by an earlier create
    of the same row. `shown` is the id of another row that the answer showed.
    """

    reason: str
    number: str | None
    overload: bool = False
    taken: bool = False
    shown: int | None = None

    @property
    def repeatable(self) -> bool:
        """Whether a second create cannot be stored beside the first one."""
        return self.number is not None


class Settling(Protocol):
    """What is done with a node whose fate a list tells."""

    async def found(self, node: Node) -> None:
        """Settle a node that is on the server after all; it has its id."""
        ...

    def refuse(self, node: Node, reason: str) -> None:
        """Settle a node that will not be stored."""
        ...


class Doubts:
    """The doubts of one level; those of a round are in `nodes` until `look` has settled what it can.

    `ids` are those that the level's rows have got so far; `any` tells whether there ever was a doubt.
    """

    def __init__(
        self, sender: Sender, level: Level, numbering: Numbering, settling: Settling, matching: Matching | None
    ) -> None:
        self.nodes: dict[Node, Doubt] = {}
        self.ids: set[int] = set()
        self.any = False
        self._sender = sender
        self._level = level
        self._numbering = numbering
        self._settling = settling
        self._matching = matching
        self._unseen: Counter[Node] = Counter()
        self._late_until = 0.0

    def add(self, node: Node, doubt: Doubt) -> None:
        """Note that a node's create may have been stored or not."""
        self.nodes[node] = doubt
        self.any = True
        if doubt.taken or not doubt.repeatable:
            self._late_until = anyio.current_time() + LATE_SECONDS
        self._sender.open[node] = doubt.reason
        self._sender.listener(Unsettled(node, doubt.reason))

    async def look(self, stalled: int) -> list[Node]:
        """Wait, list afresh, settle what arrived after all; return the nodes that are to be sent again.

        *stalled* is how many rounds have settled nothing so far: the wait grows with them.
        """
        if not self.nodes:
            return []
        late = any(doubt.overload for doubt in self.nodes.values())
        wait = back_off(stalled + 1, self._sender.chance) + (LATE_SECONDS if late else 0.0)
        listing, missing = await self._look_for(self.nodes, wait)
        unsure = self._unsure(missing, listing)
        if unsure and anyio.current_time() < self._late_until and not self._sender.ended:
            listing, still = await self._look_for(unsure, self._late_until - anyio.current_time())
            missing = [node for node in missing if node not in unsure] + still
        if self._sender.ended:
            return missing
        holders = self._holders(listing)
        return [node for node in missing if not self._is_hopeless(node, listing, holders)]

    async def _look_for(self, nodes: Collection[Node], wait: float) -> tuple[Listing, list[Node]]:
        """Wait, list afresh, settle the nodes that are there; return the list and those that are not in it."""
        await self._wait(wait, next(self.nodes[node].reason for node in nodes))
        listing = await self._list(nodes)
        if self._sender.ended:
            return listing, list(nodes)
        missing = list(unmistaken(nodes, listing))
        for node in nodes:
            if node.id is not None:
                await self._settling.found(node)
        return listing, missing

    async def _wait(self, seconds: float, reason: str) -> None:
        self._sender.listener(Waiting(seconds, reason))
        await self._sender.stop.sleep(seconds)

    def _unsure(self, missing: Iterable[Node], listing: Listing) -> dict[Node, None]:
        """Return the nodes whose absence a list proves only once all that is late must have been stored."""
        holders = self._holders(listing)
        return {
            node: None
            for node in missing
            if not (doubt := self.nodes[node]).repeatable or (doubt.taken and fold(doubt.number or "") not in holders)
        }

    def _holders(self, listing: Listing) -> dict[str, Entry]:
        """Return who has which number, where a number was refused as taken."""
        if not any(doubt.taken for doubt in self.nodes.values()):
            return {}
        return {fold(entry.number): entry for entry in listing if entry.number is not None}

    def _is_hopeless(self, node: Node, listing: Listing, holders: Mapping[str, Entry]) -> bool:
        """Tell whether a node that a list does not show is not to be sent again, and settle it then."""
        doubt = self.nodes[node]
        if doubt.shown is not None and (entry := self._renamed(node, doubt, listing)) is not None:
            self._settling.refuse(node, f"the server stores it as {entry.name!r} (id {entry.id}): {doubt.reason}")
            return True
        return doubt.taken and doubt.number is not None and self._lacks_number(node, holders.get(fold(doubt.number)))

    def _renamed(self, node: Node, doubt: Doubt, listing: Listing) -> Entry | None:
        """Return the row that an answer showed instead, if it is not another one of the file, which it was about."""
        parent = None if node.parent is None else node.parent.id
        for entry in listing:
            if entry.id == doubt.shown and entry.parent == parent and entry.id not in self.ids:
                return entry if doubt.number in (None, entry.number) else None
        return None

    def _lacks_number(self, node: Node, holder: Entry | None) -> bool:
        """Let a node whose number is somebody else's have another one; return True if the file itself gave it that."""
        if self._numbering.given(node) is None:
            self._settling.refuse(node, self.nodes[node].reason)
            return True
        self._unseen[node] += 1
        if holder is None and self._unseen[node] < LOOKS:
            return False  # who had it may be gone: the same number once more
        self._numbering.lost(node)
        if holder is None:
            self._numbering.ask_server()
        return False

    async def _list(self, nodes: Collection[Node]) -> Listing:
        """List what is needed to tell whether these nodes are there, and who has their numbers."""
        parents = {None if node.parent is None else node.parent.id for node in nodes}
        few = len(parents) <= FEW_PARENTS and not any(self.nodes[node].taken for node in nodes)
        return await self._read(parents, few=few and self._level.parent is not None)

    async def _read(self, parents: Collection[int | None], *, few: bool = False) -> Listing:
        """List the level, or what is below a *few* parents; nothing once the run is to end."""
        api = self._sender.api
        entries: list[Entry] = []
        with self._sender.stop.reading():
            if few:
                entries = await api.entries_below(self._level, parents)
            else:
                entries = await api.entries(self._level, None if self._level.parent is None else parents)
        return Listing(entries, self._matching)

    async def verify(self, nodes: Iterable[Node]) -> None:
        """Hold the whole level against one more list: name what was stored twice, and what is not shown."""
        late = self._late_until - anyio.current_time()
        if late > 0:
            await self._wait(late, "looking for what was stored late")
        made = [node for node in nodes if node.id is not None]
        unseen = await self._hold_against_list(made)
        if unseen:
            await self._wait(LATE_SECONDS, "the list may be old")
            for node in await self._hold_against_list(unseen):
                self._sender.listener(Incomplete(node, "the server answered that it is stored and does not list it"))

    async def _hold_against_list(self, nodes: Sequence[Node]) -> list[Node]:
        listing = await self._read({None if node.parent is None else node.parent.id for node in nodes})
        return [] if self._sender.ended else self._hold_against(listing, nodes)

    def _hold_against(self, listing: Listing, nodes: Iterable[Node]) -> list[Node]:
        """Name the nodes that a list shows more than once, mend ids, and return those that it does not show."""
        unseen = []
        for node in nodes:
            ids = sorted(entry.id for entry in listing.of(node))
            if len(ids) > 1:
                self._sender.listener(TwinsFound(node, tuple(ids)))
            if ids and node.id not in ids:
                node.id = ids[0]  # the answer was another row's
            elif not ids:
                unseen.append(node)
        return unseen
