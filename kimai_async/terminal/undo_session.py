"""An undo at a terminal: what is to go is shown, the question asked, what stays named."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import typer

from kimai_async.errors import UsageError
from kimai_async.events import LevelFinished, LevelStarted, ServerKnown, Waiting, Warned
from kimai_async.terminal.interrupts import interrupts, raise_interrupt
from kimai_async.terminal.session import AnyReport, Session
from kimai_async.terminal.telling import LONG_WAIT
from kimai_async.text import path_text, shorten
from kimai_async.tree.nodes import Level
from kimai_async.undo.report import Fate, Planned, RecordRead, Undone, UndoReport
from kimai_async.undo.undoing import undo_import

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from kimai_async.errors import KimaiImportError
    from kimai_async.settings import Settings
    from kimai_async.stop import Stop
    from kimai_async.undo.record import Made
    from kimai_async.undo.report import UndoEvent

SHOWN = 20
"""How many things that stay are named without `--verbose`, and how many that go are before the question."""


class UndoSession(Session):
    """Takes back the run of a *record*; *hide* hides instead of deleting, *yes* answers the question."""

    _requests = "deletions"

    def __init__(self, record: Path, *, hide: bool, yes: bool, **options: Any) -> None:
        super().__init__(str(record), **options)
        self._path = record
        self._hide = hide
        self._yes = yes

    def run(self, settings: Settings) -> int:
        """Undo, print the report and return the exit code."""
        if not (self._yes or settings.dry_run or (sys.stdin.isatty() and sys.stderr.isatty())):
            return self.refuse(UsageError("--undo asks before it deletes, and here is no terminal; give --yes."))
        return self._listen(settings)

    async def _work(self, settings: Settings, stop: Stop) -> AnyReport:
        listeners = [self._told, self._line, self._drawn]
        return await undo_import(self._path, settings, self._agree, hide=self._hide, listeners=listeners, stop=stop)

    def _ended(self, *, error: KimaiImportError | None = None, interrupted: bool = False) -> AnyReport:
        return UndoReport(dry_run=self._dry_run, error=error, interrupted=interrupted)

    def _line(self, event: UndoEvent) -> None:
        if isinstance(event, Undone) and self._json is not None:
            made = event.made
            self._json.print(
                {
                    "type": event.fate,
                    "level": made.level,
                    "path": made.path,
                    "id": made.id,
                    "line": made.line,
                    "reason": event.reason,
                },
                flush=True,
            )

    def _told(self, event: UndoEvent) -> None:
        """Say what an event means, if it is worth a line."""
        match event:
            case Warned(text):
                self._say(f"warning: {text}")
            case RecordRead() if not self._quiet:
                self._say(f"{shorten(os.path.basename(event.name), 60)}: {event.made:,} created in {event.root}")  # noqa: PTH119 - for people
                if event.damaged:
                    self._say(f"warning: damaged lines in it, which are left alone: {event.damaged:,}")
            case ServerKnown(server) if not self._quiet:
                self._say(f"Kimai {server.version_text}, as {server.user}")
            case Planned() if not self._quiet:
                for line in plan_lines(event, hide=self._hide):
                    self._say(line)
            case Waiting(seconds, reason) if self._verbose or seconds >= LONG_WAIT:
                self._say(f"waiting {seconds:.1f} s: {reason}")
            case Undone(Fate.KEPT, made, reason) if self._verbose:
                self._say(kept_line(made, reason or ""))
            case _:
                pass

    def _drawn(self, event: UndoEvent) -> None:
        match event:
            case Undone(_, made) if self._bars is not None:
                self._bars.step(made.level)
            case LevelStarted() | LevelFinished() | Waiting() if self._bars is not None:
                self._bars(event)
            case _:
                pass

    async def _agree(self, plan: Planned) -> bool:
        if self._yes:
            return True
        assert self._stop is not None
        what = "Hide" if self._hide else "Delete"
        with self._stop.block(), interrupts.heard_by(raise_interrupt):
            try:
                return typer.confirm(f"{what} these {plan.size:,}?", err=True)
            except typer.Abort as abort:
                if isinstance(abort.__context__, EOFError):
                    return False
                raise KeyboardInterrupt from None

    def _closing_lines(self, report: AnyReport) -> Iterator[str]:
        assert isinstance(report, UndoReport)
        if report.kept and not self._verbose:
            yield from kept_lines(report.kept)
        if report.error is not None:
            yield f"error: {report.error}"
        refused = report.error is not None and report.error.exit_code == UsageError.exit_code
        if not refused and (not self._quiet or report.exit_code):
            yield closing_line(report, hide=self._hide)


def plan_lines(plan: Planned, *, hide: bool) -> Iterator[str]:
    """Yield what may go, from the customers down, in short."""
    if not plan.size:
        return
    counts = [level.many(len(plan.go[level])) for level in Level if plan.go[level]]
    yield f"to {'hide' if hide else 'delete'}: {', '.join(counts)}"
    shown = [made for level in Level for made in plan.go[level]]
    for made in shown[:SHOWN]:
        yield f"  {made.level} {path_text(made.path)} (id {made.id})"
    if len(shown) > SHOWN:
        yield f"  and {len(shown) - SHOWN:,} more"


def kept_line(made: Made, reason: str) -> str:
    """Return the sentence about something that stays."""
    return (
        f"line {made.line}: {made.level.words[0]} {path_text(made.path)} (id {made.id}) stays: {shorten(reason, 400)}"
    )


def kept_lines(kept: Mapping[Made, str], most: int = SHOWN) -> Iterator[str]:
    """Yield a line for each thing that stays, and how many more there are."""
    for made, reason in list(kept.items())[:most]:
        yield kept_line(made, reason)
    if len(kept) > most:
        yield f"and {len(kept) - most:,} more stay"


def closing_line(report: UndoReport, *, hide: bool) -> str:
    """Return the last line: how it went and what to do now."""
    left = sum(report.pending.values())
    if report.error is not None:
        return f"{left:,} not done yet; run the same command again to go on." if left else "Nothing more was deleted."
    if report.declined:
        return "Nothing was deleted."
    if report.interrupted and not left:
        return "Interrupted; nothing was deleted. Run the same command again."
    if report.interrupted:
        return f"Interrupted; {left:,} not done yet. Run the same command again to go on."
    done, what = report.total(Fate.HIDDEN if hide else Fate.DELETED), "hidden" if hide else "deleted"
    would = "would be " if report.dry_run else ""
    parts = [f"{done:,} {would}{what}", f"{report.total(Fate.GONE):,} {'hidden or ' if hide else ''}gone already"]
    parts.append(f"{len(report.kept):,} {'would stay' if would else 'stay'}")
    changed = f" {report.changed:,} that the run had only changed stay as they are." if report.changed else ""
    return f"{', '.join(parts)}.{changed} ({report.seconds:.1f} s)"
