"""How many creates may be under way: fewer when the server is overloaded, slowly more again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from kimai_async.events import LanesChanged

if TYPE_CHECKING:
    from kimai_async.events import Listener
    from kimai_async.tree.entry import Item

PROBE_AFTER = 5.0
"""Seconds without trouble after which one lane more than was known to be too many is tried; doubled when it fails."""

PROBE_AFTER_MOST = 60.0

BUDGET = 500
RETRY_COST = 5
"""A retry's part of the budget, as in the standard retry mode of AWS's SDKs; a row that gets in gives it back."""


class Lanes:
    """A limiter whose bound halves on overload and grows by one (AIMD), between 1 and *most*.

    Up to the bound that was last too much it grows by one for every full turn of answers, beyond it only after a
    quiet time. A budget over the whole run bounds retries: once it is spent, one lane is left until rows get in.
    """

    def __init__(self, most: int, listener: Listener) -> None:
        self.most = most
        self.limiter = anyio.CapacityLimiter(most)
        self._listener = listener
        self._ceiling = most
        self._probe_after = PROBE_AFTER
        self._changed_at = float("-inf")
        self._turn = 0
        self._budget = BUDGET
        self._retried: set[Item] = set()

    @property
    def in_use(self) -> int:
        """The bound in force."""
        return int(self.limiter.total_tokens)

    def overloaded(self, sent_at: float) -> None:
        """Halve the bound, unless the request that failed was sent before it was last changed."""
        if sent_at <= self._changed_at:
            return
        if self.in_use > self._ceiling:  # the lane that was tried was one too many
            self._probe_after = min(2 * self._probe_after, PROBE_AFTER_MOST)
        self._ceiling = max(1, self.in_use - 1)
        self._set(max(1, self.in_use // 2))

    def retry(self, node: Item) -> None:
        """Charge the budget for a create that must be sent again."""
        self._budget = max(0, self._budget - RETRY_COST)
        self._retried.add(node)
        if not self._budget:
            self._set(1)

    def answered(self, node: Item) -> None:
        """Note a usable answer: refill the budget and perhaps allow one lane more."""
        self._turn += 1
        self._budget = min(BUDGET, self._budget + 1)
        if node in self._retried:
            self._retried.discard(node)
            self._budget = min(BUDGET, self._budget + RETRY_COST)
        if self.in_use == self.most or self._budget < RETRY_COST:
            return
        quiet = anyio.current_time() - self._changed_at >= self._probe_after
        if quiet if self.in_use >= self._ceiling else self._turn >= self.in_use:
            self._set(self.in_use + 1)

    def _set(self, lanes: int) -> None:
        self._turn = 0
        self._changed_at = anyio.current_time()
        if lanes != self.in_use:
            self.limiter.total_tokens = lanes
            self._listener(LanesChanged(lanes, self.most))
