"""
httpx's requests over aiohttp's sockets.

httpx's own pool gets slower with the square of its connections and loses the slot of a cancelled request;
aiohttp's does neither. What aiohttp raises is translated here by one rule: a request counts as *maybe
received* unless the error proves that not a byte of it left this machine. This is the only module that
imports aiohttp.
"""

import asyncio
import re
import ssl
from base64 import b64encode
from os import strerror

import aiohttp
import httpx

__all__ = ["AiohttpTransport", "as_httpx", "was_never_sent"]

MEBIBYTE = 1024 * 1024

# Apache closes a kept connection after 5 s (KeepAliveTimeout), nginx after 75 s. Giving it up before the
# server does leaves few requests to meet a closing connection, and each of those would be an unclear one.
KEEP_ALIVE_SECONDS = 4.0

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
    (httpx.DecodingError, httpx.RemoteProtocolError, "the answer cannot be decompressed"),
    (OSError, httpx.ReadError, "connection lost: {reason}"),
    (Exception, httpx.ReadError, "connection lost"),
)
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.LocalProtocolError)


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

    Keeps no cookies, follows no redirects, reads no environment variable and no ``.netrc``. The time-outs are
    those of the request: ``connect`` is all it takes to get a connection (name, socket, proxy, TLS), ``read``
    the longest silence; waiting for a free lane is not limited. A request's body should stay under 64 KiB,
    above which a server that does not read it is waited for without limit.

    *ssl_context* decides who is trusted, the default is the system's store. *proxy* is an ``http`` or
    ``https`` address. An answer of more than *max_answer* bytes, before decompression, is an
    ``httpx.ReadError``.
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
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request* and read the whole answer; raise an ``httpx.TransportError`` if there is none."""
        body = await request.aread()
        headers = _header_pairs(request)
        tunnelled = request.url.scheme == "https"
        try:
            async with (
                self._free_lane,
                self._open_session().request(
                    request.method,
                    _address(request.url),
                    headers=headers if tunnelled else [*headers, *self._proxy_headers.items()],
                    data=body or None,
                    proxy=self._proxy,
                    proxy_headers=self._proxy_headers if tunnelled else None,
                    timeout=_timeout(request),
                    allow_redirects=False,
                ) as answer,
            ):
                return _response(answer, await self._read(answer, request), request)
        except (aiohttp.ClientError, OSError, httpx.DecodingError) as error:
            raise as_httpx(error, request) from error

    async def aclose(self) -> None:
        """Close the sockets. Closing twice is harmless."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open_session(self) -> aiohttp.ClientSession:
        # aiohttp ties a session to the loop that runs when it is made, hence not in __init__.
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._lanes,
                    keepalive_timeout=KEEP_ALIVE_SECONDS,
                    ssl=self._ssl_context or True,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=_NOT_ADDED,
                auto_decompress=False,  # httpx decodes, and wants to see Content-Encoding
                raise_for_status=False,
                trust_env=False,  # else a .netrc replaces the Authorization header
            )
        return self._session

    async def _read(self, answer: aiohttp.ClientResponse, request: httpx.Request) -> bytes:
        content = bytearray()
        async for chunk in answer.content.iter_any():
            content += chunk
            if len(content) > self._max_answer:
                text = f"{_peer(None, request)}: the answer has more than {self._max_answer} bytes"
                raise httpx.ReadError(text, request=request)
        return bytes(content)


def _split_proxy(address: str | None) -> tuple[str | None, dict[str, str]]:
    # aiohttp keeps the proxy's address in its errors, so the password travels apart from it.
    if address is None:
        return None, {}
    try:
        proxy = httpx.Proxy(address)
    except (httpx.InvalidURL, ValueError):
        proxy = None
    if proxy is None or proxy.url.scheme not in ("http", "https") or not proxy.url.host:
        raise ValueError("the proxy must be an http:// or https:// address, / # ? @ in its password as %2F %23 %3F %40")
    if proxy.raw_auth is None:
        return str(proxy.url), {}
    return str(proxy.url), {"Proxy-Authorization": f"Basic {b64encode(b':'.join(proxy.raw_auth)).decode()}"}


def _header_pairs(request: httpx.Request) -> list[tuple[str, str]]:
    # The body is sent whole, with aiohttp's Content-Length: a Transfer-Encoding beside it breaks the framing.
    pairs = [pair for pair in request.headers.raw if pair[0].lower() != b"transfer-encoding"]
    for name, value in pairs:
        if _LINE_BREAK.search(value):
            raise httpx.LocalProtocolError(f"the header {name.decode('ascii')} holds a line break", request=request)
    encoding = request.headers.encoding
    return [(name.decode(encoding), value.decode(encoding)) for name, value in pairs]


def _address(url: httpx.URL) -> str:
    # aiohttp refuses user:password@ next to an Authorization header, which httpx has made of it by now.
    return str(url.copy_with(username=None, password=None) if url.userinfo else url)


def _timeout(request: httpx.Request) -> aiohttp.ClientTimeout:
    # aiohttp's `connect` includes the wait for a slot in its pool, which _free_lane has made nil;
    # `sock_connect` leaves out name resolution and a proxy that never answers CONNECT.
    limits = request.extensions.get("timeout", {})
    return aiohttp.ClientTimeout(total=None, connect=limits.get("connect"), sock_read=limits.get("read"))


def _response(answer: aiohttp.ClientResponse, content: bytes, request: httpx.Request) -> httpx.Response:
    return httpx.Response(
        answer.status,
        headers=answer.raw_headers,
        content=content,
        request=request,
        extensions={
            "http_version": b"HTTP/%d.%d" % (answer.version or aiohttp.HttpVersion11),
            "reason_phrase": (answer.reason or "").encode("utf-8", "surrogateescape"),
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
    text = str(getattr(error, "certificate_error", None) or getattr(error, "os_error", error))
    # asyncio and aiohappyeyeballs replace the system's words by call and address, but keep its numbers.
    if "[SSL" not in text and (codes := re.findall(r"\[Errno (\d+)\]", text)):
        return ", ".join(dict.fromkeys(strerror(int(code)).lower() for code in codes))
    text = re.sub(r"^(\[[^]]*\] )+|\.? \(_ssl\.c:\d+\)$| for https?://\S+$", "", text)
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
