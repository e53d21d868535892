"""Time entries of a run are taken back first, and only those that are still as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from undoing import Site, deletions

from kimai_async import Kind
from kimai_async.choices import OnExisting
from kimai_async.sandbox.http.answers import ApiError
from kimai_async.sandbox.http.drops import Dropped
from kimai_async.tree.nodes import Level
from kimai_async.undo.report import Fate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from kimai_async.sandbox.storage.state import Proceed
    from kimai_async.undo.report import UndoReport

HEADINGS = "Date,From,To,User,Customer,Project,Activity,Description\n"
ROWS = (
    "2026-01-05,09:00,10:30,susan_super,AA,PP,XX,one",
    "2026-01-05,11:00,12:00,anna_admin,AA,PP,XX,two",
    "2026-01-06,09:00,17:00,susan_super,Old,Old project,Old activity,three",
    "2026-01-06,09:00,17:00,susan_super,Old,Old project,Old activity,three",
    "2026-01-07,09:00:30,09:59:30,susan_super,AA,PP,YY,rounded",
)


@pytest.fixture
def sites() -> Iterator[Callable[..., Site]]:
    made: list[Site] = []

    def make(*arguments: Any, **options: Any) -> Site:
        made.append(Site(*arguments, record=True, **options))
        return made[-1]

    yield make
    for site in made:
        site.close()


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "run.jsonl"


def imported(site: Site, tmp_path: Path, record: Path) -> dict[str, bytes]:
    """Import into a server that is in use; return what it showed before."""
    customer = site.post("customers", name="Old", country="DE", currency="EUR", timezone="Europe/Berlin", visible=True)
    project = site.post("projects", name="Old project", customer=customer, visible=True)
    activity = site.post("activities", name="Old activity", project=project, visible=True)
    site.book(project, activity, description="before")
    before = site.all_of_it()
    file = tmp_path / "time.csv"
    file.write_text(HEADINGS + "\n".join(ROWS) + "\n", "utf-8")
    report = site.imported(file, record, timesheets=True)
    assert (report.error, report.counts[Kind.CREATED][Level.ENTRY]) == (None, 5)
    site.sandbox.requests.clear()
    return before


def kept(report: UndoReport | None) -> dict[int, str]:
    assert report is not None
    return {made.id: reason for made, reason in report.kept.items() if made.level is Level.ENTRY}


@pytest.mark.parametrize("version", ["2.25.0", "2.44.0", "2.52.0", "2.65.0"])
def test_entries_go_first_and_the_server_is_what_it_was_byte_for_byte(
    sites: Callable[..., Site], tmp_path: Path, record: Path, version: str
) -> None:
    site = sites(version)
    before = imported(site, tmp_path, record)
    report = site.undone(record)

    assert report is not None
    assert (report.error, report.exit_code, report.total(Fate.DELETED)) == (None, 0, 5 + 4)
    assert site.all_of_it() == before
    order = [path.partition("/")[0] for path in deletions(site)]
    assert order == ["timesheets"] * 5 + ["activities"] * 2 + ["projects", "customers"]
    again = site.undone(record)
    assert again is not None
    assert (again.exit_code, again.total(Fate.GONE)) == (0, 9)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"description": "mended"}, "it was changed since: description"),
        ({"begin": "2026-01-05T08:00:00+01:00"}, "it was changed since: begin"),
        ({"end": "2026-01-05T13:00:00+01:00"}, "it was changed since: end"),
        (
            {"begin": "2026-03-05T08:00:00+01:00", "end": "2026-03-05T09:00:00+01:00"},
            "it was changed since: begin, end",
        ),
        ({"billable": False}, "it was changed since: billable"),
        ({"exported": True}, "it was changed since: exported"),
        ({"project": "Old project", "activity": "Old activity"}, "it is on another project now"),
    ],
)
def test_an_entry_that_was_changed_since_stays_with_what_it_is_on(
    sites: Callable[..., Site], tmp_path: Path, record: Path, change: dict[str, Any], reason: str
) -> None:
    site = sites()
    imported(site, tmp_path, record)
    entry = next(each for each in site.sandbox.store.entries.all() if each.description == "one")
    names = {**site.ids("projects"), **site.ids("activities")}
    body = {key: names.get(value, value) for key, value in change.items()}
    assert site.call("PATCH", f"timesheets/{entry.id}", body).status_code == 200
    dry = site.undone(record, dry_run=True)
    report = site.undone(record)

    assert kept(report) == kept(dry) == {entry.id: reason}
    assert report is not None
    assert dry is not None
    assert report.kept == dry.kept
    stays = {made.path for made in report.kept if made.level is not Level.ENTRY}
    assert stays == (set() if "project" in change else {("AA",), ("AA", "PP"), ("AA", "PP", "XX")})
    assert report.exit_code == 1


def test_an_entry_that_a_later_run_of_the_record_changed_goes_all_the_same(
    sites: Callable[..., Site], tmp_path: Path, record: Path
) -> None:
    site = sites()
    before = imported(site, tmp_path, record)
    file = tmp_path / "time.csv"
    rows = [f"{row},no" for row in ROWS]
    file.write_text(HEADINGS.strip() + ",Billable\n" + "\n".join(rows) + "\n", "utf-8")
    again = site.imported(file, record, timesheets=True, on_existing=OnExisting.UPDATE)
    assert again.counts[Kind.UPDATED][Level.ENTRY] == 5
    report = site.undone(record)

    assert report is not None
    assert (report.exit_code, kept(report)) == (0, {})
    assert site.all_of_it() == before


def test_an_entry_that_may_not_be_deleted_stays_with_kimais_reason(
    sites: Callable[..., Site], tmp_path: Path, record: Path
) -> None:
    site = sites()
    imported(site, tmp_path, record)
    locked = site.sandbox.store.entries.all()[-1].id

    async def lock(request: Request, proceed: Proceed) -> Response:
        if request.method == "DELETE" and request.url.path == f"/api/timesheets/{locked}":
            return ApiError(403).response()
        return await proceed()

    site.sandbox.around_call.append(lock)

    assert kept(site.undone(record)) == {locked: "the server refuses it: 403 Forbidden"}
    assert site.call("GET", f"timesheets/{locked}").status_code == 200


def test_a_lost_answer_to_the_deletion_of_an_entry_is_followed_by_a_look(
    sites: Callable[..., Site], tmp_path: Path, record: Path
) -> None:
    site = sites()
    before = imported(site, tmp_path, record)
    seen: list[str] = []

    async def lose(request: Request, proceed: Proceed) -> Response:
        if request.method != "DELETE" or "timesheets" not in request.url.path:
            return await proceed()
        seen.append(request.url.path)
        if len(seen) % 2:
            await proceed()
        return Dropped() if len(seen) < 5 else await proceed()

    site.sandbox.around_call.append(lose)
    report = site.undone(record, concurrency=1)

    assert report is not None
    assert report.exit_code == 0
    assert site.all_of_it() == before


def test_hidden_projects_keep_the_time_entries_of_the_run(
    sites: Callable[..., Site], tmp_path: Path, record: Path
) -> None:
    site = sites()
    imported(site, tmp_path, record)
    report = site.undone(record, hide=True)

    assert report is not None
    assert (report.exit_code, report.total(Fate.HIDDEN)) == (0, 4)
    assert len(site.sandbox.store.entries.all()) == 6
    assert deletions(site) == []


def test_the_entries_of_another_server_stay(sites: Callable[..., Site], tmp_path: Path, record: Path) -> None:
    site, other = sites(), sites()
    imported(site, tmp_path, record)
    text = record.read_text("utf-8").splitlines()
    record.write_text("\n".join([text[0], *(line for line in text if '"level": "entry"' in line)]) + "\n", "utf-8")
    customer = other.post("customers", name="CC", country="DE", currency="EUR", timezone="UTC", visible=True)
    projects = [other.post("projects", name=f"P{number}", customer=customer, visible=True) for number in range(4)]
    activity = other.post("activities", name="XX", visible=True)
    for _ in range(8):
        other.book(projects[-1], activity)
    report = other.undone(record)

    assert report is not None
    assert (report.exit_code, deletions(other)) == (2, [])
    assert "is the record of another server" in str(report.error)
