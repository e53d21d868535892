"""Reading and planning a file, beside a bare `csv.reader` loop over the same file."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import MeasurementError, Run, Spread, run_task
from benchmarks.task import Job

if TYPE_CHECKING:
    from benchmarks.scale import Scale
    from benchmarks.workload import Workload


def measure_plans(scale: Scale) -> list[dict[str, Any]]:
    """Return a row of the table for every file."""
    with tempfile.TemporaryDirectory() as folder:
        return [_measure(workload, Path(folder) / "plan.csv", scale.repeats) for workload in scale.plans]


def _measure(workload: Workload, path: Path, repeats: int) -> dict[str, Any]:
    print(f"{workload.rows:,} rows, {workload.activities:,} activities", file=sys.stderr)
    job = Job(file=str(workload.write(path)))
    size = path.stat().st_size
    loops, plans = [], []
    run_task("tasks.read_csv", job)  # the file is in the system's cache from here on
    for _ in range(repeats):
        loops.append(run_task("tasks.read_csv", job))
        plans.append(run_task("tasks.plan_csv", job))
    if any(run.more["activities"] != workload.activities for run in plans):
        raise MeasurementError(f"the plan has not the {workload.activities} activities of the file")
    loop, plan = Spread.of(run.seconds for run in loops), Spread.of(run.seconds for run in plans)
    return {
        "rows": workload.rows,
        "activities": workload.activities,
        "bytes": size,
        "csv_reader": asdict(loop),
        "plan": asdict(plan),
        "ratio": plan.median / loop.median,
        "peak": asdict(Spread.of(run.peak for run in plans)),
        "above_idle": asdict(Spread.of(above_idle(run) for run in plans)),
        "runs": {"csv_reader": [asdict(run) for run in loops], "plan": [asdict(run) for run in plans]},
    }


def above_idle(run: Run) -> int:
    """Return by how many bytes the peak is above what the process had when its modules were imported."""
    idle: int = run.more["idle"]
    return run.peak - idle
