"""A page that is served in this process, and a client that asks it as a browser does."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from kimai_async.page.desk import Start
from kimai_async.page.serve import Page, serving_page
from kimai_async.settings import Access
from kimai_async.terminal.cli import aimport
from kimai_async.terminal.form import form_of
from kimai_async.text import Secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kimai_async.page.job import Recorder
    from kimai_async.sandbox.serve import Serving

DEMO = b"Customer,Project,Activity\nDEMO,FOO,Sales talk\nDEMO,FOO,Phone\nDEMO,BAR\n"
REFUSED = b'Customer,Project,Activity\nDEMO,FOO,Phone\nDEMO,"B""AR",Sales\nACME,WEB,Design\n'
"""What Kimai refuses only when it is created: the sandbox is told to by `REFUSING`."""

PATIENCE = 20.0


@dataclass
class Client:
    """Asks as the page in a browser does."""

    page: Page
    http: httpx.Client

    @property
    def origin(self) -> str:
        return "/".join(self.page.url.split("/")[:3])

    def get(self, path: str = "", **headers: str) -> httpx.Response:
        return self.http.get(self.page.url + path, headers=headers)

    def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        own = {"Origin": self.origin, "Content-Type": "application/json"}
        named = {**own, **{name.replace("_", "-"): value for name, value in headers.items()}}
        content = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        return self.http.post(self.page.url + path, content=content, headers=named)

    def upload(self, content: bytes, name: str = "demo.csv") -> httpx.Response:
        return self.post(f"upload?name={name}", content, Content_Type="application/octet-stream")

    @property
    def state(self) -> Any:
        return self.page.desk.plain()

    def wait(self) -> Any:
        """Wait until nothing is under way; return the state."""
        job = self.page.desk.busy
        if job is not None:
            assert job.wait(PATIENCE)
        return self.state

    def planned(self) -> int:
        """Make the plan and return its number."""
        assert self.post("plan").status_code == 200
        return int(self.wait()["plan"]["number"])

    def until(self, seen: Callable[[Any], bool]) -> Any:
        """Return the first state of which *seen* is true."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            state = self.state
            if seen(state):
                return state
            time.sleep(0.005)
        raise AssertionError(state)


@contextmanager
def pages(
    access: Access | None = None,
    *,
    chosen: dict[str, Any] | None = None,
    port: int = 0,
    recorder: Recorder | None = None,
) -> Iterator[Client]:
    url = None if access is None else access.url
    start = Start(form_of(aimport, chosen), url=url, access=access, recorder=recorder)
    with (
        serving_page(start, Secrets(), str, port=port) as page,
        httpx.Client(timeout=PATIENCE, trust_env=False) as http,
    ):
        yield Client(page, http)


def access_to(kimai: Serving) -> Access:
    return Access(url=kimai.url, token=kimai.token)
