"""One run at a terminal: listeners, signals, and what is printed where."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import anyio
from tqdm import tqdm

from kimai_async.errors import OutputError, UsageError, as_error
from kimai_async.events import Kind
from kimai_async.importer import import_csv
from kimai_async.report import Report
from kimai_async.settings import api_root
from kimai_async.stop import Stop
from kimai_async.terminal.boundary import sentence
from kimai_async.terminal.check import SHOWN, check_lines, finding_lines, project_hour_lines, verdict
from kimai_async.terminal.hours import hour_lines
from kimai_async.terminal.interrupts import end_at_once, interrupts
from kimai_async.terminal.ndjson import JsonLines
from kimai_async.terminal.progress import Bars
from kimai_async.terminal.recording import recording
from kimai_async.terminal.streams import silence
from kimai_async.terminal.summary import (
    failure_lines,
    incomplete_lines,
    next_step,
    server_tree_lines,
    table_lines,
    unclear_line,
    would_create_lines,
)
from kimai_async.terminal.telling import Telling
from kimai_async.text import Secrets, plain_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from kimai_async.errors import KimaiImportError
    from kimai_async.events import Listener
    from kimai_async.findings import Finding
    from kimai_async.sandbox.serve import Serving
    from kimai_async.settings import Settings

UNHEARD = 3
"""So many signals that nothing answers end the process: it hangs, perhaps because nobody reads what it prints."""


class AnyReport(Protocol):
    """What the report of an import, or of anything else that a session runs, has."""

    error: KimaiImportError | None

    @property
    def exit_code(self) -> int:
        """The exit code of the process."""
        ...

    def summary(self) -> dict[str, Any]:
        """Return the summary as `--json` prints it."""
        ...


@contextmanager
def sandbox() -> Iterator[Serving]:
    """Run a sandbox; raises UsageError if the extra is not installed."""
    try:
        from kimai_async.sandbox.serve import serving  # noqa: PLC0415 - an extra
    except ImportError:
        raise UsageError("--sandbox needs more packages: pip install 'kimai-aimport[sandbox]'.") from None
    with serving() as served:
        yield served


class Session:
    """Runs an import of *file* for a person (stderr) and, with *json*, for a program (stdout).

    Nothing of *secrets* is printed.
    """

    _requests = "creates"

    def __init__(
        self,
        file: str,
        *,
        dry_run: bool,
        check: bool = False,
        json: bool,
        quiet: bool,
        verbose: bool,
        bars: bool,
        secrets: Secrets | None = None,
    ) -> None:
        self._file = file
        self._dry_run = dry_run
        self._quiet = quiet
        self._verbose = verbose
        self._secrets = secrets or Secrets()
        self._json = JsonLines(sys.stdout, self._lost_stdout, dry_run=dry_run, check=check) if json else None
        self._extra = False
        self._record: JsonLines | None = None
        self._record_error: OutputError | None = None
        self._bars = Bars(sys.stderr, anyio.current_time) if bars and not quiet and sys.stderr.isatty() else None
        self._telling = Telling(file, self._say, dry_run=dry_run, quiet=quiet, verbose=verbose, bars=self._bars)
        self._sandbox: Serving | None = None
        self._stop: Stop | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._signals = self._heard = 0
        self._code: int | None = None

    @contextmanager
    def sandbox(self) -> Iterator[Serving]:
        """Run a sandbox for as long as the session; raises UsageError if the extra is not installed."""
        with sandbox() as self._sandbox:
            yield self._sandbox

    def run(self, settings: Settings) -> int:
        """Import, print the report and return the exit code."""
        if self._json is not None and settings.rejects is not None and _is_stdout(settings.rejects):
            return self.refuse(UsageError("--json and --rejects would both write to standard output; name a file."))
        self._extra = settings.extra
        with ExitStack() as files:
            if settings.record is not None and not settings.dry_run:
                try:
                    self._record = files.enter_context(
                        recording(settings.record, api_root(settings.url), self._lost_record)
                    )
                except UsageError as error:
                    return self.refuse(error)
            return self._listen(settings)

    def _listen(self, settings: Settings) -> int:
        with interrupts.heard_by(self._signalled):
            try:
                anyio.run(self._import, settings)
            except Exception as error:  # noqa: BLE001 - whatever happens, there is a report
                if self._code is None:
                    self._code = self.refuse(as_error(error))
                else:
                    self._say(f"warning: after the report, {sentence(as_error(error), self._secrets)}")
            assert self._code is not None
            interrupts.over(self._code)
        return self._code

    def refuse(self, error: KimaiImportError) -> int:
        """Report a run that could not even begin, and return the exit code."""
        return self._finish(self._ended(error=error))

    def _ended(self, *, error: KimaiImportError | None = None, interrupted: bool = False) -> AnyReport:
        """Return the report of a run that ended before it began."""
        return Report(dry_run=self._dry_run, error=error, interrupted=interrupted)

    async def _import(self, settings: Settings) -> None:
        self._stop = Stop()
        self._loop = asyncio.get_running_loop()
        self._hear()
        try:
            async with anyio.create_task_group() as tasks:
                if self._bars is not None:
                    tasks.start_soon(self._count_down, self._bars)
                report = await self._run(settings, self._stop)
                # Before the loop ends: it waits for threads, such as one that looks for a host's address.
                self._code = self._finish(report)
                interrupts.over(self._code)
                tasks.cancel_scope.cancel()
        finally:
            self._loop = None

    async def _run(self, settings: Settings, stop: Stop) -> AnyReport:
        try:
            if not stop.requested:
                return await self._work(settings, stop)
        except KeyboardInterrupt:  # while the file was read
            self._leave_caret()
            stop.soon()
        return self._ended(interrupted=True)

    async def _work(self, settings: Settings, stop: Stop) -> AnyReport:
        return await import_csv(self._file, settings, listeners=list(self._listeners()), stop=stop)

    async def _count_down(self, bars: Bars) -> None:
        while True:
            await anyio.sleep(1)
            bars.tick()

    def _signalled(self) -> None:
        """Hear of a signal; called between any two steps of the main thread, so that little can be done here."""
        self._signals += 1
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._hear)
        if self._stop is not None and self._stop.blocking:
            self._stop.blocking = False
            raise KeyboardInterrupt
        if self._signals - self._heard >= UNHEARD:
            end_at_once("interrupted; run the same command again to go on")

    def _hear(self) -> None:
        while self._heard < self._signals:
            self._heard += 1
            self._interrupt()

    def _interrupt(self) -> None:
        assert self._stop is not None
        if self._stop.requested:
            self._stop.now()
            return
        self._leave_caret()
        if self._stop.creating:
            self._say(f"finishing the {self._requests} under way; Ctrl-C again ends at once")
        self._stop.soon()

    def _leave_caret(self) -> None:
        """Begin a new line after the ^C of a terminal, unless a bar has left room for it."""
        if sys.stderr.isatty() and not (self._bars is not None and self._bars.shown):
            self._say("")

    def _listeners(self) -> Iterator[Listener]:
        yield self._telling
        if self._json is not None:
            yield self._json
        if self._record is not None:
            yield self._record
        if self._bars is not None:
            yield self._bars

    def _lost_stdout(self, reason: str) -> None:
        silence(sys.stdout)
        self._say(f"warning: standard output is lost ({reason}); the import goes on without it")

    def _lost_record(self, reason: str) -> None:
        self._record_error = OutputError(f"The record cannot be written any more ({reason}); no more was created.")
        if self._stop is not None:
            self._stop.soon()

    def _say(self, text: str) -> None:
        tqdm.write(plain_lines(self._secrets.redact(text)), file=sys.stderr)

    def _finish(self, report: AnyReport) -> int:
        report.error = report.error or self._record_error
        if report.error is not None:
            report.error = self._explained(report.error)
        if self._record is not None:
            self._record.finish(report.summary())
        try:
            self._print(report)
        except Exception as error:  # noqa: BLE001 - the summary is the last line, whatever happens
            report.error = self._explained(as_error(error))
            self._say(f"error: {report.error}")
        if self._json is not None:
            self._json.finish(report.summary())
            if self._json.incomplete:
                return report.exit_code or OutputError.exit_code
        return report.exit_code

    def _explained(self, error: KimaiImportError) -> KimaiImportError:
        error.args = (sentence(error, self._secrets),)
        return error

    def _print(self, report: AnyReport) -> None:
        if self._bars is not None:
            self._bars.close()
        for line in self._closing_lines(report):
            self._say(line)

    def _closing_lines(self, report: AnyReport) -> Iterable[str]:
        assert isinstance(report, Report)
        if report.findings is not None:
            yield from self._check_lines(report, report.findings)
            return
        creating = self._stop is not None and self._stop.creating
        sent_nothing = report.error is not None and report.error.exit_code == UsageError.exit_code
        begun = bool(report.tree) and (creating or any(map(report.total, Kind))) and not sent_nothing
        if begun and not self._verbose:
            yield from failure_lines(report)
            yield from incomplete_lines(report)
        if begun and not self._quiet:
            yield from self._tree_lines(report)
            yield from table_lines(report)
            yield from hour_lines(report)
        if report.unclear:
            yield unclear_line(report)
        if report.error is not None:
            yield f"error: {report.error}"
        if begun and (not self._quiet or report.exit_code):
            seconds = "" if self._quiet else f" ({report.seconds:.1f} s)"
            yield next_step(report, self._telling.name) + seconds
        elif report.interrupted and report.error is None:
            yield "Interrupted; nothing was sent. Run the same command again."

    def _check_lines(self, report: Report, findings: Sequence[Finding]) -> Iterable[str]:
        if report.error is not None:
            yield f"error: {report.error}"
        elif report.interrupted:
            yield "Interrupted; the check is not complete."
        else:
            yield from finding_lines(findings, None if self._verbose else SHOWN)
            if not self._quiet:
                yield from project_hour_lines(report.project_hours)
                yield from check_lines(findings, report.levels, extra=self._extra)
            if findings or not self._quiet:
                yield verdict(findings, self._telling.name)

    def _tree_lines(self, report: Report) -> Iterable[str]:
        if report.dry_run:
            yield from would_create_lines(report)
        elif self._sandbox is not None:
            yield "In the sandbox now:"
            yield from (f"  {line}" for line in server_tree_lines(self._sandbox.sandbox.tree()))


def _is_stdout(path: Path) -> bool:
    """Tell whether what is written to a path would stand among what is printed."""
    try:
        there, out = path.stat(), os.fstat(sys.stdout.fileno())
    except OSError:
        return False
    nowhere = stat.S_ISCHR(out.st_mode) and not sys.stdout.isatty()  # /dev/null mixes nothing
    return os.path.samestat(there, out) and not nowhere
