"""Custom fields: which there are, how they are set, what bodies show of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sandbox_client import LEVELS, client_of, create, customer, sandbox_of, tree_of_three

from kimai_async.sandbox import create_app
from kimai_async.sandbox.storage.setup import parse_custom_fields

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

pytestmark = pytest.mark.anyio

FIELDS = {"customers": ("cost_centre", "Ref"), "projects": ("cost_centre",), "activities": ("cost_centre",)}
ANNA = {"Authorization": "Bearer anna-token-0123456789"}
JOHN = {"Authorization": "Bearer john-token-0123456789"}


async def set_field(client: httpx.AsyncClient, path: str, name: Any, value: Any) -> Any:
    answer = await client.patch(f"/api/{path}/meta", json={"name": name, "value": value})
    assert answer.status_code == 200, answer.text
    return {each["name"]: each["value"] for each in answer.json()["metaFields"]}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("version", ["2.13.0", "2.20.1", "2.65.0"])
async def test_a_custom_field_is_set_and_read_back(version: str, level: str) -> None:
    async with client_of(create_app(version, custom_fields=FIELDS)) as client:
        await tree_of_three(client)
        answer = await client.patch(f"/api/{level}/1/meta", json={"name": "COST_centre", "value": "4711"})
        found = [each for each in answer.json()["metaFields"] if each["value"] is not None]
        assert found == [{"name": "cost_centre", "value": "4711"}]
        assert (await client.get(f"/api/{level}/1")).json() == answer.json()
        assert (await client.get(f"/api/{level}")).json()[0]["metaFields"] == answer.json()["metaFields"]


async def test_a_new_row_has_every_custom_field_without_a_value() -> None:
    async with client_of(create_app(custom_fields=FIELDS)) as client:
        created = await create(client, "customers", customer())
        assert created["metaFields"] == [{"name": "cost_centre", "value": None}, {"name": "Ref", "value": None}]
        assert (await client.get("/api/customers/1")).json() == created


async def test_an_older_row_shows_a_custom_field_once_it_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "kimai.db"
    old = create_app(database=path, custom_fields={"customer": ("Gone",)})
    async with client_of(old) as client:
        await create(client, "customers", customer())
        await set_field(client, "customers/1", "Gone", "kept")
    sandbox_of(old).close()
    new = create_app(database=path, custom_fields={"customer": ("New",)})
    async with client_of(new) as client:
        gone, added = {"name": "Gone", "value": "kept"}, {"name": "New", "value": None}
        assert (await client.get("/api/customers/1")).json()["metaFields"] == [gone]
        assert (await client.patch("/api/customers/1", json={})).json()["metaFields"] == [gone, added]
        assert await set_field(client, "customers/1", "gone", "too") == {"Gone": "too", "New": None}
    sandbox_of(new).close()


@pytest.mark.parametrize(
    ("sent", "stored"),
    [("a b", "a b"), (" a ", " a "), ("", ""), (None, ""), (True, "1"), (0, "0"), (1.50, "1.5"), (["x"], "before")],
)
async def test_a_value_is_stored_as_text(sent: Any, stored: str) -> None:
    async with client_of(create_app(custom_fields=FIELDS)) as client:
        await create(client, "customers", customer())
        await set_field(client, "customers/1", "Ref", "before")
        assert await set_field(client, "customers/1", "ref", sent) == {"cost_centre": None, "Ref": stored}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "nope", "value": "x"}, 404),
        ({"name": "", "value": "x"}, 404),
        ({"name": "Réf", "value": "x"}, 404),
        ({"name": "Ref"}, 400),
        ({"value": "x"}, 400),
        ({"name": "nope"}, 400),
        ({"name": "Ref", "value": False}, 400),
        ({"name": ["Ref"], "value": "x"}, 500),
        ({"name": "Ref", "value": "é" * 32_767}, 200),
        ({"name": "Ref", "value": "é" * 32_768}, 500),
    ],
)
async def test_what_a_custom_field_is_refused_for(body: dict[str, Any], status: int) -> None:
    async with client_of(create_app(custom_fields=FIELDS)) as client:
        await create(client, "customers", customer())
        assert (await client.patch("/api/customers/1/meta", json=body)).status_code == status


async def test_case_counts_in_letters_that_are_not_ascii() -> None:
    async with client_of(create_app(custom_fields={"customers": ("Ära",)})) as client:
        await create(client, "customers", customer())
        for name, status in (("ära", 404), ("ÄRA", 200)):
            answer = await client.patch("/api/customers/1/meta", json={"name": name, "value": "x"})
            assert answer.status_code == status


async def test_a_custom_field_belongs_to_its_level() -> None:
    async with client_of(create_app(custom_fields={"projects": ("phase",)})) as client:
        await tree_of_three(client)
        for level, status in (("customers", 404), ("projects", 200), ("activities", 404)):
            answer = await client.patch(f"/api/{level}/1/meta", json={"name": "phase", "value": "x"})
            assert answer.status_code == status


async def test_a_custom_field_takes_the_permission_to_edit() -> None:
    body = {"name": "Ref", "value": "x"}
    app = create_app(custom_fields=FIELDS)
    async with client_of(app) as client:
        await create(client, "customers", customer())
    for headers, status in ((ANNA, 200), (JOHN, 403)):
        async with client_of(app, headers) as client:
            assert (await client.patch("/api/customers/1/meta", json=body)).status_code == status
            assert (await client.patch("/api/customers/9/meta", json=body)).status_code == 404
    async with client_of(create_app(custom_fields=FIELDS, revoke=["edit_customer"])) as client:
        await create(client, "customers", customer())
        assert (await client.patch("/api/customers/1/meta", json=body)).status_code == 403


@pytest.mark.parametrize(
    ("version", "level", "status"),
    [
        ("2.40.0", "customers", 200),
        ("2.41.0", "customers", 400),
        ("2.40.0", "activities", 200),
        ("2.41.0", "activities", 400),
        ("2.14.0", "projects", 400),
    ],
)
async def test_setting_a_custom_field_validates_the_whole_entity(version: str, level: Any, status: int) -> None:
    app = create_app(version, custom_fields=FIELDS)
    async with client_of(app) as client:
        await tree_of_three(client)
        store = sandbox_of(app).store
        first = store.get(level, 1)
        assert first is not None
        for _ in range(2):
            store.insert(level, first.parent, first.fields | {"number": "N-1"})
        answer = await client.patch(f"/api/{level}/2/meta", json={"name": "cost_centre", "value": "x"})
        assert answer.status_code == status
        if status == 400:
            found = answer.json()
            assert (found["code"], found["message"]) == ("400", "There was a problem saving.")
            assert list(found["errors"]["children"]) == ["number"]


async def test_a_search_looks_into_custom_fields() -> None:
    async with client_of(create_app(custom_fields=FIELDS)) as client:
        for name in ("One", "Two", "Three"):
            await create(client, "customers", customer(name))
        await set_field(client, "customers/1", "Ref", "Alpha")
        await set_field(client, "customers/2", "Ref", "alpine")
        for term, expected in (
            ("ref:alp", ["One", "Two"]),
            ("ref:alp tw", ["Two"]),
            ("ref:beta", []),
            ("cost_centre:a", []),
            ("other:a", []),
        ):
            found = (await client.get("/api/customers", params={"term": term})).json()
            assert [each["name"] for each in found] == expected


def test_the_command_reads_custom_fields_of_levels_in_the_singular_or_plural() -> None:
    given = ["customer.cost_centre", "customers.ref.no", "activity.x"]
    assert parse_custom_fields(given) == {"customers": ["cost_centre", "ref.no"], "activities": ["x"]}


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("customer", "'customer' is not a custom field: write its level and its name, customer.cost_centre."),
        ("team.x", "There are no custom fields of 'team': the levels are customer, project, activity and timesheet."),
    ],
)
def test_a_custom_field_that_cannot_be_is_one_sentence(option: str, sentence: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole sentence is compared
        parse_custom_fields([option])
    assert str(caught.value) == sentence


def test_custom_fields_of_another_level_are_a_value_error() -> None:
    with pytest.raises(ValueError, match="no custom fields of 'users'"):
        create_app(custom_fields={"users": ("x",)})
