"""`--undo` as a stranger uses it: shown, asked, done, named."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import httpx
import pytest
import typer
from importing import post
from processes import start
from trees import write_rows, write_tree

from kimai_async.sandbox.http.drops import Dropped
from kimai_async.sandbox.serve import Serving, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from commands import Command


@pytest.fixture
def server() -> Iterator[Serving]:
    with serving(record=True) as running:
        yield running


@pytest.fixture
def record(command: Command, server: Serving, tmp_path: Path) -> Path:
    path = tmp_path / "run.jsonl"
    file = write_rows(tmp_path / "a.csv", "AA,PP,XX", "AA,PP,YY")
    assert command(file, "--record", path, "--url", server.url, KIMAI_TOKEN=server.token).code == 0
    return path


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, confirm: Callable[..., bool]) -> None:
    for stream in ("stdin", "stderr"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True, raising=False)
    monkeypatch.setattr(typer, "confirm", confirm)


def test_what_is_to_go_is_shown_and_then_goes(command: Command, server: Serving, record: Path) -> None:
    result = command("--undo", record, "--yes", "--url", server.url)

    assert result.code == 0
    *lines, last = result.err.splitlines()
    assert lines == [
        f"run.jsonl: 4 created in {server.url}/api",
        "Kimai 2.65.0, as susan_super",
        "to delete: 1 customer, 1 project, 2 activities",
        "  customer AA (id 1)",
        "  project AA > PP (id 1)",
        "  activity AA > PP > XX (id 1)",
        "  activity AA > PP > YY (id 2)",
    ]
    assert last.startswith("4 deleted, 0 gone already, 0 stay. (")
    assert server.sandbox.tree() == []


@pytest.mark.parametrize(("answer", "code", "left"), [(True, 0, 0), (False, 1, 4)])
def test_a_person_is_asked(
    command: Command,
    server: Serving,
    record: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: bool,
    code: int,
    left: int,
) -> None:
    asked: list[str] = []

    def confirm(text: str, **_: object) -> bool:
        asked.append(text)
        return answer

    at_a_terminal(monkeypatch, confirm)
    result = command("--undo", record, "--no-progress", "--url", server.url)

    assert asked == ["Delete these 4?"]
    assert result.code == code
    assert len(server.sandbox.tree()) == left
    assert ("Nothing was deleted." in result.err) is not answer


def aborts(cause: type[BaseException]) -> Callable[..., bool]:
    def confirm(*_: object, **__: object) -> bool:
        abort = typer.Abort()
        abort.__context__ = cause()
        raise abort

    return confirm


@pytest.mark.parametrize(
    ("cause", "code", "said"),
    [(EOFError, 1, "Nothing was deleted."), (KeyboardInterrupt, 130, "Interrupted; nothing was deleted.")],
)
def test_no_answer_is_no_consent(
    command: Command,
    server: Serving,
    record: Path,
    monkeypatch: pytest.MonkeyPatch,
    cause: type[BaseException],
    code: int,
    said: str,
) -> None:
    at_a_terminal(monkeypatch, aborts(cause))
    result = command("--undo", record, "--no-progress", "--url", server.url)

    assert (result.code, len(server.sandbox.tree())) == (code, 4)
    assert said in result.err


def test_without_a_terminal_and_without_yes_it_refuses(command: Command, server: Serving, record: Path) -> None:
    server.sandbox.requests.clear()
    result = command("--undo", record, "--json", "--url", server.url)

    assert result.code == result.lines[-1]["exit_code"] == 2
    assert result.err == "error: --undo asks before it deletes, and here is no terminal; give --yes.\n"
    assert server.sandbox.requests == []


def test_a_dry_run_needs_no_consent_and_deletes_nothing(command: Command, server: Serving, record: Path) -> None:
    result = command("--undo", record, "--dry-run", "--url", server.url)

    assert result.code == 0
    assert "4 would be deleted, 0 gone already, 0 would stay." in result.err
    assert len(server.sandbox.tree()) == 4


@pytest.mark.parametrize("verbose", [[], ["--verbose"]])
def test_what_stays_is_named_with_its_line_and_id(
    command: Command, server: Serving, record: Path, verbose: list[str]
) -> None:
    post(server, "activities", name="Theirs", project=1)
    result = command("--undo", record, "--yes", *verbose, "--url", server.url)

    assert result.code == 1
    lines = [line for line in result.err.splitlines() if "stays: " in line]
    assert lines == [
        "line 2: project AA > PP (id 1) stays: the activity 'Theirs' (id 3) below it is not of this run",
        "line 2: customer AA (id 1) stays: its project 'PP' (id 1) stays",
    ]
    assert "2 deleted, 0 gone already, 2 stay." in result.err


def test_more_than_twenty_are_counted(command: Command, server: Serving, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    write_tree(tmp_path / "a.csv", 3, 4, 2)
    command(tmp_path / "a.csv", "--record", path, "--url", server.url, KIMAI_TOKEN=server.token)
    for project in range(1, 13):
        post(server, "activities", name="Theirs", project=project)
    dry = command("--undo", path, "--dry-run", "--url", server.url)

    assert "to delete: 24 activities" in dry.err
    assert "  and 4 more" in dry.err.splitlines()
    write_tree(tmp_path / "b.csv", 30, 1, 1)
    command(tmp_path / "b.csv", "--record", path, "--url", server.url)
    for customer in range(1, 31):
        post(server, "projects", name="Theirs", customer=customer)
    assert "more stay" in command("--undo", path, "--dry-run", "--url", server.url).err


def test_json_prints_a_line_for_each_thing_and_the_summary(command: Command, server: Serving, record: Path) -> None:
    post(server, "activities", name="Theirs", project=1)
    result = command("--undo", record, "--yes", "--json", "--quiet", "--url", server.url)

    *lines, summary = result.lines
    assert [(line["type"], line["level"], line["id"]) for line in lines] == [
        ("kept", "project", 1),
        ("kept", "customer", 1),
        ("deleted", "activity", 1),
        ("deleted", "activity", 2),
    ]
    assert lines[1]["reason"] == "its project 'PP' (id 1) stays"
    assert (summary["type"], summary["undo"], summary["exit_code"]) == ("summary", True, 1)
    assert summary["deleted"] == {"customer": 0, "project": 0, "activity": 2, "entry": 0}


def test_the_json_of_an_import_is_a_record_too(command: Command, server: Serving, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "a.csv", "AA,PP,XX")
    imported = command(file, "--json", "--url", server.url, KIMAI_TOKEN=server.token)
    (tmp_path / "run.jsonl").write_text(imported.out[:-40], "utf-8")  # cut off in the summary
    result = command("--undo", tmp_path / "run.jsonl", "--yes", "--url", server.url)

    assert (result.code, server.sandbox.tree()) == (0, [])
    assert "warning: damaged lines in it, which are left alone: 1" in result.err


def test_hiding_hides(command: Command, server: Serving, record: Path) -> None:
    result = command("--undo", record, "--hide", "--yes", "--url", server.url)

    assert "to hide: 1 customer, 1 project, 2 activities" in result.err
    assert "4 hidden, 0 hidden or gone already, 0 stay." in result.err
    assert len(server.sandbox.tree()) == 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a.csv", "--undo", "run.jsonl"], "--undo takes a record and no FILE; leave one of them out."),
        (["--undo", "run.jsonl", "--sandbox"], "--undo needs the server of the record, and a sandbox is a new one"),
        (["a.csv", "--hide"], "--hide goes with --undo RECORD."),
        (["a.csv", "--yes"], "--yes goes with --undo RECORD."),
        ([], "Which file? Name a CSV, or - for standard input; "),
        (["--undo", "missing.jsonl", "--yes"], "The record missing.jsonl cannot be read: no such file or directory."),
    ],
)
def test_what_cannot_be_meant_is_refused(command: Command, arguments: list[str], said: str) -> None:
    result = command(*arguments, KIMAI_URL="http://127.0.0.1:9", KIMAI_TOKEN="sesame")

    assert result.code == 2
    assert result.err.startswith("error: ")
    assert said in result.err
    assert len(result.err.splitlines()) == 1


def test_a_server_that_cannot_be_reached_ends_with_3(command: Command, record: Path, server: Serving) -> None:
    text = record.read_text("utf-8").replace(f"{server.url}/api", "http://127.0.0.1:9/api")
    record.write_text(text, "utf-8")
    result = command("--undo", record, "--yes", "--url", "http://127.0.0.1:9")

    assert result.code == 3
    assert "error: Cannot reach" in result.err
    assert "Nothing more was deleted." in result.err


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_an_interrupt_lets_the_deletions_under_way_finish(command: Command, server: Serving, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    write_tree(tmp_path / "a.csv", 10, 3, 4)
    command(tmp_path / "a.csv", "--record", path, "--url", server.url, KIMAI_TOKEN=server.token)
    process = start("--undo", path, "--yes", "--json", server=server)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()

    assert process.returncode == 130, err
    assert "finishing the deletions under way; Ctrl-C again ends at once" in err
    assert "Run the same command again to go on." in err
    left = len(server.sandbox.tree())
    # Not the lines: some may lie in the buffer from which the first was read.
    assert left == sum(json.loads(out.splitlines()[-1])["pending"].values()) > 0
    again = subprocess.run(
        [sys.executable, "-m", "kimai_async", "--undo", path, "--yes", "--url", server.url],
        env={**os.environ, "KIMAI_TOKEN": server.token},
        capture_output=True,
    )
    assert (again.returncode, server.sandbox.tree()) == (0, [])


@pytest.mark.parametrize("numbers", [{1}, {2, 3}])
def test_a_connection_that_breaks_after_the_deletion_is_sent_is_no_second_deletion(
    command: Command, server: Serving, record: Path, numbers: set[int]
) -> None:
    """aiohttp repeats a DELETE over a second connection; here nothing may be deleted without a look right before."""
    asked: list[str] = []

    async def breaks(request: object, proceed: Callable[..., object]) -> object:
        asked.append(f"{request.method} {request.url.path}")  # type: ignore[attr-defined]
        deletions = sum(line.startswith("DELETE") for line in asked)
        if asked[-1].startswith("DELETE") and deletions in numbers:
            return Dropped()
        return await proceed()  # type: ignore[misc]

    server.sandbox.around_call.append(breaks)  # type: ignore[arg-type]
    result = command("--undo", record, "--yes", "--concurrency", "1", "--url", server.url)

    assert (result.code, server.sandbox.tree()) == (0, [])
    for before, line in pairwise(asked):
        assert not (line.startswith("DELETE") and before == line)


def test_the_token_of_another_user_that_sees_less_deletes_nothing(
    command: Command, server: Serving, record: Path
) -> None:
    result = command("--undo", record, "--yes", "--url", server.url, KIMAI_TOKEN="tony-token-0123456789")

    assert result.code == 3
    assert httpx.get(f"{server.url}/api/customers/1", headers={"Authorization": f"Bearer {server.token}"}).is_success
