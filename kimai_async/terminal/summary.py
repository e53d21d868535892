"""The report in words."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kimai_async.errors import OutputError
from kimai_async.events import Kind
from kimai_async.text import path_text, plain, shorten
from kimai_async.tree.nodes import Level, Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kimai_async.fields.columns import Columns
    from kimai_async.report import Report
    from kimai_async.tree.entry import Item

SHOWN = 20
"""How many failures are spelled out without `--verbose`."""

_COLUMNS = 40
"""So many columns fit on a screen beside what else is said."""

_CUSTOMERS = 10
_PROJECTS = 5
_HEADINGS = {
    Kind.CREATED: "created",
    Kind.UPDATED: "updated",
    Kind.EXISTS: "already there",
    Kind.REFUSED: "refused",
    Kind.SKIPPED: "skipped",
}


def failure_lines(report: Report, most: int | None = SHOWN) -> Iterator[str]:
    """Yield a line for each refused row's node (the skipped ones follow from them), by line, and how many more."""
    refused = [(node, reason) for node, (kind, reason) in report.failures.items() if kind is Kind.REFUSED]
    for node, reason in sorted(refused, key=_line)[:most]:
        yield f"line {node.line}: {node.level} {path_text(node.path)}: {shorten(reason, 400)}"
    if most is not None and len(refused) > most:
        yield f"and {len(refused) - most:,} more"


def incomplete_lines(report: Report, most: int = SHOWN) -> Iterator[str]:
    """Yield a line for each node that is there, but not as the file has it, by line, and how many more there are."""
    for node, reason in sorted(report.incomplete.items(), key=_line)[:most]:
        yield f"line {node.line}: {node.level} {path_text(node.path)} is there, but {shorten(reason, 400)}"
    if len(report.incomplete) > most:
        yield f"and {len(report.incomplete) - most:,} more"


def _line(pair: tuple[Item, str]) -> int:
    return pair[0].line


def column_lines(columns: Columns) -> Iterator[str]:
    """Yield what each heading means, as a small table: heading, arrow, field; ignored ones give way to others."""
    indexes = range(len(columns.headings))
    ranked = sorted(indexes, key=lambda index: columns.targets[index] is None and index not in columns.hints)
    shown = sorted(ranked[:_COLUMNS])
    headings = {index: shorten(columns.headings[index], 30) or "(empty)" for index in shown}
    width = max(map(len, headings.values()))
    for index, heading in headings.items():
        target = columns.targets[index]
        meaning = "ignored" if target is None else shorten(str(target), 60)
        hint = f" ({columns.hints[index]})" if index in columns.hints else ""
        yield f"  {heading:<{width}}  → {meaning}{hint}"
    left = ranked[_COLUMNS:]
    if left:
        ignored = ", ignored" if all(columns.targets[index] is None for index in left) else ""
        yield f"  and {len(left):,} more{ignored}"


def twins_line(node: Item, ids: Iterable[int]) -> str:
    """Return the sentence about a node that the server stored more than once."""
    *some, last = map(str, ids)
    times, others = ("twice", "other") if len(some) == 1 else (f"{len(some) + 1} times", "others")
    return (
        f"the server stored the {node.level} {path_text(node.path)} {times} (ids {', '.join(some)} and {last}), an "
        f"answer came late; what belongs below it is below {node.id}, so delete the {others}"
    )


def unclear_line(report: Report) -> str:
    """Return the sentence about creates whose answer did not come before the run ended."""
    nodes = list(report.unclear)
    shown = ", ".join(path_text(node.path) for node in nodes[:3])
    several = f"{len(nodes)} creates" if len(nodes) > 1 else "1 create"
    return (
        f"{several} may have been stored or not: {shown}{', …' if len(nodes) > 3 else ''}. "
        "The next run looks before it sends them again."
    )


def table_lines(report: Report) -> Iterator[str]:
    """Yield the counts as a small table: a heading, then a line a level."""
    headings = dict(_HEADINGS)
    if report.dry_run:
        headings |= {Kind.CREATED: "to create", Kind.UPDATED: "to update"}
    if not report.total(Kind.UPDATED):
        del headings[Kind.UPDATED]
    gap = 1 if Kind.UPDATED in headings else 2  # within 60 columns either way
    widths = {kind: max(len(heading), 7) + gap for kind, heading in headings.items()}
    yield " " * 10 + "".join(f"{heading:>{widths[kind]}}" for kind, heading in headings.items())
    for level in report.levels:
        yield f"{level.heading:<10}" + "".join(f"{report.counts[kind][level]:>{widths[kind]},}" for kind in headings)


