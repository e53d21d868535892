"""The wait that all lanes share after an answer that asked for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from kimai_async.events import Waiting
from kimai_async.kimai.outcomes import back_off

if TYPE_CHECKING:
    import random

    from kimai_async.events import Listener
    from kimai_async.stop import Stop


class Pause:
    """Holds every lane back until the server may be asked again.

    `give_up_after` is in seconds without any answer that is usable; `extend` then returns False.
    """

    def __init__(self, stop: Stop, listener: Listener, *, give_up_after: float, chance: random.Random) -> None:
        self._stop = stop
        self._listener = listener
        self._give_up_after = give_up_after
        self._chance = chance
        self._until = 0.0
        self._away_since: float | None = None
        self._waits = 0

    @property
    def holds(self) -> bool:
        """Whether lanes are to wait now."""
        return not self._stop.requested and anyio.current_time() < self._until

    async def wait(self) -> None:
        """Sleep until the shared wait is over or the run is to end."""
        while not self._stop.requested and (seconds := self._until - anyio.current_time()) > 0:
            await self._stop.sleep(seconds)

    def extend(self, reason: str, asked: float | None, sent_at: float) -> bool:
        """Make all lanes wait for the seconds that an answer *asked* for, and at least for a back-off.

        Never beyond `give_up_after`; returns False once the server has stayed away for that long.
        """
        now = anyio.current_time()
        if self._away_since is None:
            self._away_since = now
        left = self._away_since + self._give_up_after - now
        if left <= 0:
            return False
        # Requests that were under way together fail together: one reason to back off, not one a lane.
        together = sent_at < self._until
        wait = min(left, max(asked or 0.0, 0.0 if together else back_off(self._waits, self._chance)))
        if now + wait > self._until:
            self._waits += not together
            self._until = now + wait
            self._listener(Waiting(wait, reason))
        return True

    def over(self) -> None:
        """Note that the server gave an answer that is usable."""
        self._away_since = None
        self._waits = 0
