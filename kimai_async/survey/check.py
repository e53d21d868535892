"""A file held against the server: what is missing there, differs, stands twice or is there beside; nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kimai_async.choices import Match
from kimai_async.events import Kind, Settled, Warned
from kimai_async.fields.bodies import FieldSet
from kimai_async.fields.catalogue import META, field_type
from kimai_async.findings import Differs, Extra, Missing, Twin
from kimai_async.kimai.together import together
from kimai_async.survey.checks import Checks
from kimai_async.survey.comparison import Comparing, meet_server
from kimai_async.survey.preflight import form_by_version
from kimai_async.survey.stock import Stock
from kimai_async.tree.nodes import LEVELS, Level, Node

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from kimai_async.csvfile.table import Table
    from kimai_async.events import Event
    from kimai_async.fields.bodies import Change
    from kimai_async.findings import Finding
    from kimai_async.kimai.client import KimaiClient
    from kimai_async.kimai.messages import Entry
    from kimai_async.plan.build import Plan
    from kimai_async.report import Report
    from kimai_async.server import Server
    from kimai_async.settings import Settings
    from kimai_async.survey.changes import Update
    from kimai_async.survey.comparison import Comparison


async def check_file(
    client: KimaiClient,
    settings: Settings,
    table: Table,
    plan: Plan,
    report: Report,
    emit: Callable[[Event], None],
    ask_more: Callable[[Server], Awaitable[None]] | None = None,
) -> tuple[list[Finding], Stock]:
    """Return how the server differs from the file, level by level, in the file's order, what is beside it by name.

    Only asks, never sends a form. Fields that Kimai does not show are not compared, nor those that are for new rows
    alone. The stock is for the time entries; nothing is to be done with it. *report* and *ask_more* are as for
    `take_stock`. Raises CsvError for a file that cannot be meant, StoppedError.
    """
    server = await meet_server(client, settings, emit)
    if ask_more is not None:
        await ask_more(server)
    found = await Comparing(client, settings, plan, report, emit).compare(server)
    checks = Checks(client, settings, table, plan, report, emit)
    await checks.check_values(found, {})  # which colours are meant
    checks.refuse()
    checks.warn()
    fieldsets = {level: FieldSet(level, form_by_version(level, server.version).fields) for level in LEVELS}
    check = _Check(client, settings, plan, report, found, fieldsets, emit)
    findings = [finding for level in LEVELS for finding in await check.level(level)]
    nothing: dict[Level, list[Update]] = {level: [] for level in LEVELS}
    return findings, Stock(server, found.missing, nothing, (), found.listings, fieldsets, ())


class _Check:
    def __init__(
        self,
        client: KimaiClient,
        settings: Settings,
        plan: Plan,
        report: Report,
        found: Comparison,
        fieldsets: Mapping[Level, FieldSet],
        emit: Callable[[Event], None],
    ) -> None:
        self._client = client
        self._settings = settings
        self._plan = plan
        self._report = report
        self._found = found
        self._fieldsets = fieldsets
        self._emit = emit
        self._unshown: set[tuple[Level, str]] = set()
        self._beside: dict[int, tuple[str, ...]] = {}

    async def level(self, level: Level) -> list[Finding]:
        """Return the findings of a level."""
        findings: list[Missing | Differs | Twin] = [
            Missing(level, node.path, node.line) for node in self._found.missing[level]
        ]
        findings += self._failed(level)

        async def look(pair: tuple[Node, Entry]) -> None:
            findings.extend(await self._differences(*pair))
            self._emit(Settled(Kind.EXISTS, pair[0]))

        await together(self._settings.concurrency, self._found.existing[level], look)
        findings.sort(key=lambda finding: (finding.line, finding.path, getattr(finding, "field", "")))
        extra = sorted(self._extra(level), key=lambda each: (each.path, each.id)) if self._settings.extra else []
        return [*findings, *extra]

    def _failed(self, level: Level) -> Iterator[Missing | Twin]:
        for node, (_, reason) in self._report.failures.items():
            if node.level is level and isinstance(node, Node):
                ids = self._ids(node)
                if len(ids) > 1:
                    yield Twin(level, node.path, node.line, ids)
                else:
                    yield Missing(level, node.path, node.line, reason)

    def _ids(self, node: Node) -> tuple[int, ...]:
        """Return the ids of all that a node may be."""
        if node.parent is not None and node.parent.id is None:
            return ()
        return tuple(sorted(entry.id for entry in self._found.listings[node.level].of(node)))

    async def _differences(self, node: Node, entry: Entry) -> list[Differs]:
        fieldset, shown = self._fieldsets[node.level], entry.shown or {}
        self._found.reconciler.renumber(node)
        if not fieldset.shows_all(node, shown):
            shown = await self._client.entity(node.level, entry.id)
        change = fieldset.change(node, shown)
        self._leave_unshown(node, change, shown)
        differing = {key: self._written(node, key, value) for key, value in change.body.items()}
        server: dict[str, Any] = {key: shown.get(key) for key in differing}
        there = {str(item["name"]).casefold(): item.get("value") for item in shown.get("metaFields") or ()}
        for name, value in change.meta.items():
            differing[META + name], server[META + name] = value, there.get(name.casefold())
        if self._settings.match is Match.NUMBER and entry.name != self._found.reconciler.clean(node.name):
            differing["name"], server["name"] = node.name, entry.name
        cells = self._plan.cells
        return [
            Differs(
                node.level,
                node.path,
                cells.line(node, _column(node, key)),
                entry.id,
                key,
                self._plan.heading(node.level) if key == "name" else cells.heading(node.level, _column(node, key)),
                text,
                server[key],
            )
            for key, text in differing.items()
        ]

    @staticmethod
    def _written(node: Node, key: str, value: Any) -> str:
        """Return what the file says of a field as a cell could have it."""
        values = node.values or {}
        return field_type(node.level, key).write(values[key]) if key in values else str(value)

    def _leave_unshown(self, node: Node, change: Change, shown: Mapping[str, Any]) -> None:
        """Take out of a change what the server does not show, and say so once for each custom field."""
        for key in change.body.keys() - shown.keys():
            del change.body[key]
        known = {str(item["name"]).casefold() for item in shown.get("metaFields") or ()}
        for name in [name for name in change.meta if name.casefold() not in known]:
            del change.meta[name]
            if (node.level, name.casefold()) not in self._unshown:
                self._unshown.add((node.level, name.casefold()))
                self._emit(
                    Warned(f"this Kimai shows no custom field {name!r} for {node.level.plural}: it cannot be compared")
                )

    def _extra(self, level: Level) -> Iterator[Extra]:
        """Yield what is below the file's customers and projects, or below what is extra there, and not in the file."""
        if level.parent is None:
            return
        tree = self._plan.tree
        above = {node.id: node.path for node in tree.level(level.parent) if node.id is not None} | self._beside
        own = {row_id for node in tree.level(level) for row_id in (node.id, *self._ids(node))}
        self._beside = {}
        for entry in self._found.listings[level]:
            if entry.parent in above and entry.id not in own:
                self._beside[entry.id] = path = (*above[entry.parent], entry.name)
                yield Extra(level, path, entry.id)


def _column(node: Node, key: str) -> str:
    """Return the field whose column gave a value: an address of one column becomes three lines."""
    split = key.startswith("addressLine") and key not in (node.values or {})
    return "address" if split else key
