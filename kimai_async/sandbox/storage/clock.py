"""What time it is in a sandbox."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """The present, or one moment that lasts."""

    def __init__(self, at: datetime | None = None) -> None:
        self._at = None if at is None else int(at.timestamp())

    def now(self) -> int:
        """Seconds since 1970."""
        return int(time.time()) if self._at is None else self._at


def parse_moment(text: str) -> datetime:
    """Read `2026-11-24T13:50:00Z`; `ValueError` for what is no moment, or one without its offset from UTC."""
    problem = f"{text!r} is no moment: write one with its offset, 2026-11-24T13:50:00Z."
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(problem) from None
    if at.tzinfo is None:
        raise ValueError(problem)
    return at.astimezone(UTC)
