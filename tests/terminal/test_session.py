"""Signals, lost output and odd ends of a session, in this process."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import anyio
import pytest
import typer
from systems import signals
from trees import write_rows, write_tree

from kimai_async.errors import UsageError
from kimai_async.events import Kind, Settled
from kimai_async.report import Report
from kimai_async.sandbox.faults.injector import Faults
from kimai_async.sandbox.serve import serving
from kimai_async.terminal.ndjson import JsonLines
from kimai_async.terminal.session import UNHEARD, Session
from kimai_async.tree.nodes import Tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from commands import Command


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@signals
def test_the_first_signal_lets_the_create_under_way_finish(command: Command, tmp_path: Path) -> None:
    write_tree(tmp_path / "tree.csv", 4, 2, 2)
    before = signal.getsignal(signal.SIGINT)
    faults = Faults(script=lambda number, creation: interrupt() if number == 1 else None)
    with serving(latency=0.2, faults=faults) as server:
        result = command(tmp_path / "tree.csv", "--json", "--url", server.url, KIMAI_TOKEN=server.token)

        assert server.sandbox.tree() == [("Customer 000",)]
    assert result.code == result.lines[-1]["exit_code"] == 130
    assert result.lines[-1]["created"]["customer"] == 1
    assert "finishing the creates under way; Ctrl-C again ends at once" in result.err
    assert signal.getsignal(signal.SIGINT) is before


@signals
def test_a_signal_before_the_first_create_needs_no_second(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def take_stock(*_: object) -> None:
        interrupt()
        await anyio.sleep_forever()

    monkeypatch.setattr("kimai_async.importer.take_stock", take_stock)
    with serving() as server:
        result = command(write_rows(tmp_path / "a.csv", "AA"), "--json", "--url", server.url, KIMAI_TOKEN=server.token)

    assert result.code == result.lines[-1]["exit_code"] == 130
    assert result.err.splitlines()[-1] == "Interrupted; nothing was sent. Run the same command again."


class Interrupted(io.BytesIO):
    """Standard input that is interrupted while it is read."""

    def seekable(self) -> bool:
        return False

    def read(self, size: int | None = -1) -> bytes:
        signal.raise_signal(signal.SIGTERM)
        return b""


@pytest.mark.parametrize("terminal", [False, True])
def test_a_signal_while_standard_input_is_read_ends_the_reading(
    command: Command, monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Interrupted()))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    result = command("-", "--json", "--url", "http://127.0.0.1:9", KIMAI_TOKEN="sesame")

    assert result.code == result.lines[-1]["exit_code"] == 130
    # A terminal shows ^C, and the sentence begins a line of its own.
    assert result.err == "\n" * terminal + "Interrupted; nothing was sent. Run the same command again.\n"


def test_a_signal_before_the_event_loop_ends_the_run_when_it_begins(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = anyio.run

    def run(*arguments: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return real(*arguments)

    monkeypatch.setattr("kimai_async.terminal.session.anyio.run", run)
    result = command(
        write_rows(tmp_path / "a.csv", "AA"), "--json", "--url", "http://127.0.0.1:9", KIMAI_TOKEN="sesame"
    )

    assert result.code == result.lines[-1]["exit_code"] == 130
    assert result.err == "Interrupted; nothing was sent. Run the same command again.\n"


def test_a_third_signal_that_nothing_answers_ends_the_process(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def hangs(*_: object) -> list[str]:
        for _number in range(UNHEARD):
            signal.raise_signal(signal.SIGINT)
        return []

    monkeypatch.setattr("kimai_async.terminal.session.table_lines", hangs)
    monkeypatch.setattr("kimai_async.terminal.session.end_at_once", said.append)
    with serving() as server:
        result = command(write_rows(tmp_path / "a.csv", "AA"), "--url", server.url, KIMAI_TOKEN=server.token)

    assert said == ["interrupted; run the same command again to go on"]
    assert result.code == 0  # as a signal that came after the last answer


def test_what_fails_after_the_report_is_a_warning(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = anyio.run

    def run(*arguments: Any) -> None:
        real(*arguments)
        raise LookupError

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("kimai_async.terminal.session.anyio.run", run)
    with serving() as server:
        result = command(write_rows(tmp_path / "a.csv", "AA"), "--json", "--url", server.url, KIMAI_TOKEN=server.token)

    assert result.code == result.lines[-1]["exit_code"] == 0
    assert "Everything in a.csv is on the server." in result.err
    assert "warning: after the report, this is a bug (LookupError); the details are in " in result.err


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="this system has no /dev/fd")  # noqa: PTH112
def test_rejects_are_not_mixed_with_json(command: Command, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "a.csv", "AA")
    for path in ("/dev/fd/1", tmp_path / "nowhere.csv"):
        result = command(file, "--json", "--rejects", path, "--url", "http://127.0.0.1:9", KIMAI_TOKEN="sentinel-0123")

        assert result.code == (2 if path == "/dev/fd/1" else 3)
        assert ("would both write to standard output" in result.err) is (result.code == 2)


class Gone(io.StringIO):
    """Standard output that cannot be written."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self._error = error

    def write(self, text: str) -> int:
        raise self._error


@pytest.mark.parametrize(
    ("error", "reason", "incomplete"),
    [
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), "broken pipe", False),
        (OSError(errno.ENOSPC, "No space left on device"), "no space left on device", True),
    ],
)
def test_json_that_cannot_be_written_is_told_once(
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    error: OSError,
    reason: str,
    incomplete: bool,
) -> None:
    monkeypatch.setattr(sys, "stdout", Gone(error))
    monkeypatch.setattr("kimai_async.terminal.session.silence", lambda stream: None)
    code = Session("a.csv", dry_run=False, json=True, quiet=False, verbose=False, bars=False).refuse(UsageError("bad"))
    lines = JsonLines(Gone(error), lambda reason: None)
    lines(Settled(Kind.CREATED, Tree().add("AA", 2)))
    lines.finish(Report().summary())

    assert code == 2
    assert capfd.readouterr().err.splitlines() == [
        "error: bad",
        f"warning: standard output is lost ({reason}); the import goes on without it",
    ]
    assert lines.incomplete is incomplete


@pytest.mark.parametrize(
    ("cause", "code", "sentence"),
    [
        (KeyboardInterrupt, 130, "interrupted; nothing was sent"),
        (EOFError, 2, "error: No token: set KIMAI_TOKEN, or give --token-file; Kimai makes tokens under your name"),
    ],
)
def test_a_question_for_the_token_that_is_not_answered(
    command: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cause: Callable[[], BaseException],
    code: int,
    sentence: str,
) -> None:
    def prompt(*_: object, **__: object) -> None:
        abort = typer.Abort()
        abort.__context__ = cause()  # as typer raises it
        raise abort

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.prompt", prompt)
    result = command(write_rows(tmp_path / "a.csv", "AA"), "--url", "http://127.0.0.1:9")

    assert result.code == code
    assert result.err.startswith(sentence)
