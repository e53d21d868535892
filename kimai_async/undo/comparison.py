"""Whether something is still as the run created it: pure, one sentence if it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kimai_async.kimai.messages import PARENT_FIELDS
from kimai_async.kimai.stored import changed_fields
from kimai_async.kimai.timesheets import seconds
from kimai_async.text import shorten
from kimai_async.tree.names import trim
from kimai_async.tree.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kimai_async.undo.record import Made

OTHER_NAME = "it is called"
OTHER_PLACE = "it is on another project"
"""How sentences about quite another thing begin: most of them not fitting, it is another server."""


def difference(made: Made, shown: Mapping[str, Any]) -> str | None:
    """Return what the server's JSON says otherwise than the record, as a part of a sentence; None if nothing."""
    if made.level is Level.ENTRY:
        return _entry_difference(made, shown)
    name = trim(str(shown.get("name")))
    if name != made.name:
        return f"{OTHER_NAME} {shorten(name, 60)!r} now"
    parent = shown.get(PARENT_FIELDS.get(made.level, ""))
    if parent != made.parent:
        above = made.level.parent
        return f"it belongs to another {above} now" if parent is not None else f"it belongs to no {above} now"
    if made.stored is not None:
        changed = [shorten(key, 40) for key in changed_fields(made.stored, shown)]
        if changed:
            return f"it was changed since: {', '.join(changed)}"
    return None


def _entry_difference(made: Made, shown: Mapping[str, Any]) -> str | None:
    if made.stored is None:
        return "the record does not say what it was"
    if shown.get("project") != made.stored.get("project"):
        return f"{OTHER_PLACE} now"
    now: dict[str, Any] = {key: shown.get(key) for key in ("user", "activity")}
    now["description"] = trim(shown.get("description") or "") or None
    for key in ("begin", "end"):
        now[key] = None if shown.get(key) is None else seconds(str(shown[key]))
    tags = shown.get("tags")
    now["tags"] = sorted(map(str, tags)) if isinstance(tags, list) else []
    now |= {key: shown.get(key) for key in ("billable", "exported")}
    changed = [key for key, value in now.items() if key in made.stored and made.stored[key] != value]
    return f"it was changed since: {', '.join(changed)}" if changed else None
