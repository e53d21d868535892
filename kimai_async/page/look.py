"""What a file is before any server is asked: its columns, samples of them, and what is wrong with its rows."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from kimai_async.csvfile.table import Table
from kimai_async.errors import CsvError, UsageError
from kimai_async.fields.catalogue import FIELDS
from kimai_async.fields.columns import Columns, Target
from kimai_async.fields.entry_words import ENTRY_KEYS
from kimai_async.plan.build import build
from kimai_async.plan.entries import looks_like_entries, read_entries
from kimai_async.settings import parse_delimiter
from kimai_async.text import shorten
from kimai_async.tree.collector import collector_paused
from kimai_async.tree.nodes import LEVELS, Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kimai_async.plan.build import Plan
    from kimai_async.plan.entries import EntryPlan
    from kimai_async.settings import Settings

SAMPLES = 3
"""Rows of which a column shows its cells."""

LONGEST = 80
"""Characters that are shown of a cell."""


class _Sample(Table):
    """A table that is shown even if its headings cannot be meant; `problem` says why."""

    problem: str | None = None

    def _understand(self, mapping: Mapping[str, str], *, given: bool) -> Columns:
        try:
            return super()._understand(mapping, given=given)
        except CsvError as error:
            self.problem = str(error)
            meant = {heading: name for name, heading in mapping.items() if heading}
            return Columns(self.heading, [_target(meant.get(heading)) for heading in self.heading])


def _target(name: str | None) -> Target | None:
    if name is None:
        return None
    level, _, key = name.partition(".")
    return Target(Level(level), key)


def targets(*, timesheets: bool) -> Iterator[str]:
    """Yield everything that a column may be taken for, custom fields aside, as `--column` names it."""
    for level in LEVELS:
        yield str(level)
        yield from (f"{level}.{key}" for key in FIELDS[level])
    if timesheets:
        yield from (f"{Level.ENTRY}.{key}" for key in ENTRY_KEYS)


def look(file: BinaryIO, settings: Settings) -> dict[str, Any]:
    """Return what a file is: encoding and delimiter, its columns with samples, problems and warnings by line.

    What cannot be read at all is the only `problem` then. Takes as long as reading the file.
    """
    try:
        table = _open(_Sample, file, settings)
    except (CsvError, UsageError) as error:
        return {"encoding": None, "delimiter": None, "columns": [], "problems": [str(error)], "warnings": []}
    problems, warnings, counts = _read(file, table, settings)
    return {
        "encoding": table.shown_encoding,
        "delimiter": table.shown_delimiter,
        "columns": list(_columns(table)),
        "problems": problems,
        "warnings": [*table.doubts(), *warnings],
        "counts": counts,
        "entries": looks_like_entries(table),
    }


def _open(kind: type[Table], file: BinaryIO, settings: Settings) -> Any:
    given = settings.delimiter
    return kind(
        file,
        name=str(getattr(file, "name", "the file")),
        delimiter=None if given is None else parse_delimiter(given),
        encoding=settings.encoding,
        mapping=settings.columns,
        timesheets=settings.timesheets,
    )


def _columns(table: Table) -> Iterator[dict[str, Any]]:
    try:
        rows = [cells for _, cells in islice(table, SAMPLES)]
    except CsvError:  # the problems have it
        rows = []
    for index, heading in enumerate(table.columns.headings):
        target = table.columns.targets[index]
        yield {
            "heading": heading,
            "settable": bool(heading) and list(table.columns.headings).count(heading) == 1,
            "target": None if target is None else str(target),
            "hint": table.columns.hints.get(index),
            "samples": [shorten(cells[index], LONGEST) if index < len(cells) else "" for cells in rows],
        }


def _read(file: BinaryIO, table: _Sample, settings: Settings) -> tuple[list[str], list[str], dict[str, int]]:
    """Return the problems and the warnings of the rows, and how many nodes they make on each level."""
    if table.problem is not None:
        return [table.problem], [], {}
    try:
        plan, entries = _plan(_open(Table, file, settings), settings)
    except (CsvError, UsageError) as error:
        return str(error).split("\n"), [], {}
    counts = {str(level): plan.tree.size(level) for level in LEVELS}
    if entries is not None:
        counts[str(Level.ENTRY)] = len(entries.entries)
    return list(_problems(plan)), plan.warnings.lines(), counts


def _plan(table: Table, settings: Settings) -> tuple[Plan, EntryPlan | None]:
    with collector_paused():
        plan = build(table, settings.rules)
        return plan, read_entries(table, plan, settings.rules) if settings.timesheets and not plan.unread else None


def _problems(plan: Plan) -> Iterator[str]:
    try:
        plan.refuse()
    except CsvError as error:
        yield from (line.strip() for line in str(error).split("\n"))


def choose(columns: Mapping[str, str], look: Mapping[str, Any], index: int, target: str | None) -> dict[str, str]:
    """Return which heading holds which field after a column was said to be *target*, or nothing.

    Raises LookupError for a column that is not there.
    """
    column = look["columns"][index]
    heading, before = column["heading"], column["target"]
    chosen = {name: held for name, held in columns.items() if held != heading and name != target}
    if target is not None:
        chosen[target] = heading
    if before is not None and before not in chosen and before != target:
        chosen[before] = ""
    return chosen
