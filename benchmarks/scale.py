"""How much is measured: the full run and the quick one."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.workload import Workload

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes, and how often everything is repeated.

    `seconds` is how long a client should be busy at each latency, both in seconds; `rows` replaces the row count
    that follows from it at a latency and a number of lanes, and `fewer_repeats` the repeats at a latency. `first` are
    latencies, of which the first is 0; `grown` are rows that are there, `grown_seconds` how long each cell of that
    takes, `foretold` the rows there and the new ones of the import whose estimate is held against what it takes.
    """

    seconds: dict[float, float]
    lanes: tuple[int, ...]
    repeats: int
    fewer_repeats: dict[float, int]
    rows: dict[tuple[float, int], int]
    plans: tuple[Workload, ...]
    there: int
    starts: int
    entries: int
    first: tuple[float, ...]
    grown: tuple[int, ...]
    grown_seconds: float
    foretold: tuple[int, int] | None


FULL = Scale(
    seconds={0.0: 0.5, 0.02: 1.0, 0.05: 2.4, 0.2: 2.4},
    lanes=(1, 8, 32, 64, 128),
    repeats=3,
    fewer_repeats={0.2: 2},  # a client has little to do there, and little varies
    rows={(0.02, 32): 5_000},
    plans=(
        Workload(10_000, 6_300),
        Workload(100_000, 63_000),
        Workload(MILLION, 630_000),
        Workload(MILLION, 5_000),
    ),
    there=100_000,
    starts=12,
    entries=100_000,
    first=(0.0, 0.05, 0.2),
    grown=(1_000, 20_000, 100_000),
    grown_seconds=6.0,
    foretold=(2_500, 9_000),
)
QUICK = Scale(
    seconds={0.05: 0.8},
    lanes=(1, 8, 64),
    repeats=1,
    fewer_repeats={},
    rows={},
    plans=(Workload(10_000, 6_300), Workload(100_000, 63_000)),
    there=10_000,
    starts=3,
    entries=2_000,
    first=(0.0, 0.05),
    grown=(1_000,),
    grown_seconds=1.0,
    foretold=None,
)
