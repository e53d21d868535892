"""Permissions taken away, and which parents a PATCH may choose."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_client import LEVELS, client_of, create, customer, tree_of_three

from kimai_async.sandbox import create_app
from kimai_async.sandbox.serve import serving

pytestmark = pytest.mark.anyio

SINGULAR = {"customers": "customer", "projects": "project", "activities": "activity"}
BUDGETS = {"budget", "timeBudget", "budgetType"}
CHOICE = {"errors": ["The selected choice is invalid."]}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("revoked", "left"),
    [
        (("budget",), {"timeBudget", "budgetType"}),
        (("time",), {"budget", "budgetType"}),
        (("budget", "time"), set[str]()),
        ((), BUDGETS),
    ],
)
async def test_budgets_in_money_and_in_time_take_a_permission_each(
    level: str, revoked: tuple[str, ...], left: set[str]
) -> None:
    app = create_app(revoke=[f"{verb}_{SINGULAR[level]}" for verb in revoked])
    async with client_of(app) as client:
        await tree_of_three(client)
        for answer in (
            await client.post(f"/api/{level}", json={"nope": 1}),
            await client.patch(f"/api/{level}/1", json={"nope": 1}),
        ):
            assert answer.json()["errors"]["children"].keys() & BUDGETS == left
        shown = (await client.get(f"/api/{level}/1")).json()
        assert shown.keys() >= BUDGETS


@pytest.mark.parametrize("level", LEVELS)
async def test_a_revoked_permission_is_missing_on_its_level_only(level: str) -> None:
    async with client_of(create_app(revoke=[f"edit_{SINGULAR[level]}", f"delete_{SINGULAR[level]}"])) as client:
        await tree_of_three(client)
        for each in LEVELS:
            assert (await client.patch(f"/api/{each}/1", json={})).status_code == (403 if each == level else 200)
        assert (await client.delete(f"/api/{level}/1")).status_code == 403
    async with client_of(create_app(revoke=[f"create_{SINGULAR[level]}"])) as client:
        statuses = {each: (await client.post(f"/api/{each}", json={})).status_code for each in LEVELS}
        assert statuses == {each: 403 if each == level else 400 for each in LEVELS}


def test_a_permission_that_there_is_not_is_a_value_error() -> None:
    with pytest.raises(ValueError, match=r"^There is no permission 'budget_customers': use one of .*budget_customer,"):
        create_app(revoke=["budget_customers"])


async def patched(client: Any, path: str, body: dict[str, Any]) -> Any:
    answer = await client.patch(f"/api/{path}", json=body)
    return answer.json()["errors"]["children"] if answer.status_code == 400 else answer.status_code


@pytest.mark.parametrize("version", ["2.13.0", "2.20.1", "2.65.0"])
async def test_what_is_below_a_hidden_parent_can_be_changed(version: str) -> None:
    async with client_of(create_app(version)) as client:
        await tree_of_three(client)
        await client.patch("/api/customers/1", json={"visible": False})
        for body in ({"comment": "new"}, {"customer": 1, "comment": "newer"}):
            assert await patched(client, "projects/1", body) == 200
        await client.patch("/api/projects/1", json={"visible": False})
        for body in ({"comment": "new"}, {"project": 1, "comment": "newer"}):
            assert await patched(client, "activities/1", body) == 200


async def test_a_project_cannot_be_moved_below_another_hidden_customer() -> None:
    async with client_of(create_app()) as client:
        await tree_of_three(client)
        await create(client, "customers", customer("Hidden", visible=False))
        assert (await patched(client, "projects/1", {"customer": 2}))["customer"] == CHOICE


async def test_an_activity_is_moved_to_projects_of_its_customer_only() -> None:
    async with client_of(create_app()) as client:
        await tree_of_three(client)
        await create(client, "customers", customer("Other"))
        for name, parent in (("Sibling", 1), ("Foreign", 2)):
            await create(client, "projects", {"name": name, "customer": parent})
        assert (await patched(client, "activities/1", {"project": 3}))["project"] == CHOICE
        assert await patched(client, "activities/1", {"project": 2}) == 200


async def test_a_patch_without_a_project_makes_an_activity_global_and_a_project_needs_its_customer() -> None:
    async with client_of(create_app()) as client:
        await tree_of_three(client)
        found = await patched(client, "projects/1", {"customer": None})
        assert found["customer"] == {"errors": ["This value should not be null."]}
        assert (await client.patch("/api/activities/1", json={"project": None})).json()["project"] is None


def test_a_served_sandbox_takes_the_same_setup() -> None:
    with serving(
        custom_fields={"customers": ("x",)}, teams=("A",), invoice_templates=2, revoke=("view_team",)
    ) as kimai:
        setup = kimai.sandbox.setup
        assert (setup.custom_fields, setup.teams) == ({"customers": ("x",)}, ("A",))
        assert (setup.invoice_templates, setup.revoked) == (2, frozenset({"view_team"}))
