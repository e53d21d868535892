"""The customers, projects and activities that are imported, listed and planned; the same on every machine."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADING = ("Customer", "Project", "Activity")
ACTIVITIES_A_PROJECT = 100
PROJECTS_A_CUSTOMER = 10


def activity_body(index: int) -> dict[str, object]:
    """Return what a client other than kimai-aimport sends for one activity: the same fields that it sends."""
    return {
        "name": f"Activity {index:07}",
        "visible": True,
        "billable": True,
        "number": f"{index + 1:04}",
        "project": 1,
    }


@dataclass(frozen=True, slots=True)
class Workload:
    """A file of *rows* rows that name *activities* activities, each at least once, in no order."""

    rows: int
    activities: int

    @property
    def projects(self) -> int:
        """How many projects the activities are spread over."""
        return math.ceil(self.activities / ACTIVITIES_A_PROJECT)

    @property
    def customers(self) -> int:
        """How many customers the projects are spread over."""
        return math.ceil(self.projects / PROJECTS_A_CUSTOMER)

    def path(self, activity: int) -> tuple[str, str, str]:
        """Return the names of an activity's customer and project, and its own."""
        project = activity % self.projects
        return (
            f"Customer {project % self.customers:05}",
            f"Project {project:06}",
            f"Activity {activity:07}",
        )

    def __iter__(self) -> Iterator[tuple[str, str, str]]:
        """Yield the rows; one that was there already comes back at a distance, as in a time sheet."""
        # A step without a common divisor visits every row once, in an order that no cache foresees.
        step = next(
            step for step in range(int(self.rows * 0.618) | 1, 2 * self.rows + 2) if math.gcd(step, self.rows) == 1
        )
        for row in range(self.rows):
            where = row * step % self.rows
            yield self.path(where if where < self.activities else where * 7919 % self.activities)

    def write(self, path: Path) -> Path:
        """Write the CSV and return its path."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADING)
            writer.writerows(self)
        return path


@dataclass(frozen=True, slots=True)
class OneProject:
    """A file of so many new activities of one project: an import of it is next to nothing but creates."""

    rows: int

    def write(self, path: Path) -> Path:
        """Write the CSV and return its path."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADING)
            writer.writerows(("Customer", "Project", activity_body(index)["name"]) for index in range(self.rows))
        return path
