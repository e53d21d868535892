"""Doing many things, a few at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import anyio

from kimai_async.errors import KimaiImportError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

T = TypeVar("T")


async def together(lanes: int, work: Iterable[T], do: Callable[[T], Awaitable[None]]) -> None:
    """Await *do* for every piece of work, at most *lanes* at a time.

    The first KimaiImportError lets what is under way finish, and is raised as it is, not in a group.
    """
    errors: list[KimaiImportError] = []

    async def lane(queue: Iterator[T]) -> None:
        for piece in queue:
            if errors:
                return
            try:
                await do(piece)
            except KimaiImportError as error:
                errors.append(error)

    queue = iter(work)
    async with anyio.create_task_group() as tasks:
        for _ in range(lanes):
            tasks.start_soon(lane, queue)
    if errors:
        raise errors[0]
