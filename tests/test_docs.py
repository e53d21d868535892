"""What the documents say is true."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer.main

import kimai_async
from kimai_async.sandbox.serve import serving
from kimai_async.terminal.cli import app
from kimai_async.tree.nodes import LEVELS

if TYPE_CHECKING:
    from commands import Command

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PARAMETERS = {parameter.name: parameter for parameter in typer.main.get_command(app).params}


@pytest.mark.parametrize("name", sorted(filter(None, PARAMETERS)))
def test_every_option_and_its_variable_are_in_the_readme(name: str) -> None:
    parameter = PARAMETERS[name]
    options = [option for option in parameter.opts if option.startswith("-")]

    assert all(f"`{option}`" in README for option in options)
    assert parameter.envvar is None or f"`{parameter.envvar}`" in README


def test_the_readme_names_no_option_that_does_not_exist() -> None:
    table = README.partition("## Options")[2].partition("### `--json`")[0]
    named = set(re.findall(r"`(--[a-z-]+)`", table))
    known = {option for parameter in PARAMETERS.values() for option in parameter.opts}

    assert named - known == {"--help"}


def mapped() -> dict[str, set[str]]:
    """The modules on CONTRIBUTING's map, by the folder below kimai_async that their table's heading names."""
    found: dict[str, set[str]] = {}
    for section in re.split(r"^###? ", CONTRIBUTING, flags=re.MULTILINE):
        folder = re.match(r"[^\n]*`kimai_async/(\w+)/`", section)
        cells = re.findall(r"^\| (`\w+\.py`(?:, `\w+\.py`)*) \|", section, re.MULTILINE)
        if cells:
            found[folder[1] if folder else ""] = set(re.findall(r"\w+\.py", " ".join(cells)))
    return found


def test_contributings_map_has_every_module_and_none_that_is_gone() -> None:
    package = Path(kimai_async.__file__).parent
    folders = {"", *(path.parent.name for path in package.glob("*/__init__.py"))}

    assert mapped() == {
        folder: {path.name for path in (package / folder).glob("*.py")} - {"__main__.py"} for folder in folders
    }


def test_the_readme_knows_every_level() -> None:
    assert all(level.capitalize() in README for level in LEVELS)


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    assert "## Unreleased" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def commands_of_other_tools() -> list[str]:
    section = README.partition("### Coming from another tool")[2].partition("\n## ")[0]
    text = "\n".join(re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)).replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip()]


def test_the_readme_has_commands_for_those_who_come_from_another_tool() -> None:
    assert len(commands_of_other_tools()) > 10


@pytest.mark.parametrize("line", commands_of_other_tools())
def test_each_command_for_those_who_come_from_another_tool_works_as_written(
    line: str, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    name, *arguments = shlex.split(line)
    with serving() as server:
        result = command(*arguments, "--url", server.url, KIMAI_TOKEN=server.token)

    assert (name, result.code) == ("kimai-aimport", 0), result.err
