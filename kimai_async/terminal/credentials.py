"""Where the token comes from."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from kimai_async.errors import UsageError
from kimai_async.terminal.interrupts import EXIT_INTERRUPTED, NOTHING_SENT, interrupts, raise_interrupt
from kimai_async.text import plain

if TYPE_CHECKING:
    from pathlib import Path

_NONE_GIVEN = "No token: set KIMAI_TOKEN, or give --token-file; Kimai makes tokens under your name, API Access."


def find_token(option: str | None, file: Path | None, variable: str | None, *, may_ask: bool) -> str:
    """Return the token: `--token`, else the first line of `--token-file`, else `KIMAI_TOKEN`, else ask on a terminal.

    Raises UsageError, without the token, if there is none or the file cannot be read, and typer.Exit on Ctrl-C.
    """
    if option:
        return option.strip()
    if file is not None:
        return _read(file)
    if variable:
        return variable.strip()
    if may_ask and sys.stdin.isatty():
        return _ask()
    raise UsageError(_NONE_GIVEN)


def _ask() -> str:
    try:
        with interrupts.heard_by(raise_interrupt):  # the terminal must get its echo back
            answer: str = typer.prompt("Kimai API token", hide_input=True, err=True)
    except (typer.Abort, KeyboardInterrupt) as abort:
        if isinstance(abort.__context__, EOFError):
            raise UsageError(_NONE_GIVEN) from None
        typer.echo(NOTHING_SENT, err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    return answer.strip()


def _read(file: Path) -> str:
    try:
        lines = file.read_text("utf-8").split("\n", 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = (getattr(error, "strerror", None) or "it is not text").lower()
        raise UsageError(f"--token-file {plain(str(file))} cannot be read: {reason}.") from None
    token = lines[0].strip()
    if not token:
        raise UsageError(f"--token-file {plain(str(file))} begins with an empty line; the token goes there.")
    return token
