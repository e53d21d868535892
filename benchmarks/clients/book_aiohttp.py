"""The practical limit for time entries: aiohttp with nothing around it, as many workers as lanes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp

from benchmarks.task import Watch, job, tell
from benchmarks.timesheets import entry_body

if TYPE_CHECKING:
    from collections.abc import Iterator


async def create(url: str, lanes: int, rows: int) -> None:
    """Create so many entries."""
    todo = iter(range(rows))
    connector = aiohttp.TCPConnector(limit=lanes)
    async with aiohttp.ClientSession(url, connector=connector) as session, asyncio.TaskGroup() as tasks:
        for _ in range(lanes):
            tasks.create_task(_lane(session, todo))


async def _lane(session: aiohttp.ClientSession, todo: Iterator[int]) -> None:
    for index in todo:
        async with session.post("/api/timesheets", json=entry_body(index)) as response:
            response.raise_for_status()
            (await response.json())["id"]


async def main() -> None:
    """Warm up, measure, tell."""
    this = job()
    await create(this.warm_up_url, this.lanes, 2 * this.lanes)
    watch = Watch()
    await create(this.url, this.lanes, this.rows)
    tell(**watch.elapsed())


if __name__ == "__main__":
    asyncio.run(main())
