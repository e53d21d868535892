"""What Kimai's exports put before a text that a spreadsheet might run as a formula, or as a command (DDE)."""

from __future__ import annotations

from kimai_async.tree.names import trim

_GUARD = "' "
_BEGINNINGS = tuple("=-@+\t\n\r")


def unguarded(text: str) -> str:
    """Return a trimmed text without the `' ` that Kimai's exports put before it, if it is one that gets it.

    That is a text that begins with `= - @ +`, a tab or a line end, or holds `dde` in any letter case, as `Hidden` and
    `added` do (Kimai's `Utils/StringHelper.php`). In lists of customers, projects and activities all texts get it, in
    lists of time entries the description (`Export/Spreadsheet/CellFormatter/StringFormatter.php`,
    `Export/ColumnConverter.php`).
    """
    if not text.startswith(_GUARD):
        return text
    bare = text.removeprefix(_GUARD)
    return trim(bare) if bare.startswith(_BEGINNINGS) or "dde" in bare.lower() else text
