"""What the headings of a file mean together."""

from __future__ import annotations

from collections import Counter
from difflib import get_close_matches
from typing import TYPE_CHECKING

from kimai_async.csvfile.notes import listed
from kimai_async.fields.catalogue import META
from kimai_async.fields.columns import Columns, Target
from kimai_async.fields.entry_vocabulary import entry_words, nearest, tempo_levels
from kimai_async.fields.vocabulary import (
    bare,
    bare_names,
    custom_field,
    doubtful,
    fold,
    names,
    parse_target,
    prefixed,
    timesheet,
)
from kimai_async.text import shorten
from kimai_async.tree.nodes import LEVELS, Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class HeadingError(ValueError):
    """Headings that cannot be meant; the message says what to do."""


def understand(headings: Sequence[str], mapping: Mapping[str, str], *, timesheets: bool = False) -> Columns:
    """Return what each heading means; *mapping* (field to heading, an empty one leaves the field out) comes first.

    With *timesheets*, what is said of time entries is understood, too. Raises HeadingError when two headings mean the
    same, when none names anything or says when entries began, or when *mapping* names a heading that is not there;
    UsageError when it names an unknown field.
    """
    mapped = {parse_target(name): heading for name, heading in mapping.items()}
    return _Understanding(headings, mapped, timesheets=timesheets).columns()


