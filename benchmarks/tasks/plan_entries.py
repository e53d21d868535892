"""Reading and planning a file of time entries, alone."""

from __future__ import annotations

from pathlib import Path

from benchmarks.task import Watch, idle, job, tell
from kimai_async.csvfile.table import Table
from kimai_async.plan.build import build
from kimai_async.plan.entries import read_entries
from kimai_async.settings import Rules


def main() -> None:
    """Measure, tell."""
    this, before = job(), idle()
    watch = Watch()
    rules = Rules(timesheets=True)
    with Path(this.file).open("rb") as file:
        table = Table(file, name="entries.csv", timesheets=True)
        found = read_entries(table, build(table, rules), rules)
    tell(**watch.elapsed(), idle=before, entries=len(found.entries))


if __name__ == "__main__":
    main()
