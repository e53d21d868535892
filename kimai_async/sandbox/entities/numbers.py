"""Kimai's number formats, and the number that a new row gets by them
(src/Utils/NumberGenerator.php; CustomerService.php, ProjectService.php and ActivityService.php)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kimai_async.sandbox.storage.store import Level, Store

ATTEMPTS = 101
"""Numbers that Kimai tries for a new row."""

_TOKENS: dict[Level, str] = {"customers": "cc", "projects": "pc", "activities": "ac"}
_PART = re.compile(r"\{[^}]*?\}")


def next_number(store: Store, level: Level, number_format: str) -> tuple[str | None, int]:
    """The number a new entity gets when none is sent, and how many were looked up.

    Two more than there are rows, and on while that is taken; the first entity of all is `0002`. Nothing holds the
    number until the row is stored, so creates under way at once are given the same one.
    """
    if not number_format:
        return None, 0
    first = store.count(level) + 1
    for tries in range(ATTEMPTS):
        number = _PART.sub(lambda part: _replaced(part[0], _TOKENS[level], first + tries), number_format)  # noqa: B023
        if not store.number_taken(level, number):
            return number, tries + 1
    return None, ATTEMPTS


def _replaced(part: str, token: str, start: int) -> str:
    """What one part in braces becomes: `{cc,4}`, `{cc+100}`; the name of any other thing stays as it is."""
    name, *steps = re.split(r"([+\-,])+", part[1:-1])
    increase, width = 0, 0
    for sign, text in zip(steps[::2], steps[1::2], strict=True):
        if sign == ",":
            width = int(text)
        else:
            increase += int(text) if sign == "+" else -int(text)
    return (str(start + (increase or 1)) if name == token else part).rjust(width, "0")
