"""Bytes to rows: what the file is, its headings, its records; every problem names its line."""

from __future__ import annotations

import codecs
import csv
import io
from typing import TYPE_CHECKING, BinaryIO

from kimai_async.csvfile.dialect import (
    DELIMITERS,
    find_delimiter,
    find_encoding,
    refuse_binary,
    separator_line,
    shown_delimiter,
    shown_encoding,
)
from kimai_async.csvfile.headings import HeadingError, understand
from kimai_async.errors import CsvError
from kimai_async.fields.vocabulary import known
from kimai_async.tree.names import trim

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kimai_async.fields.columns import Columns

ADDED = ("Reason", "Line")
"""The columns that a rejects file has beside those of the input."""


def _in_words(delimiter: str) -> str:
    return "tab" if delimiter == "\t" else delimiter


class Table:
    """A CSV that is open for reading: its heading is read and understood, its rows come by iteration.

    *file* must be seekable; it is read from its start on every iteration and never closed here. *delimiter* and
    *encoding* are found if they are None. *mapping* says which heading holds which field, before any other rule.
    Raises CsvError, with the line, for what cannot be read.
    """

    def __init__(
        self,
        file: BinaryIO,
        *,
        name: str,
        delimiter: str | None = None,
        encoding: str | None = None,
        mapping: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self._file = file
        refuse_binary(file, name)
        self.encoding = find_encoding(file, name, encoding)
        self._guessed = encoding is None
        separator = self._separator_line()
        self._skip = separator is not None
        mapping = mapping or {}
        self.delimiter = delimiter or separator or self._find_delimiter(mapping)
        self.heading_line, self.heading = self._read_heading()
        self.columns = self._understand(mapping)

    @property
    def shown_encoding(self) -> str:
        """The encoding, for people."""
        return shown_encoding(self.encoding, marked=self.starts_with(codecs.BOM_UTF8))

    @property
    def shown_delimiter(self) -> str:
        """The delimiter, for people."""
        return shown_delimiter(self.delimiter)

    def doubts(self, *, shown: bool = False) -> Iterator[str]:
        """Yield what the user should know about how this file was understood; *shown*: the columns are seen anyway."""
        if self._guessed and self.encoding == "cp1252":
            yield f"{self.name} is not UTF-8: read as Windows-1252; if names look wrong, give its --encoding"
        if shown:
            return
        ignored = [index for index, target in enumerate(self.columns.targets) if target is None]
        unused = [self._ignored(index) for index in ignored if self.heading[index] not in ("", *ADDED)]
        if unused:
            yield f"columns ignored: {', '.join(unused)}"

    def _ignored(self, index: int) -> str:
        hint = self.columns.hints.get(index)
        return repr(self.heading[index]) + (f" ({hint})" if hint else "")

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each row that is not blank with the number of the line that it starts on."""
        records = self._records()
        next(records, None)
        return records

    def starts_with(self, magic: bytes) -> bool:
        """Tell whether the file begins with these bytes."""
        self._file.seek(0)
        return self._file.read(len(magic)) == magic

    def _text(self, errors: str = "strict") -> io.TextIOWrapper:
        self._file.seek(0)
        return io.TextIOWrapper(self._file, encoding=self.encoding, errors=errors, newline="")

    def _separator_line(self) -> str | None:
        text = self._text(errors="replace")
        try:
            return separator_line(text.readline())
        finally:
            text.detach()

    def _find_delimiter(self, mapping: Mapping[str, str]) -> str:
        wanted = set(mapping.values())
        text = self._text(errors="replace")
        try:
            return find_delimiter(text, lambda cells: known(map(trim, cells)) + len(wanted.intersection(cells)))
        finally:
            text.detach()

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        text = self._text()
        line = 1
        try:
            if self._skip:
                text.readline()
                line = 2
            first = line - 1
            reader = csv.reader(text, delimiter=self.delimiter, strict=True)
            for cells in reader:
                if any(cells):
                    yield line, cells
                line = first + reader.line_num + 1
        except csv.Error as error:
            raise CsvError(self._explain(error, line)) from None
        except UnicodeDecodeError:
            raise CsvError(self._undecodable()) from None
        finally:
            text.detach()

    def _explain(self, error: csv.Error, line: int) -> str:
        reason = str(error)
        if "unexpected end of data" in reason:
            reason = 'a quoted field is opened here and never closed; close it or double the quote ("")'
        elif "expected after" in reason:
            reason = 'text follows a closing quote; double each quote inside a quoted field ("")'
        elif "field limit" in reason:
            reason = f"a field is longer than {csv.field_size_limit()} characters; a quote is probably left open"
        return f"{self.name}, line {line}: {reason}."

    def _undecodable(self) -> str:
        shown = shown_encoding(self.encoding, marked=False)
        text = self._text(errors="surrogateescape")
        try:
            for number, line in enumerate(text, 1):
                for position, character in enumerate(line, 1):
                    if "\udc80" <= character <= "\udcff":
                        return (
                            f"{self.name}, line {number}, character {position}: the byte "
                            f"0x{ord(character) - 0xDC00:02X} is not {shown}; save the file as UTF-8 "
                            "or leave --encoding out."
                        )
        except UnicodeDecodeError:
            pass
        finally:
            text.detach()
        return f"{self.name} is not {shown}; leave --encoding out, or give the right one."

    def _read_heading(self) -> tuple[int, list[str]]:
        records = self._records()
        line, cells = next(records, (0, []))
        records.close()  # type: ignore[attr-defined]  # a generator: lets go of the file now, not some time later
        if not cells:
            raise CsvError(f"{self.name} holds no text; it needs a line of headings: Customer,Project,Activity.")
        return line, [trim(cell) for cell in cells]

    def _understand(self, mapping: Mapping[str, str]) -> Columns:
        try:
            return understand(self.heading, mapping)
        except HeadingError as error:
            where = f"{self.name}, line {self.heading_line}"
            raise CsvError(f"{where}: {self._other_delimiter() or error}") from None

    def _other_delimiter(self) -> str | None:
        """Return the advice to try another delimiter, if the heading looks like it."""
        if len(self.heading) == 1:
            for delimiter in DELIMITERS:
                if delimiter != self.delimiter and delimiter in self.heading[0]:
                    return (
                        f"the heading is one column, {self.heading[0]!r}, with {_in_words(self.delimiter)!r} as the "
                        f"delimiter; try --delimiter {_quoted(delimiter)}, or leave it out."
                    )
        return None


def _quoted(delimiter: str) -> str:
    return _in_words(delimiter) if delimiter == "\t" else f"'{delimiter}'"
