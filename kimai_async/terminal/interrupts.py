"""What SIGINT and SIGTERM do, from the first moment of the process to its last."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager, suppress

TYPE_CHECKING = False  # as in `kimai_async`: every import here comes before the first signal that is handled
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import NoReturn

EXIT_INTERRUPTED = 130
NOTHING_SENT = "interrupted; nothing was sent"
_NUMBERS = (signal.SIGINT, signal.SIGTERM)


def end_at_once(sentence: str = NOTHING_SENT, code: int = EXIT_INTERRUPTED) -> NoReturn:
    """End the process with a sentence on stderr, wherever it is: nothing can turn it into a traceback."""
    with suppress(OSError):
        shown = f"\n{sentence}\n" if os.isatty(2) else f"{sentence}\n"  # a terminal shows ^C before it
        os.write(2, shown.encode())
    os._exit(code)


class Interrupts:
    """One handler of both signals, never exchanged; only who hears of a signal changes, and that in one step.

    While nobody listens a signal ends the process at once: before the run because nothing was sent, after it because
    everything is said.
    """

    def __init__(self) -> None:
        self._listener: Callable[[], object] = end_at_once
        self._installed = False

    def install(self) -> None:
        """Handle the signals for the rest of the process's life; for its main thread."""
        self._installed = True
        for number in _NUMBERS:
            signal.signal(number, self._handle)

    @contextmanager
    def heard_by(self, listener: Callable[[], object]) -> Iterator[None]:
        """Let *listener* hear of each signal; it is called between any two steps of the main thread.

        Without `install` the signals are handled in the block only, and not at all outside the main thread.
        """
        before, self._listener = self._listener, listener
        handlers = {}
        try:
            if not self._installed:
                with suppress(ValueError):  # not the main thread
                    handlers = {number: signal.signal(number, self._handle) for number in _NUMBERS}
            yield
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
            if self._listener is listener:
                self._listener = before

    def over(self, code: int) -> None:
        """Let a signal end the process with the exit code that it has anyway: the report is written."""
        self._listener = lambda: os._exit(code)

    def ignore(self) -> None:
        """Ignore the signals: Python, when it ends, would put back what kills the process, ignored ones aside."""
        for number in _NUMBERS:
            signal.signal(number, signal.SIG_IGN)

    def _handle(self, _: int, __: object) -> None:
        self._listener()


interrupts = Interrupts()
"""Those of this process."""


def raise_interrupt() -> NoReturn:
    """Hear of a signal as Python does unless told otherwise: for what must tidy up, such as a prompt without echo."""
    raise KeyboardInterrupt
