"""Takes stock before anything is sent: what is there, what is missing, what differs, what the server would refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kimai_async.choices import Match, OnExisting
from kimai_async.create.patches import Update
from kimai_async.csvfile.notes import Notes
from kimai_async.errors import AccessError, CsvError
from kimai_async.events import Event, Kind, Listed, ServerKnown, Settled, Warned
from kimai_async.fields.bodies import Change, FieldSet
from kimai_async.fields.catalogue import FIELDS
from kimai_async.kimai.together import together
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
from kimai_async.survey.reconcile import Listing, Reconciler
from kimai_async.text import shorten
from kimai_async.tree.collector import collector_paused
from kimai_async.tree.names import FORBIDDEN_SINCE
from kimai_async.tree.nodes import LEVELS, Level, Node
from kimai_async.tree.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from kimai_async.csvfile.table import Table
    from kimai_async.kimai.client import KimaiClient
    from kimai_async.kimai.messages import Entry, Form, Server
    from kimai_async.plan.build import Plan
    from kimai_async.report import Report
    from kimai_async.settings import Settings
    from kimai_async.survey.reconcile import Finding


class Stock:
    """What the server has and takes, beside what the file asks for.

    `missing` and `updates` are what is to be done, level by level; `hides` comes last of all. Raises what ends a run
    before anything was sent: AccessError, CsvError, UsageError, StoppedError.
    """

    def __init__(
        self,
        client: KimaiClient,
        settings: Settings,
        table: Table,
        plan: Plan,
        report: Report,
        emit: Callable[[Event], None],
    ) -> None:
        self.missing: dict[Level, list[Node]] = {level: [] for level in LEVELS}
        self.updates: dict[Level, list[Update]] = {level: [] for level in LEVELS}
        self.hides: list[Update] = []
        self.listings: dict[Level, Listing] = {}
        self.forms: dict[Level, Form] = {}
        self.fieldsets: dict[Level, FieldSet] = {}
        self._client = client
        self._settings = settings
        self._table = table
        self._plan = plan
        self._report = report
        self._emit = emit
        self._existing: dict[Level, list[tuple[Node, Entry]]] = {level: [] for level in LEVELS}
        self._growing: set[Node] = set()

    @property
    def _updating(self) -> bool:
        return self._settings.on_existing is OnExisting.UPDATE

    async def take(self) -> None:
        """Ask the server everything that can be asked, and check everything that can be checked."""
        server = await self._client.server()
        self._emit(ServerKnown(server))
        for text in doubts(server, self._settings):
            self._emit(Warned(text))
        reconciler = self._reconciler(server)
        for level in LEVELS:
            await self._compare(level, reconciler)
        self._refuse_existing()
        self._check_names(server, reconciler)
        self._growing = set(_above(node for nodes in self.missing.values() for node in nodes))
        for level in LEVELS:
            await self._ask_form(level, server)
        await self._check_values()
        await self._find_changes(reconciler)

    def _reconciler(self, server: Server) -> Reconciler:
        cleans = self._settings.sanitize and server.version >= FORBIDDEN_SINCE
        tree = self._report.tree
        for level in LEVELS if cleans else ():
            for node in tree.level(level):
                if node.values is not None and node.number is not None:
                    node.values["number"] = sanitize(node.number)
        return Reconciler(tree, self._report.failures, opens=self._opens, clean=sanitize if cleans else str)

    def _opens(self, node: Node) -> bool:
        """Tell whether a hidden node will be made visible."""
        return self._settings.show_hidden or (self._updating and (node.values or {}).get("visible") is True)

    async def _compare(self, level: Level, reconciler: Reconciler) -> None:
        """List a level, or what is below this file's parents if the whole is too much, and settle what is there."""
        tree = self._report.tree
        parents: list[int | None] | None = None
        if level.parent is not None:
            parents = [node.id for node in tree.level(level.parent) if node.id is not None]
        if level is Level.ACTIVITY and parents is not None and tree.global_activities:
            parents.append(None)
        entries = await self._client.entries(level, parents)
        self._emit(Listed(level, len(entries)))
        with collector_paused():
            listing = self.listings[level] = Listing(entries, self._settings.matching)
            for finding in reconciler.compare(level, listing):
                self._sort(finding, reconciler)

    def _sort(self, finding: Finding, reconciler: Reconciler) -> None:
        node, kind, reason, entry = finding
        if kind is None:
            self.missing[node.level].append(node)
        elif entry is not None and (
            node in reconciler.opened or (self._updating and (node.values is not None or entry.name != node.name))
        ):
            self._existing[node.level].append((node, entry))
        else:
            self._emit(Settled(kind, node, reason))

    def _refuse_existing(self) -> None:
        if self._settings.on_existing is not OnExisting.FAIL:
            return
        notes = Notes()
        for level in LEVELS:
            for node in self._report.tree.level(level):
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

    def _check_names(self, server: Server, reconciler: Reconciler) -> None:
        checks = NameChecks(self._plan, server.version)
        checks.check(node for nodes in self.missing.values() for node in nodes)
        checks.check_renamed(reconciler.renamed)
        checks.problems.refuse(self._table.name)
        self._warn(checks.renamed(reconciler.renamed))
        self._warn(checks.alike(reconciler.alike))

    def _warn(self, notes: Notes) -> None:
        for text in notes.lines():
            self._emit(Warned(text))

    async def _ask_form(self, level: Level, server: Server) -> None:
        """Ask what this user may send of a level, if anything of it is to be sent."""
        defaults = self._settings.customer_fields if level is Level.CUSTOMER else {}
        given = [target.key for _, target in self._table.columns.fields if target.level is level]
        if self.missing[level]:
            form = await ask_form(self._client, level, defaults)
            if level is Level.CUSTOMER:
                check_defaults(form, self.missing[level])
        elif self._updating and given and self._existing[level]:
            form = await self._form_for_changes(level, server)
        else:
            return
        self.forms[level] = form
        fieldset = self.fieldsets[level] = FieldSet(level, form.fields, defaults)
        for field in fieldset.lacking(given):
            self._emit(Warned(left_out(field, level, self._plan.cells.heading(level, field.key), server)))
        if self._updating and self._existing[level]:
            for key in given:
                if key in FIELDS[level] and not FIELDS[level][key].changeable:
                    heading = self._plan.cells.heading(level, key)
                    self._emit(Warned(f"column {heading!r} is for new {level.plural} alone: what exists keeps its own"))

    async def _form_for_changes(self, level: Level, server: Server) -> Form:
        """Return what may be changed: what a create takes, or what this version has if this user may not create."""
        try:
            return await ask_form(self._client, level, {})
        except AccessError:
            return form_by_version(level, server.version)

    async def _check_values(self) -> None:
        """Check against the server what only the server knows: colours, languages, teams, invoice templates."""
        problems, warnings = Notes(), Notes()
        cells = self._plan.cells
        nodes = [*(node for level in LEVELS for node in self.missing[level] if node.values is not None)]
        nodes += [node for level in LEVELS for node, _ in self._existing[level] if node.values is not None]
        palette_known = await resolve_colors(self._client, nodes, cells, problems, warnings)
        for level, fieldset in self.fieldsets.items():
            if self.missing[level]:
                await ask_values(
                    self._client, level, self.missing[level], fieldset, cells, problems, colors=not palette_known
                )
        problems.refuse(self._table.name)
        self._warn(warnings)

    async def _find_changes(self, reconciler: Reconciler) -> None:
        """Find what differs between the file and what exists; what differs in nothing is settled."""
        for level in LEVELS:

            async def look(pair: tuple[Node, Entry]) -> None:
                await self._look(*pair, reconciler)

            await together(self._settings.concurrency, self._existing[level], look)
            self.updates[level].sort(key=lambda update: update.node.line)
            self.hides += (update for update in self.updates[level] if update.hide)
            self.hides += (
                Update(node, Change(), hide=True, new=True) for node in self.missing[level] if self.is_late(node)
            )

    async def _look(self, node: Node, entry: Entry, reconciler: Reconciler) -> None:
        change = await self._difference(node, entry, reconciler) if self._updating else Change()
        hide = self.is_late(node) and (entry.visible or node in reconciler.opened)
        if hide:
            change.body.pop("visible", None)
        if node in reconciler.opened and node in self._growing:
            change.body["visible"] = True
        if change or hide:
            self.updates[node.level].append(Update(node, change, hide))
        else:
            self._emit(Settled(Kind.EXISTS, node))

    async def _difference(self, node: Node, entry: Entry, reconciler: Reconciler) -> Change:
        fieldset = self.fieldsets.get(node.level)
        shown: Mapping[str, Any] = entry.shown or {}
        change = Change()
        if fieldset is not None and node.values is not None:
            if not fieldset.shows_all(node, shown):
                shown = await self._client.entity(node.level, entry.id)
            change = fieldset.change(node, shown)
        name = reconciler.clean(node.name)
        if entry.name != name and self._settings.match is Match.NUMBER:
            change.body["name"] = name
        return change

    def is_late(self, node: Node) -> bool:
        """Tell whether the file wants a node hidden that still gets something below it: it is hidden at the end."""
        return node in self._growing and (node.values or {}).get("visible") is False

    def fields(self, node: Node) -> dict[str, Any]:
        """Return the fields that a create sends for a node, its name and parent aside."""
        return self.fieldsets[node.level].for_create(node, shown=self.is_late(node))


def _above(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yield everything that these hang below, each once for every level."""
    parents = {node.parent for node in nodes if node.parent is not None}
    if parents:
        yield from parents
        yield from _above(parents)
