"""Remarks on a file and its lines: counted all, shown in part, and the error that lists what must be mended."""

from __future__ import annotations

from collections import Counter, defaultdict
from enum import IntEnum, auto
from typing import TYPE_CHECKING

from kimai_async.errors import CsvError
from kimai_async.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SHOWN = 20
"""How many remarks of a kind are spelled out; the rest is counted."""

FEW = 10
"""How many things one remark names; the rest is counted."""

LONGEST = 600
"""Characters of one remark: half a dozen lines of a terminal."""

_END = 1 << 62


class About(IntEnum):
    """What a remark is about. The first are the worst: so much may be missing, or wrong, on the server."""

    COLUMNS = auto()
    """Columns that are left out."""
    ROWS = auto()
    """Rows that are left out, or are no rows of this file."""
    TEXT = auto()
    """Text that something broke before the file came here."""
    OTHER = auto()
    SERVER = auto()
    """What this server would not take."""
    NAMES = auto()
    NUMBERS = auto()
    VALUES = auto()
    """Cells of the other fields."""
    ALIKE = auto()
    """Names that look like another one of the file."""
    ALIKE_THERE = auto()
    """Names that look like another one on the server."""
    COLORS = auto()
    """Colours for which another one stands in."""
    CHANGED = auto()
    """What was changed because the user has asked for it."""


class Notes:
    """Remarks on a file: of each kind the first twenty in words, all of them counted."""

    def __init__(self) -> None:
        self.count = 0
        self._counts: Counter[About] = Counter()
        self._shown: defaultdict[tuple[About, str], list[tuple[int, int, str]]] = defaultdict(list)

    def add(self, line: int, column: str, text: str, about: About = About.OTHER) -> None:
        """Note something about a line and a column (may be empty)."""
        self._add(line, column, f"line {line}, {column}: {text}" if column else f"line {line}: {text}", about)

    def note(self, text: str, about: About = About.OTHER, *, last: bool = False) -> None:
        """Note something about the file, before what is about its lines, or after all that with *last*."""
        self._add(_END if last else 0, "", text, about)

    def _add(self, line: int, column: str, text: str, about: About) -> None:
        self.count += 1
        self._counts[about] += 1
        shown = self._shown[about, column]
        if len(shown) < SHOWN:
            shown.append((line, self.count, plain(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")))

    def lines(self) -> list[str]:
        """Return what to print: kind after kind, the worst first, up to twenty of each by line, and how many more."""
        found: list[str] = []
        for about in sorted(self._counts):
            these = sorted(remark for (its, _), remarks in self._shown.items() if its is about for remark in remarks)
            found += [text for *_, text in these[:SHOWN]]
            more = self._counts[about] - SHOWN
            found += [f"and {more:,} more like these"] if more > 0 else []
        return found

    def by_line(self) -> list[str]:
        """Return twenty of all kinds and columns by line, and how many more; none of these lacks for the others."""
        ranked = [(rank, *remark) for remarks in self._shown.values() for rank, remark in enumerate(sorted(remarks))]
        some = sorted(ranked)[:SHOWN]
        more = self.count - len(some)
        found = [text for *_, text in sorted(some, key=lambda remark: remark[1:])]
        return [*found, f"and {more:,} more"] if more else found

    def refuse(self, name: str, *after: str) -> None:
        """Raise CsvError with all that was noted, by line, if anything was; *after* are sentences below the list."""
        if self.count:
            problems = "1 problem" if self.count == 1 else f"{self.count:,} problems"
            lines = [f"{name} cannot be imported, {problems}; nothing was sent."]
            raise CsvError("\n".join([*lines, *(f"  {line}" for line in self.by_line()), *after]))


def listed(texts: Iterable[str], most: int = FEW) -> str:
    """Return the first of these with commas between them, and how many more there are."""
    found: Sequence[str] = list(texts)
    more = len(found) - most
    return ", ".join(found[:most]) + (f" and {more:,} more" if more > 0 else "")
