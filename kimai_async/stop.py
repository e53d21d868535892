"""Ending a run from outside."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import Iterator


class Stop:
    """A switch that ends a run: `soon` lets the creates under way finish, `now` cancels them.

    Make it inside a running event loop. Before the first create there is nothing to finish, so `soon` is `now`. While
    `blocking` is true, the file is being read, and the loop hears of nothing.
    """

    def __init__(self) -> None:
        self.requested = False
        self.creating = False
        self.blocking = False
        self.scope = anyio.CancelScope()
        self._event = anyio.Event()
        self._reading: set[anyio.CancelScope] = set()

    def soon(self) -> None:
        """Send no new request, let those under way finish, then end."""
        self.requested = True
        self._event.set()
        for scope in self._reading:
            scope.cancel()
        if not self.creating:
            self.scope.cancel()

    def now(self) -> None:
        """End at once; what was under way may be stored or not."""
        self.soon()
        self.scope.cancel()

    @contextmanager
    def block(self) -> Iterator[None]:
        """Say that the event loop stands still, and nothing was sent: only a KeyboardInterrupt ends the run here."""
        self.blocking = True
        try:
            yield
        finally:
            self.blocking = False

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Leave the block at once when the run is to end: what only reads needs not be waited for."""
        with anyio.CancelScope() as scope:
            if self.requested:
                scope.cancel()
            self._reading.add(scope)
            try:
                yield
            finally:
                self._reading.discard(scope)

    async def sleep(self, seconds: float) -> None:
        """Sleep, but no longer than until the run is to end."""
        with anyio.move_on_after(seconds):
            await self._event.wait()
