"""What aiohttp raises on real sockets, and what the transport makes of it."""

import asyncio
import gzip
import os
import socket
import ssl
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from errno import ECONNREFUSED
from pathlib import Path

import aiohttp
import anyio
import anyio.lowlevel
import httpx
import pytest
import trustme
from faulty_server import (
    Behaviour,
    Exchange,
    FaultyServer,
    answer,
    hang_up,
    raw,
    reset,
    stay_silent,
    tunnel,
    unreachable_port,
)
from systems import limits
from virtual_clock import run

from kimai_async.kimai.transport import MEBIBYTE, AiohttpTransport, TooLargeError, as_httpx, was_never_sent

pytestmark = pytest.mark.anyio

SHORT = {"connect": 0.1, "read": 0.1}
LONG = {"connect": 10.0, "read": 10.0}
PASSWORD = "Pr0xy-secret"
TOKEN = "Bearer t0ken-secret"


def post(
    url: str, timeout: dict[str, float] = LONG, *, extra: dict[str, object] | None = None, **headers: str
) -> httpx.Request:
    extensions = {"timeout": timeout, **(extra or {})}
    return httpx.Request("POST", url, json={"name": "x"}, headers=headers, extensions=extensions)


async def send(request: httpx.Request, **options: object) -> httpx.Response:
    async with AiohttpTransport(lanes=1, **options) as transport:  # type: ignore[arg-type]
        return await transport.handle_async_request(request)


async def failure(request: httpx.Request, **options: object) -> httpx.TransportError:
    with pytest.raises(httpx.TransportError) as caught:
        await send(request, **options)
    assert caught.value.request is request
    return caught.value


@pytest.fixture
async def transport() -> AsyncIterator[AiohttpTransport]:
    async with AiohttpTransport(lanes=1) as transport:
        yield transport


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def client_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


# --- the server had the request, or may have had it ---

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
UNCLEAR: dict[str, tuple[Behaviour, type[httpx.TransportError], str]] = {
    "connection closed": (hang_up, httpx.RemoteProtocolError, "connection closed without an answer"),
    "connection reset": (reset, httpx.ReadError, "connection lost: connection reset by peer"),
    "silence": (stay_silent, httpx.ReadTimeout, "no answer in time"),
    "head cut short": (
        raw(b"HTTP/1.1 200 OK\r\nContent-", then_close=True),
        httpx.RemoteProtocolError,
        "connection closed without an answer",
    ),
    "body cut short": (answer(b"{", length=9, then_close=True), httpx.ReadError, "the answer was cut short"),
    "body stalls": (answer(b"{", length=9), httpx.ReadTimeout, "no answer in time"),
    "chunk cut short": (
        raw(CHUNKED + b"5\r\nab", then_close=True),
        httpx.ReadError,
        "the answer was cut short",
    ),
    "chunk without a size": (raw(CHUNKED + b"zz\r\n"), httpx.RemoteProtocolError, "the answer is not HTTP"),
    "another protocol": (raw(b"SSH-2.0-OpenSSH\r\n\r\n"), httpx.RemoteProtocolError, "the answer is not HTTP"),
    "broken gzip": (
        answer(b"nope", ("Content-Encoding", "gzip")),
        httpx.RemoteProtocolError,
        "the answer cannot be decompressed",
    ),
}


@pytest.mark.parametrize(("behaviour", "kind", "text"), UNCLEAR.values(), ids=UNCLEAR.keys())
async def test_a_request_the_server_had_is_never_called_unsent(
    behaviour: Behaviour, kind: type[httpx.TransportError], text: str
) -> None:
    async with FaultyServer(behaviour) as server:
        error = await failure(post(server.url, SHORT if kind is httpx.ReadTimeout else LONG))

        assert [request.body for request in server.requests] == [b'{"name":"x"}']

    assert type(error) is kind
    assert str(error) == f"127.0.0.1:{server.port}: {text}"
    assert not was_never_sent(error)


