"""What lists hide, find and how they sort (the tables of Kimai's own controller tests)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sandbox_client import client_of, create, customer, tree_of_three

from kimai_async.sandbox import create_app

if TYPE_CHECKING:
    import httpx

pytestmark = pytest.mark.anyio


async def names(client: httpx.AsyncClient, path: str) -> list[str]:
    answer = await client.get(f"/api/{path}")
    assert answer.status_code == 200, answer.text
    return [each["name"] for each in answer.json()]


async def two_trees(client: httpx.AsyncClient) -> None:
    """A visible and a hidden customer, each with a visible and a hidden project, each with two activities."""
    for customer_id, customer_name in enumerate(("Shown", "Covered"), 1):
        await create(client, "customers", customer(customer_name))
        for offset, shown in ((1, True), (2, False)):
            project_id = (customer_id - 1) * 2 + offset
            name = f"{customer_name} {'on' if shown else 'off'}"
            await create(client, "projects", {"name": name, "customer": customer_id})
            for visible in (True, False):
                activity = f"{name} {'on' if visible else 'off'}"
                await create(client, "activities", {"name": activity, "project": project_id, "visible": visible})
            await client.patch(f"/api/projects/{project_id}", json={"visible": shown})
    await client.patch("/api/customers/2", json={"visible": False})
    await create(client, "activities", {"name": "Global on"})
    await create(client, "activities", {"name": "Global off", "visible": False})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Shown on"]),
        ("?visible=2", ["Shown off"]),
        ("?visible=3", ["Covered off", "Covered on", "Shown off", "Shown on"]),
        ("?customer=2", []),
        ("?customer=2&visible=2", []),
        ("?customer=2&visible=3", ["Covered off", "Covered on"]),
        ("?customers[]=2&customers[0]=1&visible=3", ["Covered off", "Covered on", "Shown off", "Shown on"]),
        ("?globalActivities=0&visible=3", []),
        ("?visible=3&orderBy=customer&order=DESC", ["Shown on", "Shown off", "Covered on", "Covered off"]),
        ("?visible=3&orderBy=id", ["Shown on", "Shown off", "Covered on", "Covered off"]),
    ],
)
async def test_projects_hide_themselves_and_those_of_hidden_customers(query: str, expected: list[str]) -> None:
    async with client_of(create_app("2.65.0")) as client:
        await two_trees(client)
        assert await names(client, f"projects{query}") == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"Shown on on", "Global on"}),
        ("?visible=2", {"Shown on off", "Global off"}),
        ("?project=1", {"Shown on on", "Global on"}),
        ("?project=2", {"Global on"}),
        ("?project=3&visible=3", {"Covered on on", "Covered on off", "Global on", "Global off"}),
        ("?globals=true", {"Global on"}),
        ("?globals=1&visible=3", {"Global on", "Global off"}),
        ("?globals=0", {"Shown on on", "Global on"}),
    ],
)
async def test_activities_come_with_the_global_ones(query: str, expected: set[str]) -> None:
    async with client_of(create_app("2.65.0")) as client:
        await two_trees(client)
        assert set(await names(client, f"activities{query}")) == expected


async def test_global_activities_sort_first_by_project() -> None:
    async with client_of(create_app("2.65.0")) as client:
        await two_trees(client)
        assert (await names(client, "activities?orderBy=project"))[0] == "Global on"


async def test_one_project_without_globals_hides_them_but_two_show_them() -> None:
    async with client_of(create_app("2.65.0")) as client:
        await tree_of_three(client)
        await create(client, "activities", {"name": "Global"})
        await client.patch("/api/projects/1", json={"globalActivities": False})
        await create(client, "projects", {"name": "Other", "customer": 1})
        assert await names(client, "activities?project=1") == ["Design"]
        assert await names(client, "activities?projects[]=1&projects[]=2") == ["Design", "Global"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Always"]),
        ("?visible=3", ["Always"]),
        ("?ignoreDates=1", ["Always", "Future", "Past"]),
        ("?start=2020-06-01", ["Always", "Past"]),
        ("?end=2100-01-01T00:00:00", ["Always", "Future"]),
        ("?start=2020-06-01&end=2100-01-01", ["Always"]),
    ],
)
async def test_projects_hide_what_does_not_run_on_the_day(query: str, expected: list[str]) -> None:
    async with client_of(create_app("2.65.0")) as client:
        await create(client, "customers", customer())
        for name, dates in (("Always", {}), ("Past", {"end": "2020-12-31"}), ("Future", {"start": "2099-01-01"})):
            await create(client, "projects", {"name": name, "customer": 1} | dates)
        assert await names(client, f"projects{query}") == expected


@pytest.mark.parametrize(
    "path",
    [
        "customers?visible=4",
        "customers?order=asc",
        "customers?orderBy=number",
        "customers?full=yes",
        "projects?customer=x",
        "projects?customers[]=x",
        "projects?ignoreDates=0",
        "projects?start=2026-02-30",
        "projects?end=today",
        "activities?orderBy=customer",
        "timesheets?begin=2026-01-01",
        "timesheets?user=me",
    ],
)
async def test_a_bad_value_of_a_known_parameter_is_a_bad_request(path: str) -> None:
    async with client_of(create_app("2.65.0")) as client:
        assert (await client.get(f"/api/{path}")).status_code == 400


@pytest.mark.parametrize(
    ("version", "term", "expected"),
    [
        ("2.65.0", "MULLER", ["Müller Straße 100"]),
        ("2.65.0", "100 mull", ["Müller Straße 100"]),
        ("2.33.0", "100 mull", []),
        ("2.33.0", "ller str", ["Müller Straße 100"]),
        ("2.65.0", "strasse", []),
        ("2.65.0", "!muller", ["Acme_Q"]),
        ("2.65.0", "m%r", ["Müller Straße 100"]),
        ("2.65.0", "e_q", ["Acme_Q"]),
        ("2.65.0", "acme\\_", ["Acme_Q"]),
        ("2.65.0", "cost:9", []),
        ("2.65.0", "secret", ["Acme_Q"]),
        ("2.65.0", "", ["Acme_Q", "Müller Straße 100"]),
    ],
)
async def test_a_term_searches_as_like_does(version: str, term: str, expected: list[str]) -> None:
    async with client_of(create_app(version)) as client:
        await create(client, "customers", customer("Acme_Q", comment="Secret"))
        await create(client, "customers", customer("Müller Straße 100"))
        answer = await client.get("/api/customers", params={"term": term})
        assert [each["name"] for each in answer.json()] == expected


async def test_names_sort_without_case_and_accents_and_digits_before_letters() -> None:
    async with client_of(create_app("2.65.0")) as client:
        for name in ("😀 last", "zoe", "Émile", "emma", "42", "- dash", "zoe"):
            await create(client, "customers", customer(name))
        assert await names(client, "customers") == ["- dash", "42", "Émile", "emma", "zoe", "zoe", "😀 last"]
        found: list[Any] = (await client.get("/api/customers?order=DESC")).json()
        assert [each["id"] for each in found] == [1, 2, 7, 4, 3, 5, 6]
