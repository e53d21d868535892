"""Who gets in, from which origin, and which paths and methods there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sandbox_client import client_of, create, customer, errors, sandbox_of, tree_of_three
from virtual_clock import run

from kimai_async.sandbox import create_app
from kimai_async.sandbox.storage.users import USERS

if TYPE_CHECKING:
    import httpx

UNAUTHORIZED = {"code": 401, "message": "Unauthorized"}
ORIGIN = {"Origin": "https://app.example"}


async def ping(version: str, headers: dict[str, str]) -> httpx.Response:
    async with client_of(create_app(version), headers) as client:
        return await client.get("/api/ping")


@pytest.mark.anyio
@pytest.mark.parametrize("value", ["bearer susan-token-0123456789", "Bearer", "Bearer a b", "Basic eDp4"])
async def test_a_header_that_is_no_bearer_token_is_no_login(value: str) -> None:
    answer = await ping("2.65.0", {"Authorization": value})
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


@pytest.mark.anyio
async def test_before_2_14_a_bearer_token_is_not_looked_at() -> None:
    answer = await ping("2.13.0", {"Authorization": "Bearer susan-token-0123456789"})
    assert answer.status_code == 403


@pytest.mark.anyio
async def test_empty_x_auth_headers_say_which_is_missing() -> None:
    for version in ("2.13.0", "2.65.0"):
        for missing in ("X-AUTH-USER", "X-AUTH-TOKEN"):
            answer = await ping(version, {"X-AUTH-USER": "susan_super", "X-AUTH-TOKEN": "x", missing: ""})
            kind = "user" if missing == "X-AUTH-USER" else "token"
            assert answer.json() == {"message": f"Authentication required, missing {kind} header: {missing}"}


def test_the_sixth_wrong_password_in_a_minute_is_a_bad_request_from_2_54() -> None:
    async def statuses(version: str) -> list[int]:
        wrong = {"X-AUTH-USER": "susan_super", "X-AUTH-TOKEN": "wrong"}
        async with client_of(create_app(version), wrong) as client:
            return [(await client.get("/api/ping")).status_code for _ in range(6)]

    assert run(statuses, "2.53.0")[0] == [403] * 6
    assert run(statuses, "2.54.0")[0] == [403] * 5 + [400]


def test_a_minute_later_a_wrong_password_is_just_wrong_again() -> None:
    async def main() -> list[int]:
        import anyio  # noqa: PLC0415

        async with client_of(create_app("2.65.0")) as client:
            wrong = {"X-AUTH-TOKEN": "wrong"}
            first = [(await client.get("/api/ping", headers=wrong)).status_code for _ in range(6)]
            right = (await client.get("/api/ping")).status_code
            await anyio.sleep(60)
            return [first[-1], right, (await client.get("/api/ping", headers=wrong)).status_code]

    assert run(main)[0] == [400, 200, 403]


@pytest.mark.anyio
async def test_the_teamlead_creates_activities_without_budget() -> None:
    app = create_app("2.65.0")
    async with client_of(app) as client:
        await tree_of_three(client)
    async with client_of(app, {"Authorization": "Bearer tony-token-0123456789"}) as tony:
        extra = {"": ["This form should not contain extra fields."]}
        assert await errors(tony, "activities", {"name": "Plan", "budget": 1}) == extra
        for level in ("customers", "projects", "activities"):
            assert (await tony.patch(f"/api/{level}/1", json={})).status_code == 403
            assert (await tony.get(f"/api/{level}/1")).status_code == 403
            assert (await tony.patch(f"/api/{level}/1/meta", json={})).status_code == 403
            assert (await tony.delete(f"/api/{level}/1")).status_code == 403


@pytest.mark.anyio
@pytest.mark.parametrize("user", USERS)
async def test_everybody_has_a_token_of_their_own(user: object) -> None:
    assert user in USERS
    async with client_of(create_app("2.65.0"), {"Authorization": f"Bearer {getattr(user, 'token', '')}"}) as client:
        me = (await client.get("/api/users/me")).json()
        assert (me["id"], me["username"]) == (getattr(user, "id", 0), getattr(user, "username", ""))


@pytest.mark.anyio
async def test_a_get_with_a_slash_at_the_end_is_sent_to_the_path_without() -> None:
    async with client_of(create_app("2.65.0")) as client:
        answer = await client.get("/api/customers/?visible=3")
        assert (answer.status_code, answer.headers["location"]) == (301, "http://kimai.test/api/customers?visible=3")
        assert (await client.get("/api/nope/")).status_code == 404


@pytest.mark.anyio
async def test_a_wrong_method_is_answered_before_the_login() -> None:
    async with client_of(create_app("2.65.0"), {}) as client:
        answer = await client.put("/api/customers/1")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, PATCH, DELETE")


@pytest.mark.anyio
@pytest.mark.parametrize("row_id", ["0", "9223372036854775807", "9" * 30, "x", "-1"])
async def test_an_id_that_nothing_has_is_not_found(row_id: str) -> None:
    async with client_of(create_app("2.65.0")) as client:
        for level in ("customers", "projects", "activities"):
            assert (await client.get(f"/api/{level}/{row_id}")).status_code == 404


@pytest.mark.anyio
async def test_head_is_answered_like_get() -> None:
    async with client_of(create_app("2.65.0")) as client:
        assert (await client.head("/api/ping")).status_code == 200


@pytest.mark.anyio
async def test_answers_are_ascii_and_not_for_caches() -> None:
    async with client_of(create_app("2.65.0")) as client:
        answer = await client.post("/api/customers", json=customer("Zoë/1"))
        assert b'"name":"Zo\\u00eb/1"' in answer.content
        assert b'"budget":0.0' in answer.content
        assert answer.headers["cache-control"] == "max-age=0, must-revalidate, private"


@pytest.mark.anyio
async def test_deleting_a_customer_deletes_everything_below() -> None:
    app = create_app("2.65.0")
    async with client_of(app) as client:
        await tree_of_three(client)
        work = {"project": 1, "activity": 1, "begin": "2026-01-05T09:00:00", "end": "2026-01-05T10:00:00"}
        await create(client, "timesheets", work)
        await create(client, "activities", {"name": "Global"})
        assert (await client.delete("/api/customers/1")).status_code == 204
        assert (await client.get("/api/timesheets")).json() == []
        again = await create(client, "customers", customer("Again"))
        assert (again["id"], again["number"]) == (2, "0002")
    assert sandbox_of(app).tree() == [("", "", "Global"), ("Again",)]


async def preflight(version: str, method: str = "POST", asked: str = "") -> httpx.Response:
    headers = ORIGIN | {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": asked}
    async with client_of(create_app(version), headers) as client:
        return await client.options("/api/customers")


@pytest.mark.anyio
async def test_a_preflight_needs_no_login_and_names_what_is_allowed() -> None:
    answer = await preflight("2.65.0", asked="authorization,content-type, Accept")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    assert answer.headers["access-control-allow-methods"] == "GET, OPTIONS, POST, PUT, PATCH, DELETE"
    allowed = "content-type, authorization, x-auth-user, x-auth-token"
    assert answer.headers["access-control-allow-headers"] == allowed
    assert answer.headers["access-control-max-age"] == "3600"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("version", "method", "asked", "status"),
    [
        ("2.21.0", "POST", "authorization", 400),
        ("2.22.0", "POST", "authorization", 200),
        ("2.65.0", "POST", "x-request-id", 400),
        ("2.65.0", "PURGE", "", 405),
    ],
)
async def test_a_preflight_is_refused(version: str, method: str, asked: str, status: int) -> None:
    assert (await preflight(version, method, asked)).status_code == status


@pytest.mark.anyio
async def test_every_answer_names_the_origin_and_from_2_63_the_page_headers() -> None:
    for version, exposed in (
        ("2.62.0", None),
        ("2.63.0", "X-Page, X-Total-Count, X-Total-Pages, X-Per-Page"),
    ):
        answer = await ping(version, ORIGIN)
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert answer.headers.get("access-control-expose-headers") == exposed


@pytest.mark.anyio
async def test_options_without_an_origin_is_a_wrong_method() -> None:
    async with client_of(create_app("2.65.0")) as client:
        assert (await client.options("/api/customers")).status_code == 405
