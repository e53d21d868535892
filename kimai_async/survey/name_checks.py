"""Names and numbers of what is to be created, beside what this server takes and what it has."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from kimai_async.csvfile.notes import About
from kimai_async.plan.likeness import difference
from kimai_async.tree.lookalikes import collisions, fold
from kimai_async.tree.names import forbidden, too_short

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kimai_async.csvfile.notes import Notes
    from kimai_async.kimai.messages import Entry
    from kimai_async.plan.build import Plan
    from kimai_async.tree.nodes import Level, Node


class NameChecks:
    """Checks the names and numbers of a plan against one version of Kimai; what it refuses goes to *problems*."""

    def __init__(self, plan: Plan, version: tuple[int, ...], problems: Notes) -> None:
        self._plan = plan
        self._version = version
        self._problems = problems

    def check_name(self, node: Node) -> None:
        """Note a name that this version refuses; of one character no version takes it, which the plan has said."""
        short = too_short(node.name, self._version) if len(node.name) > 1 else None
        reason = short or forbidden(node.name, self._version)
        if reason is not None:
            self._refuse(node.line, self._plan.heading(node.level), node.name, reason)

    def check_number(self, node: Node) -> None:
        """Note a number that this version refuses."""
        number = node.number
        reason = None if number is None else forbidden(number, self._version)
        if reason is not None and number is not None:
            self._refuse(*self._number_cell(node), number, reason)

    def _refuse(self, line: int, column: str, text: str, reason: str) -> None:
        remedy = "lengthen it" if "fewer" in reason else "change it, or give --sanitize"
        self._problems.add(line, column, f"{text[:60]!r} {reason}; {remedy}", About.SERVER)

    def _number_cell(self, node: Node) -> tuple[int, str]:
        cells = self._plan.cells
        return cells.line(node, "number"), cells.heading(node.level, "number")

    def check_renamed(self, renamed: Mapping[Node, str]) -> None:
        """Note the renamed nodes (with their names in the file) that would take another's name."""
        for node, other in collisions(self._plan.tree, renamed):
            self._problems.add(
                node.line,
                self._plan.heading(node.level),
                f"{renamed[node][:60]!r} would become {node.name[:60]!r}, the name on line {other.line}; change one",
                About.NAMES,
            )

    def check_renumbered(self, renumbered: Mapping[Node, str]) -> None:
        """Note the nodes whose changed number another of their level has."""
        for level in {node.level for node in renumbered}:
            for node, other in self._same_numbers(level, renumbered):
                line, column = self._number_cell(node)
                self._problems.add(
                    line,
                    column,
                    f"the number {renumbered[node]!r} would become {node.number!r}, that of {other.name[:60]!r} on "
                    f"line {self._number_cell(other)[0]}; change one",
                    About.NUMBERS,
                )

    def _same_numbers(self, level: Level, renumbered: Mapping[Node, str]) -> Iterable[tuple[Node, Node]]:
        """Yield each changed node with another that has its number now, and had not the same before."""
        having: defaultdict[str, list[Node]] = defaultdict(list)
        for node in self._plan.tree.level(level):
            if node.number is not None:
                having[fold(node.number)].append(node)
        for nodes in having.values():
            for node in nodes:
                before = renumbered.get(node)
                others = (its for its in nodes if its is not node and renumbered.get(its) != before)
                other = None if before is None else next(others, None)
                if other is not None:
                    yield node, other

    def note_changes(self, renamed: Mapping[Node, str], renumbered: Mapping[Node, str], warnings: Notes) -> None:
        """Note what became of which name and number."""
        for node, name in renamed.items():
            column = self._plan.heading(node.level)
            warnings.add(node.line, column, _became(f"{name[:60]!r}", node.name[:60]), About.CHANGED)
        for node, number in renumbered.items():
            line, column = self._number_cell(node)
            warnings.add(line, column, _became(f"the number {number!r}", node.number or ""), About.CHANGED)

    def note_alike(self, alike: Iterable[tuple[Node, Entry]], warnings: Notes) -> None:
        """Note which new names look like one that is there."""
        for node, entry in alike:
            warnings.add(
                node.line,
                self._plan.heading(node.level),
                f"{node.name[:60]!r} becomes a new {node.level} beside {entry.name[:60]!r} (id {entry.id}); the two "
                f"{difference(node.name, entry.name)}, and --match-case no takes them for one",
                About.ALIKE_THERE,
            )


def _became(what: str, new: str) -> str:
    return f"{what} becomes {new!r} (--sanitize)"
