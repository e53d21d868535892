"""How often, how long and for how much a question is asked, and what is said when no connection can be made."""

from __future__ import annotations

import random
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
import trustme
from faulty_server import FaultyServer, answer
from systems import limits
from virtual_clock import run

from kimai_async.errors import KimaiImportError, NotKimaiError, OverloadedError, UnreachableError, UsageError
from kimai_async.explorer.calls import Call
from kimai_async.explorer.reader import Reader
from kimai_async.kimai.client import KimaiClient
from kimai_async.kimai.connection import TRIES, Connection
from kimai_async.kimai.transport import TooLargeError
from kimai_async.settings import Access, api_root
from kimai_async.tree.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from kimai_async.kimai.messages import Entry

Answer = httpx.Response | Exception
NO_LIST = httpx.Response(200, json=[])
REFUSED = httpx.ConnectError("kimai.test:80: connection refused")


class Asked:
    """Asks a server whose answers are scripted, the last one for ever, on a virtual clock."""

    def __init__(
        self,
        ask: Callable[[Connection], Awaitable[Any]],
        *script: Answer,
        patience: float | None = 100.0,
        timeout: float = 60.0,
        seconds: float = 0.0,
    ) -> None:
        self.requests: list[httpx.Request] = []
        self.waits: list[float] = []
        self.error: KimaiImportError | None = None
        self.result: Any = None
        self._script = list(script)
        self._seconds = seconds
        run(self._go, ask, patience, timeout)

    async def _go(self, ask: Callable[[Connection], Awaitable[Any]], patience: float | None, timeout: float) -> None:
        connection = Connection(
            Access(url="http://kimai.test", token="sentinel-token", timeout=timeout),
            lanes=1,
            wait=self._wait,
            patience=patience,
            transport=httpx.MockTransport(self._handle),
            chance=random.Random(1),
        )
        async with connection:
            try:
                self.result = await ask(connection)
            except KimaiImportError as error:
                self.error = error

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        await anyio.sleep(self._seconds)
        given = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        if isinstance(given, Exception):
            raise given
        return httpx.Response(given.status_code, headers=given.headers, content=given.content)

    async def _wait(self, seconds: float, _: str) -> None:
        self.waits.append(seconds)
        await anyio.sleep(seconds)


async def customers(connection: Connection) -> list[Entry]:
    return await KimaiClient(connection).entries(Level.CUSTOMER)


async def version(connection: Connection) -> Any:
    return connection.json(await connection.get("version"))


@pytest.mark.parametrize("away", [httpx.Response(429), httpx.Response(502), httpx.Response(503), REFUSED])
def test_a_server_that_is_away_is_waited_for_until_patience_is_used_up(away: Answer) -> None:
    asked = Asked(lambda connection: _after_an_answer(connection, customers), NO_LIST, away)

    assert isinstance(asked.error, OverloadedError)
    assert sum(asked.waits) == pytest.approx(100)
    assert len(asked.waits) > TRIES
    assert len(asked.requests) == len(asked.waits) + 2


async def _after_an_answer(connection: Connection, ask: Callable[[Connection], Awaitable[Any]]) -> Any:
    await customers(connection)
    return await ask(connection)


@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(500),
        httpx.Response(504),
        httpx.Response(520),
        httpx.Response(408),
        httpx.ReadTimeout("no answer in time"),
        httpx.ReadError("the answer was cut short"),
        httpx.Response(200, content=b"[{", headers={"Content-Type": "application/json"}),
    ],
)
@pytest.mark.parametrize("ask", [customers, version])
def test_a_question_that_is_too_much_is_given_up_after_four_tries(ask: Any, failure: Answer) -> None:
    asked = Asked(ask, failure)

    assert isinstance(asked.error, OverloadedError)
    assert "4 tries" in str(asked.error)
    assert (len(asked.requests), len(asked.waits)) == (TRIES, TRIES - 1)


