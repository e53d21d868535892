"""kimai-aimport's create phase: `import_csv`, from the start of the activities to their end."""

from __future__ import annotations

import io

import anyio

from benchmarks.task import Watch, job, tell
from benchmarks.workload import HEADING
from kimai_async import Event, Level, LevelFinished, LevelStarted, Settings, import_csv
from kimai_async.choices import Numbers


class Phase:
    """A listener that takes the time and the CPU of one level's creates."""

    def __init__(self, level: Level) -> None:
        self._level = level
        self._watch: Watch | None = None
        self.elapsed: dict[str, float] = {}

    def __call__(self, event: Event) -> None:
        """Start and stop the watch."""
        match event:
            case LevelStarted(level) if level is self._level:
                self._watch = Watch()
            case LevelFinished(level) if level is self._level and self._watch is not None:
                self.elapsed = self._watch.elapsed()


def _warm_up(rows: int) -> io.BytesIO:
    lines = [",".join(HEADING), *(f"Customer,Project,Activity {index}" for index in range(rows))]
    return io.BytesIO("\n".join(lines).encode())


async def main() -> None:
    """Warm up, measure, tell."""
    this = job()
    await import_csv(_warm_up(2 * this.lanes), Settings(url=this.warm_up_url, token=this.token, concurrency=this.lanes))
    phase = Phase(Level.ACTIVITY)
    settings = Settings(url=this.url, token=this.token, concurrency=this.lanes, numbers=Numbers(this.numbers))
    report = await import_csv(this.file, settings, listeners=[phase])
    if report.exit_code:
        raise SystemExit(f"the import failed: {report.error or report.counts}")
    tell(**phase.elapsed)


if __name__ == "__main__":
    anyio.run(main)
