"""Import, undo: all that the run created goes, and nothing else, whatever happens in between."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trees import write_rows, write_tree
from undoing import Site, deletions

from kimai_async import Kind, UsageError
from kimai_async.choices import OnExisting
from kimai_async.kimai.deletion import DELETE_SINCE
from kimai_async.sandbox.faults.answers import proxy_page
from kimai_async.sandbox.faults.injector import Faults
from kimai_async.sandbox.http.answers import ApiError
from kimai_async.sandbox.http.auth import invalid_token
from kimai_async.sandbox.http.drops import Dropped
from kimai_async.sandbox.storage.entries import Entry
from kimai_async.sandbox.storage.users import API_PASSWORD
from kimai_async.tree.nodes import LEVELS, Level
from kimai_async.undo.report import Fate, Undone, UndoReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from kimai_async.sandbox.storage.state import Proceed
    from kimai_async.stop import Stop
    from kimai_async.undo.report import UndoEvent


@pytest.fixture
def sites() -> Iterator[Callable[..., Site]]:
    made: list[Site] = []

    def make(*arguments: Any, **options: Any) -> Site:
        made.append(Site(*arguments, **options))
        return made[-1]

    yield make
    for site in made:
        site.close()


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "run.jsonl"


def furnished(site: Site) -> Site:
    """A server that is in use: a customer with a project and booked time, a global activity."""
    customer = site.post("customers", name="Old", country="DE", currency="EUR", timezone="Europe/Berlin", visible=True)
    project = site.post("projects", name="Old project", customer=customer, visible=True, globalActivities=True)
    activity = site.post("activities", name="Old activity", project=project, visible=True)
    site.post("activities", name="Everywhere", visible=True)
    site.book(project, activity, description="before")
    return site


ROWS = ("Old,Old project,New activity", "Old,New project,XX", "AA,PP,XX", "AA,PP,YY", "BB,QQ")
NEW = 9
"""So much of it is new on a furnished server, and two more on a bare one."""


def kept(report: UndoReport | None) -> dict[tuple[str, ...], str]:
    assert report is not None
    return {made.path: reason for made, reason in report.kept.items()}


@pytest.mark.parametrize("version", ["2.25.0", "2.44.0", "2.52.0", "2.57.0", "2.62.0", "2.65.0"])
def test_after_import_and_undo_the_servers_lists_and_bodies_are_what_they_were_byte_for_byte(
    sites: Callable[..., Site], tmp_path: Path, record: Path, version: str
) -> None:
    site = furnished(sites(version, record=True))
    before = site.all_of_it()
    site.imported(write_rows(tmp_path / "a.csv", *ROWS), record)
    assert len(site.sandbox.tree()) == 4 + NEW
    site.sandbox.requests.clear()
    report = site.undone(record)

    assert report is not None
    assert (report.error, report.exit_code, report.total(Fate.DELETED)) == (None, 0, NEW)
    assert site.all_of_it() == before
    levels = [path.partition("/")[0] for path in deletions(site)]
    assert levels == sorted(levels, key=["activities", "projects", "customers"].index)
    again = site.undone(record)
    assert again is not None
    assert (again.exit_code, again.total(Fate.GONE), again.total(Fate.DELETED)) == (0, NEW, 0)


@pytest.mark.parametrize("version", ["2.44.0", "2.65.0"])
def test_every_field_of_the_file_may_be_given_and_the_undo_takes_all_back(
    sites: Callable[..., Site], record: Path, pytestconfig: pytest.Config, version: str
) -> None:
    fields = ("kostenstelle", "cost_centre", "vertrag")
    site = sites(
        version, teams=("One", "Two"), custom_fields=dict.fromkeys(("customers", "projects", "activities"), fields)
    )
    report = site.imported(pytestconfig.rootpath / "tests" / "csv" / "all-fields.csv", record)
    assert report.total(Kind.CREATED) == 5
    undone = site.undone(record)

    assert kept(undone) == {}
    assert site.sandbox.tree() == []


def test_what_somebody_books_on_stays_with_all_that_it_hangs_below(
    sites: Callable[..., Site], tmp_path: Path, record: Path
) -> None:
    site = furnished(sites())
    site.imported(write_rows(tmp_path / "a.csv", *ROWS), record)
    entry = site.book(site.ids("projects")["PP"], site.ids("activities")["YY"])
    report = site.undone(record)

    assert kept(report) == {
        ("AA", "PP", "YY"): "1 time entry that this run did not create is on it",
        ("AA", "PP"): f"its activity 'YY' (id {site.ids('activities')['YY']}) stays",
        ("AA",): f"its project 'PP' (id {site.ids('projects')['PP']}) stays",
    }
    assert report is not None
    assert (report.exit_code, report.total(Fate.DELETED)) == (1, NEW - 3)
    assert site.call("GET", f"timesheets/{entry}").status_code == 200


def test_time_on_a_global_activity_keeps_the_project_that_it_is_booked_on(
    sites: Callable[..., Site], tmp_path: Path, record: Path
) -> None:
    site = furnished(sites())
    site.imported(write_rows(tmp_path / "a.csv", *ROWS), record)
    site.book(site.ids("projects")["QQ"], site.ids("activities")["Everywhere"])

    assert set(kept(site.undone(record))) == {("BB", "QQ"), ("BB",)}


def test_a_global_activity_of_the_run_goes_unless_somebody_books_on_it(
    sites: Callable[..., Site], tmp_path: Path, record: Path
) -> None:
    site = furnished(sites())
    file = tmp_path / "a.csv"
    file.write_text("Activity\nGlobal one\nGlobal two\n", "utf-8")
    site.imported(file, record, global_activities=True)
    site.book(site.ids("projects")["Old project"], site.ids("activities")["Global two"])

    assert set(kept(site.undone(record))) == {("Global two",)}
    assert "Global one" not in site.ids("activities")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("PATCH", "projects/{PP}", {"comment": "somebody's"}), "it was changed since: comment"),
        (("PATCH", "projects/{PP}", {"name": "Renamed"}), "it is called 'Renamed' now"),
        (("PATCH", "projects/{PP}", {"customer": 1}), "it belongs to another customer now"),
        (("PATCH", "activities/{XX}", {"budget": "100"}), "it was changed since: budget"),
        (("PATCH", "activities/{XX}", {"billable": False}), "it was changed since: billable"),
        (("POST", "activities/{XX}/rates", {"rate": 80}), "it was given rates"),
        (("POST", "activities", {"name": "Theirs", "project": "{PP}", "visible": True}), "is not of this run"),
        (("POST", "projects", {"name": "Theirs", "customer": "{AA}", "visible": True}), "is not of this run"),
    ],
)
def test_what_was_changed_or_added_to_since_stays_and_says_why(
    sites: Callable[..., Site], tmp_path: Path, record: Path, change: tuple[str, str, dict[str, Any]], reason: str
) -> None:
    site = furnished(sites())
    site.imported(write_rows(tmp_path / "a.csv", "AA,PP,XX", "BB,QQ,ZZ"), record)
    ids = {**site.ids("customers"), **site.ids("projects"), **site.ids("activities")}
    method, path, body = change
    body = {key: ids[value[1:-1]] if str(value).startswith("{") else value for key, value in body.items()}
    assert site.call(method, path.format(**ids), body).status_code == 200
    reasons = kept(site.undone(record))

    assert any(reason in each for each in reasons.values())
    assert ("AA",) in reasons or "another customer" in reason
    assert not any(path[0] == "BB" for path in reasons)


def test_hidden_since_then_it_goes_all_the_same(sites: Callable[..., Site], tmp_path: Path, record: Path) -> None:
    site = sites()
    site.imported(write_rows(tmp_path / "a.csv", "AA,PP,XX"), record)
    site.call("PATCH", f"projects/{site.ids('projects')['PP']}", {"visible": False})

    assert kept(site.undone(record)) == {}
    assert site.sandbox.tree() == []


def test_who_books_while_the_undo_runs_is_seen_right_before_the_deletion(
    sites: Callable[..., Site], tmp_path: Path, record: Path
) -> None:
    site = sites()
    site.imported(write_rows(tmp_path / "a.csv", "AA,PP,XX", "AA,PP,YY"), record)
    ids = {**site.ids("projects"), **site.ids("activities")}

    def book(event: UndoEvent, _: Stop) -> None:
        if isinstance(event, Undone) and event.made.name == "XX":
            site.sandbox.store.entries.save(Entry(1, 1, ids["PP"], ids["YY"], 0, 3600, "UTC"))

    report = site.undone(record, on_event=book, concurrency=1)

    assert kept(report)["AA", "PP", "YY"] == "there are time entries on it by now"
    assert site.sandbox.tree() == [("AA",), ("AA", "PP"), ("AA", "PP", "YY")]


def test_a_dry_run_and_a_no_delete_nothing(sites: Callable[..., Site], tmp_path: Path, record: Path) -> None:
    site = sites(record=True)
    site.imported(write_rows(tmp_path / "a.csv", *ROWS), record)
    dry, declined = site.undone(record, dry_run=True), site.undone(record, agree=False)

    assert dry is not None
    assert declined is not None
    assert (dry.exit_code, dry.total(Fate.DELETED)) == (0, NEW + 2)
    assert (declined.exit_code, declined.declined, declined.total(Fate.DELETED)) == (1, True, 0)
    assert deletions(site) == []


def test_rows_that_the_run_had_only_changed_stay_and_are_counted(
    sites: Callable[..., Site], tmp_path: Path, record: Path
) -> None:
    site = sites()
    site.post("customers", name="AA", country="DE", currency="EUR", timezone="Europe/Berlin")
    file = tmp_path / "a.csv"
    file.write_text("Customer,Note,Project\nAA,new,PP\n", "utf-8")
    site.imported(file, record, on_existing=OnExisting.UPDATE, columns={"customer.comment": "Note"})
    report = site.undone(record)

    assert report is not None
    assert (report.exit_code, report.changed, report.total(Fate.DELETED)) == (0, 1, 1)
    assert site.sandbox.tree() == [("AA",)]


@pytest.mark.parametrize("version", ["2.13.0", "2.20.1", "2.65.0"])
def test_hiding_serves_those_who_cannot_or_do_not_want_to_delete(
    sites: Callable[..., Site], tmp_path: Path, record: Path, version: str
) -> None:
    site = sites(version)
    old: dict[str, Any] = {"user": "susan_super", "token": API_PASSWORD} if version == "2.13.0" else {}
    site.imported(write_rows(tmp_path / "a.csv", "AA,PP,XX", "BB"), record, **old)
    report = site.undone(record, hide=True, **old)

    assert report is not None
    assert (report.error, report.exit_code, report.total(Fate.HIDDEN)) == (None, 0, 4)
    for level in ("customers", "projects", "activities"):
        assert [row.fields["visible"] for row in site.sandbox.store.rows(level)].count(True) == 0
    again = site.undone(record, hide=True, **old)
    assert again is not None
    assert (again.exit_code, again.total(Fate.GONE)) == (0, 4)


def test_what_others_use_is_not_hidden(sites: Callable[..., Site], tmp_path: Path, record: Path) -> None:
    site = sites()
    site.imported(write_rows(tmp_path / "a.csv", "AA,PP,XX", "AA,PP,YY", "BB,QQ"), record)
    site.book(site.ids("projects")["PP"], site.ids("activities")["YY"])
    site.post("projects", name="Theirs, hidden", customer=site.ids("customers")["BB"], visible=False)

    assert set(kept(site.undone(record, hide=True))) == {("AA", "PP", "YY"), ("AA", "PP"), ("AA",)}


def test_a_kimai_that_cannot_delete_says_so_and_offers_to_hide(
    sites: Callable[..., Site], tmp_path: Path, record: Path
) -> None:
    site = sites("2.20.1", record=True)
    site.imported(write_rows(tmp_path / "a.csv", "AA"), record)
    report = site.undone(record)

    assert report is not None
    assert isinstance(report.error, UsageError)
    assert "(since 2.25); give --hide to hide them instead." in str(report.error)
    assert DELETE_SINCE == (2, 25)
    assert deletions(site) == []


def test_who_does_not_see_everybodys_time_entries_may_not_undo(
    sites: Callable[..., Site], tmp_path: Path, record: Path
) -> None:
    site = sites(record=True)
    site.imported(write_rows(tmp_path / "a.csv", "AA"), record)
    report = site.undone(record, token="tony-token-0123456789")

    assert report is not None
    assert (report.exit_code, deletions(site)) == (3, [])
    assert "does not see everybody's time entries" in str(report.error)


def test_the_record_of_another_address_deletes_nothing(
    sites: Callable[..., Site], tmp_path: Path, record: Path
) -> None:
    site = sites(record=True)
    site.imported(write_rows(tmp_path / "a.csv", "AA"), record)
    report = site.undone(record, url="http://other.test")

    assert report is not None
    assert (report.exit_code, deletions(site)) == (2, [])
    assert "is the record of a run into http://kimai.test/api, and this is http://other.test/api" in str(report.error)


def test_the_record_of_another_server_at_the_same_address_deletes_nothing(
    sites: Callable[..., Site], tmp_path: Path, record: Path
) -> None:
    site, other = sites(), sites(record=True)
    site.imported(write_rows(tmp_path / "a.csv", "AA,PP,XX", "BB,QQ"), record)
    other.imported(write_rows(tmp_path / "b.csv", "CC,RR,ZZ", "DD,SS"), tmp_path / "other.jsonl")
    report = other.undone(record)

    assert report is not None
    assert (report.exit_code, deletions(other)) == (2, [])
    assert "5 ids belong to something else here and 0 fit; nothing was deleted." in str(report.error)


def test_killed_at_any_event_the_same_command_lets_the_rest_go(
    sites: Callable[..., Site], tmp_path: Path, record: Path
) -> None:
    write_tree(tmp_path / "sixty.csv", 4, 2, 6)
    whole = sites()
    whole.imported(tmp_path / "sixty.csv", record)
    whole.undone(record)
    events = len(whole.events)
    assert events > 60
    for kill_after in range(1, events + 1):
        site = Site()
        foreign = site.post("customers", name="Theirs", country="DE", currency="EUR", timezone="UTC")
        path = tmp_path / f"{kill_after}.jsonl"
        site.imported(tmp_path / "sixty.csv", path)
        assert site.undone(path, kill_after=kill_after) is None
        report = site.undone(path)

        assert report is not None
        assert (report.exit_code, site.sandbox.tree()) == (0, [("Theirs",)]), kill_after
        assert site.ids("customers") == {"Theirs": foreign}
        site.close()


class Trouble:
    """Lets the deletions with these numbers go wrong; *stores* lets them happen all the same."""

    def __init__(self, kind: str, numbers: range | set[int], *, stores: bool) -> None:
        self.kind, self.numbers, self.stores = kind, numbers, stores
        self.seen = 0

    async def __call__(self, request: Request, proceed: Proceed) -> Response:
        if request.method != "DELETE":
            return await proceed()
        self.seen += 1
        if self.seen not in self.numbers:
            return await proceed()
        if self.stores:
            await proceed()
        match self.kind:
            case "drop":
                return Dropped()
            case "late":
                await anyio.sleep(20)
                return Dropped()
            case "401":
                return invalid_token().response()
            case "403":
                return ApiError(403).response()
        return proxy_page(int(self.kind), 1)


@pytest.mark.parametrize("stores", [True, False])
@pytest.mark.parametrize("kind", ["drop", "late", "500", "502", "503", "504", "429"])
def test_a_lost_answer_is_followed_by_a_look_and_everything_goes(
    sites: Callable[..., Site], tmp_path: Path, record: Path, kind: str, stores: bool
) -> None:
    site = sites()
    site.imported(write_rows(tmp_path / "a.csv", *ROWS), record)
    trouble = Trouble(kind, {1, 3, 4, 8}, stores=stores)
    site.sandbox.around_call.append(trouble)
    report = site.undone(record, concurrency=2)

    assert report is not None
    assert (report.error, report.exit_code, report.total(Fate.DELETED)) == (None, 0, NEW + 2)
    assert site.sandbox.tree() == []
    assert trouble.seen == NEW + 2 + (0 if stores else 4)


def test_what_the_server_never_deletes_stays_with_what_it_hangs_below(
    sites: Callable[..., Site], tmp_path: Path, record: Path
) -> None:
    site = sites()
    site.imported(write_rows(tmp_path / "a.csv", "AA,PP,XX"), record)
    site.sandbox.around_call.append(Trouble("500", range(1, 100), stores=False))
    report = site.undone(record)

    reasons = kept(report)
    assert reasons["AA", "PP", "XX"] == "the server does not delete it: 500 Internal Server Error, 5 times"
    assert set(reasons) == {("AA", "PP", "XX"), ("AA", "PP"), ("AA",)}


def test_a_refusal_is_told_with_kimais_reason(sites: Callable[..., Site], tmp_path: Path, record: Path) -> None:
    site = sites()
    site.imported(write_rows(tmp_path / "a.csv", "AA"), record)
    site.sandbox.around_call.append(Trouble("403", {1}, stores=False))

    assert kept(site.undone(record)) == {("AA",): "the server refuses it: 403 Forbidden"}


@pytest.mark.parametrize(("kind", "said"), [("401", "takes no more deletions (401"), ("503", "no usable answer")])
def test_a_server_that_can_no_longer_be_used_ends_the_undo_with_3_and_the_next_goes_on(
    sites: Callable[..., Site], tmp_path: Path, record: Path, kind: str, said: str
) -> None:
    site = sites()
    site.imported(write_rows(tmp_path / "a.csv", *ROWS), record)
    site.sandbox.around_call.append(Trouble(kind, range(3, 100), stores=False))
    report = site.undone(record, concurrency=1, give_up_after=10)

    assert report is not None
    assert (report.exit_code, report.total(Fate.DELETED)) == (3, 2)
    assert said in str(report.error)
    assert sum(report.pending.values()) == len(site.sandbox.tree()) == NEW
    site.sandbox.around_call.clear()
    again = site.undone(record)
    assert again is not None
    assert (again.exit_code, site.sandbox.tree()) == (0, [])


def test_lists_that_fail_now_and_then_are_asked_for_again(
    sites: Callable[..., Site], tmp_path: Path, record: Path
) -> None:
    site = sites(faults=Faults(lists={"502": 0.2, "drop": 0.1, "503": 0.1}, seed=2))
    site.imported(write_rows(tmp_path / "a.csv", *ROWS), record)
    report = site.undone(record)

    assert report is not None
    assert (report.exit_code, site.sandbox.tree()) == (0, [])


def test_lists_that_are_too_large_for_the_server_are_asked_for_by_parent(
    sites: Callable[..., Site], tmp_path: Path, record: Path
) -> None:
    site = furnished(sites(faults=Faults(lists_too_large=True)))
    site.imported(write_rows(tmp_path / "a.csv", *ROWS), record)
    site.book(site.ids("projects")["QQ"], site.ids("activities")["Everywhere"])
    report = site.undone(record)

    assert set(kept(report)) == {("BB", "QQ"), ("BB",)}
    assert report is not None
    assert (report.error, report.total(Fate.DELETED)) == (None, NEW - 2)
    again = site.undone(record)
    assert again is not None
    assert (again.error, again.total(Fate.GONE), set(kept(again))) == (None, NEW - 2, {("BB", "QQ"), ("BB",)})


def test_a_stop_lets_the_deletion_under_way_finish_and_says_130(
    sites: Callable[..., Site], tmp_path: Path, record: Path
) -> None:
    site = sites()
    site.imported(write_rows(tmp_path / "a.csv", *ROWS), record)
    report = site.undone(
        record, concurrency=1, on_event=lambda event, stop: stop.soon() if isinstance(event, Undone) else None
    )

    assert report is not None
    assert (report.exit_code, report.total(Fate.DELETED)) == (130, 1)
    assert len(site.sandbox.tree()) == sum(report.pending.values()) == NEW + 1


def test_what_others_add_while_things_are_hidden_stays_visible_with_what_it_hangs_below(
    sites: Callable[..., Site], tmp_path: Path, record: Path
) -> None:
    site = sites()
    site.imported(write_rows(tmp_path / "a.csv", "AA,PP,XX"), record)
    project = site.ids("projects")["PP"]

    def add_one(event: UndoEvent, _: Stop) -> None:
        if isinstance(event, Undone) and event.fate is Fate.HIDDEN and event.made.level is Level.ACTIVITY:
            site.sandbox.store.insert("activities", project, {"name": "Theirs", "visible": True, "billable": True})

    report = site.undone(record, hide=True, on_event=add_one)

    assert {path: reason.partition(" (id")[0] for path, reason in kept(report).items()} == {
        ("AA", "PP"): "the activity 'Theirs'",
        ("AA",): "its project 'PP'",
    }


def test_a_token_that_dies_while_things_are_hidden_ends_the_undo_with_3(
    sites: Callable[..., Site], tmp_path: Path, record: Path
) -> None:
    site = sites()
    site.imported(write_rows(tmp_path / "a.csv", "AA,PP,XX"), record)

    async def dies(request: Request, proceed: Proceed) -> Response:
        return invalid_token().response() if request.method == "PATCH" else await proceed()

    site.sandbox.around_call.append(dies)
    report = site.undone(record, hide=True)

    assert report is not None
    assert (report.exit_code, sum(report.pending.values())) == (3, 3)
    assert "refuses the token (401" in str(report.error)


def test_a_bug_in_a_listener_ends_with_a_report(sites: Callable[..., Site], tmp_path: Path, record: Path) -> None:
    site = sites()
    site.imported(write_rows(tmp_path / "a.csv", "AA"), record)

    def breaks(_: UndoEvent, __: Stop) -> None:
        raise LookupError

    report = site.undone(record, on_event=breaks)
    assert report is not None
    assert report.exit_code == 70


NAMES = st.sampled_from(["AA", "BB", "CC"])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=st.lists(st.tuples(NAMES, NAMES, NAMES), min_size=1, max_size=8),
    foreign=st.lists(st.tuples(st.sampled_from(["customers", "projects", "activities", "entry"]), st.integers(0, 50))),
    cut=st.floats(0, 1),
)
def test_whatever_others_add_and_wherever_the_record_breaks_off_nothing_goes_that_the_run_did_not_create(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, str]],
    foreign: list[tuple[str, int]],
    cut: float,
) -> None:
    folder = tmp_path_factory.mktemp("undo")
    site = Site()
    try:
        furnished(site)
        record = folder / "run.jsonl"
        site.imported(write_rows(folder / "a.csv", *map(",".join, rows)), record)
        text = record.read_bytes()
        first = text.index(b"\n") + 1
        kept_text = text[: first + round(cut * (len(text) - first))]
        record.write_bytes(kept_text)
        named = {
            (line["level"], line["id"])
            for line in map(json.loads, text.splitlines())
            if line["type"] == "created" and json.dumps(line).encode() in kept_text
        }
        for what, where in foreign:
            add(site, what, where)
        before = contents(site)
        report = site.undone(record)

        assert report is not None
        gone = before - contents(site)
        assert gone <= named
        assert len(gone) == report.total(Fate.DELETED)
        assert {(made.level, made.id) for made in report.kept} == named - gone
    finally:
        site.close()


def add(site: Site, what: str, where: int) -> None:
    """Somebody adds something somewhere."""
    store = site.sandbox.store
    if what == "customers":
        site.post("customers", name="Theirs", country="DE", currency="EUR", timezone="UTC", visible=True)
    elif what == "entry":
        activities = [row for row in store.rows("activities") if row.parent is not None]
        activity = activities[where % len(activities)]
        assert activity.parent is not None
        site.book(activity.parent, activity.id)
    else:
        above = list(store.rows("customers" if what == "projects" else "projects"))
        parent = above[where % len(above)].id
        site.post(what, name="Theirs", visible=True, **{"customer" if what == "projects" else "project": parent})


def contents(site: Site) -> set[tuple[str, int]]:
    """Everything that is on the server."""
    rows = {(str(level), row.id) for level in LEVELS for row in site.sandbox.store.rows(level.plural)}
    return rows | {(str(Level.ENTRY), entry.id) for entry in site.sandbox.store.entries.all()}
