"""Text to records: the `csv` module's reader, with blanks around quotes forgiven and lost quotes told."""

from __future__ import annotations

import csv
import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_WITHIN = r'(?:[^"]++|"")*+'
_QUOTED = re.compile(f'"{_WITHIN}"')
_OTHERS = frozenset(",;\t|")
_MOST = f"{csv.field_size_limit():,}"
_TO_CLOSING = re.compile(f'{_WITHIN}"')


class BrokenRecordError(ValueError):
    """A record that cannot be read; `line` is where what is broken begins, the message says what to do."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


class Records:
    """The records of a text, each with the number of the line that it begins on; *first* is the first line's.

    They can be iterated once, in parts: what was taken does not come again. Blanks before an opening and after a
    closing quote do not count. `raw` has the lines of the latest record, without such blanks. Iterating raises
    BrokenRecordError for a quote that is not closed, text after a closing one, a field of more than
    `csv.field_size_limit()` characters, and a NUL.
    """

    def __init__(self, lines: Iterable[str], delimiter: str, first: int = 1) -> None:
        self.raw: list[str] = []
        self._lines = lines
        self._delimiter = delimiter
        self._first = first
        self._spread: list[int] = []
        """Where the latest two records of several lines begin."""
        self._records = self._read()

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Return the records that are not empty."""
        return self._records

    def _read(self) -> Iterator[tuple[int, list[str]]]:
        first, raw = self._first, self.raw
        line = first
        reader = csv.reader(self._tapped(lambda: first + reader.line_num), delimiter=self._delimiter, strict=True)
        try:
            for cells in reader:
                if any(cells):
                    yield line, cells
                line = first + reader.line_num
                raw.clear()
        except csv.Error as error:
            raise self._broken(str(error), line) from None

    def _tapped(self, number: Callable[[], int]) -> Iterator[str]:
        """Yield the lines as the reader is to see them; *number* is that of the next one."""
        around_quotes, raw = _grammar(self._delimiter).around_quotes, self.raw
        for line in self._lines:
            if raw:
                self._note_spread(number() - len(raw))
            if "\0" in line:
                raise BrokenRecordError(number(), f"character {line.index(chr(0)) + 1} is a NUL byte; delete it")
            if '"' in line and _may_have_blanks(line) and around_quotes.search(line):
                # The reader asks for another line of the same record only within a quoted field.
                line = _without_blanks(line, self._delimiter, within_quotes=bool(raw))  # noqa: PLW2901
            raw.append(line)
            yield line

    def _note_spread(self, begin: int) -> None:
        if begin not in self._spread:
            self._spread = [*self._spread[-1:], begin]

    def _broken(self, error: str, line: int) -> BrokenRecordError:
        """Return what the reader's *error* about the record that begins on *line* means for people."""
        text = "".join(self.raw)
        begin, end = _unreadable(text, self._delimiter)
        too_long = "field limit" in error
        if too_long and end < len(text):
            return BrokenRecordError(line, f"a field has more than {_MOST} characters; shorten it")
        here, there = (line + self._breaks(place) for place in (begin, end))
        if too_long:
            reason = f"a quote opens a field here that has more than {_MOST} characters; the closing quote may be lost"
        elif end >= len(text):
            reason = "a quote opens a field here and none closes it; add the closing quote, or delete this one"
        elif here == there and (sign := text[end:].lstrip(" ")[:1]) in _OTHERS.difference(self._delimiter):
            reason = f"{sign!r} follows a closing quote, while {self._delimiter!r} is the file's delimiter; mend it"
        elif here == there:
            reason = 'text follows a closing quote; put the whole text in quotes, and double each quote within it ("")'
        else:
            reason = (
                f"a quote opens a field here, and on line {there} text follows the one that closes it; close it here, "
                'or double each quote within its text ("")'
            )
        return BrokenRecordError(here, reason + self._context(here, line))

    def _context(self, here: int, line: int) -> str:
        """Return where else a quote may be lost than in the field that begins *here*, in the row from *line* on."""
        row = f"; its row begins on line {line}" if here != line else ""
        above = [begin for begin in self._spread if begin < line]
        return row + (
            f"; or a quote is lost above, where a field of several lines begins on line {above[-1]}" if above else ""
        )

    def _breaks(self, place: int) -> int:
        """Return how many lines of the latest record end before a place in its text."""
        ends = 0
        for number, line in enumerate(self.raw):
            ends += len(line)
            if place < ends:
                return number
        return len(self.raw) - 1


def lone_quotes(record: str, delimiter: str) -> list[str]:
    """Return the fields of a readable record that hold an odd number of quotes and do not begin with one."""
    if '"' not in record:
        return []
    return [field for field in _fields(record, delimiter) if field[0] != '"' and field.count('"') & 1]


def _fields(record: str, delimiter: str) -> Iterator[str]:
    """Yield the fields of a readable record as they are written, but for empty ones."""
    unquoted, place = _grammar(delimiter).unquoted, 0
    while place < len(record):
        found = (_QUOTED if record[place] == '"' else unquoted).match(record, place)
        if found is None:
            return
        if found[0]:
            yield found[0]
        place = found.end() + 1


class _Grammar:
    """How records with one delimiter are written."""

    def __init__(self, delimiter: str) -> None:
        its = re.escape(delimiter)
        blank = rf"[^\S\r\n{its}]"
        end = rf"[{its}\r\n]|\Z"
        self.around_quotes = re.compile(f'"(?:(?<={blank}")|(?={blank}))')
        self.unquoted = re.compile(rf"[^{its}\r\n]*+")
        # A field that is quoted but for blanks around it and perhaps goes on on the next line, or any other.
        quoted = f'(?P<quoted>"{_WITHIN}(?:\\Z|"(?={blank}*+(?:{end}))))'
        self.field = re.compile(rf"{blank}*+{quoted}{blank}*+|[^{its}]*+{its}?")
        self.blanks = re.compile(f"{blank}++(?={end})")


@cache
def _grammar(delimiter: str) -> _Grammar:
    return _Grammar(delimiter)


def _may_have_blanks(line: str) -> bool:
    """Tell quickly whether blanks may stand beside quotes: of many lines with quotes, hardly any has them."""
    return ' "' in line or '" ' in line or "\t" in line or not line.isascii()


def _without_blanks(line: str, delimiter: str, *, within_quotes: bool) -> str:
    """Return a line without the blanks before its opening and after its closing quotes."""
    grammar, done = _grammar(delimiter), ""
    if within_quotes:
        closing = _TO_CLOSING.match(line)
        if closing is None:
            return line
        blanks = grammar.blanks.match(line, closing.end())
        done, line = closing[0], line[blanks.end() if blanks else closing.end() :]
        if line.startswith(delimiter):
            done, line = done + delimiter, line[1:]
    return done + grammar.field.sub(lambda field: field["quoted"] or field[0], line)


def _unreadable(text: str, delimiter: str) -> tuple[int, int]:
    """Return where the field begins that makes a record unreadable, and where it ends: beyond the text if open."""
    unquoted, place = _grammar(delimiter).unquoted, 0
    while place < len(text):
        begin = place
        if text[begin] == '"':
            found = _QUOTED.match(text, begin)
            if found is None:
                return begin, len(text)
            place = found.end()
            if place < len(text) and text[place] not in (delimiter, "\r", "\n"):
                return begin, place
        else:
            place = unquoted.match(text, begin).end()  # type: ignore[union-attr]  # matches nothing, too
        place += 1
    return 0, 0
