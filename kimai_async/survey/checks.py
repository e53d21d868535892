"""What this server would refuse of a file, asked and told before anything is sent."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from kimai_async.choices import Match, OnExisting
from kimai_async.csvfile.notes import About, Notes
from kimai_async.errors import AccessError, CsvError, StoppedError, UsageError
from kimai_async.events import Event, Kind, Settled, Warned
from kimai_async.fields.bodies import FieldSet
from kimai_async.fields.catalogue import FIELDS
from kimai_async.kimai.together import at_once
from kimai_async.survey.colors import Palette, compare_colors, resolve_colors
from kimai_async.survey.name_checks import NameChecks
from kimai_async.survey.preflight import (
    ask_values,
    form_by_version,
    lacking_defaults,
    left_out,
    refused_defaults,
)
from kimai_async.survey.taken import taken_numbers
from kimai_async.text import shorten
from kimai_async.tree.nodes import LEVELS, Level, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from kimai_async.csvfile.table import Table
    from kimai_async.kimai.client import KimaiClient
    from kimai_async.kimai.messages import Form
    from kimai_async.plan.build import Plan
    from kimai_async.report import Report
    from kimai_async.server import Server
    from kimai_async.settings import Settings
    from kimai_async.survey.changes import Update
    from kimai_async.survey.comparison import Comparison
    from kimai_async.survey.taken import Wish


class Checks:
    """Checks what is to be sent; what is wrong goes to the plan's problems, what is odd is told at the end by `warn`.

    `wrong_options` are sentences about what new customers need and the options do not give.
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
        self._client = client
        self._settings = settings
        self._table = table
        self._plan = plan
        self._report = report
        self._emit = emit
        self._updating = settings.on_existing is OnExisting.UPDATE
        self._warnings = Notes()
        self.wrong_options: list[str] = []
        self._palette: Palette | None = None
        self._asked: set[Level] = set()

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
            lines = "\n".join(f"  {line}" for line in notes.by_line())
            things, are = ("1 thing", "is") if notes.count == 1 else (f"{notes.count:,} things", "are")
            raise CsvError(
                f"{things} that {self._table.name} asks for {are} on the server already (--on-existing fail); nothing "
                f"was sent.\n{lines}"
            )

    def check_names(self, server: Server, found: Comparison) -> None:
        """Note the names and numbers that this version refuses, those that were changed, and those that look alike."""
        reconciler = found.reconciler
        checks = NameChecks(self._plan, server.version, self._plan.problems)
        for node in found.all_missing():
            checks.check_name(node)
            checks.check_number(node)
        for node, entry in found.all_existing() if self._updating else ():
            if node.number is not None and entry.number != node.number:
                reconciler.renumber(node)
                checks.check_number(node)
            if self._settings.match is Match.NUMBER and entry.name not in (node.name, reconciler.clean(node.name)):
                reconciler.rename(node)
                checks.check_name(node)
        checks.check_renamed(reconciler.renamed)
        checks.check_renumbered(reconciler.renumbered)
        checks.note_changes(reconciler.renamed, reconciler.renumbered, self._warnings)
        checks.note_alike(reconciler.alike, self._warnings)

    async def ask_forms(self, server: Server, found: Comparison) -> dict[Level, FieldSet]:
        """Ask, at once, what this user may send of each level of which anything is to be sent."""
        given = {
            level: [target.key for _, target in self._table.columns.fields if target.level is level] for level in LEVELS
        }
        forms = await at_once(*(partial(self._ask_form, level, server, found, given[level]) for level in LEVELS))
        fieldsets = {}
        for level, form in zip(LEVELS, forms, strict=True):
            if form is not None:
                fieldsets[level] = FieldSet(level, form.fields, self._defaults(level))
                changing = self._updating and bool(found.existing[level])
                self._warn_of_columns(level, server, fieldsets[level], given[level], changing=changing)
        return fieldsets

    def _defaults(self, level: Level) -> Mapping[str, str]:
        return self._settings.customer_fields if level is Level.CUSTOMER else {}

    async def _ask_form(self, level: Level, server: Server, found: Comparison, given: Sequence[str]) -> Form | None:
        if found.missing[level]:
            defaults = self._defaults(level)
            form = await self._client.form(level, defaults)
            self._asked.add(level)
            if level is Level.CUSTOMER:
                wrong = refused_defaults(form, defaults), lacking_defaults(form, defaults, found.missing[level])
                self.wrong_options += filter(None, wrong)
            return form
        if not (self._updating and given and found.existing[level]):
            return None
        try:
            form = await self._client.form(level, {})
        except AccessError:  # may change, though not create
            return form_by_version(level, server.version)
        self._asked.add(level)
        return form

    def _warn_of_columns(
        self, level: Level, server: Server, fieldset: FieldSet, given: Sequence[str], *, changing: bool
    ) -> None:
        cells = self._plan.cells
        for field in fieldset.lacking(given):
            self._warnings.note(left_out(field, level, cells.heading(level, field.key), server), About.COLUMNS)
        for key in given if changing else ():
            if key in FIELDS[level] and not FIELDS[level][key].changeable:
                heading = cells.heading(level, key)
                text = f"column {heading!r} is for new {level.plural} alone: what exists keeps its own"
                self._warnings.note(text, About.SERVER)

    async def check_values(self, found: Comparison, fieldsets: Mapping[Level, FieldSet]) -> None:
        """Check against the server what only it knows of new rows: colours, currencies, teams and the like."""
        await self._check_colors(found)
        for level, fieldset in fieldsets.items():
            wanted = [(node, self._asked_keys(level)) for node in found.missing[level]]
            if wanted:
                await ask_values(self._client, level, wanted, fieldset, self._plan.cells, self._plan.problems)

    async def check_changes(
        self, updates: Mapping[Level, Sequence[Update]], fieldsets: Mapping[Level, FieldSet]
    ) -> None:
        """Check likewise what is to be changed."""
        for level in self._asked & fieldsets.keys():
            keys = self._asked_keys(level)
            wanted = [
                (update.node, keys & update.change.body.keys())
                for update in updates[level]
                if isinstance(update.node, Node)
            ]
            await ask_values(self._client, level, wanted, fieldsets[level], self._plan.cells, self._plan.problems)

    def _asked_keys(self, level: Level) -> set[str]:
        """Return the fields of which only the server knows which values there are."""
        colors = {"color"} if not self._palette else set()
        return {key for key, field in FIELDS[level].items() if field.asked} | colors

    async def _check_colors(self, found: Comparison) -> None:
        nodes = chain(found.all_missing(), (node for node, _ in found.all_existing()))
        colored = dict.fromkeys(node for node in nodes if node.values is not None and "color" in node.values)
        if colored:
            self._palette = palette = Palette(await self._client.colors())
            cells = self._plan.cells
            compare_colors(palette, colored.keys(), cells, self._warnings)
            resolve_colors(palette, colored, cells, self._plan.problems, self._warnings)

    async def refuse_taken(self, found: Comparison, fieldsets: Mapping[Level, FieldSet]) -> dict[Node, str]:
        """Refuse the new rows whose number another has; return what exists and cannot have its number, and why."""
        kept: dict[Node, str] = {}
        for level in LEVELS:
            missing = found.missing[level]
            missing[:] = self._below_refused(missing)
            if level in fieldsets and fieldsets[level].takes("number"):
                wishes = self._wishes(found, level)
                taken = await taken_numbers(self._client, level, wishes, found.listings[level], self._plan.cells)
                kept.update({node: why for node, why in taken.items() if node.id is not None})
                for node, why in taken.items():
                    if node.id is None:
                        self._emit(Settled(Kind.REFUSED, node, why))
                missing[:] = [node for node in missing if node not in taken]
        return kept

    def _wishes(self, found: Comparison, level: Level) -> Iterator[Wish]:
        """Yield who is to get a number of the file: first what exists and is changed, as it is sent first."""
        for node, entry in found.existing[level] if self._updating else ():
            if node.number is not None and node.number != entry.number:
                yield node, entry
        for node in found.missing[level]:
            if node.number is not None:
                yield node, None

    def _below_refused(self, missing: Sequence[Node]) -> Iterator[Node]:
        """Yield those whose parent was not refused meanwhile, and skip the others."""
        for node in list(missing):
            if node.parent in self._report.failures:
                self._emit(Settled(Kind.SKIPPED, node, f"its {node.parent.level} was not imported"))
            else:
                yield node

    @contextmanager
    def problems_first(self) -> Iterator[None]:
        """Let an error that ends the block come after the problems of the file, if there are any."""
        try:
            yield
        except (StoppedError, UsageError) as error:
            self._plan.refuse(*self.wrong_options, str(error))
            raise

    def refuse(self) -> None:
        """Raise CsvError for the problems of the file, with those of the options; UsageError for the latter alone."""
        self._plan.refuse(*self.wrong_options)
        if self.wrong_options:
            raise UsageError(" ".join([*self.wrong_options, "Nothing was sent."]))

    def warn(self) -> None:
        """Say what was noted, the worst first."""
        for text in self._warnings.lines():
            self._emit(Warned(text))
