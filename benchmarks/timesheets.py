"""Time entries: the file that is imported, and what the server of the benchmarks answers about them."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from benchmarks.workload import Workload

if TYPE_CHECKING:
    from pathlib import Path

HEADING = ("Date", "From", "To", "User", "Customer", "Project", "Activity", "Description")
PEOPLE = 200
A_DAY = 8
"""Entries of one person on one day, an hour each."""

FIELDS = ("begin", "end", "project", "activity", "description", "tags", "user", "billable", "exported", "hourlyRate")
_FIRST = datetime(2016, 1, 4, 8, tzinfo=UTC)


def begin_of(index: int) -> datetime:
    """Return when an entry begins: everybody's eight hours of a day, then the next day."""
    day, rest = divmod(index, PEOPLE * A_DAY)
    return _FIRST + timedelta(days=day, hours=rest % A_DAY)


def user_of(index: int) -> int:
    """Return the id of an entry's user."""
    return index % (PEOPLE * A_DAY) // A_DAY + 2


def entry_body(index: int) -> dict[str, Any]:
    """Return what a client other than kimai-aimport sends for one entry: the same fields that it sends."""
    begin = begin_of(index)
    return {
        "project": 1,
        "activity": 1,
        "begin": f"{begin:%Y-%m-%dT%H:%M:%S}+00:00",
        "end": f"{begin + timedelta(hours=1):%Y-%m-%dT%H:%M:%S}+00:00",
        "user": user_of(index),
        "description": f"Ticket {index:07}",
    }


def write_entries(path: Path, entries: int) -> Path:
    """Write a CSV of so many entries, all of one activity: an import of it is next to nothing but their creates."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADING)
        for index in range(entries):
            begin = begin_of(index)
            times = (f"{begin:%Y-%m-%d}", f"{begin:%H:%M}", f"{begin + timedelta(hours=1):%H:%M}")
            writer.writerow((*times, f"user{user_of(index)}", *Workload(1, 1).path(0), f"Ticket {index:07}"))
    return path


def users() -> list[dict[str, Any]]:
    """Return all users, as Kimai 2.65 lists them."""
    return [
        {"id": number, "username": f"user{number}", "alias": None, "title": None, "enabled": True, "timezone": "UTC"}
        | {"email": f"user{number}@example.com", "systemAccount": False}
        for number in range(1, PEOPLE + 2)
    ]


class Booked:
    """The entries that were created, each as it is listed; `answer` gives the pages of Kimai's list."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def store(self, sent: dict[str, Any]) -> bytes:
        """Store an entry and return it as JSON."""
        begin, end = (datetime.fromisoformat(sent[name]) for name in ("begin", "end"))
        shown = {
            "id": len(self.lines) + 1,
            "user": sent.get("user", 1),
            "tags": [],
            "description": sent.get("description"),
            **{name: sent[name] for name in ("project", "activity")},
            "begin": f"{begin:%Y-%m-%dT%H:%M:%S}+0000",
            "end": f"{end:%Y-%m-%dT%H:%M:%S}+0000",
            "duration": int((end - begin).total_seconds()),
            "billable": True,
            "exported": False,
            "metaFields": [],
        }
        line = json.dumps(shown, separators=(",", ":")).encode()
        self.lines.append(line)
        return line

    def page(self, query: str) -> tuple[bytes, dict[str, int]]:
        """Return the body of a page and its headers: by id, up or down."""
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        number, size = int(asked.get("page", 1)), int(asked.get("size", 50))
        start = (number - 1) * size
        if asked.get("order") == "DESC":
            last = len(self.lines) - start
            lines = self.lines[max(last - size, 0) : max(last, 0)][::-1]
        else:
            lines = self.lines[start : start + size]
        pages = max(-(-len(self.lines) // size), 1)
        return b"[%s]" % b",".join(lines), {"X-Page": number, "X-Total-Count": len(self.lines), "X-Total-Pages": pages}
