"""What is in the way while a large tree or list grows: Python's garbage collector, and the end of the memory."""

from __future__ import annotations

import gc
from typing import Self

SPARE = 4 * 1024 * 1024


def collector_paused() -> _Paused:
    """Keep the collector from walking what only grows, again and again: a quarter of the time for a million rows.

    Reference counting goes on. Must not be held across an await. Four megabytes are kept aside and given back at the
    end: with no byte left, CPython 3.11 leaves a `with` of a long function in circles without end, because it
    wants to note the place as a new number (`exception_unwind` in `ceval.c`). For the same reason the block should be
    short.
    """
    return _Paused()


class _Paused:
    __slots__ = ("_enabled", "_spare")

    def __enter__(self) -> Self:
        self._enabled = gc.isenabled()
        self._spare: bytes | None = bytes(SPARE)
        gc.disable()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._spare = None
        if self._enabled:
            gc.enable()
