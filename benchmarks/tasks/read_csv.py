"""The bare loop: Python's own CSV reader over a file, and nothing done with the rows."""

from __future__ import annotations

import csv
from pathlib import Path

from benchmarks.task import Watch, idle, job, tell

if __name__ == "__main__":
    before = idle()
    watch = Watch()
    with Path(job().file).open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass
    tell(**watch.elapsed(), idle=before)
