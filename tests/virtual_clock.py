"""An asyncio loop on which an hour passes at once."""

import asyncio
import selectors
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, TypeVarTuple

import anyio

__all__ = ["DeadlockError", "VirtualClockLoop", "run"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class DeadlockError(RuntimeError):
    """Every task waits, and neither a timer nor a socket is left that could wake one."""


class VirtualClockLoop(asyncio.SelectorEventLoop):
    """
    An event loop whose clock stands still while there is something to do, then jumps to the next timer.

    For code in one thread and one process: an answer from a thread, another process or a distant socket comes
    later than every timer, or is a DeadlockError.
    """

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_JumpingSelector(self._jump))
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self._now

    def _jump(self, seconds: float) -> None:
        self._now += seconds


class _JumpingSelector(selectors.BaseSelector):
    """Polls where a real selector would wait, and has the clock put on instead."""

    def __init__(self, jump: Callable[[float], None]) -> None:
        self._real = selectors.DefaultSelector()
        self._jump = jump

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self._real.select(0)
        if not ready:
            if timeout is None:
                raise DeadlockError("every task waits for something that will not happen")
            self._jump(timeout)
        return ready

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def close(self) -> None:
        self._real.close()

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()


def run(async_fn: Callable[[*Ts], Awaitable[T]], *args: *Ts) -> tuple[T, float]:
    """Run *async_fn* to its end on a new loop; return its result and the virtual seconds it took."""

    async def timed() -> tuple[T, float]:
        start = anyio.current_time()
        return await async_fn(*args), anyio.current_time() - start

    return anyio.run(timed, backend="asyncio", backend_options={"loop_factory": VirtualClockLoop})
