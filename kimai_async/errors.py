"""Every error this package raises on purpose; the message is one sentence for the person at the terminal.

KimaiImportError            never raised itself
├── UsageError              exit 2: an option, a setting or a file name is wrong; nothing was sent
├── CsvError                exit 2: the CSV cannot be imported; nothing was sent
├── StoppedError            exit 3: the server cannot be used, or no longer; run again to go on
│   ├── UnreachableError    no connection, unknown host, TLS refused
│   ├── OverloadedError     no usable answer to a question, time and again
│   ├── NotKimaiError       something answers, but it is not Kimai's API
│   └── AccessError         the token or the rights do not suffice
├── OutputError             exit 3: a report or rejects file cannot be written
└── BugError                exit 70: not raised on purpose; `__cause__` is what this program did not foresee

No message holds a token, a password or a header.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class KimaiImportError(Exception):
    """The root of this package's errors; `exit_code` is the process's exit code."""

    exit_code = 3


class UsageError(KimaiImportError):
    """An option, a setting or a file name is wrong; nothing was sent."""

    exit_code = 2


class CsvError(KimaiImportError):
    """The CSV cannot be imported as it is; nothing was sent."""

    exit_code = 2


class StoppedError(KimaiImportError):
    """The run cannot go on; what was created stays, and running again continues it."""


class UnreachableError(StoppedError):
    """No connection can be made: host unknown, connection refused, TLS not trusted."""


class OverloadedError(StoppedError):
    """The server gives no usable answer to a question, time and again."""


class NotKimaiError(StoppedError):
    """Something answers at this URL, but not Kimai's API."""


class AccessError(StoppedError):
    """The server refuses the credentials, or they may not create what the file needs."""


class OutputError(KimaiImportError):
    """A report or a rejects file cannot be written."""


class BugError(KimaiImportError):
    """The program itself failed, or there was too little memory; `__cause__` is the exception."""

    exit_code = 70


def as_error(error: BaseException) -> KimaiImportError:
    """Return what an exception, or the first one of a group, means for a person: a bug, unless it was foreseen."""
    first = first_of(error)
    if isinstance(first, KimaiImportError):
        return first
    if isinstance(first, OSError) and lacks_handles(first):
        return StoppedError("This process may not open enough files; raise the limit (ulimit -n), then run it again.")
    what = "there is too little memory" if isinstance(first, MemoryError) else "this is a bug"
    bug = BugError(f"{what} ({type(first).__name__})")
    bug.__cause__ = error
    return bug


def lacks_handles(error: OSError) -> bool:
    """Tell whether the process, or the whole system, may open no more files."""
    return error.errno in (errno.EMFILE, errno.ENFILE)


def first_of(error: BaseException) -> BaseException:
    """Return the exception, or the first one of a group, rather one that was not foreseen."""
    return min(_leaves(error), key=lambda leaf: isinstance(leaf, KimaiImportError))


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error
