"""What the pages say is true: commands, transcripts, options, links, figures, the map."""

from __future__ import annotations

import json
import re
import runpy
import shlex
import subprocess
import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
import typer.main
from test_layers import ROOMS, SANDBOX_ROOMS
from transcripts import PAGES, ROOT, SHELL, Block, Terminal, blocks, replay

import kimai_async
from kimai_async import KimaiImportError, Report
from kimai_async.explorer.cli import app as api
from kimai_async.fields.entry_vocabulary import entry_words
from kimai_async.fields.entry_words import ENGLISH, ENTRY_KEYS
from kimai_async.fields.vocabulary import fold, names
from kimai_async.report import Hours
from kimai_async.sandbox.cli import app as sandbox
from kimai_async.sandbox.faults.kinds import RATE_KINDS
from kimai_async.sandbox.serve import serving
from kimai_async.terminal.cli import app
from kimai_async.tree.nodes import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commands import Command

DOCS = ROOT / "docs"
README = ROOT / "README.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
ALL = [README, CONTRIBUTING, ROOT / "CHANGELOG.md", *PAGES, ROOT / "benchmarks" / "README.md"]
INNER = sorted((ROOT / "tests").glob("*/README.md"))
PICTURES = DOCS / "pictures"
WIDEST = 200_000
"""Bytes of a picture; a README must open fast."""

needs_a_shell = pytest.mark.skipif(SHELL is None, reason="needs a POSIX shell")


def text(page: Path) -> str:
    return page.read_text("utf-8")


def section(page: Path, heading: str) -> str:
    """What stands below a heading of a page, up to the next of its rank."""
    marks = heading.partition(" ")[0]
    found = text(page).partition(f"\n{heading}\n")[2]
    assert found, heading
    return re.split(rf"^#{{1,{len(marks)}}} ", found, maxsplit=1, flags=re.MULTILINE)[0]


def table(page: Path, heading: str) -> list[list[str]]:
    """The cells of the rows of the tables below a heading, without the heads."""
    lines = re.findall(r"^\|(.*)\|$", section(page, heading), re.MULTILINE)
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)] for line in lines]
    heads = {number - 1 for number, row in enumerate(rows) if set("".join(row)) <= {"-"}}
    return [row for number, row in enumerate(rows) if number not in heads and number - 1 not in heads]


def code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


# Commands


QUICK_START = re.findall(r"^```sh\n(.*?)^```", section(README, "## Quick start"), re.MULTILINE | re.DOTALL)
ELSEWHERE = [block for block in blocks([README]) if block.language == "sh" and block.text not in QUICK_START]


def test_the_quick_start_has_the_two_blocks_that_ci_runs() -> None:
    first, second = QUICK_START

    assert 'block "$number" | bash' in text(ROOT / ".ci" / "run")
    assert ".venv/bin/kimai-aimport tests/csv/demo.csv --sandbox" in first
    assert ".venv/bin/python -m pytest" in second


BLOCKS = [*ELSEWHERE, *(block for block in blocks(PAGES) if block.language == "sh")]
CALLS = [block for block in BLOCKS if not re.search(r"[|<>$;&#]", block.text)]
"""Those that only call the command; done in this process, a call takes a twentieth of the time."""