async def test_a_post_on_a_kept_connection_that_was_closed_meanwhile_is_unclear(
    transport: AiohttpTransport,
) -> None:
    async with FaultyServer(answer()) as server:
        await transport.handle_async_request(post(server.url))
        server.end_kept_connections()

        with pytest.raises(httpx.TransportError, match=r"connection (lost|closed)") as caught:
            await transport.handle_async_request(post(server.url))

        assert server.connections == len(server.requests) == 1
    assert not was_never_sent(caught.value)
    assert "http:" not in str(caught.value)


@pytest.mark.parametrize("end", [hang_up, reset])
async def test_a_post_on_a_kept_connection_that_ends_is_not_sent_again(
    transport: AiohttpTransport, end: Behaviour
) -> None:
    async with FaultyServer(answer(), end, answer()) as server:
        await transport.handle_async_request(post(server.url))

        with pytest.raises(httpx.TransportError) as caught:
            await transport.handle_async_request(post(server.url))

        assert server.connections == 1
        assert len(server.requests) == 2
    assert not was_never_sent(caught.value)


async def test_after_a_broken_connection_the_next_request_opens_another(transport: AiohttpTransport) -> None:
    async with FaultyServer(hang_up, answer(b"again")) as server:
        with pytest.raises(httpx.RemoteProtocolError):
            await transport.handle_async_request(post(server.url))

        assert (await transport.handle_async_request(post(server.url))).content == b"again"


async def test_an_answer_over_the_limit_is_unclear() -> None:
    async with FaultyServer(answer(b"x" * 5000)) as server:
        error = await failure(post(server.url), max_answer=4999)

    assert type(error) is TooLargeError
    assert str(error).endswith(": the answer has more than 4999 bytes")
    assert not was_never_sent(error)


