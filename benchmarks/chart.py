"""One picture of the creates, drawn by matplotlib: creations per second over lanes, as an SVG.

Its ground is transparent and its colours stand out from a white page and from a dark one alike: a picture can ask for
the dark mode of the browser, not for that of the page it stands on. Texts stay texts, in the reader's own font.
"""

from __future__ import annotations

import io
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from benchmarks.create import AIOHTTP, OBVIOUS, PHASE, SEQUENTIAL, WHOLE
from benchmarks.growth import LIVE, WAYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes

WIDTH, HEIGHT = 558, 315
"""Points, which are SVG's units; a page shows 4/3 pixels for each."""
LEFT, RIGHT, TOP, BOTTOM = 46, 363, 46, 268
LABEL_GAP = 23
LATENCY = 0.05
"""The latency that is drawn if it was measured; else the longest that was."""

INK = "#727b85"
BLUE, GREEN, ORANGE, RED = "#2a7ade", "#178a4c", "#b3601e", "#d0475f"
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "creates",  # else its ids are new ones each time
    "font.sans-serif": ["Segoe UI", "Noto Sans", "Helvetica", "Arial", "DejaVu Sans"],
    "font.size": 9.75,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "lines.linewidth": 1.5,
    "lines.markersize": 4.5,
    "lines.solid_joinstyle": "round",
}


@dataclass(frozen=True, slots=True)
class Point:
    """Creations a second at a number of lanes: the median of the repeats, the least and the most."""

    lanes: int
    rate: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Line:
    """A client, in a colour; *style* is matplotlib's."""

    name: str
    colour: str
    points: Sequence[Point]
    style: dict[str, Any]
    note: str = ""

    @property
    def rate(self) -> float:
        """Where the line ends, and its label stands."""
        return self.points[-1].rate

    @property
    def said(self) -> str:
        """The rate in words."""
        return f"{self.rate:,.0f}/s{self.note}"


def draw(rows: Sequence[dict[str, Any]]) -> str:
    """Return the SVG for the rows that `measure_creates` returned; raises ValueError without any with a latency."""
    latencies = {row["latency"] for row in rows if row["latency"]}
    latency = LATENCY if LATENCY in latencies else max(latencies)
    rows = [row for row in rows if row["latency"] == latency]
    lines = list(_lines(rows, latency))
    heading = f"Creations per second, on a server that answers after {1000 * latency:g} ms"
    with rc_context(_STYLE):
        figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=72)
        place = (LEFT / WIDTH, 1 - BOTTOM / HEIGHT, (RIGHT - LEFT) / WIDTH, (BOTTOM - TOP) / HEIGHT)
        axes = figure.add_axes(place)
        figure.text(10 / WIDTH, 1 - 20 / HEIGHT, heading, size=12, weight="bold")
        _prepare(axes, sorted({row["lanes"] for row in rows}), max(line.rate for line in lines))
        for line in lines:
            _plot(axes, line)
        _label(axes, lines)
        return _svg(figure, heading, "; ".join(f"{line.name}: {line.said}" for line in lines))


def draw_growth(rows: Sequence[dict[str, Any]]) -> str:
    """Return the SVG for the rows that `measure_growth` returned, with what a live server did in thin lines."""
    colours = {"continue": RED, "none": ORANGE, "cleared": BLUE}
    lines = [
        Line(WAYS[way], colour, [_grown(row) for row in rows if row["way"] == way], {"marker": "o", "linewidth": 2.2})
        for way, colour in colours.items()
    ]
    there = sorted({row["rows"] for row in rows})
    heading = "Creations per second beside the activities that are there, 8 lanes"
    with rc_context({**_STYLE, "svg.hashsalt": "rows"}):
        figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=72)
        place = (LEFT / WIDTH, 1 - BOTTOM / HEIGHT, (RIGHT - LEFT) / WIDTH, (BOTTOM - TOP) / HEIGHT)
        axes = figure.add_axes(place)
        figure.text(10 / WIDTH, 1 - 20 / HEIGHT, heading, size=12, weight="bold")
        _prepare(axes, there, 170)
        axes.set_xlim(0, there[-1])
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axes.set_xlabel("activities there", labelpad=9)
        for line in lines:
            _plot(axes, line)
        for way, colour in colours.items():
            live = [Point(many, (least + most) / 2, least, most) for many, (least, most) in LIVE[way].items()]
            _plot(axes, Line("", colour, live, {"linestyle": ":", "linewidth": 1.1, "marker": "D", "markersize": 3.5}))
        _label(axes, lines)
        note = "bold: the sandbox with --scan-cost; dotted: a live Kimai 2.65 on two cores"
        figure.text(10 / WIDTH, 8 / HEIGHT, note, size=8.5)
        return _svg(figure, heading, "; ".join(f"{line.name}: {line.said}" for line in lines))


