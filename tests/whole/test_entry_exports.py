"""Every export's example file, imported into the sandbox: entries, hours, people, tags, rates read back as the file."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from entry_world import World, utc

from kimai_async import Kind, Report
from kimai_async.choices import OpenEntries
from kimai_async.tree.nodes import Level
from kimai_async.tree.rounding import Rounding

CSV = Path(__file__).parents[1] / "csv" / "entries"
NAMES = sorted(path.stem for path in CSV.glob("*.csv"))
PEOPLE = (
    ("ann", "Ann Sample", "ann@example.org", "Europe/Berlin"),
    ("ann2", None, "ann2@example.org", "UTC"),
    ("bob", "Bob Model", "bob@example.org", "America/New_York"),
    ("ada", "Ada Beispiel", "ada@example.org", "Asia/Kolkata"),
)
IN_UTC = "UTC"
NIGHTS = {"summer-time-night", "summer-time-night-dated"}
"""Files that end before they begin unless their clocks are set back."""


def world_with_people(**setup: Any) -> World:
    world = World(custom_fields={"timesheets": ("ticket", "place")}, **setup)
    susan = world.sandbox.people.named("susan_super")
    assert susan is not None
    for username, alias, email, timezone in PEOPLE:
        fields: dict[str, Any] = {
            "username": username,
            "alias": alias,
            "email": email,
            "timezone": timezone,
            "roles": [],
            "token": "",
        }
        world.sandbox.people.add_user({**susan.fields, **fields})
    return world


def options_of(expected: dict[str, Any]) -> dict[str, Any]:
    options = dict(expected["options"])
    if "open_entries" in options:
        options["open_entries"] = OpenEntries(options["open_entries"])
    return options


def folded(tags: Any) -> frozenset[str]:
    return frozenset(tag.casefold() for tag in tags)


def stored(world: World) -> Counter[tuple[Any, ...]]:
    """What is there: times, whose, where, description, tags, billable, exported, rates, custom fields."""
    store = world.sandbox.store
    activities = {row.id: row.name for row in store.rows("activities")}
    tags = {row.id: row.name for row in store.rows("tags")}
    found: Counter[tuple[Any, ...]] = Counter()
    for row in store.entries.all():
        user = world.sandbox.people.user(row.user)
        assert user is not None
        found[
            utc(row.begin),
            None if row.end is None else utc(row.end),
            user.username,
            activities[row.activity],
            row.description,
            folded(tags[tag] for tag in row.tags),
            row.billable,
            row.exported,
            row.fixed_rate or None,
            row.hourly_rate or None,
        ] += 1
    return found


def asked(expected: dict[str, Any], rule: Rounding) -> Counter[tuple[Any, ...]]:
    """What the file's JSON says, its clocks taken as UTC's."""
    found: Counter[tuple[Any, ...]] = Counter()
    for entry in expected["entries"]:
        begin, end = (None if each == "now" else _seconds(each) for each in entry["when"].split(" to "))
        assert begin is not None
        times = rule.apply(begin, end if end is not None else begin)
        found[
            utc(times[0]),
            None if end is None else utc(times[1]),
            _user(entry.get("person")),
            entry["path"].split(" > ")[-1],
            entry.get("description"),
            folded(entry.get("tags", ())),
            entry.get("billable", True),
            entry.get("exported", False),
            entry.get("fixedRate") or None,
            entry.get("hourlyRate") or None,
        ] += 1
    return found


def _seconds(text: str) -> int:
    from datetime import datetime  # noqa: PLC0415

    return int(datetime.fromisoformat(text.removesuffix("Z") + "+00:00").timestamp())


def _user(person: str | None) -> str:
    if person is None:
        return "susan_super"
    names = set(person.split(" / "))
    first = next((username for username, *_ in PEOPLE if username in names), None)
    return first or next(username for username, *others, _ in PEOPLE if names & set(others))


def imported(world: World, name: str, tmp_path: Path, **more: Any) -> tuple[Report, dict[str, Any]]:
    expected = json.loads((CSV / f"{name}.json").read_text("utf-8"))
    file = tmp_path / f"{name}.csv"
    file.write_bytes((CSV / f"{name}.csv").read_bytes())
    return world.import_(file, **options_of(expected), **more), expected


@pytest.mark.parametrize("minutes", [1, 15])
@pytest.mark.parametrize("name", sorted(set(NAMES) - NIGHTS))
def test_an_export_is_read_back_as_the_file_has_it_and_a_second_run_sends_nothing(
    tmp_path: Path, name: str, minutes: int
) -> None:
    rounding = {f"timesheet.rounding.default.{key}": str(minutes) for key in ("begin", "end")}
    world = world_with_people(settings=rounding)
    report, expected = imported(world, name, tmp_path, entry_timezone=IN_UTC)

    assert (report.error, report.exit_code, report.failures, report.incomplete) == (None, 0, {}, {})
    assert stored(world) == asked(expected, Rounding("default", minutes, minutes))
    assert report.hours is not None
    assert report.hours.stored == sum(row.duration or 0 for row in world.sandbox.store.entries.all())
    posts = world.posts
    again, _ = imported(world, name, tmp_path, entry_timezone=IN_UTC)

    assert (again.exit_code, again.counts[Kind.EXISTS][Level.ENTRY]) == (0, len(expected["entries"]))
    assert world.posts == posts


@pytest.mark.parametrize("name", NAMES)
def test_in_everybodys_own_zone_a_second_run_sends_nothing_either(tmp_path: Path, name: str) -> None:
    world = world_with_people(settings={f"timesheet.rounding.default.{key}": "15" for key in ("begin", "end")})
    report, expected = imported(world, name, tmp_path)
    posts = world.posts
    again, _ = imported(world, name, tmp_path)

    assert (report.error, report.exit_code) == (None, 0)
    assert (again.exit_code, again.counts[Kind.EXISTS][Level.ENTRY]) == (0, len(expected["entries"]))
    assert world.posts == posts


def test_the_night_in_which_clocks_are_set_back_is_stored_as_long_as_the_file_says(tmp_path: Path) -> None:
    world = world_with_people()
    report, _ = imported(world, "summer-time-night", tmp_path, entry_timezone="Europe/Berlin")

    assert (report.error, report.exit_code) == (None, 0)
    assert {(utc(row.begin), utc(row.end or 0)) for row in world.sandbox.store.entries.all()} == {
        ("2026-10-24 23:00:00", "2026-10-25 03:00:00"),
        ("2026-10-25 00:50:00", "2026-10-25 01:10:00"),
        ("2026-10-25 01:30:00", "2026-10-25 02:30:00"),
    }
