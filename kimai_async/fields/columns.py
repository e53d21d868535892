"""What the columns of a file hold, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from kimai_async.tree.nodes import LEVELS, Level

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_OF_EVERY_LIST = {"budget", "timeBudget", "budgetType", "color", "visible", "comment", "billable"}
"""Fields that each of Kimai's lists of customers, projects or activities has a column for."""


class Target(NamedTuple):
    """What a column holds: a level's name (`key` is empty), or one of its fields (`vatId`, `meta.cost_centre`)."""

    level: Level
    key: str = ""

    def __str__(self) -> str:
        return f"{self.level}.{self.key}" if self.key else str(self.level)


@dataclass(frozen=True, slots=True)
class Columns:
    """The headings of a file and what each means; None stands for a column that is ignored.

    `hints` says of ignored headings, by their position, how they would be understood.
    """

    headings: Sequence[str]
    targets: Sequence[Target | None]
    hints: Mapping[int, str] = field(default_factory=dict)

    def index(self, level: Level) -> int | None:
        """Return where the names of a level stand, or None."""
        target = Target(level)
        return self.targets.index(target) if target in self.targets else None

    @property
    def fields(self) -> list[tuple[int, Target]]:
        """The columns that hold anything but names of customers, projects and activities, with their positions."""
        return [
            (index, target)
            for index, target in enumerate(self.targets)
            if target is not None and target.key and target.level is not Level.ENTRY
        ]

    @property
    def of_entries(self) -> dict[str, int]:
        """Where what is said of time entries stands: Kimai's name for it, or ours, and the column's position."""
        return {
            target.key: index
            for index, target in enumerate(self.targets)
            if target is not None and target.level is Level.ENTRY
        }

    @property
    def are_kimais(self) -> bool:
        """Whether these are the columns of a list of customers, projects or activities that Kimai exported.

        Told, in any language, by its ids and by fields that stand together nowhere else (Kimai's `Entity/Customer.php`,
        `Project.php`, `Activity.php`).
        """
        keys = [{target.key for target in self.targets if target and target.level is level} for level in LEVELS]
        return "ID" in self.headings and any(each >= _OF_EVERY_LIST for each in keys)
