"""What a file is before its rows are read: text or binary, its encoding, its delimiter; fixed rules, no statistics."""

from __future__ import annotations

import codecs
import csv
import io
import re
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from kimai_async.errors import CsvError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_START = 4096
_BLOCK = 1 << 20
_HEADING_LINES = 64

_EXPORT = "export it as CSV (UTF-8) and import that"
_UNPACK = "unpack it and import the CSV in it"
_SAVE_AS = (
    'in Excel use "File, Save As, CSV UTF-8 (comma delimited)", '
    'in LibreOffice "File, Save As, Text CSV, character set UTF-8", and import that'
)
_AFTER_MARK = rb"(\xef\xbb\xbf|\xff\xfe(?=.\0)|\xfe\xff\0)?\s*"  # UTF-16's only before an ASCII character
# The first that fits counts; in a zip, the names of its first files are readable.
_KINDS = [
    (rb"PK\x03\x04.*opendocument\.spreadsheet", "an OpenDocument spreadsheet", _SAVE_AS),
    (rb"PK\x03\x04.*(word|ppt)/", "a Word or PowerPoint document", _EXPORT),
    (rb"PK\x03\x04.*(\[Content_Types\]\.xml|xl/)", "an Excel workbook", _SAVE_AS),
    (rb"PK\x03\x04", "a zip file", _UNPACK),
    (rb"\xd0\xcf\x11\xe0", "an old Excel workbook", _SAVE_AS),
    (rb"%PDF", "a PDF", _EXPORT),
    (rb"\x1f\x8b", "a gzip file", _UNPACK),
    (_AFTER_MARK + rb'(\{|\[[ \t]*[{"\r\n])', "JSON", _EXPORT),
    (_AFTER_MARK + rb"<", "HTML or XML", _EXPORT),
]

# UTF-16's little-endian mark is the beginning of UTF-32's.
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_NOT_IN_CP1252 = b"\x81\x8d\x8f\x90\x9d"
# surrogateescape turns a byte that is not UTF-8 into U+DC00 plus the byte
_NOT_UTF_8 = re.compile("[\udc80-\udcff]")
_NEITHER = re.compile("[\udc81\udc8d\udc8f\udc90\udc9d]")

_ENCODINGS = {"utf-8": "UTF-8", "utf-16": "UTF-16", "utf-32": "UTF-32", "cp1252": "Windows-1252"}
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
"""The delimiters that are looked for, in this order, with their names for people."""
_SEPARATOR_LINE = re.compile(r'("?)sep=([^"\r\n\0])\1(?=[\r\n]|\Z)', re.IGNORECASE)


def refuse_binary(file: BinaryIO, name: str) -> None:
    """Raise CsvError if the file is empty or begins like a workbook, another binary format, JSON, HTML or XML.

    Reads the first 4 KiB of a seekable file. NUL bytes are for `find_encoding` to judge, which knows UTF-16.
    """
    start = _start(file)
    if not start:
        raise CsvError(f"{name} is empty; it needs a line of headings: Customer,Project,Activity.")
    for pattern, kind, advice in _KINDS:
        if re.match(pattern, start, re.DOTALL):
            raise CsvError(f"{name} is {kind}, not a CSV; {advice}.")


def find_encoding(file: BinaryIO, name: str, wanted: str | None) -> str:
    """Return the codec to open a seekable file's text with: the one *wanted*, or else the first that fits.

    A byte order mark (UTF-8, UTF-16, UTF-32), then strict UTF-8, then Windows-1252; the whole file is read for the
    last two. `utf-8-sig`, for *wanted* UTF-8, reads files with and without a mark. Raises UsageError for a codec that
    is unknown or not for text, CsvError for a mark that contradicts *wanted*, for NUL bytes in what is not UTF-16 or
    UTF-32, and for a file that is neither UTF-8 nor Windows-1252.
    """
    codec = None if wanted is None else _lookup(wanted)
    start = _start(file)
    mark = next((codec for mark, codec in _MARKS.items() if start.startswith(mark)), None)
    if codec and mark and not codec.startswith(family := mark.removesuffix("-sig")):
        raise CsvError(f"{name} is {_plain(mark)}, not {_plain(codec)}; give --encoding {family}.")
    codec = mark or codec
    _refuse_nul(start, name, codec or "")
    return codec or _guess(file, name)


