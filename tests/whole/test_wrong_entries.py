"""Files of time entries that cannot go in as they are, and servers that do not take them: told, and nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from entry_world import HEADINGS, World, row, write

from kimai_async import Kind
from kimai_async.sandbox.faults.injector import Faults
from kimai_async.sandbox.storage.users import API_PASSWORD
from kimai_async.tree.nodes import Level

if TYPE_CHECKING:
    from pathlib import Path

DATED = [*HEADINGS[:2], "End Date", *HEADINGS[2:]]


def dated(end: str) -> list[str]:
    first, begin, until, *rest = row("2026-01-05", "09:00", "10:00")
    return [first, begin, end, until, *rest]


WRONG: dict[str, tuple[list[list[str]], list[str], dict[str, Any], str]] = {
    "end before begin": ([dated("2026-01-04")], DATED, {}, "line 2, To"),
    "unknown user": ([row("2026-01-05", user="nobody")], HEADINGS, {}, "line 2, User: Kimai has no user 'nobody'"),
    "duration and end that contradict": (
        [[*row("2026-01-05", "09:00", "10:00"), "5:00"]],
        [*HEADINGS, "Duration"],
        {},
        "line 2, Duration",
    ),
    "25 o'clock": ([row("2026-01-05", "25:00", "26:00")], HEADINGS, {}, "line 2, From: '25:00'"),
    "two date orders": ([row("13/01/2026"), row("01/14/2026")], HEADINGS, {}, "line 3, Date"),
    "a new tag": ([row("2026-01-05", tags="dawn")], HEADINGS, {"new_tags": False}, "line 2, Tags: Kimai shows no tag"),
    "another's, by a plain user": (
        [row("2026-01-05", user="anna_admin")],
        HEADINGS,
        {"token": "john-token-0123456789"},
        "line 2, User: 'anna_admin' (1 entry) cannot be looked for",
    ),
}


def sent(world: World) -> list[str]:
    """What was asked to be created or changed, questions that can create nothing aside."""
    requests = world.sandbox.requests
    return [each.path for each in requests if each.method != "GET" and {"name", "project"} & (each.json or {}).keys()]


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_input_is_told_with_its_line_and_nothing_is_sent(tmp_path: Path, what: str, dry_run: bool) -> None:
    rows, headings, options, told = WRONG[what]
    world = World()
    report = world.import_(write(tmp_path / "wrong.csv", rows, headings), **{"dry_run": dry_run, **options})

    assert report.exit_code == 2
    assert told in str(report.error)
    assert sent(world) == []


def test_a_file_that_is_wrong_itself_is_shown_to_the_server_and_people_and_tags_are_in_the_same_list(
    tmp_path: Path,
) -> None:
    rows = [row("2026-01-05", "25:00"), row("2026-01-06", user="nobody", tags="dawn"), row("2026-01-07", activity="X")]
    world = World()
    report = world.import_(write(tmp_path / "wrong.csv", rows), new_tags=False)

    assert report.exit_code == 2
    assert "line 2, From" in str(report.error)
    assert "line 3, Tags: Kimai shows no tag 'dawn'" in str(report.error)
    assert "line 3, User: Kimai has no user 'nobody'" in str(report.error)
    assert "has checked all of the file" in str(report.error)
    assert not any("time zone" in text for text in report.warnings)
    assert sent(world) == []


@pytest.mark.parametrize("wrong", [True, False])
def test_a_user_map_counts_for_a_file_that_is_wrong_itself(tmp_path: Path, wrong: bool) -> None:
    mapped = tmp_path / "map.csv"
    mapped.write_text("Somebody,john_user\n" if not wrong else "one,two,three\n\0")
    world = World()
    file = write(tmp_path / "wrong.csv", [row("2026-01-05", "25:00"), row("2026-01-06", user="Somebody")])
    report = world.import_(file, user_map=mapped)

    assert report.exit_code == 2
    assert "line 2, From" in str(report.error)
    assert "Somebody" not in str(report.error)


def test_a_locked_period_is_a_refusal_with_kimais_reason(tmp_path: Path) -> None:
    locked = {"lockdown_period_start": "first day of last month", "lockdown_period_end": "last day of last month"}
    world = World(settings={f"timesheet.rules.{name}": value for name, value in locked.items()})
    report = world.import_(
        write(tmp_path / "one.csv", [row("2020-01-05")], HEADINGS), entry_timezone="UTC", reopen=False
    )
    assert report.exit_code == 0  # susan may override it

    john = {"token": "john-token-0123456789", "rejects": tmp_path / "r.csv"}
    headings = [heading for heading in HEADINGS if heading not in ("User", "Billable")]
    cells = ["2020-01-06", "09:00", "10:30", "Acme", "Web", "Design", "Work", ""]
    report = world.import_(write(tmp_path / "two.csv", [cells], headings), **john)

    assert (report.exit_code, report.counts[Kind.REFUSED][Level.ENTRY]) == (1, 1)
    assert "This period is locked" in (tmp_path / "r.csv").read_text("utf-8")


@pytest.mark.parametrize(("user", "code"), [("john_user", 3), ("tony_teamlead", 2)])
def test_who_may_not_book_for_others_is_told_before_the_first_create(tmp_path: Path, user: str, code: int) -> None:
    mapped = tmp_path / "map.csv"
    mapped.write_text("anna_admin,4\n")
    world = World()
    token = f"{user.partition('_')[0]}-token-0123456789"
    report = world.import_(
        write(tmp_path / "e.csv", [row("2026-01-05", user="anna_admin")]), token=token, user_map=mapped
    )

    assert report.exit_code == code, report.error
    assert "anna_admin" in str(report.error)
    assert sent(world) == []


@pytest.mark.parametrize("version", ["2.13.0", "2.20.1"])
def test_an_old_kimai_does_what_it_can_and_says_what_it_lacks(tmp_path: Path, version: str) -> None:
    world = World(version)
    who = {"user": "susan_super", "token": API_PASSWORD} if version == "2.13.0" else {}
    file = write(tmp_path / "e.csv", [[*row("2026-01-05"), "0:15"]], [*HEADINGS, "Break"])
    report = world.import_(file, **who)

    assert (report.error, report.exit_code) == (None, 0)
    assert any("breaks are known since Kimai 2.24, and this is 2." in text for text in report.warnings)
    posts = world.posts
    again = world.import_(file, **who)
    assert (again.counts[Kind.EXISTS][Level.ENTRY], world.posts) == (1, posts)


def test_who_does_not_see_what_others_have_booked_is_stopped_at_the_first_of_it(tmp_path: Path) -> None:
    """Kimai answers such a token with its own entries, and every run would create the others' again."""
    world = World(revoke=["view_other_timesheet"])
    rows = [row(f"2026-01-0{day}", user="john_user") for day in (5, 6, 7)]
    report = world.import_(write(tmp_path / "e.csv", rows))

    assert report.exit_code == 3
    assert "view_other_timesheet" in str(report.error)
    assert world.booked().total() == 1
    world.import_(write(tmp_path / "own.csv", [row("2026-01-08")]))
    posts = world.posts
    report = world.import_(tmp_path / "e.csv")

    assert (report.exit_code, world.posts) == (3, posts)
    assert "view_other_timesheet" in str(report.error)


@pytest.mark.parametrize("kind", ["store-then-502", "store-then-drop", "drop-before", "502", "slow", "500"])
def test_the_entry_that_proves_what_is_seen_is_there_once_too_whatever_its_answer_is(tmp_path: Path, kind: Any) -> None:
    faults = Faults(script={4: kind}, slow_seconds=11.0)
    world = World(faults=faults)
    rows = [row("2026-01-04", "09:00", "08:59:00", user="john_user"), row("2026-01-05", user="john_user")]
    report = world.import_(write(tmp_path / "e.csv", rows))

    assert (report.error, report.exit_code, report.twins) == (None, 0, {})
    assert faults.counts[kind] == 1
    assert set(world.booked().values()) == {1}
    assert world.booked().total() == 2
