"""Changes to what is on the server: custom fields of new rows, differing fields of existing ones, hiding at the end."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import anyio

from kimai_async.errors import OverloadedError, StoppedError
from kimai_async.events import Incomplete, Kind, LevelFinished, LevelStarted, Settled, Warned
from kimai_async.fields.bodies import custom_fields
from kimai_async.kimai.outcomes import Refusal
from kimai_async.kimai.together import together
from kimai_async.tree.nodes import Level

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from kimai_async.create.sender import Sender
    from kimai_async.events import Listener
    from kimai_async.kimai.client import KimaiClient
    from kimai_async.survey.changes import Update
    from kimai_async.tree.entry import Item

OVERLOADED_IN_A_ROW = 3
"""Changes in a row without a usable answer that end the run; a single row may well be one that Kimai fails on."""


class Patcher:
    """Sends changes through the lanes of *sender*; a change may be sent twice, for the second changes nothing more.

    What the server refuses is told as Incomplete, and the run goes on. A custom field that the server does not have is
    found out by one request and told once.
    """

    def __init__(self, client: KimaiClient, sender: Sender, listener: Listener) -> None:
        self._client = client
        self._sender = sender
        self._listener = listener
        self._known: dict[tuple[Level, str], bool] = {}
        self._locks: defaultdict[tuple[Level, str], anyio.Lock] = defaultdict(anyio.Lock)
        self._overloaded = 0

    async def complete(self, node: Item) -> None:
        """Give a new row its custom fields."""
        if node.values is not None:
            problems = [problem async for problem in self._set_custom_fields(node, custom_fields(node))]
            if problems:
                self._listener(Incomplete(node, "; ".join(problems)))

    async def update(self, level: Level, updates: Sequence[Update]) -> None:
        """Make the changes of a level; what they leave as the file has it is settled."""
        self._listener(LevelStarted(level, len(updates)))
        started = anyio.current_time()

        async def one(update: Update) -> None:
            if not self._sender.ended:
                await self._update(update)

        await together(self._sender.lanes.most, updates, one)
        self._listener(LevelFinished(level, anyio.current_time() - started))

    async def hide(self, updates: Sequence[Update]) -> None:
        """Hide what the file wants hidden, now that everything below is there."""

        async def one(update: Update) -> None:
            node = update.node
            if node.id is None:
                return
            if self._sender.ended:
                self._listener(Incomplete(node, "it is not hidden yet; import it again with --on-existing update"))
                return
            refused = await self._patch(node, {"visible": False})
            if self._sender.error is None or update.new:
                problems = [] if refused is None else [f"it cannot be hidden: {refused.reason}"]
                self._finish(update, problems, settle=None if update.new else Kind.UPDATED)

        await together(self._sender.lanes.most, updates, one)

    async def _update(self, update: Update) -> None:
        node, change = update.node, update.change
        refused = await self._patch(node, change.body) if change.body else None
        problems = [] if refused is None else [f"the server refuses the change: {refused.reason}"]
        if self._sender.error is None:
            problems += [problem async for problem in self._set_custom_fields(node, change.meta)]
        if self._sender.error is None:
            # A column of a custom field that Kimai does not have changes nothing.
            changed = change.body or any(self._known[node.level, name.casefold()] for name in change.meta)
            kind = Kind.UPDATED if changed else Kind.EXISTS
            self._finish(update, problems, settle=None if update.hide else kind)

    def _finish(self, update: Update, problems: Sequence[str], *, settle: Kind | None) -> None:
        if problems:
            self._listener(Incomplete(update.node, "; ".join(problems)))
        if settle is not None:
            self._listener(Settled(Kind.EXISTS if problems else settle, update.node))

    async def _set_custom_fields(self, node: Item, meta: dict[str, str]) -> AsyncIterator[str]:
        """Set custom fields, and yield what is refused."""
        for name, value in meta.items():
            refused = await self._set(node, name, value)
            if refused is not None:
                yield f"its custom field {name} is not set: {refused.reason}"

    async def _set(self, node: Item, name: str, value: str) -> Refusal | None:
        """Set a custom field; the first of its name goes alone, and tells whether there is such a field."""
        key = (node.level, name.casefold())
        if key not in self._known:
            async with self._locks[key]:
                if key not in self._known:
                    return await self._try(node, name, value)
        return await self._send_custom_field(node, name, value) if self._known[key] else None

    async def _try(self, node: Item, name: str, value: str) -> Refusal | None:
        refused = await self._send_custom_field(node, name, value)
        if self._sender.error is not None:
            return refused
        unknown = refused is not None and refused.status == HTTPStatus.NOT_FOUND
        self._known[node.level, name.casefold()] = not unknown
        if not unknown:
            return refused
        remedy = "add the field in Kimai, then import again with --on-existing update"
        if node.level is Level.ENTRY:
            remedy = "add the field in Kimai before, since entries that are there keep theirs"
        some = f"this Kimai has no custom field {name!r} for {node.level.words[1]}"
        self._listener(Warned(f"{some}: the column is left out; {remedy}"))
        return None

    async def _send_custom_field(self, node: Item, name: str, value: str) -> Refusal | None:
        return await self._send(partial(self._client.set_custom_field, node.level, _id(node), name, value))

    async def _patch(self, node: Item, body: Mapping[str, Any]) -> Refusal | None:
        return await self._send(partial(self._client.patch, node.level, _id(node), body))

    async def _send(self, request: Callable[[], Awaitable[Refusal | None]]) -> Refusal | None:
        """Make a change in a lane; what ends the run is kept for its report."""
        async with self._sender.lanes.limiter:
            try:
                refused = await request()
            except OverloadedError as error:
                self._overloaded += 1
                if self._overloaded >= OVERLOADED_IN_A_ROW:
                    self._sender.error = self._sender.error or error
                return Refusal(0, "no usable answer")
            except StoppedError as error:
                self._sender.error = self._sender.error or error
                return Refusal(0, "the run ended before")
        self._overloaded = 0
        return refused


def _id(node: Item) -> int:
    assert node.id is not None
    return node.id
