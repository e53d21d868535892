"""`--json`: one JSON object a line, for other programs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

from kimai_async.events import Event, FileRead, Found, Kind, ServerKnown, Settled
from kimai_async.findings import finding_line
from kimai_async.terminal.streams import why
from kimai_async.undo.record import run_line, settled_line

if TYPE_CHECKING:
    from collections.abc import Callable


class JsonLines:
    """A listener that prints which run it is, every settled node, and at the end the summary, each as a line of JSON.

    With *check* it prints findings instead of nodes. If *out* is closed or full, *lost* is told why, once, and nothing
    more is printed: the import goes on. A reader that has closed the pipe has seen enough; after any other failure
    `incomplete` is true.
    """

    def __init__(self, out: TextIO, lost: Callable[[str], None], *, dry_run: bool = False, check: bool = False) -> None:
        self._out: TextIO | None = out
        self._lost = lost
        self._dry_run = dry_run
        self._check = check
        self._file = ""
        self.incomplete = False

    def __call__(self, event: Event) -> None:
        """Print the run and each settled node; anything else is for people."""
        match event:
            case FileRead(name):
                self._file = name
            case ServerKnown(server, root):
                now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
                line = run_line(root, server.version_text, server.user, self._file, now, dry_run=self._dry_run)
                self.print(line, flush=True)
            case Found(finding):
                self.print(finding_line(finding), flush=False)
            case Settled(kind) if not self._check:
                # What exists comes by the hundred thousand at once; anything else is news.
                self.print(settled_line(event), flush=kind is not Kind.EXISTS)
            case _:
                pass

    def finish(self, summary: dict[str, Any]) -> None:
        """Print the summary, always the last line."""
        self.print(summary, flush=True)

    def print(self, value: dict[str, Any], *, flush: bool) -> None:
        """Print a line, if anybody can still be reached."""
        if self._out is None:
            return
        try:
            self._out.write(json.dumps(value) + "\n")
            if flush:
                self._out.flush()
        except OSError as error:
            self._out = None
            self.incomplete = not isinstance(error, BrokenPipeError)
            self._lost(why(error))
