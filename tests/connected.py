"""Connections to a sandbox as one of its four users, in whichever version."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx

from kimai_async.kimai.connection import Connection
from kimai_async.kimai.messages import BEARER_SINCE
from kimai_async.sandbox.storage.users import API_PASSWORD, USERS
from kimai_async.settings import Access

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from kimai_async.sandbox.serve import Serving

VERSIONS = ("2.13.0", "2.20.1", "2.65.0")


@asynccontextmanager
async def connected(server: Serving, first_name: str = "susan") -> AsyncIterator[Connection]:
    """A connection as susan (super admin), anna (admin), tony (team lead) or john, without waits between tries."""

    async with Connection(access(server, first_name), lanes=4, wait=no_wait) as connection:
        yield connection


async def no_wait(seconds: float, reason: str) -> None:
    pass


def scripted(*answers: httpx.Response) -> Connection:
    """A connection to a server that gives these answers, and the last of them for ever."""
    left = list(answers)

    transport = httpx.MockTransport(lambda request: left.pop(0) if len(left) > 1 else left[0])
    nowhere = Access(url="https://kimai.example.com", token="sentinel-token-0123456789")
    return Connection(nowhere, lanes=1, wait=no_wait, transport=transport)


def access(server: Serving, first_name: str = "susan") -> Access:
    user = next(user for user in USERS if user.first_name == first_name)
    if server.sandbox.profile.version < f"2.{BEARER_SINCE[1]}":
        return Access(url=server.url, user=user.username, token=API_PASSWORD)
    return Access(url=server.url, token=user.token)


def ask(server: Serving, method: str, path: str, **body: Any) -> Any:
    """Send something as susan, beside the importer, and return the JSON of the answer."""
    login = {"X-AUTH-USER": server.user, "X-AUTH-TOKEN": server.api_password}
    response = httpx.request(method, f"{server.url}/api/{path}", headers=login, json=body or None)
    assert response.status_code in (200, 204), response.text
    return response.json() if response.content else None


def add_user(server: Serving, username: str, email: str, **more: Any) -> int:
    body = {"username": username, "email": email, "plainPassword": "secret-1234", "enabled": True, **more}
    return int(ask(server, "POST", "users", **body)["id"])
