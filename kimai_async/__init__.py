"""Import customers, projects, activities and time entries into Kimai: concurrently, each once, safe to run again.

    report = await import_csv("big.csv", Settings(url="https://kimai.example.com", token=token))

The names below load on first use, so that a command which needs none of them starts fast.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as in typing, which takes longer to import than all that runs before a signal is handled
if TYPE_CHECKING:
    from typing import Any

    from kimai_async.choices import Match, Numbers, OnExisting, OpenEntries
    from kimai_async.errors import (
        AccessError,
        CsvError,
        KimaiImportError,
        NotKimaiError,
        OutputError,
        OverloadedError,
        StoppedError,
        UnreachableError,
        UsageError,
    )
    from kimai_async.events import (
        EntriesFound,
        EntriesRead,
        Event,
        FileRead,
        Found,
        Incomplete,
        Kind,
        LanesChanged,
        LevelFinished,
        LevelStarted,
        Listed,
        Listener,
        ServerKnown,
        Settled,
        TagsMissing,
        TwinsFound,
        Unsettled,
        Waiting,
        Warned,
        ZonesKnown,
    )
    from kimai_async.importer import import_csv
    from kimai_async.report import Report
    from kimai_async.settings import Settings
    from kimai_async.stop import Stop
    from kimai_async.tree.entry import Entry
    from kimai_async.tree.nodes import Level, Node, Tree
    from kimai_async.undo.report import Fate, Planned, Undone, UndoReport
    from kimai_async.undo.undoing import undo_import

__version__ = "0.1.0"

__all__ = [
    "AccessError",
    "CsvError",
    "EntriesFound",
    "EntriesRead",
    "Entry",
    "Event",
    "Fate",
    "FileRead",
    "Found",
    "Incomplete",
    "KimaiImportError",
    "Kind",
    "LanesChanged",
    "Level",
    "LevelFinished",
    "LevelStarted",
    "Listed",
    "Listener",
    "Match",
    "Node",
    "NotKimaiError",
    "Numbers",
    "OnExisting",
    "OpenEntries",
    "OutputError",
    "OverloadedError",
    "Planned",
    "Report",
    "ServerKnown",
    "Settings",
    "Settled",
    "Stop",
    "StoppedError",
    "TagsMissing",
    "Tree",
    "TwinsFound",
    "UndoReport",
    "Undone",
    "UnreachableError",
    "Unsettled",
    "UsageError",
    "Waiting",
    "Warned",
    "ZonesKnown",
    "__version__",
    "import_csv",
    "undo_import",
]

# From the lightest to the heaviest: a name is looked for in that order.
_MODULES = (
    *(
        "errors",
        "choices",
        "tree.nodes",
        "tree.entry",
        "events",
        "report",
        "settings",
        "stop",
        "undo.report",
        "importer",
    ),
    "undo.undoing",
)


def __getattr__(name: str) -> Any:
    if name in __all__:
        from importlib import import_module  # noqa: PLC0415 - as late as what it imports

        for module in _MODULES:
            found = vars(import_module(f"{__name__}.{module}")).get(name)
            if found is not None:
                return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
