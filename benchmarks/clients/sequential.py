"""The sample importer's way: one create after the other on a kept connection."""

from __future__ import annotations

import httpx

from benchmarks.task import Watch, job, tell
from benchmarks.workload import activity_body


def create(url: str, rows: int) -> None:
    """Create so many activities."""
    with httpx.Client(base_url=url) as client:
        for index in range(rows):
            response = client.post("/api/activities", json=activity_body(index))
            response.raise_for_status()
            response.json()["id"]


if __name__ == "__main__":
    this = job()
    create(this.warm_up_url, 20)
    watch = Watch()
    create(this.url, this.rows)
    tell(**watch.elapsed())
