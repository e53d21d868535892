"""What only the whole file shows: dates that contradict each other, numbers cut into one, names that look alike."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from kimai_async.csvfile.notes import About, listed
from kimai_async.fields.catalogue import NUMBER_LENGTHS
from kimai_async.fields.guards import unguarded
from kimai_async.plan.likeness import difference
from kimai_async.text import shorten
from kimai_async.tree.lookalikes import fold, lookalikes
from kimai_async.tree.names import looks_broken
from kimai_async.tree.nodes import LEVELS, Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kimai_async.csvfile.notes import Notes
    from kimai_async.plan.cells import Cells
    from kimai_async.tree.nodes import Node, Tree

LINES = 30
"""How many lines one sentence names."""


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
                self._refuse_cuts(level)
        self._note_broken_names()
        if names:
            self._compare_names()

    def _note_broken_names(self) -> None:
        for level in LEVELS:
            for node in self._tree.level(level):
                how = looks_broken(node.name) or _looks_guarded(node.name)
                if how is not None:
                    text = f"{shorten(node.name, 60)!r} {how}"
                    self._warnings.add(node.line, self._heading(level), text, About.TEXT)

    def _compare_dates(self) -> None:
        for node in self._tree.level(Level.PROJECT):
            values = node.values or {}
            if "start" in values and "end" in values and values["end"] < values["start"]:
                self._problems.add(
                    self._cells.line(node, "end"),
                    self._cells.heading(Level.PROJECT, "end"),
                    f"{values['end']} is before the start, {values['start']}; correct one",
                    About.VALUES,
                )

    def _refuse_cuts(self, level: Level) -> None:
        """Refuse to cut numbers into each other, or into one that another row has as it is."""
        groups = list(self._cut_into_one(level))
        if not groups:
            return
        nodes = sorted((node for group in groups for node in group), key=self._line)
        lines = listed((str(self._line(node)) for node in nodes), LINES)
        one, other = (self._whole(node) for node in sorted(groups[0], key=self._line)[:2])
        what = f"{len(nodes):,} numbers become {len(groups):,}" if len(nodes) > 2 else f"{one} and {other} become one"
        example = f", such as {one} and {other}" if len(nodes) > 2 else ""
        self._problems.add(
            self._line(nodes[0]),
            self._cells.heading(level, "number"),
            f"{what} when cut to the {NUMBER_LENGTHS[level]} characters that Kimai takes{example}: shorten them (lines "
            f"{lines}), or leave them out with --column {level}.number=",
            About.NUMBERS,
        )

    def _cut_into_one(self, level: Level) -> Iterator[Sequence[Node]]:
        """Yield those that would have one number, though the file gives them several."""
        if all(node.level is not level for node in self._cells.whole):
            return
        same: defaultdict[str, list[Node]] = defaultdict(list)
        for node in self._tree.level(level):
            if node.number is not None:
                same[fold(node.number)].append(node)
        for nodes in same.values():
            if len({fold(self._cells.whole.get(node) or node.number or "") for node in nodes}) > 1:
                yield nodes

    def _whole(self, node: Node) -> str:
        return repr(shorten(self._cells.whole.get(node) or node.number or "", 60))

    def _line(self, node: Node) -> int:
        return self._cells.line(node, "number")

    def _compare_names(self) -> None:
        for first, second in lookalikes(self._tree):
            self._warnings.add(
                second.line,
                self._heading(second.level),
                f"{second.name[:60]!r} and {first.name[:60]!r} on line {first.line} "
                f"{difference(first.name, second.name)}, and become two; --match-case no makes them one",
                About.ALIKE,
            )


def _looks_guarded(name: str) -> str | None:
    bare = unguarded(name)
    return (
        None if bare is name else f"is what Kimai's exports make of {shorten(bare, 60)!r}; if it is that, write it so"
    )
