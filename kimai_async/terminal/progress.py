"""A bar a level on stderr."""

from __future__ import annotations

import math
import os
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Never, TextIO

from tqdm import tqdm

from kimai_async.events import Event, LanesChanged, LevelFinished, LevelStarted, Settled, Waiting
from kimai_async.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from kimai_async.tree.nodes import Level

NARROW = 80
"""Columns; below, a bar shows less, so that nothing of it is cut off."""

PACE_SECONDS = 60.0
"""From so much of the past a bar tells how long the rest will take."""

_WORKING = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}, {rate_fmt}{postfix}]"
_FEW_LANES_NARROW = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{remaining}{postfix}]"
_WAITING = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt}{postfix}"
_WAITING_NARROW = "{desc}: {n_fmt}/{total_fmt}{postfix}"


class Pace:
    """How many a second were done in the last minute: the creates of a large level get slower and slower."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._marks = deque([(clock(), 0)])

    def rate(self, done: int) -> float | None:
        """Note how many are done by now; return how many a second there were, None at the very beginning."""
        now = self._clock()
        if now - self._marks[-1][0] >= 1:
            self._marks.append((now, done))
        while len(self._marks) > 1 and self._marks[1][0] <= now - PACE_SECONDS:
            self._marks.popleft()
        then, before = self._marks[0]
        return (done - before) / (now - then) if now > then else None


class _Bar(tqdm):  # type: ignore[type-arg]
    """A bar whose rate, and time left, are those of the last minute; tqdm's own follow the last tenths of a second."""

    pace: Pace | None = None

    @property
    def format_dict(self) -> MutableMapping[str, Any]:
        """What a bar is drawn from."""
        return {**super().format_dict, **({} if self.pace is None else {"rate": self.pace.rate(int(self.n))})}


class Bars:
    """A listener that shows each level's creates with count, rate and time left.

    A bar stays on the screen when its level is done. While the lanes wait it says why, and `tick`, to be called once a
    second, how long still; *clock* tells seconds. Nothing else may write to *out* except through `tqdm.write`.
    """

    def __init__(self, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._bar: tqdm[Never] | None = None
        self._level: Level | None = None
        self._until: float | None = None
        self._reason = ""
        self._lanes = ""
        tqdm.monitor_interval = 0  # its thread only redraws bars that stand still

    @property
    def shown(self) -> bool:
        """Whether a bar is on the screen that is not at its end."""
        return self._bar is not None

    def __call__(self, event: Event) -> None:
        """Draw what the event changes."""
        match event:
            case LevelStarted(level, missing):
                self._start(level, missing)
            case Settled(_, node):
                self.step(node.level)
            case Waiting(seconds, reason) if self._bar is not None:
                self._until = self._clock() + seconds
                self._reason = reason
                self.tick()
            case LanesChanged(lanes, most) if self._bar is not None:
                self._lanes = "" if lanes == most else f"{lanes} of {most} lanes"
                self._word(self._bar)
            case LevelFinished():
                self.close()
            case _:
                pass

    def step(self, level: Level) -> None:
        """Count one more of a level, if it is that of the bar."""
        if self._bar is not None and level is self._level:
            self._advance(self._bar)

    def tick(self) -> None:
        """Draw the bar anew: time goes on, a wait grows shorter, and the terminal may have another width."""
        if self._bar is not None:
            self._word(self._bar)
            self._bar.refresh()

    def _start(self, level: Level, missing: int) -> None:
        self.close()
        self._level = level
        self._bar = bar = _Bar(total=missing, desc=f"{level.heading:<10}", unit="", file=self._out, ncols=self._width())
        bar.pace = Pace(self._clock)
        self._word(self._bar)

    def _advance(self, bar: tqdm[Never]) -> None:
        if self._until is not None:
            self._word(bar)
        bar.update()

    def _word(self, bar: tqdm[Never]) -> None:
        """Choose what stands beside the count, until the bar is drawn the next time."""
        width = bar.ncols = self._width()
        left = 0.0 if self._until is None else self._until - self._clock()
        if left > 0:
            bar.bar_format = _WAITING if width >= NARROW else _WAITING_NARROW
            wait = f"waiting {math.ceil(left)} s: "
            room = 40 if width >= NARROW else width - len(f"{bar.desc}: {bar.n}/{bar.total}, {wait}")
            bar.set_postfix_str(wait + shorten(self._reason, max(room, 10)), refresh=False)
        else:
            self._until = None
            bar.bar_format = _FEW_LANES_NARROW if self._lanes and width < NARROW else _WORKING
            bar.set_postfix_str(self._lanes, refresh=False)

    def _width(self) -> int:
        """Return the terminal's width, less the two columns in which it shows ^C."""
        try:
            return os.get_terminal_size(self._out.fileno()).columns - 2
        except (OSError, ValueError):  # no terminal
            return NARROW

    def close(self) -> None:
        """Take the bar that is shown to its end."""
        if self._bar is not None:
            self._bar.bar_format = _WORKING
            self._bar.set_postfix_str("", refresh=False)
            self._bar.close()
        self._bar = self._level = self._until = None
