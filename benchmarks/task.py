"""The inner side of a measurement: a process gets a job, does it, and prints what it cost."""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class Job:
    """What a process is to do; each takes of it what it needs.

    `warm_up_url` is a server of its own, without latency, so that a warm-up shows in no count.
    """

    url: str = ""
    warm_up_url: str = ""
    lanes: int = 1
    rows: int = 0
    file: str = ""
    sized_pool: bool = False
    decode: bool = False
    token: str = "benchmark"
    numbers: str = "continue"


def job() -> Job:
    """Return the job that this process was started for."""
    return Job(**json.loads(sys.argv[1]))


def tell(**result: object) -> None:
    """Print the result of the job, for the process that started this one."""
    print(json.dumps({**result, "peak": peak()}), flush=True)


class Watch:
    """A stopwatch for wall clock and CPU, user and system, of this process."""

    def __init__(self) -> None:
        self._wall = time.perf_counter()
        self._cpu = time.process_time()

    def elapsed(self) -> dict[str, float]:
        """Return the seconds of both since it was made."""
        return {"cpu": time.process_time() - self._cpu, "seconds": time.perf_counter() - self._wall}


def peak() -> int:
    """Return the most memory that this process had at once, in bytes."""
    # On Linux ru_maxrss begins with what the parent had when it forked; VmHWM is this process alone.
    if _STATUS.exists():
        return _status("VmHWM")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def idle() -> int:
    """Return the memory that this process has now, in bytes; the peak where that cannot be told."""
    return _status("VmRSS") if _STATUS.exists() else peak()


def _status(field: str) -> int:
    line = next(line for line in _STATUS.read_text("ascii").splitlines() if line.startswith(f"{field}:"))
    return int(line.split()[1]) * 1024
