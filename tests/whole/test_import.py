"""Whole imports over real sockets into the sandbox."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
from importing import counts, named_posts, post, run
from trees import write_rows, write_tree

from kimai_async import (
    AccessError,
    CsvError,
    Event,
    FileRead,
    Kind,
    Level,
    ServerKnown,
    Settled,
    UsageError,
    Warned,
)
from kimai_async.choices import Numbers
from kimai_async.plan.build import Plan, build
from kimai_async.sandbox.serve import Serving, serving
from kimai_async.tree.nodes import LEVELS

if TYPE_CHECKING:
    from kimai_async.csvfile.table import Table
    from kimai_async.settings import Rules

DEMO = Path(__file__).parents[1] / "csv" / "demo.csv"
GERMAN: dict[str, Any] = {"country": "DE", "currency": "EUR", "timezone": "Europe/Berlin"}


def patch(server: Serving, path: str, **body: Any) -> None:
    response = httpx.patch(f"{server.url}/api/{path}", json=body, headers={"Authorization": f"Bearer {server.token}"})
    assert response.status_code == 200


def test_the_documentations_example_creates_1_customer_3_projects_and_8_activities_and_then_nothing() -> None:
    with serving(record=True) as server:
        first = run(DEMO, server)
        sent = len(named_posts(server))
        second = run(DEMO, server)

        assert (counts(first, Kind.CREATED), first.exit_code, sent) == ([1, 3, 8], 0, 12)
        assert (counts(second, Kind.EXISTS), second.exit_code) == ([1, 3, 8], 0)
        assert len(named_posts(server)) == sent
        assert ("DEMO", "BAR", "Video conference") in server.sandbox.tree()


@pytest.mark.parametrize("concurrency", [1, 8, 32])
def test_920_rows_go_in_once_with_unique_numbers_whatever_the_concurrency(tmp_path: Path, concurrency: int) -> None:
    paths = write_tree(tmp_path / "big.csv", 20, 5, 8)
    with serving("2.65.0", latency=0.02 if concurrency > 1 else 0.0, record=True) as server:  # one alone has no race
        first = run(tmp_path / "big.csv", server, concurrency=concurrency)
        assert (counts(first, Kind.CREATED), first.failed, first.exit_code) == ([20, 100, 800], 0, 0)
        assert server.sandbox.tree() == paths
        for level in LEVELS:
            numbers = server.sandbox.numbers(level.plural)
            assert None not in numbers
            assert len(set(numbers)) == len(numbers)

        del server.sandbox.requests[:]
        second = run(tmp_path / "big.csv", server, concurrency=concurrency)
        assert counts(second, Kind.EXISTS) == [20, 100, 800]
        assert named_posts(server) == []
        assert server.sandbox.tree() == paths


@pytest.mark.parametrize("concurrency", [8, 32])
@pytest.mark.parametrize(
    ("number_format", "before"),
    [
        ("{%s,4}", ["0002", "0003"]),
        ("{%s,3}", ["998", "999"]),
        ("K{%s,4}-26", ["K0002-26", "K0003-26", "K0004-26"]),
        ("{%s+1000,5}", ["01002", "01003"]),
        ("{%s,4}", ["0002", "0009", "0010"]),
        ("{%s,4}", ["0002", "ERP-993", "0004", "ERP-992"]),
        ("A{%s}", ["0002", "0003"]),
        ("", ["0002", "0003"]),
    ],
    ids=["padding", "padding that ends", "prefix and year", "added", "gaps", "mixed", "customised", "cleared"],
)
def test_920_rows_go_in_once_with_unique_numbers_whatever_the_numbers_before(
    tmp_path: Path, concurrency: int, number_format: str, before: list[str]
) -> None:
    paths = write_tree(tmp_path / "big.csv", 20, 5, 8)
    tokens = {"customer": "cc", "project": "pc", "activity": "ac"}
    formats = {
        f"{level}.number_format": number_format % token if number_format else "" for level, token in tokens.items()
    }
    with serving(latency=0.02, settings=formats) as server:
        parent: int | None = None
        for level in LEVELS:
            for number in before:
                name = f"Old {number}"
                row = server.sandbox.store.insert(
                    level.plural, parent, {"name": name, "number": number, "visible": True}
                )
            parent = row.id
        report = run(tmp_path / "big.csv", server, concurrency=concurrency)

        assert (counts(report, Kind.CREATED), report.failed, report.exit_code) == ([20, 100, 800], 0, 0)
        assert [path for path in server.sandbox.tree() if not path[0].startswith("Old")] == paths
        for level in LEVELS:
            numbers = [number for number in server.sandbox.numbers(level.plural) if number is not None]
            assert len(set(numbers)) == len(numbers)
            assert len(numbers) == len(before) + report.counts[Kind.CREATED][level]


@pytest.mark.parametrize(("version", "old"), [("2.20.1", False), ("2.13.0", True)])
def test_920_rows_go_into_older_kimais_too(tmp_path: Path, version: str, *, old: bool) -> None:
    paths = write_tree(tmp_path / "big.csv", 20, 5, 8)
    with serving(version, latency=0.02) as server:
        first = run(tmp_path / "big.csv", server, old=old, **GERMAN)
        second = run(tmp_path / "big.csv", server, old=old, **GERMAN)

        assert counts(first, Kind.CREATED) == [20, 100, 800]
        assert counts(second, Kind.EXISTS) == [20, 100, 800]
        assert server.sandbox.tree() == paths
        assert set(server.sandbox.numbers("customers")) == {None}


def test_creates_without_numbers_at_concurrency_8_are_refused_or_doubled_by_the_same_sandbox() -> None:
    async def race(server: Serving) -> list[int]:
        limiter = anyio.CapacityLimiter(8)
        statuses: list[int] = []

        async def create(client: httpx.AsyncClient, index: int) -> None:
            async with limiter:
                response = await client.post("/api/customers", json={"name": f"Customer {index}"})
                statuses.append(response.status_code)

        headers = {"Authorization": f"Bearer {server.token}"}
        async with (
            httpx.AsyncClient(base_url=server.url, headers=headers) as client,
            anyio.create_task_group() as tasks,
        ):
            for index in range(100):
                tasks.start_soon(create, client, index)
        return statuses

    with serving("2.65.0", latency=0.02) as server:
        statuses = Counter(anyio.run(race, server))
        numbers = server.sandbox.numbers("customers")

    assert statuses[400] + len(numbers) - len(set(numbers)) > 20


def test_numbers_none_leaves_the_numbers_empty(tmp_path: Path) -> None:
    write_tree(tmp_path / "big.csv", 2, 3, 4)
    with serving() as server:
        assert run(tmp_path / "big.csv", server, numbers=Numbers.NONE).exit_code == 0
        assert set(server.sandbox.numbers("activities")) == {None}


def test_numbers_that_are_in_use_already_are_skipped(tmp_path: Path) -> None:
    write_tree(tmp_path / "big.csv", 6, 1, 1)
    with serving() as server:
        post(server, "customers", name="Taken", number="0006")
        report = run(tmp_path / "big.csv", server)

        assert counts(report, Kind.CREATED) == [6, 6, 6]
        assert sorted(filter(None, server.sandbox.numbers("customers"))) == [
            "0003",
            "0004",
            "0005",
            "0006",
            "0007",
            "0008",
            "0009",
        ]


def test_hidden_and_ended_rows_are_found_and_not_created_again(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "a.csv", "Shown,Ended,Hidden", "Veiled")
    with serving() as server:
        post(server, "customers", name="Shown")
        patch(server, f"customers/{post(server, 'customers', name='Veiled')['id']}", visible=False)
        post(server, "projects", name="Ended", customer=1, start="2001-01-01", end="2001-12-31")
        post(server, "activities", name="Hidden", project=1, visible=False)
        report = run(file, server)

        assert counts(report, Kind.EXISTS) == [2, 1, 1]
        assert report.exit_code == 0


def test_a_global_activity_of_the_same_name_does_not_count() -> None:
    with serving() as server:
        post(server, "activities", name="Sales talk")
        report = run(DEMO, server)

        assert counts(report, Kind.CREATED) == [1, 3, 8]


def test_a_customer_that_stands_twice_is_refused_with_both_ids_and_the_rest_goes_in(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "a.csv", "Twice,PP,XX", "Once,PP,XX")
    with serving() as server:
        post(server, "customers", name="Twice")
        post(server, "customers", name="Twice")
        report = run(file, server)

        assert counts(report, Kind.CREATED) == [1, 1, 1]
        assert counts(report, Kind.REFUSED) == [1, 0, 0]
        assert counts(report, Kind.SKIPPED) == [0, 1, 1]
        assert report.exit_code == 1
        assert "ids 1 and 2" in next(reason for _, reason in report.failures.values())


def test_a_hidden_customer_refuses_its_new_projects_with_its_id(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "a.csv", "Veiled,PP,XX", "Once,PP,XX")
    with serving() as server:
        patch(server, f"customers/{post(server, 'customers', name='Veiled')['id']}", visible=False)
        report = run(file, server)

        assert counts(report, Kind.REFUSED) == [0, 1, 0]
        assert counts(report, Kind.SKIPPED) == [0, 0, 1]
        assert "'Veiled' (id 1) is hidden" in next(reason for _, reason in report.failures.values())


class HideWhenListed:
    """Somebody who hides a customer after the lists were taken, so that Kimai refuses what is below it."""

    def __init__(self, server: Serving, customer: int) -> None:
        self._server = server
        self._customer = customer
        self._done = False

    def __call__(self, event: Event) -> None:
        if isinstance(event, Settled) and not self._done:
            self._done = True
            patch(self._server, f"customers/{self._customer}", visible=False)


def test_a_refused_project_skips_exactly_its_subtree_and_the_mended_rejects_go_in(tmp_path: Path) -> None:
    file = write_rows(
        tmp_path / "a.csv", "Good,P1,A1", "Veiled,P1,A1", 'Veiled,P1,"A ""two"" ; x"', "Veiled,P2", "Good,P2,A1"
    )
    with serving("2.50.0") as server:
        for name in ("Veiled", "Good"):
            post(server, "customers", name=name, **GERMAN)
        report = run(file, server, listeners=[HideWhenListed(server, 1)], **GERMAN)

        assert counts(report, Kind.CREATED) == [0, 2, 2]
        assert counts(report, Kind.REFUSED) == [0, 2, 0]
        assert counts(report, Kind.SKIPPED) == [0, 0, 2]
        assert report.rejects == tmp_path / "a.rejects.csv"
        assert report.rejected_rows == 3
        reason = "project P1: customer: The selected choice is invalid."
        assert report.rejects.read_text() == (
            "Customer,Project,Activity,Reason,Line\n"
            f"Veiled,P1,A1,{reason},3\n"
            f'Veiled,P1,"A ""two"" ; x",{reason},4\n'
            f"Veiled,P2,,{reason.replace('P1', 'P2')},5\n"
        )

        patch(server, "customers/1", visible=True)
        mended = run(report.rejects, server, **GERMAN)
        assert (mended.exit_code, counts(mended, Kind.CREATED)) == (0, [0, 2, 2])
        assert mended.rejects is None
        assert mended.warnings == []


def test_a_dry_run_asks_creates_nothing_and_counts_what_it_would_create() -> None:
    with serving(record=True) as server:
        report = run(DEMO, server, dry_run=True)

        assert (counts(report, Kind.CREATED), report.exit_code) == ([1, 3, 8], 0)
        assert server.sandbox.tree() == []
        assert named_posts(server) == []


def test_what_is_there_needs_no_post_at_all() -> None:
    with serving(record=True) as server:
        run(DEMO, server)
        del server.sandbox.requests[:]
        run(DEMO, server)

        assert [request.method for request in server.sandbox.requests] == ["GET"] * 5


def test_characters_that_this_version_refuses_are_problems_of_the_file_and_nothing_is_sent(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "a.csv", "Good,P<1>,A1", 'Good,P2,"A=""1"""')
    with serving("2.65.0", record=True) as server:
        report = run(file, server)
        assert isinstance(report.error, CsvError)
        assert str(report.error).splitlines()[1:] == [
            "  line 2, Project: 'P<1>' holds < >, which Kimai refuses since 2.54; change it, or give --sanitize",
            '  line 3, Activity: \'A="1"\' holds " =, which Kimai refuses since 2.54; change it, or give --sanitize',
        ]
        assert report.exit_code == 2
        assert named_posts(server) == []
    with serving("2.53.0") as server:
        assert run(file, server, **GERMAN).exit_code == 0


