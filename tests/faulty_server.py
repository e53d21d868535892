"""
A server on 127.0.0.1 whose every answer is scripted: right, wrong, cut short, late or none.

    async with FaultyServer(answer(b"{}"), hang_up) as server: ...

The first request is served by the first behaviour and so on; the last one serves all that follow.
"""

import asyncio
import os
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self

__all__ = [
    "Behaviour",
    "Exchange",
    "FaultyServer",
    "Received",
    "answer",
    "hang_up",
    "raw",
    "reset",
    "stay_silent",
    "tunnel",
    "unreachable_port",
]


@dataclass(frozen=True)
class Received:
    """One request that arrived to its last byte; header names in lower case."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return dict(self.headers).get(name)


@dataclass(frozen=True)
class Exchange:
    """A request and the connection to answer on."""

    request: Received
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


Behaviour = Callable[[Exchange], Awaitable[None]]


class FaultyServer:
    """Serve *script*; *connections* and *requests* tell what arrived."""

    def __init__(self, *script: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self.connections = 0
        self.requests: list[Received] = []
        self._script, self._tls = script, tls
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._change = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._open.values():
            writer.transport.abort()
        await asyncio.gather(*self._open)
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def open_connections(self) -> int:
        return len(self._open)

    async def has_received(self, more: int) -> None:
        """Wait for *more* requests than have arrived by now."""
        wanted = len(self.requests) + more
        await self._until(lambda: len(self.requests) >= wanted)

    async def has_no_connection(self) -> None:
        """Wait until the clients have closed all connections."""
        await self.has_connections(0)

    async def has_connections(self, number: int) -> None:
        """Wait until so many connections are open, and no more."""
        await self._until(lambda: len(self._open) == number)

    def end_kept_connections(self) -> None:
        """Close both directions at once, before a client on the same loop can notice."""
        for writer in self._open.values():
            writer.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    # Not a coroutine: asyncio would log what it raises, and would not wait for it at the end.
    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._open[task] = writer
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        del self._open[task]
        self._notify()

    def _notify(self) -> None:
        self._change.set()
        self._change = asyncio.Event()

    async def _until(self, fact: Callable[[], bool]) -> None:
        while not fact():
            await self._change.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while not writer.is_closing():
                request = await _receive(reader)
                behaviour = self._script[min(len(self.requests), len(self._script) - 1)]
                self.requests.append(request)
                self._notify()
                await behaviour(Exchange(request, reader, writer))
        except (EOFError, OSError):  # the client went away
            pass
        finally:
            writer.transport.abort()


async def _receive(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in head[1:-2])]
    body = await reader.readexactly(int(dict(headers).get("content-length", "0")))
    return Received(method, target, headers, body)


def raw(data: bytes, *, then_close: bool = False) -> Behaviour:
    """Answer *data* as it is."""

    async def behave(exchange: Exchange) -> None:
        exchange.writer.write(data)
        await exchange.writer.drain()
        if then_close:
            exchange.writer.close()

    return behave


def answer(
    body: bytes = b"{}",
    *headers: tuple[str, str],
    status: str = "200 OK",
    length: int | None = None,
    then_close: bool = False,
) -> Behaviour:
    """Answer properly, or with a *length* that is not the body's."""
    size = len(body) if length is None else length
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Length: {size}",
        *(f"{name}: {value}" for name, value in headers),
    ]
    return raw("\r\n".join([*lines, "", ""]).encode("latin-1") + body, then_close=then_close)


async def hang_up(exchange: Exchange) -> None:
    """Close the connection without a word (FIN)."""
    exchange.writer.close()


async def reset(exchange: Exchange) -> None:
    """Break the connection (RST)."""
    sock = exchange.writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if os.name == "nt" else "ii", 1, 0))
    exchange.writer.transport.abort()


async def stay_silent(exchange: Exchange) -> None:
    """Never answer; wait for the client to leave."""
    await exchange.reader.read()


async def tunnel(exchange: Exchange) -> None:
    """Be a proxy: connect to the target of CONNECT and carry bytes both ways."""
    host, _, port = exchange.request.target.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    exchange.writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
    await asyncio.gather(_carry(exchange.reader, writer), _carry(reader, exchange.writer))


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
    except OSError:
        pass
    finally:
        writer.transport.abort()


def unreachable_port() -> int:
    """Return a port of 127.0.0.1 on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
