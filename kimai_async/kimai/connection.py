"""The way to one Kimai: credentials, TLS, proxy, tries, and a sentence for every answer that is none."""

from __future__ import annotations

import errno
import random
import ssl
import time
import urllib.request
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar
from urllib.parse import urlsplit

import anyio
import httpx
import msgspec

from kimai_async import __version__
from kimai_async.errors import AccessError, NotKimaiError, OverloadedError, StoppedError, UnreachableError, UsageError
from kimai_async.kimai.lists import BYTE_ORDER_MARK
from kimai_async.kimai.messages import BEARER_SINCE
from kimai_async.kimai.outcomes import LONGEST_WAIT, back_off, describe, retry_after
from kimai_async.kimai.transport import MEBIBYTE, AiohttpTransport, TooLargeError, was_never_sent
from kimai_async.settings import api_root
from kimai_async.text import shorten

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from kimai_async.kimai.messages import Query
    from kimai_async.settings import Access

T = TypeVar("T")

CONNECT_SECONDS = 10.0
TRIES = 4
"""How often a request that stores nothing is sent before it is given up."""

JSON = {"Content-Type": "application/json"}
_ENCODINGS = {"Accept-Encoding": "gzip, deflate"}  # what the transport decodes without inflating it beyond a limit
_CHECKED = frozenset({200, 400})
_AWAY = frozenset({429, 502, 503})
"""The server itself, or the way to it, is gone for a while: no reason to ask for less."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is taken of an answer: bytes, decompressed, and how often `--timeout` it may take as a whole."""

    most: int
    timeouts: int


ROW = Bounds(1 * MEBIBYTE, 1)
SMALL = Bounds(16 * MEBIBYTE, 1)
LIST = Bounds(512 * MEBIBYTE, 10)


class Sink(Protocol):
    """What reads a body; both methods raise ValueError for what cannot be read."""

    def feed(self, data: bytes) -> None:
        """Take the next part."""
        ...

    def end(self) -> None:
        """Know that there is no more."""
        ...


S = TypeVar("S", bound=Sink)


class _PassingError(Exception):
    """A try that failed in a way that may pass.

    `away`: not because of what was asked. `asked` are the seconds for which the server wants to be left alone.
    `hopeless`: the next try would fail as well.
    """

    def __init__(self, reason: str, *, away: bool = False, asked: float | None = None, hopeless: bool = False) -> None:
        super().__init__(reason)
        self.away = away
        self.asked = asked
        self.hopeless = hopeless


class _Tries:
    """Counts one request's failures and says how long to wait before the next try.

    It is given up after four tries, or after *patience* seconds since the first failure; a server that is away uses up
    patience alone, if there is any, and none if it was given up already.
    """

    def __init__(self, patience: float | None, chance: random.Random, *, given_up: bool) -> None:
        self.count = 0
        self._given_up = given_up
        self._patience = patience
        self._chance = chance
        self._waited = 0.0
        self._since: float | None = None
        self._failed = 0

    def next_wait(self, failure: _PassingError) -> float | None:
        """Return the seconds to wait, at least a back-off and never beyond the patience; None to give up."""
        now = anyio.current_time()
        if self._since is None:
            self._since = now
        self.count += 1
        self._failed += not failure.away or self._patience is None
        # What was to be waited counts as well: a run that is to end wakes every wait.
        left = (self._patience or LONGEST_WAIT) - max(now - self._since, self._waited)
        hopeless = failure.hopeless or (failure.away and self._given_up)
        if hopeless or self._failed >= TRIES or left <= 0:
            return None
        wait = min(left, max(back_off(self.count - 1, self._chance), failure.asked or 0.0))
        self._waited += wait
        return wait


