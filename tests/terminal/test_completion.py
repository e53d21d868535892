"""Shell completion of the three commands, as bash, zsh and fish ask for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

NO_DETECTION = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
"""Lets the options take a shell's name instead of looking for the one that started the test."""


def run(command: str, *arguments: str, **environment: str) -> str:
    """Return what the installed command prints on standard output."""
    program = shutil.which(command, path=sysconfig.get_path("scripts"))
    assert program
    done = subprocess.run(
        [program, *arguments], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout


def proposals(shell: str, line: str) -> list[str]:
    """Return what the command proposes for the last word of a line, as the script of this shell asks for it."""
    words = line.split(" ")
    asked = {
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        f"_{words[0].replace('-', '_').upper()}_COMPLETE": f"complete_{shell}",
    }
    return run(words[0], **asked).split()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("kimai-aimport --on-ex", ["--on-existing"]),
        ("kimai-aimport --on-existing ", ["skip", "update", "fail"]),
        ("kimai-aimport --numbers n", ["none"]),
        ("kimai-aimport --match-case ", ["yes", "no"]),
        ("kimai-api p", ["ping", "plugins", "projects"]),
        ("kimai-api config ", ["timesheet", "colors"]),
        ("kimai-api customers --order-by ", ["id", "name"]),
        ("kimai-sandbox --la", ["--latency"]),
    ],
)
def test_bash_is_proposed_options_choices_and_sub_commands(line: str, expected: list[str]) -> None:
    assert proposals("bash", line) == expected


def test_zsh_and_fish_are_proposed_the_same_with_a_description() -> None:
    zsh = proposals("zsh", "kimai-aimport --dry")
    fish = proposals("fish", "kimai-aimport --dry")

    assert (
        " ".join(zsh)
        == """_arguments '*: :(("--dry-run":"Ask the server, create nothing, show what would be created."))'"""
    )
    assert " ".join(fish) == "--dry-run Ask the server, create nothing, show what would be created."


@pytest.mark.parametrize("line", ["kimai-aimport ", "kimai-aimport tests/c", "kimai-aimport --token-file "])
def test_a_file_is_left_to_the_shell(line: str) -> None:
    assert proposals("bash", line) == []
    assert proposals("zsh", line) == ["_files"]


@pytest.mark.parametrize(
    ("command", "shell", "sign"),
    [
        ("kimai-aimport", "bash", "complete -o default -F _"),
        ("kimai-api", "zsh", "#compdef "),
        ("kimai-sandbox", "fish", "complete --command "),
    ],
)
def test_the_script_of_each_shell_is_shown(command: str, shell: str, sign: str) -> None:
    script = run(command, "--show-completion", shell, **NO_DETECTION)

    assert sign in script
    assert f"_{command.replace('-', '_').upper()}_COMPLETE=complete_{shell}" in script


@pytest.mark.skipif(os.name == "nt" or not shutil.which("bash"), reason="needs the program bash")
def test_bash_completes_by_the_script_that_is_installed(tmp_path: Path) -> None:
    run("kimai-aimport", "--install-completion", "bash", HOME=str(tmp_path), USERPROFILE=str(tmp_path), **NO_DETECTION)
    ask = (
        f"source {(tmp_path / '.bashrc').as_posix()}; COMP_WORDS=(kimai-aimport --on-existing u); COMP_CWORD=2; "
        'complete -p kimai-aimport; _kimai_aimport_completion kimai-aimport; echo "${COMPREPLY[@]}"'
    )
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "--norc", "-c", ask], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines() == [
        "complete -o default -F _kimai_aimport_completion kimai-aimport",
        "update",
    ]
