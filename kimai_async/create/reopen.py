"""Hidden and ended projects, with what is above and below them, opened for a run and closed again at its end."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import anyio

from kimai_async.csvfile.notes import listed
from kimai_async.csvfile.reopened import Closed, read_reopened, write_reopened
from kimai_async.errors import OutputError, StoppedError
from kimai_async.events import Warned
from kimai_async.kimai.together import together
from kimai_async.survey.changes import above
from kimai_async.text import shorten
from kimai_async.tree.nodes import LEVELS, Level

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Sequence
    from datetime import date
    from pathlib import Path

    from kimai_async.events import Listener
    from kimai_async.kimai.client import KimaiClient
    from kimai_async.kimai.messages import Entry
    from kimai_async.tree.nodes import Node

LANES = 4

CLOSING_SECONDS = 120.0
"""So long an interrupted run goes on to close what it has opened; the record tells the next run of the rest."""


@asynccontextmanager
async def reopened(
    client: KimaiClient, kimai: str, record: Path, nodes: Iterable[Node], listener: Listener, *, today: date
) -> AsyncIterator[None]:
    """Let Kimai take time entries below these nodes while the block runs, hidden or ended as they may be.

    *client* lists whole rows. *nodes* are those that the entries hang below, with ids; what is above them is opened
    too. *kimai* is the address of the API. *record* is the file that says what is to be closed again, from before the
    first change until all is as it was; what it says already is closed first. *today* is the day in the zone of the
    token's user. An interrupted run closes, too. What cannot be opened or closed is told. Raises StoppedError,
    UsageError, OutputError, before the block alone.
    """
    await close_leftovers(client, kimai, record, listener)
    closed = await find_closed(client, nodes, today)
    if not closed:
        yield
        return
    write_reopened(record, kimai, closed)
    opening = _Opening(client, kimai, record, listener)
    try:
        await opening.open(closed)
        yield
    finally:
        with anyio.move_on_after(CLOSING_SECONDS, shield=True):
            await opening.close()
        opening.settle()


async def close_leftovers(client: KimaiClient, kimai: str, record: Path, listener: Listener) -> None:
    """Close what an earlier run has left open, as its record says; without a record there is nothing to do.

    Raises StoppedError, if it cannot be closed too, and UsageError for a record that is none of this Kimai.
    """
    left = read_reopened(record, kimai)
    if not left:
        return
    opening = _Opening(client, kimai, record, listener)
    opening.left = dict.fromkeys(left)
    await opening.close()
    if not opening.settle():
        raise StoppedError(f"Close by hand what an earlier run has left open, as {record} says, then delete that file.")
    listener(Warned(f"closed again what an earlier run had left open: {_named(left)}"))


async def find_closed(client: KimaiClient, nodes: Iterable[Node], today: date) -> list[Closed]:
    """Return which of these nodes, and of those above them, are hidden or ended before today, from the top down."""
    some = set(nodes)
    some.update(above(some))
    found: list[Closed] = []
    for level in LEVELS:
        wanted = {node.id: node for node in some if node.level is level and node.id is not None}
        if wanted:
            parents = {None if node.parent is None else node.parent.id for node in wanted.values()}
            rows = await client.entries(level, None if level is Level.CUSTOMER else parents)
            for row in sorted(rows, key=lambda row: row.id):
                if row.id in wanted:
                    end = _ended(row, today) if level is Level.PROJECT else None
                    if end or not row.visible:
                        found.append(Closed(level, row.id, row.name, row.visible, end))
    return found


def _ended(project: Entry, today: date) -> str | None:
    """Return the last day of a project, if it has passed."""
    assert project.shown is not None  # else every project would look as if it had no end
    end = project.shown.get("end")
    return end[:10] if isinstance(end, str) and end[:10] < today.isoformat() else None


class _Opening:
    """Opens and closes; `left` is what is to be closed."""

    def __init__(self, client: KimaiClient, kimai: str, record: Path, listener: Listener) -> None:
        self.left: dict[Closed, None] = {}
        self._client = client
        self._kimai = kimai
        self._record = record
        self._listener = listener
        self._reasons: list[str] = []

    async def open(self, closed: Sequence[Closed]) -> None:
        self._listener(Warned(f"opened for this run, to be closed at its end: {_named(closed)}"))

        async def one(row: Closed) -> None:
            self.left[row] = None  # before the answer, which may be lost
            body: dict[str, Any] = ({} if row.visible else {"visible": True}) | ({"end": None} if row.end else {})
            refused = await self._client.patch(row.level, row.id, body)
            if refused is not None:
                del self.left[row]
                self._listener(Warned(f"{_name(row)} cannot be opened: {refused.reason}"))

        for level in LEVELS:
            await together(LANES, [row for row in closed if row.level is level], one)

    async def close(self) -> None:
        """Close what is left, from the bottom up; what cannot be closed stays in `left`."""

        async def one(row: Closed) -> None:
            body = ({} if row.visible else {"visible": False}) | ({"end": f"{row.end}T23:59:59"} if row.end else {})
            try:
                refused = await self._client.patch(row.level, row.id, body)
            except StoppedError as error:
                self._reasons.append(str(error))
                return
            if refused is None or refused.status == HTTPStatus.NOT_FOUND:  # gone is as good as closed
                del self.left[row]
            else:
                self._reasons.append(refused.reason)

        for level in reversed(LEVELS):
            await together(LANES, [row for row in self.left if row.level is level], one)

    def settle(self) -> bool:
        """Remove the record if all is closed; otherwise leave the rest in it, and say so."""
        if not self.left:
            with suppress(OSError):  # a record that stays closes once more what is closed
                self._record.unlink(missing_ok=True)
            return True
        with suppress(OutputError):  # the record of all that was opened stays
            write_reopened(self._record, self._kimai, self.left)
        reason = f" ({self._reasons[0]})" if self._reasons else ""
        self._listener(
            Warned(
                f"still open: {_named(self.left)}{reason}; the same command closes them when it is run again, as "
                f"{self._record} says"
            )
        )
        return False


def _named(rows: Collection[Closed]) -> str:
    return listed(_name(row) for row in rows)


def _name(row: Closed) -> str:
    how = " and ".join(([] if row.visible else ["hidden"]) + ([f"ended {row.end}"] if row.end else []))
    return f"{row.level} {shorten(row.name, 60)} (id {row.id}, {how})"
