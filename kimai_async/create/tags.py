"""Creating the tags that time entries will carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.events import Warned
from kimai_async.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kimai_async.events import Listener
    from kimai_async.kimai.people import PeopleClient
    from kimai_async.stop import Stop


async def create_tags(client: PeopleClient, names: Iterable[str], stop: Stop, listener: Listener) -> dict[str, str]:
    """Create tags, one after another, and return those that Kimai refuses, with its reasons; each is told too.

    At once they would race: Kimai answers 500 to who comes second. Ends early when the run is to end. Raises
    StoppedError.
    """
    refused: dict[str, str] = {}
    for name in names:
        if stop.requested:
            break
        refusal = await client.create_tag(name)
        if refusal is not None:
            refused[name] = refusal.reason
            listener(
                Warned(f"tag {shorten(name, 60)!r} is left out of time entries, as Kimai refuses it: {refusal.reason}")
            )
    return refused
