"""How often a question is asked, how long is waited in between, and when it is given up."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, TypeVar

import anyio

from kimai_async.errors import OverloadedError
from kimai_async.kimai.outcomes import LONGEST_WAIT, back_off

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

TRIES = 4
"""How often a request that stores nothing is sent before it is given up."""


class PassingError(Exception):
    """A try that failed in a way that may pass.

    `away`: not because of what was asked. `asked` are the seconds for which the server wants to be left alone.
    `hopeless`: the next try would fail as well.
    """

    def __init__(self, reason: str, *, away: bool = False, asked: float | None = None, hopeless: bool = False) -> None:
        super().__init__(reason)
        self.away = away
        self.asked = asked
        self.hopeless = hopeless


class Tries:
    """Asks one server again after whatever may pass, at most four times, each after a back-off.

    A server that is away is asked for *patience* seconds since the first failure, if that is given, and once it was
    given up, not again before it has answered. *wait* sleeps between two tries and is told why.
    """

    def __init__(
        self,
        server: str,
        *,
        patience: float | None,
        wait: Callable[[float, str], Awaitable[None]],
        chance: random.Random | None = None,
    ) -> None:
        self._server = server
        self._patience = patience
        self._wait = wait
        self._chance = chance or random.Random()  # noqa: S311 - jitter, not a secret
        self._given_up = False

    async def until_answered(self, question: str, once: Callable[[], Awaitable[T]]) -> T:
        """Return what one try finds, which raises PassingError until it does; raises OverloadedError."""
        failures = _Failures(self._patience, self._chance, given_up=self._given_up)
        while True:
            try:
                found = await once()
            except PassingError as error:
                failure = error
            else:
                self._given_up = False
                return found
            wait = failures.next_wait(failure)
            if wait is None:
                break
            await self._wait(wait, str(failure))
        self._given_up = failure.away
        tried = f"{failures.count} tries" if failures.count > 1 else "1 try"
        raise OverloadedError(
            f"{self._server} gives no usable answer to {question} ({failure}, {tried}); look at the server, then run "
            "the same command again."
        )


class _Failures:
    """Counts one request's failures and says how long to wait before the next try.

    It is given up after four tries, or after *patience* seconds since the first failure; a server that is away uses up
    patience alone, if there is any, and none if it was given up already.
    """

    def __init__(self, patience: float | None, chance: random.Random, *, given_up: bool) -> None:
        self.count = 0
        self._given_up = given_up
        self._patience = patience
        self._chance = chance
        self._waited = 0.0
        self._since: float | None = None
        self._failed = 0

    def next_wait(self, failure: PassingError) -> float | None:
        """Return the seconds to wait, at least a back-off and never beyond the patience; None to give up."""
        now = anyio.current_time()
        if self._since is None:
            self._since = now
        self.count += 1
        self._failed += not failure.away or self._patience is None
        # What was to be waited counts as well: a run that is to end wakes every wait.
        left = (self._patience or LONGEST_WAIT) - max(now - self._since, self._waited)
        hopeless = failure.hopeless or (failure.away and self._given_up)
        if hopeless or self._failed >= TRIES or left <= 0:
            return None
        wait = min(left, max(back_off(self.count - 1, self._chance), failure.asked or 0.0))
        self._waited += wait
        return wait
