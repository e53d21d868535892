"""An import of a file whose rows are all on the server: read, ask, compare, create nothing."""

from __future__ import annotations

import io

import anyio

from benchmarks.task import Watch, idle, job, tell
from kimai_async import Kind, Level, Settings, import_csv


async def main() -> None:
    """Warm up, measure, tell."""
    this = job()
    await import_csv(io.BytesIO(b"Customer,Project,Activity\nAA,BB,CC\n"), Settings(url=this.warm_up_url, token="none"))
    before = idle()
    watch = Watch()
    report = await import_csv(this.file, Settings(url=this.url, token="none"))
    elapsed = watch.elapsed()
    if report.exit_code:
        raise SystemExit(f"the import failed: {report.error or report.counts}")
    tell(**elapsed, idle=before, there=report.counts[Kind.EXISTS][Level.ACTIVITY])


if __name__ == "__main__":
    anyio.run(main)
