"""The client over httpx's own MockTransport: what it sends, and what it makes of the answers."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from kimai_async.errors import AccessError, NotKimaiError, OverloadedError, StoppedError, UnreachableError
from kimai_async.kimai.client import KimaiClient
from kimai_async.kimai.connection import Connection
from kimai_async.kimai.messages import Entry
from kimai_async.kimai.outcomes import Again, Created, Refusal, Unclear
from kimai_async.kimai.tries import TRIES
from kimai_async.settings import Access
from kimai_async.tree.nodes import Level, Tree

pytestmark = pytest.mark.anyio
TOKEN = "sentinel-token-0123456789"
Handler = Callable[[httpx.Request], httpx.Response]


class Asked:
    """A client whose requests are kept, and whose waits are counted rather than slept."""

    def __init__(self, handler: Handler, **settings: Any) -> None:
        self.requests: list[httpx.Request] = []
        self.waits: list[tuple[float, str]] = []

        def handle(request: httpx.Request) -> httpx.Response:
            self.requests.append(request)
            return handler(request)

        self._connection = Connection(
            Access(url="https://kimai.example.com/kimai", token=TOKEN, **settings),
            lanes=8,
            wait=self._wait,
            transport=httpx.MockTransport(handle),
            chance=random.Random(1),
        )

    @property
    @asynccontextmanager
    async def client(self) -> AsyncIterator[KimaiClient]:
        async with self._connection:
            yield KimaiClient(self._connection)

    async def _wait(self, seconds: float, reason: str) -> None:
        self.waits.append((seconds, reason))


def answers(*responses: httpx.Response | Exception) -> Handler:
    queue = list(responses)

    def handle(request: httpx.Request) -> httpx.Response:
        response = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(response, Exception):
            raise response
        return response

    return handle


def always(status: int, **content: Any) -> Handler:
    return lambda request: httpx.Response(status, **content)


def kimai(request: httpx.Request) -> httpx.Response:
    known = {
        "/kimai/api/version": {"version": "2.65.0", "versionId": 26500},
        "/kimai/api/users/me": {"username": "susan_super", "roles": ["ROLE_SUPER_ADMIN"]},
    }
    return httpx.Response(200, json=known[request.url.path])


async def test_the_version_and_the_tokens_owner_are_asked_with_a_bearer_token() -> None:
    asked = Asked(kimai)
    async with asked.client as client:
        server = await client.server()

    assert (server.version, server.user) == ((2, 65, 0), "susan_super")
    assert asked.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert "x-auth-user" not in asked.requests[0].headers


async def test_a_user_sends_the_old_pair_of_headers_instead() -> None:
    asked = Asked(kimai, user="susan_super")
    async with asked.client as client:
        await client.server()

    headers = asked.requests[0].headers
    assert (headers["x-auth-user"], headers["x-auth-token"]) == ("susan_super", TOKEN)
    assert "authorization" not in headers


async def test_lists_hide_nothing_and_follow_pages_if_there_are_any() -> None:
    def pages(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        item = {"id": page, "name": f"P{page}", "customer": 1, "visible": True}
        return httpx.Response(200, json=[item], headers={"X-Total-Pages": "3"})

    asked = Asked(pages)
    async with asked.client as client:
        entries = await client.entries(Level.PROJECT)

    assert entries == [Entry(page, f"P{page}", 1, True, None) for page in (1, 2, 3)]
    assert dict(asked.requests[0].url.params) == {"visible": "3", "ignoreDates": "1", "page": "1", "size": "500"}


async def test_without_a_header_that_can_be_read_a_list_is_one_page() -> None:
    asked = Asked(always(200, json=[], headers={"X-Total-Pages": "many"}))
    async with asked.client as client:
        assert await client.entries(Level.CUSTOMER) == []

    assert len(asked.requests) == 1


def fussy(request: httpx.Request) -> httpx.Response:
    """A server that cannot list projects as a whole, ignores the first half of a filter, and adds others' rows."""
    wanted = [int(value) for value in request.url.params.get_list("customers[]")]
    if not wanted:
        return httpx.Response(500)
    items = [{"id": 100 + parent, "name": f"P{parent}", "customer": parent} for parent in [*wanted, 999]]
    return httpx.Response(200, json=items)


