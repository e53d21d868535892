"""Requests to one Kimai: what is sent, how much is taken of an answer, and what of it can be used."""

from __future__ import annotations

import time
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from kimai_async import __version__
from kimai_async.kimai.access import credentials, open_transport, parse_address
from kimai_async.kimai.explanations import Explainer, unreachable
from kimai_async.kimai.lists import BYTE_ORDER_MARK
from kimai_async.kimai.outcomes import describe, retry_after
from kimai_async.kimai.transport import MEBIBYTE, TooLargeError, was_never_sent
from kimai_async.kimai.tries import PassingError, Tries
from kimai_async.settings import api_root
from kimai_async.text import shorten

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable

    from kimai_async.errors import NotKimaiError, StoppedError
    from kimai_async.kimai.messages import Query
    from kimai_async.settings import Access

CONNECT_SECONDS = 10.0

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
        self._explainer = Explainer(self.root, access.user)
        self._tries = Tries(urlsplit(self.root).netloc, patience=patience, wait=wait, chance=chance)
        self._answered = False
        parse_address(self.root, "--url")
        self._create_urls: dict[str, httpx.URL] = {}
        self._transport = transport or open_transport(access, self.root, lanes)
        self._timeout = access.timeout
        self._limits = httpx.Timeout(access.timeout, connect=min(CONNECT_SECONDS, access.timeout), pool=None).as_dict()
        self._http = httpx.AsyncClient(
            transport=self._transport,
            headers={
                "Accept": "application/json",
                "User-Agent": f"kimai-aimport/{__version__}",
                **_ENCODINGS,
                **credentials(access),
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
            url = self._create_urls[path] = parse_address(f"{self.root}/{path}", "its path")
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
        url = parse_address(f"{self.root}/{path}", "its path")
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

        return await self._tries.until_answered(_question("GET", path), once)

    async def send(self, method: str, path: str, *, bounds: Bounds = SMALL, **options: Any) -> httpx.Response:
        """Send a request that stores nothing, again if need be; return an answer that is not a passing failure."""

        async def once() -> httpx.Response:
            response = await self._once(method, path, bounds, options)
            # A change is made or refused by the status alone.
            if method != "PATCH" and response.status_code in _CHECKED and _says_json(response):
                response.extensions["json"] = self._decode(response)
            return response

        return await self._tries.until_answered(_question(method, path), once)

    async def _once(
        self, method: str, path: str, bounds: Bounds, options: dict[str, Any], **extensions: Any
    ) -> httpx.Response:
        """Send a request once; raises PassingError without an answer that says more than "not now"."""
        url = parse_address(f"{self.root}/{path}", f"/api/{shorten(path)}")
        extensions = self._extensions(bounds, **extensions)
        try:
            response = await self._http.request(method, url, extensions=extensions, **options)
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise self._no_answer(error) from None
        self._answered = True
        if response.status_code in (408, 429) or response.status_code >= 500:
            raise PassingError(
                describe(response.status_code),
                away=response.status_code in _AWAY,
                asked=retry_after(response.headers, time.time()),
            )
        return response

    def _no_answer(self, error: httpx.RequestError) -> Exception:
        problem, unsent = shorten(str(error)), was_never_sent(error)
        if unsent and not self._answered:
            return unreachable(problem)
        return PassingError(problem, away=unsent, hopeless=isinstance(error, TooLargeError))

    def _decode(self, response: httpx.Response) -> Any:
        try:
            return msgspec.json.decode(response.content.removeprefix(BYTE_ORDER_MARK))
        except ValueError as error:
            raise self._unreadable(response, error) from None
        except RecursionError:
            raise self.not_kimai("JSON that is nested too deep") from None

    def _unreadable(self, response: httpx.Response, error: ValueError) -> Exception:
        if _says_json(response):
            return PassingError(f"JSON that cannot be read: {shorten(str(error), 60)}")
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
        return self._explainer.not_kimai(found)

    def explain(self, response: httpx.Response) -> StoppedError:
        """Return the error that an answer with an unexpected status stands for."""
        return self._explainer.answer(response)


def _question(method: str, path: str) -> str:
    return f"{method} /api/{shorten(path)}"


def _says_json(response: httpx.Response) -> bool:
    return "json" in response.headers.get("content-type", "").lower()
