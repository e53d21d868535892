"""Creating and listing timesheets, beyond what was recorded."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_client import client_of, create, customer, errors, tree_of_three

from kimai_async.sandbox import create_app

pytestmark = pytest.mark.anyio

JOHN = {"Authorization": "Bearer john-token-0123456789"}
MORNING = {"begin": "2026-01-05T09:00:00", "end": "2026-01-05T11:00:00"}
WORK = {"project": 1, "activity": 1, **MORNING}
CHOICE = ["The selected choice is invalid."]
NULL = ["This value should not be null."]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"hourlyRate": "100"}, {"rate": 200.0, "hourlyRate": 100.0, "fixedRate": None}),
        ({"fixedRate": 50}, {"rate": 50.0, "hourlyRate": None, "fixedRate": 50.0}),
        ({"user": 2}, {"user": 2}),
        ({"billable": False, "exported": True}, {"billable": False, "exported": True}),
        ({"tags": "unknown,tags"}, {"tags": []}),
        ({"begin": "2026-01-05 08:00"}, {"begin": "2026-01-05T08:00:00+0000"}),
        ({"begin": "2026-01-05T09:00:00+02:00"}, {"begin": "2026-01-05T07:00:00+0000"}),
        ({"end": "2026-01-05T11:00:00"}, {"end": "2026-01-05T11:00:00+0000", "duration": 7200, "break": 0}),
    ],
)
async def test_a_timesheet_is_stored_as_kimai_reads_it(values: dict[str, Any], expected: dict[str, Any]) -> None:
    async with client_of(create_app("2.65.0")) as client:
        await tree_of_three(client)
        stored = await create(client, "timesheets", WORK | values)
        assert {name: stored[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"project": None}, {"project": ["A project needs to be selected.", *NULL], "activity": CHOICE}),
        ({"activity": None}, {"activity": ["An activity needs to be selected.", *NULL]}),
        ({"user": ""}, {"user": NULL}),
        ({"begin": "2026-13-01T00:00:00", "end": None}, {"begin": ["Please enter a valid date and time."]}),
        ({"begin": "20260105T090000", "end": None}, {"begin": ["Please enter a valid date and time."]}),
        ({"begin": "0001-01-01T00:00:00+14:00", "end": None}, {"begin": ["Please enter a valid date and time."]}),
        ({"project": "²"}, {"project": CHOICE, "activity": CHOICE}),
        ({"project": "9" * 30}, {"project": CHOICE, "activity": CHOICE}),
        ({"tags": ["a"]}, {"tags": ["This value is not valid."]}),
        ({"user": 9}, {"user": CHOICE}),
        ({"project": 2}, {"project": CHOICE, "activity": CHOICE}),
        ({"activity": 2}, {"activity": CHOICE}),
        ({"metaFields": []}, {"": ["This form should not contain extra fields."]}),
    ],
)
async def test_a_timesheet_is_refused(values: dict[str, Any], expected: dict[str, Any]) -> None:
    async with client_of(create_app("2.65.0")) as client:
        await tree_of_three(client)
        await create(client, "projects", {"name": "Ended", "customer": 1, "end": "2020-12-31"})
        await create(client, "activities", {"name": "Hidden", "project": 1, "visible": False})
        assert await errors(client, "timesheets", WORK | values) == expected


async def test_the_times_lie_within_the_projects_dates() -> None:
    async with client_of(create_app("2.65.0")) as client:
        await create(client, "customers", customer())
        await create(client, "projects", {"name": "Era", "customer": 1, "start": "2020-01-01", "end": "2098-12-31"})
        await create(client, "activities", {"name": "Global"})
        long = {"begin": "2019-12-31T09:00:00", "end": "2099-01-01T00:00:00"}
        assert (await errors(client, "timesheets", WORK | long))[""][:2] == [
            "The project has not started at that time.",
            "The project is finished at that time.",
        ]


async def test_a_project_may_forbid_global_activities() -> None:
    async with client_of(create_app("2.65.0")) as client:
        await create(client, "customers", customer())
        await create(client, "projects", {"name": "Site", "customer": 1, "globalActivities": False})
        await create(client, "activities", {"name": "Global"})
        assert await errors(client, "timesheets", WORK) == {"activity": CHOICE}


async def test_nothing_is_booked_on_what_is_hidden() -> None:
    async with client_of(create_app("2.65.0")) as client:
        await tree_of_three(client)
        for level, shown in (("projects", False), ("projects", True), ("customers", False)):
            await client.patch(f"/api/{level}/1", json={"visible": shown})
            found = {} if (level, shown) == ("projects", True) else {"project": CHOICE}
            answer = await client.post("/api/timesheets", json=WORK)
            assert (answer.status_code == 400) is bool(found)


async def test_billable_follows_project_customer_and_activity() -> None:
    async with client_of(create_app("2.65.0")) as client:
        await tree_of_three(client)
        assert (await create(client, "timesheets", WORK))["billable"] is True
        await client.patch("/api/customers/1", json={"billable": False})
        assert (await create(client, "timesheets", WORK))["billable"] is False


async def test_an_entry_without_an_end_runs_until_the_next_one_starts() -> None:
    async with client_of(create_app("2.65.0")) as client:
        await tree_of_three(client)
        running = {"project": 1, "activity": 1}
        await create(client, "timesheets", running | {"user": 2})
        first = await create(client, "timesheets", running)
        assert (first["end"], first["duration"]) == (None, 0)
        await create(client, "timesheets", running)
        active = (await client.get("/api/timesheets?active=1&user=all")).json()
        assert {each["id"] for each in active} == {1, 3}


async def test_a_user_sees_and_sets_only_what_is_theirs() -> None:
    app = create_app("2.65.0")
    async with client_of(app) as client:
        await tree_of_three(client)
        await create(client, "timesheets", WORK)
        await create(client, "timesheets", WORK | {"user": 2})
        assert len((await client.get("/api/timesheets?user=all")).json()) == 2
        assert [each["id"] for each in (await client.get("/api/timesheets?user=2")).json()] == [2]
    async with client_of(app, JOHN) as john:
        assert [each["id"] for each in (await john.get("/api/timesheets?user=all")).json()] == [2]
        answer = await john.post("/api/timesheets", json=WORK | {"billable": True})
        fields = ["begin", "end", "project", "activity", "description", "tags"]
        assert list(answer.json()["errors"]["children"]) == fields


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [3, 2, 1]),
        ("?order=ASC", [1, 2, 3]),
        ("?orderBy=rate&order=ASC", [2, 3, 1]),
        ("?orderBy=id", [3, 2, 1]),
        ("?begin=2026-01-06T00:00:00", [3, 2]),
        ("?end=2026-01-06T09:00:00", [2, 1]),
        ("?customer=2", [3]),
        ("?project=1&activity=1", [2, 1]),
        ("?projects[]=1&projects[]=2", [3, 2, 1]),
        ("?customer=99", [3, 2, 1]),
        ("?exported=1", [2]),
        ("?billable=0", []),
        ("?size=0", [3, 2, 1]),
        ("?size=2&page=2", [1]),
        ("?page=0", [3, 2, 1]),
    ],
)
async def test_the_list_of_timesheets(query: str, expected: list[int]) -> None:
    async with client_of(create_app("2.65.0")) as client:
        await tree_of_three(client)
        await create(client, "customers", customer("Other"))
        await create(client, "projects", {"name": "Other", "customer": 2})
        await create(client, "activities", {"name": "Global"})
        await create(client, "timesheets", WORK | {"fixedRate": 10})
        next_day = {"begin": "2026-01-06T09:00:00", "end": "2026-01-06T10:00:00"}
        await create(client, "timesheets", WORK | next_day | {"exported": True})
        last_day = {"begin": "2026-01-07T09:00:00", "end": "2026-01-07T10:00:00"}
        await create(client, "timesheets", {"project": 2, "activity": 2, "fixedRate": 5, **last_day})
        assert [each["id"] for each in (await client.get(f"/api/timesheets{query}")).json()] == expected


async def test_up_to_2_52_an_unknown_filter_is_not_found() -> None:
    async with client_of(create_app("2.52.0")) as client:
        for name in ("customer", "project", "activity"):
            assert (await client.get(f"/api/timesheets?{name}=99")).status_code == 404
