"""Time entries: their creates beside bare aiohttp, and a second run beside its parts, the list and the reading."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import MeasurementError, Run, run_task, serving
from benchmarks.plan import above_idle
from benchmarks.task import Job
from benchmarks.timesheets import write_entries

if TYPE_CHECKING:
    from benchmarks.scale import Scale

LATENCY = 0.02
LANES = 32


def measure_booking(scale: Scale) -> dict[str, Any]:
    """Return times and memory of an import of time entries, of a second one, and of what they are held against."""
    print(f"{scale.entries:,} time entries, {LANES} lanes, {LATENCY * 1000:g} ms", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder, serving(0) as warm_up:
        file = write_entries(Path(folder) / "entries.csv", scale.entries)
        job = Job(warm_up_url=warm_up.url, file=str(file), lanes=LANES, rows=scale.entries)
        with serving(LATENCY, 1) as server:
            bare = run_task("clients.book_aiohttp", replace(job, url=server.url))
            _check(scale, server.stats()["entries"])
        with serving(LATENCY, 1) as server:
            here = replace(job, url=server.url)
            phase = run_task("clients.book_phase", here)
            _check(scale, server.stats()["entries"])
            listed = run_task("tasks.get_entries", replace(here, decode=True))
            plan = run_task("tasks.plan_entries", here)
            again = run_task("clients.book_phase", here)
            _check(scale, server.stats()["entries"])
    if again.more["there"] != scale.entries:
        raise MeasurementError(f"the second run found {again.more['there']} of {scale.entries} entries")
    runs = {"bare": bare, "phase": phase, "list": listed, "plan": plan, "again": again}
    return _result(scale.entries, runs)


def _check(scale: Scale, entries: int) -> None:
    if entries != scale.entries:
        raise MeasurementError(f"{entries} entries are there instead of {scale.entries}")


def _result(entries: int, runs: dict[str, Run]) -> dict[str, Any]:
    rates = {name: entries / runs[name].seconds for name in ("bare", "phase")}
    again = runs["again"].more["whole"]
    return {
        "entries": entries,
        "lanes": LANES,
        "latency": LATENCY,
        "rates": rates,
        "beside_aiohttp": rates["phase"] / rates["bare"],
        "plan_bytes_each": above_idle(runs["plan"]) / entries,
        "import_above_idle": above_idle(runs["phase"]),
        "again_seconds": again,
        "again_above_idle": above_idle(runs["again"]),
        "beside_list_and_plan": again / (runs["list"].seconds + runs["plan"].seconds),
        "runs": {name: asdict(run) for name, run in runs.items()},
    }
