"""`--json`: one JSON object a line, for other programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TextIO

from kimai_async.events import Event, Kind, Settled
from kimai_async.terminal.streams import why

if TYPE_CHECKING:
    from collections.abc import Callable

    from kimai_async.report import Report


class JsonLines:
    """A listener that prints every settled node, and at the end the summary, each as one line of JSON.

    If *out* is closed or full, *lost* is told why, once, and nothing more is printed: the import goes on. A reader that
    has closed the pipe has seen enough; after any other failure `incomplete` is true.
    """

    def __init__(self, out: TextIO, lost: Callable[[str], None]) -> None:
        self._out: TextIO | None = out
        self._lost = lost
        self.incomplete = False

    def __call__(self, event: Event) -> None:
        """Print a settled node; anything else is for people."""
        if isinstance(event, Settled):
            node = event.node
            line = {
                "type": event.kind,
                "level": node.level,
                "path": node.path,
                "id": node.id,
                "line": node.line,
                "reason": event.reason,
            }
            # What exists comes by the hundred thousand at once; anything else is news.
            self._print(line, flush=event.kind is not Kind.EXISTS)

    def finish(self, report: Report) -> None:
        """Print the summary, always the last line."""
        self._print(report.summary(), flush=True)

    def _print(self, value: dict[str, Any], *, flush: bool) -> None:
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
