"""What the headings of a list of time entries mean; the words themselves are data, in `entry_words.py`."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from kimai_async.fields.columns import Target
from kimai_async.fields.entry_words import (
    ENGLISH,
    HOURS_WORDS,
    LANGUAGES,
    SECONDS_WORDS,
    TEMPO_SIGN,
    TEMPO_WORDS,
    WHOLE_HOUR_WORDS,
)
from kimai_async.fields.vocabulary import fold, known, timesheet
from kimai_async.tree.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CURRENCY = re.compile(r"\([^()\d]{0,4}\)$")
"""`Billable Rate (USD)`, folded."""

Words = dict[str, tuple[str, int]]


@cache
def _words(language: str) -> Words:
    """Return the folded words of a language, each with its key and its rank among that key's."""
    table = ENGLISH if language == "en" else LANGUAGES[language]
    return {fold(word): (key, rank) for key, words in table.items() for rank, word in enumerate(words)}


def _known(word: str, words: Words) -> tuple[str, int] | None:
    return words.get(word) or words.get(_CURRENCY.sub("", word))


def _best(words: Words, folded: Sequence[str]) -> dict[str, str]:
    """Return for each key that the headings hold the word that counts."""
    found: dict[str, tuple[int, str]] = {}
    for word in folded:
        known = _known(word, words)
        if known is not None and (known[0] not in found or known[1] < found[known[0]][0]):
            found[known[0]] = (known[1], word)
    return {key: word for key, (_, word) in found.items()}


def entry_words(folded: Sequence[str]) -> dict[str, str]:
    """Return what folded headings say of time entries: a key for each that counts.

    One language holds for all of them, the one that knows most; what it does not know may be English. Of several words
    for one key the first of its list counts.
    """
    english = _best(_words("en"), folded)
    found, theirs = english, _words("en")
    for language in LANGUAGES:
        other = _best(_words(language), folded)
        if len(other) > len(found):
            found, theirs = other, _words(language)
    taken = {**{key: word for key, word in english.items() if _known(word, theirs) is None}, **found}
    return {word: key for key, word in taken.items()}


def tempo_levels(folded: Sequence[str], named: Sequence[Level]) -> Mapping[str, Level]:
    """Return which folded headings of a Jira Tempo export name a level that no other heading names."""
    if fold(TEMPO_SIGN) not in folded:
        return {}
    return {fold(word): Level(level) for word, level in TEMPO_WORDS.items() if level not in named}


def tell_entries(headings: Sequence[str]) -> bool:
    """Tell whether headings are those of a list of time entries: when each began, and how long it took."""
    folded = [fold(heading) for heading in headings]
    keys = set(entry_words(folded).values())
    lists_time = "duration" in keys or any(word in timesheet() for word in folded)
    return lists_time and bool(keys & {"date", "begin"}) and bool(keys & {"end", "duration"})


def is_heading(word: str) -> bool:
    """Tell whether a folded word is a heading anywhere: of names, fields or time entries, in any language."""
    return word in timesheet() or bool(known([word])) or any(_known(word, _words(each)) for each in ("en", *LANGUAGES))


def nearest(word: str, taken: set[Target]) -> str | None:
    """Return the key that is not *taken* and whose English word this folded heading may be, misspelt."""
    for close in get_close_matches(word, _words("en"), n=3, cutoff=0.85):
        key = _words("en")[close][0]
        if Target(Level.ENTRY, key) not in taken:
            return key
    return None


@cache
def _folded(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(fold, words))


def unit_of(heading: str) -> int | None:
    """Return how many seconds a bare whole number below this heading of durations stands for, or None: who knows."""
    word = fold(heading)
    if word in _folded(HOURS_WORDS):
        return 3600
    return 1 if word in _folded(SECONDS_WORDS) else None


def has_whole_hours(heading: str) -> bool:
    """Tell whether a time below this heading may be a bare hour."""
    return fold(heading) in _folded(WHOLE_HOUR_WORDS)
