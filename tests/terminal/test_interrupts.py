"""A signal at any moment of a real process: a sentence, exit code 130, no traceback, and the summary if the run began.

The process sends the signal to itself, at a chosen step of its own, so that each test hits its moment.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from processes import Ended, start
from trees import write_tree

from kimai_async.sandbox.faults.injector import Faults
from kimai_async.sandbox.serve import serving
from kimai_async.terminal.interrupts import Interrupts

if TYPE_CHECKING:
    from pathlib import Path

fcntl = pytest.importorskip("fcntl", reason="Windows ends a process that gets a signal from another")
pty = pytest.importorskip("pty")
termios = pytest.importorskip("termios")

STEPS = """
import os, signal, sys, threading
from kimai_async.__main__ import main

number, times, at = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
del sys.argv[1:4]
main_thread = threading.main_thread()
steps = 0

def send():
    global times
    if times:
        times -= 1
        signal.raise_signal(number)

def count(*_):
    global steps
    if threading.current_thread() is main_thread:
        steps += 1
        if at.isdigit() and steps >= int(at):
            send()

def called(frame, event, _):
    if event == "call" and frame.f_code.co_qualname == at:
        send()

if at.isdigit() or at == "count":
    sys.addaudithook(count)  # called at each import, open, socket, and many a step more
else:
    sys.setprofile(called)
try:
    main()
finally:
    if at == "count":
        os.write(2, b"%d" % steps)
"""
"""Runs the command and sends itself a signal, *times* times: from a counted step on, or at each call of a function."""

PARTS = 16


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_tree(tmp_path / "tree.csv", 2, 2, 2)
    return tmp_path / "tree.csv"


def interrupted(folder: Path, at: object, *, number: int = signal.SIGINT, times: int = 1) -> tuple[Ended, bool]:
    """Run the command, with a signal at a step or function; also tell whether the whole file is on the server then."""
    paths = write_tree(folder / "tree.csv", 2, 2, 2)
    program = (sys.executable, "-c", STEPS, str(int(number)), str(times), str(at))
    with serving() as server:
        process = start(folder / "tree.csv", "--json", server=server, program=program)
        out, err = process.communicate()
        return Ended(process.returncode, out, err), server.sandbox.tree() == paths


def assert_clean(ended: Ended, *, whole: bool) -> None:
    """Hold that the end was told in words and in the exit code, and that the summary is the last line of a run."""
    assert "Traceback" not in ended.err
    assert "Exception ignored" not in ended.err
    assert ended.code in (0, 130)
    if ended.code == 0:
        assert whole
    else:
        assert "nterrupted" in ended.err.splitlines()[-1]
    if "tree.csv: UTF-8" in ended.err:
        assert ended.out
    if ended.out:
        assert ended.lines[-1]["type"] == "summary"
        assert ended.lines[-1]["exit_code"] == ended.code


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many steps an import takes from the first line of the command to its last."""
    ended, whole = interrupted(tmp_path_factory.mktemp("steps"), "count")

    assert whole
    return int(ended.err.splitlines()[-1])


