"""The command `kimai-aimport --page`: what it says, what it opens, how it ends."""

from __future__ import annotations

import builtins
import os
import re
import signal
import subprocess
import sys
import threading
import webbrowser
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from systems import signals

from kimai_async.sandbox.serve import serving
from kimai_async.terminal import cli, paging
from kimai_async.terminal.interrupts import interrupts

if TYPE_CHECKING:
    from commands import Command

ADDRESS = r"The page is at (http://127\.0\.0\.1:\d+/[\w-]{32}/) for this computer only\. Stop it with Ctrl-C\."


@signals
def test_the_page_opens_the_browser_and_ctrl_c_ends_it(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = []

    def open_and_interrupt(url: str) -> bool:
        answers.append(httpx.get(url, trust_env=False).status_code)
        os.kill(os.getpid(), signal.SIGINT)
        return True

    monkeypatch.setattr(webbrowser, "open", open_and_interrupt)
    result = command("--page", KIMAI_URL="https://kimai.example.com")

    assert (result.code, result.out, answers) == (0, "", [200])
    assert re.fullmatch(rf"{ADDRESS}\nStopped\.\n", result.err)


@signals
def test_ctrl_c_lets_the_creates_under_way_end() -> None:
    with serving(latency=0.05) as kimai:
        environment = {**os.environ, "KIMAI_URL": kimai.url, "KIMAI_TOKEN": kimai.token}
        program = [sys.executable, "-m", "kimai_async", "--page", "--no-open", "--concurrency", "1"]
        with subprocess.Popen(program, stderr=subprocess.PIPE, text=True, env=environment) as process:
            assert process.stderr is not None
            found = re.search(r"http://\S+", process.stderr.readline())
            assert found is not None
            start_import(found[0], b"Customer\n" + b"".join(f"Customer {n}\n".encode() for n in range(500)))
            while not kimai.sandbox.tree():
                pass
            process.send_signal(signal.SIGINT)
            rest = process.stderr.read()

        assert process.returncode == 0
        assert rest.splitlines() == ["finishing the creates under way; Ctrl-C again ends at once", "Stopped."]
        assert 0 < len(kimai.sandbox.tree()) < 500
        assert kimai.sandbox.twins() == []


def start_import(url: str, content: bytes) -> None:
    headers = {"Origin": "/".join(url.split("/")[:3]), "Content-Type": "application/json"}
    with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=20) as http:
        http.post("server", content=b"{}").raise_for_status()
        http.post("upload?name=a.csv", content=content).raise_for_status()
        http.post("plan", content=b"{}").raise_for_status()
        with http.stream("GET", "events") as answer:
            for line in answer.iter_lines():
                found = re.search(r'"plan": \{"number": (\d+), "state": "done"', line)
                if found:
                    break
        assert found is not None
        http.post("run", content=b'{"plan": %d}' % int(found[1])).raise_for_status()


class Slow:
    """An import that ends when it is told to twice."""

    def __init__(self) -> None:
        self.stops = 0

    def stop(self) -> None:
        self.stops += 1
        signal.raise_signal(signal.SIGINT)

    def wait(self, _: float) -> bool:
        return self.stops > 1


@signals
def test_a_second_ctrl_c_ends_at_once() -> None:
    said: list[str] = []
    page: Any = type("Page", (), {"desk": type("Desk", (), {"busy": Slow()})})
    timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    heard = threading.Semaphore(0)
    with interrupts.heard_by(heard.release):
        paging.until_interrupted(page, said.append, heard)
    timer.join()

    assert page.desk.busy.stops == 2


def test_the_sandbox_can_be_tried_from_the_page(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    starts = []

    def until(page: Any, *_: Any) -> None:
        starts.append(page.desk._start)

    monkeypatch.setattr(paging, "until_interrupted", until)
    result = command("--page", "--sandbox", "--no-open", "--timesheets", "--column", "customer=Who")

    assert result.code == 0
    assert starts[0].access.url.startswith("http://127.0.0.1:")
    assert starts[0].form.initial["timesheets"] is True
    assert starts[0].columns == {"customer": "Who"}


def test_a_token_without_an_address_is_asked_for_in_the_page(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    starts = []
    monkeypatch.setattr(paging, "until_interrupted", lambda page, *_: starts.append(page.desk._start))
    assert command("--page", "--no-open", KIMAI_TOKEN="token-1234567").code == 0

    assert starts[0].access is None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--page", "a.csv"), "--page lets you choose the file in the browser; leave FILE out."),
        (("--page", "--url", "ftp://a"), "--url must begin with https://"),
        ((), "Which file? Name a CSV, or - for standard input; --page lets you choose one in the browser."),
    ],
)
def test_what_cannot_be_meant_is_a_sentence(command: Command, arguments: tuple[str, ...], sentence: str) -> None:
    result = command(*arguments)

    assert (result.code, result.out) == (2, "")
    assert sentence in result.err


@pytest.mark.parametrize("missing", ["starlette", "uvicorn", "another"])
def test_without_the_extra_there_is_a_sentence(command: Command, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any) -> Any:
        if name == "kimai_async.page.desk":
            raise ModuleNotFoundError(name=missing)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    result = command("--page", "--no-open")

    assert result.code == (70 if missing == "another" else 2)
    assert ("pip install 'kimai-aimport[page]'" in result.err) is (missing != "another")


def test_the_help_names_the_page(command: Command) -> None:
    assert "--page" in command("--help").out
    assert cli.app is not None
