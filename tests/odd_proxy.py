"""A proxy between an import and a sandbox that passes everything on and may answer something else.

    with odd_proxy(server, odd) as url: ...

*odd* is asked about every exchange and returns the bytes to answer with: as they are, changed, or more than one answer.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import httpx

if TYPE_CHECKING:
    from kimai_async.sandbox.serve import Serving


@dataclass(frozen=True)
class Exchange:
    """One request with the server's answer; `number` counts the creates that passed on this proxy, from 1."""

    method: str
    path: str
    number: int
    status: int
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """Those that say which page of a list this is, and how many there are."""

    @property
    def creates(self) -> bool:
        return self.method == "POST" and self.status == 200

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def answer(self, *, status: int | None = None, body: Any = None, headers: Mapping[str, str] | None = None) -> bytes:
        """The bytes of an answer, the server's own unless told otherwise."""
        content = self.body if body is None else json.dumps(body).encode()
        shown = self.headers if headers is None else headers
        return http(self.status if status is None else status, content, headers=shown)


Odd = Callable[[Exchange], bytes | list[bytes]]
"""A list is sent in pieces, with the loop in between: the second answer is late."""


def http(
    status: int, content: bytes = b"", kind: str = "application/json", headers: Mapping[str, str] | None = None
) -> bytes:
    lines = [f"Content-Type: {kind}", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    head = "\r\n".join([f"HTTP/1.1 {status} Odd", *lines, "", ""])
    return head.encode() + content


@contextmanager
def odd_proxy(server: Serving, odd: Odd) -> Iterator[str]:
    proxy = _Proxy(server.url, odd)
    thread = threading.Thread(target=proxy.run, name="odd-proxy", daemon=True)
    thread.start()
    proxy.ready.wait()
    try:
        yield f"http://127.0.0.1:{proxy.port}"
    finally:
        proxy.stop()
        thread.join()


class _Proxy:
    def __init__(self, upstream: str, odd: Odd) -> None:
        self.ready = threading.Event()
        self.port = 0
        self._upstream = upstream
        self._odd = odd
        self._creates = 0
        self._tasks: set[asyncio.Task[Any]] = set()

    def run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._done = asyncio.get_running_loop(), asyncio.Event()
        async with httpx.AsyncClient(base_url=self._upstream) as self._client:
            listener = await asyncio.start_server(self._connection, "127.0.0.1", 0)
            self.port = listener.sockets[0].getsockname()[1]
            self.ready.set()
            await self._done.wait()
            listener.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._done.set)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while True:
                    await self._exchange(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        body = await reader.readexactly(int({k.lower(): v for k, v in headers.items()}.get("content-length", 0)))
        kept = {name: headers[name] for name in headers if name.lower() in ("authorization", "content-type")}
        response = await self._client.request(method, path, headers=kept, content=body)
        self._creates += method == "POST" and response.status_code == 200
        plain, _, query = path.partition("?")
        paging = {name: value for name, value in response.headers.items() if name.startswith("x-")}
        asked = dict(parse_qsl(query))
        exchange = Exchange(method, plain, self._creates, response.status_code, response.content, asked, paging)
        pieces = self._odd(exchange)
        for piece in [pieces] if isinstance(pieces, bytes) else pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
