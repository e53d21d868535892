"""Rounds: create what is missing of a level, look for what stayed unclear, and again; at the end, verify.

Nothing is created twice: a create that may have been stored is sent again only with the number that it carried before,
which the server takes once, or after fresh lists that do not show the row. The server's lists are the only record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio

from kimai_async.errors import StoppedError
from kimai_async.events import Incomplete, Kind, Settled, TwinsFound, Unsettled, Waiting
from kimai_async.kimai.outcomes import Busy, Created, Refused, Unclear, back_off
from kimai_async.survey.listing import Listing, unmistaken
from kimai_async.tree.lookalikes import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from kimai_async.create.numbers import Numbering
    from kimai_async.create.sender import Sender
    from kimai_async.kimai.messages import Entry
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

LATE_SECONDS = 5.0
"""How long after a doubt absence from a list is believed: the server may still be storing, or its list be old."""

FEW_PARENTS = 50
"""So many parents are asked for their children in one request; beyond, the whole list is the better question."""

LOOKS = 2
"""Times that a number is refused as taken though nobody shows it, until it counts as that of a hidden row."""


@dataclass(frozen=True, slots=True)
class _Doubt:
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
        self._matching = matching
        self._level = level
        self._numbering = numbering
        self._fields = fields
        self._ids: set[int] = set()
        self._doubts: dict[Node, _Doubt] = {}
        self._unsent: list[Node] = []
        self._unseen: Counter[Node] = Counter()
        self._streak = 0
        self._troubled = False
        self._late_until = 0.0

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
        if (self._troubled or self._numbering.surprised) and not self._sender.ended:
            await self._verify(nodes)

    async def _round(self, todo: list[Node]) -> list[Node]:
        """Send each node once; return those that were not sent. What stays in doubt is in `_doubts`."""
        self._doubts, self._unsent, self._streak = {}, [], 0
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
            outcome = await self._sender.send(node, body)
            if number is not None or not (isinstance(outcome, Refused) and outcome.number_taken):
                break  # else the server itself gave a number that somebody took meanwhile
        match outcome:
            case Created(id, _) if id in self._ids:
                self._doubt(node, _Doubt(f"the answer shows the id {id}, which another row has", number, shown=id))
            case Created():
                await self._take(node, outcome)
            case Refused(reason, True) if number is not None:
                self._doubt(node, _Doubt(reason, number, taken=True))
            case Refused(reason):
                self._numbering.refused(node)
                self._settle(node, Kind.REFUSED, reason)
            case Unclear(reason, overload, shown):
                self._doubt(node, _Doubt(reason, number, overload=overload, shown=shown))
            case Busy(reason):
                self._doubt(node, _Doubt(reason, number, overload=True))
            case _:
                self._unsent.append(node)

    async def _take(self, node: Node, created: Created) -> None:
        """Believe an answer that shows a node's own row."""
        self._troubled |= created.doubtful or node in self._sender.open
        self._ids.add(created.id)
        node.id = created.id
        self._numbering.created(node, created.number)
        await self._complete(node)
        self._settle(node, Kind.CREATED)

    def _doubt(self, node: Node, doubt: _Doubt) -> None:
        self._doubts[node] = doubt
        self._troubled = True
        self._streak += not doubt.taken
        if doubt.taken or not doubt.repeatable:
            self._late_until = anyio.current_time() + LATE_SECONDS
        self._sender.open[node] = doubt.reason
        self._sender.listener(Unsettled(node, doubt.reason))

    def _settle(self, node: Node, kind: Kind, reason: str | None = None) -> None:
        self._streak = 0
        self._sender.settled(node)
        self._sender.listener(Settled(kind, node, reason))

    async def _look_again(self, stalled: int) -> list[Node]:
        """Wait, list afresh, settle what arrived after all; return the nodes that are to be sent again."""
        if not self._doubts:
            return []
        late = any(doubt.overload for doubt in self._doubts.values())
        wait = back_off(stalled + 1, self._sender.chance) + (LATE_SECONDS if late else 0.0)
        listing, missing = await self._look(self._doubts, wait)
        unsure = self._unsure(missing, listing)
        if unsure and anyio.current_time() < self._late_until and not self._sender.ended:
            listing, still = await self._look(unsure, self._late_until - anyio.current_time())
            missing = [node for node in missing if node not in unsure] + still
        if self._sender.ended:
            return missing
        holders = self._holders(listing)
        return [node for node in missing if not self._is_hopeless(node, listing, holders)]

    def _unsure(self, missing: Iterable[Node], listing: Listing) -> dict[Node, None]:
        """Return the nodes whose absence a list proves only once all that is late must have been stored."""
        holders = self._holders(listing)
        return {
            node: None
            for node in missing
            if not (doubt := self._doubts[node]).repeatable or (doubt.taken and fold(doubt.number or "") not in holders)
        }

    def _holders(self, listing: Listing) -> dict[str, Entry]:
        """Return who has which number, where a number was refused as taken."""
        if not any(doubt.taken for doubt in self._doubts.values()):
            return {}
        return {fold(entry.number): entry for entry in listing if entry.number is not None}

    async def _look(self, nodes: Collection[Node], wait: float) -> tuple[Listing, list[Node]]:
        """Wait, list afresh, settle the nodes that are there; return the list and those that are not in it."""
        await self._wait(wait, next(self._doubts[node].reason for node in nodes))
        listing = await self._list(nodes)
        if self._sender.ended:
            return listing, list(nodes)
        missing = list(unmistaken(nodes, listing))
        for node in nodes:
            if node.id is not None:
                self._ids.add(node.id)
                self._numbering.found(node)
                await self._complete(node)
                self._settle(node, Kind.CREATED)
        return listing, missing

    async def _wait(self, seconds: float, reason: str) -> None:
        self._sender.listener(Waiting(seconds, reason))
        await self._sender.stop.sleep(seconds)

    def _is_hopeless(self, node: Node, listing: Listing, holders: Mapping[str, Entry]) -> bool:
        """Tell whether a node that a list does not show is not to be sent again, and settle it then."""
        doubt = self._doubts[node]
        if doubt.shown is not None and (entry := self._renamed(node, doubt, listing)) is not None:
            self._refuse(node, f"the server stores it as {entry.name!r} (id {entry.id}): {doubt.reason}")
            return True
        return doubt.taken and doubt.number is not None and self._lacks_number(node, holders.get(fold(doubt.number)))

    def _renamed(self, node: Node, doubt: _Doubt, listing: Listing) -> Entry | None:
        """Return the row that an answer showed instead, if it is not another one that the answer was about."""
        parent = None if node.parent is None else node.parent.id
        for entry in listing:
            if entry.id == doubt.shown and entry.parent == parent and entry.id not in self._ids:
                return entry if doubt.number in (None, entry.number) else None
        return None

    def _lacks_number(self, node: Node, holder: Entry | None) -> bool:
        """Let a node whose number is somebody else's have another one; return True if the file itself gave it that."""
        if self._numbering.given(node) is None:
            self._refuse(node, self._doubts[node].reason)
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
        few = len(parents) <= FEW_PARENTS and not any(self._doubts[node].taken for node in nodes)
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

    def _refuse(self, node: Node, reason: str) -> None:
        self._settle(node, Kind.REFUSED, reason)

    def _give_up(self, left: list[Node]) -> None:
        doubts = [self._doubts[node] for node in left if node in self._doubts]
        if self._server_fails or not self._sender.answered:
            reason = doubts[-1].reason if doubts else "no answer"
            raise StoppedError(f"The server gives no usable answer to creates ({reason}, {STALLED_ROUNDS} rounds).")
        for node in left:
            reason = self._doubts[node].reason if node in self._doubts else "not sent"
            self._refuse(node, f"{reason}, time and again ({STALLED_ROUNDS} rounds), and the server does not show it")

    async def _verify(self, nodes: Iterable[Node]) -> None:
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
