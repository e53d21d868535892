"""How a Kimai rounds the begin and end of time entries; no endpoint shows it (`Timesheet/Rounding/*.php`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MODES = ("default", "closest", "floor", "ceil")
STEPS = (1, 5, 6, 10, 12, 15, 20, 30, 60)
"""Minutes that people round to; other ones are to be stated."""

LONGEST_STEP = 60
"""Minutes; a stored time is never further from the one that was sent."""

_MINUTE = 60


class Rounding(NamedTuple):
    """One rule: a mode, and to how many minutes begin and end are rounded; 0 leaves them as they are.

    Steps count from 1970 in UTC, so that an hour's in India ends at half past. *default* moves the begin down and the
    end up, *closest* either way, half a step down.
    """

    mode: str
    begin: int
    end: int

    def apply(self, begin: int, end: int) -> tuple[int, int]:
        """Return what is stored of a begin and an end, in seconds since 1970."""
        return (
            _round(begin, self.begin, "floor" if self.mode == "default" else self.mode),
            _round(end, self.end, "ceil" if self.mode == "default" else self.mode),
        )

    def __str__(self) -> str:
        return f"{self.mode}:{self.begin}:{self.end}"

    @property
    def words(self) -> str:
        """The rule in words: `begin down to 15 minutes, end up to 15 minutes`."""
        ways = {"default": ("down", "up"), "floor": ("down", "down"), "ceil": ("up", "up")}
        begin, end = ways.get(self.mode, ("to the nearest", "to the nearest"))
        if not self.begin and not self.end:
            return "not at all"
        return ", ".join(
            f"{name} {way}{'' if self.mode == 'closest' else ' to'} {minutes} minute{'' if minutes == 1 else 's'}"
            for name, way, minutes in (("begin", begin, self.begin), ("end", end, self.end))
            if minutes
        )


NONE = Rounding("default", 0, 0)
DEFAULT = Rounding("default", 1, 1)
"""Kimai's own, unless an administrator has chosen another."""


def parse(text: str) -> Rounding:
    """Return the rule that a user states: `none`, or mode and minutes as in `closest:15:15`; raises ValueError."""
    if text.strip().lower() == "none":
        return NONE
    mode, _, minutes = text.strip().lower().partition(":")
    numbers = minutes.split(":")
    if mode not in MODES or len(numbers) not in (1, 2) or not all(n.isascii() and n.isdigit() for n in numbers):
        raise ValueError("it takes none, or a mode and minutes such as default:1:1 or closest:15:15")
    begin, end = int(numbers[0]), int(numbers[-1])
    if max(begin, end) > LONGEST_STEP:
        raise ValueError(f"minutes are 0 to {LONGEST_STEP}")
    return Rounding(mode, begin, end)


def candidates() -> Iterator[Rounding]:
    """Yield the rules that a Kimai may have, each once, the likeliest and finest first."""
    for step in STEPS:
        for mode in MODES:
            yield Rounding(mode, step, step)
    for begin in (0, *STEPS):
        for end in (0, *STEPS):
            if begin != end:
                for mode in MODES:
                    yield Rounding(mode, begin, end)


def explains(rule: Rounding, sent: tuple[int, int], stored: tuple[int, int]) -> bool:
    """Tell whether a rule makes of what was sent what was stored."""
    return rule.apply(*sent) == stored


def learn(seen: Iterable[tuple[tuple[int, int], tuple[int, int]]], given: Rounding | None = None) -> Rounding | None:
    """Return the first rule that explains all pairs of sent and stored begin and end; *given* is tried first.

    None if there is no such rule, as where only some weekdays are rounded.
    """
    pairs = list(seen)
    rules = candidates() if given is None else (given, *candidates())
    return next((rule for rule in rules if all(explains(rule, *pair) for pair in pairs)), None)


def _round(moment: int, minutes: int, mode: str) -> int:
    step = minutes * _MINUTE
    beyond = moment % step if step else 0
    if not beyond:
        return moment
    if mode == "floor" or (mode == "closest" and 2 * beyond <= step):
        return moment - beyond
    return moment - beyond + step
