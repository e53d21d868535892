"""What forms accept and how they say no, beyond what was recorded."""

from __future__ import annotations

import json
import zoneinfo
from typing import TYPE_CHECKING, Any

import pytest
from sandbox_client import client_of, create, customer, errors, sandbox_of, tree_of_three

from kimai_async.sandbox import create_app
from kimai_async.sandbox.forms import choices

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

NOT_VALID = "This value is not valid."
CHOICE = "The selected choice is invalid."
BUDGET = "This value should be between 0 and 900000000000."


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"budget": 1.5}, {"budget": 1.5}),
        ({"budget": "1,005"}, {"budget": 1.01}),
        ({"budget": ""}, {"budget": 0.0}),
        ({"budget": False}, {"budget": 0.0}),
        ({"timeBudget": 2}, {"timeBudget": 7200}),
        ({"timeBudget": "10,25"}, {"timeBudget": 36900}),
        ({"timeBudget": "1:30:10"}, {"timeBudget": 5410}),
        ({"timeBudget": "90M"}, {"timeBudget": 5400}),
        ({"timeBudget": "7200s"}, {"timeBudget": 7200}),
        ({"timeBudget": None}, {"timeBudget": 0}),
        ({"time_budget": "1h"}, {"timeBudget": 3600}),
        ({"name": 12.0}, {"name": "12"}),
        ({"name": 1.5}, {"name": "1.5"}),
        ({"name": "\u200b\u00a0 a\tb\n\ufeff"}, {"name": "a\tb"}),
        ({"name": "é" * 150}, {"name": "é" * 150}),
        ({"homepage": "example.com"}, {"homepage": "https://example.com"}),
        ({"homepage": "http://localhost:80/a?b"}, {"homepage": "http://localhost:80/a?b"}),
        ({"homepage": None, "email": False}, {"homepage": None, "email": None}),
        ({"teams": []}, {"teams": []}),
        ({"invoiceTemplate": None, "invoiceText": "x"}, {}),
        ({"color": "#ff0000"}, {"color": "#ff0000", "color-safe": "#ff0000"}),
        ({"timezone": "UTC", "language": "pt_BR"}, {"timezone": "UTC", "language": "pt_BR"}),
        ({"visible": "", "billable": []}, {"visible": True, "billable": True}),
    ],
)
async def test_a_value_is_stored_as_kimai_reads_it(values: dict[str, Any], expected: dict[str, Any]) -> None:
    async with client_of(create_app("2.65.0")) as client:
        stored = await create(client, "customers", customer() | values)
        assert {name: stored[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"budget": "-1"}, {"budget": [BUDGET]}),
        ({"budget": "9" * 40}, {"budget": [BUDGET]}),
        ({"budget": "1.000,00"}, {"budget": ["Please enter a valid money amount."]}),
        ({"timeBudget": "-1:30"}, {"timeBudget": ["This value should be between 0 and 2145600000."]}),
        ({"timeBudget": "1:"}, {"timeBudget": [NOT_VALID]}),
        ({"timeBudget": "9" * 15}, {"timeBudget": [NOT_VALID]}),
        ({"timeBudget": ["1h"]}, {"timeBudget": [NOT_VALID]}),
        ({"budgetType": "year"}, {"budgetType": [CHOICE]}),
        ({"country": "de"}, {"country": ["Please select a valid country."]}),
        ({"country": ["DE"]}, {"country": ["Please select a valid country."]}),
        ({"country": ""}, {"country": ["This value should not be blank."]}),
        ({"timezone": "US/Eastern"}, {"timezone": ["Please select a valid timezone."]}),
        ({"language": "tlh"}, {"language": [CHOICE]}),
        ({"color": "#FF0000"}, {"color": [CHOICE]}),
        ({"teams": [1]}, {"teams": [CHOICE]}),
        ({"invoiceTemplate": 1}, {"invoiceTemplate": [CHOICE]}),
        ({"email": {"a": "b"}}, {"email": ["Please enter a valid email address."]}),
        ({"email": "a@b"}, {"email": ["This value is not a valid email address."]}),
        ({"homepage": "https://a b"}, {"homepage": ["This value is not a valid URL."]}),
        ({"homepage": ["x"]}, {"homepage": ["Please enter a valid URL."]}),
        ({"name": True}, {"name": ["This value is too short. It should have 2 characters or more."]}),
        ({"number": "<1>"}, {"number": ['The following characters are not allowed: < > " =']}),
        ({"phone": "1" * 31}, {"phone": ["This value is too long. It should have 30 characters or less."]}),
        ({"a_b": 1}, {"": ["This form should not contain extra fields."]}),
    ],
)
async def test_a_value_is_refused_with_kimais_words(values: dict[str, Any], expected: dict[str, Any]) -> None:
    app = create_app("2.65.0")
    async with client_of(app) as client:
        assert await errors(client, "customers", customer() | values) == expected
    assert sandbox_of(app).tree() == []


