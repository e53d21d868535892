"""One run at a terminal: listeners, signals, and what is printed where."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import anyio
from tqdm import tqdm

from kimai_async.errors import OutputError, UsageError
from kimai_async.events import (
    Event,
    FileRead,
    Incomplete,
    Kind,
    LanesChanged,
    Listed,
    ServerKnown,
    Settled,
    TwinsFound,
    Unsettled,
    Waiting,
    Warned,
)
from kimai_async.importer import import_csv
from kimai_async.report import Report
from kimai_async.stop import Stop
from kimai_async.terminal.boundary import plain_lines
from kimai_async.terminal.ndjson import JsonLines
from kimai_async.terminal.progress import Bars
from kimai_async.terminal.summary import (
    column_lines,
    failure_lines,
    incomplete_lines,
    next_step,
    server_tree_lines,
    table_lines,
    twins_line,
    unclear_line,
    would_create_lines,
)
from kimai_async.text import path_text, shorten
from kimai_async.tree.nodes import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anyio.abc import TaskStatus

    from kimai_async.errors import KimaiImportError
    from kimai_async.events import Listener
    from kimai_async.sandbox.serve import Serving
    from kimai_async.settings import Settings

LONG_WAIT = 5.0
"""Seconds; a wait from here on is told even where no bar shows it."""


class Session:
    """Runs an import of *file* for a person (stderr) and, with *json*, for a program (stdout)."""

    def __init__(self, file: str, *, dry_run: bool, json: bool, quiet: bool, verbose: bool, bars: bool) -> None:
        self._file = file
        self._name = "standard input" if file == "-" else os.path.basename(file)  # noqa: PTH119 - may be no path
        self._dry_run = dry_run
        self._quiet = quiet
        self._verbose = verbose
        self._json = JsonLines(sys.stdout, self._lost_stdout) if json else None
        self._bars = Bars(sys.stderr) if bars and not quiet and sys.stderr.isatty() else None
        self._sandbox: Serving | None = None
        self._there: list[str] = []

    @contextmanager
    def sandbox(self) -> Iterator[Serving]:
        """Run a sandbox for as long as the session; raises UsageError if the extra is not installed."""
        try:
            from kimai_async.sandbox.serve import serving  # noqa: PLC0415 - an extra
        except ImportError:
            raise UsageError("--sandbox needs more packages: pip install 'kimai-aimport[sandbox]'.") from None
        with serving() as self._sandbox:
            yield self._sandbox

    def run(self, settings: Settings) -> int:
        """Import, print the report and return the exit code."""
        return self._finish(anyio.run(self._import, settings))

    def refuse(self, error: KimaiImportError) -> int:
        """Report a run that could not even begin, and return the exit code."""
        return self._finish(Report(dry_run=self._dry_run, error=error))

    async def _import(self, settings: Settings) -> Report:
        stop = Stop()
        async with anyio.create_task_group() as tasks:
            await tasks.start(self._watch_signals, stop)
            report = await import_csv(self._file, settings, listeners=list(self._listeners()), stop=stop)
            tasks.cancel_scope.cancel()
        return report

    async def _watch_signals(self, stop: Stop, *, task_status: TaskStatus[None]) -> None:
        try:
            with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
                task_status.started()
                async for _ in signals:
                    self._interrupt(stop)
        except NotImplementedError:  # Windows: there Ctrl-C ends the run at once, and the next run goes on
            task_status.started()

    def _interrupt(self, stop: Stop) -> None:
        if stop.requested:
            stop.now()
        else:
            self._say("finishing the creates under way; press Ctrl-C again to end at once")
            stop.soon()

    def _listeners(self) -> Iterator[Listener]:
        yield self._tell
        if self._json is not None:
            yield self._json
        if self._bars is not None:
            yield self._bars

    def _tell(self, event: Event) -> None:
        match event:
            case Warned(text):
                self._say(f"warning: {text}")
            case FileRead() if not self._quiet:
                self._show_file(event)
            case ServerKnown(server) if not self._quiet:
                self._say(f"Kimai {server.version_text}, as {server.user}")
            case Listed(level, count) if not self._quiet:
                self._there.append(level.many(count))
                if len(self._there) == len(LEVELS):
                    self._say(f"on the server now: {', '.join(self._there)}")
            case TwinsFound(node, ids):
                self._say(f"warning: {twins_line(node, ids)}")
            case Waiting(seconds, reason) if self._verbose or (seconds >= LONG_WAIT and self._bars is None):
                self._say(f"waiting {seconds:.1f} s: {reason}")
            case _ if self._verbose:
                self._tell_more(event)
            case _:
                pass

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
        self._say(f"{shorten(file.name, 60)}: {file.encoding}, delimiter {file.delimiter}")
        if self._dry_run:
            for line in column_lines(file.columns):
                self._say(line)

    def _lost_stdout(self, reason: str) -> None:
        # Python flushes stdout once more at its exit, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        self._say(f"warning: standard output is lost ({reason}); the import goes on without it")

    def _say(self, text: str) -> None:
        tqdm.write(plain_lines(text), file=sys.stderr)

    def _finish(self, report: Report) -> int:
        if self._bars is not None:
            self._bars.close()
        for line in self._closing_lines(report):
            self._say(line)
        if self._json is not None:
            self._json.finish(report)
            if self._json.incomplete:
                return report.exit_code or OutputError.exit_code
        return report.exit_code

    def _closing_lines(self, report: Report) -> Iterable[str]:
        sent_nothing = report.error is not None and report.error.exit_code == UsageError.exit_code
        begun = bool(report.tree) and any(map(report.total, Kind)) and not sent_nothing
        if begun and not self._verbose:
            yield from failure_lines(report)
            yield from incomplete_lines(report)
        if begun and not self._quiet:
            yield from self._tree_lines(report)
            yield from table_lines(report)
        if report.unclear:
            yield unclear_line(report)
        if report.error is not None:
            yield f"error: {report.error}"
        if begun and (not self._quiet or report.exit_code):
            yield next_step(report, self._name) + ("" if self._quiet else f" ({report.seconds:.1f} s)")

    def _tree_lines(self, report: Report) -> Iterable[str]:
        if report.dry_run:
            yield from would_create_lines(report)
        elif self._sandbox is not None:
            yield "In the sandbox now:"
            yield from (f"  {line}" for line in server_tree_lines(self._sandbox.sandbox.tree()))
