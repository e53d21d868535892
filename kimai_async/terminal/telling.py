"""What is said on stderr while a run goes on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kimai_async.events import (
    EntriesFound,
    EntriesRead,
    Event,
    FileRead,
    Incomplete,
    Kind,
    LanesChanged,
    Listed,
    ServerKnown,
    Settled,
    TagsMissing,
    TwinsFound,
    Unsettled,
    Waiting,
    Warned,
    ZonesKnown,
)
from kimai_async.terminal.hours import found_line, read_line, tags_line
from kimai_async.terminal.summary import column_lines, twins_line
from kimai_async.text import path_text, plain, shorten
from kimai_async.tree.nodes import LEVELS, Level

if TYPE_CHECKING:
    from collections.abc import Callable

    from kimai_async.terminal.progress import Bars

LONG_WAIT = 5.0
"""Seconds; a wait from here on is told even where no bar shows it."""


class Telling:
    """A listener that has *say* print what a person wants to know; `name` is what the file is called.

    *quiet* and *verbose* are the options; what *bars* show needs no line.
    """

    def __init__(
        self,
        file: str,
        say: Callable[[str], None],
        *,
        dry_run: bool,
        quiet: bool,
        verbose: bool,
        bars: Bars | None,
    ) -> None:
        self.name = "standard input" if file == "-" else plain(os.path.basename(file))  # noqa: PTH119 - may be no path
        self._say = say
        self._dry_run = dry_run
        self._quiet = quiet
        self._verbose = verbose
        self._bars = bars
        self._there: list[str] = []

    def __call__(self, event: Event) -> None:
        """Say what the event means, if it is worth a line."""
        match event:
            case Warned(text):
                self._say(f"warning: {text}")
            case FileRead():
                self._show_file(event)
            case ServerKnown(server) if not self._quiet:
                self._say(f"Kimai {server.version_text}, as {server.user}")
            case Listed(level, count) if not self._quiet:
                self._tell_listed(level, count)
            case EntriesRead() | ZonesKnown() | TagsMissing() | EntriesFound() if not self._quiet:
                self._tell_entries(event)
            case TwinsFound(node, ids):
                self._say(f"warning: {twins_line(node, ids)}")
            case Waiting(seconds, reason) if self._verbose or (seconds >= LONG_WAIT and not self._bar_shown):
                self._say(f"waiting {seconds:.1f} s: {reason}")
            case _ if self._verbose:
                self._tell_more(event)
            case _:
                pass

    def _tell_entries(self, event: EntriesRead | ZonesKnown | TagsMissing | EntriesFound) -> None:
        match event:
            case EntriesRead():
                self._say(read_line(event))
            case ZonesKnown(zones) if zones:
                more = f" and {len(zones) - 3} more zones" if len(zones) > 3 else ""
                self._say(f"times are in {', '.join(zones[:3])}{more}")
            case TagsMissing(names):
                self._say(tags_line(names))
            case EntriesFound() if event.by_rule:
                self._say(found_line(event))
            case _:
                pass

    def _tell_listed(self, level: Level, count: int) -> None:
        if level is Level.ENTRY:
            self._say(f"in the file's span of time: {level.many(count)}")
            return
        self._there.append(level.many(count))
        if len(self._there) == len(LEVELS):
            self._say(f"on the server now: {', '.join(self._there)}")

    @property
    def _bar_shown(self) -> bool:
        return self._bars is not None and self._bars.shown

    def _tell_more(self, event: Event) -> None:
        match event:
            case Incomplete(node, reason):
                self._say(f"line {node.line}: {node.level} {path_text(node.path)} is there, but {reason}")
            case LanesChanged(lanes, most):
                self._say(f"lanes in use: {lanes} of {most}")
            case Settled(Kind.REFUSED, node, reason):
                self._say(f"line {node.line}: {node.level} {path_text(node.path)}: {reason}")
            case Unsettled(node, reason):
                self._say(f"unclear, will look: {node.level} {path_text(node.path)}: {reason}")
            case _:
                pass

    def _show_file(self, file: FileRead) -> None:
        self.name = file.name
        if self._quiet:
            return
        self._say(f"{shorten(file.name, 60)}: {file.encoding}, delimiter {file.delimiter}")
        if self._dry_run:
            for line in column_lines(file.columns):
                self._say(line)
