"""Bytes to rows: what the file is, its headings, its records; every problem names its line."""

from __future__ import annotations

import codecs
import io
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from kimai_async.csvfile.dialect import (
    DELIMITERS,
    find_delimiter,
    find_encoding,
    locate,
    refuse_binary,
    separator_line,
    shown_delimiter,
    shown_encoding,
)
from kimai_async.csvfile.headings import HeadingError, understand
from kimai_async.csvfile.no_headings import HeadingWords, about_separator, about_titles
from kimai_async.csvfile.notes import listed
from kimai_async.csvfile.records import BrokenRecordError, Records
from kimai_async.csvfile.rows import Rows
from kimai_async.errors import CsvError
from kimai_async.text import plain
from kimai_async.tree.names import trim

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kimai_async.csvfile.notes import Notes
    from kimai_async.fields.columns import Columns

ADDED = ("Reason", "Line")
"""The columns that a rejects file has beside those of the input."""

_NEEDED = "it needs a line of headings: Customer,Project,Activity"


class Table:
    """A CSV that is open for reading: its heading is read and understood, its rows come by iteration.

    *file* must be seekable; it is read from its start on every iteration and never closed here. *delimiter* and
    *encoding* are found if they are None. *mapping* says which heading holds which field, before any other rule.
    With *timesheets* the headings of time entries are understood, too. Raises CsvError, with the line, for what cannot
    be read.
    """

    def __init__(
        self,
        file: BinaryIO,
        *,
        name: str,
        delimiter: str | None = None,
        encoding: str | None = None,
        mapping: Mapping[str, str] | None = None,
        timesheets: bool = False,
    ) -> None:
        self.name = plain(name)
        self.left_out: set[int] = set()
        self._file = file
        refuse_binary(file, self.name)
        self.encoding = find_encoding(file, self.name, encoding)
        self._guessed = encoding is None
        self._timesheets = timesheets
        self._words = HeadingWords(mapping or {}, {delimiter: "", **DELIMITERS} if delimiter else DELIMITERS)
        separator = self._separator_line()
        self._skip = 0 if separator is None else 1
        self._remarks = self._find_remarks()
        self._skip = max([self._skip, *self._remarks])
        self.delimiter = delimiter or separator or self._find_delimiter()
        self.heading_line, self.heading = self._read_heading()
        self.columns = self._understand(mapping or {}, given=delimiter is not None)

    @property
    def shown_encoding(self) -> str:
        """The encoding, for people."""
        return shown_encoding(self.encoding, marked=self.starts_with(codecs.BOM_UTF8))

    @property
    def shown_delimiter(self) -> str:
        """The delimiter, for people."""
        return shown_delimiter(self.delimiter)

    def doubts(self) -> Iterator[str]:
        """Yield what the user should know about how this file was understood."""
        if self._guessed and self.encoding == "cp1252" and (place := locate(self._file, "utf-8")):
            yield (
                f"{self.name} is not UTF-8 ({place}): read as Windows-1252; if names look wrong, give its --encoding"
            )
        if len(self._remarks) == 1:
            yield f"line {self._remarks[0]}, above the headings, begins with # and is left out"
        elif self._remarks:
            yield f"lines {listed(map(str, self._remarks))}, above the headings, begin with # and are left out"

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each row that is not blank with the number of the line that it starts on."""
        with self._opened() as records:
            rows = iter(records)
            next(rows, None)
            yield from rows

    def rows(self, problems: Notes, warnings: Notes) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows as iterating does, but for those that are none; see `Rows` for what is noted.

        The lines of these are in `left_out` from then on.
        """
        with self._opened() as records:
            next(iter(records), None)
            yield from Rows(
                records,
                self.columns,
                heading_line=self.heading_line,
                delimiter=self.delimiter,
                problems=problems,
                warnings=warnings,
                left_out=self.left_out,
            )

    def starts_with(self, magic: bytes) -> bool:
        """Tell whether the file begins with these bytes."""
        self._file.seek(0)
        return self._file.read(len(magic)) == magic

    def _text(self, errors: str = "strict") -> io.TextIOWrapper:
        self._file.seek(0)
        return io.TextIOWrapper(self._file, encoding=self.encoding, errors=errors, newline="")

    @contextmanager
    def _opened(self) -> Iterator[Records]:
        text = self._text()
        try:
            for _ in range(self._skip):
                text.readline()
            yield Records(text, self.delimiter, self._skip + 1)
        except BrokenRecordError as error:
            raise CsvError(f"{self.name}, line {error.line}: {error}.") from None
        except UnicodeDecodeError:
            raise CsvError(self._undecodable()) from None
        finally:
            text.detach()

    @contextmanager
    def _lines(self) -> Iterator[Iterator[tuple[int, str]]]:
        """Open the lines above the rows, each with its number; what cannot be decoded there is told later."""
        text = self._text(errors="replace")
        try:
            for _ in range(self._skip):
                text.readline()
            yield enumerate(text, self._skip + 1)
        finally:
            text.detach()

    def _undecodable(self) -> str:
        shown = shown_encoding(self.encoding, marked=False)
        remedy = "save the file as UTF-8" + ("" if self._guessed else ", or leave --encoding out")
        if place := locate(self._file, self.encoding):
            return f"{self.name}, {place} is not {shown}; {remedy}."
        return f"{self.name} is not {shown} up to its end; {remedy}."

    def _separator_line(self) -> str | None:
        text = self._text(errors="replace")
        try:
            return separator_line(text.readline())
        finally:
            text.detach()

    def _find_remarks(self) -> list[int]:
        """Return the lines above the headings that begin with #, unless they look like headings themselves."""
        found = []
        with self._lines() as lines:
            for number, line in lines:
                if line.startswith(("#", '"#')) and not self._words.are_in(line):
                    found.append(number)
                elif line.strip():
                    break
        return found

    def _find_delimiter(self) -> str:
        with self._lines() as lines:
            return find_delimiter((line for _, line in lines), self._words.known)

    def _read_heading(self) -> tuple[int, list[str]]:
        with self._opened() as records:
            line, cells = next(iter(records), (0, []))
        if not cells:
            raise CsvError(f"{self.name} holds no text; {_NEEDED}.")
        return line, [unicodedata.normalize("NFC", trim(cell)) for cell in cells]

    def _understand(self, mapping: Mapping[str, str], *, given: bool) -> Columns:
        try:
            columns = understand(self.heading, mapping, timesheets=self._timesheets)
        except HeadingError as error:
            advice = None
            if not self._words.levels(self.heading):
                separated = about_separator(self.heading, self.delimiter, self._words, given=given)
                advice = separated or self._about_titles()
            self._refuse(advice or str(error))
        if sum(map(bool, self.heading)) == 1 and (advice := self._about_titles(2)):
            self._refuse(advice)
        return columns

    def _refuse(self, sentence: str) -> NoReturn:
        raise CsvError(f"{self.name}, line {self.heading_line}: {sentence}") from None

    def _about_titles(self, least: int = 1) -> str | None:
        """Return what to do if a line further down looks like the headings and names so many levels."""
        text = next(filter(None, self.heading))
        with self._lines() as lines:
            line = self._words.find(lines, self.heading_line, least)
        if line is not None:
            return about_titles(text, line, known=least > 1)
        return None if text.strip("".join(DELIMITERS)) else f"delimiters, and nothing between them; {_NEEDED}."
