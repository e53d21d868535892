"""The commands, as a person or a script starts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import typer.main
from live_kimai import SERVERS, write

from kimai_async import Level
from kimai_async.explorer import cli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from commands import Command
    from live_kimai import Live

pytest_plugins = ["live_fixtures"]

HEADING = ("Customer", "Project", "Activity")
SERVES = {"browse"}
"""Sub-commands that ask nothing themselves."""

CALLS = {
    "ping": ["ping"],
    "version": ["version"],
    "plugins": ["plugins"],
    "me": ["me"],
    "customers": ["customers", "--visible", "all", "--term", "{prefix}"],
    "projects": ["projects", "--customer", "{customer}", "--visible", "all"],
    "activities": ["activities", "--project", "{project}", "--visible", "all"],
    "timesheets": ["timesheets", "--project", "{project}"],
    "tags": ["tags", "--name", "{prefix}"],
    "config timesheet": ["config", "timesheet"],
    "config colors": ["config", "colors"],
    "get": ["get", "customers/{customer}"],
}
"""A call for each sub-command; the words in braces stand for what `tree` made."""


@pytest.fixture(scope="module")
def tree(live: Live) -> dict[str, str]:
    """A customer, a project and an activity, and the words for them."""
    name = f"{live.prefix} commands"
    customer = live.post(Level.CUSTOMER, name=name)["id"]
    project = live.post(Level.PROJECT, name=name, customer=customer)["id"]
    live.post(Level.ACTIVITY, name=name, project=project)
    return {"prefix": live.prefix, "customer": str(customer), "project": str(project)}


@pytest.fixture
def api(live: Live, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Runs `kimai-api` with arguments; returns its exit code, its output and what it says."""

    def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
        for name, value in {**live.environment, **environment}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["kimai-api", *arguments])
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        return (int(exit_.value.code or 0), *capfd.readouterr())

    return run


def leaves(group: Any, *above: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from leaves(command, *above, name)
        else:
            yield " ".join((*above, name))


def test_each_sub_command_of_kimai_api_has_a_call_here() -> None:
    assert set(leaves(typer.main.get_command(cli.app))) - SERVES == CALLS.keys()


@pytest.mark.parametrize("name", CALLS)
def test_each_sub_command_of_kimai_api_prints_json(
    live: Live, tree: dict[str, str], api: Callable[..., Any], name: str
) -> None:
    code, out, err = api(*(word.format(**tree) for word in CALLS[name]))

    if name == "config colors" and live.version < (2, 18):
        assert (code, out) == (3, "")
        assert err.startswith("error: ")
    else:
        assert code == 0, err
        json.loads(out)


@pytest.mark.parametrize(("name", "heading"), [("customers", "number"), ("activities", "project"), ("get", "value")])
def test_kimai_api_prints_lists_and_single_answers_as_tables(
    live: Live, tree: dict[str, str], api: Callable[..., Any], name: str, heading: str
) -> None:
    code, out, err = api(*(word.format(**tree) for word in CALLS[name]), "--table")
    first, rule, *rows = out.splitlines()

    assert code == 0, err
    assert heading in first.split()
    assert set(rule) == {"─"}
    assert f"{live.prefix} commands" in "\n".join(rows)


def test_kimai_api_lists_what_is_below_a_parent_and_nothing_else(
    live: Live, tree: dict[str, str], api: Callable[..., Any]
) -> None:
    _, customers, _ = api("customers", "--term", live.prefix)
    _, projects, _ = api("projects", "--customer", tree["customer"])
    _, activities, _ = api("activities", "--project", tree["project"])
    below = [row for row in json.loads(activities) if row["project"] is not None]

    assert int(tree["customer"]) in [row["id"] for row in json.loads(customers)]
    assert [row["id"] for row in json.loads(projects)] == [int(tree["project"])]
    assert [row["name"] for row in below] == [f"{live.prefix} commands"]


def test_kimai_api_tells_what_an_import_may_do(live: Live, api: Callable[..., Any]) -> None:
    _, out, _ = api("version")
    told = json.loads(out)["import"]

    assert told["user"] == live.get("users/me")["username"]
    assert told["token"] == ("bearer" if live.user is None else "api password")
    assert told["may_create"] == {"customers": True, "projects": True, "activities": True}


def test_the_command_imports_and_says_in_json_what_it_did(live: Live, tmp_path: Path, command: Command) -> None:
    name = f"{live.prefix} json"
    file = write(tmp_path / "tree.csv", HEADING, (name, name, name), (name, name, f"{name} too"))
    first, second = [command(file, "--json", **live.environment) for _ in range(2)]

    assert (first.code, first.lines[-1]["created"]) == (0, {"customer": 1, "project": 1, "activity": 2})
    assert (second.code, second.lines[-1]["created"]) == (0, {"customer": 0, "project": 0, "activity": 0})
    assert live.paths(name) == [(name,), (name, name), (name, name, name), (name, name, f"{name} too")]


@pytest.mark.parametrize("live", SERVERS[-1:], indirect=True)
def test_the_command_in_a_process_of_its_own_imports_what_it_is_piped(live: Live) -> None:
    name = f"{live.prefix} piped"
    process = subprocess.run(
        [sys.executable, "-m", "kimai_async", "-"],
        env={**os.environ, **live.environment},
        input=f"Customer\n{name}\n",
        capture_output=True,
        encoding="utf-8",
    )

    assert process.returncode == 0, process.stderr
    assert "Everything in standard input is on the server." in process.stderr
    assert live.token not in process.stdout + process.stderr
    assert live.paths(name) == [(name,)]


def test_a_wrong_token_ends_both_commands_with_3_and_creates_nothing(
    live: Live, tmp_path: Path, command: Command, api: Callable[..., Any]
) -> None:
    name = f"{live.prefix} wrong"
    file = write(tmp_path / "tree.csv", HEADING, (name, name, name))
    result = command(file, **{**live.environment, "KIMAI_TOKEN": "wrong-token-0123456789"})
    code, out, err = api("me", KIMAI_TOKEN="wrong-token-0123456789")

    assert (result.code, code, out) == (3, 3, "")
    assert "error: " in result.err
    assert "error: " in err
    assert live.paths(name) == []