def next_step(report: Report, name: str) -> str:
    """Return the last line: how it went and what to do now."""
    if report.error is not None:
        left = sum(report.pending.values())
        if left:
            return f"{left:,} not done yet; run the same command again to go on."
        if isinstance(report.error, OutputError):
            return "All else is done; what is on the server is left alone when you run it again."
        return "Run the same command again."
    if report.interrupted:
        return f"Interrupted; {sum(report.pending.values()):,} not done yet. Run the same command again to go on."
    if report.dry_run:
        return _next_after_dry_run(report)
    if report.twins and not report.failed and not report.incomplete:
        times = "twice" if all(len(ids) == 2 for ids in report.twins.values()) else "more than once"
        doubled = f"{len(report.twins):,} of it {times}"
        return f"Everything in {name} is on the server, {doubled}: delete the doubles named above."
    if report.failed or report.incomplete:
        rows = "1 row" if report.rejected_rows == 1 else f"{report.rejected_rows:,} rows"
        whole = "" if report.failed else " as a whole"
        update = " with --on-existing update" if report.incomplete else ""
        if str(report.rejects) == os.devnull or (report.rejects and report.rejects.parts[:2] == ("/", "dev")):
            return f"{rows} did not go in{whole}; mend the file and import it again{update}."
        return f"{rows} did not go in{whole}: see {plain(str(report.rejects))}; mend it and import it{update}."
    return f"Everything in {name} is on the server."


def _next_after_dry_run(report: Report) -> str:
    if report.failed:
        return "Nothing was sent. Mend what is refused, or import the rest as it is, without --dry-run."
    if report.total(Kind.CREATED):
        return (
            "Nothing was sent. Run it without --dry-run to create these, and run no second import meanwhile: Kimai has "
            "no unique names, so two at once would create them twice."
        )
    if report.total(Kind.UPDATED):
        return "Nothing was sent. Run it without --dry-run to make these changes."
    if report.incomplete:
        return "Nothing was sent, and nothing would be: all of it is there, but not as the file has it; see above."
    return "Nothing was sent, and nothing needs to be: all of it is there."


def would_create_lines(report: Report) -> Iterator[str]:
    """Yield the tree that a dry run would create, in short: ten customers, five projects each, activities counted."""
    failed = report.failures
    customers = [node for node in report.tree.customers.values() if _grows(node, failed)]
    new_globals = sum(node.id is None and node not in failed for node in report.tree.global_activities.values())
    for customer in customers[:_CUSTOMERS]:
        yield f"{_mark(customer)} {path_text((customer.name,))}"
        projects = [node for node in _children(customer) if _grows(node, failed)]
        for project in projects[:_PROJECTS]:
            new = sum(node.id is None and node not in failed for node in _children(project))
            yield f"  {_mark(project)} {path_text((project.name,))}" + (
                f"  (+ {Level.ACTIVITY.many(new)})" if new else ""
            )
        if len(projects) > _PROJECTS:
            yield f"    and {Level.PROJECT.many(len(projects) - _PROJECTS)} more"
    if len(customers) > _CUSTOMERS:
        yield f"and {Level.CUSTOMER.many(len(customers) - _CUSTOMERS)} more"
    if new_globals:
        yield f"+ {Level.ACTIVITY.many(new_globals)} for all projects"


def _children(node: Node) -> Iterable[Node]:
    return () if node.children is None else node.children.values()


def _mark(node: Node) -> str:
    return "+" if node.id is None else " "


def _grows(node: Node, failed: object) -> bool:
    """Tell whether a node is to be created, or something below it."""
    assert isinstance(failed, dict)
    if node in failed:
        return False
    return node.id is None or any(_grows(child, failed) for child in _children(node))


def server_tree_lines(paths: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield a server's tree, from its paths in order, in short: activities are counted."""
    paths = list(paths)
    below: dict[tuple[str, ...], int] = {}
    for path in paths:
        below[path[:-1]] = below.get(path[:-1], 0) + 1
    customers = [path for path in paths if len(path) == 1]
    for customer in customers[:_CUSTOMERS]:
        yield path_text(customer)
        projects = [path for path in paths if len(path) == 2 and path[:1] == customer]
        for project in projects[:_PROJECTS]:
            yield f"  {path_text(project[1:])}  ({Level.ACTIVITY.many(below.get(project, 0))})"
        if len(projects) > _PROJECTS:
            yield f"  and {Level.PROJECT.many(len(projects) - _PROJECTS)} more"
    if len(customers) > _CUSTOMERS:
        yield f"and {Level.CUSTOMER.many(len(customers) - _CUSTOMERS)} more"
    everywhere = below.get(("", ""), 0)
    if everywhere:
        yield f"{Level.ACTIVITY.many(everywhere)} for all projects"
