"""The columns that are left out, said before anything is sent."""

from __future__ import annotations

import re
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING

from kimai_async.csvfile.notes import listed
from kimai_async.csvfile.table import ADDED
from kimai_async.fields.columns import Target
from kimai_async.fields.vocabulary import fold, names, parse_target
from kimai_async.text import shorten
from kimai_async.tree.names import MAX_LENGTH, trim
from kimai_async.tree.nodes import LEVELS, Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kimai_async.csvfile.table import Table

_SAMPLE = 200
"""Rows that are looked at for what a column holds."""

_NO_NAME = re.compile(r"[\W\d_]*[A-Za-z]{0,3}[\W\d_]*|true|false|\S+@\S+|(?:https?://|www\.)\S*", re.IGNORECASE)
"""Numbers, amounts, dates, codes, words such as `yes`, addresses."""

_MAY_NAME = "is it "
"""How the hint begins that a column may hold names; other hints say that it holds something else."""

_SHORTEST_WORD = 4
"""Letters; a shorter word for a level may stand within any other."""


def about_ignored(table: Table, mapping: Mapping[str, str] | None = None, *, shown: bool) -> Iterator[str]:
    """Yield what the user should know about the columns that are left out.

    *mapping* is what the user has said of columns: a level without a heading there is left out on purpose. *shown*: the
    user sees them anyway; then only that names may be among them is said.
    """
    targets = table.columns.targets
    ignored = [i for i, target in enumerate(targets) if target is None and table.heading[i] not in ("", *ADDED)]
    named = [level for level in LEVELS if Target(level) in targets]
    unwanted = {parse_target(name) for name, heading in (mapping or {}).items() if not heading}
    below = [level for level in LEVELS[LEVELS.index(named[-1]) + 1 :] if Target(level) not in unwanted]
    lost = _with_names(table, [index for index in ignored if _may_hold_names(table, index)]) if below else []
    if lost:
        only = " and ".join(level.plural for level in named)
        yield f"columns ignored, so only {only} are imported: {_list(table, ignored)}{_advice(table, lost, below)}"
    elif ignored and not shown:
        yield f"columns ignored: {_list(table, ignored)}"


def _list(table: Table, indexes: Sequence[int]) -> str:
    return listed(_shown(table, index) for index in indexes)


def _shown(table: Table, index: int) -> str:
    hint = _hint(table, index)
    return repr(shorten(table.heading[index], 40)) + (f" ({hint})" if hint else "")


def _hint(table: Table, index: int) -> str:
    return table.columns.hints.get(index, "")


def _may_hold_names(table: Table, index: int) -> bool:
    """Tell whether what is known of a column's heading leaves room for names."""
    hint = _hint(table, index)
    return not hint or hint.startswith(_MAY_NAME)


def _with_names(table: Table, indexes: Sequence[int]) -> list[int]:
    """Return those of the columns in which half of the cells or more could be names."""
    if not indexes:
        return []
    with closing(iter(table)) as records:  # type: ignore[type-var]  # a generator, which lets go of the file so
        rows = [cells for _, cells in islice(records, _SAMPLE)]
    return [index for index in indexes if _are_names([trim(row[index]) for row in rows if index < len(row)])]


def _are_names(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return bool(filled) and sum(map(_may_name, filled)) * 2 >= len(filled)


def _may_name(cell: str) -> bool:
    return len(cell) <= MAX_LENGTH and "\n" not in cell and not _NO_NAME.fullmatch(cell)


def _advice(table: Table, indexes: Sequence[int], levels: Sequence[Level]) -> str:
    """Return how to say that one of the columns names something, unless their hints say so."""
    for index in indexes:
        level = None if _hint(table, index) else _level_within(fold(table.heading[index]))
        if level is not None and level in levels:
            heading = repr(shorten(table.heading[index], 40))
            return f"; if {heading} names {level.plural}, give --column {level}={heading}"
    if any(_hint(table, index) for index in indexes):
        return ""
    heading = repr(shorten(table.heading[indexes[0]], 40))
    return f"; if one of them names {levels[0].plural}, give it as in --column {levels[0]}={heading}"


def _level_within(heading: str) -> Level | None:
    """Return the level whose word stands within a heading; `tasks`, in Clockify's list, has several in a cell."""
    for word, level in names().items():
        if len(word) >= _SHORTEST_WORD and word in heading and heading != f"{word}s":
            return level
    return None
