"""Every field: set by POST, read back, changed by PATCH, refused by the versions that lack it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sandbox_client import client_of, create, customer, errors, sandbox_of, tree_of_three

from kimai_async.sandbox import create_app

if TYPE_CHECKING:
    import httpx

    from kimai_async.sandbox.storage.store import Level

pytestmark = pytest.mark.anyio

EXTRA = {"": ["This form should not contain extra fields."]}
Case = tuple[str, Any, Any, Any, Any]
"""A field, what a POST sends and what is read back, what a PATCH sends and what is read back."""

COMMON: list[Case] = [
    ("name", "First", "First", "Second", "Second"),
    ("number", "N-1", "N-1", "N-2", "N-2"),
    ("comment", "a\nb", "a\nb", "", None),
    ("invoiceText", "one", "one", "two", "two"),
    ("teams", ["2", 1], [1, 2], None, None),
    ("color", "#ff0000", "#ff0000", None, None),
    ("budget", 1000.5, 1000.5, "7,25", 7.25),
    ("timeBudget", "36900s", 36900, "1:30", 5400),
    ("budgetType", "month", "month", None, None),
    ("visible", False, False, True, True),
    ("billable", False, False, True, True),
]
CUSTOMER: list[Case] = [
    ("company", "Acme Ltd", "Acme Ltd", "Acme Inc", "Acme Inc"),
    ("vatId", "DE1", "DE1", "DE2", "DE2"),
    ("contact", "Ann", "Ann", "Bob", "Bob"),
    ("country", "AT", "AT", "CH", "CH"),
    ("currency", "CHF", "CHF", "USD", "USD"),
    ("timezone", "Europe/Vienna", "Europe/Vienna", "Europe/Zurich", "Europe/Zurich"),
    *((name, "1", "1", "2", "2") for name in ("phone", "fax", "mobile")),
    ("email", "a@example.com", "a@example.com", "b@example.com", "b@example.com"),
    ("homepage", "example.com", "https://example.com", "http://b.example", "http://b.example"),
    ("invoiceTemplate", 1, 1, "2", 2),
]
NEWER_CUSTOMER: list[Case] = [
    *((f"addressLine{line}", "Road", "Road", "Lane", "Lane") for line in (1, 2, 3)),
    ("postCode", "10115", "10115", "8000", "8000"),
    ("city", "Berlin", "Berlin", "Zurich", "Zurich"),
    ("buyerReference", "B1", "B1", "B2", "B2"),
    ("language", "de", "de", "fr", "fr"),
    ("invoiceEmail", "i@example.com", "i@example.com", None, None),
]
OLDER_CUSTOMER: list[Case] = [("address", "Road 1", "Road 1", "Lane 2", "Lane 2")]
PROJECT: list[Case] = [
    ("orderNumber", "O1", "O1", "O2", "O2"),
    ("orderDate", "2026-01-01", "2026-01-01", "2026-01-02T10:00:00", "2026-01-02"),
    ("start", "2026-02-01", "2026-02-01", "2026-02-02T00:00:00", "2026-02-02"),
    ("end", "2026-03-01", "2026-03-01", "2026-03-02T23:59:59", "2026-03-02"),
    ("globalActivities", False, False, True, True),
    ("customer", 1, 1, 2, 2),
]
ACTIVITY: list[Case] = [("project", 1, 1, 2, 2)]
VERSIONS = ("2.13.0", "2.20.1", "2.65.0")
LEVELS: tuple[Level, ...] = ("customers", "projects", "activities")


def cases(level: str, version: str) -> list[Case]:
    """The fields of a level that this version has."""
    newest = version == "2.65.0"
    own = {"customers": CUSTOMER, "projects": PROJECT, "activities": ACTIVITY}[level]
    if level == "customers":
        own = own + (NEWER_CUSTOMER if newest else OLDER_CUSTOMER)
    return [case for case in COMMON if case[0] != "number" or level == "customers" or version != "2.13.0"] + own


def lacking(level: str, version: str) -> set[str]:
    everything = {case[0] for each in ("2.65.0", "2.20.1") for case in cases(level, each)}
    return everything - {case[0] for case in cases(level, version)}


async def parents(client: httpx.AsyncClient) -> None:
    """Two customers with a project in common, so that both can be moved."""
    await create(client, "customers", customer("One", number=None))
    await create(client, "customers", customer("Two", number=None))
    for name in ("One", "Two"):
        await create(client, "projects", {"name": name, "customer": 1, "visible": True})


async def kept(app: Any, client: httpx.AsyncClient, level: Level, row_id: int) -> dict[str, Any]:
    """The body of a GET, with what no body shows from the store."""
    row = sandbox_of(app).store.get(level, row_id)
    assert row is not None
    shown = (await client.get(f"/api/{level}/{row_id}")).json()
    assert {"invoiceText", "invoiceTemplate"} & shown.keys() == set()
    hidden = {name: row.fields.get(name) for name in ("invoiceText", "invoiceTemplate")}
    values: dict[str, Any] = hidden | shown | {"teams": [team["id"] for team in shown["teams"]]}
    return values


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("version", VERSIONS)
async def test_every_field_is_set_by_post_and_changed_by_patch(version: str, level: Level) -> None:
    app = create_app(version, teams=("A", "B"), invoice_templates=2)
    fields = cases(level, version)
    async with client_of(app) as client:
        await parents(client)
        row_id = (await create(client, level, {name: sent for name, sent, *_ in fields}))["id"]
        stored = await kept(app, client, level, row_id)
        assert {name: stored[name] for name, *_ in fields} == {name: read for name, _, read, *_ in fields}
        changes = {name: sent for name, _, _, sent, _ in fields if name != "teams"}
        answer = await client.patch(f"/api/{level}/{row_id}", json=changes)
        assert answer.status_code == 200, answer.text
        stored = await kept(app, client, level, row_id)
        expected = {name: read for name, *_, read in fields if name != "teams"}
        assert {name: stored[name] for name in expected} == expected
        assert stored["teams"] == [1, 2]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("version", VERSIONS)
async def test_one_field_in_a_patch_changes_nothing_else(version: str, level: Level) -> None:
    app = create_app(version, teams=("A", "B"), invoice_templates=2)
    fields = cases(level, version)
    async with client_of(app) as client:
        await parents(client)
        row_id = (await create(client, level, {name: sent for name, sent, *_ in fields}))["id"]
        for name, _, _, sent, read in fields:
            if name == "teams":
                continue
            before = await kept(app, client, level, row_id)
            assert (await client.patch(f"/api/{level}/{row_id}", json={name: sent})).status_code == 200
            after = await kept(app, client, level, row_id)
            follows = {"color-safe", "parentTitle"}
            assert {key: value for key, value in after.items() if key not in follows} == {
                key: value for key, value in before.items() if key not in follows
            } | {name: read}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("version", VERSIONS)
async def test_a_field_that_a_version_lacks_is_an_extra_field(version: str, level: Level) -> None:
    expected = {
        "2.13.0": {"number"} if level != "customers" else {case[0] for case in NEWER_CUSTOMER},
        "2.20.1": {case[0] for case in NEWER_CUSTOMER} if level == "customers" else set(),
        "2.65.0": {"address"} if level == "customers" else set(),
    }[version]
    assert lacking(level, version) == expected
    body: dict[str, Any] = {"name": "Design"}
    body |= customer(number=None) if level == "customers" else {"customer": 1} if level == "projects" else {}
    async with client_of(create_app(version)) as client:
        await tree_of_three(client)
        for name in lacking(level, version):
            assert await errors(client, level, body | {name: "x"}) == EXTRA
            refused = await client.patch(f"/api/{level}/1", json={name: "x"})
            assert refused.json()["errors"]["errors"] == EXTRA[""]


@pytest.mark.parametrize("level", LEVELS)
async def test_teams_and_custom_fields_are_extra_fields_of_a_patch(level: str) -> None:
    app = create_app(teams=("A",), custom_fields={level: ("cost_centre",)})
    async with client_of(app) as client:
        await tree_of_three(client)
        for name in ("teams", "metaFields", "cost_centre"):
            answer = await client.patch(f"/api/{level}/1", json={name: [1]})
            assert answer.json()["errors"]["errors"] == EXTRA[""]
            assert "teams" not in answer.json()["errors"]["children"]


async def test_dates_of_a_patch_need_a_time() -> None:
    async with client_of(create_app()) as client:
        await tree_of_three(client)
        for name in ("orderDate", "start", "end"):
            answer = await client.patch("/api/projects/1", json={name: "2026-01-01"})
            assert answer.json()["errors"]["children"][name] == {"errors": ["Please enter a valid date."]}
            assert (await client.patch("/api/projects/1", json={name: ""})).status_code == 200


async def test_an_invoice_template_is_chosen_by_its_id() -> None:
    refused = {"invoiceTemplate": ["The selected choice is invalid."]}
    app = create_app(invoice_templates=1)
    async with client_of(app) as client:
        await create(client, "customers", customer(invoiceTemplate=1))
        for wrong in (0, 2, "one", [1]):
            assert await errors(client, "customers", customer(invoiceTemplate=wrong)) == refused
        assert (await client.patch("/api/customers/1", json={"invoiceTemplate": None})).status_code == 200
    stored = sandbox_of(app).store.get("customers", 1)
    assert stored is not None
    assert stored.fields["invoiceTemplate"] is None
