"""That the benchmarks measure what they say; how fast anything is, no test can tell."""

from __future__ import annotations

import io
import itertools
import json
import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import anyio
import pytest
import typer
from systems import processes
from typer.testing import CliRunner

from benchmarks import __main__ as command
from benchmarks import chart, create
from benchmarks.claims import Claim, claims
from benchmarks.measure import MeasurementError, Spread, run_process, serving
from benchmarks.scale import FULL, MILLION, Scale
from benchmarks.workload import Workload
from kimai_async import Kind, Level, Settings, import_csv
from kimai_async.tree.nodes import LEVELS

pytestmark = processes

TINY = Scale(
    seconds={0.01: 0.02},
    lanes=(1, 4),
    repeats=1,
    fewer_repeats={},
    rows={},
    plans=(Workload(1_000, 630),),
    there=200,
    starts=1,
    entries=120,
    first=(0.0, 0.05),
    grown=(50,),
    grown_seconds=0.1,
    foretold=None,
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any], str]:
    """The output, the JSON and the picture of a run over everything."""
    folder = tmp_path_factory.mktemp("benchmarks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "QUICK", TINY)
        app = typer.Typer()
        app.command()(command.main)
        done = CliRunner().invoke(
            app,
            ["all", "--quick", "--json", str(folder / "results.json"), "--svg", str(folder / "creates.svg")],
            catch_exceptions=False,
        )
    assert done.exit_code == 0
    results = json.loads((folder / "results.json").read_text("utf-8"))
    return done.stdout, results, (folder / "creates.svg").read_text("utf-8")


def test_a_run_shows_every_part(run: tuple[str, dict[str, Any], str]) -> None:
    output, results, _ = run

    assert {"machine", "create", "plan", "compare", "start", "first", "growth"} < set(results)
    assert all(row["client"] in output for row in results["create"])
    for title in ("Creates", "Reading and planning", "A second run over 200", "Starts", "What must hold"):
        assert title in output


def test_every_client_opens_no_more_connections_than_lanes(run: tuple[str, dict[str, Any], str]) -> None:
    rows = run[1]["create"]

    assert [row["client"] for row in rows if row["lanes"] == 4] == [
        client.name for client in (create.OBVIOUS, create.AIOHTTP, create.PHASE, create.WHOLE)
    ]
    assert all(1 <= row["connections"]["most"] <= row["lanes"] + 3 for row in rows)


def test_no_client_is_faster_than_the_ideal(run: tuple[str, dict[str, Any], str]) -> None:
    assert all(0 < row["share"] <= 1 for row in run[1]["create"])


def test_every_single_run_is_in_the_json(run: tuple[str, dict[str, Any], str]) -> None:
    results = run[1]

    assert all(len(row["runs"]) == 1 and row["runs"][0]["peak"] > 1_000_000 for row in results["create"])
    assert [row["activities"] for row in results["plan"]] == [630]
    assert results["compare"]["runs"]["run_again"][0]["more"]["there"] == 200


def texts(svg: str) -> list[ET.Element]:
    return list(ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"))


def words(svg: str) -> list[str]:
    return ["".join(text.itertext()) for text in texts(svg)]


def test_the_picture_is_well_formed_and_names_axes_and_lines(run: tuple[str, dict[str, Any], str]) -> None:
    assert ET.fromstring(run[2]).get("viewBox") == f"0 0 {chart.WIDTH} {chart.HEIGHT}"
    assert any(text.startswith("lanes") for text in words(run[2]))
    assert {"creations / s", "bare aiohttp", "kimai-aimport, create phase", "one after the other"} <= set(words(run[2]))


def test_the_picture_says_itself_what_it_shows(run: tuple[str, dict[str, Any], str]) -> None:
    title = ET.fromstring(run[2]).findtext("{http://www.w3.org/2000/svg}title")
    told = ET.fromstring(run[2]).findtext(".//{http://purl.org/dc/elements/1.1/}description")

    assert title == "Creations per second, on a server that answers after 10 ms"
    assert told is not None
    assert told.startswith("ideal: lanes ÷ answer time: 400/s; bare aiohttp: ")


def test_every_label_ends_within_the_picture(run: tuple[str, dict[str, Any], str]) -> None:
    widest = 0.63  # a bold letter, in the font's size, on the average of a name
    names = [text for text in texts(run[2]) if "font-weight: 700" in text.get("style", "")]

    assert len(names) == 1 + 6
    for text in names:
        size = float(text.get("style", "").partition("font-size: ")[2].partition("px")[0])
        assert float(text.get("x", "0")) + widest * size * len("".join(text.itertext())) <= chart.WIDTH


def test_the_same_figures_give_the_same_picture(run: tuple[str, dict[str, Any], str]) -> None:
    again = chart.draw(run[1]["create"])

    assert again == run[2]
    assert not re.search(r"\b20\d\d-\d\d|Matplotlib", again)


def test_the_picture_that_is_kept_shows_the_figures_that_are_kept() -> None:
    folder = Path(chart.__file__).parent
    rows = json.loads((folder / "results.json").read_text("utf-8"))["create"]

    assert words((folder / "creates.svg").read_text("utf-8")) == words(chart.draw(rows))


def test_ten_rows_wait_for_five_answers_in_a_row_and_for_four_where_there_are_numbers(
    run: tuple[str, dict[str, Any], str],
) -> None:
    answers = {(row["there"] > 0, row["latency"]): row["answers"] for row in run[1]["first"]}

    assert set(answers) == {(False, 0.0), (True, 0.0), (False, 0.05), (True, 0.05)}
    assert answers[False, 0.0] is None
    assert answers[False, 0.05]["first"] < answers[False, 0.05]["busy"]


def test_the_picture_of_rows_names_the_three_ways_and_whose_figures_are_whose(
    run: tuple[str, dict[str, Any], str],
) -> None:
    rows = run[1]["growth"]["rows"]
    said = words(chart.draw_growth(rows))

    assert [row["way"] for row in rows] == ["continue", "none", "cleared"]
    assert {"with numbers", "--numbers none", "number format cleared", "activities there"} <= set(said)
    assert any("a live Kimai 2.65 on two cores" in text for text in said)


def test_answers_in_a_row_and_estimates_are_held_to_their_bounds() -> None:
    first = [
        {"there": there, "latency": latency, "answers": None if not latency else {"first": 2, "busy": busy}}
        for there, busy in ((0, 7), (3_000, 4))
        for latency in (0.0, 0.2)
    ]
    rows = [{"way": way, "rows": 100_000, "rate": rate} for way, rate in (("continue", 10.0), ("cleared", 100.0))]
    growth = {"rows": rows, "foretold": {"off": [-0.5]}}
    found = list(claims({"first": first, "growth": growth}))

    assert [claim.holds for claim in found] == [False, True, True, True, False]


def test_labels_stand_apart_and_above_the_axis() -> None:
    places = chart.spread_out([1.0, 6.0, 200.0, 201.0, 210.0])

    assert all(above - below >= chart.LABEL_GAP for below, above in itertools.pairwise(places))
    assert places[0] > 0
    assert places[2] == 200


def test_a_picture_without_matplotlib_is_refused_before_anything_is_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delitem(sys.modules, "benchmarks.chart")
    monkeypatch.delattr(sys.modules["benchmarks"], "chart")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr(command, "PARTS", {command.What.CREATE: lambda _: pytest.fail("measured")})

    with pytest.raises(typer.BadParameter, match=r"^--svg needs matplotlib: pip install 'kimai-aimport\[bench\]'\.$"):
        command.main(command.What.CREATE, quick=True, svg=tmp_path / "creates.svg")


@pytest.mark.parametrize("page", ["#ffffff", "#0d1117"])
@pytest.mark.parametrize("colour", [chart.INK, chart.BLUE, chart.GREEN, chart.ORANGE, chart.RED])
def test_every_colour_stands_out_from_githubs_pages(colour: str, page: str) -> None:
    dark, light = sorted((luminance(colour), luminance(page)))

    assert (light + 0.05) / (dark + 0.05) >= 4


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(part, 16) / 255 for part in re.findall("[0-9a-f]{2}", colour)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_an_import_into_the_server_works_and_is_counted() -> None:
    rows = io.BytesIO(b"Customer,Project,Activity\n" + b"".join(b"AA,BB,A%02d\n" % number for number in range(20)))
    with serving(0.001) as server:
        settings = Settings(url=server.url, token="any", concurrency=4)
        report = anyio.run(lambda: import_csv(rows, settings))
        stats = server.stats()

    assert report.exit_code == 0
    assert [report.counts[Kind.CREATED][level] for level in LEVELS] == [1, 1, 20]
    assert stats["creates"] == {"customers": 1, "projects": 1, "activities": 20}
    assert stats["names"] == 20
    assert 1 <= stats["connections"] <= 4 + len(Level)  # the lanes', and one for each list


def test_a_client_that_creates_a_row_twice_ends_the_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(create, "RAW", None)  # it sends one name over and over
    cell = create.Cell(0.0, 2, 0.01, None)
    client = create.Client("the same again", "raw")

    with serving(0) as server, pytest.raises(MeasurementError, match="creates of 1 names"):
        create._run(client, cell, server, server)


def test_a_process_that_fails_is_quoted() -> None:
    with pytest.raises(MeasurementError, match=r"(?s)ended with 1.*no luck"):
        run_process([sys.executable, "-c", "raise SystemExit('no luck')"])


def test_a_process_on_a_terminal_sees_one() -> None:
    script = "import os, sys; print(sys.stderr.isatty(), os.get_terminal_size(2).columns)"

    assert run_process([sys.executable, "-c", script], on_terminal=True)[1] == "True 100\n"
    assert run_process([sys.executable, "-c", "import sys; print(sys.stderr.isatty())"])[1] == "False\n"


@pytest.mark.parametrize(("rows", "activities"), [(1, 1), (10, 10), (1_000, 630), (1_000, 5), (4_096, 999)])
def test_a_file_names_each_of_its_activities(rows: int, activities: int, tmp_path: Path) -> None:
    workload = Workload(rows, activities)
    lines = workload.write(tmp_path / "file.csv").read_text("utf-8").splitlines()

    assert len(lines) == 1 + rows
    assert len(set(lines[1:])) == activities
    assert lines[1:] == [",".join(row) for row in workload]


def test_a_spread_is_the_median_between_the_ends() -> None:
    assert Spread.of([3, 1, 10]) == Spread(median=3, least=1, most=10)


def test_a_claim_has_one_bound() -> None:
    assert Claim("fast", 0.9, at_least=0.9).holds
    assert not Claim("fast", 0.89, at_least=0.9).holds
    assert Claim("small", 60, at_most=60).holds
    assert not Claim("small", 61, at_most=60).holds


def test_the_full_run_has_what_every_claim_asks_for() -> None:
    spread = {"median": 1.0, "least": 1.0, "most": 1.0}
    figures = {"rate": spread, "cpu_ms": spread, "connections": spread, "beside_aiohttp": 1.0, "rows": 5_000}
    cells = [create.Cell(latency, lanes, 1.0, None) for latency in FULL.seconds for lanes in FULL.lanes]
    creates = [
        {**figures, "client": client.name, "latency": cell.latency, "lanes": cell.lanes}
        for cell in cells
        for client in cell.clients()
    ]
    plans = [
        {"rows": plan.rows, "activities": plan.activities, "ratio": 1.0, "peak": spread, "above_idle": spread}
        for plan in FULL.plans
    ]
    found = list(claims({"create": creates, "plan": plans}))

    assert len(found) == 4 + 4 + 2 + 1 + 3
    assert [claim.text for claim in found if not claim.holds] == [
        "create phase, beside one httpx.AsyncClient, 50 ms, 64 lanes"
    ]
    assert FULL.rows == {(0.02, 32): 5_000}
    assert MILLION == 1_000_000
