"""Users, tags, teams and rates, beyond what was recorded."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_client import client_of, create, customer, errors, sandbox_of, tree_of_three

from kimai_async.sandbox import create_app

pytestmark = pytest.mark.anyio

TONY = {"Authorization": "Bearer tony-token-0123456789"}
CHOICE = ["The selected choice is invalid."]
LENA = {"username": "lena", "email": "lena@example.com", "plainPassword": "secret-1234", "plainApiToken": "kitten"}
LEAD = [{"user": 3, "teamlead": True}]


async def test_somebody_new_logs_in_with_his_api_password_once_he_is_enabled() -> None:
    app = create_app()
    async with client_of(app) as susan, client_of(app, {"X-AUTH-USER": "lena", "X-AUTH-TOKEN": "kitten"}) as lena:
        created = await create(susan, "users", LENA)
        assert (created["enabled"], created["apiToken"]) == (False, True)
        assert (await lena.get("/api/ping")).status_code == 403
        await susan.patch("/api/users/5", json={"enabled": True, "supervisor": 1})
        me = (await lena.get("/api/users/me")).json()
        assert (me["username"], me["supervisor"]["username"]) == ("lena", "susan_super")


async def test_a_disabled_user_is_nobody_to_his_token() -> None:
    app = create_app()
    async with client_of(app) as susan, client_of(app, TONY) as tony:
        await susan.patch("/api/users/3", json={"enabled": False})
        assert ((await tony.get("/api/ping")).status_code, (await tony.get("/api/ping")).content) == (401, b"")


async def test_an_account_survives_the_end_of_the_server(tmp_path: Any) -> None:
    for expected in (5, 6):
        app = create_app(database=tmp_path / "kimai.db")
        async with client_of(app) as susan:
            name = {"username": f"user {expected}", "email": f"{expected}@example.com"}
            assert (await create(susan, "users", LENA | name))["id"] == expected
        app.state.sandbox.close()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"username": "john@example.com"}, {"username": ["An equal e-mail address is already in use."]}),
        ({"roles": "ROLE_ADMIN"}, {"roles": CHOICE}),
        ({"supervisor": 9}, {"supervisor": CHOICE}),
        ({"alias": "<a>"}, {"alias": ['The following characters are not allowed: < > " =']}),
    ],
)
async def test_an_account_is_refused(values: dict[str, Any], expected: dict[str, Any]) -> None:
    async with client_of(create_app()) as susan:
        assert await errors(susan, "users", LENA | values) == expected


async def test_users_are_listed_by_any_of_four_fields() -> None:
    async with client_of(create_app()) as susan:
        found = (await susan.get("/api/users?orderBy=id&order=DESC")).json()
        assert [each["id"] for each in found] == [4, 3, 2, 1]
        assert [each["id"] for each in (await susan.get("/api/users?orderBy=alias")).json()] == [1, 2, 3, 4]
        assert (await susan.get("/api/users?orderBy=title")).status_code == 400


async def test_nobody_is_his_own_supervisor_and_only_an_equal_gives_roles() -> None:
    app = create_app()
    async with client_of(app) as susan, client_of(app, TONY) as tony:
        answer = await susan.patch("/api/users/1", json={"supervisor": 1})
        assert answer.json()["errors"]["children"]["supervisor"] == {"errors": CHOICE}
        assert (await tony.patch("/api/users/3", json={"roles": ["ROLE_ADMIN"]})).status_code == 400
        assert (await tony.patch("/api/users/2", json={})).status_code == 403


async def test_tags_take_a_permission() -> None:
    async with client_of(create_app(revoke=["manage_tag", "create_tag"])) as susan:
        assert (await susan.post("/api/tags", json={"name": "new"})).status_code == 403


async def test_a_member_sees_what_his_team_has_and_leads_what_he_leads() -> None:
    app = create_app()
    async with client_of(app) as susan, client_of(app, TONY) as tony:
        await create(susan, "teams", {"name": "Led", "members": LEAD})
        await create(susan, "teams", {"name": "Joined", "members": [{"user": 4, "teamlead": True}, {"user": 3}]})
        for name, teams in (("Led", [1]), ("Joined", [2]), ("Other", [1, 2])):
            await create(susan, "customers", customer(name, teams=teams))
        seen = [(await tony.get(f"/api/customers/{row}")).status_code for row in (1, 2, 3)]
        assert seen == [200, 403, 200]  # view_teamlead_customer
        assert len((await tony.get("/api/customers")).json()) == 3
        assert await errors(tony, "activities", {"name": "Plan", "teams": [2]}) == {"teams": CHOICE}
        assert (await create(tony, "activities", {"name": "Plan", "teams": [1]}))["teams"][0]["name"] == "Led"


async def test_members_are_forms_in_a_list() -> None:
    async with client_of(create_app()) as susan:
        assert (await errors(susan, "teams", {"name": "Team", "members": ["x"]}))["members"] == [
            "This value is not valid."
        ]
        answer = await susan.post("/api/teams", json={"name": "Team", "members": {"a": LEAD[0], "b": {"user": 9}}})
        children = answer.json()["errors"]["children"]["members"]["children"]
        assert [child["children"]["user"] for child in children] == [{}, {"errors": CHOICE}]


async def test_who_comes_into_a_team_takes_the_place_of_who_goes() -> None:
    async with client_of(create_app()) as susan:
        await create(susan, "teams", {"name": "Team", "members": [*LEAD, {"user": 2}]})
        new = [{"user": 4, "teamlead": True}, {"user": 1}, {"user": 2}]
        answer = (await susan.patch("/api/teams/1", json={"members": new})).json()
        assert [member["user"]["id"] for member in answer["members"]] == [4, 1, 2]
        kept = (await susan.get("/api/teams/1")).json()
        assert [member["user"]["id"] for member in kept["members"]] == [4, 2, 1]


@pytest.mark.parametrize("path", ["teams/9", "teams/1/members/9", "teams/1/customers/9", "users/9", "tags/9", "tags/x"])
async def test_what_there_is_not_is_not_found(path: str) -> None:
    async with client_of(create_app()) as susan:
        await create(susan, "teams", {"name": "Team", "members": LEAD})
        assert (await susan.delete(f"/api/{path}")).status_code == (405 if path == "users/9" else 404)


async def test_a_rate_belongs_to_one_thing_only() -> None:
    app = create_app()
    async with client_of(app) as susan:
        await tree_of_three(susan)
        await create(susan, "projects", {"name": "Other", "customer": 1})
        await create(susan, "projects/1/rates", {"rate": "12.345", "internal_rate": 5, "is_fixed": False})
        assert (await susan.delete("/api/projects/2/rates/1")).status_code == 404
        assert (await susan.get("/api/projects/1/rates")).json() == [
            {"id": 1, "user": None, "rate": 12.35, "internalRate": 5.0, "isFixed": False}
        ]
        await susan.delete("/api/projects/1")
        assert sandbox_of(app).store.count("project_rates") == 0


async def test_the_price_inside_comes_from_the_rate_that_fits_best() -> None:
    async with client_of(create_app()) as susan:
        await tree_of_three(susan)
        work = {"project": 1, "activity": 1, "begin": "2026-01-05T09:00:00", "end": "2026-01-05T09:20:00"}
        prices = []
        for level, rate in (
            ("customers", {"rate": 100}),
            ("projects", {"rate": 40, "internalRate": 10}),
            ("activities", {"rate": 7, "internalRate": 3, "isFixed": True}),
        ):
            await create(susan, f"{level}/1/rates", rate)
            stored = await create(susan, "timesheets", work)
            prices.append((stored["rate"], stored["internalRate"], stored["hourlyRate"], stored["fixedRate"]))
        assert prices == [(33.3333, 33.3333, 100.0, None), (13.3333, 3.3333, 40.0, None), (7.0, 3.0, None, 7.0)]
