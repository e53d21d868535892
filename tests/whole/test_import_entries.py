"""Time entries by whole imports: each as often as the file has it, whatever goes wrong, and as the file says it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from entry_world import HEADINGS, TIMEOUT, World, row, write
from starlette.responses import JSONResponse

from kimai_async import Kind, Report
from kimai_async.choices import OnExisting, OpenEntries
from kimai_async.sandbox.faults.injector import Faults
from kimai_async.sandbox.faults.kinds import RATE_KINDS
from kimai_async.sandbox.storage.users import API_PASSWORD
from kimai_async.tree.nodes import Level

if TYPE_CHECKING:
    from pathlib import Path


def sixty(path: Path) -> Path:
    """Sixty entries in twenty places, each twice equal but for those of Mondays."""
    rows = [
        [
            f"2026-01-{5 + day:02}",
            "09:00",
            "10:30",
            "susan_super",
            f"Acme {day % 2}",
            "Web",
            f"Task {day % 5}",
            "Work",
            "",
            "",
        ]
        for day in range(20)
        for _ in range(3)
    ]
    return write(path, rows)


def test_entries_go_in_below_their_activities_and_a_second_run_sends_nothing(tmp_path: Path) -> None:
    world = World()
    report = world.import_(sixty(tmp_path / "sixty.csv"))

    assert (report.error, report.exit_code) == (None, 0)
    assert report.counts[Kind.CREATED][Level.ENTRY] == 60
    assert set(world.booked().values()) == {3}
    assert report.hours is not None
    assert (report.hours.file, report.hours.stored) == (60 * 5400, 60 * 5400)
    posts = world.posts
    again = world.import_(tmp_path / "sixty.csv")

    assert (again.exit_code, again.counts[Kind.EXISTS][Level.ENTRY], world.posts) == (0, 60, posts)
    assert again.hours is not None
    assert again.hours.stored == 60 * 5400


@pytest.mark.parametrize(("vanishing", "code"), [(1, 0), (9, 3)])
def test_a_list_from_which_entries_vanish_is_read_again_and_given_up_only_if_they_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vanishing: int, code: int
) -> None:
    monkeypatch.setattr("kimai_async.kimai.timesheets.PAGE_SIZE", 20)
    world = World()
    world.import_(sixty(tmp_path / "sixty.csv"))
    entries = world.sandbox.store.entries
    others = [entries.new_id() for _ in range(vanishing)]
    for other in others:
        entries.save(replace(entries.all()[0], id=other, description="Of somebody else"))

    async def vanish(request: Any, proceed: Any) -> Any:
        if others and request.query_params.get("order") == "ASC" and request.query_params["page"] == "2":
            entries.delete(others.pop())
        return await proceed()

    world.sandbox.around_call.append(vanish)
    posts = world.posts
    report = world.import_(tmp_path / "sixty.csv")

    assert (report.exit_code, world.posts) == (code, posts)
    if code:
        told = "Time entries come and go in this Kimai faster than they can be read; try again later."
        assert str(report.error) == told
    else:
        assert report.counts[Kind.EXISTS][Level.ENTRY] == 60


def test_a_dry_run_counts_and_sends_nothing(tmp_path: Path) -> None:
    world = World()
    report = world.import_(sixty(tmp_path / "sixty.csv"), dry_run=True)

    assert (report.exit_code, report.counts[Kind.CREATED][Level.ENTRY], world.booked()) == (0, 60, {})
    assert report.hours is not None
    assert report.hours.customers == {"Acme 0": 30 * 5400, "Acme 1": 30 * 5400}


def test_killed_after_any_event_the_same_command_completes_it(tmp_path: Path) -> None:
    file = sixty(tmp_path / "sixty.csv")
    whole = World()
    whole.import_(file)
    for kill_after in range(1, len(whole.events) + 1, 2):
        world = World()
        assert world.run(file, kill_after=kill_after) is None
        report = world.import_(file)

        assert (report.exit_code, report.twins) == (0, {}), kill_after
        assert world.booked() == whole.booked()
    assert len(whole.events) > 80


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("lanes", [8, 32])
def test_chaos_ends_with_every_entry_there_as_often_as_it_stands_in_the_file(
    tmp_path: Path, seed: int, lanes: int
) -> None:
    file = sixty(tmp_path / "sixty.csv")
    whole = World()
    whole.import_(file)
    world = World(
        faults=Faults(rates=dict.fromkeys(RATE_KINDS, 0.02), seed=seed, slow_seconds=TIMEOUT + 1), latency=0.05
    )
    report = world.import_(file, seed=seed, concurrency=lanes)

    assert (report.error, report.failed, report.twins, report.incomplete) == (None, 0, {}, {})
    assert world.booked() == whole.booked()


@pytest.mark.parametrize("version", ["2.13.0", "2.20.1", "2.65.0"])
def test_every_version_takes_entries_of_several_people(tmp_path: Path, version: str) -> None:
    world = World(version)
    who = {"user": "susan_super", "token": API_PASSWORD} if version == "2.13.0" else {}
    rows = [
        row("2026-01-05", user=name, tags="night, day", billable="0")
        for name in ("susan_super", "john_user", "ANNA_ADMIN")
    ]
    report = world.import_(write(tmp_path / "people.csv", rows), **who)

    assert (report.error, report.exit_code) == (None, 0)
    assert {user for _, _, user, _, _ in world.booked()} == {1, 2, 4}
    assert [(len(row.tags), row.billable) for row in world.sandbox.store.entries.all()] == [(2, False)] * 3


def test_times_are_those_of_each_user_s_own_zone(tmp_path: Path) -> None:
    world = World()
    zones = {user.username: user.timezone for user in world.sandbox.people.users()}
    rows = [row("2026-07-01", user=name, description=name) for name in zones]
    report = world.import_(write(tmp_path / "zones.csv", rows))

    assert report.error is None
    for begin, _, _, _, name in world.booked():
        local = datetime.fromisoformat(begin).replace(tzinfo=UTC).astimezone(zone(zones[name]))
        assert local.strftime("%H:%M") == "09:00"


def zone(name: str) -> Any:
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    return ZoneInfo(name)


def test_a_summer_time_night_and_an_entry_over_midnight(tmp_path: Path) -> None:
    world = World()
    rows = [
        row("2026-10-24", "23:30", "01:00", description="midnight"),
        row("2026-10-25", "01:00", "04:00", description="night"),
    ]
    report = world.import_(write(tmp_path / "night.csv", rows), entry_timezone="Europe/Berlin")

    assert report.error is None
    assert {(begin, end, text) for begin, end, _, _, text in world.booked()} == {
        ("2026-10-24 21:30:00", "2026-10-24 23:00:00", "midnight"),
        ("2026-10-24 23:00:00", "2026-10-25 03:00:00", "night"),
    }


def test_rounding_to_a_quarter_of_an_hour_is_learnt_and_said_and_nothing_is_created_again(tmp_path: Path) -> None:
    settings = {f"timesheet.rounding.default.{name}": "15" for name in ("begin", "end")}
    world = World(settings=settings)
    chance = random.Random(2)
    rows = [
        [
            f"2026-01-{5 + day:02}",
            f"09:{chance.randrange(60):02}",
            f"11:{chance.randrange(60):02}",
            "susan_super",
            "Acme",
            "Web",
            "Design",
            "Work",
            "",
            "",
        ]
        for day in range(20)
    ]
    report = world.import_(write(tmp_path / "odd.csv", rows))
    assert report.hours is not None
    assert report.hours.rounding == "begin down to 15 minutes, end up to 15 minutes"
    assert report.hours.stored > report.hours.file
    posts = world.posts
    again = world.import_(tmp_path / "odd.csv")

    assert (again.counts[Kind.EXISTS][Level.ENTRY], world.posts) == (20, posts)


def test_what_differs_is_changed_with_on_existing_update(tmp_path: Path) -> None:
    world = World()
    world.import_(write(tmp_path / "one.csv", [row("2026-01-05", tags="dawn", billable="1")]))
    changed = row("2026-01-05", tags="dusk", billable="0")
    report = world.import_(write(tmp_path / "two.csv", [changed]), on_existing=OnExisting.UPDATE)

    assert report.counts[Kind.UPDATED][Level.ENTRY] == 1
    (entry,) = world.sandbox.store.entries.all()
    assert entry.billable is False
    assert [world.sandbox.store.get("tags", tag).name for tag in entry.tags] == ["dusk"]  # type: ignore[union-attr]


def test_what_kimai_refuses_of_an_entry_is_a_reject_with_its_reason(tmp_path: Path) -> None:
    world = World(settings={"timesheet.rules.allow_zero_duration": "0"})
    rows = [
        row("2026-01-05", "09:00", "09:00", description="nothing"),
        row("2026-01-05", "10:00", "11:00"),
    ]
    report = world.import_(write(tmp_path / "zero.csv", rows))

    assert (report.exit_code, report.rejected_rows) == (1, 1)
    assert report.rejects is not None
    assert "An empty duration is not allowed." in report.rejects.read_text("utf-8")


def put(world: World, level: Any, **fields: Any) -> None:
    """Change what an administrator would change of the only row of a level."""
    store = world.sandbox.store
    (row_there,) = store.rows(level)
    store.update(level, replace(row_there, fields={**row_there.fields, **fields}))


@pytest.mark.parametrize(
    ("level", "change", "told"),
    [
        ("customers", {"visible": False}, "the customer Acme is hidden; change that in Kimai, or give --reopen"),
        ("projects", {"visible": False}, "the project Web is hidden; change that in Kimai, or give --reopen"),
        ("activities", {"visible": False}, "the activity Design is hidden; change that in Kimai, or give --reopen"),
        ("projects", {"end": "2026-02-01"}, "the project Web ended on 2026-02-01, and takes no more entries; change"),
        ("projects", {"start": "2026-02-01"}, "the project Web starts on 2026-02-01, after this entry"),
    ],
)
def test_what_takes_no_entries_is_told_in_the_dry_run_as_in_the_run(
    tmp_path: Path, level: str, change: dict[str, Any], told: str
) -> None:
    world = World()
    world.import_(write(tmp_path / "one.csv", [row("2026-01-05")]))
    put(world, level, **change)
    posts = world.posts
    file = write(tmp_path / "two.csv", [row("2026-01-05"), row("2026-01-06")])
    for dry_run in (True, False):
        report = world.import_(file, dry_run=dry_run)

        assert (report.exit_code, report.counts[Kind.EXISTS][Level.ENTRY]) == (1, 1)
        assert told in _of(report)
    assert world.posts == posts


def _of(report: Report) -> str:
    ((_, reason),) = report.failures.values()
    return reason


def test_where_overlaps_are_forbidden_those_of_the_file_are_foretold_and_the_first_goes_in(tmp_path: Path) -> None:
    world = World(settings={"timesheet.rules.allow_overlapping_records": "0"})
    rows = [row("2026-01-05"), row("2026-01-05", "10:00", "12:00"), row("2026-01-05", "10:30", "11:00")]
    report = world.import_(write(tmp_path / "over.csv", rows), concurrency=8)

    assert (report.exit_code, report.counts[Kind.CREATED][Level.ENTRY]) == (1, 2)
    assert "2 time entries overlap another one of the same user in this file (lines 3, 4)" in " ".join(report.warnings)
    assert "You already have an entry for this time." in _of(report)


def test_where_the_future_is_forbidden_it_is_foretold(tmp_path: Path) -> None:
    world = World(settings={"timesheet.rules.allow_future_times": "0"})
    report = world.import_(write(tmp_path / "future.csv", [row("2099-01-05"), row("2026-01-05")]), dry_run=True)

    assert (report.exit_code, _of(report)) == (1, "it is in the future, which this Kimai forbids")


def test_rates_that_differ_are_changed_and_those_that_do_not_are_left_alone(tmp_path: Path) -> None:
    world = World()
    headings = [*HEADINGS, "Hourly Rate"]
    first = [[*row("2026-01-05"), "50"], [*row("2026-01-06"), "60"]]
    world.import_(write(tmp_path / "one.csv", first, headings))
    second = [[*row("2026-01-05"), "55"], [*row("2026-01-06"), "60"]]
    report = world.import_(write(tmp_path / "two.csv", second, headings), on_existing=OnExisting.UPDATE)

    assert (report.counts[Kind.UPDATED][Level.ENTRY], report.counts[Kind.EXISTS][Level.ENTRY]) == (1, 1)
    assert [entry.hourly_rate for entry in world.sandbox.store.entries.all()] == [55, 60]


def test_custom_fields_of_entries_are_set_once_they_are_there(tmp_path: Path) -> None:
    world = World(custom_fields={"timesheets": ("place",)})
    file = write(tmp_path / "meta.csv", [[*row("2026-01-05"), "Rome"]], [*HEADINGS, "meta.place"])
    report = world.import_(file)

    assert (report.exit_code, report.incomplete) == (0, {})
    (entry,) = world.sandbox.store.entries.all()
    assert dict(entry.meta) == {"place": "Rome"}


def closed(world: World) -> tuple[Any, ...]:
    """What is hidden or ended: the customer, the project and its end, the activity of the first entry."""
    store = world.sandbox.store
    found: list[Any] = []
    for level in ("customers", "projects", "activities"):
        fields = store.rows(level)[0].fields
        found += [fields["visible"], *([str(fields["end"])[:10]] if level == "projects" else [])]
    return tuple(found)


CLOSED = (False, False, "2026-02-01", False)


def shut(world: World, tmp_path: Path) -> None:
    """Have a customer, a project and an activity with an entry, all closed."""
    world.import_(write(tmp_path / "one.csv", [row("2026-01-05")]))
    for level in ("customers", "projects", "activities"):
        put(world, level, visible=False, **({"end": "2026-02-01T23:59:59"} if level == "projects" else {}))
    assert closed(world) == CLOSED


def test_with_reopen_what_is_closed_takes_entries_and_new_activities_and_is_closed_again(tmp_path: Path) -> None:
    world = World()
    shut(world, tmp_path)
    file = write(tmp_path / "two.csv", [row("2026-01-06"), row("2026-01-07", activity="Talks")])
    report = world.import_(file, reopen=True)

    assert (report.error, report.exit_code) == (None, 0)
    assert len(world.booked()) == 3
    assert closed(world) == CLOSED
    assert not (tmp_path / "two.reopened.csv").exists()


def test_a_dry_run_with_reopen_opens_nothing_and_counts_the_entries(tmp_path: Path) -> None:
    world = World()
    shut(world, tmp_path)
    report = world.import_(write(tmp_path / "two.csv", [row("2026-01-06")]), reopen=True, dry_run=True)

    assert (report.exit_code, report.counts[Kind.CREATED][Level.ENTRY]) == (0, 1)
    assert closed(world) == CLOSED


def test_killed_at_any_event_what_was_opened_is_closed_by_the_next_run(tmp_path: Path) -> None:
    whole = World()
    shut(whole, tmp_path)
    file = write(tmp_path / "two.csv", [row(f"2026-01-{day:02}") for day in range(6, 12)])
    whole.import_(file, reopen=True)
    events = len(whole.events)
    for kill_after in range(1, events + 1):
        world = World()
        shut(world, tmp_path)
        assert world.run(file, reopen=True, kill_after=kill_after) is None
        report = world.import_(file, reopen=True)

        assert (report.error, report.exit_code) == (None, 0), kill_after
        assert closed(world) == CLOSED, kill_after
        assert world.booked() == whole.booked()
        assert not (tmp_path / "two.reopened.csv").exists()


def test_what_a_killed_run_left_open_is_closed_by_a_run_without_reopen_too(tmp_path: Path) -> None:
    world = World()
    shut(world, tmp_path)
    file = write(tmp_path / "two.csv", [row("2026-01-06")])
    url = "http://kimai.test/api"
    lines = ["Kimai,Level,Id,Name,Visible,End", f"{url},customer,1,Acme,no,", f"{url},project,1,Web,no,2026-02-01"]
    (tmp_path / "two.reopened.csv").write_text("\n".join([*lines, f"{url},activity,1,Design,no,", ""]))
    for level in ("customers", "projects", "activities"):
        put(world, level, visible=True, **({"end": None} if level == "projects" else {}))
    report = world.import_(file)

    assert closed(world) == CLOSED
    assert report.exit_code == 1
    assert "closed again what an earlier run had left open" in " ".join(report.warnings)


def test_entries_that_name_nobody_and_are_given_to_another_user_are_found_again(tmp_path: Path) -> None:
    world = World()
    headings = [heading for heading in HEADINGS if heading != "User"]
    file = write(tmp_path / "nobody.csv", [[cell for i, cell in enumerate(row("2026-01-05")) if i != 3]] * 2, headings)
    first = world.import_(file, entry_user="john_user")
    posts = world.posts
    second = world.import_(file, entry_user="john_user")

    assert (first.error, first.exit_code, first.incomplete) == (None, 0, {})
    assert [(user, count) for (_, _, user, _, _), count in world.booked().items()] == [(2, 2)]
    assert (second.exit_code, second.counts[Kind.EXISTS][Level.ENTRY], world.posts) == (0, 2, posts)


def test_a_running_entry_that_was_ended_meanwhile_is_not_started_again(tmp_path: Path) -> None:
    """Kimai itself ends the first of two when the second begins."""
    world = World()
    rows = [row("2026-11-20", "09:00", ""), row("2026-11-20", "10:00", "", description="More")]
    file = write(tmp_path / "open.csv", rows)
    first = world.import_(file, open_entries=OpenEntries.IMPORT, concurrency=1)
    posts = world.posts
    second = world.import_(file, open_entries=OpenEntries.IMPORT)

    assert (first.error, first.counts[Kind.CREATED][Level.ENTRY]) == (None, 2)
    assert (second.exit_code, second.counts[Kind.EXISTS][Level.ENTRY], world.posts) == (0, 2, posts)


def test_an_entry_that_is_there_but_not_as_a_whole_is_a_reject_with_its_reason(tmp_path: Path) -> None:
    world = World(custom_fields={"timesheets": ("place",)}, faults=None)
    patched: list[str] = []

    async def refuse(request: Any, proceed: Any) -> Any:
        if request.method == "PATCH":
            patched.append(request.url.path)
            return JSONResponse({"code": 400, "message": "No such place"}, 400)
        return await proceed()

    world.sandbox.around_call.append(refuse)
    file = write(tmp_path / "meta.csv", [[*row("2026-01-05"), "Rome"]], [*HEADINGS, "meta.place"])
    report = world.import_(file)

    assert (report.exit_code, report.rejected_rows, len(patched)) == (1, 1, 1)
    assert report.rejects is not None
    assert "is there, but its custom field place is not set" in report.rejects.read_text("utf-8")
