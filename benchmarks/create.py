"""Creations per second: every client at every latency and number of lanes, beside the ideal and each other."""

from __future__ import annotations

import math
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import MeasurementError, Server, Spread, run_task, serving
from benchmarks.task import Job
from benchmarks.workload import OneProject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.scale import Scale


@dataclass(frozen=True, slots=True)
class Client:
    """A way to create rows. `most` is about what it does a second at best: it bounds how many rows it gets."""

    name: str
    module: str
    most: int = 3_000
    on_terminal: bool = False
    sized_pool: bool = False


SEQUENTIAL = Client("one after the other", "sequential", most=500)
OBVIOUS = Client("one httpx.AsyncClient", "obvious", most=200)
SIZED = Client("one httpx.AsyncClient, pool = lanes", "obvious", most=80, sized_pool=True)
AIOHTTP = Client("bare aiohttp", "bare_aiohttp")
PHASE = Client("kimai-aimport, create phase", "create_phase")
WHOLE = Client("kimai-aimport, whole command", "whole", on_terminal=True)
RAW = Client("raw sockets: the server's limit", "raw", most=9_000)

SIZED_AT = (0.05, 64)
RAW_AT = ((0.0, 64), (0.05, 64))


@dataclass(frozen=True, slots=True)
class Cell:
    """One latency with one number of lanes; its clients take turns."""

    latency: float
    lanes: int
    seconds: float
    rows: int | None

    def clients(self) -> Iterator[Client]:
        """Yield who takes part."""
        if self.lanes == 1:
            yield SEQUENTIAL
        yield OBVIOUS
        if (self.latency, self.lanes) == SIZED_AT:
            yield SIZED
        if (self.latency, self.lanes) in RAW_AT:
            yield RAW
        yield from (AIOHTTP, PHASE, WHOLE)

    @property
    def ideal(self) -> float | None:
        """What could be created a second if a client cost nothing, or None without latency."""
        return self.lanes / self.latency if self.latency else None

    def rows_for(self, client: Client) -> int:
        """Return the rows that keep a client busy for about the seconds, in whole turns of the lanes."""
        if self.rows is not None and client in (AIOHTTP, PHASE, WHOLE):
            return self.rows
        rate = min(self.ideal or math.inf, client.most)
        seconds = self.seconds if self.lanes > 1 else self.seconds / 2
        return self.lanes * max(2, round(seconds * rate / self.lanes))


def measure_creates(scale: Scale) -> list[dict[str, Any]]:
    """Return a row of the table for every client in every cell."""
    found = []
    with serving(0) as warm_up:
        for latency, seconds in scale.seconds.items():
            with serving(latency) as server:
                for lanes in scale.lanes:
                    cell = Cell(latency, lanes, seconds, scale.rows.get((latency, lanes)))
                    repeats = min(scale.repeats, scale.fewer_repeats.get(latency, scale.repeats))
                    found += _measure_cell(cell, server, warm_up, repeats)
    return found


def _measure_cell(cell: Cell, server: Server, warm_up: Server, repeats: int) -> list[dict[str, Any]]:
    clients = list(cell.clients())
    runs: dict[Client, list[dict[str, Any]]] = {client: [] for client in clients}
    for repeat in range(repeats):
        for client in clients:
            print(
                f"{cell.latency * 1000:3.0f} ms, {cell.lanes:3} lanes, repeat {repeat + 1}: {client.name}",
                file=sys.stderr,
            )
            runs[client].append(_run(client, cell, server, warm_up))
    rows = [_row(client, cell, runs[client]) for client in clients]
    limit = next(row["rate"]["median"] for row in rows if row["client"] == AIOHTTP.name)
    for row in rows:
        row["beside_aiohttp"] = row["rate"]["median"] / limit
    return rows


def _run(client: Client, cell: Cell, server: Server, warm_up: Server) -> dict[str, Any]:
    rows = cell.rows_for(client)
    with tempfile.TemporaryDirectory() as folder:
        file = OneProject(rows).write(Path(folder) / "new.csv")
        job = Job(server.url, warm_up.url, cell.lanes, rows, str(file), sized_pool=client.sized_pool)
        before = server.stats()
        run = run_task(f"clients.{client.module}", job, on_terminal=client.on_terminal)
        after = server.stats()
    creates = after["creates"]["activities"] - before["creates"]["activities"]
    if creates != rows or (after["names"] != rows and client is not RAW):
        raise MeasurementError(f"{client.name}: {creates} creates of {after['names']} names, not {rows} of each")
    spent = {name: after[name] - before[name] for name in ("connections", "cpu")}
    return {
        "rows": rows,
        "seconds": run.seconds,
        "cpu": run.cpu,
        "peak": run.peak,
        "connections": spent["connections"],
        "server_cpu": spent["cpu"],
    }


def _row(client: Client, cell: Cell, runs: list[dict[str, Any]]) -> dict[str, Any]:
    rate = Spread.of(run["rows"] / run["seconds"] for run in runs)
    return {
        "client": client.name,
        "latency": cell.latency,
        "lanes": cell.lanes,
        "rows": runs[0]["rows"],
        "ideal": cell.ideal,
        "rate": asdict(rate),
        "share": None if cell.ideal is None else rate.median / cell.ideal,
        "cpu_ms": asdict(Spread.of(1000 * run["cpu"] / run["rows"] for run in runs)),
        "server_cpu_ms": asdict(Spread.of(1000 * run["server_cpu"] / run["rows"] for run in runs)),
        "connections": asdict(Spread.of(run["connections"] for run in runs)),
        "peak": asdict(Spread.of(run["peak"] for run in runs)),
        "runs": runs,
    }
