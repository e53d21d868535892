"""Takes stock before anything is sent: what is there, what is missing, what differs, what the server would refuse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kimai_async.choices import OnExisting
from kimai_async.csvfile.notes import Notes
from kimai_async.errors import AccessError, CsvError
from kimai_async.events import Event, Kind, Listed, ServerKnown, Settled, Warned
from kimai_async.fields.bodies import Change, FieldSet
from kimai_async.fields.catalogue import FIELDS
from kimai_async.server import Server
from kimai_async.survey.changes import Changes, Update, above, is_late
from kimai_async.survey.listing import Listing
from kimai_async.survey.name_checks import NameChecks
from kimai_async.survey.preflight import (
    ask_form,
    ask_values,
    check_defaults,
    doubts,
    form_by_version,
    left_out,
    resolve_colors,
)
from kimai_async.survey.reconcile import Reconciler
from kimai_async.text import shorten
from kimai_async.tree.collector import collector_paused
from kimai_async.tree.names import FORBIDDEN_SINCE, sanitize
from kimai_async.tree.nodes import LEVELS, Level, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from kimai_async.csvfile.table import Table
    from kimai_async.kimai.client import KimaiClient
    from kimai_async.kimai.messages import Entry, Form
    from kimai_async.plan.build import Plan
    from kimai_async.report import Report
    from kimai_async.server import Server
    from kimai_async.settings import Settings
    from kimai_async.survey.reconcile import Finding


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


@dataclass(frozen=True, slots=True)
class _Comparison:
    """The tree beside the server's lists; `existing` is what may have to be changed, the rest of it is settled."""

    reconciler: Reconciler
    listings: Mapping[Level, Listing]
    missing: Mapping[Level, list[Node]]
    existing: Mapping[Level, list[tuple[Node, Entry]]]

    def all_missing(self) -> Iterator[Node]:
        return (node for level in LEVELS for node in self.missing[level])


async def take_stock(
    client: KimaiClient,
    settings: Settings,
    table: Table,
    plan: Plan,
    report: Report,
    emit: Callable[[Event], None],
) -> Stock:
    """Ask the server everything that can be asked, and check everything that can be checked.

    *report* is where *emit* leads to: what is settled here is looked up there. Raises what ends a run before anything
    was sent: AccessError, CsvError, UsageError, StoppedError.
    """
    survey = _Survey(client, settings, table, plan, report, emit)
    server = await survey.meet_server()
    found = await survey.compare(server)
    survey.refuse_existing()
    survey.check_names(server, found.reconciler, found.all_missing())
    fieldsets = await survey.ask_forms(server, found)
    await survey.check_values(found, fieldsets)
    growing = frozenset(above(found.all_missing()))
    changes = Changes(client, settings, found.reconciler, fieldsets, growing, emit)
    updates = await changes.find(found.existing)
    hides = [update for level in LEVELS for update in _hides(updates[level], found.missing[level], growing)]
    return Stock(server, found.missing, updates, hides, found.listings, fieldsets, growing)


def _hides(updates: Sequence[Update], missing: Sequence[Node], growing: Collection[Node]) -> Iterator[Update]:
    yield from (update for update in updates if update.hide)
    yield from (Update(node, Change(), hide=True, new=True) for node in missing if is_late(node, growing))


