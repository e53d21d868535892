"""One plan or one run, in a thread of its own, so that the page answers while a file is read."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import anyio

from kimai_async.errors import as_error
from kimai_async.importer import import_csv
from kimai_async.page.branches import Branches
from kimai_async.page.outcome import outcome, refused
from kimai_async.page.watch import Watch
from kimai_async.report import Report
from kimai_async.settings import api_root
from kimai_async.stop import Stop

if TYPE_CHECKING:
    from kimai_async.errors import KimaiImportError
    from kimai_async.events import Event
    from kimai_async.settings import Settings


Explain = Callable[["KimaiImportError"], str]


class Record(Protocol):
    """What keeps a run so that it can be taken back: a listener that is told the end, too."""

    def __call__(self, event: Event) -> None:
        """Keep an event."""
        ...

    def finish(self, summary: dict[str, Any]) -> None:
        """Keep how it ended."""
        ...


Recorder = Callable[[Path, str], AbstractContextManager[Record]]
"""Opens a record in a file, for the API at an address; raises UsageError."""


class NamedFile(io.FileIO):
    """A file on the disk that goes by another name: that of the browser's file."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path)
        self.name = name


def open_named(path: Path, name: str) -> io.BufferedReader:
    """Open a file for reading under another name."""
    return io.BufferedReader(NamedFile(path, name))


class Job:
    """An import of the file at *path*, which the user knows by *name*; `explain` makes a sentence of an error.

    Its report is there once it is `done`; `stop` may be called at any moment, from any thread.
    """

    def __init__(
        self,
        number: int,
        path: Path,
        name: str,
        settings: Settings,
        explain: Explain,
        recorder: Recorder | None = None,
    ) -> None:
        self.number = number
        self.settings = settings
        self.watch = Watch()
        self.stopping = 0
        self.done = threading.Event()
        self._path = path
        self._name = name
        self._explain = explain
        self._recorder = None if settings.dry_run else recorder
        self._record: Path | None = None
        self._lock = threading.Lock()
        self._stop: tuple[Stop, Callable[[Callable[[], None]], object]] | None = None
        self._report = Report()
        self._outcome: dict[str, Any] | None = None
        self._branches: Branches | None = None
        self._thread = threading.Thread(target=self._work, name=f"kimai-import-{number}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is done, for so many seconds at most; tell whether it is."""
        return self.done.wait(seconds)

    def stop(self) -> None:
        """End as the first Ctrl-C does, the second time as the second one does."""
        with self._lock:
            self.stopping += 1
            if self._stop is not None:
                stop, call = self._stop
                call(stop.soon if self.stopping == 1 else stop.now)

    def _work(self) -> None:
        try:
            report = anyio.run(self._import)
        except Exception as error:  # noqa: BLE001 - whatever happens, there is a report
            report = Report(dry_run=self.settings.dry_run, error=as_error(error))
        sentence = None if report.error is None else self._explain(report.error)
        self._report = report
        self._outcome = outcome(report, sentence)
        self._branches = Branches(report, self.watch)
        # In the file's order; it was found in the order of the server's answers.
        self.watch.refused.sort(key=lambda pair: pair[0].line)
        self.done.set()

    async def _import(self) -> Report:
        stop, loop = Stop(), asyncio.get_running_loop()
        with self._lock:
            self._stop = (stop, loop.call_soon_threadsafe)
            if self.stopping:
                stop.soon()
        try:
            with ExitStack() as files:
                file = files.enter_context(open_named(self._path, self._name))
                records = [files.enter_context(record) for record in self._records()]
                report = await import_csv(file, self.settings, listeners=[self.watch, *records], stop=stop)
                for record in records:
                    record.finish(report.summary())
                return report
        finally:
            with self._lock:
                self._stop = None

    def _records(self) -> Iterator[AbstractContextManager[Record]]:
        if self._recorder is not None:
            self._record = self._path.with_name(f"{self.number}.record.jsonl")
            yield self._recorder(self._record, api_root(self.settings.url))

    def plain(self) -> dict[str, Any]:
        """Return what is known of it, as JSON has it."""
        state = "done" if self.done.is_set() else "stopping" if self.stopping else "working"
        return {
            "number": self.number,
            "state": state,
            "again": self.stopping > 1,
            "watch": self.watch.plain(),
            "outcome": self._outcome if state == "done" else None,
            "record": self.record is not None,
            "tree": self._branches is not None,
        }

    def fell(self) -> None:
        """Forget its tree, which may be large: there will be another one."""
        with self._lock:
            self._branches = None
            self._report = Report()
            self.watch.forget()

    @property
    def record(self) -> Path | None:
        """The record from which what it created can be taken back, once it is done and if there is one."""
        return self._record if self.done.is_set() else None

    @property
    def rejects(self) -> Path | None:
        """The file of the rows that did not go in, once there is one."""
        return self._report.rejects

    def rows(self, at: list[int], first: int, count: int, show: str) -> dict[str, Any]:
        """Return rows of its tree; see `Branches.rows`. Raises LookupError before it is done, too."""
        if self._branches is None:
            raise LookupError("not yet")
        with self._lock:
            return self._branches.rows(at, first, count, show)

    def refused(self, first: int, count: int) -> list[dict[str, Any]]:
        """Return some of what did not go in, with the reasons."""
        return [refused(node, reason) for node, reason in self.watch.refused[first : first + count]]