def test_an_old_kimai_that_needs_a_country_is_told_before_the_first_create() -> None:
    with serving("2.20.1", record=True) as server:
        report = run(DEMO, server)

        assert isinstance(report.error, UsageError)
        assert "needs --country, --currency, --timezone for new customers" in str(report.error)
        assert report.exit_code == 2
        assert named_posts(server) == []


def test_a_country_that_kimai_does_not_know_is_refused_before_the_first_create() -> None:
    with serving("2.65.0", record=True) as server:
        report = run(DEMO, server, country="XX")

        assert "--country XX: Please select a valid country." in str(report.error)
        assert named_posts(server) == []


def test_a_token_that_may_not_create_is_told_before_the_first_create() -> None:
    with serving(record=True) as server:
        report = run(DEMO, server, token="tony-token-0123456789")

        assert isinstance(report.error, AccessError)
        assert "may not create customers" in str(report.error)
        assert report.exit_code == 3
        assert named_posts(server) == []


def test_a_right_that_is_not_needed_is_not_asked_for(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "a.csv", "DEMO,FOO,New activity")
    with serving() as server:
        run(DEMO, server)
        report = run(file, server, token="tony-token-0123456789")

        assert (counts(report, Kind.CREATED), report.exit_code) == ([0, 0, 1], 0)


