"""Doing many things, a few at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import anyio

from kimai_async.errors import KimaiImportError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

T = TypeVar("T")


async def at_once(*questions: Callable[[], Awaitable[T]]) -> list[T]:
    """Ask all questions at once and return their answers in that order.

    The first question that fails, in that order and not in time, has its KimaiImportError raised as it is; those after
    it are cancelled, those before it are waited for.
    """
    answers: dict[int, T] = {}
    errors: dict[int, KimaiImportError] = {}
    scopes = [anyio.CancelScope() for _ in questions]

    async def ask(index: int, question: Callable[[], Awaitable[T]]) -> None:
        with scopes[index]:
            try:
                answers[index] = await question()
            except KimaiImportError as error:
                errors[index] = error
                for later in scopes[index + 1 :]:
                    later.cancel()

    async with anyio.create_task_group() as tasks:
        for index, question in enumerate(questions):
            tasks.start_soon(ask, index, question)
    if errors:
        raise errors[min(errors)]
    return [answers[index] for index in range(len(questions))]


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
