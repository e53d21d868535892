"""Runs a call and prints it: JSON on standard output, words for people on standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import typer

from kimai_async.explorer.output import colored, json_text
from kimai_async.explorer.reader import Reader
from kimai_async.explorer.table import print_table
from kimai_async.kimai.connection import Connection
from kimai_async.text import plain_lines

if TYPE_CHECKING:
    from kimai_async.explorer.calls import Call
    from kimai_async.settings import Access


def show(call: Call, access: Access, *, table: bool) -> None:
    """Make the call and print its answer; raises KimaiImportError."""
    body = anyio.run(_ask, call, access)
    if table:
        print_table(call.path, body)
    else:
        typer.echo(colored(json_text(body)))


async def _ask(call: Call, access: Access) -> Any:
    async with Connection(access, lanes=1, wait=_wait) as connection:
        return await Reader(connection, access, _say).read(call)


async def _wait(seconds: float, why: str) -> None:
    _say(f"waiting {seconds:.1f} s: {why}")
    await anyio.sleep(seconds)


def _say(text: str) -> None:
    typer.echo(plain_lines(text), err=True)