@pytest.mark.parametrize("block", CALLS, ids=str)
def test_every_call_of_a_page_works_as_written(
    block: Block, command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with Terminal(tmp_path) as terminal:
        monkeypatch.chdir(tmp_path)
        for line in block.text.replace("\\\n", "").splitlines():
            name, *arguments = shlex.split(line)
            assert name == "kimai-aimport"
            variables = {name: value for name, value in terminal.environment.items() if name in VARIABLES}
            done = command(*arguments, **variables)
            assert done.code == 0, done.err


@needs_a_shell
@pytest.mark.parametrize("block", [block for block in BLOCKS if block not in CALLS], ids=str)
def test_every_script_of_a_page_works_as_written(block: Block, tmp_path: Path) -> None:
    own = {"https://kimai.example.com": "$KIMAI_URL", "KIMAI_TOKEN=…": "KIMAI_TOKEN=$KIMAI_TOKEN"}
    script = block.text
    for written, meant in own.items():
        script = script.replace(written, meant)
    with Terminal(tmp_path) as terminal:
        exit_code, printed = terminal.run(script)

    assert exit_code == 0, printed


@needs_a_shell
@pytest.mark.parametrize("page", [page for page in PAGES if "```console" in text(page)], ids=lambda page: page.name)
def test_every_transcript_shows_what_is_printed_now(page: Path, tmp_path: Path) -> None:
    assert replay(page, tmp_path) == text(page)


@needs_a_shell
def test_a_transcript_that_is_wrong_is_put_right(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "Text.\n\n```console\n$ kimai-aimport tests/csv/demo.csv -q\nDone.\n$ kimai-api ping\n```\n", "utf-8"
    )

    assert replay(page, tmp_path / "folder") == (
        'Text.\n\n```console\n$ kimai-aimport tests/csv/demo.csv -q\n$ kimai-api ping\n{\n  "message": "pong"\n}\n```\n'
    )


def test_what_contributing_asks_for_is_the_quick_start_or_is_there() -> None:
    known = set(chain.from_iterable(block.splitlines() for block in QUICK_START))
    lines = [line for block in blocks([CONTRIBUTING]) if block.language == "sh" for line in block.text.splitlines()]
    others = [line for line in lines if line not in known]

    assert len(others) < len(lines)
    for line in others:
        assert line.startswith(("export KIMAI_TEST_", ".venv/bin/python "))
        assert all((ROOT / path).exists() for path in re.findall(r"(?<= )[a-z]+/[\w/.]+", line))


@pytest.mark.parametrize("block", [block for block in blocks(ALL) if block.language == "csv"], ids=str)
def test_every_csv_of_a_page_can_be_imported(block: Block, command: Command, tmp_path: Path) -> None:
    (tmp_path / "page.csv").write_text(block.text, "utf-8")

    assert command(tmp_path / "page.csv", "--sandbox").code == 0


@pytest.mark.parametrize("block", [block for block in blocks(ALL) if block.language == "python"], ids=str)
def test_every_program_of_a_page_runs(block: Block, tmp_path: Path) -> None:
    (tmp_path / "big.csv").write_bytes((ROOT / "tests" / "csv" / "demo.csv").read_bytes())
    with serving() as server:
        program = block.text.replace("https://kimai.example.com", server.url).replace('"…"', repr(server.token))
        done = subprocess.run(
            [sys.executable, "-X", "utf8", "-c", program],
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            check=True,
        )

    *told, last = done.stdout.splitlines()
    assert len(told) == 12
    assert "created / DEMO / FOO / Demand management" in told
    assert last.startswith("0 ")
    assert last.endswith(" None")


def test_a_block_is_of_a_kind_that_a_test_looks_at() -> None:
    assert {block.language for block in blocks(ALL)} <= {"sh", "console", "csv", "python", "text"}
    assert text(README).count("```") + sum(text(page).count("```") for page in PAGES) == 2 * len(
        list(blocks([README, *PAGES]))
    )


# Options


COMMANDS: dict[str, tuple[typer.Typer, Path]] = {
    "kimai-aimport": (app, DOCS / "options.md"),
    "kimai-api": (api, DOCS / "kimai-api.md"),
    "kimai-sandbox": (sandbox, DOCS / "sandbox.md"),
}


def parameters(command: Any) -> Iterator[Any]:
    """The options of a command and of its sub-commands."""
    yield from (parameter for parameter in command.params if parameter.param_type_name == "option")
    for inner in getattr(command, "commands", {}).values():
        yield from parameters(inner)


def options(command: typer.Typer) -> set[str]:
    return {
        option
        for parameter in parameters(typer.main.get_command(command))
        for option in (*parameter.opts, *parameter.secondary_opts)
    }


OPTIONS = {name: options(one) for name, (one, _) in COMMANDS.items()}
VARIABLES = {
    parameter.envvar
    for one, _ in COMMANDS.values()
    for parameter in parameters(typer.main.get_command(one))
    if parameter.envvar
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_on_its_commands_page(command: str) -> None:
    page = COMMANDS[command][1]
    shared = {"--version", "--help", "--install-completion", "--show-completion"}
    told = set(code(prose(page))) | (shared if command == "kimai-api" else set())

    assert OPTIONS[command] - told == set()


def test_the_pages_name_no_option_that_no_command_has() -> None:
    known = set().union(*OPTIONS.values(), {"--help"})
    spans = chain.from_iterable(code(prose(page)) for page in [README, *PAGES])
    named = set(chain.from_iterable(re.findall(r"(?<![\w-])--[a-z][a-z-]*", span) for span in spans))

    assert named - known == set()


def test_each_table_of_options_names_those_of_its_command_only() -> None:
    for command, (_, page) in COMMANDS.items():
        cells = [row[0] for row in re.findall(r"^\|([^|]*)\|(.*)\|$", text(page), re.MULTILINE)]
        named = {option for cell in cells for option in code(cell) if option.startswith("-")}

        assert named - {"--help"} - OPTIONS[command] == set()


def test_every_variable_stands_beside_its_option_and_there_is_no_other() -> None:
    rows = [row for row in re.findall(r"^\|(.*?)\|(.*?)\|", text(DOCS / "options.md"), re.MULTILINE) if "`-" in row[0]]
    beside = {option: variable for row in rows for option, variable in zip(code(row[0]), code(row[1]), strict=False)}

    for parameter in parameters(typer.main.get_command(app)):
        assert beside.get(parameter.opts[0]) == parameter.envvar
    named = set(chain.from_iterable(re.findall(r"\bKIMAI_[A-Z_]+\b", text(page)) for page in [README, *PAGES]))
    assert named == VARIABLES


def test_the_exit_codes_are_those_that_there_are() -> None:
    errors: list[type[KimaiImportError]] = [KimaiImportError, *KimaiImportError.__subclasses__()]

    told = {int(row[0]) for row in table(DOCS / "options.md", "## Exit codes")}

    done, some_rows, interrupted, bug = 0, 1, 130, 70
    assert told == {done, some_rows, interrupted, bug, *(error.exit_code for error in errors)}


def test_every_sub_command_is_on_its_page_and_no_other() -> None:
    group: Any = typer.main.get_command(api)
    there = {name for name in group.commands if name != "config"}
    there |= {f"config {name}" for name in group.commands["config"].commands}

    told = {name for row in table(DOCS / "kimai-api.md", "## Sub-commands") for name in code(row[0])}

    assert {name for name in told if not name.startswith("-")} == there


def test_every_fault_is_on_the_sandboxs_page_and_no_other() -> None:
    told = [name for row in table(DOCS / "sandbox.md", "## Things that go wrong") for name in code(row[0])]

    assert sorted(told) == sorted(RATE_KINDS)


def test_every_key_of_the_json_is_on_its_page_and_no_other() -> None:
    tables = {heading: table(DOCS / "json.md", heading) for heading in ("## A line for each thing", "## The summary")}
    line, summary = ([key for row in rows for key in code(row[0])] for rows in tables.values())

    assert summary == list(Report().summary())
    printed = next(block.text for block in blocks([DOCS / "json.md"]) if block.language == "console")
    unfolded = " ".join(printed.splitlines())
    assert line == list(json.loads(re.findall(r'\{"type": "created".*?\}\}', unfolded)[0]))


def test_every_key_of_the_hours_is_on_the_page_of_json_and_no_other() -> None:
    told = [key for row in table(DOCS / "json.md", "## Time entries") for key in code(row[0])]

    summary = Report(hours=Hours()).summary()
    assert told == list(summary["hours"])
    assert set(summary) - set(Report().summary()) == {"hours"}
    assert "entry" in summary["created"]


# Pages


def test_the_readme_is_short_and_knows_every_level() -> None:
    assert len(text(README).splitlines()) <= 160
    assert all(level.plural in text(README) for level in LEVELS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_begins_with_a_title_and_one_sentence_that_says_what_it_is_for(page: Path) -> None:
    title, sentence, _ = text(page).split("\n\n", 2)

    assert title.startswith("# ")
    assert sentence.endswith(".")
    assert len(re.findall(r"[.!?](?=\s|$)", sentence)) == 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_readme_leads_to_every_page(page: Path) -> None:
    assert f"](docs/{page.name})" in section(README, "## Read on")


def prose(page: Path) -> str:
    """A page without its blocks."""
    return re.sub(r"^```.*?^```", "", text(page), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> set[str]:
    """Where a page leads: links, and pictures in either way of writing."""
    found = re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"", prose(page))
    return {link for pair in found for link in pair if link}


@pytest.mark.parametrize("page", [*ALL, *INNER], ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        if link.startswith("https://"):
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert ROOT in [target, *target.parents], link
        assert not anchor or anchor in anchors(target), link


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    assert "## Unreleased" in text(ROOT / "CHANGELOG.md")


def test_the_everyday_headings_that_the_page_of_columns_names_are_known() -> None:
    lines = re.findall(r"^  \|(.*)\|$", section(DOCS / "columns.md", "## Headings, delimiter, encoding"), re.MULTILINE)

    assert len(lines) == 9
    for _, *cells in (line.split("|") for line in lines[2:]):
        for level, cell in zip(LEVELS, cells, strict=True):
            assert {names()[fold(word)] for word in code(cell)} == {level}


def test_the_headings_of_time_entries_that_the_page_names_are_all_that_are_known() -> None:
    *rows, (_, custom, _) = table(DOCS / "time-entries.md", "## Columns")
    told = {key.removeprefix("entry."): row[1] for row in rows for key in code(row[0])}

    assert custom == "`meta.NAME`"
    assert list(told) == list(ENTRY_KEYS)
    for key, words in ENGLISH.items():
        assert {fold(word) for word in words} <= {fold(word) for word in code(told[key])}
    for row in rows:
        assert {f"entry.{entry_words([fold(word)])[fold(word)]}" for word in code(row[1])} == set(code(row[0]))


def test_the_page_of_time_entries_has_all_options_that_the_page_of_options_has_for_them() -> None:
    there = {option for row in table(DOCS / "options.md", "## Time entries") for option in code(row[0])}
    told = {option for row in table(DOCS / "time-entries.md", "## Options") for option in code(row[0])}

    assert there - {"--new-tags"} <= told


# Figures and pictures


RATES = {
    "bare aiohttp": "bare aiohttp",
    "**kimai-aimport**, creates alone": "kimai-aimport, create phase",
    "**kimai-aimport**, the whole command": "kimai-aimport, whole command",
    "one shared `httpx.AsyncClient`, `gather` and a semaphore": "one httpx.AsyncClient",
    "one after the other, as the sample importer does": "one after the other",
}
"""The rows of the README's table, and what the benchmarks call them."""


def test_the_rates_are_those_that_were_measured() -> None:
    results = json.loads(text(ROOT / "benchmarks" / "results.json"))["create"]
    medians = {
        (row["client"], row["lanes"]): row["rate"]["median"] for row in results if row["latency"] == pytest.approx(0.05)
    }
    ideal, *rows = table(README, "## How fast")

    assert [cell.replace(",", "") for cell in ideal[1:]] == [f"{lanes * 20}/s" for lanes in (8, 32, 64, 128)]
    assert {row[0] for row in rows} == set(RATES)
    for name, *cells in rows:
        lanes = (1,) if name.startswith("one after") else (8, 32, 64, 128)
        told = [int(cell.partition("/s")[0].replace(",", "")) for cell in cells if cell]
        assert told == [round(medians[RATES[name], count]) for count in lanes]


def test_the_pictures_are_small_and_load_nothing() -> None:
    pictures = {path.name: path for path in PICTURES.iterdir() if path.suffix in (".svg", ".png")}

    assert set(pictures) == {
        "run.svg",
        *(f"{name}-{scheme}.png" for name in ("browse", "page") for scheme in ("light", "dark")),
    }
    assert all(path.stat().st_size < WIDEST for path in pictures.values())
    outside = re.findall(r"(?:https?:)?//[^\"' )]+|@import|@font-face|<image", text(pictures["run.svg"]))
    assert set(outside) == {"http://www.w3.org/2000/svg"}


def drawn(svg: str) -> list[str]:
    """The words of a picture of a terminal, without times, rates and bars."""
    rows = [(float(one.get("y", 0)), one.text or "") for one in ET.fromstring(svg).iter() if one.tag.endswith("}text")]
    words = re.sub(r"\[\d\d:\d\d<.*?/s\]|\d+\.\d s|█+", "…", " ".join(row for _, row in rows).replace("\xa0", " "))
    return words.split()


def test_the_picture_of_a_run_shows_what_is_printed_now(tmp_path: Path) -> None:
    pytest.importorskip("pty", reason="needs a pseudo-terminal")
    pytest.importorskip("playwright", reason="needs the Python package playwright")
    make = runpy.run_path(str(PICTURES / "make.py"))
    with make["filled"](tmp_path) as (_, screens):
        assert drawn(make["draw"](screens)) == drawn(text(PICTURES / "run.svg"))


# The map


def mapped(heads: str) -> set[str]:
    """The rooms and modules in the first column of a table of CONTRIBUTING's map."""
    found = section(CONTRIBUTING, "## The map").partition(heads)[2].split("\n\n")
    rows = next(part for part in found if part.startswith("|"))
    return {name for line in rows.splitlines()[2:] for name in code(line.split("|")[1])}


def in_folder(folder: Path) -> set[str]:
    rooms = {f"{path.parent.name}/" for path in folder.glob("*/__init__.py")}
    return rooms | {path.name for path in folder.glob("*.py")} - {"__init__.py", "__main__.py"}


def test_contributings_map_has_every_room_and_module_beside_them_and_none_that_is_gone() -> None:
    package = Path(kimai_async.__file__).parent

    assert mapped("The rooms of") | mapped("Beside the rooms") == in_folder(package)
    assert mapped("The sandbox's own rooms") == in_folder(package / "sandbox")


def test_contributings_map_and_the_table_of_imports_know_the_same_rooms() -> None:
    names = {name.rstrip("/").removesuffix(".py") for name in mapped("The rooms of") | mapped("Beside the rooms")}
    inner = {name.rstrip("/").removesuffix(".py") for name in mapped("The sandbox's own rooms")}

    assert names == set(ROOMS)
    assert inner == {name for name in SANDBOX_ROOMS if name}


def test_every_file_that_contributing_names_is_there() -> None:
    bases = [ROOT, ROOT / "kimai_async"]
    named = {name for name in code(text(CONTRIBUTING)) if re.fullmatch(r"[\w./-]+(?:/|\.py)", name)}

    assert [name for name in named if not any(list(base.glob(f"**/{name}")) for base in bases)] == []
