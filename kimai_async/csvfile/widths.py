"""Rows with more or fewer fields than the line of headings: a habit of who wrote the file, or damage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.csvfile.notes import About

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kimai_async.csvfile.notes import Notes

_FEW = 5
"""How many lines one sentence names."""


class Widths:
    """How wide the rows of a file are beside its line of headings, which has *width* fields, those at *names* of names.

    A row may stop early without being filled up, so a lost delimiter makes a row that can be read. What is told is a
    row that is unlike the others. `some_fit` is whether any row is as wide as the headings.
    """

    def __init__(self, width: int, names: Sequence[int]) -> None:
        self.some_fit = False
        self._width = width
        self._ends = names if len(names) > 1 else [width - 1]
        self._filled_up = False
        self._short = _Lines()
        self._long = _Lines()

    @property
    def is_empty(self) -> bool:
        """Whether there was no row yet."""
        return not (self.some_fit or self._short.count or self._long.count)

    @property
    def none_is_as_wide(self) -> bool:
        """Whether there are rows, and all of them have fewer fields than the headings."""
        return bool(self._short.count) and not self.some_fit and not self._long.count

    def add(self, line: int, cells: Sequence[str]) -> None:
        """Count a row."""
        if len(cells) < self._width:
            self._short.add(line, len(cells))
        elif len(cells) > self._width:
            self._long.add(line, len(cells))
        else:
            self.some_fit = True
            self._filled_up = self._filled_up or any(not cells[index] for index in self._ends)

    def tell(self, warnings: Notes) -> None:
        """Note which rows are unlike the others."""
        short, long, headings = self._short, self._long, f"the {self._width} headings"
        if short.count and (self._filled_up or self._are_one_damage()):
            remedy = "it does not stop early on purpose, mend it"
            if short.count > 1:
                remedy = "they do not stop early on purpose, mend them"
            short.tell(warnings, f"fewer fields than {headings}; if {remedy}")
        if long.count and (self.some_fit or short.count or long.count == 1):
            long.tell(warnings, f"more fields than {headings}, the last one empty; is a delimiter too many?")

    def _are_one_damage(self) -> bool:
        """Tell whether one lost delimiter, or one line break too many, explains all short rows of the file."""
        if self._short.count == 2:
            (line, fields), (next_line, more) = self._short.first
            return next_line == line + 1 and fields + more in (self._width, self._width + 1)
        return self._short.count == 1


class _Lines:
    """Lines of a file, and how many fields each has: all counted, the first few kept."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[tuple[int, int]] = []

    def add(self, line: int, fields: int) -> None:
        self.count += 1
        if len(self.first) < _FEW:
            self.first.append((line, fields))

    def tell(self, warnings: Notes, what: str) -> None:
        lines = ", ".join(str(line) for line, _ in self.first) + (", …" if self.count > len(self.first) else "")
        if self.count == 1:
            warnings.add(self.first[0][0], "", what, About.ROWS)
        else:
            warnings.note(f"{self.count:,} rows (lines {lines}) have {what}", About.ROWS)
