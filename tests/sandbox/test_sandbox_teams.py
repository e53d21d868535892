"""Teams: their list, who may choose them, what they hide."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_client import client_of, create, customer, errors

from kimai_async.sandbox import create_app

pytestmark = pytest.mark.anyio

TEAMS = ("Zebras", "ants")
TONY = {"Authorization": "Bearer tony-token-0123456789"}
REFUSED = {"teams": ["The selected choice is invalid."]}


@pytest.mark.parametrize(("version", "names"), [("2.20.1", ["Zebras", "ants"]), ("2.21.0", ["ants", "Zebras"])])
async def test_teams_are_listed_by_name_from_2_21(version: str, names: list[str]) -> None:
    async with client_of(create_app(version, teams=TEAMS)) as client:
        found = (await client.get("/api/teams")).json()
        assert [team["name"] for team in found] == names
        assert {team["name"]: team["id"] for team in found} == {"Zebras": 1, "ants": 2}


async def test_a_team_has_the_same_four_fields_in_its_list_and_in_a_body() -> None:
    async with client_of(create_app(teams=TEAMS)) as client:
        created = await create(client, "customers", customer(teams=[2]))
        (ants,) = created["teams"]
        assert {key: ants[key] for key in ("id", "name", "color")} == {"id": 2, "name": "ants", "color": None}
        assert ants.keys() == {"id", "name", "color", "color-safe"}
        assert ants in (await client.get("/api/teams")).json()
        assert (await client.get("/api/customers")).json()[0]["teams"] == [ants]


async def test_before_2_45_a_team_has_no_color_safe() -> None:
    async with client_of(create_app("2.44.0", teams=TEAMS)) as client:
        assert (await client.get("/api/teams")).json()[0].keys() == {"id", "name", "color"}


async def test_the_list_of_teams_takes_a_permission() -> None:
    app = create_app(teams=TEAMS)
    async with client_of(app, TONY) as client:
        assert (await client.get("/api/teams")).status_code == 403
    async with client_of(create_app(revoke=["view_team"])) as client:
        assert (await client.get("/api/teams")).status_code == 403


@pytest.mark.parametrize(
    ("given", "shown"), [([1], [1]), (["2", 1, 2], [1, 2]), ([""], []), ([None], []), (False, []), ({"a": 1}, [1])]
)
async def test_teams_are_given_to_a_new_row(given: Any, shown: list[int]) -> None:
    async with client_of(create_app(teams=TEAMS)) as client:
        created = await create(client, "customers", customer(teams=given))
        assert [team["id"] for team in created["teams"]] == shown


@pytest.mark.parametrize("given", [[3], [0], ["x"], [1, 3], [[1]], 1, "1", "", None])
async def test_teams_that_there_are_not_are_refused(given: Any) -> None:
    async with client_of(create_app(teams=TEAMS)) as client:
        assert await errors(client, "customers", customer(teams=given)) == REFUSED


async def test_who_leads_no_team_and_does_not_see_all_data_can_choose_none() -> None:
    async with client_of(create_app(teams=TEAMS), TONY) as tony:
        assert await errors(tony, "activities", {"name": "Design", "teams": [1]}) == REFUSED


async def lists(level: str, team_of: str, query: str = "") -> list[str]:
    """What Tony sees of a tree of which one level belongs to a team."""
    app = create_app(teams=TEAMS)
    bodies = {"customers": customer(), "projects": {"name": "Site", "customer": 1}}
    async with client_of(app) as client:
        for each in ("customers", "projects", "activities"):
            body = bodies.get(each, {"name": "Design", "project": 1})
            await create(client, each, body | ({"teams": [1]} if each == team_of else {}))
        assert len((await client.get(f"/api/{level}")).json()) == 1
    async with client_of(app, TONY) as tony:
        answer = await tony.get(f"/api/{level}{query}")
        return [each["name"] for each in answer.json()] if answer.status_code == 200 else [str(answer.status_code)]


@pytest.mark.parametrize(
    ("team_of", "seen"),
    [
        ("customers", [[], [], []]),
        ("projects", [["Acme"], [], []]),
        ("activities", [["Acme"], ["Site"], []]),
        ("", [["Acme"], ["Site"], ["Design"]]),
    ],
)
async def test_what_belongs_to_a_team_is_hidden_with_all_below_it(team_of: str, seen: list[list[str]]) -> None:
    assert [await lists(level, team_of) for level in ("customers", "projects", "activities")] == seen


async def test_a_list_filtered_by_a_teams_row_is_forbidden() -> None:
    assert await lists("projects", "customers", "?customer=1") == ["403"]
    assert await lists("activities", "customers", "?project=1") == ["403"]


async def test_a_project_of_a_team_is_no_choice_for_others() -> None:
    app = create_app(teams=TEAMS)
    refused = {"project": ["The selected choice is invalid."]}
    async with client_of(app) as client:
        await create(client, "customers", customer(teams=[1]))
        await create(client, "projects", {"name": "Site", "customer": 1})
        await create(client, "activities", {"name": "Design", "teams": [1]})
        await create(client, "activities", {"name": "Global"})
    async with client_of(app, TONY) as tony:
        assert await errors(tony, "activities", {"name": "Plan", "project": 1}) == refused
        work = {"project": 1, "activity": 2, "begin": "2026-01-05T09:00:00", "end": "2026-01-05T10:00:00"}
        assert "project" in await errors(tony, "timesheets", work)
        assert "activity" in await errors(tony, "timesheets", work | {"activity": 1})


async def test_a_team_that_is_no_more_is_not_shown(tmp_path: Any) -> None:
    path = tmp_path / "kimai.db"
    old = create_app(database=path, teams=TEAMS)
    async with client_of(old) as client:
        await create(client, "customers", customer(teams=[1, 2]))
    old.state.sandbox.close()
    new = create_app(database=path, teams=TEAMS[:1])
    async with client_of(new) as client:
        assert [team["id"] for team in (await client.get("/api/customers/1")).json()["teams"]] == [1]
    new.state.sandbox.close()
