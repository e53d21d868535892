"""kimai-aimport's creates of time entries: `import_csv`, from the first of them to the last list that proves them."""

from __future__ import annotations

import io

import anyio

from benchmarks.clients.create_phase import Phase
from benchmarks.task import Watch, idle, job, tell
from kimai_async import Kind, Level, Settings, import_csv

WARM_UP = b"Date,From,To,Customer,Project,Activity\n2026-01-05,09:00,10:00,Acme,Web,Design\n"


async def main() -> None:
    """Warm up, measure, tell."""
    this = job()
    await import_csv(io.BytesIO(WARM_UP), Settings(url=this.warm_up_url, token="benchmark", timesheets=True))
    before = idle()
    phase = Phase(Level.ENTRY)
    settings = Settings(url=this.url, token="benchmark", concurrency=this.lanes, timesheets=True)
    watch = Watch()
    report = await import_csv(this.file, settings, listeners=[phase])
    if report.exit_code:
        raise SystemExit(f"the import failed: {report.error or report.counts}")
    whole = watch.elapsed()
    there, made = (report.counts[kind][Level.ENTRY] for kind in (Kind.EXISTS, Kind.CREATED))
    tell(**(phase.elapsed or whole), whole=whole["seconds"], idle=before, there=there, made=made)


if __name__ == "__main__":
    anyio.run(main)
