"""Numbers that another row has: what Kimai would refuse for its number is refused before anything is sent.

Kimai takes each number of a level once, in whatever letter case, unless it is set to allow twins (`customer.rules.` and
`project.`, `activity.allow_duplicate_number`). That cannot be read over the API, but a create without a name and with a
number that is taken tells it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.errors import AccessError
from kimai_async.kimai.messages import Entry
from kimai_async.text import shorten
from kimai_async.tree.lookalikes import fold
from kimai_async.tree.names import FORBIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kimai_async.kimai.client import KimaiClient
    from kimai_async.plan.cells import Cells
    from kimai_async.survey.listing import Listing
    from kimai_async.tree.nodes import Level, Node

Wish = tuple["Node", Entry | None]
"""A node that is to get its number, and its row on the server if it is there."""


async def taken_numbers(
    client: KimaiClient, level: Level, wishes: Iterable[Wish], listing: Listing, cells: Cells
) -> Mapping[Node, str]:
    """Return those whose number Kimai would refuse, and why; the first that wants a number gets it.

    Raises StoppedError.
    """
    wishes = list(wishes)
    holders = _holders(wishes, listing) if wishes else {}
    said = await _ask(client, level, holders, listing) if holders else None
    if said is None:
        return {}
    return {node: _why(node, holder, said, cells) for node, holder in holders.items()}


def _holders(wishes: Iterable[Wish], listing: Listing) -> dict[Node, Entry | Node]:
    """Return who has, or gets before, the number that a node wants: a row on the server, or a node of the file."""
    there = {fold(entry.number): entry for entry in listing if entry.number is not None}
    promised: dict[str, Node] = {}
    freed: set[int] = set()
    found: dict[Node, Entry | Node] = {}
    for node, own in wishes:
        number = fold(node.number or "")
        entry = there.get(number)
        # A number that another row gives up is free for what is created afterwards.
        if (
            entry is not None
            and not (own is not None and entry.id == own.id)
            and not (own is None and entry.id in freed)
        ):
            found[node] = entry
        elif number in promised:
            found[node] = promised[number]
        else:
            promised[number] = node
            if own is not None:
                freed.add(own.id)
    return found


async def _ask(
    client: KimaiClient, level: Level, holders: Mapping[Node, Entry | Node], listing: Listing
) -> tuple[str, str] | None:
    """Return a number that is taken and what Kimai says of it, with `""` where that cannot be asked; None if it may be.

    Without a number on the server there is nothing to ask about, and Kimai's own setting is that none may be taken.
    """
    first = (holder.number for holder in holders.values() if isinstance(holder, Entry))
    usable = (number for number in (*first, *listing.numbers()) if number and not set(FORBIDDEN) & set(number))
    number = next(usable, None)
    if number is None:
        return "", ""
    try:
        form = await client.form(level, {"number": number})
    except AccessError:  # may change, though not create
        return "", ""
    return (number, form.errors["number"]) if "number" in form.errors else None


def _why(node: Node, holder: Entry | Node, said: tuple[str, str], cells: Cells) -> str:
    number, whole = node.number or "", cells.whole.get(node)
    if not isinstance(holder, Entry):
        return (
            f"number: {shorten(whole or number, 60)!r} is also the number of {shorten(holder.name, 60)!r} on line "
            f"{cells.line(holder, 'number')}, and Kimai takes each once; give another."
        )
    asked, answer = said
    text = answer.replace(asked, number) if answer else f"The number {number} is already used."
    remedy = "; give another." if whole is None else f", and {shorten(whole, 60)!r} is cut to it; shorten it."
    return f"number: {text} It is that of {shorten(holder.name, 60)!r} (id {holder.id}){remedy}"
