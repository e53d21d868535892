"""What tests can see of a sandbox, what a file keeps, and where faults can be put in later."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sandbox_client import client_of, create, customer, errors, sandbox_of, tree_of_three
from starlette.responses import Response

from kimai_async.sandbox import create_app

if TYPE_CHECKING:
    from pathlib import Path

    from kimai_async.sandbox.storage.state import Creation, Proceed

pytestmark = pytest.mark.anyio


async def test_a_recording_sandbox_remembers_every_request() -> None:
    app = create_app("2.65.0", record=True)
    async with client_of(app) as client:
        await client.get("/api/customers?visible=3")
        await client.post("/api/customers", json={"name": "Acme"})
        await client.post("/api/nope", content=b"{no json")
    seen = [(each.method, each.path, each.json) for each in sandbox_of(app).requests]
    assert seen == [
        ("GET", "/api/customers", None),
        ("POST", "/api/customers", {"name": "Acme"}),
        ("POST", "/api/nope", None),
    ]


async def test_requests_are_not_remembered_unless_asked_for() -> None:
    app = create_app()
    async with client_of(app) as client:
        await client.get("/api/ping")
    assert sandbox_of(app).requests == []


async def test_numbers_come_in_the_order_of_the_ids() -> None:
    app = create_app()
    async with client_of(app) as client:
        await create(client, "customers", customer("Zoe"))
        await create(client, "customers", customer("Ann", number=None))
    assert sandbox_of(app).numbers("customers") == ["0002", None]
    assert sandbox_of(app).numbers("projects") == []


@pytest.mark.parametrize("as_text", [True, False])
async def test_a_database_file_keeps_rows_and_ids(tmp_path: Path, as_text: bool) -> None:
    path = tmp_path / "kimai.db"
    first = create_app(database=str(path) if as_text else path)
    async with client_of(first) as client:
        await tree_of_three(client)
        await client.delete("/api/activities/1")
    sandbox_of(first).close()
    second = create_app(database=path)
    async with client_of(second) as client:
        assert (await create(client, "activities", {"name": "Plan", "project": 1}))["id"] == 2
    assert sandbox_of(second).tree() == [("Acme",), ("Acme", "Site"), ("Acme", "Site", "Plan")]
    sandbox_of(second).close()


async def test_two_sandboxes_in_memory_know_nothing_of_each_other() -> None:
    first, second = create_app(), create_app()
    async with client_of(first) as client:
        await create(client, "customers", customer())
    assert sandbox_of(second).tree() == []


async def test_something_can_be_put_around_every_create() -> None:
    app = create_app()
    seen: list[str] = []

    async def lose_the_answer(creation: Creation, proceed: Proceed) -> Response:
        seen.append(f"{creation.level}: {creation.values['name']}")
        await proceed()
        return Response("<html>", 502)

    async def store_nothing(creation: Creation, proceed: Proceed) -> Response:
        return Response(status_code=503) if "not" in creation.values["name"] else await proceed()

    sandbox_of(app).around_create += [lose_the_answer, store_nothing]
    async with client_of(app) as client:
        for name in ("Stored", "Do not store"):
            assert (await client.post("/api/customers", json=customer(name))).status_code == 502
        assert await errors(client, "customers", customer("x")) != {}
    assert seen == ["customers: Stored", "customers: Do not store"]
    assert sandbox_of(app).tree() == [("Stored",)]


async def test_a_parent_deleted_meanwhile_is_a_500() -> None:
    app = create_app()

    async def delete_the_parent(_: Creation, proceed: Proceed) -> Response:
        sandbox_of(app).store.delete("customers", 1)
        return await proceed()

    async with client_of(app) as client:
        await create(client, "customers", customer())
        sandbox_of(app).around_create.append(delete_the_parent)
        assert (await client.post("/api/projects", json={"name": "Site", "customer": 1})).status_code == 500


async def test_a_custom_field_is_unknown_and_needs_a_value() -> None:
    async with client_of(create_app()) as client:
        await tree_of_three(client)
        for level in ("customers", "projects", "activities"):
            path = f"/api/{level}/1/meta"
            assert (await client.patch(path, content=json.dumps({"name": "a", "value": 1}))).status_code == 404
            assert (await client.patch(path, content=json.dumps({"value": 1}))).status_code == 400
            assert (await client.patch(f"/api/{level}/9/meta", content=b"{}")).status_code == 404
