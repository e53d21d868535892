"""How long an import of ten rows waits before its first create, and for how many answers until all lanes are busy."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from benchmarks.measure import Run, Spread, run_task, serving
from benchmarks.task import Job

if TYPE_CHECKING:
    from benchmarks.scale import Scale

NUMBERED = 3_000
"""Activities of the server that has numbers: with their projects and customers each level shows its sequence."""

BEFORE = {0: {"first": 8, "busy": 11}, NUMBERED: {"first": 8, "busy": 10}}
"""Answers in a row, counted in the same way when each question still waited for the one before; by the activities that
are there. At 200 ms it took 1.62 s to the first create then, and 2.44 and 2.24 s to the end."""


def measure_first(scale: Scale) -> list[dict[str, Any]]:
    """Return a row of the table for every latency, into an empty Kimai and into one that has numbers."""
    print("the first create", file=sys.stderr)
    found = []
    with serving(0) as warm_up:
        for there in BEFORE:
            alone: dict[str, Spread] = {}
            for latency in scale.first:
                with serving(latency, there) as server:
                    job = Job(url=server.url, warm_up_url=warm_up.url)
                    runs = [run_task("tasks.first_create", job) for _ in range(scale.repeats)]
                spreads = {
                    "first": Spread.of(run.more["first"] for run in runs),
                    "all": Spread.of(run.seconds for run in runs),
                }
                alone = alone or spreads
                found.append(_row(there, latency, spreads, alone, runs))
    return found


def _row(
    there: int, latency: float, spreads: dict[str, Spread], alone: dict[str, Spread], runs: list[Run]
) -> dict[str, Any]:
    """Return a row; *alone* is how long it takes on a server that answers at once."""
    answers = None
    if latency:
        rounds = {name: round((spreads[name].median - alone[name].median) / latency) for name in spreads}
        # The last answers are those of the activities, for which all lanes are busy.
        answers = {"first": rounds["first"], "busy": rounds["all"] - 1}
    return {
        "there": there,
        "latency": latency,
        "first": asdict(spreads["first"]),
        "all": asdict(spreads["all"]),
        "answers": answers,
        "before": BEFORE[there],
        "runs": [asdict(run) for run in runs],
    }
