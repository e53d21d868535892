"""Runs a call and prints it: JSON on standard output, words for people on standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import typer

from kimai_async.errors import StoppedError
from kimai_async.explorer.output import colored, json_text, print_out
from kimai_async.explorer.reader import Reader
from kimai_async.explorer.redaction import redacted
from kimai_async.explorer.table import print_table
from kimai_async.kimai.connection import Connection
from kimai_async.text import plain

if TYPE_CHECKING:
    from kimai_async.explorer.calls import Call
    from kimai_async.explorer.reader import Say
    from kimai_async.settings import Access
    from kimai_async.text import Secrets


def show(call: Call, access: Access, secrets: Secrets, *, table: bool) -> None:
    """Make the call and print its answer without the secrets; raises KimaiImportError."""

    def say(text: str) -> None:
        # One line each: whatever a server has put into it, it begins no line of its own.
        typer.echo(plain(secrets.redact(text)), err=True)

    print_answer(call, redacted(anyio.run(_ask, call, access, say), secrets), table=table)


def print_answer(call: Call, body: Any, *, table: bool) -> None:
    """Print the JSON that answers a call; raises StoppedError if it is nested too deep for that."""
    try:
        if table:
            print_table(call.path, body)
        else:
            print_out(colored(json_text(body)))
    except RecursionError:
        raise StoppedError("The answer is JSON that is nested too deep to be printed.") from None


async def _ask(call: Call, access: Access, say: Say) -> Any:
    async def wait(seconds: float, why: str) -> None:
        say(f"waiting {seconds:.1f} s: {why}")
        await anyio.sleep(seconds)

    async with Connection(access, lanes=1, wait=wait) as connection:
        return await Reader(connection, access, say).read(call)
