"""Files to import."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HEADING = "Customer,Project,Activity"


def write_tree(path: Path, customers: int, projects: int, activities: int) -> list[tuple[str, ...]]:
    """Write a CSV of that many customers, projects each and activities each; return all paths, sorted."""
    lines = [HEADING]
    paths: set[tuple[str, ...]] = set()
    for customer in range(customers):
        for project in range(projects):
            for activity in range(activities):
                names = f"Customer {customer:03}", f"Project {project:03}", f"Activity {activity:03}"
                lines.append(",".join(names))
                paths |= {names[:1], names[:2], names}
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return sorted(paths)


def write_rows(path: Path, *rows: str) -> Path:
    """Write a CSV with the usual heading and these lines."""
    path.write_text("\n".join([HEADING, *rows]) + "\n", "utf-8")
    return path