@pytest.mark.parametrize("away", [httpx.Response(503, headers={"Retry-After": "0"}), REFUSED])
def test_without_patience_a_server_that_is_away_is_asked_four_times(away: Answer) -> None:
    asked = Asked(lambda connection: _after_an_answer(connection, customers), NO_LIST, away, patience=None)

    assert isinstance(asked.error, OverloadedError)
    assert len(asked.requests) == TRIES + 1


def test_without_patience_no_server_is_waited_for_longer_than_five_minutes() -> None:
    asked = Asked(customers, httpx.Response(503, headers={"Retry-After": "86400"}), patience=None)

    assert sum(asked.waits) == pytest.approx(300)
    assert len(asked.requests) == 2


def test_patience_also_bounds_what_is_slow_to_fail() -> None:
    asked = Asked(version, httpx.ReadTimeout("no answer in time"), patience=50, seconds=60)

    assert len(asked.requests) == 2


def test_a_run_that_is_to_end_and_waits_no_more_lets_no_question_be_asked_without_end() -> None:
    class Woken(Asked):
        async def _wait(self, seconds: float, _: str) -> None:
            self.waits.append(seconds)

    asked = Woken(customers, httpx.Response(503))

    assert sum(asked.waits) == pytest.approx(100)
    assert len(asked.requests) < 20


def test_once_given_up_a_server_that_is_away_gets_no_more_patience_until_it_answers() -> None:
    async def ask(connection: Connection) -> list[float]:
        ends = []
        for _ in range(3):
            with pytest.raises(OverloadedError):
                await customers(connection)
            ends.append(anyio.current_time())
        return ends

    asked = Asked(ask, httpx.Response(503))

    assert asked.result == pytest.approx([100, 100, 100])
    assert len(asked.requests) == len(asked.waits) + 3


def test_a_list_gets_ten_times_the_time_and_thirty_two_times_the_bytes_of_anything_else() -> None:
    asked = Asked(lambda connection: _after_an_answer(connection, version), NO_LIST, timeout=7)

    of_list, of_version = (request.extensions for request in asked.requests)
    assert (of_list["timeout"]["whole"], of_list["timeout"]["read"], of_list["most"]) == (70, 7, 512 * 2**20)
    assert (of_version["timeout"]["whole"], of_version["timeout"]["read"], of_version["most"]) == (7, 7, 16 * 2**20)
    assert (of_list["fresh"], "fresh" in of_version) == (True, False)


def test_only_what_can_be_unpacked_within_limits_is_asked_for() -> None:
    assert Asked(version, NO_LIST).requests[0].headers["accept-encoding"] == "gzip, deflate"


def test_a_list_that_is_too_large_is_not_asked_for_again() -> None:
    asked = Asked(customers, TooLargeError("kimai.test:80: the answer has more than 512 MiB"))

    assert isinstance(asked.error, OverloadedError)
    assert "the answer has more than 512 MiB, 1 try" in str(asked.error)
    assert len(asked.requests) == 1


async def _never(seconds: float, reason: str) -> None:
    raise AssertionError


def test_a_web_page_is_no_kimai_at_once() -> None:
    for ask in (customers, version):
        asked = Asked(ask, httpx.Response(200, html="<h1>Welcome</h1>"))

        assert str(asked.error).endswith("(text/html where JSON was expected). Check --url.")
        assert len(asked.requests) == 1


def test_a_change_is_made_by_its_status_whatever_its_body() -> None:
    cut = httpx.Response(200, content=b"{", headers={"Content-Type": "application/json"})

    assert Asked(lambda connection: KimaiClient(connection).patch(Level.PROJECT, 7, {}), cut).error is None


