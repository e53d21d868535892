"""Which tags of the file Kimai lacks: it drops from a time entry, without a word, what it does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.csvfile.notes import About, listed
from kimai_async.errors import AccessError
from kimai_async.text import shorten
from kimai_async.tree.lookalikes import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kimai_async.csvfile.notes import Notes
    from kimai_async.kimai.people import PeopleClient


async def missing_tags(
    client: PeopleClient, tags: Mapping[str, int], *, new_tags: bool, heading: str, problems: Notes
) -> list[str]:
    """Return the tags that are to be created, in the file's order; *tags* are the file's, each with its first line.

    Names are compared without letter case and accents, as Kimai does. Hidden tags are not listed and so are among
    those returned: creating them changes nothing. Without *new_tags* each that is not listed is a problem. Raises
    AccessError if this token may not create any, and StoppedError.
    """
    if not tags:
        return []
    there = set(map(fold, await client.tags()))
    missing = [name for name in tags if fold(name) not in there]
    if not new_tags:
        for name in missing:
            text = f"Kimai shows no tag {shorten(name, 60)!r}; create it there, or leave out --no-new-tags"
            problems.add(tags[name], heading, text, About.SERVER)
        return []
    if missing and not await client.may_create_tags():
        many = "a tag" if len(missing) == 1 else f"{len(missing):,} tags"
        raise AccessError(
            f"This token may not create tags (403 Forbidden), but the file has {many} that Kimai does not show: "
            f"{listed(shorten(name, 60) for name in missing)}; use the token of a user whose role has the permission "
            "create_tag, or leave tags out by --column entry.tags= ."
        )
    return missing