def _grown(row: dict[str, Any]) -> Point:
    return Point(row["rows"], row["rate"], row["rate"], row["rate"])


def _lines(rows: Sequence[dict[str, Any]], latency: float) -> Iterator[Line]:
    lanes = sorted({row["lanes"] for row in rows})
    ideal = [Point(many, many / latency, many / latency, many / latency) for many in (0, lanes[-1])]
    yield Line("ideal: lanes ÷ answer time", INK, ideal, {"linewidth": 1.1, "linestyle": (0, (5, 4))})
    yield Line(AIOHTTP.name, GREEN, _points(rows, AIOHTTP.name), {"marker": "o"})
    yield Line(PHASE.name, BLUE, _points(rows, PHASE.name), {"marker": "o", "linewidth": 2.2})
    whole = {"marker": "o", "linewidth": 1.1}
    yield Line(WHOLE.name, BLUE, _points(rows, WHOLE.name), whole, ", start and lists included")
    yield Line(OBVIOUS.name, ORANGE, _points(rows, OBVIOUS.name), {"marker": "o"})
    alone = _points(rows, SEQUENTIAL.name)
    if alone:  # it has one lane, however many there are
        only = alone[0]
        yield Line(SEQUENTIAL.name, RED, [Point(many, only.rate, only.rate, only.rate) for many in (1, lanes[-1])], {})


def _points(rows: Sequence[dict[str, Any]], client: str) -> list[Point]:
    found = sorted((row for row in rows if row["client"] == client), key=lambda row: int(row["lanes"]))
    return [Point(row["lanes"], row["rate"]["median"], row["rate"]["least"], row["rate"]["most"]) for row in found]


def _prepare(axes: Axes, lanes: Sequence[int], most: float) -> None:
    axes.set(xlim=(0, lanes[-1]), ylim=(0, most), xticks=lanes)
    axes.set_xlabel("lanes (creates under way at once)", labelpad=9)
    axes.patch.set_visible(False)
    axes.spines[["left", "top", "right"]].set_visible(False)
    axes.grid(axis="y", color=INK, alpha=0.25, linewidth=0.75)
    axes.tick_params(axis="y", length=0)
    axes.yaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10], integer=True))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.annotate("creations / s", (0, most), (-LEFT + 10, 10), textcoords="offset points")


def _plot(axes: Axes, line: Line) -> None:
    rates = [point.rate for point in line.points]
    spread = [[point.rate - point.least for point in line.points], [point.most - point.rate for point in line.points]]
    lanes = [point.lanes for point in line.points]
    axes.errorbar(lanes, rates, spread, color=line.colour, elinewidth=1.1, clip_on=False, **line.style)


def _label(axes: Axes, lines: Sequence[Line]) -> None:
    """Write each line's name and rate beside its end, moved apart where the ends are close."""
    lowest = sorted(lines, key=lambda line: line.rate)
    points = (BOTTOM - TOP) / axes.get_ylim()[1]
    for line, place in zip(lowest, spread_out([points * line.rate for line in lowest]), strict=True):
        end = (axes.get_xlim()[1], line.rate)
        away = place - points * line.rate
        arrow = {"arrowstyle": "-", "color": line.colour, "linewidth": 0.75, "shrinkA": 0, "shrinkB": 4}
        axes.annotate("", end, (12, away), textcoords="offset points", arrowprops=arrow)
        axes.annotate(line.name, end, (15, away), textcoords="offset points", weight="bold", color=line.colour)
        axes.annotate(line.said, end, (15, away - 11), textcoords="offset points")


def spread_out(wanted: Sequence[float]) -> list[float]:
    """Move heights, which ascend, up until labels fit between them and above the axis."""
    first = max(wanted[0], LABEL_GAP / 3)
    return list(itertools.accumulate(wanted[1:], lambda below, y: max(y, below + LABEL_GAP), initial=first))


def _svg(figure: Figure, heading: str, description: str) -> str:
    file = io.StringIO()
    about = {"Title": heading, "Description": description, "Creator": None, "Date": None}
    figure.savefig(file, format="svg", transparent=True, metadata=about)
    return file.getvalue()
