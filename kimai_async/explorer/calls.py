"""What is asked of Kimai's API, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from kimai_async.errors import UsageError
from kimai_async.kimai.messages import list_query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kimai_async.tree.nodes import Level

Query = tuple[tuple[str, str], ...]

LARGEST_PAGE = "500"
"""Timesheets a page holds at most (BaseApiController.php, since 2.41)."""


class Visible(StrEnum):
    """Which rows of a list are wanted; Kimai's own default is *yes*."""

    YES = "yes"
    NO = "no"
    ALL = "all"


class Order(StrEnum):
    """Which way a list is sorted."""

    UP = "asc"
    DOWN = "desc"


_VISIBLE = {Visible.YES: "1", Visible.NO: "2"}


@dataclass(frozen=True, slots=True)
class Call:
    """One GET below `/api`.

    `rows` is the word for many of what it lists, `everything` the query that would hide nothing (None if this one
    hides nothing), `below` the parent's field and id that Kimai may ignore. `all_pages` follows `X-Total-Pages`,
    `tells_import` adds what an import may do.
    """

    path: str
    query: Query = ()
    rows: str = "rows"
    everything: Query | None = None
    below: tuple[str, int] | None = None
    all_pages: bool = False
    tells_import: bool = False


def listing(
    level: Level,
    visible: Visible,
    filters: Mapping[str, object],
    *,
    below: tuple[str, int | None] | None = None,
    all_pages: bool = False,
) -> Call:
    """Return the call for a list of customers, projects or activities: Kimai's default view unless asked."""
    chosen = _given({**filters, **dict([below] if below else [])})
    everything = _everything(level, chosen)
    if visible is Visible.ALL:
        query: Query = everything
    elif visible is Visible.NO:
        query = (*chosen, ("visible", _VISIBLE[visible]))
    else:
        query = chosen
    return Call(
        level.plural,
        query,
        rows=level.plural,
        everything=everything if visible is Visible.YES else None,
        below=None if below is None or below[1] is None else (below[0], below[1]),
        all_pages=all_pages,
    )


def timesheets(filters: Mapping[str, object], *, all_pages: bool) -> Call:
    """Return the call for timesheets, which is the one list that Kimai 2.x pages."""
    query = dict(_given(filters))
    if all_pages and "page" in query:
        raise UsageError("--all gets every page; leave out --page.")
    if all_pages:
        query.setdefault("size", LARGEST_PAGE)
    return Call("timesheets", tuple(query.items()), rows="timesheets", all_pages=all_pages)


def any_path(path: str, *, all_pages: bool) -> Call:
    """Return the call for a path as people write it: `customers/1`, `/api/tags?name=a`; raises UsageError."""
    parts = urlsplit(path.strip())
    if parts.scheme or parts.netloc:
        raise UsageError("PATH is what follows /api/, such as customers/1; the address goes into --url.")
    segments = [part for part in parts.path.split("/") if part]
    if segments[:1] == ["api"]:
        segments = segments[1:]
    if not segments or ".." in segments or "." in segments or "%" in parts.path or "\\" in parts.path:
        raise UsageError("PATH is what follows /api/, such as customers/1 or 'activities?project=1'.")
    return Call("/".join(segments), tuple(parse_qsl(parts.query, keep_blank_values=True)), all_pages=all_pages)


def _everything(level: Level, chosen: Query) -> Query:
    """Return the query with the same filters but those that hide rows by their date or visibility."""
    kept = [(name, value) for name, value in chosen if name not in ("start", "end", "ignoreDates")]
    return (*kept, *((name, value) for name, value in list_query(level).items() if isinstance(value, str)))


def _given(filters: Mapping[str, object]) -> Query:
    return tuple((name, _text(value)) for name, value in filters.items() if value is not None)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return str(value).upper() if isinstance(value, Order) else str(value)
