"""What rows say of time entries beside when: whose they are, what was done, tags, prices, yes and no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kimai_async.csvfile.notes import About
from kimai_async.fields.catalogue import META
from kimai_async.fields.guards import unguarded
from kimai_async.fields.lengths import length, whole_number
from kimai_async.fields.values import BadValueError, Flag, Money, Text
from kimai_async.text import shorten
from kimai_async.tree.entry import Person
from kimai_async.tree.lookalikes import fold
from kimai_async.tree.names import FORBIDDEN, trim

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kimai_async.csvfile.notes import Notes
    from kimai_async.plan.entry_columns import EntryColumns

_MOST_KEPT = 20_000
"""Rows' cells of which what they mean is kept, so that what repeats is shared."""

_PEOPLE = ("user", "email", "firstName", "lastName", "name")
_SHORTEST_TAG, _LONGEST_TAG = 2, 100
"""Characters (Kimai's `Entity/Tag.php`)."""

_FLAG: Final = Flag()
_MONEY: Final = Money()
_TEXT: Final = Text(None)


class People:
    """The people whom rows name; `all` has each once, as first written."""

    def __init__(self, columns: EntryColumns) -> None:
        self.all: list[Person] = []
        self._columns = columns
        self._by_names: dict[tuple[str, ...], Person] = {}
        self._indexes = columns.indexes(_PEOPLE)
        self._by_cells: dict[tuple[str, ...], Person | None] = {}

    def find(self, line: int, cells: Sequence[str]) -> Person | None:
        """Return whom a row names, or None if it names nobody."""
        written = tuple([cells[index] for index in self._indexes])
        if written not in self._by_cells:
            self._by_cells[written] = self._read(line, cells)
        return self._by_cells[written]

    def _read(self, line: int, cells: Sequence[str]) -> Person | None:
        user, email, first, last, name = (unguarded(self._columns.cell(key, cells)) for key in _PEOPLE)
        full_name = name or " ".join(filter(None, (first, last)))
        if not (user or email or full_name):
            return None
        key = fold(user), fold(email), fold(full_name)
        if key not in self._by_names:
            person = self._by_names[key] = Person(line, user=user, email=email, full_name=full_name)
            self.all.append(person)
        return self._by_names[key]


class EntryValues:
    """Reads the values of entries; `tags` has each tag as first written, and its line. What is wrong is a problem."""

    def __init__(self, columns: EntryColumns, problems: Notes) -> None:
        self.tags: dict[str, int] = {}
        self._columns = columns
        self._problems = problems
        self._spelled: dict[str, str] = {}
        self._line = 0
        readers: dict[str, Callable[[str], Any]] = {
            "tags": self._read_tags,
            "billable": _flag,
            "exported": _flag,
            "hourlyRate": _money,
            "fixedRate": _fixed_rate,
            "break": _break,
            **dict.fromkeys(columns.keys(beginning=META), _text),
        }
        self._readers = {key: read for key, read in readers.items() if columns.has(key)}
        self._indexes = columns.indexes(readers)
        self._kept: dict[tuple[str, ...], dict[str, Any] | None] = {}
        self._described: dict[str, str | None] = {}

    def read(self, line: int, cells: Sequence[str]) -> dict[str, Any] | None:
        """Return the values of a row by Kimai's names, or None if it gives none; rows that say the same share them."""
        written = tuple([cells[index] for index in self._indexes])
        if written in self._kept:
            return self._kept[written]
        self._line = line
        values: dict[str, Any] = {}
        before = self._problems.count
        for key, read in self._readers.items():
            value = self._value(key, read, self._columns.cell(key, cells))
            if value is not None:
                values[key] = value
        found = values or None
        if self._problems.count == before:
            _make_room(self._kept)
            self._kept[written] = found
        return found

    def description(self, line: int, cells: Sequence[str]) -> str | None:
        """Return what a row says was done, or None."""
        index = self._columns.index("description")
        written = "" if index is None else cells[index]
        if not written:
            return None
        if written not in self._described:
            self._line = line
            _make_room(self._described)
            text = self._value("description", _text, unguarded(trim(written)))
            self._described[written] = written if text == written else text
        return self._described[written]

    def _value(self, key: str, read: Callable[[str], Any], text: str) -> Any:
        try:
            return read(text) if text else None
        except BadValueError as error:
            heading = self._columns.heading(key)
            self._problems.add(self._line, heading, f"{shorten(text, 60)!r} {error}", About.VALUES)
            return None

    def _read_tags(self, text: str) -> tuple[str, ...] | None:
        """Each tag as the file writes it first: to Kimai tags that differ in letter case or accents are the same."""
        found: dict[str, str] = {}
        for part in text.split(","):
            tag = unguarded(trim(part))
            if tag:
                _check_tag(tag)
                spelled = self._spelled.setdefault(fold(tag), tag)
                self.tags.setdefault(spelled, self._line)
                found[spelled] = spelled
        return tuple(found) or None


def _make_room(kept: dict[Any, Any]) -> None:
    """Forget what was kept once it is too much: where nearly nothing repeats, keeping is a waste."""
    if len(kept) >= _MOST_KEPT:
        kept.clear()


def _check_tag(tag: str) -> None:
    if not _SHORTEST_TAG <= len(tag) <= _LONGEST_TAG:
        size = "one character" if len(tag) == 1 else f"{len(tag)} characters"
        raise BadValueError(f"has a tag of {size}, {shorten(tag, 30)!r}; Kimai takes {_SHORTEST_TAG} to {_LONGEST_TAG}")
    found = [sign for sign in FORBIDDEN if sign in tag]
    if found:
        raise BadValueError(f"has a tag with {' '.join(found)}, which Kimai refuses; write it without")


def _flag(text: str) -> Any:
    return _FLAG.read(text, None)


def _money(text: str) -> Any:
    return _MONEY.read(text, None)


def _text(text: str) -> Any:
    return _TEXT.read(text, None)


def _fixed_rate(text: str) -> Any:
    """None for 0, which Kimai's exports write where there is none: sent, it would make the entry cost nothing."""
    return _MONEY.read(text, None) or None


def _break(text: str) -> int | None:
    number = whole_number(text)
    if number is not None and number % 60:
        raise BadValueError(f"may be minutes or seconds; write {number}m or {number}s")
    return (length(text) if number is None else number) or None
