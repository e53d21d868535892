"""An import of ten rows: when its first create goes out, and when all is in."""

from __future__ import annotations

import io
import time

import anyio

from benchmarks.task import job, tell
from kimai_async import Event, Kind, Level, LevelStarted, Settings, import_csv


def ten_rows() -> io.BytesIO:
    """Return a customer, a project and eight activities, none of which is there."""
    lines = ["Customer,Project,Activity", *(f"New customer,New project,New {index}" for index in range(8))]
    return io.BytesIO("\n".join(lines).encode())


async def main() -> None:
    """Warm up, measure, tell."""
    this = job()
    await import_csv(ten_rows(), Settings(url=this.warm_up_url, token="none"))
    first: list[float] = []

    def listen(event: Event) -> None:
        if isinstance(event, LevelStarted) and event.level is Level.CUSTOMER:
            first.append(time.perf_counter())

    started = time.perf_counter()
    report = await import_csv(ten_rows(), Settings(url=this.url, token="none"), listeners=[listen])
    if report.exit_code or sum(report.counts[Kind.CREATED].values()) != 10:
        raise SystemExit(f"the import failed: {report.error or report.counts}")
    tell(first=first[0] - started, seconds=time.perf_counter() - started)


if __name__ == "__main__":
    anyio.run(main)
