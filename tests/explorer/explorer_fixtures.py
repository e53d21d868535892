"""What the explorer's tests share: the command in this process, sandboxes with something in them, a scripted server."""

from __future__ import annotations

import json
import threading
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from commands import Command, commands

from kimai_async.explorer import cli
from kimai_async.sandbox.serve import Serving, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Runs `kimai-api`."""
    return commands(monkeypatch, capfd, "kimai-api", cli.main)


@dataclass
class Kimai:
    """A sandbox with a small tree in it: one thing of each level hidden, one project over, one activity global."""

    server: Serving
    version: str
    ids: dict[str, int] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        if self.version == "2.13.0":
            return {"X-AUTH-USER": self.server.user, "X-AUTH-TOKEN": self.server.api_password}
        return {"Authorization": f"Bearer {self.server.token}"}

    @property
    def options(self) -> list[str]:
        secret = self.server.api_password if self.version == "2.13.0" else self.server.token
        user = ["--user", self.server.user] if self.version == "2.13.0" else []
        return ["--url", self.server.url, "--token", secret, *user]

    def post(self, path: str, name: str, **fields: Any) -> int:
        body = {"name": name, "visible": True, "billable": True, **fields}
        if path == "customers":
            body |= {"country": "DE", "currency": "EUR", "timezone": "Europe/Berlin"}
        answer = httpx.post(f"{self.server.url}/api/{path}", json=body, headers=self.headers)
        assert answer.status_code == 200, answer.text
        self.ids[name] = new = answer.json()["id"]
        return int(new)

    def fill(self) -> None:
        demo = self.post("customers", "DEMO")
        self.post("customers", "Closed", visible=False)
        foo = self.post("projects", "FOO", customer=demo, globalActivities=True)
        self.post("projects", "Over", customer=demo, start="2020-01-01", end="2020-12-31")
        self.post("projects", "Put away", customer=demo, visible=False)
        for name in ("Sales talk", "Phone", "Phone"):
            self.post("activities", name, project=foo)
        self.post("activities", "Old", project=foo, visible=False)
        self.post("activities", "Meeting")
        for day in range(1, 4):
            entry = {"project": foo, "activity": self.ids["Phone"], "begin": f"2026-01-0{day}T09:00:00"}
            body = {**entry, "end": f"2026-01-0{day}T10:00:00", "description": "Call " * 30}
            httpx.post(f"{self.server.url}/api/timesheets", json=body, headers=self.headers).raise_for_status()


@contextmanager
def filled(version: str) -> Iterator[Kimai]:
    with serving(version, record=True) as server:
        kimai = Kimai(server, version)
        kimai.fill()
        yield kimai


@pytest.fixture
def filled_kimai() -> Callable[[str], AbstractContextManager[Kimai]]:
    """Starts a sandbox of a version for one test only."""
    return filled


@pytest.fixture(scope="module", params=["2.13.0", "2.20.1", "2.65.0"])
def each_kimai(request: pytest.FixtureRequest) -> Iterator[Kimai]:
    with filled(request.param) as kimai:
        yield kimai


@pytest.fixture(scope="module")
def kimai() -> Iterator[Kimai]:
    with filled("2.65.0") as kimai:
        yield kimai


@dataclass
class Stub:
    """A server that gives the answers it was told to: path with query to status, headers and body.

    With *cors* a page of another origin may read them.
    """

    url: str
    cors: bool = False
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str, body: Any, status: int = 200, **headers: object) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
        self.answers[f"/api/{path}"] = (status, named, content)

    @property
    def options(self) -> list[str]:
        return ["--url", self.url, "--token", "t"]


@pytest.fixture
def stub() -> Iterator[Stub]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            status, headers, body = found.answers.get(self.path, (404, {}, b'{"code":404,"message":"Not Found"}'))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **cors(), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_OPTIONS(self) -> None:
            self.send_response(204)
            for name, value in cors().items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    def cors() -> dict[str, str]:
        headers = "authorization, x-auth-user, x-auth-token"
        allowed = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": headers}
        return allowed if found.cors else {}

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Stub(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield found
        server.shutdown()
        thread.join()