def test_an_empty_create_whose_answer_is_cut_is_sent_again() -> None:
    json = {"Content-Type": "application/json"}
    whole = httpx.Response(400, json={"errors": {"children": {"name": {"errors": ["blank"]}}}})
    asked = Asked(
        lambda connection: KimaiClient(connection).form(Level.PROJECT, {}),
        httpx.Response(400, content=whole.content[:-3], headers=json),
        whole,
    )

    assert asked.result.fields == {"name"}


# --- paging, for people ---


def page(*rows: object, pages: int = 1) -> httpx.Response:
    return httpx.Response(200, json=rows, headers={"X-Total-Pages": str(pages), "X-Total-Count": "9" * 5_000})


def read_all(*script: Answer, everything: bool = False) -> Asked:
    call = Call("timesheets", all_pages=True, everything=() if everything else None)
    access = Access(url="http://kimai.test", token="x")
    return Asked(lambda connection: Reader(connection, access, lambda _: None).read(call), *script)


ONE, TWO, THREE = ({"id": number} for number in (1, 2, 3))


@pytest.mark.parametrize(
    ("script", "rows"),
    [
        ((page(ONE, pages=10**9), page(TWO, pages=10**9), page()), [ONE, TWO]),
        ((page(ONE, pages=10**9),), [ONE]),
        ((page("a", pages=10**9),), ["a"]),
        ((page(ONE, TWO, pages=2), page(TWO, THREE, pages=3), page(ONE)), [ONE, TWO, THREE]),
        ((page(ONE, ONE),), [ONE, ONE]),
    ],
)
def test_all_pages_end_with_the_one_that_brings_nothing_new(script: tuple[Answer, ...], rows: list[Any]) -> None:
    assert read_all(*script).result == rows


@pytest.mark.parametrize("everything", [False, True])
def test_a_page_that_is_no_list_is_no_kimai(*, everything: bool) -> None:
    first = page(ONE) if everything else page(ONE, pages=2)

    assert isinstance(read_all(first, httpx.Response(200, json={}), everything=everything).error, NotKimaiError)


def test_one_of_too_many_pages_is_shown_with_a_number_that_can_be_read() -> None:
    said: list[str] = []
    access = Access(url="http://kimai.test", token="x")
    asked = Asked(
        lambda connection: Reader(connection, access, said.append).read(Call("timesheets", rows="timesheets")),
        page(ONE, pages=3),
    )

    assert asked.result == [ONE]
    assert said == ["1 of 0 timesheets, page 1 of 3; --all gets every page"]


def test_a_version_that_is_no_object_is_no_kimai_for_people_either() -> None:
    access = Access(url="http://kimai.test", token="x")
    call = Call("version", tells_import=True)

    assert isinstance(Asked(lambda it: Reader(it, access, lambda _: None).read(call), NO_LIST).error, NotKimaiError)


# --- advice ---


@pytest.mark.anyio
@pytest.mark.parametrize("location", ["http://kimai.test/api/version", "HTTP://elsewhere.test/"])
async def test_a_redirect_away_from_https_is_called_odd_and_http_is_not_advised(location: str) -> None:
    redirect = httpx.MockTransport(lambda _: httpx.Response(301, headers={"Location": location}))
    access = Access(url="https://kimai.test", token="x")
    async with Connection(access, lanes=1, wait=_never, transport=redirect) as connection:
        with pytest.raises(NotKimaiError) as caught:
            await version(connection)

    assert "that one is not encrypted" in str(caught.value)
    assert "--url" not in str(caught.value)


async def unreachable(access: Access) -> str:
    with pytest.raises(UnreachableError) as caught:
        async with Connection(access, lanes=1, wait=_never) as connection:
            await version(connection)
    return str(caught.value)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("names", "advice"),
    [
        (["elsewhere.test"], "The certificate is for another name: check the host in --url."),
        (["127.0.0.1"], "If you trust it, give its authority's certificate by --ca-bundle."),
    ],
)
async def test_the_authority_is_asked_for_only_where_it_helps(tmp_path: Path, names: list[str], advice: str) -> None:
    own, other = trustme.CA(), trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.issue_cert(*names).configure_cert(tls)
    trusted = own if names == ["elsewhere.test"] else other
    trusted.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    async with FaultyServer(answer(), tls=tls) as server:
        said = await unreachable(Access(url=server.url, token="x", ca_bundle=tmp_path / "ca.pem"))

    assert said.endswith(advice)