@pytest.mark.parametrize("with_table", [True, False])
async def test_timezones_are_the_current_names_with_or_without_a_table(
    with_table: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if with_table:
        table = tmp_path / "zone.tab"
        table.write_text("# a comment\nDE\t+5230+01322\tEurope/Berlin\tmost of Germany\n", encoding="utf-8")
    monkeypatch.setattr(zoneinfo, "TZPATH", (str(tmp_path),))
    monkeypatch.setattr(zoneinfo, "available_timezones", lambda: {"Europe/Berlin", "UTC", "US/Eastern", "GMT"})
    choices.timezones.cache_clear()
    try:
        assert choices.timezones() == {"Europe/Berlin", "UTC"}
    finally:
        choices.timezones.cache_clear()


async def test_before_2_54_mail_and_homepage_are_hardly_checked() -> None:
    async with client_of(create_app("2.53.0")) as client:
        await create(client, "customers", customer(email="ä b@c.d", homepage="https://a b"))
        message = ["This value is not a valid email address."]
        assert await errors(client, "customers", customer(email="a@b")) == {"email": message}


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "\xff"}',
        b'\xef\xbb\xbf{"name": "BOM"}',
        b'{"name": "\\ud800"}',
        b'{"name": NaN}',
        b"null",
        b"12",
        b'{"timeBudget": 1, "time_budget": 1}',
        b"[" * 100_000,
    ],
)
async def test_what_is_not_proper_json_is_a_bad_request(body: bytes) -> None:
    async with client_of(create_app("2.65.0")) as client:
        answer = await client.post("/api/customers", content=body)
        assert (answer.status_code, answer.json()) == (400, {"code": 400, "message": "Bad Request"})


async def test_a_json_list_has_extra_fields() -> None:
    async with client_of(create_app("2.65.0")) as client:
        found = await errors(client, "customers", [{"name": "Acme"}])
        assert found[""] == ["This form should not contain extra fields."]


async def test_json_needs_no_content_type_and_may_name_its_charset() -> None:
    async with client_of(create_app("2.65.0")) as client:
        for headers in ({}, {"Content-Type": "application/json; charset=utf-8"}):
            content = json.dumps(customer())
            assert (await client.post("/api/customers", content=content, headers=headers)).status_code == 200


async def test_numbers_are_compared_without_case_and_accents() -> None:
    async with client_of(create_app("2.65.0")) as client:
        await create(client, "customers", customer(number="x-Áß"))
        found = await errors(client, "customers", customer(number="X-ass"))
        assert found == {"number": ["The number X-ass is already used."]}


async def test_numbers_are_unique_within_a_level_only() -> None:
    async with client_of(create_app("2.65.0")) as client:
        await create(client, "customers", customer(number="N-1"))
        await create(client, "projects", {"name": "Site", "customer": 1, "number": "N-1"})
        await create(client, "activities", {"name": "Design", "number": "N-1"})


