"""A bar a level on stderr."""

from __future__ import annotations

import math
import os
import time
from typing import TYPE_CHECKING, Never, TextIO

from tqdm import tqdm

from kimai_async.events import Event, LanesChanged, LevelFinished, LevelStarted, Settled, Waiting
from kimai_async.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    from kimai_async.tree.nodes import Level

NARROW = 80
"""Columns; below, a bar shows less, so that nothing of it is cut off."""

_WORKING = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}, {rate_fmt}{postfix}]"
_FEW_LANES_NARROW = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{remaining}{postfix}]"
_WAITING = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt}{postfix}"
_WAITING_NARROW = "{desc}: {n_fmt}/{total_fmt}{postfix}"


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
        self._bar = tqdm(total=missing, desc=f"{level.heading:<10}", unit="", file=self._out, ncols=self._width())
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
