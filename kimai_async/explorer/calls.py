"""What is asked of Kimai's API, as plain values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from kimai_async.errors import UsageError
from kimai_async.kimai.messages import list_query
from kimai_async.text import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kimai_async.tree.nodes import Level

Query = tuple[tuple[str, str], ...]

LARGEST_PAGE = "500"
"""Timesheets a page holds at most (BaseApiController.php, since 2.41)."""

_WORD = re.compile("[A-Za-z0-9_-]+")
_BELOW_A_ROW = frozenset({"rates", "comments"})
_BLANKS = " \t\r\n"


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
    """Return the call for a path as people write it: `customers/1`, `/api/tags?name=a`.

    Raises UsageError for a path that may do more than read. Of all paths that Kimai 2.0 to 2.65 has for GET, two change
    something, up to 2.57: `timesheets/ID/stop` and `timesheets/ID/restart` (TimesheetController.php). Plugins add more
    of both kinds, so only the shape counts. The page has the same rule.
    """
    typed, _, query = path.strip(_BLANKS).partition("#")[0].partition("?")
    if "://" in typed:
        raise UsageError("PATH is what follows /api/, such as customers/1; the address goes into --url.")
    words = [word for word in typed.split("/") if word]
    if words[:1] == ["api"]:
        words = words[1:]
    if not words:
        raise UsageError("PATH is what follows /api/, such as customers/1 or 'activities?project=1'.")
    if not _only_reads(words):
        raise UsageError(
            f"{shorten(typed)} may do more than read, so it was not sent. PATH is a list (customers), one thing in it "
            "(customers/1), or its rates or comments (customers/1/rates)."
        )
    return Call("/".join(words), tuple(parse_qsl(query, keep_blank_values=True)), all_pages=all_pages)


def _only_reads(words: list[str]) -> bool:
    """Tell whether what stands between the slashes of a path has the shape of something that is only read."""
    known = len(words) <= 2 or (len(words) == 3 and words[2] in _BELOW_A_ROW)
    return known and all(map(_WORD.fullmatch, words))


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
