"""A second run over rows that are all there, beside its parts: the three lists, and the reading of the file."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import MeasurementError, Run, Spread, run_task, serving
from benchmarks.plan import above_idle
from benchmarks.task import Job
from benchmarks.workload import Workload

if TYPE_CHECKING:
    from benchmarks.scale import Scale

LATENCY = 0.02
"""Seconds before a list begins; an import asks for two things more than the lists, and waits for those as well."""


def measure_compare(scale: Scale) -> dict[str, Any]:
    """Return the times and the memory of a second run and of its parts."""
    print(f"a second run over {scale.there:,} activities", file=sys.stderr)
    workload = Workload(scale.there, scale.there)
    with tempfile.TemporaryDirectory() as folder, serving(0) as warm_up, serving(LATENCY, scale.there) as server:
        file = workload.write(Path(folder) / "there.csv")
        job = Job(url=server.url, warm_up_url=warm_up.url, file=str(file))
        decoding = replace(job, decode=True)
        runs: dict[str, list[Run]] = {"lists": [], "lists_decoded": [], "plan": [], "run_again": []}
        for _ in range(scale.repeats):
            runs["lists"].append(run_task("tasks.get_lists", job))
            runs["lists_decoded"].append(run_task("tasks.get_lists", decoding))
            runs["plan"].append(run_task("tasks.plan_csv", job))
            runs["run_again"].append(run_task("tasks.run_again", job))
        creates = sum(server.stats()["creates"].values())
    if creates or any(run.more["there"] != scale.there for run in runs["run_again"]):
        raise MeasurementError(f"the second run sent {creates} creates")
    return _result(scale.there, runs)


def _result(there: int, runs: dict[str, list[Run]]) -> dict[str, Any]:
    seconds = {name: Spread.of(run.seconds for run in of) for name, of in runs.items()}
    again, plan = seconds["run_again"].median, seconds["plan"].median
    return {
        "activities": there,
        "bytes": runs["lists"][0].more["bytes"],
        "seconds": {name: asdict(spread) for name, spread in seconds.items()},
        "above_idle": {name: asdict(Spread.of(map(above_idle, of))) for name, of in runs.items()},
        "creates": 0,
        "beside_lists": again / (seconds["lists"].median + plan),
        "beside_lists_decoded": again / (seconds["lists_decoded"].median + plan),
        "runs": {name: [asdict(run) for run in of] for name, of in runs.items()},
    }
