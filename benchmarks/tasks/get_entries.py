"""The list of time entries alone, over kimai-aimport's transport: every page, as many at once as it asks for."""

from __future__ import annotations

import json

import anyio
import httpx

from benchmarks.task import Watch, job, tell
from kimai_async.kimai.transport import AiohttpTransport

LANES = 8
SIZE = 500


async def get_entries(url: str, *, decode: bool) -> int:
    """Get all pages; return how many bytes they have."""
    size = 0
    async with httpx.AsyncClient(transport=AiohttpTransport(lanes=LANES), base_url=url, timeout=60) as client:

        async def page(number: int) -> httpx.Response:
            nonlocal size
            order = {"user": "all", "orderBy": "id", "order": "ASC", "size": str(SIZE), "page": str(number)}
            response = await client.get("/api/timesheets", params=order)
            size += len(response.content)
            if decode:
                json.loads(response.content)
            return response

        pages = iter(range(2, int((await page(1)).headers["x-total-pages"]) + 1))

        async def lane() -> None:
            for number in pages:
                await page(number)

        async with anyio.create_task_group() as tasks:
            for _ in range(LANES):
                tasks.start_soon(lane)
    return size


async def main() -> None:
    """Warm up, measure, tell."""
    this = job()
    await get_entries(this.warm_up_url, decode=this.decode)
    watch = Watch()
    size = await get_entries(this.url, decode=this.decode)
    tell(**watch.elapsed(), bytes=size)


if __name__ == "__main__":
    anyio.run(main)
