"""kimai-aimport's reading and planning of a file, every check included."""

from __future__ import annotations

from pathlib import Path

from benchmarks.task import Watch, idle, job, tell
from kimai_async.csvfile.source import open_source
from kimai_async.csvfile.table import Table
from kimai_async.plan.build import build
from kimai_async.tree.nodes import Level

if __name__ == "__main__":
    before = idle()
    watch = Watch()
    with open_source(Path(job().file)) as source:
        plan = build(Table(source.file, name=source.name, delimiter=",", encoding="utf-8"))
    tell(**watch.elapsed(), idle=before, activities=plan.tree.size(Level.ACTIVITY))
