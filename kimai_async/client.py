"""The client: Kimai's API over httpx; every request of an import leaves from here."""

from __future__ import annotations

import json
import random
import ssl
import time
import urllib.request
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import httpx

from kimai_async import __version__
from kimai_async.errors import AccessError, NotKimaiError, StoppedError, UnreachableError, UsageError
from kimai_async.kimai import BEARER_SINCE, Entry, Form, Server, api_root, create_body, list_query
from kimai_async.outcomes import Again, Outcome, Unclear, back_off, classify, describe, retry_after
from kimai_async.text import shorten
from kimai_async.transport import AiohttpTransport, was_never_sent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from kimai_async.settings import Settings
    from kimai_async.tree import Level, Node

CONNECT_SECONDS = 10.0
TRIES = 4
"""How often a GET is sent before the run gives up on it."""

_JSON = {"Content-Type": "application/json"}
_RETRIED = frozenset({408, 429, 500, 502, 503, 504})


class KimaiClient:
    """Kimai's API as an import needs it; an async context manager.

    *wait* sleeps between two tries of a GET and is told why. *transport* replaces the network, for tests.
    Methods raise StoppedError, or one of its kinds, when the server cannot be used; `create` never does.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        wait: Callable[[float, str], Awaitable[None]],
        transport: httpx.AsyncBaseTransport | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self.root = api_root(settings.url)
        self._settings = settings
        self._wait = wait
        self._chance = chance or random.Random()  # noqa: S311 - jitter, not a secret
        self._answered = False
        self._http = httpx.AsyncClient(
            transport=transport or _transport(settings, self.root),
            headers={
                "Accept": "application/json",
                "User-Agent": f"kimai-aimport/{__version__}",
                **_auth(settings),
            },
            timeout=httpx.Timeout(settings.timeout, connect=min(CONNECT_SECONDS, settings.timeout), pool=None),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # a session cookie outranks the token in 2.17.0
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._http.aclose()

    async def server(self) -> Server:
        """Ask for the version and the token's owner."""
        version = self._json(await self._get("version"))
        me = self._json(await self._get("users/me"))
        try:
            return Server.from_json(version, me)
        except (LookupError, TypeError):
            raise self._not_kimai("other JSON") from None

    async def entries(self, level: Level) -> list[Entry]:
        """Return everything of a level that this token can see, hidden and ended rows included.

        Follows `X-Total-Pages` if the server sends it; no Kimai 2.x does.
        """
        query = list_query(level)
        response = await self._get(level.plural, query)
        entries = self._read_list(level, response)
        for page in range(2, _pages(response) + 1):
            entries += self._read_list(level, await self._get(level.plural, {**query, "page": str(page)}))
        return entries

    async def form(self, level: Level, fields: Mapping[str, Any]) -> Form:
        """Ask, by a create without a name, what this user may send and what is wrong with these fields.

        Raises AccessError if this user may not create anything of that level.
        """
        response = await self._send("POST", level.plural, content=json.dumps(dict(fields)).encode(), headers=_JSON)
        if response.status_code == 403:
            raise AccessError(
                f"This token may not create {level.plural} (403 Forbidden), but the file needs new ones; use the token "
                f"of a user whose role has the permission create_{level}."
            )
        try:
            return Form.from_json(self._json(response, expected=400))
        except (LookupError, TypeError):
            raise self._not_kimai(f"{describe(response.status_code)} to an empty create") from None

    async def create(self, node: Node, fields: Mapping[str, Any]) -> Outcome:
        """Create a node below its parent and return what the answer, or the lack of one, means."""
        body = create_body(node, fields)
        try:
            response = await self._http.post(
                f"{self.root}/{node.level.plural}",
                content=json.dumps(body).encode(),
                headers=_JSON,
            )
        except httpx.TransportError as error:
            reason = shorten(str(error))
            return Again(reason) if was_never_sent(error) else Unclear(reason)
        except httpx.DecodingError as error:
            return Unclear(f"an answer that cannot be decoded: {shorten(str(error))}")
        return classify(response.status_code, response.headers, response.content, sent=body, now=time.time())

    async def _get(self, path: str, query: Mapping[str, str] | None = None) -> httpx.Response:
        response = await self._send("GET", path, params=query)
        if response.status_code != 200:
            raise self._explain(response)
        return response

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
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
        raise StoppedError(
            f"{self._host} gives no usable answer to {method} /api/{path} ({problem}, {TRIES} tries); look at the "
            "server, then run the same command again."
        )

    @property
    def _host(self) -> str:
        return urlsplit(self.root).netloc

    def _read_list(self, level: Level, response: httpx.Response) -> list[Entry]:
        try:
            return [Entry.from_json(level, item) for item in self._json(response)]
        except (LookupError, TypeError, ValueError):
            raise self._not_kimai(f"a list of {level.plural} of another shape") from None

    def _json(self, response: httpx.Response, *, expected: int = 200) -> Any:
        if response.status_code != expected:
            raise self._explain(response)
        try:
            return response.json()
        except ValueError:
            kind = response.headers.get("content-type", "").partition(";")[0] or "something"
            raise self._not_kimai(f"{shorten(kind, 40)} where JSON was expected") from None

    def _not_kimai(self, found: str) -> NotKimaiError:
        return NotKimaiError(f"{self.root} does not answer as Kimai's API does ({found}). Check --url.")

    def _explain(self, response: httpx.Response) -> StoppedError:
        status = describe(response.status_code)
        if response.is_redirect:
            target = shorten(response.headers.get("location", "nowhere"))
            return NotKimaiError(f"{self.root} redirects to {target} ({status}); give the right address by --url.")
        if response.status_code in (401, 403):
            return AccessError(self._explain_access(response, status))
        if response.status_code == 400 and self._settings.user is not None:
            return AccessError(f"The server refuses the sign-in ({status}): after five wrong passwords, wait a minute.")
        return self._not_kimai(status)

    def _explain_access(self, response: httpx.Response, status: str) -> str:
        if b"X-AUTH-USER" in response.content and self._settings.user is None:
            since = ".".join(map(str, BEARER_SINCE))
            return (
                f"This Kimai is older than {since} and takes no API token; give --user and the API password as token."
            )
        if self._settings.user is not None:
            return f"The server refuses the user {self._settings.user} or the API password ({status})."
        if "basic" in response.headers.get("www-authenticate", "").lower():
            return f"Something before Kimai asks for a password of its own ({status}, Basic); let the API pass there."
        if response.status_code == 403:
            return f"The token's user may not use the API ({status}); it takes the permission api_access."
        return f"The server refuses the token ({status}); make a new one in Kimai under your name, API Access."


