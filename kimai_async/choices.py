"""What options choose from; apart from the settings, so that `--help` need not load what those check against."""

from __future__ import annotations

from enum import StrEnum

MOST_LANES = 256


class Numbers(StrEnum):
    """What new rows get as their number."""

    CONTINUE = "continue"
    NONE = "none"


class OnExisting(StrEnum):
    """What becomes of what is on the server already."""

    SKIP = "skip"
    UPDATE = "update"
    FAIL = "fail"


class Match(StrEnum):
    """By what the file's customers, projects and activities are told apart and found on the server."""

    NAME = "name"
    NUMBER = "number"


class OpenEntries(StrEnum):
    """What becomes of time entries without an end."""

    REFUSE = "refuse"
    SKIP = "skip"
    IMPORT = "import"
