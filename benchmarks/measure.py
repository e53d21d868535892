"""The outer side of a measurement: servers and clients in processes of their own, medians and spreads."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import statistics
import struct
import subprocess
import sys
import termios
import threading
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from benchmarks.task import Job

ROOT = Path(__file__).resolve().parents[1]
TOKEN = "benchmark"


class MeasurementError(Exception):
    """A client failed, or did not do what it was to do."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The median, the least and the most of the repeats."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Return the spread of at least one value."""
        found = list(values)
        return cls(statistics.median(found), min(found), max(found))


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took: seconds of wall clock and of CPU, its peak memory in bytes, and what else it told.

    A task that watches itself tells them for the part that counts; otherwise it is the process from start to end.
    """

    seconds: float
    cpu: float
    peak: int
    more: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Server:
    """A running server with a fixed answer time."""

    url: str

    def stats(self) -> dict[str, Any]:
        """Return how many connections and creates it has seen, and how many names since this was last asked."""
        with urllib.request.urlopen(f"{self.url}/stats", timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
        return found


@contextmanager
def serving(latency: float, activities: int = 0) -> Iterator[Server]:
    """Run a server that answers after *latency* seconds and lists so many activities."""
    command = [sys.executable, "-m", "benchmarks.server", str(latency), str(activities)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield Server(f"http://127.0.0.1:{process.stdout.readline().strip()}")
        process.communicate()  # closes its standard input, at which it ends


def run_task(module: str, job: Job, *, on_terminal: bool = False) -> Run:
    """Run `python -m benchmarks.MODULE JOB` and return what it says that it took; raises MeasurementError.

    With *on_terminal* its stderr is a terminal of 100 columns, on which programs draw their bars.
    """
    command = [sys.executable, "-m", f"benchmarks.{module}", json.dumps(asdict(job))]
    whole, output = run_process(command, on_terminal=on_terminal)
    told = json.loads(output.splitlines()[-1])
    return Run(
        seconds=told.pop("seconds", whole.seconds),
        cpu=told.pop("cpu", whole.cpu),
        peak=told.pop("peak"),
        more=told,
    )


def run_process(command: list[str], *, on_terminal: bool = False) -> tuple[Run, str]:
    """Run a command and return what it took from start to end, and what it printed; raises MeasurementError."""
    with _Stderr(on_terminal=on_terminal) as stderr:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr.end
        )
        stderr.close_end()
        assert process.stdout is not None
        with process.stdout:
            output = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)  # the CPU of this child alone
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise MeasurementError(f"{' '.join(command)} ended with {process.returncode}:\n{output}{stderr.text}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, 0, {}), output


class _Stderr:
    """Where a process writes its errors and bars: a pipe or a terminal, read to its end by a thread."""

    def __init__(self, *, on_terminal: bool) -> None:
        self._ours, self.end = pty.openpty() if on_terminal else os.pipe()
        if on_terminal:
            fcntl.ioctl(self.end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        self._thread = threading.Thread(target=self._read)
        self._chunks: list[bytes] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._thread.join()
        os.close(self._ours)

    def close_end(self) -> None:
        """Close the process's end, which the process has by now, and begin to read."""
        os.close(self.end)
        self._thread.start()

    def _read(self) -> None:
        try:
            while chunk := os.read(self._ours, 65536):
                self._chunks.append(chunk)
        except OSError:  # how a terminal ends
            pass

    @property
    def text(self) -> str:
        """All that was written."""
        return b"".join(self._chunks).decode(errors="replace")


def environment() -> dict[str, str]:
    """Return an environment in which nothing but the measurement's own settings can matter."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KIMAI_", "PYTHON", "COV_"))}
    return {**kept, "PYTHONPATH": str(ROOT), "KIMAI_TOKEN": TOKEN, "TERM": "xterm"}
