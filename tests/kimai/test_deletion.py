"""What an answer to a DELETE means, and what is read of lists before one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest

from kimai_async import NotKimaiError, Settings
from kimai_async.errors import KimaiImportError
from kimai_async.kimai.connection import Connection
from kimai_async.kimai.deletion import Booking, DeletionClient, Gone, Lost, read_deletion
from kimai_async.kimai.outcomes import Fatal, Refusal
from kimai_async.tree.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (204, Gone()),
        (401, Fatal("401 Unauthorized")),
        (302, Fatal("302 Found")),
        (403, Refusal(403, "403 Forbidden")),
        (405, Refusal(405, "405 Method Not Allowed")),
        (404, Lost("404 Not Found")),
        (200, Lost("200 OK")),
        (500, Lost("500 Internal Server Error")),
        (504, Lost("504 Gateway Timeout")),
        (408, Lost("408 Request Timeout")),
        (502, Lost("502 Bad Gateway", away=True)),
        (503, Lost("503 Service Unavailable", 7.0, away=True)),
        (429, Lost("429 Too Many Requests", 7.0, away=True)),
    ],
)
def test_only_204_says_that_it_is_gone(status: int, meaning: object) -> None:
    headers = {"retry-after": "7"} if status in (429, 503) else {}

    assert read_deletion(status, headers, b"", now=0.0) == meaning


def asked(handler: Callable[[httpx.Request], httpx.Response], ask: Callable[[DeletionClient], Awaitable[Any]]) -> Any:
    async def wait(_: float, __: str) -> None:
        pass

    async def go() -> Any:
        access = Settings(url="https://kimai.example.com", token="sesame")
        async with Connection(access, lanes=1, wait=wait, transport=httpx.MockTransport(handler)) as connection:
            return await ask(DeletionClient(connection))

    return anyio.run(go)


def test_a_deletion_whose_answer_is_lost_is_sent_once() -> None:
    seen: list[str] = []

    def breaks(request: httpx.Request) -> httpx.Response:
        seen.append(request.method)
        raise httpx.ReadError("connection lost")

    assert asked(breaks, lambda client: client.delete(Level.PROJECT, 4)) == Lost("connection lost")
    assert seen == ["DELETE"]


@pytest.mark.parametrize("body", [[], {"id": 5}, {"name": "AA"}, "AA"])
def test_an_answer_about_something_else_is_not_believed(body: Any) -> None:
    with pytest.raises(NotKimaiError, match="a project of another shape"):
        asked(lambda _: httpx.Response(200, json=body), lambda client: client.shown(Level.PROJECT, 4))


def test_what_is_not_there_is_none() -> None:
    assert asked(lambda _: httpx.Response(404, json={}), lambda client: client.shown(Level.PROJECT, 4)) is None


@pytest.mark.parametrize(("status", "body", "has"), [(200, [{}], True), (200, [], False), (403, {}, False)])
def test_rates_are_seen_as_far_as_they_may_be(status: int, body: Any, has: bool) -> None:
    answer = httpx.Response(status, json=body)

    assert asked(lambda _: answer, lambda client: client.has_rates(Level.PROJECT, 4)) is has


def rows(*pairs: tuple[int, int]) -> list[dict[str, int]]:
    return [{"id": row_id, "project": project, "activity": 7} for row_id, project in pairs]


def test_only_entries_on_what_was_asked_for_count_and_pages_are_followed() -> None:
    pages = {"1": rows(*((number, 4) for number in range(1, 501))), "2": rows((501, 4), (502, 5))}

    def lists(request: httpx.Request) -> httpx.Response:
        assert request.url.params["user"] == "all"
        return httpx.Response(200, json=pages[request.url.params["page"]], headers={"X-Total-Count": "502"})

    found = asked(lists, lambda client: client.bookings(Level.PROJECT, [4], but={1, 2}))
    assert len(found) == 499
    assert found[-1] == Booking(501, 4, 7)


def test_a_kimai_that_ignores_an_unknown_id_and_lists_everything_is_seen_through() -> None:
    def lists(request: httpx.Request) -> httpx.Response:
        assert request.url.params["page"] == "1"
        return httpx.Response(200, json=rows((1, 9)), headers={"X-Total-Count": "90000"})

    assert asked(lists, lambda client: client.bookings(Level.PROJECT, [4], most=1)) == []


def test_a_list_without_a_count_is_its_own_count() -> None:
    found = asked(lambda _: httpx.Response(200, json=rows((1, 4))), lambda client: client.bookings(Level.PROJECT, [4]))

    assert found == [Booking(1, 4, 7)]


@pytest.mark.parametrize("body", [b"[{}]", b'[{"id": 0, "project": 1, "activity": 1}]', b"{}"])
def test_a_list_of_another_shape_ends_the_run(body: bytes) -> None:
    answer = httpx.Response(200, content=body, headers={"Content-Type": "application/json"})
    with pytest.raises(KimaiImportError):
        asked(lambda _: answer, lambda client: client.bookings(Level.PROJECT, [4]))


@pytest.mark.parametrize(
    ("status", "refused"), [(200, None), (403, Refusal(403, "403 Forbidden")), (404, Refusal(404, "404 Not Found"))]
)
def test_hiding_may_be_refused(status: int, refused: Refusal | None) -> None:
    assert asked(lambda _: httpx.Response(status, json={}), lambda client: client.hide(Level.PROJECT, 4)) == refused


def test_another_answer_to_hiding_ends_the_run() -> None:
    with pytest.raises(NotKimaiError):
        asked(lambda _: httpx.Response(410, json={}), lambda client: client.hide(Level.PROJECT, 4))
