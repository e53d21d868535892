"""What to say of a first line that holds no headings: they stand elsewhere, or something else separates them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.csvfile.dialect import DELIMITERS, first_record, odd_separator
from kimai_async.fields.vocabulary import fold, known, names, parse_target
from kimai_async.text import shorten
from kimai_async.tree.names import trim

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_LINES = 20
"""So many lines from the first one on are looked at for the headings."""


class HeadingWords:
    """What may be a heading: the known words, and those of *mapping* (field to heading); between *delimiters*."""

    def __init__(self, mapping: Mapping[str, str], delimiters: Iterable[str] = DELIMITERS) -> None:
        self._delimiters = list(delimiters)
        self._mapped = {fold(heading): parse_target(name) for name, heading in mapping.items() if heading}

    def known(self, cells: Iterable[str]) -> int:
        """Return how many of these cells mean something, as headings."""
        trimmed = [trim(cell) for cell in cells]
        return known(trimmed) + sum(fold(cell) in self._mapped for cell in trimmed)

    def levels(self, cells: Iterable[str]) -> int:
        """Return how many levels have one of these cells as the heading of their names."""
        folded = [fold(trim(cell)) for cell in cells]
        mapped = {target.level for word in folded if (target := self._mapped.get(word)) and not target.key}
        return len(mapped | {names()[word] for word in folded if word in names()})

    def are_in(self, line: str, least: int = 1) -> bool:
        """Tell whether a line looks like headings that name at least so many levels."""
        return any(self._are_headings(first_record([line], delimiter), least) for delimiter in self._delimiters)

    def _are_headings(self, cells: Sequence[str], least: int) -> bool:
        named, filled = self.levels(cells), sum(map(bool, map(fold, map(trim, cells))))  # a bare # says nothing
        return named >= least and (named > 1 or self.known(cells) * 2 > filled)

    def find(self, lines: Iterable[tuple[int, str]], below: int, least: int = 1) -> int | None:
        """Return the first of the lines, below one and within the first twenty, that looks like headings."""
        for number, line in lines:
            if number > _LINES:
                break
            if number > below and self.are_in(line, least):
                return number
        return None


def about_separator(headings: Sequence[str], delimiter: str, words: HeadingWords, *, given: bool) -> str | None:
    """Return what to do about headings that name nothing because they are not separated by the *delimiter*.

    *given*: the user named it.
    """
    text = delimiter.join(headings)
    sign = odd_separator(text, words.levels)
    if sign is None:
        return None
    if sign == delimiter:
        return f"the headings, {_shown(text)}, stand in quotes as a whole, so they are one; take these quotes away."
    if len(set(sign)) > 1:
        return (
            f"{sign!r} stands between the headings, {_shown(text)}; put a single character in its place in the whole "
            "file, such as a semicolon."
        )
    leave = ", or leave it out" if given and sign in DELIMITERS else ""
    return (
        f"the heading is one column, {_shown(text)}, with {_name(delimiter)} as the delimiter; try --delimiter "
        f"{_name(sign[0])}{leave}."
    )


def about_titles(text: str, line: int, *, known: bool) -> str:
    """Return what to do when the first line is *text* and the headings stand on another one.

    *known*: it would be a heading, too.
    """
    above, them = ("lines", "each") if line > 2 else ("line", "it")
    if known:
        return (
            f"{_shown(text)} stands alone, but line {line} looks like the headings; delete the {above} above it, or "
            "put all headings on one line."
        )
    return (
        f"{_shown(text)} is no heading, but line {line} looks like the headings; delete the {above} above it, or begin "
        f"{them} with #."
    )


def _shown(text: str) -> str:
    return repr(shorten(text, 60))


def _name(sign: str) -> str:
    return "tab" if sign == "\t" else f'"{sign}"' if sign == "'" else f"'{sign}'"
