"""What only the whole file shows: dates that contradict each other, one number for two, names that look alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.tree.lookalikes import lookalikes, same_numbers
from kimai_async.tree.nodes import LEVELS, Level

if TYPE_CHECKING:
    from collections.abc import Callable

    from kimai_async.csvfile.notes import Notes
    from kimai_async.plan.cells import Cells
    from kimai_async.tree.nodes import Tree


class Overview:
    """Looks over a tree once all rows are read; *heading* tells which one names a level."""

    def __init__(
        self, tree: Tree, cells: Cells, heading: Callable[[Level], str], problems: Notes, warnings: Notes
    ) -> None:
        self._tree = tree
        self._cells = cells
        self._heading = heading
        self._problems = problems
        self._warnings = warnings

    def compare(self, *, names: bool) -> None:
        """Note what contradicts or repeats itself; look-alike *names* only if they are told apart."""
        if self._cells:
            self._compare_dates()
            for level in LEVELS:
                self._compare_numbers(level)
        if names:
            self._compare_names()

    def _compare_dates(self) -> None:
        for node in self._tree.level(Level.PROJECT):
            values = node.values or {}
            if "start" in values and "end" in values and values["end"] < values["start"]:
                self._problems.add(
                    self._cells.line(node, "end"),
                    self._cells.heading(Level.PROJECT, "end"),
                    f"{values['end']} is before the start, {values['start']}; correct one",
                )

    def _compare_numbers(self, level: Level) -> None:
        for first, second in same_numbers(self._tree, level):
            self._warnings.add(
                self._cells.line(second, "number"),
                self._cells.heading(level, "number"),
                f"{second.number!r} is also the number of {first.name[:60]!r} on line "
                f"{self._cells.line(first, 'number')}; Kimai refuses it unless it is set to allow that",
            )

    def _compare_names(self) -> None:
        for first, second in lookalikes(self._tree):
            self._warnings.add(
                second.line,
                self._heading(second.level),
                f"{second.name[:60]!r} and {first.name[:60]!r} on line {first.line} differ only in letter case or "
                "accents, and become two; --match-case no makes them one",
            )
