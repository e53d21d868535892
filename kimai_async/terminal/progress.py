"""A bar a level on stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING, Never, TextIO

from tqdm import tqdm

from kimai_async.events import Event, LanesChanged, LevelFinished, LevelStarted, Settled, Waiting
from kimai_async.text import shorten

if TYPE_CHECKING:
    from kimai_async.tree.nodes import Level


class Bars:
    """A listener that shows each level's creates with count, rate and time left.

    A bar stays on the screen when its level is done. Nothing else may write to *out* except through `tqdm.write`.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._bar: tqdm[Never] | None = None
        self._level: Level | None = None
        self._waiting = False
        self._lanes = ""
        tqdm.monitor_interval = 0  # its thread only redraws bars that stand still

    def __call__(self, event: Event) -> None:
        """Draw what the event changes."""
        match event:
            case LevelStarted(level, missing):
                self._start(level, missing)
            case Settled(_, node) if self._bar is not None and node.level is self._level:
                self._advance(self._bar)
            case Waiting(seconds, reason) if self._bar is not None:
                self._waiting = True
                self._bar.set_postfix_str(f"waiting {seconds:.0f} s: {shorten(reason, 40)}")
            case LanesChanged(lanes, most) if self._bar is not None:
                self._lanes = "" if lanes == most else f"{lanes} of {most} lanes"
                self._bar.set_postfix_str(self._lanes, refresh=False)
            case LevelFinished():
                self.close()
            case _:
                pass

    def _start(self, level: Level, missing: int) -> None:
        self.close()
        self._level = level
        self._bar = tqdm(
            total=missing, desc=f"{level.plural:<10}", unit="", file=self._out, dynamic_ncols=True, leave=True
        )
        self._bar.set_postfix_str(self._lanes, refresh=False)

    def _advance(self, bar: tqdm[Never]) -> None:
        if self._waiting:
            self._waiting = False
            bar.set_postfix_str(self._lanes, refresh=False)
        bar.update()

    def close(self) -> None:
        """Take the bar that is shown to its end."""
        if self._bar is not None:
            self._bar.close()
        self._bar = self._level = None
