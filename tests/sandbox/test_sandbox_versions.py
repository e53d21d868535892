"""What changes from version to version, also between the recorded ones."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_client import client_of, create, customer, errors, sandbox_of, tree_of_three

from kimai_async.sandbox import create_app
from kimai_async.sandbox.profile import profile_of

CLIFFS = [
    (14, "bearer_tokens"),
    (14, "child_numbers"),
    (18, "config_colors"),
    (22, "cors_authorization"),
    (25, "delete"),
    (28, "strict_globals"),
    (34, "split_search"),
    (41, "structured_address"),
    (45, "color_safe"),
    (53, "unknown_filter_ignored"),
    (54, "forbidden_characters"),
    (54, "login_throttling"),
    (62, "customer_details"),
    (63, "server_defaults"),
    (63, "cors_expose_pages"),
]


@pytest.mark.parametrize(("minor", "feature"), CLIFFS)
def test_a_feature_starts_with_its_version(minor: int, feature: str) -> None:
    assert not getattr(profile_of(f"2.{minor - 1}.9" if minor > 14 else "2.13.0"), feature)
    assert getattr(profile_of(f"2.{minor}.0"), feature)


@pytest.mark.parametrize("version", ["2.12.9", "2.65.1", "2.66", "3.0.0", "1.30.11", "2", "latest", "", "2.65.0\n"])
def test_a_version_outside_the_range_is_a_value_error(version: str) -> None:
    with pytest.raises(ValueError, match=r"^Kimai version .* is not supported: use one from 2\.13\.0 to 2\.65\.0\.$"):
        create_app(version)


def test_the_patch_level_may_be_left_out() -> None:
    assert profile_of("2.40").version == "2.40.0"


def test_2_20_1_calls_itself_2_20_0() -> None:
    assert (profile_of("2.20.1").version, profile_of("2.20.1").version_id) == ("2.20.0", 22000)


@pytest.mark.anyio
async def test_colors_are_there_from_2_18() -> None:
    for version, status in (("2.17.0", 404), ("2.18.0", 200)):
        async with client_of(create_app(version)) as client:
            assert (await client.get("/api/config/colors")).status_code == status


@pytest.mark.anyio
async def test_delete_is_not_a_method_before_2_25() -> None:
    for version, status in (("2.24.0", 405), ("2.25.0", 204)):
        async with client_of(create_app(version)) as client:
            await tree_of_three(client)
            answer = await client.delete("/api/customers/1")
            assert answer.status_code == status
    assert answer.content == b""


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("version", "accepted", "refused"),
    [
        ("2.40.0", {"address": "x"}, "addressLine1"),
        ("2.41.0", {"city": "x"}, "addressLine1"),  # the form said address_line1, and nothing could reach that
        ("2.42.0", {"postcode": "x"}, "postCode"),
        ("2.43.0", {"addressLine1": "x", "postCode": "x"}, "address"),
    ],
)
async def test_the_address_fields_of_a_version(version: str, accepted: dict[str, str], refused: str) -> None:
    async with client_of(create_app(version)) as client:
        stored = await create(client, "customers", customer(**accepted))
        assert "x" in stored.values()
        assert await errors(client, "customers", customer(**{refused: "x"})) == {
            "": ["This form should not contain extra fields."]
        }


@pytest.mark.anyio
async def test_an_old_address_stays_editable_after_an_upgrade(tmp_path: Any) -> None:
    old = create_app("2.40.0", database=tmp_path / "kimai.db")
    async with client_of(old) as client:
        await create(client, "customers", customer(address="Main Street"))
    sandbox_of(old).close()
    new = create_app("2.65.0", database=tmp_path / "kimai.db")
    async with client_of(new) as client:
        answer = await client.patch("/api/customers/1", json={"address": "Other Street"})
        assert answer.json()["address"] == "Other Street"
    sandbox_of(new).close()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("version", "level", "key", "shown"),
    [
        ("2.37.0", "projects", "orderNumber", False),
        ("2.38.0", "projects", "orderNumber", True),
        ("2.44.0", "projects", "orderDate", False),
        ("2.45.0", "projects", "orderDate", True),
        ("2.39.0", "customers", "timezone", False),
        ("2.40.0", "customers", "timezone", True),
        ("2.44.0", "customers", "color-safe", False),
        ("2.45.0", "customers", "color-safe", True),
        ("2.62.0", "customers", "language", False),
        ("2.63.0", "customers", "language", True),
        ("2.13.0", "activities", "number", False),
        ("2.14.0", "activities", "number", True),
    ],
)
async def test_what_a_list_shows_grows(version: str, level: str, key: str, shown: bool) -> None:
    async with client_of(create_app(version)) as client:
        await tree_of_three(client)
        assert (key in (await client.get(f"/api/{level}")).json()[0]) is shown


@pytest.mark.anyio
async def test_full_adds_details_for_admins_from_2_62() -> None:
    john = {"Authorization": "Bearer john-token-0123456789"}
    for version, headers, shown in (("2.61.0", None, False), ("2.62.0", None, True), ("2.62.0", john, False)):
        app = create_app(version)
        async with client_of(app) as client:
            await create(client, "customers", customer(vatId="DE1"))
        async with client_of(app, headers) as client:
            assert ("vatId" in (await client.get("/api/customers?full=1")).json()[0]) is shown


@pytest.mark.anyio
async def test_globals_means_true_whatever_it_says_before_2_28() -> None:
    for version, expected in (("2.27.0", []), ("2.28.0", ["Design"])):
        async with client_of(create_app(version)) as client:
            await tree_of_three(client)
            answer = await client.get("/api/activities?globals=false")
            assert [each["name"] for each in answer.json()] == expected
    assert (await client_status("2.28.0", "/api/activities?globals=maybe")) == 400
    assert (await client_status("2.27.0", "/api/activities?globals=maybe")) == 200


async def client_status(version: str, path: str) -> int:
    async with client_of(create_app(version)) as client:
        return (await client.get(path)).status_code


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("version", "size", "expected"),
    [("2.40.0", 900, "900"), ("2.41.0", 500, "500"), ("2.41.0", 501, None), ("2.42.0", 900, "500")],
)
async def test_how_large_a_page_of_timesheets_may_be(version: str, size: int, expected: str | None) -> None:
    async with client_of(create_app(version)) as client:
        answer = await client.get(f"/api/timesheets?size={size}")
        assert answer.headers.get("x-per-page") == expected
        assert answer.status_code == (200 if expected else 400)


@pytest.mark.anyio
async def test_what_is_omitted_is_emptied_up_to_2_62_and_kept_from_2_63() -> None:
    for version, expected in (("2.62.0", (False, False, None)), ("2.63.0", (True, True, "0002"))):
        async with client_of(create_app(version)) as client:
            await create(client, "customers", customer())
            project = await create(client, "projects", {"name": "Site", "customer": 1})
            assert (project["visible"], project["globalActivities"], project["number"]) == expected
