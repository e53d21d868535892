"""What a run did, as plain values for the page."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from kimai_async.events import Kind
from kimai_async.text import path_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kimai_async.report import Hours, Report
    from kimai_async.tree.entry import Item

SHOWN = 100
"""How many nodes of a kind of trouble are spelled out; all are counted."""

PEOPLE = 20
"""How many customers, and people, have their hours told."""


def verdict(report: Report) -> str:
    """Return how it went in one word, the worst that is true; the page has a sentence for each.

    `error`, `stopped`, `refused` (some rows did not go in, or would not), `twins`, `incomplete`, `all` (everything is
    on the server); after a plan without trouble `create`, `update` or `nothing` to do.
    """
    if report.error is not None:
        return "error"
    if report.interrupted:
        return "stopped"
    if report.failed:
        return "refused"
    if report.dry_run:
        return _planned(report)
    if report.twins:
        return "twins"
    return "incomplete" if report.incomplete else "all"


def _planned(report: Report) -> str:
    if report.total(Kind.CREATED):
        return "create"
    return "update" if report.total(Kind.UPDATED) else "nothing"


def outcome(report: Report, error: str | None) -> dict[str, Any]:
    """Return a report as JSON has it, but for its tree; *error* is the sentence about what went wrong."""
    return {
        "verdict": verdict(report),
        "error": error,
        "sent": report.error is None or report.error.exit_code != 2,
        "seconds": round(report.seconds, 1),
        "levels": [str(level) for level in report.levels],
        "counts": {str(kind): {str(level): report.counts[kind][level] for level in report.levels} for kind in Kind},
        "pending": sum(report.pending.values()),
        "failed": report.failed,
        "rejects": report.rejects is not None,
        "rejectedRows": report.rejected_rows,
        "unclear": _some(report.unclear),
        "incomplete": _some(report.incomplete),
        "hours": None if report.hours is None else _hours(report.hours),
    }


def _some(nodes: Mapping[Item, str]) -> dict[str, Any]:
    shown = [refused(node, reason) for node, reason in islice(nodes.items(), SHOWN)]
    return {"count": len(nodes), "shown": shown}


def refused(node: Item, reason: str) -> dict[str, Any]:
    """Return a node with what is wrong with it."""
    return {"line": node.line, "level": str(node.level), "path": path_text(node.path), "reason": reason}


def _hours(hours: Hours) -> dict[str, Any]:
    return {
        "file": hours.file,
        "stored": hours.stored,
        "rounding": hours.rounding,
        "customers": hours.customers.most_common(PEOPLE),
        "people": hours.people.most_common(PEOPLE),
    }
