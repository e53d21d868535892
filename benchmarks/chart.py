"""One picture of the creates, as an SVG written by hand: creations per second over lanes.

Its colours stand out from a white page and from a dark one alike: a picture can ask for the dark mode of the browser,
not for that of the page it stands on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from benchmarks.create import AIOHTTP, OBVIOUS, PHASE, SEQUENTIAL, WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH, HEIGHT = 744, 420
LEFT, RIGHT, TOP, BOTTOM = 62, 484, 62, 358
LABEL_GAP = 31
LATENCY = 0.05
"""The latency that is drawn if it was measured; else the longest that was."""

INK = "#727b85"
BLUE, GREEN, ORANGE, RED = "#2a7ade", "#178a4c", "#b3601e", "#d0475f"
_FONT = "font-family: -apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Point:
    """Creations a second at a number of lanes: the median of the repeats, the least and the most."""

    lanes: int
    rate: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Line:
    """A client, in a colour; *style* is SVG's."""

    name: str
    colour: str
    points: Sequence[Point]
    style: str = "stroke-width:2"
    note: str = ""

    @property
    def rate(self) -> float:
        """Where the line ends, and its label stands."""
        return self.points[-1].rate


@dataclass(frozen=True, slots=True)
class Scales:
    """From lanes and rates to the picture's pixels; both axes are linear and begin at 0."""

    lanes: float
    rate: float

    def x(self, lanes: float) -> float:
        """Return how far to the right."""
        return round(LEFT + (RIGHT - LEFT) * lanes / self.lanes, 1)

    def y(self, rate: float) -> float:
        """Return how far down."""
        return round(BOTTOM - (BOTTOM - TOP) * rate / self.rate, 1)


def draw(rows: Sequence[dict[str, Any]]) -> str:
    """Return the SVG for the rows that `measure_creates` returned; raises ValueError without any with a latency."""
    latencies = {row["latency"] for row in rows if row["latency"]}
    latency = LATENCY if LATENCY in latencies else max(latencies)
    rows = [row for row in rows if row["latency"] == latency]
    lines = list(_lines(rows, latency))
    scales = Scales(max(row["lanes"] for row in rows), max(line.rate for line in lines))
    heading = f"Creations per second, on a server that answers after {1000 * latency:g} ms"
    body = [
        *_axes(sorted({row["lanes"] for row in rows}), scales),
        *(part for line in lines for part in _curve(line, scales)),
        *_labels(lines, scales),
    ]
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
            f"<title>{escape(heading)}</title>",
            f"<desc>{escape('; '.join(f'{line.name}: {_said(line)}' for line in lines))}</desc>",
            f"<style>text {{ {_FONT}; font-size: 13px; fill: {INK} }} .name {{ font-weight: 600 }}</style>",
            f'<text x="{LEFT - 48}" y="26" style="font-size:16px;font-weight:600">{escape(heading)}</text>',
            *body,
            "</svg>\n",
        ]
    )


def _lines(rows: Sequence[dict[str, Any]], latency: float) -> Iterable[Line]:
    lanes = sorted({row["lanes"] for row in rows})
    yield Line(
        "ideal: lanes ÷ answer time",
        INK,
        [Point(many, many / latency, many / latency, many / latency) for many in (0, lanes[-1])],
        "stroke-width:1.5;stroke-dasharray:5 4",
    )
    yield Line(AIOHTTP.name, GREEN, _points(rows, AIOHTTP.name))
    yield Line(PHASE.name, BLUE, _points(rows, PHASE.name), "stroke-width:3")
    yield Line(WHOLE.name, BLUE, _points(rows, WHOLE.name), "stroke-width:1.5", ", start and lists included")
    yield Line(OBVIOUS.name, ORANGE, _points(rows, OBVIOUS.name))
    alone = _points(rows, SEQUENTIAL.name)
    if alone:  # it has one lane, however many there are
        only = alone[0]
        yield Line(SEQUENTIAL.name, RED, [Point(many, only.rate, only.least, only.most) for many in (1, lanes[-1])])


def _points(rows: Sequence[dict[str, Any]], client: str) -> list[Point]:
    found = sorted((row for row in rows if row["client"] == client), key=lambda row: int(row["lanes"]))
    return [Point(row["lanes"], row["rate"]["median"], row["rate"]["least"], row["rate"]["most"]) for row in found]


def _axes(lanes: Sequence[int], scales: Scales) -> Iterable[str]:
    step = _step(scales.rate)
    for rate in range(0, int(scales.rate) + 1, step):
        y = scales.y(rate)
        yield f'<path d="M{LEFT} {y}H{RIGHT}" stroke="{INK}" stroke-opacity="{0.25 if rate else 1}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4.5:.1f}" text-anchor="end">{rate:,}</text>'
    for many in lanes:
        x = scales.x(many)
        yield f'<path d="M{x} {BOTTOM}v5" stroke="{INK}"/>'
        yield f'<text x="{x}" y="{BOTTOM + 20}" text-anchor="middle">{many}</text>'
    yield f'<text x="{LEFT - 48}" y="{TOP - 14}">creations / s</text>'
    middle = (LEFT + RIGHT) / 2
    yield f'<text x="{middle}" y="{BOTTOM + 44}" text-anchor="middle">lanes (creates under way at once)</text>'


def _step(most: float) -> int:
    """Return a round distance of grid lines, so that there are four to eight of them."""
    rough = most / 6
    power = 10 ** math.floor(math.log10(rough))
    return max(1, int(power * next(factor for factor in (1, 2, 5, 10) if factor * power >= rough)))


def _curve(line: Line, scales: Scales) -> Iterable[str]:
    path = "L".join(f"{scales.x(point.lanes)} {scales.y(point.rate)}" for point in line.points)
    yield f'<path d="M{path}" fill="none" stroke="{line.colour}" style="{line.style}" stroke-linejoin="round"/>'
    for point in line.points:
        if point.least < point.most and len(line.points) > 2:
            x, low, high = scales.x(point.lanes), scales.y(point.least), scales.y(point.most)
            yield f'<path d="M{x} {low}V{high}" stroke="{line.colour}" style="stroke-width:1.5"/>'
        if line.colour != INK and len(line.points) > 2:
            yield f'<circle cx="{scales.x(point.lanes)}" cy="{scales.y(point.rate)}" r="3" fill="{line.colour}"/>'


def _labels(lines: Sequence[Line], scales: Scales) -> Iterable[str]:
    """Yield each line's name and rate beside its end, moved apart where the ends are close."""
    placed = sorted(lines, key=lambda line: -line.rate)
    wanted = [scales.y(line.rate) for line in placed]
    for line, y in zip(placed, _spread_out(wanted), strict=True):
        end = scales.y(line.rate)
        yield f'<path d="M{RIGHT + 5} {end}L{RIGHT + 16} {y}" fill="none" stroke="{line.colour}"/>'
        yield (
            f'<text x="{RIGHT + 20}" y="{y - 1:.1f}" class="name" style="fill:{line.colour}">{escape(line.name)}</text>'
            f'<text x="{RIGHT + 20}" y="{y + 14:.1f}">{escape(_said(line))}</text>'
        )


def _spread_out(wanted: Sequence[float]) -> list[float]:
    """Move positions, which ascend, so far apart that labels fit, and not below the axis."""
    lowest = BOTTOM - 10
    places: list[float] = []
    for index, y in enumerate(reversed(wanted)):
        places.append(min(y, lowest if index == 0 else places[-1] - LABEL_GAP))
    return places[::-1]


def _said(line: Line) -> str:
    return f"{line.rate:,.0f}/s{line.note}"
