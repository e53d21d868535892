"""The tree of a file beside the server's lists, level by level."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from kimai_async.choices import OnExisting
from kimai_async.events import Event, Listed, ServerKnown, Settled, Warned
from kimai_async.kimai.together import at_once
from kimai_async.settings import api_root
from kimai_async.survey.listing import Listing
from kimai_async.survey.preflight import doubts
from kimai_async.survey.reconcile import Reconciler
from kimai_async.tree.collector import collector_paused
from kimai_async.tree.names import FORBIDDEN_SINCE, sanitize
from kimai_async.tree.nodes import LEVELS, Level, Node

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from kimai_async.kimai.client import KimaiClient
    from kimai_async.kimai.messages import Entry
    from kimai_async.plan.build import Plan
    from kimai_async.report import Report
    from kimai_async.server import Server
    from kimai_async.settings import Settings
    from kimai_async.survey.reconcile import Finding


async def meet_server(client: KimaiClient, settings: Settings, emit: Callable[[Event], None]) -> Server:
    """Ask which Kimai this is and whose token, and say what the user should know about that; raises StoppedError."""
    server = await client.server(together=settings.user is None)
    emit(ServerKnown(server, api_root(settings.url)))
    for text in doubts(server, settings):
        emit(Warned(text))
    return server


@dataclass(frozen=True, slots=True)
class Comparison:
    """The tree beside the server's lists; `existing` is what may have to be changed, the rest of it is settled."""

    reconciler: Reconciler
    listings: Mapping[Level, Listing]
    missing: Mapping[Level, list[Node]]
    existing: Mapping[Level, list[tuple[Node, Entry]]]

    def all_missing(self) -> Iterator[Node]:
        """Yield what is to be created, from the customers down."""
        return (node for level in LEVELS for node in self.missing[level])

    def all_existing(self) -> Iterator[tuple[Node, Entry]]:
        """Yield what may have to be changed, with its row on the server."""
        return (pair for level in LEVELS for pair in self.existing[level])


class Comparing:
    """Lists the server's levels and holds the tree against them; *report* is where *emit* leads to."""

    def __init__(
        self, client: KimaiClient, settings: Settings, plan: Plan, report: Report, emit: Callable[[Event], None]
    ) -> None:
        self._client = client
        self._settings = settings
        self._plan = plan
        self._report = report
        self._emit = emit
        self._updating = settings.on_existing is OnExisting.UPDATE
        self._early: dict[Level, list[Entry] | None] = {}

    async def meet(self) -> Server:
        """Ask which Kimai this is, and for the lists that depend on nothing, all at once; raises StoppedError.

        Not with a password, which may be wrong: each question would be one more sign-in that fails.
        """
        if self._settings.user is not None:
            server = await meet_server(self._client, self._settings, self._emit)
            await at_once(*self._early_lists())
            return server
        meet = partial(meet_server, self._client, self._settings, self._emit)
        questions: list[Callable[[], Awaitable[Any]]] = [meet, *self._early_lists()]
        met: Server = (await at_once(*questions))[0]
        return met

    def _early_lists(self) -> Iterator[Callable[[], Awaitable[None]]]:
        """Yield what asks for a list before it is known what of the file is there.

        Whole rows weigh a kilobyte each: where those are wanted, only what is below the file's parents keeps them.
        """

        async def ask(level: Level) -> None:
            self._early[level] = await self._client.whole_level(level)

        for level in LEVELS:
            if level.parent is None or not self._updating:
                yield partial(ask, level)

    async def compare(self, server: Server, *, listed: bool = True) -> Comparison:
        """Settle what is there as the file has it, level after level; if not *listed*, all is missing."""
        reconciler = self._reconciler(server)
        listings: dict[Level, Listing] = {}
        missing: dict[Level, list[Node]] = {level: [] for level in LEVELS}
        existing: dict[Level, list[tuple[Node, Entry]]] = {level: [] for level in LEVELS}
        for level in LEVELS:
            entries = await self._list(level) if listed else ()
            with collector_paused():
                listings[level] = Listing(entries, self._settings.matching)
                for finding in reconciler.compare(level, listings[level]):
                    if finding.kind is None:
                        missing[level].append(finding.node)
                    elif finding.entry is not None and self._may_change(finding, finding.entry, reconciler):
                        existing[level].append((finding.node, finding.entry))
                    else:
                        self._emit(Settled(finding.kind, finding.node, finding.reason))
        return Comparison(reconciler, listings, missing, existing)

    async def _list(self, level: Level) -> Sequence[Entry]:
        entries = self._early.pop(level, None)
        if entries is None:
            entries = await self._client.entries(level, self._parents(level))
        self._emit(Listed(level, len(entries)))
        return entries

    def _reconciler(self, server: Server) -> Reconciler:
        cleans = self._settings.sanitize and server.version >= FORBIDDEN_SINCE
        return Reconciler(
            self._plan.tree,
            self._report.failures,
            opens=self._opens,
            clean=sanitize if cleans else str,
            whole=self._plan.cells.whole,
        )

    def _opens(self, node: Node) -> bool:
        """Tell whether a hidden node will be made visible, for good or for the run."""
        return (
            self._settings.show_hidden
            or self._settings.reopen
            or (self._updating and (node.values or {}).get("visible") is True)
        )

    def _parents(self, level: Level) -> list[int | None] | None:
        """Return the ids of the file's parents of a level, to ask for what is below them if the whole is too much."""
        if level.parent is None:
            return None
        tree = self._plan.tree
        parents: list[int | None] = [node.id for node in tree.level(level.parent) if node.id is not None]
        if level is Level.ACTIVITY and tree.global_activities:
            parents.append(None)
        return parents

    def _may_change(self, finding: Finding, entry: Entry, reconciler: Reconciler) -> bool:
        node = finding.node
        return node in reconciler.opened or (self._updating and (node.values is not None or entry.name != node.name))
