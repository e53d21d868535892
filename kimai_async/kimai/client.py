"""Kimai's API as an import needs it."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx

from kimai_async.errors import AccessError, OverloadedError
from kimai_async.kimai.connection import JSON, Connection
from kimai_async.kimai.lists import ListReader, OddShapeError, page_count
from kimai_async.kimai.messages import Entry, Form, create_body, global_query, list_query, read_server
from kimai_async.kimai.outcomes import (
    Again,
    Created,
    Outcome,
    Refusal,
    Refused,
    Unclear,
    classify,
    describe,
    refusal_text,
)
from kimai_async.kimai.together import at_once
from kimai_async.kimai.transport import was_never_sent
from kimai_async.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from kimai_async.kimai.messages import Query
    from kimai_async.server import Server
    from kimai_async.tree.nodes import Level, Node

PARENTS_A_REQUEST = 50
"""So many ids fit into the shortest limit on an address, 8 KB, more than ten times over."""


async def send_create(
    connection: Connection,
    path: str,
    body: Mapping[str, Any],
    *,
    fresh: bool = False,
    read: Callable[[bytes], Outcome] | None = None,
) -> tuple[Outcome, bool]:
    """Send a create once; also tell whether its answer may have come over a connection that was used before.

    *read* says what the body of a 200 means, where that is not a row with an id and the fields that were sent. The
    connection is used again only after an answer that shows the very row. With *fresh* a new one is taken. Never raises
    for what a server or a network does.
    """
    try:
        response = await connection.post_once(path, json.dumps(body).encode(), fresh=fresh)
    except httpx.TransportError as error:
        reason = shorten(str(error))
        if was_never_sent(error):
            return Again(reason), False
        return Unclear(reason, overload=isinstance(error, httpx.TimeoutException)), False
    except httpx.DecodingError as error:
        return Unclear(f"an answer that cannot be decoded: {shorten(str(error))}"), False
    if read is not None and response.status_code == httpx.codes.OK:
        outcome = read(response.content)
    else:
        outcome = classify(response.status_code, response.headers, response.content, sent=body, now=time.time())
    close = response.extensions.get("close")
    if close is not None and not isinstance(outcome, Created):
        close()
    return outcome, close is not None


class KimaiClient:
    """What an import asks of a Kimai, over a connection; methods raise StoppedError, `create` never does.

    With *whole*, lists keep everything that they show (a kilobyte a row), to be compared with the file's fields.
    """

    def __init__(self, connection: Connection, *, whole: bool = False) -> None:
        self._connection = connection
        self._whole = whole
        self._too_much: set[Level] = set()

    async def server(self, *, together: bool = True) -> Server:
        """Ask for the version and the token's owner, both at once or the one after the other.

        A password that is wrong is better tried once: after five wrong ones Kimai refuses every sign-in for a minute.
        """

        async def ask(path: str) -> Any:
            return self._connection.json(await self._connection.get(path))

        if together:
            version, me = await at_once(partial(ask, "version"), partial(ask, "users/me"))
        else:
            version, me = await ask("version"), await ask("users/me")
        try:
            return read_server(version, me)
        except (LookupError, TypeError):
            raise self._connection.not_kimai("other JSON") from None

    async def entries(self, level: Level, below: Collection[int | None] | None = None) -> list[Entry]:
        """Return everything of a level that this token can see, hidden and ended rows included.

        Once the server has failed to list the whole, only what is below the parents *below* is asked for, unless
        that is None. Whole rows, where they are wanted, are kept for what is below them alone.
        """
        if below is None:
            return await self._list(level, list_query(level))
        if level not in self._too_much:
            try:
                return await self._list(level, list_query(level), below)
            except OverloadedError:
                self._too_much.add(level)
        return await self.entries_below(level, below)

    async def whole_level(self, level: Level) -> list[Entry] | None:
        """Return everything of a level, or None if that is too much for the server: `entries` asks for less then."""
        try:
            return await self._list(level, list_query(level))
        except OverloadedError:
            if level.parent is None:
                raise
            self._too_much.add(level)
            return None

    async def entries_below(self, level: Level, parents: Collection[int | None]) -> list[Entry]:
        """Return what of a level is below these parents, fifty of them a request; None stands for global activities.

        Kimai since 2.53 ignores a parent that it does not know and then lists everything, and it adds global
        activities (`ActivityRepository.php`): only what is below the parents asked for is kept.
        """
        found: list[Entry] = []
        ids = sorted(parent for parent in parents if parent is not None)
        if None in parents:
            entries = await self._list(level, global_query(), (None,))
            found += (entry for entry in entries if entry.parent is None)
        for start in range(0, len(ids), PARENTS_A_REQUEST):
            some = ids[start : start + PARENTS_A_REQUEST]
            entries = await self._list(level, list_query(level, some), some)
            found += (entry for entry in entries if entry.parent in some)
        return found

    async def _list(self, level: Level, query: Query, below: Collection[int | None] | None = None) -> list[Entry]:
        """Return a list, each row once, following `X-Total-Pages` if the server sends it; no Kimai 2.x does.

        The last page is the one that brings nothing new, whatever that header says.
        """
        found, pages = await self._page(level, query, below)
        page, before = 1, 0
        while page < pages and len(found) > before:
            page, before = page + 1, len(found)
            more, total = await self._page(level, {**query, "page": str(page)}, below)
            found.update(more)
            pages = max(pages, total)
        return list(found.values())

    async def _page(
        self, level: Level, query: Query, below: Collection[int | None] | None
    ) -> tuple[dict[int, Entry], int]:
        """Return the rows of one page by their ids, and how many pages the server says there are."""

        def new_reader() -> ListReader:
            return ListReader(level, whole=self._whole, below=below)

        try:
            reader, response = await self._connection.read(level.plural, query, new_reader)
        except OddShapeError as error:
            raise self._connection.not_kimai(f"a list of {level.plural} of another shape: {error}") from None
        return reader.entries, page_count(response.headers.get("x-total-pages"))

    async def form(self, level: Level, fields: Mapping[str, Any]) -> Form:
        """Ask, by a create without a name, what this user may send and what is wrong with these fields.

        Raises AccessError if this user may not create anything of that level.
        """
        content = json.dumps(dict(fields)).encode()
        response = await self._connection.send("POST", level.plural, content=content, headers=JSON)
        if response.status_code == httpx.codes.FORBIDDEN:
            raise AccessError(
                f"This token may not create {level.plural} (403 Forbidden), but the file needs new ones; use the token "
                f"of a user whose role has the permission create_{level}."
            )
        try:
            return Form.from_json(self._connection.json(response, expected=httpx.codes.BAD_REQUEST))
        except (LookupError, TypeError):
            raise self._connection.not_kimai(f"{describe(response.status_code)} to an empty create") from None

    async def create(self, node: Node, fields: Mapping[str, Any]) -> Outcome:
        """Create a node below its parent and return what the answer, or the lack of one, means.

        A connection is used again only after an answer that shows the very row: one more answer may be on its way over
        it, as from a proxy that gave up and then had it from the server after all. For the same reason a refusal that
        came over a used connection is asked for once more over a fresh one.
        """
        body = create_body(node, fields)
        outcome, used = await send_create(self._connection, node.level.plural, body)
        if not (used and isinstance(outcome, Refused)) or outcome.number_taken:
            return outcome
        again, _ = await send_create(self._connection, node.level.plural, body, fresh=True)
        return replace(again, doubtful=True) if isinstance(again, Created) else again

    async def entity(self, level: Level, entity_id: int) -> Mapping[str, Any]:
        """Return everything that the server shows of one customer, project or activity."""
        shown = self._connection.json(await self._connection.get(f"{level.plural}/{entity_id}"))
        if not isinstance(shown, dict):
            raise self._connection.not_kimai(f"{level.one} of another shape")
        return shown

    async def colors(self) -> dict[str, str] | None:
        """Return the names and values of the colours to choose from; None before Kimai 2.18, which does not tell."""
        response = await self._connection.send("GET", "config/colors")
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        colors = self._connection.json(response)
        if not isinstance(colors, dict) or not all(isinstance(value, str) for value in colors.values()):
            raise self._connection.not_kimai("a list of colours of another shape")
        return colors

    async def patch(self, level: Level, entity_id: int, body: Mapping[str, Any]) -> Refusal | None:
        """Change fields of one customer, project or activity; return why it was refused, or None."""
        return await self._patch(f"{level.plural}/{entity_id}", body)

    async def set_custom_field(self, level: Level, entity_id: int, name: str, value: str) -> Refusal | None:
        """Set one custom field; the refusal's status is 404 where there is none of that name."""
        return await self._patch(f"{level.plural}/{entity_id}/meta", {"name": name, "value": value})

    async def _patch(self, path: str, body: Mapping[str, Any]) -> Refusal | None:
        # Safe to send again: the second time changes nothing more.
        response = await self._connection.send("PATCH", path, content=json.dumps(body).encode(), headers=JSON)
        if response.status_code == httpx.codes.OK:
            return None
        if response.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND):
            return Refusal(response.status_code, refusal_text(response.status_code, response.content))
        raise self._connection.explain(response)
