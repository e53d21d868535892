"""The file's time entries held against the server's: what is missing, differs or is beside; hours by project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kimai_async.findings import Differs, Extra, HoursOf, Missing
from kimai_async.kimai.timesheets import moment
from kimai_async.timesheets.ledger import RATES
from kimai_async.tree.entry import Entry
from kimai_async.tree.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kimai_async.findings import Finding
    from kimai_async.kimai.timesheets import TimesheetRow
    from kimai_async.report import Report
    from kimai_async.timesheets.ledger import Ledger
    from kimai_async.tree.nodes import Node, Tree


async def check_entries(
    ledger: Ledger, entries: Sequence[Entry], tree: Tree, report: Report, headings: Mapping[str, str], *, extra: bool
) -> list[Finding]:
    """Return how the server's time entries differ from the file's, in the file's order; with *extra* those beside.

    *ledger* is what an import would do, *report* has what it would refuse. What is beside is looked for on the file's
    projects, in the span of time that the file covers.
    """
    findings: list[Missing | Differs] = [Missing(Level.ENTRY, entry.path, entry.line) for entry in ledger.missing]
    for node, (_, reason) in report.failures.items():
        if isinstance(node, Entry):
            findings.append(Missing(Level.ENTRY, node.path, node.line, reason))
    for update in ledger.updates:
        if isinstance(update.node, Entry):
            findings += await _differences(ledger, update.node, update.change.body, headings)
    findings.sort(key=lambda finding: (finding.line, getattr(finding, "field", "")))
    beside = sorted(await _beside(ledger, entries, tree), key=lambda each: (each.path, each.id)) if extra else []
    return [*findings, *beside]


async def _differences(
    ledger: Ledger, entry: Entry, body: Mapping[str, Any], headings: Mapping[str, str]
) -> list[Differs]:
    assert entry.id is not None
    shown = await ledger.client.whole(entry.id)
    return [
        Differs(
            Level.ENTRY,
            entry.path,
            entry.line,
            entry.id,
            key,
            headings.get(key, key),
            _text(key, value),
            shown.get(key),
        )
        for key, value in body.items()
    ]


def _text(key: str, value: Any) -> str:
    if key in RATES:
        return f"{float(value):.2f}"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


async def _beside(ledger: Ledger, entries: Sequence[Entry], tree: Tree) -> list[Extra]:
    """Return the time entries that are on the file's projects, within its span of time, and not in the file."""
    projects = {node.id: node.path for node in tree.level(Level.PROJECT) if node.id is not None}
    activities = {node.id: node.path for node in tree.level(Level.ACTIVITY) if node.id is not None}
    begins = [entry.begin for entry in entries]
    if not begins or not projects:
        return []
    own = {entry.id for entry in entries}
    first, last = min(begins), max(begins)
    found: dict[int, Extra] = {}

    def take(rows: Iterable[TimesheetRow]) -> None:
        for row in rows:
            if row.project in projects and row.id not in own and first <= row.begin <= last:
                path = activities.get(row.activity, projects[row.project])
                found[row.id] = Extra(Level.ENTRY, (*path, f"{moment(row.begin)[:16].replace('T', ' ')} UTC"), row.id)

    await ledger.client.entries(first, last, take)
    return list(found.values())


def hours_by_project(entries: Iterable[Entry]) -> Iterator[HoursOf]:
    """Yield the hours of each project: what the file says of it, and how much of that is on the server."""
    file: dict[Node, int] = {}
    there: dict[Node, int] = {}
    for entry in entries:
        project = entry.parent.parent or entry.parent
        file[project] = file.get(project, 0) + entry.seconds
        there[project] = there.get(project, 0) + (entry.seconds if entry.id is not None else 0)
    for project in sorted(file, key=lambda each: each.path):
        yield HoursOf(project.path, file[project], there[project])
