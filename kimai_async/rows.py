"""Bytes to rows: encoding, delimiter, headings; every problem names its line."""

from __future__ import annotations

import codecs
import csv
import io
from typing import TYPE_CHECKING, BinaryIO

from kimai_async.errors import CsvError, UsageError
from kimai_async.names import trim
from kimai_async.tree import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

_OTHER_DELIMITERS = (",", ";", "\t", "|")
_SIGNATURES = {
    b"PK\x03\x04": "an Excel workbook or another zip file",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip file",
}


def parse_delimiter(text: str) -> str:
    """Return the delimiter that a user named: one character, or `tab`; raises UsageError for anything else."""
    if text.lower() in ("tab", "\\t"):
        return "\t"
    if len(text) != 1 or text in '"\r\n\0':
        shown = f"{text!r} is none" if text else "it is empty"
        raise UsageError(f"--delimiter takes one character or the word tab; {shown}.")
    return text


def _lookup(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
        io.TextIOWrapper(io.BytesIO(), encoding=name)  # refuses what is no text encoding, such as hex
    except LookupError:
        raise UsageError(f"--encoding {encoding!r} is unknown; try utf-8 or windows-1252.") from None
    # utf-8-sig reads UTF-8 with and without a byte order mark
    return "utf-8-sig" if name == "utf-8" else name


def _in_words(delimiter: str) -> str:
    return "tab" if delimiter == "\t" else delimiter


class Table:
    """A CSV that is open for reading: its heading is read and understood, its rows come by iteration.

    *file* must be seekable; it is read from its start on every iteration and never closed here. The heading's
    order and letter case are free. Raises CsvError, with the line, for what cannot be read.
    """

    def __init__(self, file: BinaryIO, *, name: str, delimiter: str, encoding: str) -> None:
        self.name = name
        self.delimiter = delimiter
        self.encoding = _lookup(encoding)
        self._file = file
        self._refuse_binary()
        self.heading_line, self.heading = self._read_heading()
        self.columns = self._find_columns()

    @property
    def ignored(self) -> list[str]:
        """The headings that mean nothing here, in the file's order."""
        used = set(self.columns.values())
        return [heading for index, heading in enumerate(self.heading) if index not in used]

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each row that is not blank with the number of the line that it starts on."""
        records = self._records()
        next(records, None)
        return records

    def starts_with(self, magic: bytes) -> bool:
        """Tell whether the file begins with these bytes."""
        self._file.seek(0)
        return self._file.read(len(magic)) == magic

    def _refuse_binary(self) -> None:
        self._file.seek(0)
        start = self._file.read(4096)
        if not start:
            raise CsvError(f"{self.name} is empty; it needs a line of headings: Customer,Project,Activity.")
        if start.startswith((b"\xff\xfe", b"\xfe\xff")) and self.encoding == "utf-8-sig":
            raise CsvError(f"{self.name} is UTF-16, not UTF-8; give --encoding utf-16.")
        kind = next((kind for magic, kind in _SIGNATURES.items() if start.startswith(magic)), None)
        if kind is None and b"\0" in start and not self.encoding.startswith(("utf-16", "utf-32")):
            kind = "a binary file"
        if kind is not None:
            raise CsvError(f"{self.name} is {kind}, not a CSV; export it as CSV (UTF-8) and import that.")

    def _text(self, errors: str = "strict") -> io.TextIOWrapper:
        self._file.seek(0)
        return io.TextIOWrapper(self._file, encoding=self.encoding, errors=errors, newline="")

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        text = self._text()
        reader = csv.reader(text, delimiter=self.delimiter, strict=True)
        line = 1
        try:
            for cells in reader:
                if any(cells):
                    yield line, cells
                line = reader.line_num + 1
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
        text = self._text(errors="surrogateescape")
        try:
            for number, line in enumerate(text, 1):
                for position, character in enumerate(line, 1):
                    if "\udc80" <= character <= "\udcff":
                        return (
                            f"{self.name}, line {number}, character {position}: the byte "
                            f"0x{ord(character) - 0xDC00:02X} is not {self._shown_encoding}; save the file as UTF-8 "
                            "or give --encoding windows-1252."
                        )
        except UnicodeDecodeError:
            pass
        finally:
            text.detach()
        return f"{self.name} is not {self._shown_encoding}; give its --encoding."

    @property
    def _shown_encoding(self) -> str:
        return "UTF-8" if self.encoding == "utf-8-sig" else self.encoding

    def _read_heading(self) -> tuple[int, list[str]]:
        records = self._records()
        line, cells = next(records, (0, []))
        records.close()  # type: ignore[attr-defined]  # a generator: lets go of the file now, not some time later
        if not cells:
            raise CsvError(f"{self.name} holds no text; it needs a line of headings: Customer,Project,Activity.")
        return line, [trim(cell) for cell in cells]

    def _find_columns(self) -> dict[Level, int]:
        folded = [heading.casefold() for heading in self.heading]
        missing = [level.capitalize() for level in Level if level not in folded]
        if missing:
            raise CsvError(self._explain_missing(missing))
        for level in Level:
            if folded.count(level) > 1:
                raise CsvError(
                    f"{self.name}, line {self.heading_line}: the heading {level.capitalize()} stands "
                    f"{folded.count(level)} times; rename all but one."
                )
        return {level: folded.index(level) for level in Level}

    def _explain_missing(self, missing: list[str]) -> str:
        where = f"{self.name}, line {self.heading_line}"
        if len(self.heading) == 1:
            for delimiter in _OTHER_DELIMITERS:
                if delimiter != self.delimiter and delimiter in self.heading[0]:
                    return (
                        f"{where}: the heading is one column, {self.heading[0]!r}, with "
                        f"{_in_words(self.delimiter)!r} as the delimiter; try --delimiter {_quoted(delimiter)}."
                    )
        found = ", ".join(repr(heading) for heading in self.heading)
        several = "headings are" if len(missing) > 1 else "heading is"
        return f"{where}: the {several} missing: {', '.join(missing)}; found: {found}."


def _quoted(delimiter: str) -> str:
    return _in_words(delimiter) if delimiter == "\t" else f"'{delimiter}'"
