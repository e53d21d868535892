"""What a file is before its rows are read: text or binary, its encoding, its delimiter; fixed rules, no statistics."""

from __future__ import annotations

import codecs
import io
import re
from itertools import chain, islice
from typing import TYPE_CHECKING, BinaryIO

from kimai_async.csvfile.records import BrokenRecordError, Records
from kimai_async.errors import CsvError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_START = 4096
_BLOCK = 1 << 20
_HEADING_LINES = 64
_NULS_IN_TEXT = 16
"""Text has at most one NUL in so many bytes."""

_PLAIN_TEXT = "save it as plain text (UTF-8) and import that"
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
    (rb"\{\\rtf", "rich text", _PLAIN_TEXT),
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
_NOT_IN_TEXT = bytes([*range(1, 9), *range(14, 27), *range(28, 32)])
# surrogateescape turns a byte that is not of the encoding into U+DC00 plus the byte
_UNDECODED = re.compile("[\udc80-\udcff]")
_NEITHER = re.compile("[\udc81\udc8d\udc8f\udc90\udc9d]")

_ENCODINGS = {"utf-8": "UTF-8", "utf-16": "UTF-16", "utf-32": "UTF-32", "cp1252": "Windows-1252"}
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
"""The delimiters that are looked for, in this order, with their names for people."""
_SIGNS = re.compile(r"[^\w\s\"]+|\t+")
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

    A byte order mark (UTF-8, UTF-16, UTF-32), then strict UTF-8, then Windows-1252; the whole file is read once for
    the last two. `utf-8-sig`, for *wanted* UTF-8, reads files with and without a mark. Raises UsageError for a codec
    that is unknown or not for text, CsvError for a mark that contradicts *wanted*, for a binary file, for one that is
    UTF-8 but for a few bytes, and for one that is neither UTF-8 nor Windows-1252.
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
        cells = first_record(heading, delimiter)
        return (known(cells), len(cells)) if cells else (0, 0)

    return max(DELIMITERS, key=score)


def first_record(lines: Iterable[str], delimiter: str) -> list[str]:
    """Return the first record that is not empty, or nothing if there is none that can be read."""
    try:
        return next((cells for _, cells in Records(lines, delimiter)), [])
    except BrokenRecordError:
        return []


def odd_separator(heading: str, levels: Callable[[list[str]], int]) -> str | None:
    """Return what separates the headings in a text that is one heading otherwise, or None.

    It need not be a delimiter: it may have several characters. *levels* counts the cells that name a level; two must.
    """
    signs = dict.fromkeys(_SIGNS.findall(heading))
    best = max(signs, key=lambda sign: levels(heading.split(sign)), default=None)
    return best if best is not None and levels(heading.split(best)) > 1 else None


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
    if max(even, odd) * 4 >= len(first) and not min(even, odd):
        option = "utf-16-le" if odd else "utf-16-be"
        raise CsvError(f"{name} looks like UTF-16 without a byte order mark; give --encoding {option}.")
    # Text with a NUL here and there is left to who reads its lines, and can name the one.
    if start.count(0) * _NULS_IN_TEXT > len(start) or any(byte in start for byte in _NOT_IN_TEXT):
        raise CsvError(f"{name} is a binary file, not a CSV; {_EXPORT}.")


def _guess(file: BinaryIO, name: str) -> str:
    sound, broken, may_be_cp1252 = _count(file)
    if not broken:
        return "utf-8"
    if sound > broken:
        others = "the rest of the file is" if broken == 1 else f"nor are {broken - 1:,} more, but most of the file is"
        place = locate(file, "utf-8")
        raise CsvError(
            f"{name}, {place} is not UTF-8, {others}; mend it, or give --encoding windows-1252 if it is that."
        )
    if may_be_cp1252:
        return "cp1252"
    if found := locate(file, "utf-8", _NEITHER):
        raise CsvError(f"{name}, {found} is neither UTF-8 nor Windows-1252; give its --encoding.")
    found = locate(file, "utf-8")
    raise CsvError(f"{name}, {found} is not UTF-8, and the file is not Windows-1252 either; give its --encoding.")


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    return iter(lambda: file.read(_BLOCK), b"")


def _count(file: BinaryIO) -> tuple[int, int, bool]:
    """Return how many characters beyond ASCII are UTF-8, how many bytes are not, and if all is in Windows-1252."""
    sound, broken, may_be_cp1252 = 0, 0, True
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    for block in chain(_blocks(file), [b""]):
        may_be_cp1252 = may_be_cp1252 and not any(byte in block for byte in _NOT_IN_CP1252)
        text = decoder.decode(block, final=not block)
        if not text.isascii():
            beyond = len(text) - len(text.encode("ascii", "ignore"))
            wrong = len(text) - len(text.encode("utf-8", "ignore").decode())
            sound, broken = sound + beyond - wrong, broken + wrong
    return sound, broken, may_be_cp1252


def locate(file: BinaryIO, encoding: str, bad: re.Pattern[str] = _UNDECODED) -> str | None:
    """Return where the first byte is that is not of an encoding, and which one, or None: `line 2, character 3: …`."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, errors="surrogateescape", newline="")
    try:
        for number, line in enumerate(text, 1):
            if found := bad.search(line):
                return f"line {number}, character {found.start() + 1}: the byte 0x{ord(found[0]) - 0xDC00:02X}"
    except UnicodeDecodeError:  # UTF-16 and UTF-32: half a character
        pass
    finally:
        text.detach()
    return None


def _plain(codec: str) -> str:
    return _ENCODINGS.get(codec.removesuffix("-sig"), codec)
