"""The results as tables on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from benchmarks.claims import Claim, claims
from benchmarks.growth import LIVE, WAYS

if TYPE_CHECKING:
    from collections.abc import Iterable

Results = dict[str, Any]
MEGABYTE = 1_000_000


def tables(results: Results) -> Iterable[Table]:
    """Yield a table for each part that was measured, and one for what must hold."""
    if "create" in results:
        yield _creates(results["create"])
    if "plan" in results:
        yield _plans(results["plan"])
    if "compare" in results:
        yield _compare(results["compare"])
    if "start" in results:
        yield _starts(results["start"])
    if "book" in results:
        yield _book(results["book"])
    if "first" in results:
        yield _first(results["first"])
    if "growth" in results:
        yield _growth(results["growth"])
    if found := list(claims(results)):
        yield _claims(found)


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left")
    for index, heading in enumerate(headings):
        table.add_column(heading, justify="right" if index else "left")
    return table


def _spread(spread: dict[str, float], form: str = ",.0f", unit: float = 1) -> str:
    median, least, most = (format(spread[name] / unit, form) for name in ("median", "least", "most"))
    return median if least == most else f"{median} ({least}-{most})"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _creates(rows: list[dict[str, Any]]) -> Table:
    table = _table(
        "Creates: median (least-most) of the repeats",
        *("client", "ms", "lanes", "rows", "creations/s", "ideal", "of ideal", "of aiohttp", "CPU ms each"),
        *("server's", "connections", "peak MB"),
    )
    before = None
    for row in rows:
        if before is not None and before != (row["latency"], row["lanes"]):
            table.add_section()
        before = (row["latency"], row["lanes"])
        table.add_row(
            row["client"],
            f"{1000 * row['latency']:g}",
            str(row["lanes"]),
            f"{row['rows']:,}",
            _spread(row["rate"]),
            "-" if row["ideal"] is None else f"{row['ideal']:,.0f}",
            _percent(row["share"]),
            _percent(row["beside_aiohttp"]),
            _spread(row["cpu_ms"], ".2f"),
            f"{row['server_cpu_ms']['median']:.2f}",
            _spread(row["connections"]),
            f"{row['peak']['median'] / MEGABYTE:.0f}",
        )
    return table


def _plans(rows: list[dict[str, Any]]) -> Table:
    table = _table(
        "Reading and planning a file",
        *("rows", "activities", "csv.reader s", "plan s", "ratio", "plan s per million rows", "peak MB"),
        "above idle MB",
    )
    for row in rows:
        table.add_row(
            f"{row['rows']:,}",
            f"{row['activities']:,}",
            _spread(row["csv_reader"], ".3f"),
            _spread(row["plan"], ".3f"),
            f"{row['ratio']:.2f}",
            f"{row['plan']['median'] / row['rows'] * 1e6:.2f}",
            f"{row['peak']['median'] / MEGABYTE:.0f}",
            f"{row['above_idle']['median'] / MEGABYTE:.0f}",
        )
    return table


_PARTS = {
    "lists": "the three lists, read",
    "lists_decoded": "the three lists, read and decoded",
    "plan": "reading and planning the file",
    "run_again": "kimai-aimport, nothing to create",
}


def _compare(found: dict[str, Any]) -> Table:
    title = f"A second run over {found['activities']:,} activities, lists of {found['bytes'] / MEGABYTE:.0f} MB"
    table = _table(title, "what", "seconds", "above idle MB")
    for name, text in _PARTS.items():
        memory = f"{found['above_idle'][name]['median'] / MEGABYTE:.0f}"
        table.add_row(text, _spread(found["seconds"][name], ".2f"), memory)
    return table


def _starts(rows: list[dict[str, Any]]) -> Table:
    table = _table("Starts, whole processes", "command", "seconds", "beside typer")
    for row in rows:
        table.add_row(row["command"], _spread(row["seconds"], ".3f"), f"{row['beside_typer']:.2f}")
    return table


def _first(rows: list[dict[str, Any]]) -> Table:
    table = _table(
        "An import of ten rows: seconds to the first create and to the end, answers in a row",
        *("into a Kimai", "ms", "first create s", "all s", "answers before the first"),
        *("before all lanes are busy", "at first, before that was changed", "and busy"),
    )
    for row in rows:
        answers = row["answers"] or {"first": "-", "busy": "-"}
        table.add_row(
            "with numbers" if row["there"] else "that is empty",
            f"{1000 * row['latency']:g}",
            _spread(row["first"], ".2f"),
            _spread(row["all"], ".2f"),
            str(answers["first"]),
            str(answers["busy"]),
            str(row["before"]["first"]),
            str(row["before"]["busy"]),
        )
    return table


def _growth(found: dict[str, Any]) -> Table:
    table = _table(
        "Creates beside many rows, 8 lanes, sandbox with --scan-cost",
        *("way", "rows there", "creations/s", "a live Kimai 2.65 on two cores"),
    )
    for row in found["rows"]:
        live = LIVE[row["way"]].get(row["rows"])
        shown = "-" if live is None else f"{live[0]:g}-{live[1]:g}"
        table.add_row(WAYS[row["way"]], f"{row['rows']:,}", f"{row['rate']:.1f}", shown)
    if found["foretold"] is not None:
        for told in found["foretold"]["told"]:
            text = f"told after {told['after']:.0f} s: {told['left']:.0f} s left; it took {told['took']:.0f} s"
            table.add_row(text, f"{found['foretold']['rows']:,}")
    return table


def _claims(found: Iterable[Claim]) -> Table:
    table = _table("What must hold", "what", "limit", "measured", "")
    for claim in found:
        table.add_row(claim.text, claim.limit, f"{claim.measured:.2f}", "holds" if claim.holds else "FALLS SHORT")
    return table


def _book(found: dict[str, Any]) -> Table:
    title = f"{found['entries']:,} time entries, {found['lanes']} lanes, {found['latency'] * 1000:g} ms"
    table = _table(title, "", "seconds", "/s", "MB")
    names = {
        "bare": "bare aiohttp",
        "phase": "kimai-aimport, creates alone",
        "list": "the list alone, decoded",
        "plan": "reading and planning alone",
        "again": "a second run, as a whole",
    }
    for key, name in names.items():
        run = found["runs"][key]
        seconds = found["again_seconds"] if key == "again" else run["seconds"]
        table.add_row(name, f"{seconds:.1f}", f"{found['entries'] / seconds:,.0f}", f"{run['peak'] / MEGABYTE:,.0f}")
    return table