def separator_line(text: str) -> str | None:
    """Return the delimiter that the first line of *text* names in Excel's way, `sep=;`, or None if it does not."""
    found = _SEPARATOR_LINE.match(text)
    return found[2] if found else None


def find_delimiter(lines: Iterable[str], known: Callable[[list[str]], int]) -> str:
    """Return the delimiter that makes the most of the heading: comma, semicolon, tab or vertical bar.

    *lines* are the text's lines, each with its ending, from the heading on; at most 64 are taken. *known* counts the
    cells that mean something. Among equals the one with the most cells wins, then the order above.
    """
    heading = list(islice(lines, _HEADING_LINES))

    def score(delimiter: str) -> tuple[int, int]:
        cells = _first_record(heading, delimiter)
        return (known(cells), len(cells)) if cells else (0, 0)

    return max(DELIMITERS, key=score)


def shown_encoding(codec: str, *, marked: bool = True) -> str:
    """Return a codec's name for people; *marked* tells whether a file that `utf-8-sig` reads has its mark."""
    return "UTF-8 with a byte order mark" if codec == "utf-8-sig" and marked else _plain(codec)


def shown_delimiter(delimiter: str) -> str:
    """Return a delimiter's name for people."""
    return DELIMITERS.get(delimiter, repr(delimiter))


def _start(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(_START)


def _lookup(encoding: str) -> str:
    try:
        codec = codecs.lookup(encoding).name
        io.TextIOWrapper(io.BytesIO(), encoding=codec)  # refuses what is no text encoding, such as hex
    except (LookupError, ValueError):  # ValueError: a name that is itself no text
        raise UsageError(f"--encoding {encoding!r} is unknown; try utf-8 or windows-1252.") from None
    return "utf-8-sig" if codec == "utf-8" else codec


def _refuse_nul(start: bytes, name: str, codec: str) -> None:
    if b"\0" not in start or codec.startswith(("utf-16", "utf-32")):
        return
    first = start[:64]
    even, odd = first[::2].count(0), first[1::2].count(0)
    if max(even, odd) * 4 < len(first) or min(even, odd):
        raise CsvError(f"{name} is a binary file, not a CSV; {_EXPORT}.")
    option = "utf-16-le" if odd else "utf-16-be"
    raise CsvError(f"{name} looks like UTF-16 without a byte order mark; give --encoding {option}.")


def _guess(file: BinaryIO, name: str) -> str:
    if _is_utf_8(file):
        return "utf-8"
    if not any(byte in block for block in _blocks(file) for byte in _NOT_IN_CP1252):
        return "cp1252"
    if found := _locate(file, name, _NEITHER):
        raise CsvError(f"{found} is neither UTF-8 nor Windows-1252; give its --encoding.")
    found = _locate(file, name, _NOT_UTF_8)
    raise CsvError(f"{found} is not UTF-8, and the file is not Windows-1252 either; give its --encoding.")


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    return iter(lambda: file.read(_BLOCK), b"")


def _is_utf_8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in _blocks(file):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _locate(file: BinaryIO, name: str, bad: re.Pattern[str]) -> str | None:
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8", errors="surrogateescape", newline="")
    try:
        for number, line in enumerate(text, 1):
            if found := bad.search(line):
                byte = ord(found[0]) - 0xDC00
                return f"{name}, line {number}, character {found.start() + 1}: the byte 0x{byte:02X}"
    finally:
        text.detach()
    return None


def _first_record(lines: list[str], delimiter: str) -> list[str]:
    try:
        return next(filter(any, csv.reader(lines, delimiter=delimiter, strict=True)), [])
    except csv.Error:
        return []


def _plain(codec: str) -> str:
    return _ENCODINGS.get(codec.removesuffix("-sig"), codec)
