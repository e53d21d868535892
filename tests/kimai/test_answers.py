"""Answers that hang, flood, lie about themselves or are cut short, on real sockets and a virtual clock."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.lowlevel
import httpx
import pytest
from faulty_server import Behaviour, Exchange, FaultyServer, answer, raw
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from virtual_clock import run

from kimai_async import LevelStarted, Report, Stop, import_csv
from kimai_async.errors import KimaiImportError, NotKimaiError, OverloadedError, StoppedError, UsageError
from kimai_async.kimai.client import KimaiClient
from kimai_async.kimai.connection import Connection
from kimai_async.kimai.outcomes import Outcome, Unclear
from kimai_async.settings import Access, Settings
from kimai_async.tree.nodes import Level, Tree

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from kimai_async.kimai.messages import Entry

JSON = ("Content-Type", "application/json")
ROW = {"id": 3, "name": "Acme", "visible": True, "number": "0002", "customer": 1, "project": 1}
T = TypeVar("T")


class Asked:
    """What came of asking a server that is scripted, how long it took, and what was waited for."""

    def __init__(
        self,
        ask: Callable[[KimaiClient], Awaitable[T]],
        *script: Behaviour,
        timeout: float = 10.0,
        patience: float | None = 300.0,
    ) -> None:
        self.waits: list[float] = []
        self.requests = 0

        async def go() -> T:
            async with FaultyServer(*script) as server:
                access = Access(url=server.url, token="sentinel-token-0123456789", timeout=timeout)
                connection = Connection(access, lanes=2, wait=self._wait, patience=patience, chance=random.Random(1))
                try:
                    async with connection:
                        return await ask(KimaiClient(connection))
                finally:
                    self.requests = len(server.requests)

        self.result: Any = None
        self.error: KimaiImportError | None = None
        started: list[float] = []

        async def timed() -> None:
            started.append(anyio.current_time())
            try:
                self.result = await go()
            except KimaiImportError as error:
                self.error = error
            started.append(anyio.current_time())

        run(timed)
        self.seconds = started[1] - started[0]

    async def _wait(self, seconds: float, reason: str) -> None:
        self.waits.append(seconds)
        await anyio.sleep(seconds)


async def create(client: KimaiClient) -> Outcome:
    return await client.create(Tree().add("Acme", 2), {})


async def listed(client: KimaiClient) -> list[Entry]:
    return await client.entries(Level.CUSTOMER)


def drip(head: bytes, more: bytes) -> Behaviour:
    """Begin an answer, then say a little more of it every half second, for ever."""

    async def behave(exchange: Exchange) -> None:
        exchange.writer.write(head)
        while True:
            exchange.writer.write(more)
            await exchange.writer.drain()
            await asyncio.sleep(0.5)

    return behave


ENDLESS = drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n[", b" ")
INTERIM = drip(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")


@pytest.mark.parametrize("behaviour", [ENDLESS, INTERIM], ids=["a byte every half second", "endless 103s"])
def test_a_create_whose_answer_never_ends_is_unclear_after_the_time_for_a_whole_answer(behaviour: Behaviour) -> None:
    asked = Asked(create, behaviour)

    assert isinstance(asked.result, Unclear)
    assert asked.seconds == pytest.approx(10, abs=1)


@pytest.mark.parametrize("behaviour", [ENDLESS, INTERIM], ids=["a byte every half second", "endless 103s"])
def test_a_list_that_never_ends_is_given_up(behaviour: Behaviour) -> None:
    asked = Asked(listed, behaviour, patience=100)

    assert isinstance(asked.error, OverloadedError)
    assert asked.seconds < 450


@pytest.mark.parametrize("behaviour", [ENDLESS, INTERIM], ids=["a byte every half second", "endless 103s"])
def test_the_first_interrupt_waits_no_longer_than_a_whole_answer_may_take(tmp_path: Path, behaviour: Behaviour) -> None:
    file = tmp_path / "a.csv"
    file.write_text("Customer\nAcme\n")
    form = {"code": 400, "errors": {"children": {"name": {"errors": ["blank"]}}}}
    known = {
        "/api/version": {"version": "2.65.0"},
        "/api/users/me": {"username": "susan", "roles": ["ROLE_SUPER_ADMIN"]},
    }

    async def asked(exchange: Exchange) -> None:  # at once, in any order
        found = known.get(exchange.request.target, [])  # or a list of one level
        await answer(json.dumps(found).encode(), JSON)(exchange)

    before = [asked] * 5
    refusal = answer(json.dumps(form).encode(), JSON, status="400 Bad Request")

    async def go() -> tuple[Report, float]:
        stop = Stop()

        def interrupt(event: object) -> None:
            if isinstance(event, LevelStarted) and event.missing:
                asyncio.get_running_loop().call_later(3, stop.soon)

        async with FaultyServer(*before, refusal, behaviour) as server:
            access = Settings(url=server.url, token="sentinel-token-0123456789", timeout=10.0)
            report = await import_csv(file, access, listeners=[interrupt], stop=stop)
            assert len(server.requests) == len(before) + 2
            return report, anyio.current_time()

    (report, seconds), _ = run(go)

    assert (report.exit_code, [node.name for node in report.unclear]) == (130, ["Acme"])
    assert seconds == pytest.approx(10, abs=1)


def test_a_list_that_is_cut_once_is_asked_for_again() -> None:
    whole = json.dumps([ROW]).encode()
    asked = Asked(listed, answer(whole[:-20], JSON), answer(whole, JSON))

    assert [entry.id for entry in asked.result] == [3]
    assert (asked.error, asked.requests) == (None, 2)


@pytest.mark.parametrize("value", ["0", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_no_wait_of_a_question_is_shorter_than_the_own_back_off(value: str) -> None:
    busy = answer(b"", ("Retry-After", value), status="503 Service Unavailable")
    asked = Asked(listed, busy, busy, answer(json.dumps([ROW]).encode(), JSON))

    assert len(asked.result) == 1
    assert all(seconds >= 0.25 for seconds in asked.waits)


def test_a_server_that_asks_for_more_patience_than_there_is_gets_what_there_is() -> None:
    asked = Asked(listed, answer(b"", ("Retry-After", "20"), status="503 Service Unavailable"), patience=5)

    assert isinstance(asked.error, StoppedError)
    assert asked.seconds == pytest.approx(5, abs=0.5)


def test_what_is_small_as_it_comes_and_large_when_unpacked_is_bounded() -> None:
    bomb = gzip.compress(b" " * (40 * 1024 * 1024))
    asked = Asked(create, answer(bomb, JSON, ("Content-Encoding", "gzip")))

    assert isinstance(asked.result, Unclear)
    assert "1048576" in asked.result.reason.replace(",", "") or "1 MiB" in asked.result.reason


def test_pages_that_bring_nothing_new_end_a_list_whatever_their_number() -> None:
    many = ("X-Total-Pages", "1000000000")
    empty = Asked(listed, answer(json.dumps([ROW]).encode(), JSON, many), answer(b"[]", JSON, many))
    again = Asked(listed, answer(json.dumps([ROW]).encode(), JSON, many))

    assert (len(empty.result), empty.requests) == (1, 2)
    assert (len(again.result), again.requests) == (1, 2)


def test_a_row_on_two_pages_counts_once() -> None:
    two = ("X-Total-Pages", "2")
    other = {**ROW, "id": 4, "name": "Other"}
    asked = Asked(
        listed, answer(json.dumps([ROW]).encode(), JSON, two), answer(json.dumps([ROW, other]).encode(), JSON, two)
    )

    assert [entry.id for entry in asked.result] == [3, 4]


DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    "body",
    [
        DEEP,
        b'[{"id": 1e999, "name": "A", "visible": true}]',
        b'[{"id": {"a": 1}, "name": "A", "visible": true}]',
        b'[{"id": true, "name": "A", "visible": true}]',
        b'[{"id": 1, "name": 5, "visible": true}]',
        b'[{"id": -1, "name": "A", "visible": true}]',
        b'{"id": 1}',
        b"7",
        b"null",
    ],
)
def test_a_list_of_another_shape_is_no_kimai_and_no_bug(body: bytes) -> None:
    asked = Asked(listed, answer(body, JSON))

    assert isinstance(asked.error, NotKimaiError | OverloadedError)


@pytest.mark.parametrize(
    "version",
    [b'{"version": "' + b"9" * 5_000 + b'"}', b'{"version": 5}', b"[]", b'"2.65"', DEEP, b'{"version": null}'],
)
def test_a_version_of_another_shape_is_no_kimai_and_no_bug(version: bytes) -> None:
    asked = Asked(lambda client: client.server(), answer(version, JSON), answer(b'{"username": "x"}', JSON))

    assert asked.error is None or isinstance(asked.error, NotKimaiError | OverloadedError)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(sorted({*ROW, "errors"})), inner),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(body=ANY_JSON, status=st.sampled_from([200, 400, 403, 404, 500]))
def test_whatever_json_a_server_answers_the_error_is_a_sentence(body: Any, status: int) -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=json.dumps(body).encode(), headers=[JSON])

    said: list[str] = []

    async def go() -> None:
        access = Access(url="http://kimai.test", token="x" * 20)
        connection = Connection(
            access, lanes=1, wait=lambda *_: anyio.lowlevel.checkpoint(), transport=httpx.MockTransport(handler)
        )
        async with connection:
            client = KimaiClient(connection)
            for ask in (
                client.server,
                client.colors,
                lambda: client.entries(Level.PROJECT),
                lambda: client.form(Level.CUSTOMER, {}),
                lambda: client.entity(Level.CUSTOMER, 3),
                lambda: client.patch(Level.CUSTOMER, 3, {}),
                lambda: create(client),
            ):
                try:
                    await ask()
                except KimaiImportError as error:
                    said.append(str(error))

    run(go)
    assert all(said)


@pytest.mark.parametrize(
    "url",
    [
        "http://☃",
        "http://a..b",
        "http://kimai\u200b.example.com",
        "http://a:99999",
        "http://[::1",
        "http://a b/",
        "http://",
    ],
)
def test_an_address_that_cannot_be_one_is_a_usage_error(url: str) -> None:
    with pytest.raises(UsageError, match="--url"):
        Access(url=url, token="x")


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), 0.0, -1.0])
def test_seconds_that_are_none_are_a_usage_error(seconds: float) -> None:
    with pytest.raises(UsageError, match="--timeout"):
        Access(url="http://kimai.test", token="x", timeout=seconds)
    with pytest.raises(UsageError, match="--give-up-after"):
        Settings(url="http://kimai.test", token="x", give_up_after=seconds)


def test_an_answer_too_many_that_waits_on_a_kept_connection_is_not_taken_for_the_next_one() -> None:
    row = json.dumps({"id": 9, "name": "Acme", "number": None}).encode()
    twice = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(row)}\r\n\r\n".encode() + row

    async def both(client: KimaiClient) -> list[Outcome]:
        return [await create(client), await create(client)]

    asked = Asked(both, raw(twice * 2), answer(row, JSON))

    assert asked.requests == 2
    assert isinstance(asked.result[1], Unclear) or asked.result[1] == asked.result[0]