async def test_an_answer_at_the_limit_is_read() -> None:
    async with FaultyServer(answer(b"x" * 5000)) as server:
        assert len((await send(post(server.url), max_answer=5000)).content) == 5000


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (aiohttp.ClientConnectionResetError("Cannot write to closing transport"), httpx.WriteError),
        (aiohttp.ClientOSError(1, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] wanted"), httpx.ReadError),
        (aiohttp.ClientConnectionError(f"Connection<{TOKEN}>"), httpx.ReadError),
        (aiohttp.ClientError(TOKEN), httpx.ReadError),
        (aiohttp.ServerTimeoutError(), httpx.ReadTimeout),
        (BrokenPipeError(32, "Broken pipe"), httpx.ReadError),
        (OSError("unheard of"), httpx.ReadError),
        (TimeoutError(), httpx.ReadError),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_other_error_is_unclear(cause: Exception, kind: type[httpx.TransportError]) -> None:
    error = as_httpx(cause, post("http://kimai.test"))

    assert type(error) is kind
    assert str(error).startswith("kimai.test:80: ")
    assert TOKEN not in str(error)
    assert not was_never_sent(error)


# --- what an answer may cost ---

BRIEF = {"connect": 10.0, "read": 10.0, "whole": 0.2}


def drip(head: bytes, more: bytes) -> Behaviour:
    """Begin an answer, and say a little more of it time and again."""

    async def behave(exchange: Exchange) -> None:
        exchange.writer.write(head)
        while True:
            exchange.writer.write(more)
            await exchange.writer.drain()
            await anyio.sleep(0.01)

    return behave


@pytest.mark.parametrize(
    "behaviour",
    [
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "),
        drip(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        drip(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        stay_silent,
    ],
    ids=["body", "head", "interim answers", "silence"],
)
async def test_an_answer_that_takes_too_long_as_a_whole_is_unclear(behaviour: Behaviour) -> None:
    async with FaultyServer(behaviour) as server:
        error = await failure(post(server.url, BRIEF))

        await server.has_no_connection()
    assert type(error) is httpx.ReadTimeout
    assert str(error) == f"127.0.0.1:{server.port}: no answer in time"
    assert not was_never_sent(error)


async def test_without_a_connection_the_time_for_the_whole_is_over_unsent() -> None:
    with full_backlog() as port:
        error = await failure(post(f"http://127.0.0.1:{port}", BRIEF))

    assert type(error) is httpx.ConnectTimeout
    assert was_never_sent(error)


def test_each_answer_has_a_deadline_of_its_own() -> None:
    ended: dict[float, float] = {}

    async def ask(transport: AiohttpTransport, url: str, whole: float) -> None:
        with pytest.raises(httpx.ReadTimeout):
            await transport.handle_async_request(post(url, {"read": 100.0, "whole": whole}))
        ended[whole] = anyio.current_time()

    async def main() -> None:
        async with FaultyServer(stay_silent) as server, AiohttpTransport(lanes=4) as transport:
            async with anyio.create_task_group() as tasks:
                for whole in (10.0, 5.0, 20.0, 20.0):
                    tasks.start_soon(ask, transport, server.url, whole)
            await ask(transport, server.url, 30.0)

    run(main)

    assert ended == pytest.approx({10.0: 10.0, 5.0: 5.0, 20.0: 20.0, 30.0: 50.0})


async def test_an_exchange_that_is_cancelled_is_no_time_out(transport: AiohttpTransport) -> None:
    async with FaultyServer(stay_silent) as server, anyio.create_task_group() as tasks:
        tasks.start_soon(transport.handle_async_request, post(server.url, BRIEF))
        await server.has_received(1)
        tasks.cancel_scope.cancel()

    assert tasks.cancel_scope.cancelled_caught


async def test_the_wait_for_a_lane_counts_not_as_the_answers_time(transport: AiohttpTransport) -> None:
    async def slow(exchange: Exchange) -> None:
        await anyio.sleep(0.1)
        await answer()(exchange)

    async with FaultyServer(slow) as server, anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(transport.handle_async_request, post(server.url, BRIEF))

    assert len(server.requests) == 4


def deflate(body: bytes, wbits: int) -> bytes:
    packer = zlib.compressobj(wbits=wbits)
    return packer.compress(body) + packer.flush()


PACKED = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("X-GZip", gzip.compress),
    "zlib": ("deflate", lambda body: deflate(body, zlib.MAX_WBITS)),
    "bare deflate": ("deflate", lambda body: deflate(body, -zlib.MAX_WBITS)),
    "identity": ("identity", bytes),
}


@pytest.mark.parametrize(("name", "pack"), PACKED.values(), ids=PACKED.keys())
async def test_the_limit_counts_what_comes_out_of_the_compression(name: str, pack: Callable[[bytes], bytes]) -> None:
    body = b"0123456789" * 300_000
    async with FaultyServer(answer(pack(body), ("Content-Encoding", name))) as server:
        whole = await send(post(server.url, extra={"most": len(body)}))
        error = await failure(post(server.url, extra={"most": len(body) - 1}))

    assert whole.content == body
    assert type(error) is TooLargeError
    assert str(error).endswith("the answer has more than 2999999 bytes")
    assert not was_never_sent(error)


async def test_a_bomb_is_not_unpacked_beyond_the_limit() -> None:
    async with FaultyServer(answer(gzip.compress(b" " * 64 * MEBIBYTE), ("Content-Encoding", "gzip"))) as server:
        tracemalloc.start()
        try:
            error = await failure(post(server.url, extra={"most": MEBIBYTE}))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert str(error).endswith("the answer has more than 1 MiB")
    assert peak < 4 * MEBIBYTE


async def test_an_encoding_that_nobody_asked_for_is_unclear() -> None:
    async with FaultyServer(answer(b"...", ("Content-Encoding", "br"))) as server:
        error = await failure(post(server.url))

    assert type(error) is httpx.RemoteProtocolError
    assert str(error).endswith("the answer is encoded as 'br', which was not asked for")
    assert not was_never_sent(error)


async def test_the_body_of_a_200_is_handed_on_in_pieces_and_not_kept() -> None:
    body = os.urandom(MEBIBYTE) * 3
    pieces: list[bytes] = []
    packed = answer(gzip.compress(body), ("Content-Encoding", "gzip"))
    async with FaultyServer(packed, answer(b"no", status="404 Not Found")) as server:
        given = await send(post(server.url, extra={"into": pieces.append}))
        refused = await send(post(server.url, extra={"into": pieces.append}))

    assert b"".join(pieces) == body
    assert max(map(len, pieces)) <= MEBIBYTE
    assert (given.content, refused.content) == (b"", b"no")


async def test_what_the_taker_of_a_body_raises_ends_the_answer_and_its_connection() -> None:
    def refuse(_: bytes) -> None:
        raise LookupError

    async with FaultyServer(answer(b"x" * 100, length=200)) as server, AiohttpTransport(lanes=1) as transport:
        with pytest.raises(LookupError):
            await transport.handle_async_request(post(server.url, extra={"into": refuse}))

        await server.has_no_connection()


# --- connections that are not to be trusted ---


async def test_a_fresh_request_has_a_connection_of_its_own_that_is_closed_afterwards(
    transport: AiohttpTransport,
) -> None:
    async with FaultyServer(answer()) as server:
        for fresh in (False, True, True, False):
            await transport.handle_async_request(post(server.url, extra={"fresh": fresh}))

        assert server.connections == 3
        await server.has_connections(1)


async def test_closing_an_answers_connection_ends_it_also_when_it_is_kept_for_the_next(
    transport: AiohttpTransport,
) -> None:
    async with FaultyServer(answer()) as server:
        response = await transport.handle_async_request(post(server.url))
        response.extensions["close"]()
        response.extensions["close"]()

        await server.has_no_connection()
        await transport.handle_async_request(post(server.url))
        assert server.connections == 2


async def test_closing_an_answers_connection_makes_what_waits_on_it_unclear(transport: AiohttpTransport) -> None:
    async def close(response: httpx.Response, server: FaultyServer) -> None:
        await server.has_received(1)
        response.extensions["close"]()

    async with FaultyServer(answer(), stay_silent) as server:
        response = await transport.handle_async_request(post(server.url))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(close, response, server)
            with pytest.raises(httpx.RemoteProtocolError, match="connection closed without an answer") as caught:
                await transport.handle_async_request(post(server.url))

        assert server.connections == 1
    assert not was_never_sent(caught.value)


@pytest.mark.parametrize(
    "more",
    [b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate", b"HTTP/1.1 503 B\r\nContent-Length: 9\r\n\r\n", b"junk\r\n"],
)
async def test_a_kept_connection_on_which_more_came_is_not_used_again(transport: AiohttpTransport, more: bytes) -> None:
    async def twice(exchange: Exchange) -> None:
        await answer(b"first")(exchange)
        await went_on.wait()
        await raw(more)(exchange)
        said.set()
        await exchange.reader.read()

    went_on, said = anyio.Event(), anyio.Event()
    async with FaultyServer(twice, answer(b"second")) as server:
        await transport.handle_async_request(post(server.url))
        went_on.set()
        await said.wait()
        for _ in range(3):  # what was sent is read in the loop's next turns
            await anyio.lowlevel.checkpoint()

        assert (await transport.handle_async_request(post(server.url))).content == b"second"
        assert server.connections == len(server.requests) == 2


async def test_bytes_that_a_server_sends_before_it_is_asked_are_no_answer(transport: AiohttpTransport) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com ESMTP\r\n")
        await reader.read()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        with pytest.raises(httpx.RemoteProtocolError, match="the answer is not HTTP"):
            await transport.handle_async_request(post(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"))


# --- proven unsent ---


async def test_a_refused_connection_is_unsent() -> None:
    port = unreachable_port()

    error = await failure(post(f"http://127.0.0.1:{port}"))

    assert type(error) is httpx.ConnectError
    assert was_never_sent(error)
    assert str(error) == f"127.0.0.1:{port}: connection refused"


async def test_a_refused_connection_to_an_ipv6_address_is_named_with_brackets() -> None:
    error = await failure(post(f"http://[::1]:{unreachable_port()}"))

    assert was_never_sent(error)
    assert str(error).startswith("[::1]:")


@limits
async def test_too_many_open_files_are_unsent_and_said() -> None:
    import resource  # noqa: PLC0415 - POSIX only

    async with FaultyServer(answer()) as server, AiohttpTransport(lanes=1) as transport:
        await transport.handle_async_request(post(server.url, extra={"fresh": True}))
        await server.has_no_connection()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with open(os.devnull) as last:  # noqa: ASYNC230, PTH123 - its number is what counts
            resource.setrlimit(resource.RLIMIT_NOFILE, (last.fileno() + 1, hard))
            try:
                with pytest.raises(httpx.ConnectError) as caught:
                    await transport.handle_async_request(post(server.url))
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert was_never_sent(caught.value)
    assert str(caught.value) == f"127.0.0.1:{server.port}: too many open files"


async def test_several_addresses_that_refuse_give_each_reason_once() -> None:
    both = OSError(
        f"Multiple exceptions: [Errno {ECONNREFUSED}] Connect call failed ('::1', 1), [Errno {ECONNREFUSED}]"
    )
    key = aiohttp.client_reqrep.ConnectionKey("kimai.test", 81, False, True, None, None, None)

    error = as_httpx(aiohttp.ClientConnectorError(key, both), post("http://kimai.test:81"))

    assert str(error) == "kimai.test:81: connection refused"


async def test_a_refusal_is_said_in_the_same_words_on_every_system() -> None:
    refused = ConnectionRefusedError(ECONNREFUSED, "[WinError 1225] The remote computer refused the network connection")
    key = aiohttp.client_reqrep.ConnectionKey("kimai.test", 81, False, True, None, None, None)

    error = as_httpx(aiohttp.ClientConnectorError(key, refused), post("http://kimai.test:81"))

    assert str(error) == "kimai.test:81: connection refused"


async def test_an_unknown_host_is_unsent() -> None:
    error = await failure(post("https://nowhere.invalid"))

    assert type(error) is httpx.ConnectError
    assert was_never_sent(error)
    assert str(error).startswith("nowhere.invalid:443: ")
    assert "[Errno" not in str(error)


@contextmanager
def full_backlog() -> Iterator[int]:
    """Listen on a port where no further connection gets through: the queue is full, and nobody accepts."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


async def test_a_connection_that_does_not_come_in_time_is_unsent() -> None:
    with full_backlog() as port:
        error = await failure(post(f"http://127.0.0.1:{port}", SHORT))

    assert type(error) is httpx.ConnectTimeout
    assert was_never_sent(error)
    assert str(error) == f"127.0.0.1:{port}: no connection in time"


async def test_a_tls_handshake_that_does_not_end_in_time_is_unsent() -> None:
    async with FaultyServer(answer()) as server:
        error = await failure(post(server.url.replace("http", "https"), SHORT))

        assert not server.requests
    assert type(error) is httpx.ConnectTimeout
    assert was_never_sent(error)


async def test_a_name_that_does_not_resolve_in_time_is_unsent(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object, **__: object) -> None:
        await anyio.sleep_forever()

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)

    error = await failure(post("http://slow.invalid", SHORT))

    assert type(error) is httpx.ConnectTimeout
    assert was_never_sent(error)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "http:///no-host", "mailto:x@y.invalid"])
async def test_an_address_that_http_cannot_reach_is_unsent(url: str) -> None:
    error = await failure(post(url))

    assert type(error) is httpx.UnsupportedProtocol
    assert was_never_sent(error)


async def test_a_line_break_in_a_header_is_unsent_and_its_value_is_not_shown() -> None:
    async with FaultyServer(answer()) as server:
        error = await failure(post(server.url, Authorization=f"{TOKEN}\nX-Evil: 1"))

        assert not server.connections
    assert type(error) is httpx.LocalProtocolError
    assert was_never_sent(error)
    assert str(error) == "the header Authorization holds a line break"


# --- TLS ---


async def test_an_unknown_certificate_is_unsent(server_tls: ssl.SSLContext) -> None:
    async with FaultyServer(answer(), tls=server_tls) as server:
        error = await failure(post(server.url))

        assert str(error).startswith(f"127.0.0.1:{server.port}: certificate verify failed: ")
        assert not server.requests
    assert type(error) is httpx.ConnectError
    assert was_never_sent(error)
    assert "_ssl.c" not in str(error)


async def test_a_certificate_for_another_host_is_unsent(authority: trustme.CA, client_tls: ssl.SSLContext) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("elsewhere.test").configure_cert(tls)

    async with FaultyServer(answer(), tls=tls) as server:
        error = await failure(post(server.url), ssl_context=client_tls)

    assert was_never_sent(error)
    assert str(error).endswith("certificate is not valid for '127.0.0.1'")


async def test_tls_spoken_to_a_plain_server_is_unsent() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read()
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        error = await failure(post(f"https://127.0.0.1:{port}"))

    assert type(error) is httpx.ConnectError
    assert was_never_sent(error)
    assert str(error) == f"127.0.0.1:{port}: wrong version number"


async def test_a_certificate_of_the_given_authority_is_accepted(
    server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    async with FaultyServer(answer(b"secure"), tls=server_tls) as server:
        response = await send(post(server.url), ssl_context=client_tls)

    assert response.content == b"secure"


# --- through a proxy ---


def proxy_at(port: int) -> str:
    return f"http://user:{PASSWORD}@127.0.0.1:{port}"


def assert_no_password(error: BaseException | None) -> None:
    while error is not None:
        assert PASSWORD not in f"{error} {error.args!r}"
        error = error.__cause__ or error.__context__


async def test_a_plain_request_is_forwarded_by_the_proxy() -> None:
    async with FaultyServer(answer(b"forwarded")) as proxy:
        response = await send(post("http://kimai.invalid/api?a=b"), proxy=proxy_at(proxy.port))

        assert response.content == b"forwarded"
        assert proxy.requests[0].target == "http://kimai.invalid/api?a=b"
        assert proxy.requests[0].header("host") == "kimai.invalid"
        assert proxy.requests[0].header("proxy-authorization") == "Basic dXNlcjpQcjB4eS1zZWNyZXQ="


async def test_a_proxys_own_error_for_a_plain_request_is_an_answer() -> None:
    async with FaultyServer(answer(status="502 Bad Gateway")) as proxy:
        response = await send(post("http://kimai.invalid"), proxy=proxy_at(proxy.port))

    assert response.status_code == 502


async def test_a_tls_request_goes_through_a_tunnel_and_its_headers_stay_inside(
    server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    async with FaultyServer(answer(b"secure"), tls=server_tls) as server, FaultyServer(tunnel) as proxy:
        request = post(server.url, Authorization=TOKEN)
        response = await send(request, ssl_context=client_tls, proxy=proxy_at(proxy.port))

        assert response.content == b"secure"
        assert proxy.requests[0].target == f"127.0.0.1:{server.port}"
        assert proxy.requests[0].header("proxy-authorization") == "Basic dXNlcjpQcjB4eS1zZWNyZXQ="
        assert proxy.requests[0].header("authorization") is None
        assert server.requests[0].header("authorization") == TOKEN
        assert server.requests[0].header("proxy-authorization") is None


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_is_down_is_unsent(scheme: str) -> None:
    port = unreachable_port()

    error = await failure(post(f"{scheme}://kimai.invalid"), proxy=proxy_at(port))

    assert type(error) is httpx.ConnectError
    assert was_never_sent(error)
    assert str(error) == f"127.0.0.1:{port}: no connection to the proxy: connection refused"
    assert_no_password(error)


async def test_a_proxy_that_refuses_the_tunnel_is_unsent() -> None:
    async with FaultyServer(answer(b"", status="407 \x1b[31mPay")) as proxy:
        error = await failure(post("https://kimai.invalid"), proxy=proxy_at(proxy.port))

    assert type(error) is httpx.ConnectError
    assert was_never_sent(error)
    assert str(error) == ("kimai.invalid:443: the proxy refuses to connect: 407 Proxy Authentication Required")
    assert_no_password(error)


async def test_a_proxy_that_does_not_open_the_tunnel_in_time_is_unsent() -> None:
    async with FaultyServer(stay_silent) as proxy:
        error = await failure(post("https://kimai.invalid", SHORT), proxy=proxy_at(proxy.port))

    assert type(error) is httpx.ConnectTimeout
    assert was_never_sent(error)
    assert_no_password(error)


async def test_a_proxy_that_leaves_during_connect_is_not_proven_unsent() -> None:
    async with FaultyServer(hang_up) as proxy:
        error = await failure(post("https://kimai.invalid"), proxy=proxy_at(proxy.port))

    assert type(error) is httpx.RemoteProtocolError
    assert not was_never_sent(error)
    assert_no_password(error)


async def test_an_untrusted_certificate_behind_a_tunnel_is_unsent(server_tls: ssl.SSLContext) -> None:
    async with FaultyServer(answer(), tls=server_tls) as server, FaultyServer(tunnel) as proxy:
        error = await failure(post(server.url), proxy=proxy_at(proxy.port))

        assert not server.requests
    assert type(error) is httpx.ConnectError
    assert was_never_sent(error)
    assert_no_password(error)


async def test_a_proxy_without_a_password_is_sent_none() -> None:
    async with FaultyServer(answer()) as proxy:
        await send(post("http://kimai.invalid"), proxy=proxy.url)

        assert proxy.requests[0].header("proxy-authorization") is None


@pytest.mark.parametrize(
    "address",
    [
        f"socks5://user:{PASSWORD}@127.0.0.1",
        f"127.0.0.1:{PASSWORD}",
        f"http://user:{PASSWORD}/@127.0.0.1",
        f"http://user:{PASSWORD}@",
        f"http://user:{PASSWORD}@a..b:3128",
        f"http://user:{PASSWORD}@xn--.example:3128",
        f"http://user:{PASSWORD}@{'a' * 64}:3128",
    ],
)
def test_a_wrong_proxy_address_is_refused_without_showing_it(address: str) -> None:
    with pytest.raises(ValueError, match="http:// or https://") as caught:
        AiohttpTransport(lanes=1, proxy=address)

    assert_no_password(caught.value)


# --- what goes out and what comes in ---


async def test_only_httpxs_headers_go_out() -> None:
    async with FaultyServer(answer()) as server:
        request = post(f"{server.url}/api/x?y=%20z", Authorization=TOKEN)
        await send(request)

        assert sorted(server.requests[0].headers) == sorted(request.headers.items())
        assert server.requests[0].target in ("/api/x?y=%20z", "/api/x?y=+z")


async def test_a_header_beyond_ascii_goes_out_as_utf_8() -> None:
    async with FaultyServer(answer()) as server:
        headers = [(b"X-One", "ü".encode()), (b"X-Two", "ü".encode("latin-1"))]
        await send(httpx.Request("GET", server.url, headers=headers))

        assert [server.requests[0].header(name) for name in ("x-one", "x-two")] == ["Ã¼"] * 2


async def test_a_get_has_no_body() -> None:
    async with FaultyServer(answer()) as server:
        await send(httpx.Request("GET", server.url))

        assert server.requests[0].headers == [("host", f"127.0.0.1:{server.port}")]


async def test_a_streamed_body_is_sent_whole() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    async with FaultyServer(answer()) as server:
        await send(httpx.Request("POST", server.url, content=parts()))

        assert server.requests[0].body == b"one two"
        assert server.requests[0].header("transfer-encoding") is None


async def test_a_password_in_the_address_goes_out_as_httpxs_header() -> None:
    async with (
        FaultyServer(answer()) as server,
        httpx.AsyncClient(transport=AiohttpTransport(lanes=1)) as client,
    ):
        await client.get(server.url.replace("//", "//me:secret@"))

        assert server.requests[0].header("authorization") == "Basic bWU6c2VjcmV0"


async def test_a_netrc_does_not_replace_the_authorization(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))

    async with FaultyServer(answer()) as server:
        await send(post(server.url, Authorization=TOKEN))
        await send(post(server.url))

        assert [request.header("authorization") for request in server.requests] == [TOKEN, None]


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{unreachable_port()}")

    async with FaultyServer(answer(b"direct")) as server:
        assert (await send(post(server.url))).content == b"direct"


async def test_a_cookie_is_not_sent_back(transport: AiohttpTransport) -> None:
    async with FaultyServer(answer(b"", ("Set-Cookie", "a=b; Path=/"), ("Set-Cookie", "c=d"))) as server:
        url = f"http://localhost:{server.port}"  # aiohttp's jar keeps none of an address in digits
        response = await transport.handle_async_request(post(url))
        await transport.handle_async_request(post(url))

        assert response.headers.get_list("set-cookie") == ["a=b; Path=/", "c=d"]
        assert [request.header("cookie") for request in server.requests] == [None, None]


@pytest.mark.parametrize("status", ["301 Moved", "307 Temporary Redirect"])
async def test_a_redirect_is_returned_and_not_followed(status: str) -> None:
    async with FaultyServer(answer(b"", ("Location", "/elsewhere"), status=status)) as server:
        response = await send(post(server.url))

        assert response.has_redirect_location
        assert len(server.requests) == 1


async def test_a_compressed_answer_is_decoded_by_httpx() -> None:
    body = gzip.compress(b'{"id": 7}')

    async with FaultyServer(answer(body, ("Content-Encoding", "gzip"))) as server:
        response = await send(post(server.url))

    assert response.json() == {"id": 7}
    assert response.headers["content-length"] == str(len(body))


async def test_an_answer_in_chunks_is_put_together() -> None:
    async with FaultyServer(raw(CHUNKED + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")) as server:
        assert (await send(post(server.url))).text == "abcde"


async def test_status_line_and_latin_1_headers_come_through() -> None:
    async with FaultyServer(answer(b"", ("X-Name", "Müller"), status="418 Short and stout")) as server:
        response = await send(post(server.url))

    assert (response.status_code, response.reason_phrase) == (418, "Short and stout")
    assert response.http_version == "HTTP/1.1"
    assert response.headers["x-name"] == "Müller"


async def test_an_error_status_is_an_answer() -> None:
    async with FaultyServer(answer(status="500 Internal Server Error")) as server:
        assert (await send(post(server.url))).status_code == 500


# --- sockets ---


async def test_200_requests_over_8_lanes_open_at_most_8_connections() -> None:
    async with FaultyServer(answer()) as server, AiohttpTransport(lanes=8) as transport:
        async with anyio.create_task_group() as tasks:
            for _ in range(200):
                tasks.start_soon(transport.handle_async_request, post(server.url))

        assert len(server.requests) == 200
        assert server.connections <= 8


async def test_waiting_for_a_lane_is_not_limited_by_the_time_to_connect(transport: AiohttpTransport) -> None:
    async def slow(exchange: Exchange) -> None:
        await anyio.sleep(0.06)
        await answer()(exchange)

    async with FaultyServer(slow) as server, anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(transport.handle_async_request, post(server.url, SHORT))

    assert len(server.requests) == 4


@pytest.mark.parametrize("behaviour", [stay_silent, answer(b"{", length=9)], ids=["silence", "half a body"])
async def test_50_cancelled_requests_leave_every_lane_free(behaviour: Behaviour) -> None:
    async with FaultyServer(*[behaviour] * 50, answer()) as server, AiohttpTransport(lanes=5) as transport:
        for _ in range(10):
            async with anyio.create_task_group() as tasks:
                for _ in range(5):
                    tasks.start_soon(transport.handle_async_request, post(server.url))
                await server.has_received(5)
                tasks.cancel_scope.cancel()
        assert len(server.requests) == 50

        with anyio.fail_after(5):
            async with anyio.create_task_group() as tasks:
                for _ in range(5):
                    tasks.start_soon(transport.handle_async_request, post(server.url))
        assert len(server.requests) == 55


async def test_a_request_cancelled_while_connecting_leaves_its_lane_free(transport: AiohttpTransport) -> None:
    with full_backlog() as port, anyio.move_on_after(0.05) as scope:
        await transport.handle_async_request(post(f"http://127.0.0.1:{port}"))
    assert scope.cancelled_caught

    async with FaultyServer(answer(b"free")) as server:
        assert (await transport.handle_async_request(post(server.url))).content == b"free"


async def test_closing_closes_the_sockets_and_may_be_repeated() -> None:
    transport = AiohttpTransport(lanes=1)
    async with FaultyServer(answer()) as server:
        await transport.handle_async_request(post(server.url))
        assert server.open_connections == 1

        await transport.aclose()
        await transport.aclose()

        await server.has_no_connection()


async def test_closing_before_the_first_request_is_harmless() -> None:
    await AiohttpTransport(lanes=1).aclose()


def test_it_can_be_made_before_the_loop_runs() -> None:
    transport = AiohttpTransport(lanes=1)

    async def main() -> bytes:
        async with FaultyServer(answer(b"later")) as server, transport:
            return (await transport.handle_async_request(post(server.url))).content

    assert anyio.run(main) == b"later"
