"""The obvious way: one shared client, and a task a row under a semaphore.

httpx keeps 20 connections of at most 100 by default, so that beyond 20 lanes it opens new ones all the time. A pool
as large as the lanes opens no more than those, and is slower still.
"""

from __future__ import annotations

import asyncio

import httpx

from benchmarks.task import Watch, job, tell
from benchmarks.workload import activity_body

DEFAULT_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20)


async def create(url: str, lanes: int, rows: int, *, sized_pool: bool) -> None:
    """Create so many activities."""
    bound = asyncio.Semaphore(lanes)
    limits = httpx.Limits(max_connections=lanes, max_keepalive_connections=lanes) if sized_pool else DEFAULT_LIMITS
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:

        async def one(index: int) -> None:
            async with bound:
                response = await client.post("/api/activities", json=activity_body(index))
            response.raise_for_status()
            response.json()["id"]

        await asyncio.gather(*map(one, range(rows)))


async def main() -> None:
    """Warm up, measure, tell."""
    this = job()
    await create(this.warm_up_url, this.lanes, 2 * this.lanes, sized_pool=this.sized_pool)
    watch = Watch()
    await create(this.url, this.lanes, this.rows, sized_pool=this.sized_pool)
    tell(**watch.elapsed())


if __name__ == "__main__":
    asyncio.run(main())
