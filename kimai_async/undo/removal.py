"""Deletes or hides what may go, bottom-up; looks at each thing once more right before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from kimai_async.create.pause import Pause
from kimai_async.errors import AccessError, OverloadedError, StoppedError
from kimai_async.events import LevelFinished, LevelStarted
from kimai_async.kimai.deletion import Gone, Lost
from kimai_async.kimai.outcomes import Fatal, Refusal
from kimai_async.kimai.together import together
from kimai_async.text import shorten
from kimai_async.tree.nodes import LEVELS, Level
from kimai_async.undo.comparison import difference
from kimai_async.undo.report import Fate, Undone
from kimai_async.undo.survey import foreign_text

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Collection

    from kimai_async.kimai.client import KimaiClient
    from kimai_async.kimai.deletion import DeletionClient
    from kimai_async.stop import Stop
    from kimai_async.undo.record import Made, Record
    from kimai_async.undo.report import Planned, UndoEvent

TRIES = 5
"""Times that the deletion of one thing is sent without an answer that says what became of it."""

_BELOW = {Level.CUSTOMER: Level.PROJECT, Level.PROJECT: Level.ACTIVITY}


class Removal:
    """Deletes what a plan lets go, or with *hide* hides it; `error` says why it ended early, if it did.

    Between the look at something and its deletion nothing is waited for, so that hardly anybody can book on it
    meanwhile; to close that window altogether Kimai has no means.
    """

    def __init__(
        self,
        record: Record,
        client: KimaiClient,
        deletion: DeletionClient,
        *,
        hide: bool,
        lanes: int,
        give_up_after: float,
        stop: Stop,
        emit: Callable[[UndoEvent], None],
        chance: random.Random,
    ) -> None:
        self.error: StoppedError | None = None
        self._record = record
        self._client = client
        self._deletion = deletion
        self._hide = hide
        self._lanes = lanes
        self._stop = stop
        self._emit = emit
        self._pause = Pause(stop, emit, give_up_after=give_up_after, chance=chance)
        self._kept: set[tuple[Level, int]] = set()

    @property
    def ended(self) -> bool:
        """Whether nothing more may be sent."""
        return self.error is not None or self._stop.requested

    async def run(self, plan: Planned) -> None:
        """Let everything go that may, level by level from the time entries up."""
        self._kept = {(made.level, made.id) for made in plan.stay}
        for level in reversed(Level):
            rows = plan.go[level]
            if rows and not self.ended:
                self._emit(LevelStarted(level, len(rows)))
                started = anyio.current_time()
                await together(self._lanes, rows, self._one)
                self._emit(LevelFinished(level, anyio.current_time() - started))

    async def _one(self, made: Made) -> None:
        if self.ended:
            return
        try:
            await (self._hide_one(made) if self._hide else self._delete_one(made))
        except StoppedError as error:
            self.error = self.error or error

    async def _hide_one(self, made: Made) -> None:
        look = await self._look(made)
        if look is not None:
            self._settle(made, *look)
            return
        refused = await self._deletion.hide(made.level, made.id)
        self._settle(made, Fate.HIDDEN if refused is None else Fate.KEPT, _refused(refused))

    async def _delete_one(self, made: Made) -> None:
        reason: str | None = None
        sent, failed = False, 0
        while failed < TRIES:
            await self._pause.wait()
            if self.ended:
                return
            look = await self._look(made)
            if look is not None:
                fate, reason = look
                self._settle(made, Fate.DELETED if sent and fate is Fate.GONE else fate, reason)
                return
            if self.ended:
                return
            sent, sent_at = True, anyio.current_time()
            match await self._deletion.delete(made.level, made.id):
                case Gone():
                    self._pause.over()
                    self._settle(made, Fate.DELETED)
                    return
                case Refusal() as refused:
                    self._pause.over()
                    self._settle(made, Fate.KEPT, _refused(refused))
                    return
                case Fatal(why):
                    raise AccessError(f"The server takes no more deletions ({why}).")
                case Lost(reason, wait, away):
                    failed += not away
                    if not self._pause.extend(reason, wait, sent_at):
                        raise OverloadedError(f"The server has given no usable answer for long enough ({reason}).")
        self._settle(made, Fate.KEPT, f"the server does not delete it: {reason}, {TRIES} times")

    def _settle(self, made: Made, fate: Fate, reason: str | None = None) -> None:
        if fate is Fate.KEPT:
            self._kept.add((made.level, made.id))
        self._emit(Undone(fate, made, reason))

    async def _look(self, made: Made) -> tuple[Fate, str | None] | None:
        """Return why something is not to be sent; None if it may go, as far as can be seen at this moment."""
        shown = await self._deletion.shown(made.level, made.id)
        if shown is None or (self._hide and shown.get("visible") is False):
            return Fate.GONE, None
        reason = difference(made, shown)
        if reason is None and made.level in LEVELS:
            reason = await self._hold(made)
        return None if reason is None else (Fate.KEPT, reason)

    async def _hold(self, made: Made) -> str | None:
        """Return what keeps a customer, project or activity: what is below it, rates, and last of all time entries."""
        return (
            await self._hold_below(made)
            or ("it was given rates" if await self._deletion.has_rates(made.level, made.id) else None)
            or await self._hold_by_bookings(made)
        )

    async def _hold_below(self, made: Made) -> str | None:
        child = _BELOW.get(made.level)
        if child is None:
            return None
        for entry in await self._client.entries_below(child, [made.id]):
            if (child, entry.id) in self._kept:
                return f"its {child} {shorten(entry.name, 60)!r} (id {entry.id}) stays"
            if not (self._hide and not entry.visible):
                return foreign_text(child, entry)
        return None

    async def _hold_by_bookings(self, made: Made) -> str | None:
        if made.level is Level.CUSTOMER:  # without projects it has none
            return None
        own: Collection[int] = self._record.made[Level.ENTRY] if self._hide else ()
        found = await self._deletion.bookings(made.level, [made.id], but=own, most=1)
        return "there are time entries on it by now" if found else None


def _refused(refusal: Refusal | None) -> str | None:
    return None if refusal is None else f"the server refuses it: {refusal.reason}"