def _hint(problem: str) -> str:
    """Return what to try when no connection could be made."""
    if "certificate" in problem:
        return "If you trust it, give its authority's certificate by --ca-bundle."
    if "wrong version number" in problem:
        return "That port speaks no TLS; try http:// or another port."
    return "Check --url."


def _pages(response: httpx.Response) -> int:
    total = response.headers.get("x-total-pages", "1")
    return int(total) if total.isascii() and total.isdigit() else 1


def _auth(settings: Settings) -> dict[str, str]:
    if settings.user is None:
        return {"Authorization": f"Bearer {settings.token}"}
    return {"X-AUTH-USER": settings.user, "X-AUTH-TOKEN": settings.token}


def _transport(settings: Settings, root: str) -> AiohttpTransport:
    context = _ssl_context(settings) if root.startswith("https:") else None
    try:
        return AiohttpTransport(lanes=settings.concurrency, ssl_context=context, proxy=_proxy(root))
    except ValueError as error:
        raise UsageError(f"The proxy that the environment names cannot be used: {error}.") from None


def _ssl_context(settings: Settings) -> ssl.SSLContext:
    if settings.insecure:
        return httpx.create_ssl_context(verify=False)
    if settings.ca_bundle is None:
        return httpx.create_ssl_context()
    try:
        return ssl.create_default_context(cafile=settings.ca_bundle)
    except OSError as error:
        broken = isinstance(error, ssl.SSLError)
        reason = "it holds no certificate in PEM form" if broken else (error.strerror or str(error)).lower()
        raise UsageError(f"--ca-bundle {settings.ca_bundle} cannot be used: {reason}.") from None


def _proxy(root: str) -> str | None:
    """Return the proxy that the environment (`HTTPS_PROXY`, `NO_PROXY`, …) names for Kimai's address."""
    parts = urlsplit(root)
    host = parts.hostname or ""
    if host in ("localhost", "127.0.0.1", "::1") or urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")
