"""Names and numbers of what is to be created, beside what this server takes and what it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.csvfile.notes import Notes
from kimai_async.tree.lookalikes import collisions
from kimai_async.tree.names import forbidden, too_short

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kimai_async.kimai.messages import Entry
    from kimai_async.plan.build import Plan
    from kimai_async.tree.nodes import Node


class NameChecks:
    """Checks the names of a plan against one version of Kimai; what it refuses is in `problems`."""

    def __init__(self, plan: Plan, version: tuple[int, ...]) -> None:
        self.problems = Notes()
        self._plan = plan
        self._version = version

    def check(self, nodes: Iterable[Node]) -> None:
        """Note the names and numbers that this version refuses."""
        for node in nodes:
            reason = too_short(node.name, self._version) or forbidden(node.name, self._version)
            if reason is not None:
                self._refuse(node.line, self._plan.heading(node.level), node.name, reason)
            reason = None if node.number is None else forbidden(node.number, self._version)
            if reason is not None and node.number is not None:
                cells = self._plan.cells
                self._refuse(cells.line(node, "number"), cells.heading(node.level, "number"), node.number, reason)

    def _refuse(self, line: int, column: str, text: str, reason: str) -> None:
        remedy = "change it" if "fewer" in reason else "change it, or give --sanitize"
        self.problems.add(line, column, f"{text!r} {reason}; {remedy}")

    def check_renamed(self, renamed: Mapping[Node, str]) -> None:
        """Note the renamed nodes (with their names in the file) that would take another's name."""
        for node, other in collisions(self._plan.tree, renamed):
            self.problems.add(
                node.line,
                self._plan.heading(node.level),
                f"{renamed[node]!r} would become {node.name!r}, the name on line {other.line}; change one",
            )

    def renamed(self, renamed: Mapping[Node, str]) -> Notes:
        """Return what became of which name."""
        notes = Notes()
        for node, name in renamed.items():
            column = self._plan.heading(node.level)
            notes.add(node.line, column, f"{name[:60]!r} becomes {node.name[:60]!r} (--sanitize)")
        return notes

    def alike(self, alike: Iterable[tuple[Node, Entry]]) -> Notes:
        """Return which new names look like one that is there."""
        notes = Notes()
        for node, entry in alike:
            notes.add(
                node.line,
                self._plan.heading(node.level),
                f"{node.name[:60]!r} becomes a new {node.level} beside {entry.name[:60]!r} (id {entry.id}); only "
                "letter case or accents differ, and --match-case no takes them for one",
            )
        return notes
