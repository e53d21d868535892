"""A Kimai for the contract tests: signed in, made in and read with plain httpx, nothing touched but what is ours.

Whatever the tests make has a random prefix in its name.
"""

from __future__ import annotations

import csv
import os
import re
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest

from kimai_async import Kind, Level, Report, Settings, import_csv
from kimai_async.sandbox.serve import serving
from kimai_async.tree.nodes import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

OWN = os.environ.get("KIMAI_TEST_URL")
SERVERS = ("own server",) if OWN else ("2.13.0", "2.20.1", "2.65.0")
DEFAULTS = {"country": "DE", "currency": "EUR", "timezone": "Europe/Berlin"}
SECONDS = 60.0
DELETE_SINCE = (2, 25)


@dataclass
class Live:
    """A Kimai, how to sign in, and what of it belongs to these tests: every name that begins with *prefix*.

    `custom_fields` are text fields that it has, `template` is the id of an invoice template, `team` that of a team.
    """

    url: str
    token: str
    user: str | None
    http: httpx.Client
    prefix: str = field(default_factory=lambda: f"aimport-{secrets.token_hex(4)}")
    custom_fields: dict[Level, list[str]] = field(default_factory=dict)
    template: int | None = None
    team: int | None = None
    version: tuple[int, ...] = ()

    @property
    def environment(self) -> dict[str, str]:
        """What the commands need to know of it, with what every new customer gets."""
        access = {"KIMAI_URL": self.url, "KIMAI_TOKEN": self.token, **({"KIMAI_USER": self.user} if self.user else {})}
        return access | {f"KIMAI_{name.upper()}": value for name, value in DEFAULTS.items()}

    def run(self, file: Path, **settings: Any) -> Report:
        chosen = {"url": self.url, "token": self.token, "user": self.user, **DEFAULTS, **settings}
        return anyio.run(import_csv, file, Settings(**chosen))

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of an answer; of a list in pages (Kimai 3) all of them."""
        response = self.http.get(path, params=query)
        assert response.status_code == 200, response.text
        body = response.json()
        for page in range(2, int(response.headers.get("x-total-pages", 1)) + 1):
            body += self.http.get(path, params={**query, "page": page}).raise_for_status().json()
        return body

    def post(self, level: Level, **fields: Any) -> Any:
        defaults = DEFAULTS if level is Level.CUSTOMER else {}
        response = self.http.post(level.plural, json={"visible": True, "billable": True, **defaults, **fields})
        assert response.status_code == 200, response.text
        return response.json()

    def form(self, level: Level) -> set[str]:
        """The names of the fields that a create takes here; one without a name makes nothing."""
        response = self.http.post(level.plural, json={})
        assert response.status_code == 400, response.text
        return set(response.json()["errors"]["children"])

    def everything(self, level: Level, **query: Any) -> list[Any]:
        """All rows, hidden and ended ones, too."""
        dates = {"ignoreDates": 1} if level is Level.PROJECT else {}
        rows: list[Any] = self.get(level.plural, visible=3, **dates, **query)
        return rows

    def rows(self, level: Level, term: str | None = None) -> list[Any]:
        """All rows whose names hold *term*, the prefix if it is not given."""
        term = term or self.prefix
        return [row for row in self.everything(level, term=term) if term in row["name"]]

    def paths(self, term: str) -> list[tuple[str, ...]]:
        """The names from the customer down of everything whose names hold *term*, sorted, as often as it is there.

        A global activity stands alone.
        """
        customers = {row["id"]: (row["name"],) for row in self.rows(Level.CUSTOMER, term)}
        projects = {row["id"]: (*customers[row["customer"]], row["name"]) for row in self.rows(Level.PROJECT, term)}
        above = {None: (), **projects}
        activities = [(*above[row["project"]], row["name"]) for row in self.rows(Level.ACTIVITY, term)]
        return sorted([*customers.values(), *projects.values(), *activities])

    def entities(self, term: str) -> dict[Level, dict[int, Any]]:
        """Every field of everything whose name holds *term*, by its id."""
        return {
            level: {row["id"]: self.get(f"{level.plural}/{row['id']}") for row in self.rows(level, term)}
            for level in LEVELS
        }

    def only(self, level: Level, term: str) -> Any:
        """Every field of the one row whose name holds *term*."""
        [row] = self.rows(level, term)
        return self.get(f"{level.plural}/{row['id']}")

    def clean_up(self) -> None:
        """Delete what carries the prefix, from the bottom up.

        Before Kimai 2.25, and without the right to delete, all of it stays, else what others have added something to.
        """
        below: Level | None = None
        for level in reversed(LEVELS) if self.version >= DELETE_SINCE else ():
            parents = {row[level] for row in self.everything(below)} if below is not None else set()
            for row in self.rows(level):
                if row["id"] not in parents:
                    assert self.http.delete(f"{level.plural}/{row['id']}").status_code in (204, 403)
            below = level

    @contextmanager
    def team_of_our_own(self) -> Iterator[None]:
        """Have a team in `team`, if this user may make one."""
        me = self.get("users/me")["id"]
        body = {"name": self.prefix, "members": [{"user": me, "teamlead": True}]}
        response = self.http.post("teams", json=body)
        if response.status_code == 200:
            self.team = response.json()["id"]
        yield
        if self.team is not None:
            assert self.http.delete(f"teams/{self.team}").status_code in (204, 403)


def write(path: Path, heading: Iterable[str], *rows: Iterable[str]) -> Path:
    """Write a CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([list(heading), *map(list, rows)])
    return path