@pytest.mark.anyio
async def test_an_expired_certificate_is_to_be_renewed(tmp_path: Path) -> None:
    own = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.issue_cert("127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC)).configure_cert(tls)
    own.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    async with FaultyServer(answer(), tls=tls) as server:
        said = await unreachable(Access(url=server.url, token="x", ca_bundle=tmp_path / "ca.pem"))

    assert said.endswith("Have the certificate renewed, and check the clock of this computer.")


@limits
@pytest.mark.parametrize("url", ["https://kimai.test", "http://127.0.0.1:1"])
def test_too_many_open_files_are_no_bug(url: str) -> None:
    import resource  # noqa: PLC0415 - POSIX only

    async def ask() -> str:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with open("/dev/null") as last:  # noqa: ASYNC230, PTH123 - its number is what counts
            resource.setrlimit(resource.RLIMIT_NOFILE, (last.fileno() + 1, hard))
            try:
                return await unreachable(Access(url=url, token="x"))
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert anyio.run(ask).endswith(
        "too many open files. Allow more of them (ulimit -n), or give a lower --concurrency."
    )


def test_certificates_that_the_environment_names_and_that_are_not_there_are_a_usage_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))

    with pytest.raises(UsageError, match="SSL_CERT_FILE or SSL_CERT_DIR cannot be used: no such file"):
        Connection(Access(url="https://kimai.test", token="x"), lanes=1, wait=_never)


# --- addresses ---


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("http://kim\u200bai.test", "the invisible character U\\+200B"),
        ("http://kimai.test/\x07", "the invisible character U\\+0007"),
        ("http://kimai.test/my kimai", "a space"),
        ("http://☃", "cannot hold '☃'"),
        ("http://a\\b", "cannot hold"),
        ("http://a%20b", "cannot hold '%'"),
        ("http://a..b", "nothing between two dots"),
        ("http://" + "a" * 64 + ".test", "too long"),
        ("http://" + "a." * 200 + "test", "too long"),
        ("http://[::1]x", "square brackets"),
        ("http://[fe80::1%25eth0]", "square brackets"),
        ("http://kimai.test:0", "port is not 1 to 65535"),
        ("http://kimai.test:65536", "ports are 1 to 65535"),
        ("http://::1]", "host or port cannot be read"),
    ],
)
def test_what_is_wrong_with_an_address_is_said(url: str, wrong: str) -> None:
    with pytest.raises(UsageError, match=f"--url .*{wrong}"):
        api_root(url)


@pytest.mark.parametrize(
    "url", ["http://xn--.test", "http://\uff41.test", "http://" + "ü" * 60 + ".test", "http://x/" + "y" * 70_000]
)
def test_an_address_that_no_resolver_takes_is_a_usage_error_before_anything_is_asked(url: str) -> None:
    with pytest.raises(UsageError, match="--url is no address that can be asked"):
        Connection(Access(url=url, token="x"), lanes=1, wait=_never)


@pytest.mark.parametrize(
    "url", ["http://münchen.test:8001/x", "http://my_kimai.test.", "http://[::1]:80", "http://KIMAI"]
)
def test_names_of_other_languages_and_local_ones_are_addresses(url: str) -> None:
    assert Connection(Access(url=url, token="x"), lanes=1, wait=_never).root == f"{url}/api"


def test_a_path_that_no_request_can_name_is_a_usage_error() -> None:
    asked = Asked(lambda connection: connection.send("GET", "customers/\x00"), NO_LIST)

    assert isinstance(asked.error, UsageError)
    assert asked.requests == []
