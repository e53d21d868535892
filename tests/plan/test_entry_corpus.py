"""Lists of time entries as they really come: each CSV under `tests/csv/entries/` is read as its JSON says.

Adding a case is adding two files. The JSON says where the format comes from, which options the file needs (those of
`Rules`, and `columns`), and what is to come out: entries, people, tags, hours, warnings.
"""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kimai_async.choices import OpenEntries
from kimai_async.csvfile.table import Table
from kimai_async.plan.build import build
from kimai_async.plan.entries import looks_like_entries, read_entries
from kimai_async.settings import Rules

CSV = Path(__file__).parents[1] / "csv" / "entries"
NAMES = sorted(path.stem for path in CSV.glob("*.csv"))
KEYS = {"source", "options", "entries", "people", "tags", "hours", "skipped", "warnings"}


def told(name: str) -> dict[str, Any]:
    """What is read from a file, in the words of its JSON."""
    expected = json.loads((CSV / f"{name}.json").read_text("utf-8"))
    options = dict(expected["options"])
    columns = options.pop("columns", {})
    if "open_entries" in options:
        options["open_entries"] = OpenEntries(options["open_entries"])
    rules = Rules(timesheets=True, **options)
    table = Table(io.BytesIO((CSV / f"{name}.csv").read_bytes()), name="a.csv", mapping=columns, timesheets=True)
    plan = build(table, rules)
    found = read_entries(table, plan, rules)
    assert plan.problems.lines() == []
    assert [entry.line for entry in found.entries] == sorted(entry.line for entry in found.entries)
    return {
        "source": expected["source"],
        "options": expected["options"],
        "entries": [
            {
                "path": " > ".join(entry.parent.path),
                "when": " to ".join(
                    "now" if end is None else shown(end, absolute=entry.offset is not None)
                    for end in (entry.begin, entry.end)
                ),
                **({} if entry.person is None else {"person": " / ".join(entry.person.names)}),
                **({} if entry.description is None else {"description": entry.description}),
                **{key: list(value) if key == "tags" else value for key, value in (entry.values or {}).items()},
            }
            for entry in found.entries
        ],
        "people": [f"{' / '.join(person.names)}: line {person.line}, {person.count}" for person in found.people],
        "tags": found.tags,
        "hours": round(found.seconds / 3600, 4),
        "skipped": found.skipped,
        "warnings": plan.warnings.lines(),
    }


def shown(seconds: int, *, absolute: bool) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%d %H:%M:%S}{'Z' if absolute else ''}"


def test_every_file_has_its_expectation() -> None:
    assert {path.stem for path in CSV.glob("*.json")} == set(NAMES)
    assert len(NAMES) >= 20


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_read_as_it_is_meant(name: str) -> None:
    expected = json.loads((CSV / f"{name}.json").read_text("utf-8"))

    assert set(expected) == KEYS
    assert told(name) == expected


@pytest.mark.parametrize("name", [name for name in NAMES if name != "by-hand"])
def test_a_file_of_entries_is_known_as_one_when_read_without_them(name: str) -> None:
    table = Table(io.BytesIO((CSV / f"{name}.csv").read_bytes()), name="a.csv")

    assert looks_like_entries(table)
    assert table.columns.of_entries == {}
