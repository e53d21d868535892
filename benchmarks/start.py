"""How fast `--help` and `--version` answer, as whole processes, beside the import of typer alone."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import Run, Spread, run_process

if TYPE_CHECKING:
    from benchmarks.scale import Scale

TYPER = "python -c 'import typer'"


def measure_starts(scale: Scale) -> list[dict[str, Any]]:
    """Return a row of the table for every command."""
    print("starts", file=sys.stderr)
    script = Path(sys.executable).with_name("kimai-aimport")
    command = [str(script)] if script.exists() else [sys.executable, "-m", "kimai_async"]
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        TYPER: [sys.executable, "-c", "import typer"],
        "kimai-aimport --version": [*command, "--version"],
        "kimai-aimport --help": [*command, "--help"],
    }
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for repeat in range(scale.starts + 1):
        for name, argv in commands.items():
            run, _ = run_process(argv)
            if repeat:  # the first warms up
                runs[name].append(run)
    typer = Spread.of(run.seconds for run in runs[TYPER]).median
    return [_row(name, of, typer) for name, of in runs.items()]


def _row(name: str, runs: list[Run], typer: float) -> dict[str, Any]:
    seconds = Spread.of(run.seconds for run in runs)
    return {
        "command": name,
        "seconds": asdict(seconds),
        "beside_typer": seconds.median / typer,
        "runs": [asdict(run) for run in runs],
    }