class _Understanding:
    def __init__(self, headings: Sequence[str], mapping: Mapping[Target, str], *, timesheets: bool) -> None:
        self._headings = headings
        self._folded = [fold(heading) for heading in headings]
        self._targets: list[Target | None] = [None] * len(headings)
        self._hints: dict[int, str] = {}
        self._mapped = mapping
        self._timesheets = timesheets
        self._is_timesheet = timesheets or any(word in timesheet() for word in self._folded)

    def columns(self) -> Columns:
        taken = self._apply_mapping()
        for index, target in self._with_level():
            if index not in taken:
                self._set(index, target)
        if self._timesheets:
            self._understand_entries(taken)
        last = self._name_column(taken)
        if last is not None:
            for index, target in self._without_level(last):
                if index not in taken and self._targets[index] is None:
                    self._set(index, target)
        self._refuse_doubles()
        self._refuse_nameless()
        self._refuse_timeless()
        self._drop_homeless()
        self._add_hints(taken)
        return Columns(self._headings, self._targets, self._hints)

    def _apply_mapping(self) -> set[int]:
        taken = set()
        for target, heading in self._mapped.items():
            if heading:
                index = self._find(target, heading)
                if index in taken:
                    raise HeadingError(f"--column takes the heading {heading!r} for two things; name it once.")
                self._targets[index] = target
                taken.add(index)
        return taken

    def _find(self, target: Target, heading: str) -> int:
        exact = [index for index, text in enumerate(self._headings) if text == heading]
        alike = exact or [index for index, text in enumerate(self._folded) if text == fold(heading)]
        if len(alike) != 1:
            several = "stands several times; rename all but one" if alike else f"is not there; found: {self._found}"
            raise HeadingError(f"the heading {heading!r} of --column {target}={heading} {several}.")
        return alike[0]

    @property
    def _found(self) -> str:
        return listed(repr(shorten(heading, 40)) for heading in self._headings)

    def _set(self, index: int, target: Target) -> None:
        """Take what a word means, unless the user has said which column holds that, or that none does."""
        if target not in self._mapped:
            self._targets[index] = target

    def _with_level(self) -> Iterable[tuple[int, Target]]:
        for index, word in enumerate(self._folded):
            if word in names():
                yield index, Target(names()[word])
            elif word in prefixed():
                yield index, prefixed()[word]
            else:
                target = custom_field(self._headings[index], None)
                if target is not None and self._headings[index][:5].lower() != META:
                    yield index, target

    def _understand_entries(self, taken: set[int]) -> None:
        """Give the headings that have no meaning yet what they say of time entries."""
        words = entry_words([word for index, word in enumerate(self._folded) if self._is_free(index, taken)])
        levels = tempo_levels(self._folded, [level for level in LEVELS if Target(level) in self._targets])
        for index, word in enumerate(self._folded):
            if not self._is_free(index, taken):
                continue
            field = custom_field(self._headings[index], Level.ENTRY)
            if word in levels:
                self._set(index, Target(levels[word]))
            elif word in words:
                self._set(index, Target(Level.ENTRY, words[word]))
            elif field is not None:
                self._set(index, field)

    def _is_free(self, index: int, taken: set[int]) -> bool:
        return self._targets[index] is None and index not in taken

    def _name_column(self, taken: set[int]) -> Level | None:
        """Find what a bare `Name` names; return the level that headings without a level belong to, if any."""
        named = [level for level in LEVELS if Target(level) in self._targets]
        last = named[-1] if named else None
        if self._is_timesheet:
            return None
        name = next((i for i, word in enumerate(self._folded) if word in bare_names() and i not in taken), None)
        if name is None or last is Level.ACTIVITY:
            return None if last is Level.ACTIVITY else last
        level = Level.CUSTOMER if last is None else LEVELS[LEVELS.index(last) + 1]
        self._set(name, Target(level))
        return level

    def _without_level(self, level: Level) -> Iterable[tuple[int, Target]]:
        unsure = doubtful(self._folded)
        for index, word in enumerate(self._folded):
            target = bare(level).get(word) or custom_field(self._headings[index], level)
            if target is not None and target.key in unsure:
                self._hints[index] = f"it may be hours or money; if it is money, say --column {target}={word}"
            elif target is not None:
                yield index, target

    def _refuse_doubles(self) -> None:
        for target, count in Counter(target for target in self._targets if target is not None).items():
            if count > 1:
                which = [heading for heading, its in zip(self._headings, self._targets, strict=True) if its == target]
                if len(set(which)) == 1:
                    raise HeadingError(f"the heading {which[0]} stands {count} times; rename all but one.")
                several = " and ".join(map(repr, which))
                raise HeadingError(
                    f"the headings {several} both mean {target}; say which one holds it, as in "
                    f'--column {target}="{which[0]}".'
                )

    def _refuse_nameless(self) -> None:
        if not any(Target(level) in self._targets for level in LEVELS):
            raise HeadingError(
                f"no heading names a customer, a project or an activity; found: {self._found}. Say which one does, as "
                'in --column customer="Cost centre".'
            )

    def _refuse_timeless(self) -> None:
        """Refuse time entries of which nothing says when they began, and columns of some that are not asked for."""
        if not self._timesheets:
            mapped = next((target for target in self._mapped if target.level is Level.ENTRY), None)
            if mapped is not None:
                raise HeadingError(f"--column {mapped} is for time entries; give --timesheets, too.")
        elif not any(Target(Level.ENTRY, key) in self._targets for key in ("date", "begin")):
            raise HeadingError(
                f"no heading says when time entries began; found: {self._found}. Say which one does, as in --column "
                "entry.begin=Start, or leave --timesheets out."
            )

    def _drop_homeless(self) -> None:
        """Ignore fields of a level that the file does not name."""
        for index, target in enumerate(self._targets):
            if target is None or target.level is Level.ENTRY:
                continue
            if target.key and Target(target.level) not in self._targets:
                self._targets[index] = None
                self._hints[index] = f"no column names the {target.level}"

    def _add_hints(self, taken: set[int]) -> None:
        named = [level for level in LEVELS if Target(level) in self._targets]
        for index, word in enumerate(self._folded):
            if self._timesheets and self._is_free(index, taken):
                self._hint_entry(index, word)
            if self._is_free(index, taken) and not self._is_timesheet:
                level = next((level for level in reversed(named) if word in bare(level)), None)
                if level is not None and bare(level)[word] not in self._mapped:
                    its = bare(level)[word]
                    whose = f"say whose, as in --column {its}={shorten(self._headings[index], 40)!r}"
                    self._hints.setdefault(index, whose)
                near = self._near(word)
                if near is not None:
                    self._hints.setdefault(
                        index, f"is it {near.capitalize()}? say --column {near}={self._headings[index]!r}"
                    )

    def _hint_entry(self, index: int, word: str) -> None:
        key = nearest(word, {*filter(None, self._targets), *self._mapped})
        if key is not None:
            self._hints.setdefault(index, f"is it {key}? say --column entry.{key}={self._headings[index]!r}")

    def _near(self, word: str) -> Level | None:
        """Return the level that the file does not name and whose word this may be, misspelt."""
        close = get_close_matches(word, names(), n=1, cutoff=0.85)
        # `Tasks` holds several names in one cell, in Clockify's list of projects.
        level = names()[close[0]] if close and word != f"{close[0]}s" else None
        return None if level is None or Target(level) in self._targets or Target(level) in self._mapped else level