async def test_a_list_that_is_too_much_is_asked_for_by_parent_from_then_on() -> None:
    asked = Asked(fussy)
    async with asked.client as client:
        first = await client.entries(Level.PROJECT, range(1, 121))
        second = await client.entries(Level.PROJECT, [3])

    assert [entry.parent for entry in first] == list(range(1, 121))
    assert [entry.id for entry in second] == [103]
    whole = [request for request in asked.requests if "customers[]" not in request.url.params]
    assert (len(whole), len(asked.requests)) == (TRIES, TRIES + 3 + 1)
    assert asked.requests[-1].url.params["visible"] == "3"


async def test_a_list_that_is_too_much_ends_the_run_where_no_parent_is_known() -> None:
    with pytest.raises(OverloadedError):
        async with Asked(fussy).client as client:
            await client.entries(Level.PROJECT)


async def test_only_what_is_below_the_parents_asked_for_is_kept() -> None:
    async with Asked(fussy).client as client:
        assert [entry.parent for entry in await client.entries_below(Level.PROJECT, {7})] == [7]
        assert await client.entries_below(Level.PROJECT, ()) == []


async def test_where_no_parent_is_there_yet_a_list_that_is_too_much_is_not_needed() -> None:
    async with Asked(fussy).client as client:
        assert await client.entries(Level.PROJECT, ()) == []


async def test_a_create_sends_json_and_tells_what_the_answer_means() -> None:
    asked = Asked(always(200, json={"id": 5, "name": "DEMO", "number": "0002"}))
    async with asked.client as client:
        outcome = await client.create(Tree().add("DEMO", 2), {"country": "DE"})

    assert outcome == Created(5, "0002")
    assert str(asked.requests[0].url) == "https://kimai.example.com/kimai/api/customers"
    assert asked.requests[0].headers["content-type"] == "application/json"
    assert json.loads(asked.requests[0].content) == {"name": "DEMO", "visible": True, "billable": True, "country": "DE"}


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (httpx.ConnectError("host:1: connection refused"), Again("host:1: connection refused")),
        (httpx.ConnectTimeout("host:1: no connection in time"), Again("host:1: no connection in time")),
        (httpx.ReadTimeout("host:1: no answer in time"), Unclear("host:1: no answer in time", overload=True)),
        (httpx.RemoteProtocolError("closed"), Unclear("closed")),
        (httpx.WriteError("lost"), Unclear("lost")),
    ],
)
async def test_a_create_without_an_answer_is_unclear_unless_it_was_never_sent(
    error: Exception, outcome: object
) -> None:
    async with Asked(answers(error)).client as client:
        assert await client.create(Tree().add("DEMO", 2), {}) == outcome


