"""Time entries: what they may be changed to, budgets, teams, places in lists; beyond what was recorded."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from sandbox_client import client_of, create, customer, errors, sandbox_of, tree_of_three

from kimai_async.sandbox import create_app

if TYPE_CHECKING:
    import httpx

pytestmark = pytest.mark.anyio

TONY = {"Authorization": "Bearer tony-token-0123456789"}
JOHN = {"Authorization": "Bearer john-token-0123456789"}
CLOCK = datetime.fromisoformat("2026-11-24T13:50:20Z")
WORK = {"project": 1, "activity": 1, "begin": "2026-01-05T09:00:00", "end": "2026-01-05T10:00:00"}
RUNNING = {"project": 1, "activity": 1, "begin": "2026-11-24T09:00:00"}
CANNOT_STOP = {"": ["You have an active time record which cannot be stopped automatically."]}


async def patch(client: httpx.AsyncClient, path: str, body: Any = None) -> Any:
    answer = await client.patch(f"/api/timesheets/{path}", json={} if body is None else body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_entry_without_a_begin_breaks_the_server() -> None:
    async with client_of(create_app()) as client:
        await tree_of_three(client)
        for begin in ("", None):
            assert (await client.post("/api/timesheets", json=WORK | {"begin": begin})).status_code == 500
        long = await client.post("/api/timesheets", json=WORK | {"description": "é" * 32_768})
        assert long.status_code == 500
        late = WORK | {"begin": "9999-12-31T23:00:00", "end": "9999-12-31T23:59:30"}
        assert (await client.post("/api/timesheets", json=late)).status_code == 500


async def test_a_restarted_entry_runs_from_now_with_the_words_of_the_old_one_if_they_are_asked_for() -> None:
    async with client_of(create_app(clock=CLOCK)) as client:
        await tree_of_three(client)
        await create(client, "tags", {"name": "urgent", "visible": True})
        await create(client, "timesheets", WORK | {"description": "words", "tags": "urgent", "hourlyRate": 9})
        bare = await patch(client, "1/restart")
        assert (bare["begin"], bare["end"], bare["description"]) == ("2026-11-24T13:50:00+0000", None, None)
        copy = await patch(client, "1/restart", {"copy": "all", "begin": "2026-11-24T08:00:10"})
        assert (copy["begin"], copy["description"], copy["tags"]) == ("2026-11-24T08:00:00+0000", "words", ["urgent"])
        assert copy["hourlyRate"] is None
        for wrong in ({"copy": "some"}, {"begin": "today"}, {"begin": ["2026-11-24T08:00:10"]}):
            assert (await client.patch("/api/timesheets/1/restart", json=wrong)).status_code == 400


async def test_what_cannot_end_keeps_others_from_starting_and_is_told_when_it_is_stopped() -> None:
    app = create_app(clock=CLOCK)
    async with client_of(app) as client:
        await tree_of_three(client)
        await create(client, "timesheets", RUNNING | {"begin": "2026-11-25T09:00:00"})
        assert await errors(client, "timesheets", RUNNING) == CANNOT_STOP
        assert (await client.patch("/api/timesheets/1/restart", json={})).status_code == 400
        refused = await client.patch("/api/timesheets/1/stop", json={})
        assert (refused.status_code, refused.json()["code"]) == (400, "400")
        assert "Duration cannot be negative." in refused.json()["errors"]["children"]["duration"]["errors"]
        assert [entry.id for entry in sandbox_of(app).store.entries.all()] == [1]


async def test_a_duplicate_keeps_to_the_rules() -> None:
    async with client_of(create_app(settings={"timesheet.rules.allow_overlapping_records": "0"})) as client:
        await tree_of_three(client)
        await create(client, "timesheets", WORK | {"exported": True})
        assert (await client.patch("/api/timesheets/1/duplicate", json={})).status_code == 400
    async with client_of(create_app()) as client:
        await tree_of_three(client)
        await create(client, "timesheets", WORK | {"exported": True})
        assert (await patch(client, "1/duplicate"))["exported"] is False


async def test_nothing_hidden_is_begun_again() -> None:
    async with client_of(create_app(clock=CLOCK)) as client:
        await tree_of_three(client)
        await create(client, "timesheets", WORK)
        await client.patch("/api/projects/1", json={"visible": False})
        answer = await client.patch("/api/timesheets/1", json={"end": None})
        found = answer.json()["errors"]
        assert found["children"]["project"]["errors"] == ["Cannot start a disabled project."]
        assert found["errors"] == ["You are not allowed to start this timesheet record."]
        assert (await patch(client, "1", {"description": "still"}))["description"] == "still"
        assert (await client.patch("/api/timesheets/1/restart", json={})).status_code == 403


async def test_a_project_that_forbids_global_activities_later_says_so_at_the_next_change() -> None:
    async with client_of(create_app()) as client:
        await create(client, "customers", customer())
        await create(client, "projects", {"name": "Site", "customer": 1})
        await create(client, "activities", {"name": "Global"})
        await create(client, "timesheets", WORK)
        await client.patch("/api/projects/1", json={"globalActivities": False})
        answer = await client.patch("/api/timesheets/1", json={"description": "x"})
        forbidden = ["Global activities are forbidden for the selected project."]
        assert answer.json()["errors"]["children"]["activity"]["errors"] == forbidden


async def test_a_projects_days_are_those_of_whoever_set_them() -> None:
    async with client_of(create_app(clock=CLOCK)) as client:
        await tree_of_three(client)
        await client.patch("/api/users/1", json={"timezone": "Asia/Tokyo"})
        await client.patch("/api/projects/1", json={"start": "2026-01-05T00:00:00"})
        await client.patch("/api/users/1", json={"timezone": "UTC"})
        early = {"begin": "2026-01-04T14:59:59Z", "end": "2026-01-04T15:30:00Z"}
        not_begun = {"": ["The project has not started at that time."]}
        assert await errors(client, "timesheets", WORK | early) == not_begun
        await create(client, "timesheets", WORK | early | {"begin": "2026-01-04T15:00:00Z"})


async def test_any_change_labels_an_entry_with_the_zone_that_its_user_has_now() -> None:
    async with client_of(create_app()) as client:
        await tree_of_three(client)
        await create(client, "timesheets", WORK)
        await client.patch("/api/users/1", json={"timezone": "Asia/Tokyo"})
        assert (await client.get("/api/timesheets/1")).json()["begin"] == "2026-01-05T09:00:00+0000"
        assert (await patch(client, "1", {"description": "x"}))["begin"] == "2026-01-05T09:00:00+0000"
        assert (await client.get("/api/timesheets/1")).json()["begin"] == "2026-01-05T18:00:00+0900"


async def spend(client: httpx.AsyncClient, day: str, hours: int = 1, **values: Any) -> dict[str, list[str]]:
    """Book hours on a day; what is said about it."""
    times = {"begin": f"2026-{day}T00:00:00", "end": f"2026-{day}T{hours:02d}:00:00"}
    answer = await client.post("/api/timesheets", json=WORK | times | values)
    if answer.status_code == 200:
        return {}
    found = answer.json()["errors"]
    return {name: child["errors"] for name, child in found["children"].items() if child} | {"": found.get("errors", [])}


def used(budget: str, spent: str, free: str) -> list[str]:
    return [
        f"The budget is used up. Of the available {budget}, {spent} has been booked so far, {free} can still be used."
    ]


NO_OVERBOOKING = {"timesheet.rules.allow_overbooking_budget": "0"}


async def test_a_monthly_budget_begins_anew_each_month() -> None:
    async with client_of(create_app(settings=NO_OVERBOOKING)) as client:
        await tree_of_three(client)
        await client.patch("/api/activities/1", json={"timeBudget": "2h", "budgetType": "month"})
        assert await spend(client, "01-05", 2) == {}
        assert await spend(client, "01-31") == {"activity": used("2:00", "2:00", "0:00"), "": []}
        assert await spend(client, "02-01", 2) == {}
        moved = await client.patch(
            "/api/timesheets/1", json={"begin": "2026-02-05T00:00:00", "end": "2026-02-05T01:00:00"}
        )
        assert moved.status_code == 400
        assert (await patch(client, "1", {"end": "2026-01-05T01:00:00"}))["duration"] == 3600
        longer = await client.patch("/api/timesheets/1", json={"end": "2026-01-05T02:30:00"})
        assert longer.json()["errors"]["children"]["activity"]["errors"] == used("2:00", "1:00", "1:00")


async def test_a_customers_budget_is_told_by_the_form_in_his_currency_and_the_users_language() -> None:
    async with client_of(create_app(settings=NO_OVERBOOKING)) as client:
        await tree_of_three(client)
        await client.patch("/api/customers/1", json={"budget": "1500.5", "currency": "CHF"})
        await client.patch("/api/users/1", json={"locale": "de"})
        assert await spend(client, "01-05", fixedRate=1500) == {}
        told = used("1.500,50\xa0CHF", "1.500,00\xa0CHF", "0,50\xa0CHF")
        assert await spend(client, "01-05", fixedRate=1) == {"": told}
        assert (await patch(client, "1", {"description": "untouched"}))["rate"] == 1500.0


async def test_who_may_not_see_a_budget_is_told_only_that_it_is_spent() -> None:
    app = create_app(settings=NO_OVERBOOKING)
    async with client_of(app) as susan, client_of(app, JOHN) as john:
        await tree_of_three(susan)
        await susan.patch("/api/activities/1", json={"timeBudget": "1h"})
        assert await spend(john, "01-05", 2) == {"activity": ["Sorry, the budget is used up."], "": []}


async def test_from_2_56_the_entries_of_a_team_are_for_those_who_lead_it() -> None:
    for version, expected in (("2.56.0", 403), ("2.55.0", 200)):
        app = create_app(version)
        async with client_of(app) as susan, client_of(app, TONY) as tony:
            await tree_of_three(susan)
            await create(susan, "timesheets", WORK | {"user": 2})
            await create(susan, "teams", {"name": "Others", "members": [{"user": 4, "teamlead": True}, {"user": 2}]})
            assert (await tony.get("/api/timesheets/1")).status_code == expected
            await susan.post("/api/teams/1/members/3", json={})
            assert (await tony.get("/api/timesheets/1")).status_code == expected


async def test_a_teamlead_books_for_his_members_and_lists_them() -> None:
    app = create_app()
    async with client_of(app) as susan, client_of(app, TONY) as tony:
        await tree_of_three(susan)
        await create(susan, "teams", {"name": "His", "members": [{"user": 3, "teamlead": True}, {"user": 2}]})
        assert (await create(tony, "timesheets", WORK | {"user": 2}))["user"] == 2
        await create(susan, "timesheets", WORK)
        for query in ("user=all", "user=2", "users[]=2"):
            found = (await tony.get(f"/api/timesheets?{query}")).json()
            assert [entry["user"] for entry in found] == [2], query
        await susan.patch("/api/users/2", json={"enabled": False})
        assert (await tony.get("/api/timesheets?user=2")).status_code == 403


async def test_what_is_booked_on_a_teams_activity_is_hidden_from_the_lists_of_others() -> None:
    app = create_app()
    async with client_of(app) as susan, client_of(app, TONY) as tony:
        await tree_of_three(susan)
        await create(tony, "timesheets", WORK)
        await create(susan, "timesheets", WORK | {"user": 2})
        await create(susan, "teams", {"name": "Closed", "members": [{"user": 4, "teamlead": True}]})
        await susan.post("/api/teams/1/activities/1", json={})
        assert (await tony.get("/api/timesheets")).json() == []
        assert (await tony.get("/api/timesheets/recent")).json() == []
        assert (await tony.get("/api/timesheets/1")).status_code == 200  # his own
        assert (await tony.get("/api/timesheets/2")).status_code == 403
        await susan.post("/api/teams/1/projects/1", json={})
        assert (await tony.get("/api/timesheets/2")).status_code == 403
        assert (await tony.patch("/api/timesheets/1/restart", json={})).status_code == 403


@pytest.mark.parametrize(("version", "seen"), [("2.62.0", 3_000), ("2.63.0", 3_001)])
async def test_before_2_63_pages_of_equal_begins_overlap(version: str, seen: int) -> None:
    app = create_app(version)
    async with client_of(app) as client:
        await tree_of_three(client)
        first = await create(client, "timesheets", WORK)
        entries = sandbox_of(app).store.entries
        template = entries.get(first["id"])
        assert template is not None
        entries.save(*(template.__class__(**vars(template) | {"id": number}) for number in range(2, 3_002)))
        ids: set[int] = set()
        for page in range(1, 8):
            ids |= {each["id"] for each in (await client.get(f"/api/timesheets?size=500&page={page}")).json()}
        assert (len(ids) == 3_001) is (seen == 3_001)
        by_id = f"/api/timesheets?size=500&orderBy=id&page={7}"
        assert [each["id"] for each in (await client.get(by_id)).json()] == [1]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("begin=&end=", 200),
        ("page=&size=&user=&full=&exported=", 200),
        ("users=2", 400),
        ("tags=a", 400),
        ("modified_after=2026-02-30T00:00:00", 400),
    ],
)
async def test_an_empty_parameter_is_none_and_a_list_needs_its_brackets(query: str, status: int) -> None:
    async with client_of(create_app()) as client:
        assert (await client.get(f"/api/timesheets?{query}")).status_code == status


async def test_entries_that_were_touched_later_are_found_by_it() -> None:
    for version, hour in (("2.45.0", "13:50:20"), ("2.44.0", "22:50:20")):
        async with client_of(create_app(version, clock=CLOCK)) as client:
            await tree_of_three(client)
            await client.patch("/api/users/1", json={"timezone": "Asia/Tokyo"})
            await create(client, "timesheets", WORK)
            query = f"/api/timesheets?modified_after=2026-11-24T{hour}"
            assert len((await client.get(query)).json()) == 1
            assert (await client.get(query[:-1] + "1")).json() == []


async def test_there_are_no_custom_fields_of_entries() -> None:
    async with client_of(create_app()) as client:
        await tree_of_three(client)
        await create(client, "timesheets", WORK)
        for body, status in (({"name": "x", "value": "y"}, 404), ({}, 400)):
            assert (await client.patch("/api/timesheets/1/meta", json=body)).status_code == status


async def test_who_may_not_create_is_told_before_the_form_is_looked_at() -> None:
    async with client_of(create_app(revoke=["create_own_timesheet"])) as client:
        assert (await client.post("/api/timesheets", json={})).status_code == 403
    async with client_of(create_app(revoke=["start_own_timesheet"])) as client:
        await tree_of_three(client)
        assert await errors(client, "timesheets", RUNNING) == {
            "": ["You are not allowed to start this timesheet record."]
        }


async def test_a_form_of_a_browser_is_read_too() -> None:
    async with client_of(create_app()) as client:
        form = {"name": "Acme", "teams[]": ["9"]}
        answer = await client.post("/api/customers", data=form)
        assert answer.json()["errors"]["children"]["teams"]["errors"] == ["The selected choice is invalid."]


async def test_an_exported_entry_stays_as_it_is_for_who_may_not_change_it() -> None:
    app = create_app(revoke=["edit_exported_timesheet"])
    async with client_of(app) as client:
        await tree_of_three(client)
        await create(client, "timesheets", WORK)
        assert (await patch(client, "1/export"))["exported"] is True
        assert (await client.patch("/api/timesheets/1/export", json={})).status_code == 403
        assert (await client.delete("/api/timesheets/1")).status_code == 403