async def test_a_text_too_long_for_its_column_is_a_500() -> None:
    async with client_of(create_app("2.65.0")) as client:
        await create(client, "customers", customer(comment="x" * 65_535))
        for values in ({"comment": "x" * 65_536}, {"invoiceText": "é" * 40_000}):
            assert (await client.post("/api/customers", json=customer() | values)).status_code == 500


@pytest.mark.parametrize(
    ("start", "accepted"),
    [
        ("2026-01-31", True),
        ("2026-01-31T10:00:00", True),
        ("2026-1-31", False),
        ("2026-02-30", False),
        ("", True),
        (["2026-01-31"], False),
    ],
)
async def test_the_dates_of_a_new_project(start: Any, accepted: bool) -> None:
    async with client_of(create_app("2.65.0")) as client:
        await create(client, "customers", customer())
        answer = await client.post("/api/projects", json={"name": "Site", "customer": 1, "start": start})
        assert answer.status_code == (200 if accepted else 400)


async def test_a_project_may_end_on_the_day_it_starts() -> None:
    async with client_of(create_app("2.65.0")) as client:
        await create(client, "customers", customer())
        one_day = {"name": "Day", "customer": 1, "start": "2026-01-01", "end": "2026-01-01"}
        await create(client, "projects", one_day)


async def test_a_patch_validates_what_it_does_not_change() -> None:
    app = create_app("2.65.0")
    async with client_of(app) as client:
        await tree_of_three(client)
        store = sandbox_of(app).store
        first = store.get("activities", 1)
        assert first is not None
        store.insert("activities", 1, first.fields | {"name": "a=b"})
        answer = await client.patch("/api/activities/2", json={"comment": "new"})
        assert answer.status_code == 400
        found = answer.json()["errors"]["children"]
        assert found["number"] == {"errors": ["The number 0002 is already used."]}
        assert found["name"] == {"errors": ['The following characters are not allowed: < > " =']}


async def test_an_empty_name_in_a_patch_is_a_500_but_for_customers() -> None:
    async with client_of(create_app("2.65.0")) as client:
        await tree_of_three(client)
        for level, status in (("customers", 400), ("projects", 500), ("activities", 500)):
            assert (await client.patch(f"/api/{level}/1", json={"name": ""})).status_code == status


async def test_a_patch_may_keep_a_parent_that_is_hidden_now() -> None:
    async with client_of(create_app("2.65.0")) as client:
        await tree_of_three(client)
        await client.patch("/api/customers/1", json={"visible": False})
        assert (await client.patch("/api/projects/1", json={"customer": 1})).status_code == 200
        assert (await client.patch("/api/activities/1", json={"project": 1})).status_code == 200


async def test_a_patch_moves_a_project_to_another_customer() -> None:
    app = create_app("2.65.0")
    async with client_of(app) as client:
        await tree_of_three(client)
        await create(client, "customers", customer("Other"))
        moved = (await client.patch("/api/projects/1", json={"customer": 2})).json()
        assert (moved["customer"], moved["parentTitle"]) == (2, "Other")
    assert ("Other", "Site", "Design") in sandbox_of(app).tree()


async def test_a_global_activity_stays_global() -> None:
    async with client_of(create_app("2.65.0")) as client:
        await tree_of_three(client)
        await create(client, "activities", {"name": "Global"})
        assert (await client.patch("/api/activities/2", json={"project": 1})).status_code == 400


async def test_nothing_is_unique_by_name() -> None:
    app = create_app("2.65.0")
    async with client_of(app) as client:
        await tree_of_three(client)
        await tree_of_three(client)
    twins = [("Acme",), ("Acme",), ("Acme", "Site"), ("Acme", "Site")]
    assert sandbox_of(app).tree() == [*twins, ("Acme", "Site", "Design"), ("Acme", "Site", "Design")]
