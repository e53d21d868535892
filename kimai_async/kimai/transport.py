"""
httpx's requests over aiohttp's sockets.

httpx's own pool gets slower with the square of its connections and loses the slot of a cancelled request;
aiohttp's does neither. What aiohttp raises is translated here by one rule: a request counts as *maybe
received* unless the error proves that not a byte of it left this machine. This is the only module that
imports aiohttp.
"""

import asyncio
import math
import re
import ssl
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import cache, lru_cache, partial
from os import strerror
from typing import Any
from weakref import WeakSet

import aiohttp
import aiohttp.connector
import httpx

__all__ = ["MEBIBYTE", "AiohttpTransport", "TooLargeError", "as_httpx", "was_never_sent"]

MEBIBYTE = 1024 * 1024

# Apache closes a kept connection after 5 s (KeepAliveTimeout), nginx after 75 s. Giving it up before the
# server does leaves few requests to meet a closing connection, and each of those would be an unclear one.
KEEP_ALIVE_SECONDS = 4.0

PIECE = MEBIBYTE
"""Decoded bytes that are handled at once: a few kilobytes can decompress into gigabytes."""

_WORDS: dict[type[object], str] = {
    ConnectionRefusedError: "connection refused",
    ConnectionResetError: "connection reset by peer",
}
"""For what each system has words of its own, and Windows long ones."""

_LINE_BREAK = re.compile(rb"[\r\n\0]")

# aiohttp fills these in when they are missing; httpx has already said all there is to say.
_NOT_ADDED = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")

# The first row that fits decides. What maps to a class of _UNSENT is raised by aiohttp's connector, before
# the request has a connection to go out on; no other row may use those classes.
_TABLE: tuple[tuple[type[Exception], type[httpx.TransportError], str], ...] = (
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol, "not an address that can be asked"),
    (aiohttp.NonHttpUrlClientError, httpx.UnsupportedProtocol, "only http and https can be asked"),
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout, "no connection in time"),
    (aiohttp.ClientHttpProxyError, httpx.ConnectError, "the proxy refuses to connect: {reason}"),
    (aiohttp.ClientProxyConnectionError, httpx.ConnectError, "no connection to the proxy: {reason}"),
    (aiohttp.ClientConnectorError, httpx.ConnectError, "{reason}"),
    (aiohttp.ServerTimeoutError, httpx.ReadTimeout, "no answer in time"),
    (aiohttp.ServerDisconnectedError, httpx.RemoteProtocolError, "connection closed without an answer"),
    (aiohttp.ClientResponseError, httpx.RemoteProtocolError, "the answer is not HTTP"),
    (aiohttp.ClientPayloadError, httpx.ReadError, "the answer was cut short"),
    (aiohttp.ClientConnectionResetError, httpx.WriteError, "connection lost while sending"),
    (zlib.error, httpx.RemoteProtocolError, "the answer cannot be decompressed"),
    (OSError, httpx.ReadError, "connection lost: {reason}"),
    (Exception, httpx.ReadError, "connection lost"),
)
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.LocalProtocolError)


class TooLargeError(httpx.ReadError):
    """The answer has more bytes than were wanted of it."""


def was_never_sent(error: httpx.RequestError) -> bool:
    """
    Tell whether *error*, raised over this transport, proves that the server did not get the request.

    True for a failed connection and for a request that cannot be written at all. False for all the rest: the
    server may have acted on the request. (A ``PUT`` or ``DELETE`` may have gone out once before its
    ``ConnectError``: aiohttp repeats idempotent methods once on a broken connection, never ``POST`` or
    ``PATCH``.)
    """
    return isinstance(error, _UNSENT)


def as_httpx(error: Exception, request: httpx.Request) -> httpx.TransportError:
    """
    Translate what aiohttp raised for *request*.

    The message is the peer and a reason for people; it never holds a header, a token or a password.
    """
    kind, text = next((kind, text) for cause, kind, text in _TABLE if isinstance(error, cause))
    return kind(f"{_peer(error, request)}: {text.format(reason=_reason(error))}", request=request)


