"""The words that headings are made of, and what each means; the words themselves are data, in `words.py`."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from kimai_async.errors import UsageError
from kimai_async.fields.catalogue import FIELDS, META
from kimai_async.fields.columns import Target
from kimai_async.fields.entry_words import ENTRY_KEYS
from kimai_async.fields.words import (
    FIELD_WORDS,
    LEVEL_WORDS,
    NAME_WORDS,
    NUMBER_WORDS,
    PREFIX_WORDS,
    TIMESHEET_WORDS,
    UNSURE,
)
from kimai_async.tree.nodes import LEVELS, Level

if TYPE_CHECKING:
    from collections.abc import Iterable

_SEPARATORS = re.compile(r"[\s\-_./?#:'\u2019]+")
_META = re.compile(r"(?:(?P<word>\w+)[\s._-]+)?meta\.(?P<name>.+)", re.IGNORECASE)


def fold(heading: str) -> str:
    """Return a heading without what does not count: letter case, spaces, dashes, underscores, dots, `/ ? # : '`.

    Nor does it count whether an accent is stored with its letter or, as macOS does it, after it (Unicode's NFC, NFD).
    """
    return _SEPARATORS.sub("", unicodedata.normalize("NFC", heading).casefold())


@cache
def names() -> dict[str, Level]:
    """Return the folded words for the column of a level's names."""
    return {fold(word): level for level in LEVELS for word in (level, *LEVEL_WORDS[level])}


@cache
def level_words() -> frozenset[str]:
    """Return the words for the column of a level's names as they are written, but for letter case."""
    return frozenset(word.casefold() for level in LEVELS for word in (level, *LEVEL_WORDS[level]))


@cache
def bare_names() -> frozenset[str]:
    """Return the folded words for a column of names that do not say whose."""
    return frozenset(map(fold, NAME_WORDS))


@cache
def bare(level: Level) -> dict[str, Target]:
    """Return the folded words for a level's fields, without the level before them."""
    return {fold(word): Target(level, key) for key in FIELDS[level] for word in (key, *FIELD_WORDS[level].get(key, ()))}


@cache
def prefixed() -> dict[str, Target]:
    """Return the folded words for fields with their level before them."""
    found = {}
    for level in LEVELS:
        for prefix in (level, *PREFIX_WORDS[level]):
            found.update({fold(prefix) + word: target for word, target in bare(level).items()})
        found.update({fold(word): Target(level, "number") for word in NUMBER_WORDS[level]})
    return found


@cache
def of_entries() -> dict[str, Target]:
    """Return the folded names of what is said of time entries, with `entry` before them: `entry.begin`."""
    return {fold(f"entry.{key}"): Target(Level.ENTRY, key) for key in ENTRY_KEYS}


@cache
def timesheet() -> frozenset[str]:
    """Return the folded headings that tell a list of time entries."""
    return frozenset(map(fold, TIMESHEET_WORDS))


def doubtful(folded: Iterable[str]) -> set[str]:
    """Return the keys whose bare words cannot be relied on beside these folded headings."""
    present = set(folded)
    return {key for word, key in UNSURE.items() if fold(word) in present}


@cache
def _all_words() -> frozenset[str]:
    return bare_names().union(names(), prefixed(), *map(bare, LEVELS))


def known(headings: Iterable[str]) -> int:
    """Return how many of these headings are known anywhere: what tells one delimiter from another."""
    return sum(fold(heading) in _all_words() or custom_field(heading, None) is not None for heading in headings)


def custom_field(heading: str, otherwise: Level | None) -> Target | None:
    """Return the custom field that a heading means: `customer.meta.x`, or `meta.x` for the level *otherwise*."""
    match = _META.fullmatch(heading)
    if match is None:
        return None
    word = match["word"]
    level = otherwise or Level.CUSTOMER if word is None else _level_of(word)
    name = unicodedata.normalize("NFC", match["name"].strip())
    return None if level is None else Target(level, META + name)


def _level_of(word: str) -> Level | None:
    folded = fold(word)
    if folded == Level.ENTRY:
        return Level.ENTRY
    return next((level for level in LEVELS if folded in map(fold, (level, *PREFIX_WORDS[level]))), None)


def parse_target(text: str) -> Target:
    """Return what the left side of `--column FIELD=HEADING` names; raises UsageError with what it may be."""
    folded = fold(text)
    if folded in names():
        return Target(names()[folded])
    match = _META.fullmatch(text.strip())
    target = (
        {**prefixed(), **of_entries()}.get(folded)
        if match is None or match["word"] is None
        else custom_field(text.strip(), None)
    )
    if target is None:
        raise UsageError(
            f"--column knows no {text!r}; it takes customer, project, activity, a field of one such as "
            "customer.vatId, a custom field such as project.meta.cost_centre, or what is said of a time entry such as "
            "entry.begin."
        )
    return target
