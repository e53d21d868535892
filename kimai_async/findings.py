"""What a check finds: how a file and the server differ, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kimai_async.tree.nodes import Level

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """The file names it, and the server does not show it; *reason* is said where that cannot be told for sure."""

    kind: ClassVar = "missing"
    level: Level
    path: Path
    line: int
    reason: str | None = None

    def fields(self) -> dict[str, Any]:
        """Return what `--json` says of it beside level and path."""
        return {"line": self.line, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Differs:
    """A field has another value in the file (as a cell could have it) than on the server (Kimai's JSON)."""

    kind: ClassVar = "differs"
    level: Level
    path: Path
    line: int
    id: int
    field: str
    heading: str
    file: str
    server: Any

    def fields(self) -> dict[str, Any]:
        """Return what `--json` says of it beside level and path."""
        return {
            "id": self.id,
            "line": self.line,
            "field": self.field,
            "heading": self.heading,
            "file": self.file,
            "server": self.server,
        }


@dataclass(frozen=True, slots=True)
class Twin:
    """The server has several that this may be, under these ids."""

    kind: ClassVar = "twin"
    level: Level
    path: Path
    line: int
    ids: tuple[int, ...]

    def fields(self) -> dict[str, Any]:
        """Return what `--json` says of it beside level and path."""
        return {"line": self.line, "ids": self.ids}


@dataclass(frozen=True, slots=True)
class Extra:
    """The server has it below a customer or project of the file, and the file does not name it."""

    kind: ClassVar = "extra"
    level: Level
    path: Path
    id: int

    def fields(self) -> dict[str, Any]:
        """Return what `--json` says of it beside level and path."""
        return {"id": self.id}


@dataclass(frozen=True, slots=True)
class HoursOf:
    """No difference: the seconds of a project's time entries in the file, and how many of those are on the server."""

    kind: ClassVar = "hours"
    path: Path
    file: int
    there: int

    def fields(self) -> dict[str, Any]:
        """Return what `--json` says of it beside level and path."""
        return {"file": round(self.file / 3600, 4), "there": round(self.there / 3600, 4)}

    @property
    def level(self) -> Level:
        """Always a project."""
        return Level.PROJECT


Finding = Missing | Differs | Twin | Extra
KINDS = (Missing.kind, Differs.kind, Twin.kind, Extra.kind)


def finding_line(finding: Finding | HoursOf) -> dict[str, Any]:
    """Return a finding as `--json` prints it."""
    return {"type": finding.kind, "level": finding.level, "path": finding.path, **finding.fields()}