class Connection:
    """Requests to one Kimai, with its credentials, over as many sockets as there are *lanes*; a context manager.

    *wait* sleeps between two tries and is told why. What only reads is asked again after whatever may pass: at most
    four times; after 429, 502, 503 and lost connections for *patience* seconds, if that is given, and for no longer
    than that after anything else. *transport* replaces the network, for tests. Raises UsageError for an address, a
    proxy or a CA bundle that cannot be used; methods raise StoppedError, or one of its kinds.
    """

    def __init__(
        self,
        access: Access,
        *,
        lanes: int,
        wait: Callable[[float, str], Awaitable[None]],
        patience: float | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self.root = api_root(access.url)
        self._user = access.user
        self._wait = wait
        self._patience = patience
        self._chance = chance or random.Random()  # noqa: S311 - jitter, not a secret
        self._answered = False
        self._given_up = False
        _parsed(self.root, "--url")
        self._create_urls: dict[str, httpx.URL] = {}
        self._transport = transport or _transport(access, self.root, lanes)
        self._timeout = access.timeout
        self._limits = httpx.Timeout(access.timeout, connect=min(CONNECT_SECONDS, access.timeout), pool=None).as_dict()
        self._http = httpx.AsyncClient(
            transport=self._transport,
            headers={
                "Accept": "application/json",
                "User-Agent": f"kimai-aimport/{__version__}",
                **_ENCODINGS,
                **_auth(access),
            },
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # in 2.17.0 one outranks the token
            follow_redirects=False,
            trust_env=False,
        )
        self._create_headers = httpx.Headers({**self._http.headers, **JSON})
        self._create_extensions = {fresh: self._extensions(ROW, fresh=fresh) for fresh in (False, True)}

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._http.aclose()

    async def post_once(self, path: str, content: bytes, *, fresh: bool = False) -> httpx.Response:
        """Send a create, exactly once; raises httpx.TransportError or httpx.DecodingError without an answer.

        *fresh* sends it over a connection of its own. An answer of more than 1 MiB, or one that takes longer than
        `--timeout` as a whole, is none.
        """
        # Straight to the transport: what AsyncClient adds to a request (merged addresses, redirects, cookies) is of
        # no use here, and half of all function calls: 940 a create with it, 475 without.
        url = self._create_urls.get(path)
        if url is None:
            url = self._create_urls[path] = _parsed(f"{self.root}/{path}", "its path")
        request = httpx.Request(
            "POST",
            url,
            headers=self._create_headers,
            content=content,
            extensions=self._create_extensions[fresh],
        )
        response = await self._transport.handle_async_request(request)
        await response.aread()
        return response

    async def delete_once(self, path: str) -> httpx.Response:
        """Send a DELETE over a connection of its own, exactly once: what it was allowed by may change meanwhile.

        Raises httpx.TransportError or httpx.DecodingError without an answer.
        """
        url = _parsed(f"{self.root}/{path}", "its path")
        return await self._http.request("DELETE", url, extensions=self._extensions(ROW, fresh=True, once=True))

    def _extensions(self, bounds: Bounds, **more: Any) -> dict[str, Any]:
        whole = self._timeout * bounds.timeouts
        return {"timeout": {**self._limits, "whole": whole}, "most": bounds.most, **more}

    async def get(self, path: str, query: Query | None = None) -> httpx.Response:
        """Return the answer to a GET, which is 200."""
        response = await self.send("GET", path, params=query)
        if response.status_code != httpx.codes.OK:
            raise self.explain(response)
        return response

    async def read(self, path: str, query: Query, new_sink: Callable[[], S]) -> tuple[S, httpx.Response]:
        """Return what read the body of a 200, piece by piece as it came; each try gets a sink of its own.

        Each list comes over a connection that nothing else was asked over: what is missing in it is created.
        """

        async def once() -> tuple[S, httpx.Response]:
            sink = new_sink()
            response = await self._once("GET", path, LIST, {"params": query}, into=sink.feed, fresh=True)
            if response.status_code != httpx.codes.OK:
                raise self.explain(response)
            try:
                if response.content:  # of a transport that hands nothing on by itself
                    sink.feed(response.content)
                sink.end()
            except ValueError as error:
                raise self._unreadable(response, error) from None
            return sink, response

        return await self._until_answered("GET", path, once)

    async def send(self, method: str, path: str, *, bounds: Bounds = SMALL, **options: Any) -> httpx.Response:
        """Send a request that stores nothing, again if need be; return an answer that is not a passing failure."""

        async def once() -> httpx.Response:
            response = await self._once(method, path, bounds, options)
            # A change is made or refused by the status alone.
            if method != "PATCH" and response.status_code in _CHECKED and _says_json(response):
                response.extensions["json"] = self._decode(response)
            return response

        return await self._until_answered(method, path, once)

    async def _until_answered(self, method: str, path: str, once: Callable[[], Awaitable[T]]) -> T:
        tries = _Tries(self._patience, self._chance, given_up=self._given_up)
        while True:
            try:
                found = await once()
            except _PassingError as error:
                failure = error
            else:
                self._given_up = False
                return found
            wait = tries.next_wait(failure)
            if wait is None:
                break
            await self._wait(wait, str(failure))
        self._given_up = failure.away
        tried = f"{tries.count} tries" if tries.count > 1 else "1 try"
        question = f"{method} /api/{shorten(path)} ({failure}, {tried})"
        raise OverloadedError(
            f"{urlsplit(self.root).netloc} gives no usable answer to {question}; look at the server, then run the same "
            "command again."
        )

    async def _once(
        self, method: str, path: str, bounds: Bounds, options: dict[str, Any], **extensions: Any
    ) -> httpx.Response:
        """Send a request once; raises _PassingError without an answer that says more than "not now"."""
        url = _parsed(f"{self.root}/{path}", f"/api/{shorten(path)}")
        extensions = self._extensions(bounds, **extensions)
        try:
            response = await self._http.request(method, url, extensions=extensions, **options)
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise self._no_answer(error) from None
        self._answered = True
        if response.status_code in (408, 429) or response.status_code >= 500:
            raise _PassingError(
                describe(response.status_code),
                away=response.status_code in _AWAY,
                asked=retry_after(response.headers, time.time()),
            )
        return response

    def _no_answer(self, error: httpx.RequestError) -> Exception:
        problem, unsent = shorten(str(error)), was_never_sent(error)
        if unsent and not self._answered:
            return UnreachableError(f"Cannot reach {problem}. {_hint(problem)}")
        return _PassingError(problem, away=unsent, hopeless=isinstance(error, TooLargeError))

    def _decode(self, response: httpx.Response) -> Any:
        try:
            return msgspec.json.decode(response.content.removeprefix(BYTE_ORDER_MARK))
        except ValueError as error:
            raise self._unreadable(response, error) from None
        except RecursionError:
            raise self.not_kimai("JSON that is nested too deep") from None

    def _unreadable(self, response: httpx.Response, error: ValueError) -> Exception:
        if _says_json(response):
            return _PassingError(f"JSON that cannot be read: {shorten(str(error), 60)}")
        kind = response.headers.get("content-type", "").partition(";")[0] or "something"
        return self.not_kimai(f"{shorten(kind, 40)} where JSON was expected")

    def json(self, response: httpx.Response, *, expected: int = 200) -> Any:
        """Return the JSON of an answer that has the status expected."""
        if response.status_code != expected:
            raise self.explain(response)
        if "json" in response.extensions:
            return response.extensions["json"]
        return self._decode(response)

    def not_kimai(self, found: str) -> NotKimaiError:
        """Return the error that says what was found instead of Kimai."""
        return NotKimaiError(f"{self.root} does not answer as Kimai's API does ({found}). Check --url.")

    def explain(self, response: httpx.Response) -> StoppedError:
        """Return the error that an answer with an unexpected status stands for."""
        status = describe(response.status_code)
        if response.is_redirect:
            return NotKimaiError(self._explain_redirect(response, status))
        if response.status_code in (401, 403):
            return AccessError(self._explain_access(response, status))
        if response.status_code == httpx.codes.BAD_REQUEST and self._user is not None:
            return AccessError(f"The server refuses the sign-in ({status}): after five wrong passwords, wait a minute.")
        return self.not_kimai(status)

    def _explain_redirect(self, response: httpx.Response, status: str) -> str:
        target = shorten(response.headers.get("location", "nowhere"))
        asked = str(response.request.url).removeprefix(self.root)
        better, found, _ = target.rpartition(f"/api{asked}")
        advice = f"give --url {better}" if found and better.startswith("http") else "give the address that it leads to"
        if self.root.startswith("https:") and target.lower().startswith("http:"):
            advice = (
                "and that one is not encrypted: what stands before Kimai does not tell it that it was asked by https "
                "(X-Forwarded-Proto, TRUSTED_PROXIES); have that mended"
            )
        return f"{self.root} redirects to {target} ({status}), and a token is not sent after a redirect; {advice}."

    def _explain_access(self, response: httpx.Response, status: str) -> str:
        if b"X-AUTH-USER" in response.content and self._user is None:
            since = ".".join(map(str, BEARER_SINCE))
            return f"This Kimai is older than {since} and takes no API token; give --user and its API password."
        if self._user is not None:
            return f"The server refuses the user {self._user} or the API password ({status})."
        if "basic" in response.headers.get("www-authenticate", "").lower():
            return f"Something before Kimai asks for a password of its own ({status}, Basic); let the API pass there."
        if response.status_code == httpx.codes.FORBIDDEN:
            return f"The token's user may not use the API ({status}); it takes the permission api_access."
        return f"The server refuses the token ({status}); make a new one in Kimai under your name, API Access."


def _parsed(address: str, what: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
        _ = url.host  # read for its check
    except (httpx.InvalidURL, UnicodeError) as error:
        raise UsageError(f"{what} is no address that can be asked: {shorten(str(error))}.") from None
    return url


def _hint(problem: str) -> str:
    """Return what to try when no connection could be made."""
    if "certificate is not valid for" in problem:
        return "The certificate is for another name: check the host in --url."
    if "certificate has expired" in problem or "certificate is not yet valid" in problem:
        return "Have the certificate renewed, and check the clock of this computer."
    if "certificate" in problem:
        return "If you trust it, give its authority's certificate by --ca-bundle."
    if "too many open files" in problem:
        return "Allow more of them (ulimit -n), or give a lower --concurrency."
    if "proxy" in problem:
        return "Check HTTPS_PROXY and NO_PROXY."
    if "wrong version number" in problem:
        return "That port speaks no TLS; try http:// or another port."
    return "Check --url."


def _says_json(response: httpx.Response) -> bool:
    return "json" in response.headers.get("content-type", "").lower()


def _auth(access: Access) -> dict[str, str]:
    if access.user is None:
        return {"Authorization": f"Bearer {access.token}"}
    return {"X-AUTH-USER": access.user, "X-AUTH-TOKEN": access.token}


def _transport(access: Access, root: str, lanes: int) -> AiohttpTransport:
    context = _ssl_context(access) if root.startswith("https:") else None
    try:
        return AiohttpTransport(lanes=lanes, ssl_context=context, proxy=proxy_for(root))
    except ValueError as error:
        raise UsageError(f"The proxy that the environment names cannot be used: {error}.") from None


def _ssl_context(access: Access) -> ssl.SSLContext:
    named = "SSL_CERT_FILE or SSL_CERT_DIR" if access.ca_bundle is None else f"--ca-bundle {access.ca_bundle}"
    try:
        if access.insecure or access.ca_bundle is None:
            return httpx.create_ssl_context(verify=not access.insecure)
        return ssl.create_default_context(cafile=access.ca_bundle)
    except OSError as error:
        broken = isinstance(error, ssl.SSLError)
        reason = "it holds no certificate in PEM form" if broken else (error.strerror or str(error)).lower()
        if error.errno in (errno.EMFILE, errno.ENFILE):
            raise UnreachableError(f"The certificates cannot be read: {reason}. {_hint(reason)}") from None
        raise UsageError(f"{named} cannot be used: {reason}.") from None


def proxy_for(root: str) -> str | None:
    """Return the proxy that the environment (`HTTPS_PROXY`, `NO_PROXY`, …) names for an address."""
    parts = urlsplit(root)
    host = parts.hostname or ""
    if host in ("localhost", "127.0.0.1", "::1") or urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")
