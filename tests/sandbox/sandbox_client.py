"""A logged-in client for a sandbox in this process."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx

from kimai_async.sandbox.storage.state import Sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.applications import Starlette

SUSAN = {"X-AUTH-USER": "susan_super", "X-AUTH-TOKEN": "api_kitten_1"}
LEVELS = ("customers", "projects", "activities")


@asynccontextmanager
async def client_of(app: Starlette, headers: dict[str, str] | None = None) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    auth = SUSAN if headers is None else headers
    async with httpx.AsyncClient(transport=transport, base_url="http://kimai.test", headers=auth) as client:
        yield client


def sandbox_of(app: Starlette) -> Sandbox:
    sandbox = app.state.sandbox
    assert isinstance(sandbox, Sandbox)
    return sandbox


def customer(name: str = "Acme", **values: Any) -> dict[str, Any]:
    required = {"country": "DE", "currency": "EUR", "timezone": "Europe/Berlin"}
    return {"name": name, "visible": True, "billable": True} | required | values


async def create(client: httpx.AsyncClient, level: str, body: dict[str, Any]) -> Any:
    answer = await client.post(f"/api/{level}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def errors(client: httpx.AsyncClient, level: str, body: Any) -> dict[str, list[str]]:
    """What a create is refused for, by field; the form's own errors stand under ''."""
    answer = await client.post(f"/api/{level}", json=body)
    assert answer.status_code == 400, answer.text
    found = answer.json()["errors"]
    children = {name: child["errors"] for name, child in found["children"].items() if child}
    return children | ({"": found["errors"]} if "errors" in found else {})


async def tree_of_three(client: httpx.AsyncClient) -> None:
    """One customer, project and activity, all with the id 1."""
    await create(client, "customers", customer())
    booleans = {"visible": True, "billable": True}
    await create(client, "projects", {"name": "Site", "customer": 1, "globalActivities": True} | booleans)
    await create(client, "activities", {"name": "Design", "project": 1} | booleans)
