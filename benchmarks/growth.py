"""Creates a second over the rows that are there, into a sandbox where a look for a number costs what it costs Kimai.

Beside them stands what a live server did; the sandbox's two figures are chosen so that it is about as fast as that.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import ROOT, Run, environment, run_task
from benchmarks.task import Job
from benchmarks.workload import OneProject
from kimai_async.sandbox.storage.store import Store
from kimai_async.sandbox.storage.users import SUSAN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.scale import Scale

LANES = 8
LATENCY = 0.05
SCAN_COST = 4e-6
"""Seconds a row: eight lanes of them together are as slow as a server of two cores."""

WAYS = {"continue": "with numbers", "none": "--numbers none", "cleared": "number format cleared"}
LIVE: dict[str, dict[int, tuple[float, float]]] = {
    "continue": {1_000: (137, 139), 20_000: (46, 51), 100_000: (8.5, 11)},
    "none": {1_000: (98, 159), 20_000: (69, 103), 100_000: (29, 35)},
    "cleared": {100_000: (97, 130)},
}
"""Creates a second of a live Kimai 2.65.0, least and most: MariaDB 10.11, 2 cores for it and the client, 8 lanes."""

_SLOWER = 0.8
"""The part of a live server's latency and cost that the foretold import is done with, so that it ends soon."""


def measure_growth(scale: Scale) -> dict[str, Any]:
    """Return a row for each way at each number of rows, and how an estimate came true."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for rows in scale.grown:
            for way, name_of_way in WAYS.items():
                print(f"creates beside {rows:,} rows, {name_of_way}", file=sys.stderr)
                found.append(_measure(folder, way, rows, scale.grown_seconds))
        foretold = None
        if scale.foretold is not None:
            print("an estimate, and what the import takes", file=sys.stderr)
            foretold = _foretell(folder, *scale.foretold)
    return {"rows": found, "foretold": foretold}


def _measure(folder: Path, way: str, rows: int, seconds: float) -> dict[str, Any]:
    database = fill(folder / "there.db", rows, cleared=way == "cleared")
    scans = {"continue": 2, "none": 1, "cleared": 0}[way]
    expected = LANES / (LATENCY + scans * SCAN_COST * rows)
    creates = LANES * max(4, round(seconds * expected / LANES))
    file = OneProject(creates).write(folder / "new.csv")
    with sandbox(database, LATENCY, SCAN_COST, cleared=way == "cleared") as url, sandbox(None, 0, 0) as warm_up:
        job = Job(
            url, warm_up, LANES, creates, str(file), token=SUSAN.token, numbers="none" if way == "none" else "continue"
        )
        run = run_task("clients.create_phase", job)
    return {"way": way, "rows": rows, "creates": creates, "rate": creates / run.seconds, "runs": [asdict(run)]}


def _foretell(folder: Path, rows: int, creates: int) -> dict[str, Any]:
    database = fill(folder / "there.db", rows, cleared=False)
    file = OneProject(creates).write(folder / "new.csv")
    with sandbox(database, _SLOWER * LATENCY, _SLOWER * SCAN_COST) as url:
        run: Run = run_task("tasks.foretold", Job(url, "", LANES, creates, str(file), token=SUSAN.token))
    off = [told["left"] / told["took"] - 1 for told in run.more["told"]]
    return {"rows": rows, "creates": creates, "seconds": run.seconds, "off": off, **run.more}


def fill(path: Path, rows: int, *, cleared: bool) -> Path:
    """Make a sandbox's database with so many activities, numbered as Kimai does; if *cleared* the newest has none."""
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()
    store = Store(path)
    customer = store.insert("customers", None, {"name": "Old", "number": "0002", "visible": True})
    project = store.insert("projects", customer.id, {"name": "Old", "number": "0002", "visible": True})
    for index in range(rows):
        number = None if cleared and index == rows - 1 else f"{index + 2:04}"
        store.insert("activities", project.id, {"name": f"Old {index:07}", "number": number, "visible": True})
    store.close()
    return path


@contextmanager
def sandbox(database: Path | None, latency: float, scan_cost: float, *, cleared: bool = False) -> Iterator[str]:
    """Serve a sandbox in a process of its own; return its address."""
    command = [sys.executable, "-c", "from kimai_async.sandbox.cli import main; main()", "--port", "0"]
    command += ["--latency", str(latency), "--scan-cost", str(scan_cost)]
    command += ["--database", str(database)] if database is not None else []
    command += ["--set", "activity.number_format="] if cleared else []
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        yield process.stderr.readline().split()[-1]
        process.terminate()
