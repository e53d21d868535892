"""The command `kimai-aimport` as a whole, bars and all; its starter takes the time of the process."""

from __future__ import annotations

import sys

from benchmarks.task import job, tell
from kimai_async.terminal.cli import main

if __name__ == "__main__":
    this = job()
    sys.argv = ["kimai-aimport", this.file, "--url", this.url, "--concurrency", str(this.lanes)]
    try:
        main()
    finally:
        tell()
