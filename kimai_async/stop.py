"""Ending a run from outside."""

from __future__ import annotations

import anyio


class Stop:
    """A switch that ends a run: `soon` lets the creates under way finish, `now` cancels them.

    Make it inside a running event loop. Before the first create there is nothing to finish, so `soon` is `now`.
    """

    def __init__(self) -> None:
        self.requested = False
        self.creating = False
        self.scope = anyio.CancelScope()
        self._event = anyio.Event()

    def soon(self) -> None:
        """Send no new request, let those under way finish, then end."""
        self.requested = True
        self._event.set()
        if not self.creating:
            self.scope.cancel()

    def now(self) -> None:
        """End at once; what was under way may be stored or not."""
        self.soon()
        self.scope.cancel()

    async def sleep(self, seconds: float) -> None:
        """Sleep, but no longer than until the run is to end."""
        with anyio.move_on_after(seconds):
            await self._event.wait()