@pytest.mark.parametrize("part", range(1, PARTS + 1))
def test_a_signal_at_any_step_ends_with_a_sentence(tmp_path: Path, steps: int, part: int) -> None:
    number = signal.SIGINT if part % 2 else signal.SIGTERM
    ended, whole = interrupted(tmp_path, steps * part // (PARTS + 1), number=number)

    assert_clean(ended, whole=whole)


BEFORE = [
    *("secure_streams", "find_token", "Settings.__post_init__", "Session.run", "run", "Runner.__enter__"),
    *("BaseSelectorEventLoop.__init__", "Session._import", "open_source", "Table.__init__", "build", "take_stock"),
    "LevelRun.run",
]
AFTER = [
    *("Session._finish", "table_lines", "next_step", "JsonLines.finish", "Report.summary", "Interrupts.over"),
    *("Runner.close", "_cancel_all_tasks", "BaseSelectorEventLoop.close", "_flush", "Interrupts.ignore"),
]


@pytest.mark.parametrize("function", BEFORE)
def test_a_signal_before_the_last_answer_ends_with_130(tmp_path: Path, function: str) -> None:
    ended, whole = interrupted(tmp_path, function)

    assert_clean(ended, whole=whole)
    assert (ended.code, whole) == (130, False)


@pytest.mark.parametrize("function", AFTER)
def test_a_signal_after_the_last_answer_changes_nothing(tmp_path: Path, function: str) -> None:
    ended, whole = interrupted(tmp_path, function)

    assert_clean(ended, whole=whole)
    assert (ended.code, whole) == (0, True)
    assert "Everything in tree.csv is on the server." in ended.err


@pytest.mark.parametrize(
    "function", ["open_source", "take_stock", "LevelRun._place", "Session._interrupt", "Runner.close"]
)
def test_two_signals_at_once_are_as_clean_as_one(tmp_path: Path, function: str) -> None:
    ended, whole = interrupted(tmp_path, function, times=2)

    assert_clean(ended, whole=whole)


def test_a_third_signal_ends_a_process_that_answers_none(tmp_path: Path) -> None:
    """It may hang: nobody reads what it prints, or the resolver does not return."""
    ended, _ = interrupted(tmp_path, "table_lines", times=3)

    assert ended.code == 130
    assert ended.err.splitlines()[-1] == "interrupted; run the same command again to go on"


def until_read(pipe: int) -> None:
    """Wait until everything that was written into a pipe has been read from it."""
    unread = bytearray(4)
    while fcntl.ioctl(pipe, termios.FIONREAD, unread) or any(unread):
        os.sched_yield()


def test_a_signal_ends_the_wait_for_the_rest_of_standard_input() -> None:
    reading, writing = os.pipe()
    with serving() as server:
        process = start("-", "--json", server=server, stdin=reading)
        os.write(writing, b"Customer,Project\nAA,")
        until_read(reading)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    os.close(reading)
    os.close(writing)

    assert process.returncode == 130
    assert err == "Interrupted; nothing was sent. Run the same command again.\n"
    assert Ended(130, out, err).lines[-1]["exit_code"] == 130


def test_a_signal_ends_the_wait_for_a_pipes_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "rows.csv")
    with serving() as server:
        process = start(tmp_path / "rows.csv", "--json", server=server)
        # Opening it for writing ends the process's own wait; nothing comes, and it waits for the first row.
        writing = os.open(tmp_path / "rows.csv", os.O_WRONLY)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate()
    os.close(writing)

    assert (process.returncode, err) == (130, "Interrupted; nothing was sent. Run the same command again.\n")


def test_the_terminal_has_its_echo_back_when_the_question_for_the_token_is_interrupted(file: Path) -> None:
    near, far = pty.openpty()
    with serving() as server:
        process = start(
            *(file, "--url", server.url),
            server=server,
            stdin=far,
            start_new_session=True,  # without a terminal of its own the question is asked where stdin is
            env={"KIMAI_TOKEN": ""},
        )
        assert process.stderr is not None
        asked = b""
        while not asked.endswith(b"token: "):  # its last character comes when the echo is off
            asked += os.read(process.stderr.fileno(), 1)
        echo_while_asking = termios.tcgetattr(far)[3] & termios.ECHO
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
        echo_afterwards = termios.tcgetattr(far)[3] & termios.ECHO
    os.close(near)
    os.close(far)

    assert process.returncode == 130
    assert err.strip() == "interrupted; nothing was sent"
    assert (bool(echo_while_asking), bool(echo_afterwards)) == (False, True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_second_signal_ends_what_the_first_lets_finish(file: Path, number: signal.Signals) -> None:
    under_way = threading.Event()
    faults = Faults(script=lambda number, creation: under_way.set())
    with serving(latency=30, faults=faults) as server:
        process = start(file, "--json", server=server)
        under_way.wait()
        process.send_signal(number)
        assert process.stderr is not None
        while process.stderr.readline() != "finishing the creates under way; Ctrl-C again ends at once\n":
            pass
        process.send_signal(number)
        out, err = process.communicate()

    *_, summary = Ended(130, out, err).lines
    assert process.returncode == summary["exit_code"] == 130
    assert summary["unclear"] == [{"level": "customer", "path": ["Customer 000"], "line": 2}]
    assert "1 create may have been stored or not: Customer 000." in err
    assert err.splitlines()[-1].startswith("Interrupted; 14 not done yet. Run the same command again to go on.")


def test_outside_the_main_thread_signals_are_left_alone() -> None:
    heard: list[int] = []

    def block() -> None:
        with Interrupts().heard_by(lambda: heard.append(1)):
            pass

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=block)
    thread.start()
    thread.join()

    assert signal.getsignal(signal.SIGINT) is before
    assert heard == []


def test_signals_are_heard_in_the_block_and_as_before_after_it() -> None:
    heard: list[str] = []
    interrupts = Interrupts()
    before = signal.getsignal(signal.SIGTERM)
    with interrupts.heard_by(lambda: heard.append("outer")):
        signal.raise_signal(signal.SIGTERM)
        with interrupts.heard_by(lambda: heard.append("inner")):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)

    assert heard == ["outer", "inner", "outer"]
    assert signal.getsignal(signal.SIGTERM) is before