def test_somebody_who_does_not_see_every_team_is_warned() -> None:
    with serving() as server:
        run(DEMO, server)
        report = run(DEMO, server, token="tony-token-0123456789")

        assert "tony_teamlead is neither ROLE_ADMIN nor ROLE_SUPER_ADMIN" in report.warnings[0]


def test_the_old_sign_in_is_explained() -> None:
    with serving("2.65.0") as server:
        report = run(DEMO, server, old=True)

        assert report.exit_code == 0
        assert "checks the password anew for every request" in report.warnings[0]
        assert "takes an API token" in report.warnings[0]


def test_columns_that_mean_nothing_are_named_once(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Hours,Customer,Project,Activity,Who\n1,AA,PP,XX,me\n2,AA,PP,YY,me\n")
    with serving() as server:
        report = run(tmp_path / "a.csv", server)

    assert report.warnings == ["columns ignored: 'Hours', 'Who'"]


def test_a_binary_file_that_cannot_be_read_twice_is_copied() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    with serving() as server:
        assert counts(run(Pipe(DEMO.read_bytes()), server), Kind.CREATED) == [1, 3, 8]


def test_events_tell_the_whole_story() -> None:
    events: list[Event] = []
    with serving() as server:
        run(DEMO, server, listeners=[events.append])

    settled = [event for event in events if isinstance(event, Settled)]
    assert [type(event) for event in events[:2]] == [FileRead, ServerKnown]
    assert Counter(event.node.level for event in settled) == {Level.CUSTOMER: 1, Level.PROJECT: 3, Level.ACTIVITY: 8}
    assert all(event.node.id for event in settled)
    assert not any(isinstance(event, Warned) for event in events)


class ChangesTheFile:
    """Somebody who adds a row to the file as soon as the server is known."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __call__(self, event: Event) -> None:
        if isinstance(event, ServerKnown):
            with self._file.open("a") as file:
                file.write("Another,PP,XX\n")


def test_a_file_that_changes_during_the_import_keeps_the_rejects_from_being_copied(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "a.csv", "Twice,PP", "Once,PP")
    with serving() as server:
        post(server, "customers", name="Twice")
        post(server, "customers", name="Twice")
        report = run(file, server, listeners=[ChangesTheFile(file)])

    assert counts(report, Kind.CREATED) == [1, 1, 0]
    assert "a.csv was changed during the import" in str(report.error)
    assert (report.exit_code, report.rejects) == (3, None)


def test_a_file_that_changes_while_it_is_read_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_rows(tmp_path / "a.csv", "AA,PP")

    def growing(table: Table, rules: Rules) -> Plan:
        plan = build(table, rules)
        file.write_text("Customer,Project,Activity\nAA,PP,XX\n")
        return plan

    monkeypatch.setattr("kimai_async.importer.build", growing)
    with serving(record=True) as server:
        report = run(file, server)

        assert "a.csv was changed while it was read; nothing was sent." in str(report.error)
        assert (report.exit_code, server.sandbox.requests) == (2, [])


def test_rejects_that_cannot_be_written_end_with_3_and_the_report_is_whole(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "a.csv", "Twice,PP", "Once,PP")
    with serving() as server:
        post(server, "customers", name="Twice")
        post(server, "customers", name="Twice")
        report = run(file, server, rejects=tmp_path / "nowhere" / "r.csv")

    assert counts(report, Kind.CREATED) == [1, 1, 0]
    assert "The rejects cannot be written" in str(report.error)
    assert report.exit_code == 3


def test_an_interrupt_that_comes_with_the_last_answer_has_interrupted_nothing() -> None:
    with serving() as server:
        report = run(DEMO, server, stop_at_end=True)

    assert (counts(report, Kind.CREATED), report.exit_code) == ([1, 3, 8], 0)
