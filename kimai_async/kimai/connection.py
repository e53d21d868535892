"""The way to one Kimai: credentials, TLS, proxy, tries, and a sentence for every answer that is none."""

from __future__ import annotations

import random
import ssl
import time
import urllib.request
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import httpx

from kimai_async import __version__
from kimai_async.errors import AccessError, NotKimaiError, OverloadedError, StoppedError, UnreachableError, UsageError
from kimai_async.kimai.messages import BEARER_SINCE
from kimai_async.kimai.outcomes import back_off, describe, retry_after
from kimai_async.kimai.transport import AiohttpTransport, was_never_sent
from kimai_async.settings import api_root
from kimai_async.text import shorten

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from kimai_async.kimai.messages import Query
    from kimai_async.settings import Access

CONNECT_SECONDS = 10.0
TRIES = 4
"""How often a request that stores nothing is sent before it is given up."""

JSON = {"Content-Type": "application/json"}
_RETRIED = frozenset({408, 429, 500, 502, 503, 504})


class Connection:
    """Requests to one Kimai, with its credentials, over as many sockets as there are *lanes*; a context manager.

    *wait* sleeps between two tries and is told why. *transport* replaces the network, for tests. Raises UsageError
    for a proxy or a CA bundle that cannot be used; methods raise StoppedError, or one of its kinds.
    """

    def __init__(
        self,
        access: Access,
        *,
        lanes: int,
        wait: Callable[[float, str], Awaitable[None]],
        transport: httpx.AsyncBaseTransport | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self.root = api_root(access.url)
        self._user = access.user
        self._wait = wait
        self._chance = chance or random.Random()  # noqa: S311 - jitter, not a secret
        self._answered = False
        self._transport = transport or _transport(access, self.root, lanes)
        self._urls: dict[str, httpx.URL] = {}
        self._http = httpx.AsyncClient(
            transport=self._transport,
            headers={"Accept": "application/json", "User-Agent": f"kimai-aimport/{__version__}", **_auth(access)},
            timeout=httpx.Timeout(access.timeout, connect=min(CONNECT_SECONDS, access.timeout), pool=None),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # in 2.17.0 one outranks the token
            follow_redirects=False,
            trust_env=False,
        )
        self._create_headers = httpx.Headers({**self._http.headers, **JSON})
        self._extensions = {"timeout": self._http.timeout.as_dict()}

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._http.aclose()

    async def post_once(self, path: str, content: bytes, *, fresh: bool = False) -> httpx.Response:
        """Send a create, exactly once, over a *fresh* connection if need be.

        Raises httpx.TransportError or httpx.DecodingError without an answer.
        """
        # Straight to the transport: what AsyncClient adds to a request (merged addresses, redirects, cookies) is of
        # no use here, and half of all function calls: 940 a create with it, 475 without.
        request = httpx.Request(
            "POST",
            self._url(path),
            headers=self._create_headers,
            content=content,
            extensions={**self._extensions, "fresh": fresh},
        )
        response = await self._transport.handle_async_request(request)
        await response.aread()
        return response

    def _url(self, path: str) -> httpx.URL:
        url = self._urls.get(path)
        if url is None:
            url = self._urls[path] = httpx.URL(f"{self.root}/{path}")
        return url

    async def get(self, path: str, query: Query | None = None) -> httpx.Response:
        """Return the answer to a GET, which is 200."""
        response = await self.send("GET", path, params=query)
        if response.status_code != httpx.codes.OK:
            raise self.explain(response)
        return response

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request that stores nothing, again if need be; return an answer that is not a passing failure."""
        problem = ""
        for attempt in range(TRIES):
            asked: float | None = None
            try:
                response = await self._http.request(method, f"{self.root}/{path}", **options)
            except (httpx.TransportError, httpx.DecodingError) as error:
                problem = shorten(str(error))
                if was_never_sent(error) and not self._answered:
                    raise UnreachableError(f"Cannot reach {problem}. {_hint(problem)}") from None
            else:
                self._answered = True
                if response.status_code not in _RETRIED:
                    return response
                problem = describe(response.status_code)
                asked = retry_after(response.headers, time.time())
            if attempt < TRIES - 1:
                await self._wait(back_off(attempt, self._chance) if asked is None else asked, problem)
        raise OverloadedError(
            f"{urlsplit(self.root).netloc} gives no usable answer to {method} /api/{path} ({problem}, {TRIES} tries); "
            "look at the server, then run the same command again."
        )

    def json(self, response: httpx.Response, *, expected: int = 200) -> Any:
        """Return the JSON of an answer that has the status expected."""
        if response.status_code != expected:
            raise self.explain(response)
        try:
            return response.json()
        except ValueError:
            kind = response.headers.get("content-type", "").partition(";")[0] or "something"
            raise self.not_kimai(f"{shorten(kind, 40)} where JSON was expected") from None

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


def _hint(problem: str) -> str:
    """Return what to try when no connection could be made."""
    if "certificate" in problem:
        return "If you trust it, give its authority's certificate by --ca-bundle."
    if "proxy" in problem:
        return "Check HTTPS_PROXY and NO_PROXY."
    if "wrong version number" in problem:
        return "That port speaks no TLS; try http:// or another port."
    return "Check --url."


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
    if access.insecure:
        return httpx.create_ssl_context(verify=False)
    if access.ca_bundle is None:
        return httpx.create_ssl_context()
    try:
        return ssl.create_default_context(cafile=access.ca_bundle)
    except OSError as error:
        broken = isinstance(error, ssl.SSLError)
        reason = "it holds no certificate in PEM form" if broken else (error.strerror or str(error)).lower()
        raise UsageError(f"--ca-bundle {access.ca_bundle} cannot be used: {reason}.") from None


def proxy_for(root: str) -> str | None:
    """Return the proxy that the environment (`HTTPS_PROXY`, `NO_PROXY`, …) names for an address."""
    parts = urlsplit(root)
    host = parts.hostname or ""
    if host in ("localhost", "127.0.0.1", "::1") or urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")
