"""What creates cost a Kimai whose tables are large: foreseen before the first one, estimated anew from their pace.

`number` has no index in Kimai's tables, and each create makes Kimai look for a free one there (`ActivityService.php`
and its siblings): what a create takes grows with the rows, unless the level's number format is empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from kimai_async.create.numbers import MOST_TRIES
from kimai_async.events import Event, Kind, LevelFinished, LevelStarted, Settled, Warned

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kimai_async.create.numbers import Numbering, Numbers
    from kimai_async.events import Listener
    from kimai_async.tree.nodes import Level

LARGE = 10_000
"""Rows of a level, those to be created included, above which a create's cost is worth a word."""

WORTH_SECONDS = 30.0
"""What clearing the format must save, at the least, to be proposed."""

BURNT = 1_000
"""Rows of a level from which on it is worth a word that a hundred numbers are tried in vain."""

FIRST_SECONDS = 10.0
"""How long the first creates are watched before the estimate is told anew."""

_WINDOW = 5.0
_LEAST = 50
_GROWN = 1.3
_OFF = 1 / 3


@dataclass(frozen=True, slots=True)
class Cost:
    """What a create takes, all lanes together: seconds, and seconds for each row that is there."""

    base: float
    row: float

    def one(self, rows: float) -> float:
        """Return the seconds of one create beside so many rows."""
        return self.base + self.row * rows

    def many(self, rows: float, creates: int) -> float:
        """Return the seconds of so many creates, each of which is a row for the next."""
        return creates * self.one(rows + creates / 2)

    def scaled(self, seconds: float, rows: float) -> Cost:
        """Return the cost on a server that takes so long for a create beside so many rows."""
        scale = seconds / self.one(rows)
        return Cost(scale * self.base, scale * self.row)


NUMBERED = Cost(6.5e-3, 0.95e-6)
"""Measured on Kimai 2.65.0 with MariaDB 10.11 on two cores, 8 lanes: 138 creates a second beside 1,000 activities, 10
beside 100,000."""

UNNUMBERED = Cost(7.3e-3, 0.24e-6)
"""Likewise with `number: null`: 128 and 32."""

CLEARED = Cost(8.8e-3, 0.0)
"""Likewise with an empty number format, however many rows there are: 97 to 130."""


def foresee(level: Level, known: Numbers, creates: int, *, send_null: bool) -> str | None:
    """Return the sentence about creates that will be slow for their numbers, or None if they will not.

    *known* is what the lists say, *creates* how many are to come. A server whose newest row has no number gives none.
    """
    if known.newest and known.newest[0] is None:
        return None
    rows = known.rows
    clear = f"clear Number format under System, Settings, {level.capitalize()}, and set it back after the import"
    if creates and rows + creates > BURNT and known.tried_in_vain() == MOST_TRIES:
        return (
            f"the highest number of the {level.plural} is far above their count, and each create makes this Kimai try "
            f"{MOST_TRIES} numbers first; {clear}"
        )
    cost = UNNUMBERED if send_null else NUMBERED
    slow, fast = cost.many(rows, creates), CLEARED.many(rows, creates)
    if rows + creates <= LARGE or slow - fast < WORTH_SECONDS:
        return None
    return (
        f"{creates:,} new {level.plural}: for each, Kimai looks for a free number among all that are there; this takes "
        f"about {span(slow)} on a server of two cores, and {span(fast)} without; {clear}"
    )


def span(seconds: float) -> str:
    """Return a length of time in words, as exact as an estimate is."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(5 * round(minutes / 5), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


class Outlook:
    """A listener that passes every event on, and tells from their pace how long the creates of a large level will take.

    `watch` is told before a level what is known of it. It tells ten seconds after its start, and again when what it
    told turns out to be wrong by a third, if the server gives numbers; without numbers it tells once the pace shows
    that the server looks for some all the same. *clock* tells seconds.
    """

    def __init__(self, listener: Listener, clock: Callable[[], float] = anyio.current_time) -> None:
        self._listener = listener
        self._clock = clock
        self._numbering: Numbering | None = None
        self._prior: Cost | None = None
        self._rows = self._left = self._done = 0
        self._samples: list[tuple[float, float]] = []
        self._since = self._told_at = 0.0
        self._ends: float | None = None

    def watch(self, numbering: Numbering, rows: int, *, send_null: bool) -> None:
        """Estimate the level that starts next; *rows* are there."""
        self._numbering = numbering
        self._prior = None if send_null else NUMBERED
        self._rows = rows
        self._samples.clear()
        self._ends = None

    def __call__(self, event: Event) -> None:
        """Count what is created, then pass the event on."""
        if self._numbering is not None:
            match event:
                case Settled(kind):
                    self._count(kind)
                case LevelStarted(_, missing):
                    self._left, self._done = missing, 0
                    self._since = self._told_at = self._clock()
                case LevelFinished():
                    self._numbering = None
                case _:
                    pass
        self._listener(event)

    def _count(self, kind: Kind) -> None:
        self._left -= 1
        if kind is Kind.CREATED:
            self._rows += 1
            self._done += 1
        now = self._clock()
        if now - self._since >= _WINDOW and self._done >= _LEAST:
            self._samples.append((self._rows - self._done / 2, (now - self._since) / self._done))
            self._since, self._done = now, 0
            self._tell(now)

    def _tell(self, now: float) -> None:
        known = self._prior is None or (self._numbering is not None and self._numbering.gives)
        cost = fitted(self._samples, self._prior)
        if not known or cost is None or now - self._told_at < FIRST_SECONDS:
            return
        left = cost.many(self._rows, self._left)
        fast = self._left * cost.base
        before = None if self._ends is None else self._ends - now
        if left - fast < WORTH_SECONDS or (before is not None and abs(left - before) <= _OFF * max(left, before)):
            return
        self._ends, self._told_at = now + left, now
        self._listener(
            Warned(
                f"{1 / self._samples[-1][1]:.0f} creates a second now, and fewer the more there are: "
                f"about {span(left)} for the other {self._left:,}, or {span(fast)} with the number format cleared"
            )
        )


def fitted(samples: Sequence[tuple[float, float]], prior: Cost | None) -> Cost | None:
    """Return the cost that explains samples, at least one, of rows and seconds a create best.

    As long as there are not much more rows than at first, how the cost grows cannot be told from them: it is taken as
    *prior* has it, on a server of another speed; without that it is None.
    """
    rows = [each[0] for each in samples]
    if rows[-1] < _GROWN * rows[0] or len(samples) < 3:
        return None if prior is None else prior.scaled(samples[-1][1], rows[-1])
    mean_rows, mean_seconds = (sum(each) / len(samples) for each in zip(*samples, strict=True))
    spread = sum((each - mean_rows) ** 2 for each in rows)
    row = max(0.0, sum((each - mean_rows) * (seconds - mean_seconds) for each, seconds in samples) / spread)
    return Cost(max(0.0, mean_seconds - row * mean_rows), row)
