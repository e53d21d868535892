"""A server that answers as Kimai does, each request after a fixed time, and costs next to nothing itself.

`python -m benchmarks.server LATENCY [ACTIVITIES]` prints its port and serves until its standard input is closed.
Rows are counted, not stored: the lists show the *ACTIVITIES* that it was started with, whatever is created. Only time
entries are kept, and listed.
Connections and creates are counted and readable at `/stats`, which is not counted itself, with the seconds of CPU that
all of it took. How many different names the created activities had is told since `/stats` was last asked.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
import time
from typing import Any

from benchmarks.timesheets import FIELDS, Booked, users
from benchmarks.workload import Workload

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_FIELDS = ("name", "number", "comment", "country", "currency", "timezone", "visible", "billable", "customer", "project")
_PLURALS = ("customers", "projects", "activities")


def _answer(status: bytes, body: bytes, headers: bytes = b"") -> bytes:
    head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n"
    return head % (status, headers, len(body)) + body


def _ok(value: Any) -> bytes:
    return _answer(b"200 OK", json.dumps(value, separators=(",", ":")).encode())


def _lacking(fields: tuple[str, ...], name: str) -> bytes:
    children = {**{field: {} for field in fields}, name: {"errors": ["This value is required."]}}
    refusal = {"code": 400, "message": "Validation Failed", "errors": {"children": children}}
    return _answer(b"400 Bad Request", json.dumps(refusal).encode())


_NO_NAME = _lacking(_FIELDS, "name")
_NO_PROJECT = _lacking(FIELDS, "project")
_NOT_FOUND = _answer(b"404 Not Found", b'{"code":404,"message":"Not Found"}')


class FixedTimeKimai:
    """What is answered: a fixed version and user, prepared lists, and an id for each create."""

    def __init__(self, latency: float, activities: int = 0) -> None:
        self.latency = latency
        self.connections = 0
        self.creates = dict.fromkeys(_PLURALS, 0)
        self._names: set[str] = set()
        self._now: float | None = None
        self.gets: dict[bytes, bytes] = {
            b"/api/version": _ok({"version": "2.65.0", "versionId": 26500, "copyright": "Kimai 2.65.0"}),
            b"/api/users/me": _ok({"id": 1, "username": "benchmark", "roles": ["ROLE_SUPER_ADMIN", "ROLE_USER"]}),
            b"/api/users": _ok(users()),
            b"/api/config/timesheet": _ok({"trackingMode": "default", "isAllowOverlapping": True}),
        }
        self.booked = Booked()
        self._there: dict[str, int] = {}
        for plural, rows in zip(_PLURALS, _lists(Workload(activities, activities)), strict=True):
            self.gets[f"/api/{plural}".encode()] = _ok(rows)
            self._there[plural] = len(rows)
        self._counted = dict(self._there)
        self._paths = {f"/api/{plural}".encode(): plural for plural in _PLURALS}

    def reply(self, method: bytes, path: bytes, body: bytes) -> bytes:
        """Return the whole answer to a request."""
        asked, _, query = path.partition(b"?")
        if asked == b"/api/timesheets":
            return self._page(query) if method == b"GET" else self._book(json.loads(body))
        if method == b"GET":
            if (listed := self._paths.get(asked)) is not None:  # numbers go on from what the lists show, as Kimai's do
                self._counted[listed] = self._there[listed]
            return self.gets.get(asked, _NOT_FOUND)
        plural = self._paths.get(path)
        sent = json.loads(body)
        if plural is None:
            return _NOT_FOUND
        if "name" not in sent:
            return _NO_NAME
        self.creates[plural] += 1
        self._counted[plural] += 1
        if plural == "activities":
            self._names.add(sent["name"])
        return _ok({"id": self.creates[plural], "number": f"{self._counted[plural] + 1:04}", **sent})

    def _page(self, query: bytes) -> bytes:
        body, headers = self.booked.page(query.decode())
        return _answer(b"200 OK", body, b"".join(b"%s: %d\r\n" % (name.encode(), n) for name, n in headers.items()))

    def _book(self, sent: dict[str, Any]) -> bytes:
        return _answer(b"200 OK", self.booked.store(sent)) if "project" in sent else _NO_PROJECT

    def arrival(self, loop: asyncio.AbstractEventLoop) -> float:
        """Return when the requests arrived that this turn of the loop found: they do not wait for each other."""
        if self._now is None:
            self._now = loop.time()
            loop.call_soon(self._end_turn)
        return self._now

    def _end_turn(self) -> None:
        self._now = None

    def stats(self) -> bytes:
        """Return the answer to `/stats`."""
        names = len(self._names)
        self._names.clear()
        cpu = time.process_time()
        entries = len(self.booked.lines)
        seen = {"connections": self.connections, "creates": self.creates, "names": names, "entries": entries}
        return _ok({**seen, "cpu": cpu})


class Conversation(asyncio.Protocol):
    """One kept connection: requests with a Content-Length in, answers out after the fixed time."""

    def __init__(self, kimai: FixedTimeKimai, loop: asyncio.AbstractEventLoop) -> None:
        self._kimai = kimai
        self._loop = loop
        self._transport: asyncio.Transport
        self._unread = b""
        self._counted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that has arrived whole."""
        self._unread = self._unread + data if self._unread else data
        while (head := self._unread.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._unread, 0, head)
            end = head + 4 + (int(length[1]) if length else 0)
            if len(self._unread) < end:
                return
            request, self._unread = self._unread[:end], self._unread[end:]
            method, path, _ = request.split(b" ", 2)
            self._answer(method, path, request[head + 4 :])

    def _answer(self, method: bytes, path: bytes, body: bytes) -> None:
        if path == b"/stats":
            self._transport.write(self._kimai.stats())
            return
        if not self._counted:
            self._counted = True
            self._kimai.connections += 1
        answer = self._kimai.reply(method, path, body)
        if self._kimai.latency:
            due = self._kimai.arrival(self._loop) + self._kimai.latency
            self._loop.call_at(due, self._transport.write, answer)
        else:
            self._transport.write(answer)


def _lists(workload: Workload) -> tuple[list[dict[str, Any]], ...]:
    """Return the three lists in the shape of Kimai 2.65, with ids in the order of the workload's indices."""
    shared: dict[str, Any] = {
        "comment": None,
        "visible": True,
        "billable": True,
        "metaFields": [],
        "teams": [],
        "color": None,
    }
    customers = [
        {"id": index + 1, "name": f"Customer {index:05}", "number": f"{index + 1:04}", "currency": "EUR", **shared}
        for index in range(workload.customers)
    ]
    projects = []
    for index in range(workload.projects):
        customer = index % workload.customers
        of = {"parentTitle": f"Customer {customer:05}", "customer": customer + 1}
        projects.append({**of, "id": index + 1, "name": f"Project {index:06}", "number": f"{index + 1:04}", **shared})
    activities = []
    for index in range(workload.activities):
        _, project, name = workload.path(index)
        of = {"parentTitle": project, "project": index % workload.projects + 1}
        activities.append({**of, "id": index + 1, "name": name, "number": f"{index + 1:04}", **shared})
    return customers, projects, activities


async def serve(latency: float, activities: int) -> None:
    """Print the port, then serve until standard input is closed."""
    loop = asyncio.get_running_loop()
    kimai = FixedTimeKimai(latency, activities)
    # asyncio sets TCP_NODELAY only on sockets that say they are TCP.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    server = await loop.create_server(lambda: Conversation(kimai, loop), sock=listening, backlog=512)
    ended = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), ended.set)
    print(listening.getsockname()[1], flush=True)
    async with server:
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
