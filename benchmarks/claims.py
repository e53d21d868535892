"""What must hold of the results, each as a ratio within one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.create import AIOHTTP, OBVIOUS, PHASE, WHOLE, Client
from benchmarks.scale import MILLION

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFLIGHT_CONNECTIONS = 3
MEGABYTE = 1_000_000
LARGE = 50_000


@dataclass(frozen=True, slots=True)
class Claim:
    """A figure that must not be below, or not above, a bound."""

    text: str
    measured: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def holds(self) -> bool:
        """Whether it is so."""
        return (self.at_least is None or self.measured >= self.at_least) and (
            self.at_most is None or self.measured <= self.at_most
        )

    @property
    def limit(self) -> str:
        """The bound in words."""
        return f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"


def claims(results: dict[str, Any]) -> Iterator[Claim]:
    """Yield every claim that the results can tell of."""
    yield from _create_claims(results.get("create", []))
    yield from _plan_claims(results.get("plan", []))
    if "compare" in results:
        yield from _compare_claims(results["compare"])
    if "book" in results:
        yield from _book_claims(results["book"])
    yield from _first_claims(results.get("first", []))
    if "growth" in results:
        yield from _growth_claims(results["growth"])
    for row in results.get("start", []):
        bound = {"kimai-aimport --version": 1.5, "kimai-aimport --help": 2.0}.get(row["command"])
        if bound is not None:
            yield Claim(f"{row['command']}, beside the import of typer", row["beside_typer"], at_most=bound)


def _create_claims(rows: list[dict[str, Any]]) -> Iterator[Claim]:
    cells = {(row["latency"], row["lanes"], row["client"]): row for row in rows}

    def of(client: Client, latency: float, lanes: int) -> Any:
        return cells.get((latency, lanes, client.name))

    for lanes in (8, 32, 64, 128):
        phase = of(PHASE, 0.05, lanes)
        if phase:
            yield Claim(
                f"create phase, beside bare aiohttp, 50 ms, {lanes} lanes", phase["beside_aiohttp"], at_least=0.9
            )
            more = phase["connections"]["most"] - lanes
            yield Claim(f"connections beyond the {lanes} lanes", more, at_most=PREFLIGHT_CONNECTIONS)
    phase, obvious, limit = (of(client, 0.05, 64) for client in (PHASE, OBVIOUS, AIOHTTP))
    if phase:
        rates = phase["rate"]["median"] / obvious["rate"]["median"]
        yield Claim("create phase, beside one httpx.AsyncClient, 50 ms, 64 lanes", rates, at_least=6)
        cpu = phase["cpu_ms"]["median"] / limit["cpu_ms"]["median"]
        yield Claim("CPU of a create, beside bare aiohttp, 50 ms, 64 lanes", cpu, at_most=2.5)
    whole = of(WHOLE, 0.02, 32)
    if whole:
        text = f"whole command on {whole['rows']:,} rows, beside bare aiohttp, 20 ms, 32 lanes"
        yield Claim(text, whole["beside_aiohttp"], at_least=0.8)


def _first_claims(rows: list[dict[str, Any]]) -> Iterator[Claim]:
    for row in rows:
        if row["answers"] is not None:
            into = "with numbers" if row["there"] else "that is empty"
            most = 4 if row["there"] else 6
            text = f"answers in a row before all lanes are busy, into a Kimai {into}, {1000 * row['latency']:g} ms"
            yield Claim(text, row["answers"]["busy"], at_most=most)


def _growth_claims(found: dict[str, Any]) -> Iterator[Claim]:
    rates = {(row["way"], row["rows"]): row["rate"] for row in found["rows"]}
    most = max(rows for _, rows in rates)
    gained = rates["cleared", most] / rates["continue", most]
    if most >= LARGE:
        text = f"creates a second with the number format cleared, beside with numbers, {most:,} rows there"
        yield Claim(text, gained, at_least=5)
    if found["foretold"] is not None:
        off = found["foretold"]["off"]
        yield Claim("estimates that were told before the end", len(off), at_least=1)
        yield Claim("the first estimate, off by", abs(off[0]) if off else 1.0, at_most=0.34)


def _plan_claims(rows: list[dict[str, Any]]) -> Iterator[Claim]:
    for row in rows:
        what = f"{row['rows']:,} rows of {row['activities']:,} activities"
        if row["rows"] == MILLION and row["activities"] == 630_000:
            yield Claim(f"{what}, planned, beside csv.reader", row["ratio"], at_most=4)
            yield Claim(f"{what}: peak MB", row["peak"]["median"] / MEGABYTE, at_most=300)
        elif row["rows"] == MILLION:
            yield Claim(f"{what}: MB above idle", row["above_idle"]["median"] / MEGABYTE, at_most=60)


def _compare_claims(found: dict[str, Any]) -> Iterator[Claim]:
    what = f"a second run over {found['activities']:,} activities"
    yield Claim(f"{what}, beside lists (decoded) plus reading", found["beside_lists_decoded"], at_most=1.5)
    yield Claim(f"{what}, beside lists (not decoded) plus reading", found["beside_lists"], at_most=1.5)
    yield Claim(f"{what}: creates sent", found["creates"], at_most=0)


def _book_claims(found: dict[str, Any]) -> Iterator[Claim]:
    what = f"{found['entries']:,} time entries"
    yield Claim(f"{what}, {found['lanes']} lanes, creates beside bare aiohttp", found["beside_aiohttp"], at_least=0.9)
    yield Claim(f"{what}, planned: bytes each", found["plan_bytes_each"], at_most=400)
    yield Claim(f"a second run over {what}, beside list plus reading", found["beside_list_and_plan"], at_most=1.5)
