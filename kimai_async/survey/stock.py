"""Takes stock before anything is sent: what is there, what is missing, what differs, what the server would refuse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kimai_async.fields.bodies import Change
from kimai_async.survey.changes import Changes, Update, above, is_late
from kimai_async.survey.checks import Checks
from kimai_async.survey.comparison import Comparing
from kimai_async.tree.nodes import LEVELS, Level, Node

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence

    from kimai_async.csvfile.table import Table
    from kimai_async.events import Event
    from kimai_async.fields.bodies import FieldSet
    from kimai_async.kimai.client import KimaiClient
    from kimai_async.plan.build import Plan
    from kimai_async.report import Report
    from kimai_async.server import Server
    from kimai_async.settings import Settings
    from kimai_async.survey.listing import Listing


@dataclass(frozen=True, slots=True)
class Stock:
    """What is to be done, level by level, and what is known of the server; `hides` come last of all.

    `fieldsets` has the levels of which something is to be sent, `listings` the server's lists, `growing` what gets
    something new below it.
    """

    server: Server
    missing: Mapping[Level, Sequence[Node]]
    updates: Mapping[Level, Sequence[Update]]
    hides: Sequence[Update]
    listings: Mapping[Level, Listing]
    fieldsets: Mapping[Level, FieldSet]
    growing: Collection[Node]

    def fields(self, node: Node) -> dict[str, Any]:
        """Return the fields that a create sends for a node, its name and parent aside."""
        return self.fieldsets[node.level].for_create(node, shown=is_late(node, self.growing))


async def take_stock(
    client: KimaiClient,
    settings: Settings,
    table: Table,
    plan: Plan,
    report: Report,
    emit: Callable[[Event], None],
    ask_more: Callable[[Server], Awaitable[None]] | None = None,
) -> Stock:
    """Ask the server everything that can be asked, and check everything that can be checked.

    *report* is where *emit* leads to: what is settled here is looked up there. *ask_more* is awaited once the server is
    known, and may add to the plan's problems. Raises what ends a run before anything
    was sent: AccessError, CsvError, UsageError, StoppedError.
    """
    comparing = Comparing(client, settings, plan, report, emit)
    server = await comparing.meet()
    if ask_more is not None:
        await ask_more(server)
    found = await comparing.compare(server)
    checks = Checks(client, settings, table, plan, report, emit)
    checks.refuse_existing()
    checks.check_names(server, found)
    with checks.problems_first():
        fieldsets = await checks.ask_forms(server, found)
        await checks.check_values(found, fieldsets)
        taken = await checks.refuse_taken(found, fieldsets)
        growing = frozenset(above(found.all_missing()))
        updates = await Changes(client, settings, server, found.reconciler, fieldsets, growing, taken, emit).find(
            found.existing
        )
        await checks.check_changes(updates, fieldsets)
    checks.refuse()
    checks.warn()
    hides = [update for level in LEVELS for update in _hides(updates[level], found.missing[level], growing)]
    return Stock(server, found.missing, updates, hides, found.listings, fieldsets, growing)


def _hides(updates: Sequence[Update], missing: Sequence[Node], growing: Collection[Node]) -> Iterator[Update]:
    yield from (update for update in updates if update.hide)
    yield from (Update(node, Change(), hide=True, new=True) for node in missing if is_late(node, growing))