class AiohttpTransport(httpx.AsyncBaseTransport):
    """
    Send httpx's requests over at most *lanes* sockets, which are kept for the next request.

    Keeps no cookies, follows no redirects, reads no environment variable and no ``.netrc``. A request's
    ``extensions`` say what it may cost. In ``timeout``, all in seconds: ``connect`` is all it takes to get a
    connection (name, socket, proxy, TLS), ``read`` the longest silence, ``whole`` the whole exchange to the last
    byte of the answer, however often a byte or an interim answer (1xx) comes; waiting for a free lane is not
    limited. ``most`` is how many bytes the decoded body may have (*max_answer* without it): more is a
    `TooLargeError`, and no more than that is ever decompressed. ``fresh``: the request goes out on a connection of
    its own, which is closed afterwards. ``into`` is called with each piece of the decoded body of a 200 as it
    comes; the response has no content then. ``once``: the request goes out once, where aiohttp would repeat one that
    is idempotent over a second connection. A request's body should stay under 64 KiB, above which a server that
    does not read it is waited for until ``whole`` is over.

    A response's ``extensions["close"]`` closes the socket that it came over, also if that is kept or used again. A
    kept socket on which anything came meanwhile is not used again: that would be taken for the next answer.

    *ssl_context* decides who is trusted, the default is the system's store. *proxy* is an ``http`` or
    ``https`` address.
    """

    def __init__(
        self,
        *,
        lanes: int,
        ssl_context: ssl.SSLContext | None = None,
        proxy: str | None = None,
        max_answer: int = 512 * MEBIBYTE,
    ) -> None:
        self._lanes = lanes
        self._free_lane = asyncio.Semaphore(lanes)
        self._ssl_context = ssl_context
        self._proxy, self._proxy_headers = _split_proxy(proxy)
        self._max_answer = max_answer
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._deadlines = _Deadlines()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request* and read the whole answer; raise an ``httpx.TransportError`` if there is none."""
        body = await request.aread()
        async with self._free_lane:
            way = _Way(once=request.extensions.get("once", False))
            _way.set(way)
            whole = request.extensions.get("timeout", {}).get("whole")
            if whole is not None:
                self._deadlines.add(way, whole)
            try:
                return await self._exchange(request, body, way)
            except (aiohttp.ClientError, OSError, zlib.error) as error:
                raise as_httpx(error, request) from error
            except asyncio.CancelledError:
                if way.is_over():
                    raise _too_slow(request, way) from None
                raise
            finally:
                self._deadlines.remove(way)

    async def _exchange(self, request: httpx.Request, body: bytes, way: "_Way") -> httpx.Response:
        headers = _header_pairs(request)
        limits = request.extensions.get("timeout", {})
        tunnelled = request.url.scheme == "https"
        async with self._open_session(fresh=request.extensions.get("fresh", False)).request(
            request.method,
            _address(request.url),
            headers=headers if tunnelled else [*headers, *self._proxy_headers.items()],
            data=body or None,
            proxy=self._proxy,
            proxy_headers=self._proxy_headers if tunnelled else None,
            timeout=_timeout(limits.get("connect"), limits.get("read")),
            allow_redirects=False,
        ) as answer:
            return _response(answer, await self._read(answer, request), request, way)

    async def aclose(self) -> None:
        """Close the sockets. Closing twice is harmless."""
        self._deadlines.stop()
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()

    def _open_session(self, *, fresh: bool) -> aiohttp.ClientSession:
        # aiohttp ties a session to the loop that runs when it is made, hence not in __init__.
        session = self._sessions.get(fresh)
        if session is None:
            keeping: dict[str, Any] = {"force_close": True} if fresh else {"keepalive_timeout": KEEP_ALIVE_SECONDS}
            session = self._sessions[fresh] = aiohttp.ClientSession(
                connector=_Connector(limit=self._lanes, ssl=self._ssl_context or True, **keeping),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=_NOT_ADDED,
                auto_decompress=False,  # aiohttp's has no limit
                raise_for_status=False,
                trust_env=False,  # else a .netrc replaces the Authorization header
            )
        return session

    async def _read(self, answer: aiohttp.ClientResponse, request: httpx.Request) -> bytes:
        """Return the decoded body, or hand it on piece by piece."""
        most = left = request.extensions.get("most", self._max_answer)
        content = bytearray()
        take: Callable[[bytes], object] | None = request.extensions.get("into") if answer.status == 200 else None
        decode = _decoder(answer.headers.get("Content-Encoding", ""), request)
        async for chunk in answer.content.iter_any():
            for piece in (chunk,) if decode is None else decode(chunk, left):
                left -= len(piece)
                if left < 0:
                    text = f"{_peer(None, request)}: the answer has more than {_size(most)}"
                    raise TooLargeError(text, request=request)
                if take is None:
                    content += piece
                else:
                    take(piece)
        return bytes(content)


class _Way:
    """How a request is under way: on no socket yet, or on one; until its deadline."""

    __slots__ = ("_ended", "_interrupts", "_task", "deadline", "once", "protocol")

    def __init__(self, *, once: bool) -> None:
        self.once = once
        self.protocol: aiohttp.client_proto.ResponseHandler | None = None
        self.deadline = math.inf
        self._task = asyncio.current_task()
        self._interrupts = self._task.cancelling() if self._task else 0
        self._ended = False

    def end(self) -> None:
        """Interrupt the exchange: its time is over."""
        if self._task is not None and not self._ended:
            self._ended = True
            self._task.cancel()

    def is_over(self) -> bool:
        """Tell an interrupted exchange whether nobody but the deadline interrupts it, as asyncio.timeout does."""
        return self._ended and self._task is not None and self._task.uncancel() <= self._interrupts

    def close(self) -> None:
        """Close the socket at once, also if another request waits for its answer there."""
        if self.protocol is not None and self.protocol.transport is not None:
            self.protocol.transport.abort()


class _Deadlines:
    """Ends exchanges whose time is over, by one timer for all: a timer for each would cost a twentieth of a create."""

    def __init__(self) -> None:
        self._ways: set[_Way] = set()
        self._alarm: asyncio.TimerHandle | None = None

    def add(self, way: _Way, seconds: float) -> None:
        """Give an exchange so many seconds from now."""
        loop = asyncio.get_running_loop()
        way.deadline = loop.time() + seconds
        self._ways.add(way)
        if self._alarm is None or way.deadline < self._alarm.when():
            self.stop()
            self._alarm = loop.call_at(way.deadline, self._ring, way.deadline)

    def remove(self, way: _Way) -> None:
        """Leave an exchange alone: it has ended. The timer stays, for the next ones."""
        self._ways.discard(way)

    def _ring(self, now: float) -> None:
        self._alarm = None
        for way in self._ways:
            if way.deadline <= now:
                way.end()
        later = [way.deadline for way in self._ways if way.deadline > now]
        if later:
            self._alarm = asyncio.get_running_loop().call_at(min(later), self._ring, min(later))

    def stop(self) -> None:
        """Stop the timer."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None


