"""The number of a new customer, project or activity: continue Kimai's own sequence from the client.

From Kimai 2.63 a create without `number` gets one by counting rows (`CustomerService.php`,
`calculateNextCustomerNumber`), which concurrent creates race for: most are refused. So the first creates of a
level go one after the other, their answers show what Kimai counts up, and the rest carry their own number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kimai_async.fields.catalogue import NUMBER_LENGTHS
from kimai_async.tree.lookalikes import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kimai_async.tree.nodes import Level

_SAMPLES = 4
_DIGITS = re.compile(r"(\d+)", re.ASCII)


@dataclass(slots=True)
class Sequence:
    """Numbers that differ in one run of digits: `K-0004-2026`, `K-0005-2026`, and so on."""

    head: str
    width: int
    tail: str
    count: int

    def text(self, count: int) -> str:
        """Return the number with that count in it."""
        return f"{self.head}{count:0{self.width}}{self.tail}"

    def take(self, taken: set[str]) -> str:
        """Return the next number whose folded form is not taken."""
        while fold(self.text(self.count)) in taken:
            self.count += 1
        self.count += 1
        return self.text(self.count - 1)


def continue_after(first: str, second: str, taken: set[str]) -> Sequence | None:
    """Return the sequence that two successive numbers belong to, or None if no pattern shows.

    The two must differ in one run of digits only, and count up by one there, numbers that are taken aside.
    """
    before, after = _DIGITS.split(first), _DIGITS.split(second)
    changed = [index for index, (old, new) in enumerate(zip(before, after, strict=False)) if old != new]
    if len(before) != len(after) or len(changed) != 1 or changed[0] % 2 == 0:
        return None
    where = changed[0]
    low, high = int(before[where]), int(after[where])
    sequence = Sequence("".join(after[:where]), len(before[where]), "".join(after[where + 1 :]), high + 1)
    counted_up = high > low and all(fold(sequence.text(count)) in taken for count in range(low + 1, high))
    return sequence if counted_up else None


class Numbering:
    """Decides what one level's creates send as `number`, and learns from the answers.

    While `one_at_a_time` is true, the next create must wait for the answer to the one before.
    """

    def __init__(self, level: Level, *, accepted: bool, send_null: bool, taken: Iterable[str], wanted: int) -> None:
        self.one_at_a_time = accepted and not send_null
        self._fields: dict[str, str | None] = {"number": None} if accepted and send_null else {}
        self._longest = NUMBER_LENGTHS[level]
        self._taken = set(map(fold, taken))
        self._wanted = wanted
        self._seen: list[str] = []
        self._sequence: Sequence | None = None

    def fields(self) -> dict[str, str | None]:
        """Return the part of the next create's body that says its number: nothing, null or a new number."""
        return self._fields if self._sequence is None else {"number": self._sequence.take(self._taken)}

    def saw(self, number: str | None) -> None:
        """Learn from the number that came back with a created row; None means that none was given."""
        if not self.one_at_a_time or len(self._seen) >= _SAMPLES:
            return
        if number is None:
            self.one_at_a_time = False  # no numbers: formats are switched off, or Kimai is older than 2.63
            return
        self._taken.add(fold(number))
        self._seen.append(number)
        if len(self._seen) > 1:
            sequence = continue_after(self._seen[-2], self._seen[-1], self._taken)
            if sequence is not None and self._fits(sequence):
                self._sequence, self.one_at_a_time = sequence, False

    def _fits(self, sequence: Sequence) -> bool:
        """Tell whether every number that may be needed is short enough for Kimai."""
        last = sequence.count + self._wanted + len(self._taken)
        return len(sequence.text(last)) <= self._longest
