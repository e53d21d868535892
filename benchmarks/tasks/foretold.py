"""An import into a large Kimai: what it says of the time that it will take, and what it then takes."""

from __future__ import annotations

import re
import time

import anyio

from benchmarks.task import job, tell
from kimai_async import Event, Level, LevelFinished, LevelStarted, Settings, Warned, import_csv

_ABOUT = re.compile(r"about (?:(\d+) h ?)?(?:(\d+) min)?(?:(\d+) s)? for the other")


async def main() -> None:
    """Import, and tell when what was said."""
    this = job()
    marks: dict[str, float] = {}
    told: list[tuple[float, float, str]] = []
    warnings: list[str] = []

    def listen(event: Event) -> None:
        match event:
            case Warned(text) if found := _ABOUT.search(text):
                hours, minutes, seconds = (int(part or 0) for part in found.groups())
                told.append((time.perf_counter(), 3600 * hours + 60 * minutes + seconds, text))
            case Warned(text):
                warnings.append(text)
            case LevelStarted(Level.ACTIVITY):
                marks["start"] = time.perf_counter()
            case LevelFinished(Level.ACTIVITY):
                marks["end"] = time.perf_counter()
            case _:
                pass

    settings = Settings(url=this.url, token=this.token, concurrency=this.lanes)
    report = await import_csv(this.file, settings, listeners=[listen])
    if report.exit_code:
        raise SystemExit(f"the import failed: {report.error or report.counts}")
    tell(
        seconds=marks["end"] - marks["start"],
        warnings=warnings,
        told=[
            {"after": at - marks["start"], "left": left, "took": marks["end"] - at, "text": text}
            for at, left, text in told
        ],
    )


if __name__ == "__main__":
    anyio.run(main)
