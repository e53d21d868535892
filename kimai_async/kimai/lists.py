"""Kimai's lists, read as they arrive: half a million rows never stand in memory as text or as dictionaries."""

from __future__ import annotations

import re
from itertools import repeat
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import msgspec

from kimai_async.kimai.messages import PARENT_FIELDS, Entry
from kimai_async.text import shorten
from kimai_async.tree.collector import collector_paused
from kimai_async.tree.names import trim
from kimai_async.tree.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Collection

PIECE = 1024 * 1024
"""Bytes that are gathered before their rows are read."""

MOST_PAGES = 10**9
_MOST_GUESSES = 8

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""What a single PHP file that was saved with it puts before every answer."""

_OPENING = re.compile(rb'\s*\[(\{"[^"\\]*":)')
_ERROR = re.compile(r"(?P<text>.*?)(?: - at `\$(?:\[\w*\.*\])?\.?(?P<place>[^`]*)`)?", re.DOTALL)

Id = Annotated[int, msgspec.Meta(ge=1)]


class OddShapeError(Exception):
    """The JSON is none of Kimai's; the message says in a few words what is odd."""


class _Row(msgspec.Struct, gc=False):
    """What is read of a row; the rest of it is skipped."""

    start: ClassVar[str | None] = None
    end: ClassVar[str | None] = None

    id: Id
    name: str
    visible: bool | None = None
    number: str | int | None = None


class _Customer(_Row, gc=False):
    parent: ClassVar[int | None] = None


class _Project(_Row, gc=False, kw_only=True):
    parent: Id | None = msgspec.field(name=PARENT_FIELDS[Level.PROJECT])
    start: str | None = None  # type: ignore[misc]
    end: str | None = None  # type: ignore[misc]


class _Activity(_Row, gc=False, kw_only=True):
    parent: Id | None = msgspec.field(name=PARENT_FIELDS[Level.ACTIVITY])


_LISTS: dict[Level, Any] = {
    Level.CUSTOMER: list[_Customer],
    Level.PROJECT: list[_Project],
    Level.ACTIVITY: list[_Activity],
}


class ListReader:
    """Reads one list of a level, fed in pieces; `entries` has its rows by their id, each once, in the list's order.

    With *whole*, each keeps its whole row, unless that is below another parent than those in *below*: a kilobyte a row.
    JSON is decoded as soon as there are *piece* bytes of it. Raises OddShapeError for JSON that is no such list; `end`
    raises ValueError for what is no JSON, or only the beginning of it.
    """

    def __init__(
        self,
        level: Level,
        *,
        whole: bool = False,
        below: Collection[int | None] | None = None,
        piece: int = PIECE,
    ) -> None:
        self.entries: dict[int, Entry] = {}
        self._type = _LISTS[level]
        self._decoder = msgspec.json.Decoder(list[dict[str, Any]] if whole else self._type)
        self._whole = whole
        self._below = None if below is None else frozenset(below)
        # The same object for the same parent: a million of them weigh 32 MB.
        self._parents: dict[int | None, int | None] = {}
        self._text = bytearray()
        self._piece = self._enough = piece
        self._between = b""

    def feed(self, data: bytes) -> None:
        """Take the next part of the JSON."""
        self._text += data
        if len(self._text) >= self._enough:
            self._read_whole_rows()

    def end(self) -> None:
        """Read what is left."""
        text, self._text = self._text, bytearray()
        self._read(bytes(text.removeprefix(BYTE_ORDER_MARK)))

    def _read_whole_rows(self) -> None:
        """Read up to the end of a row.

        Where a row ends and the next begins is a guess that JSON itself decides: what stands before it, with a closing
        bracket, is a list only if the guess is right, for within a text or a row something would stay open.
        """
        if not self._between and (opening := _OPENING.match(self._text)):
            self._between = b"}," + opening[1]
        end = len(self._text)
        for _ in range(_MOST_GUESSES if self._between else 0):
            end = self._text.rfind(self._between, 0, end)
            if end < 0:
                break
            try:
                self._read(bytes(self._text[: end + 1]) + b"]")
            except ValueError:
                continue
            self._text[: end + 2] = b"["
            self._enough = self._piece
            return
        self._enough = 2 * len(self._text)

    def _read(self, text: bytes) -> None:
        try:
            rows = self._decoder.decode(text)
            shown = rows if self._whole else repeat(None)
            rows = msgspec.convert(rows, self._type) if self._whole else rows
            self._keep(rows, shown)
        except msgspec.ValidationError as error:
            raise OddShapeError(in_words(error)) from None
        except RecursionError:
            raise OddShapeError("nested too deep") from None

    def _keep(self, rows: Any, shown: Any) -> None:
        with collector_paused():
            self._keep_each(rows, shown)

    def _keep_each(self, rows: Any, shown: Any) -> None:
        entries, parents, below = self.entries, self._parents, self._below
        for row, line in zip(rows, shown, strict=False):
            parent, number = parents.setdefault(row.parent, row.parent), row.number or None
            if number.__class__ is int:
                number = str(number)
            kept = line if below is None or parent in below else None
            dates = None if row.end is row.start is None else (row.start, row.end)
            entry = Entry(row.id, trim(row.name), parent, row.visible is not False, number, kept, dates)
            if entries.setdefault(row.id, entry) is not entry and entries[row.id] != entry:
                raise OddShapeError(f"the id {shorten(str(row.id))} for two rows")


def in_words(error: msgspec.ValidationError) -> str:
    """Return what JSON was expected and where: `id`: expected `int`, got `bool`."""
    found = _ERROR.fullmatch(str(error))
    assert found is not None  # the pattern takes any text
    text, place = found["text"], found["place"]
    return shorten(f"`{place}`: {text[:1].lower()}{text[1:]}" if place else text[:1].lower() + text[1:])


def page_count(total: str | None) -> int:
    """Return how many pages a list has, as `X-Total-Pages` says; one if there is no number."""
    if total is None or not (total.isascii() and total.isdigit()):
        return 1
    return int(total) if len(total) < len(str(MOST_PAGES)) else MOST_PAGES