def counts(report: Report, kind: Kind) -> list[int]:
    """How many customers, projects and activities came out in that way."""
    return [report.counts[kind][level] for level in LEVELS]


@contextmanager
def reached(url: str, token: str, user: str | None, **has: Any) -> Iterator[Live]:
    """Sign in, check that nobody else uses the prefix, and clean up at the end."""
    headers = {"Authorization": f"Bearer {token}"} if user is None else {"X-AUTH-USER": user, "X-AUTH-TOKEN": token}
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    root = f"{url.rstrip('/').removesuffix('/api')}/api/"
    with httpx.Client(base_url=root, headers=headers, cookies=no_cookies, timeout=SECONDS, trust_env=False) as client:
        live = Live(url, token, user, client, **has)
        live.version = tuple(map(int, re.findall(r"\d+", live.get("version")["version"])))
        assert not any(map(live.rows, LEVELS))
        try:
            yield live
        finally:
            live.clean_up()


@contextmanager
def sandbox(version: str) -> Iterator[Live]:
    """Serve the sandbox in a version, with one of each thing that a field may name."""
    fields = {level: ["cost_centre"] for level in LEVELS}
    custom_fields: dict[str, list[str]] = {level.plural: names for level, names in fields.items()}
    with serving(version, custom_fields=custom_fields, teams=("Team A",), invoice_templates=1) as server:
        old = version == "2.13.0"
        token, user = (server.api_password, server.user) if old else (server.token, None)
        with reached(server.url, token, user, custom_fields=fields, template=1, team=1) as live:
            yield live


@contextmanager
def own_server(url: str) -> Iterator[Live]:
    """Use the server at *url*, with the token and the names that the environment gives."""
    token = os.environ.get("KIMAI_TEST_TOKEN")
    if not token:
        pytest.fail("KIMAI_TEST_URL needs KIMAI_TEST_TOKEN beside it")
    if int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) > 1:
        pytest.fail("two imports at once would take each other's numbers: run these without --numprocesses")
    fields: dict[Level, list[str]] = {}
    for named in filter(None, os.environ.get("KIMAI_TEST_CUSTOM_FIELDS", "").split(",")):
        level, _, name = named.strip().partition(".")
        fields.setdefault(Level(level), []).append(name)
    template = os.environ.get("KIMAI_TEST_INVOICE_TEMPLATE")
    has = {"custom_fields": fields, "template": int(template) if template else None}
    with reached(url, token, os.environ.get("KIMAI_TEST_USER") or None, **has) as live, live.team_of_our_own():
        yield live