_way: ContextVar[_Way] = ContextVar("_way")


class _Connector(aiohttp.TCPConnector):
    """Gives out no kept connection on which something came that nobody had asked for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._used: WeakSet[object] = WeakSet()

    async def connect(self, *args: Any, **options: Any) -> aiohttp.connector.Connection:
        """Return a connection; nothing is awaited between this and the request's first byte."""
        way = _way.get()
        if way.once and way.protocol is not None:
            raise aiohttp.ServerDisconnectedError
        while True:
            connection = await super().connect(*args, **options)
            protocol = connection.protocol
            if protocol not in self._used or not (protocol is None or protocol.should_close):
                break
            connection.close()
        self._used.add(protocol)
        way.protocol = protocol
        return connection


def _decoder(encoding: str, request: httpx.Request) -> Callable[[bytes, int], Iterator[bytes]] | None:
    """Return what decodes a body of that Content-Encoding, or None if there is nothing to decode."""
    match encoding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip":
            return partial(_inflate, zlib.decompressobj(zlib.MAX_WBITS | 16))
        case "deflate":
            return _Deflated()
    text = f"{_peer(None, request)}: the answer is encoded as {encoding[:20]!a}, which was not asked for"
    raise httpx.RemoteProtocolError(text, request=request)


def _inflate(stream: "zlib._Decompress", data: bytes, most: int) -> Iterator[bytes]:
    """Yield what a part of a body becomes, piece by piece, and at most one byte more than *most*."""
    while piece := stream.decompress(data, min(PIECE, most + 1)):
        yield piece
        most -= len(piece)
        data = stream.unconsumed_tail


class _Deflated:
    """Decodes `deflate`, which is zlib's format for some servers and its bare stream for others."""

    def __init__(self) -> None:
        self._stream: zlib._Decompress | None = None

    def __call__(self, data: bytes, most: int) -> Iterator[bytes]:
        if self._stream is None:
            self._stream = zlib.decompressobj(zlib.MAX_WBITS if data[0] & 0x0F == zlib.DEFLATED else -zlib.MAX_WBITS)
        return _inflate(self._stream, data, most)


def _size(count: int) -> str:
    return f"{count // MEBIBYTE} MiB" if count % MEBIBYTE == 0 else f"{count} bytes"


