"""The number a new entity gets when none is sent (CustomerService.php and its siblings, NumberGenerator.php)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kimai_async.sandbox.storage.store import Level, Store

_ATTEMPTS = 101


def next_number(store: Store, level: Level) -> str | None:
    """Two more than there are rows, and on while that is taken; the first entity of all is `0002`.

    Nothing holds the number until the row is stored, so creates under way at once are given the same one.
    """
    first = store.count(level) + 2
    for candidate in range(first, first + _ATTEMPTS):
        number = f"{candidate:04d}"
        if not store.number_taken(level, number):
            return number
    return None