async def test_a_create_whose_answer_cannot_be_decoded_is_unclear() -> None:
    async with Asked(
        always(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip"))
    ).client as client:
        assert isinstance(await client.create(Tree().add("DEMO", 2), {}), Unclear)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_a_get_is_sent_again_after_a_passing_failure(status: int) -> None:
    asked = Asked(answers(httpx.Response(status, headers={"Retry-After": "9"}), httpx.Response(200, json=[])))
    async with asked.client as client:
        assert await client.entries(Level.CUSTOMER) == []

    assert [seconds for seconds, _ in asked.waits] == [9.0]


async def test_a_get_that_keeps_failing_ends_the_run_and_waits_longer_each_time() -> None:
    asked = Asked(always(500))
    with pytest.raises(StoppedError, match=r"kimai\.example\.com gives no usable answer to GET /api/version \(500"):
        async with asked.client as client:
            await client.server(together=False)

    assert len(asked.requests) == TRIES
    assert sorted(asked.waits) == asked.waits
    assert len(asked.waits) == TRIES - 1


async def test_a_get_whose_answer_is_lost_is_sent_again() -> None:
    asked = Asked(answers(httpx.ReadTimeout("no answer in time"), httpx.Response(200, json=[])))
    async with asked.client as client:
        assert await client.entries(Level.CUSTOMER) == []


async def test_a_server_that_cannot_be_reached_at_first_is_said_at_once() -> None:
    unknown = httpx.ConnectError("kimai.example.com:443: name or service not known")
    asked = Asked(answers(unknown, unknown))
    with pytest.raises(UnreachableError, match=r"Cannot reach kimai\.example\.com:443: name .* Check --url"):
        async with asked.client as client:
            await client.server()

    assert len(asked.requests) == 2
    assert asked.waits == []


async def test_a_wrong_password_is_tried_once() -> None:
    asked = Asked(always(403, json={"message": "Invalid credentials"}), user="susan_super")
    with pytest.raises(AccessError):
        async with asked.client as client:
            await client.server(together=False)

    assert len(asked.requests) == 1


async def test_a_server_that_goes_away_later_is_tried_again() -> None:
    asked = Asked(answers(httpx.Response(200, json=[]), httpx.ConnectError("refused"), httpx.Response(200, json=[])))
    async with asked.client as client:
        await client.entries(Level.CUSTOMER)
        await client.entries(Level.CUSTOMER)

    assert len(asked.requests) == 3


async def test_a_list_of_another_shape_is_not_kimais() -> None:
    with pytest.raises(NotKimaiError, match="a list of customers of another shape"):
        async with Asked(always(200, json=[{"title": "x"}])).client as client:
            await client.entries(Level.CUSTOMER)


async def test_the_form_is_asked_by_a_create_without_a_name() -> None:
    asked = Asked(always(400, json={"errors": {"children": {"name": {"errors": ["blank"]}, "number": {}}}}))
    async with asked.client as client:
        form = await client.form(Level.CUSTOMER, {"country": "DE"})

    assert form.fields == {"name", "number"}
    assert json.loads(asked.requests[0].content) == {"country": "DE"}


async def test_no_right_to_create_is_said_with_the_permission_it_takes() -> None:
    with pytest.raises(AccessError, match=r"may not create projects \(403 Forbidden\).* permission create_project"):
        async with Asked(always(403)).client as client:
            await client.form(Level.PROJECT, {})


@pytest.mark.parametrize("handler", [always(400, json={"message": "Bad Request"}), always(400, json=[])])
async def test_another_answer_to_the_empty_create_is_not_kimais(handler: Handler) -> None:
    with pytest.raises(NotKimaiError, match="400 Bad Request to an empty create"):
        async with Asked(handler).client as client:
            await client.form(Level.PROJECT, {})


async def test_a_cookie_is_not_kept() -> None:
    asked = Asked(always(200, json=[], headers={"Set-Cookie": "session=1; Path=/"}))
    async with asked.client as client:
        await client.entries(Level.CUSTOMER)
        await client.entries(Level.CUSTOMER)

    assert "cookie" not in asked.requests[1].headers


async def test_an_entity_and_the_colours_must_be_objects() -> None:
    async with Asked(always(200, json=["what"])).client as client:
        with pytest.raises(NotKimaiError, match="a customer of another shape"):
            await client.entity(Level.CUSTOMER, 1)
        with pytest.raises(NotKimaiError, match="a list of colours of another shape"):
            await client.colors()


async def test_a_kimai_that_does_not_tell_its_colours_has_none_to_tell() -> None:
    async with Asked(always(404, json={"code": 404, "message": "Not Found"})).client as client:
        assert await client.colors() is None


async def test_a_change_is_a_patch_of_that_one_with_json() -> None:
    asked = Asked(always(200, json={}))
    async with asked.client as client:
        assert await client.patch(Level.PROJECT, 7, {"billable": True}) is None
        assert await client.set_custom_field(Level.ACTIVITY, 8, "cc", "4711") is None

    assert [(request.method, request.url.path, json.loads(request.content)) for request in asked.requests] == [
        ("PATCH", "/kimai/api/projects/7", {"billable": True}),
        ("PATCH", "/kimai/api/activities/8/meta", {"name": "cc", "value": "4711"}),
    ]


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_a_change_that_is_refused_has_kimais_reason(status: int) -> None:
    body = {"code": status, "message": "No", "errors": {"children": {"company": {"errors": ["Too long."]}}}}
    async with Asked(always(status, json=body)).client as client:
        assert await client.patch(Level.PROJECT, 7, {}) == Refusal(status, "company: Too long.")


async def test_a_change_that_nobody_may_make_any_more_ends_the_run() -> None:
    async with Asked(always(401)).client as client:
        with pytest.raises(AccessError):
            await client.patch(Level.PROJECT, 7, {})
