"""`python -m benchmarks`: measure, show, and write down."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from enum import StrEnum
from pathlib import Path  # noqa: TC003 - typer reads the annotations when the command runs
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks.book import measure_booking
from benchmarks.compare import measure_compare
from benchmarks.create import measure_creates
from benchmarks.first import measure_first
from benchmarks.growth import measure_growth
from benchmarks.machine import describe_machine
from benchmarks.plan import measure_plans
from benchmarks.scale import FULL, QUICK, Scale
from benchmarks.start import measure_starts
from benchmarks.tables import tables


class What(StrEnum):
    """The parts, all of them, or none: `chart` shows and draws what an earlier run wrote."""

    CREATE = "create"
    PLAN = "plan"
    COMPARE = "compare"
    START = "start"
    BOOK = "book"
    FIRST = "first"
    GROWTH = "growth"
    ALL = "all"
    CHART = "chart"


PARTS = {
    What.CREATE: measure_creates,
    What.PLAN: measure_plans,
    What.COMPARE: measure_compare,
    What.START: measure_starts,
    What.BOOK: measure_booking,
    What.FIRST: measure_first,
    What.GROWTH: measure_growth,
}


def measure(what: What, scale: Scale) -> dict[str, Any]:
    """Measure a part, or all, and return everything that there is to know of it."""
    started = time.perf_counter()
    results: dict[str, Any] = {"machine": describe_machine()}
    for part, take in PARTS.items():
        if what in (part, What.ALL):
            results[part.value] = take(scale)
    results["took_seconds"] = round(time.perf_counter() - started)
    return results


def show(results: dict[str, Any], console: Console) -> None:
    """Print the tables."""
    machine = results["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    console.print(
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, {machine['python']}\n{versions}\n"
        f"{machine['date']}, took {results['took_seconds']} s\n",
        highlight=False,
    )
    for table in tables(results):
        console.print(table)


def main(
    what: Annotated[
        What, typer.Argument(help="What to measure; `chart` measures nothing and reads --json.")
    ] = What.ALL,
    quick: Annotated[bool, typer.Option(help="A few cells, once each: under 40 seconds, and only a hint.")] = False,
    repeats: Annotated[int | None, typer.Option(min=1, help="How often everything is measured.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all figures there, single runs too.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Draw creations a second over lanes there.")] = None,
    rows_svg: Annotated[Path | None, typer.Option(help="Draw creations a second over the rows there are.")] = None,
) -> None:
    """Measure kimai-aimport beside the ideal and beside simpler clients."""
    chart = None if svg is None and rows_svg is None else _chart()
    if what is What.CHART:
        if json_file is None:
            raise typer.BadParameter("`chart` needs --json FILE, written by an earlier run.")
        results = json.loads(json_file.read_text("utf-8"))
    else:
        scale = QUICK if quick else FULL
        results = measure(what, scale if repeats is None else replace(scale, repeats=repeats))
        if json_file is not None:
            json_file.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    console = Console()
    # Where the output is no terminal rich assumes 80 columns, which would break the rows.
    show(results, console if console.is_terminal else Console(width=170))
    if svg is not None and chart is not None and "create" in results:
        svg.write_text(chart.draw(results["create"]), "utf-8")
    if rows_svg is not None and chart is not None and "growth" in results:
        rows_svg.write_text(chart.draw_growth(results["growth"]["rows"]), "utf-8")


def _chart() -> Any:
    """Return the module that draws; raises BadParameter without matplotlib, before minutes are spent on measuring."""
    try:
        from benchmarks import chart  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise typer.BadParameter(f"--svg needs {error.name}: pip install 'kimai-aimport[bench]'.") from error
    return chart


if __name__ == "__main__":
    typer.run(main)
