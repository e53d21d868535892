"""Rows that are no rows of this file, or that may have lost a delimiter or a quote before they came here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kimai_async.csvfile.dialect import DELIMITERS, separator_line, shown_delimiter
from kimai_async.csvfile.notes import About
from kimai_async.csvfile.records import lone_quotes
from kimai_async.csvfile.widths import Widths
from kimai_async.fields.vocabulary import fold, level_words, names
from kimai_async.text import shorten
from kimai_async.tree.names import trim
from kimai_async.tree.nodes import LEVELS, Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kimai_async.csvfile.notes import Notes
    from kimai_async.csvfile.records import Records
    from kimai_async.fields.columns import Columns

_AS_TEXT = re.compile(r"[,;|] |\d,\d")
"""How these signs stand in a text rather than between fields: `Smith; Jones`, `3,5`."""

_ANY_DELIMITER = "".join(DELIMITERS) + " "

_PAIR = 2
"""Headings; with no more, one sign in a name says nothing."""


class Rows:
    """The rows below the headings, each with the number of the line that it begins on.

    Left out are another line of headings, with a warning, and rows of which it is clear that they are damaged, with a
    problem. What may be damage is a warning. The lines of what is left out go to *left_out*.
    """

    def __init__(
        self,
        records: Records,
        columns: Columns,
        *,
        heading_line: int,
        delimiter: str,
        problems: Notes,
        warnings: Notes,
        left_out: set[int],
    ) -> None:
        self._left_out = left_out
        self._records = records
        self._heading_line = heading_line
        self._delimiter = delimiter
        self._problems = problems
        self._warnings = warnings
        self._width = len(columns.headings)
        self._folded = [fold(heading) for heading in columns.headings]
        self._levels = {index: level for level in LEVELS if (index := columns.index(level)) is not None}
        self._unnamed = [index for index, heading in enumerate(columns.headings) if not heading]
        self._moved = bool(self._unnamed) and self._unnamed[0] < max(self._levels)
        self._widths = Widths(self._width, list(self._levels))
        self._first_words = _first_words(columns.headings)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that may be rows of this file."""
        width, raw, first_words, unnamed = self._width, self._records.raw, self._first_words, self._unnamed
        name, before = next(iter(self._levels)), ""
        for row in self._records:
            cells = row[1]
            # Nearly all rows are sound, and there may be a million: what tells one that may not be is asked in place.
            if (
                len(cells) == width
                and "" not in cells
                and ('"' not in raw[0] or '"' not in "".join(cells))
                and (cells[name] == before or cells[name].strip().casefold() not in first_words)
                and not unnamed
            ):
                before = cells[name]
                self._widths.some_fit = True
            elif not self._keep(*row):
                self._left_out.add(row[0])
                continue
            yield row
        self._widths.tell(self._warnings)
        if self._moved and self._widths.none_is_as_wide:
            text = (
                "no row has as many fields as there are headings, and one of these is empty; is a delimiter too many?"
            )
            self._warnings.add(self._heading_line, "", text, About.COLUMNS)

    def _keep(self, line: int, cells: Sequence[str]) -> bool:
        """Note what is odd about a row; return whether it can be a row of this file."""
        if (
            (self._may_be_headings(cells) and self._are_headings(line, cells))
            or self._has_other_delimiter(line, cells)
            or self._lost_quote(line, cells)
        ):
            return False
        self._widths.add(line, cells)
        self._note_unnamed(line, cells)
        return True

    def _may_be_headings(self, cells: Sequence[str]) -> bool:
        return any(cell.strip().casefold() in self._first_words for cell in cells)

    def _are_headings(self, line: int, cells: Sequence[str]) -> bool:
        """Tell whether a row, or a line of Excel's above one, begins another file that was put below this one."""
        folded = [fold(trim(cell)) for cell in cells]
        own = list(self._levels.values())
        levels = [names().get(folded[index]) if index < len(folded) else None for index in self._levels]
        if separator_line("".join(self._records.raw)) is not None:
            self._warnings.add(line, "", "names a delimiter, as Excel does in a first line; left out", About.ROWS)
        elif _filled(folded) == _filled(self._folded) or (len(levels) > 1 and levels == own):
            self._warnings.add(line, "", "the headings again; left out", About.ROWS)
        elif len(_filled(folded)) > 1 and (
            sorted(_filled(folded)) == sorted(_filled(self._folded)) or (len(levels) > 1 and set(levels) == set(own))
        ):
            text = "the headings again, in another order: two files in one; import them one by one"
            self._problems.add(line, "", text, About.ROWS)
        else:
            self._note_torn_headings(line, [names().get(word) for word in _filled(folded)], own)
            return False
        return True

    def _note_torn_headings(self, line: int, found: Sequence[Level | None], own: Sequence[Level]) -> None:
        """Warn if the first row names levels that the headings lack and nothing else, as if these were torn apart."""
        if self._widths.is_empty and found and not {None, *own} & set(found):
            text = f"{self._shown()} looks like headings; if it is the end of line {self._heading_line}, put it there"
            self._warnings.add(line, "", text, About.COLUMNS)

    def _has_other_delimiter(self, line: int, cells: Sequence[str]) -> bool:
        """Tell whether a row was written with another delimiter than the file; warn if it may have been."""
        filled = _filled(cells)
        if self._width == 1 or (len(filled) > 1 and len(cells) >= self._width):
            return False
        alone = len(filled) == 1 and _quoted(filled[0]) not in "".join(self._records.raw)
        if alone and not filled[0].strip(_ANY_DELIMITER):
            # Tabs and blanks are trimmed from any name, so that the row is as good as empty.
            text = f"is delimiters and nothing between them, while the file has the {shown_delimiter(self._delimiter)}"
            return bool(trim(filled[0])) and self._refuse(line, text + "; delete it")
        sign = self._splitting(filled)
        if sign is None:
            return False
        if sign == self._delimiter:
            text = "stands in quotes as a whole: one field; take them away, or fill the row up if it is one name"
            return len(cells) == 1 and self._refuse(line, text)
        its, own = shown_delimiter(sign), shown_delimiter(self._delimiter)
        if alone and not _AS_TEXT.search(filled[0]):
            text = (
                f"has the {its} as its delimiter, while the file has the {own}; mend it, or put it in quotes if it is "
            )
            return self._refuse(line, text + "one name")
        if self._width > _PAIR:
            text = f"{self._shown()} may have the {its} as its delimiter, while the file has the {own}; if so, mend it"
            self._warnings.add(line, "", text, About.ROWS)
        return False

    def _refuse(self, line: int, text: str) -> bool:
        self._problems.add(line, "", f"{self._shown()} {text}", About.ROWS)
        return True

    def _splitting(self, cells: Sequence[str]) -> str | None:
        """Return the delimiter that stands in these cells just as often as in the line of headings."""
        counts = {other: sum(cell.count(other) for cell in cells) for other in DELIMITERS}
        return next((other for other, count in counts.items() if count == self._width - 1), None)

    def _lost_quote(self, line: int, cells: Sequence[str]) -> bool:
        """Tell whether a row must have lost one of two quotes; warn if it may have.

        A field that does not begin with a quote may hold one, or have lost its first, or the delimiter before that.
        """
        lone = lone_quotes("".join(self._records.raw), self._delimiter)
        if not lone:
            return False
        if len(cells) > self._width and not any(map(trim, cells[self._width :])):
            fields = f"{len(cells)} fields where the heading has {self._width}"
            text = f"{fields}, and an odd number of quotes; put the lost one back"
            self._problems.add(line, "", text, About.ROWS)
            return True
        text = f"{shorten(lone[0], 60)!r} has an odd number of quotes; is one lost?"
        self._warnings.add(line, "", text, About.ROWS)
        return False

    def _note_unnamed(self, line: int, cells: Sequence[str]) -> None:
        for index in [index for index in self._unnamed if index < len(cells) and trim(cells[index])]:
            self._unnamed.remove(index)
            there = f"line {line} has {shorten(cells[index], 60)!r} there"
            text = f"column {index + 1} has no heading and is left out, but {there}"
            self._warnings.add(self._heading_line, "", text, About.COLUMNS)

    def _shown(self) -> str:
        return repr(shorten("".join(self._records.raw), 60))


def _first_words(headings: Sequence[str]) -> set[str]:
    """Return what a cell of another line of headings may be, in small letters, or of Excel's line above one."""
    words = {heading.casefold() for heading in headings if heading} | level_words()
    # A file may have been put below this one with its byte order mark.
    return words | {f"\ufeff{word}" for word in words} | {"sep=", *(f"sep={other}" for other in DELIMITERS)}


def _quoted(cell: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'


def _filled(cells: Sequence[str]) -> list[str]:
    return [cell for cell in cells if cell]