class _Survey:
    """The questions and checks, each a step; a step's result goes to the next by its caller."""

    def __init__(
        self,
        client: KimaiClient,
        settings: Settings,
        table: Table,
        plan: Plan,
        report: Report,
        emit: Callable[[Event], None],
    ) -> None:
        self._client = client
        self._settings = settings
        self._table = table
        self._plan = plan
        self._report = report
        self._emit = emit
        self._updating = settings.on_existing is OnExisting.UPDATE

    async def meet_server(self) -> Server:
        """Ask which Kimai this is and whose token, and say what the user should know about that."""
        server = await self._client.server()
        self._emit(ServerKnown(server))
        for text in doubts(server, self._settings):
            self._emit(Warned(text))
        return server

    async def compare(self, server: Server) -> _Comparison:
        """List level after level, and settle what is there as the file has it."""
        reconciler = self._reconciler(server)
        listings: dict[Level, Listing] = {}
        missing: dict[Level, list[Node]] = {level: [] for level in LEVELS}
        existing: dict[Level, list[tuple[Node, Entry]]] = {level: [] for level in LEVELS}
        for level in LEVELS:
            entries = await self._client.entries(level, self._parents(level))
            self._emit(Listed(level, len(entries)))
            with collector_paused():
                listings[level] = Listing(entries, self._settings.matching)
                for finding in reconciler.compare(level, listings[level]):
                    if finding.kind is None:
                        missing[level].append(finding.node)
                    elif finding.entry is not None and self._may_change(finding, finding.entry, reconciler):
                        existing[level].append((finding.node, finding.entry))
                    else:
                        self._emit(Settled(finding.kind, finding.node, finding.reason))
        return _Comparison(reconciler, listings, missing, existing)

    def _reconciler(self, server: Server) -> Reconciler:
        cleans = self._settings.sanitize and server.version >= FORBIDDEN_SINCE
        tree = self._plan.tree
        for level in LEVELS if cleans else ():
            for node in tree.level(level):
                if node.values is not None and node.number is not None:
                    node.values["number"] = sanitize(node.number)
        return Reconciler(tree, self._report.failures, opens=self._opens, clean=sanitize if cleans else str)

    def _opens(self, node: Node) -> bool:
        """Tell whether a hidden node will be made visible."""
        return self._settings.show_hidden or (self._updating and (node.values or {}).get("visible") is True)

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

    def refuse_existing(self) -> None:
        """Raise CsvError if anything of the file is there and the user wants that refused."""
        if self._settings.on_existing is not OnExisting.FAIL:
            return
        notes = Notes()
        for level in LEVELS:
            for node in self._plan.tree.level(level):
                ids = f"id {node.id}" if node.id is not None else "more than once"
                if node.id is not None or self._report.failures.get(node, ("",))[0] is Kind.REFUSED:
                    notes.add(node.line, self._plan.heading(level), f"{shorten(node.name, 60)!r} is there, {ids}")
        if notes.count:
            lines = "\n".join(f"  {line}" for line in notes.lines())
            things, are = ("1 thing", "is") if notes.count == 1 else (f"{notes.count:,} things", "are")
            raise CsvError(
                f"{things} that {self._table.name} asks for {are} on the server already (--on-existing fail); nothing "
                f"was sent.\n{lines}"
            )

    def check_names(self, server: Server, reconciler: Reconciler, missing: Iterator[Node]) -> None:
        """Raise CsvError for names and numbers that this version refuses; warn of what was renamed or looks alike."""
        checks = NameChecks(self._plan, server.version)
        checks.check(missing)
        checks.check_renamed(reconciler.renamed)
        checks.problems.refuse(self._table.name)
        self._warn(checks.renamed(reconciler.renamed))
        self._warn(checks.alike(reconciler.alike))

    def _warn(self, notes: Notes) -> None:
        for text in notes.lines():
            self._emit(Warned(text))

    async def ask_forms(self, server: Server, found: _Comparison) -> dict[Level, FieldSet]:
        """Ask what this user may send of each level of which anything is to be sent."""
        fieldsets = {}
        for level in LEVELS:
            defaults = self._settings.customer_fields if level is Level.CUSTOMER else {}
            given = [target.key for _, target in self._table.columns.fields if target.level is level]
            form = await self._ask_form(level, server, found, defaults, given)
            if form is not None:
                fieldsets[level] = FieldSet(level, form.fields, defaults)
                changing = self._updating and bool(found.existing[level])
                self._warn_of_columns(level, server, fieldsets[level], given, changing=changing)
        return fieldsets

    async def _ask_form(
        self, level: Level, server: Server, found: _Comparison, defaults: Mapping[str, str], given: Sequence[str]
    ) -> Form | None:
        if found.missing[level]:
            form = await ask_form(self._client, level, defaults)
            if level is Level.CUSTOMER:
                check_defaults(form, found.missing[level])
            return form
        if not (self._updating and given and found.existing[level]):
            return None
        try:
            return await ask_form(self._client, level, {})
        except AccessError:  # may change, though not create
            return form_by_version(level, server.version)

    def _warn_of_columns(
        self, level: Level, server: Server, fieldset: FieldSet, given: Sequence[str], *, changing: bool
    ) -> None:
        cells = self._plan.cells
        for field in fieldset.lacking(given):
            self._emit(Warned(left_out(field, level, cells.heading(level, field.key), server)))
        for key in given if changing else ():
            if key in FIELDS[level] and not FIELDS[level][key].changeable:
                heading = cells.heading(level, key)
                self._emit(Warned(f"column {heading!r} is for new {level.plural} alone: what exists keeps its own"))

    async def check_values(self, found: _Comparison, fieldsets: Mapping[Level, FieldSet]) -> None:
        """Check against the server what only the server knows: colours, languages, teams, invoice templates.

        Raises CsvError with all that it refuses.
        """
        problems, warnings = Notes(), Notes()
        cells = self._plan.cells
        nodes = [node for node in found.all_missing() if node.values is not None]
        nodes += [node for level in LEVELS for node, _ in found.existing[level] if node.values is not None]
        palette_known = await resolve_colors(self._client, nodes, cells, problems, warnings)
        for level, fieldset in fieldsets.items():
            if found.missing[level]:
                await ask_values(
                    self._client, level, found.missing[level], fieldset, cells, problems, colors=not palette_known
                )
        problems.refuse(self._table.name)
        self._warn(warnings)