def _split_proxy(address: str | None) -> tuple[str | None, dict[str, str]]:
    # aiohttp keeps the proxy's address in its errors, so the password travels apart from it.
    if address is None:
        return None, {}
    try:
        proxy = httpx.Proxy(address)
        proxy.url.host.encode("idna")  # as getaddrinfo does it
    except (httpx.InvalidURL, ValueError):
        proxy = None
    if proxy is None or proxy.url.scheme not in ("http", "https") or not proxy.url.host:
        raise ValueError("the proxy must be an http:// or https:// address, / # ? @ in its password as %2F %23 %3F %40")
    if proxy.raw_auth is None:
        return str(proxy.url), {}
    return str(proxy.url), {"Proxy-Authorization": f"Basic {b64encode(b':'.join(proxy.raw_auth)).decode()}"}


def _header_pairs(request: httpx.Request) -> list[tuple[str, str]]:
    # The body is sent whole, with aiohttp's Content-Length: a Transfer-Encoding beside it breaks the framing.
    pairs = []
    for pair in request.headers.raw:
        if pair[0].lower() != b"transfer-encoding":
            name, value = _as_text(pair)
            if value is None:
                raise httpx.LocalProtocolError(f"the header {name} holds a line break", request=request)
            pairs.append((name, value))
    return pairs


@lru_cache(maxsize=64)
def _as_text(pair: tuple[bytes, bytes]) -> tuple[str, str | None]:
    """Return a header as text, without its value if that holds a line break; most are the same in each request."""
    name, value = pair
    if _LINE_BREAK.search(value):
        return name.decode("ascii"), None
    try:
        return name.decode(), value.decode()
    except UnicodeDecodeError:
        return name.decode("latin-1"), value.decode("latin-1")


def _address(url: httpx.URL) -> str:
    # aiohttp refuses user:password@ next to an Authorization header, which httpx has made of it by now.
    return str(url.copy_with(username=None, password=None) if url.userinfo else url)


@cache
def _timeout(connect: float | None, read: float | None) -> aiohttp.ClientTimeout:
    # aiohttp's `connect` includes the wait for a slot in its pool, which _free_lane has made nil;
    # `sock_connect` leaves out name resolution and a proxy that never answers CONNECT.
    return aiohttp.ClientTimeout(total=None, connect=connect, sock_read=read)


def _too_slow(request: httpx.Request, way: _Way) -> httpx.TimeoutException:
    """Return the error for an exchange whose time as a whole is over."""
    if way.protocol is None:
        return httpx.ConnectTimeout(f"{_peer(None, request)}: no connection in time", request=request)
    return httpx.ReadTimeout(f"{_peer(None, request)}: no answer in time", request=request)


def _response(answer: aiohttp.ClientResponse, content: bytes, request: httpx.Request, way: _Way) -> httpx.Response:
    headers = answer.raw_headers
    if "Content-Encoding" in answer.headers:  # it is decoded by now
        headers = tuple(pair for pair in headers if pair[0].lower() != b"content-encoding")
    return httpx.Response(
        answer.status,
        headers=headers,
        content=content,
        request=request,
        extensions={
            "http_version": b"HTTP/%d.%d" % (answer.version or aiohttp.HttpVersion11),
            "reason_phrase": (answer.reason or "").encode("utf-8", "surrogateescape"),
            "close": way.close,
        },
    )


def _peer(error: Exception | None, request: httpx.Request) -> str:
    if isinstance(error, aiohttp.ClientConnectorError):  # names the proxy if that is what cannot be reached
        host, port = error.host, error.port
    else:
        host, port = request.url.host, request.url.port
    port = port or {"http": 80, "https": 443}.get(request.url.scheme)
    return ":".join(filter(None, (f"[{host}]" if ":" in host else host, str(port or ""))))


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"{error.status} {httpx.codes.get_reason_phrase(error.status)}"
    cause = getattr(error, "os_error", error)
    for known in (cause, cause.__cause__):
        if type(known) in _WORDS:
            return _WORDS[type(known)]
    text = str(getattr(error, "certificate_error", None) or cause)
    # asyncio and aiohappyeyeballs replace the system's words by call and address, but keep its numbers.
    if "[SSL" not in text and (codes := re.findall(r"\[Errno (\d+)\]", text)):
        return ", ".join(dict.fromkeys(_words(int(code)) for code in codes))
    text = re.sub(r"^(\[[^]]*\] )+|\.? \(_ssl\.c:\d+\)$| for https?://\S+$", "", text)
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def _words(code: int) -> str:
    """Return what an error's number means on this system."""
    return _WORDS.get(type(OSError(code, "")), strerror(code).lower())
