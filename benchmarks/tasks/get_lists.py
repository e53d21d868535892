"""The three lists alone, over kimai-aimport's transport: read, and decoded if the job says so."""

from __future__ import annotations

import json

import anyio
import httpx

from benchmarks.task import Watch, idle, job, tell
from kimai_async.kimai.messages import list_query
from kimai_async.kimai.transport import AiohttpTransport
from kimai_async.tree.nodes import LEVELS


async def get_lists(url: str, *, decode: bool) -> int:
    """Get the lists one after the other, as an import does; return how many bytes they have."""
    size = 0
    async with httpx.AsyncClient(transport=AiohttpTransport(lanes=8), base_url=url, timeout=60) as client:
        for level in LEVELS:
            response = await client.get(f"/api/{level.plural}", params=list_query(level))
            size += len(response.content)
            if decode:
                json.loads(response.content)
    return size


async def main() -> None:
    """Warm up, measure, tell."""
    this = job()
    await get_lists(this.warm_up_url, decode=this.decode)
    before = idle()
    watch = Watch()
    size = await get_lists(this.url, decode=this.decode)
    tell(**watch.elapsed(), idle=before, bytes=size)


if __name__ == "__main__":
    anyio.run(main)
