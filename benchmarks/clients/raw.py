"""The server's own limit: prepared bytes over bare sockets, answers counted and not read."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import urlsplit

from benchmarks.task import Watch, job, tell
from benchmarks.workload import activity_body

_BODY = json.dumps(activity_body(0)).encode()
_REQUEST = (
    b"POST /api/activities HTTP/1.1\r\nHost: benchmark\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
)


class Lane(asyncio.Protocol):
    """Sends the next request as soon as an answer comes, while any are left."""

    left = 0
    open = 0
    done: asyncio.Future[None]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.data_received(b"")

    def data_received(self, data: bytes) -> None:  # noqa: ARG002 - an answer is a few bytes and comes whole
        """Send the next request, or end."""
        if Lane.left:
            Lane.left -= 1
            self._transport.write(_REQUEST)
            return
        self._transport.close()
        Lane.open -= 1
        if not Lane.open:
            Lane.done.set_result(None)


async def create(url: str, lanes: int, rows: int) -> None:
    """Create so many activities."""
    loop = asyncio.get_running_loop()
    address = urlsplit(url)
    Lane.left, Lane.open, Lane.done = rows, lanes, loop.create_future()
    host, port = address.hostname or "", address.port or 80
    await asyncio.gather(*(loop.create_connection(Lane, host, port) for _ in range(lanes)))
    await Lane.done


async def main() -> None:
    """Warm up, measure, tell."""
    this = job()
    await create(this.warm_up_url, this.lanes, 2 * this.lanes)
    watch = Watch()
    await create(this.url, this.lanes, this.rows)
    tell(**watch.elapsed())


if __name__ == "__main__":
    asyncio.run(main())
