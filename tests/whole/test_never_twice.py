"""Run it, kill it, run it again: every row of the file is on the server once, whatever goes wrong.

Whole imports into the sandbox, in process and under the virtual clock: an answer that never comes takes no time.
"""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trees import write_rows, write_tree
from virtual_clock import run

from kimai_async import Event, Kind, LanesChanged, Report, Settings, Settled, Stop, TwinsFound, Unsettled, import_csv
from kimai_async.choices import Match, OnExisting
from kimai_async.sandbox import create_app
from kimai_async.sandbox.faults.injector import Faults
from kimai_async.sandbox.faults.kinds import KINDS, RATE_KINDS
from kimai_async.sandbox.in_process import in_process
from kimai_async.tree.nodes import LEVELS, Level

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kimai_async.sandbox.storage.state import Sandbox

TIMEOUT = 10.0
TOKEN = "susan-token-0123456789"
STOPPING = {"token-expired", "rights-withdrawn"}
NEEDED: dict[str, Any] = {"country": "DE", "currency": "EUR", "timezone": "Europe/Berlin"}
"""What new customers need before 2.63."""


class Killed(BaseException):
    """The process is gone, at this very moment."""


class World:
    """A sandbox that lives on while imports into it come and go."""

    def __init__(self, faults: Faults | None = None, *, latency: float = 0.05, **setup: Any) -> None:
        self.faults = faults
        self.app = create_app(latency=latency, faults=faults, **setup)
        self.sandbox: Sandbox = self.app.state.sandbox
        self.events: list[Event] = []

    def run(self, file: Path, *, kill_after: int | None = None, seed: int = 1, **options: Any) -> Report | None:
        """Import, killed after so many events if that is given; None stands for the report that a dead process owes."""
        self.events = []

        def listen(event: Event) -> None:
            self.events.append(event)
            if len(self.events) == kill_after:
                raise Killed

        async def go() -> Report:
            chosen = Settings(**{"url": "http://kimai.test", "token": TOKEN, "timeout": TIMEOUT, **options})
            async with in_process(self.app) as transport:
                try:
                    return await import_csv(
                        file, chosen, listeners=[listen], transport=transport, chance=random.Random(seed)
                    )
                finally:
                    await transport.settled()

        reports: list[Report] = []
        try:
            reports.append(run(go)[0])
        except* Killed:
            pass
        return reports[0] if reports else None

    def close(self) -> None:
        self.sandbox.close()


@pytest.fixture
def worlds() -> Any:
    made: list[World] = []

    def make(*arguments: Any, **options: Any) -> World:
        made.append(World(*arguments, **options))
        return made[-1]

    yield make
    for world in made:
        world.close()


def assert_once(world: World, paths: list[tuple[str, ...]]) -> None:
    assert world.sandbox.tree() == paths
    for level in LEVELS:
        numbers = [number for number in world.sandbox.numbers(level.plural) if number is not None]
        assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("lanes", [8, 32])
@pytest.mark.parametrize("seed", range(20))
def test_chaos_ends_with_every_row_there_once(
    worlds: Callable[..., World], tmp_path: Path, seed: int, lanes: int, record_property: Callable[[str, object], None]
) -> None:
    paths = write_tree(tmp_path / "big.csv", 12, 5, 10)
    # A slow create is stored a second after its client gave up, and before that looks at the list.
    world = worlds(chaos(seed))
    report = world.run(tmp_path / "big.csv", seed=seed, concurrency=lanes)

    assert report is not None
    assert (report.exit_code, report.failed, report.twins, report.unclear, report.incomplete) == (0, 0, {}, {}, {})
    assert_once(world, paths)
    for level in LEVELS:  # no number is burnt
        numbers = sorted(number or "" for number in world.sandbox.numbers(level.plural))
        assert numbers == [f"{count:04}" for count in range(2, len(numbers) + 2)]
    assert world.faults is not None
    assert sum(world.faults.counts.values()) > 50
    assert set(world.faults.counts) == set(RATE_KINDS)
    for name, value in (
        ("creates", world.faults.creates),
        ("lists", world.faults.lists_seen),
        ("faults", dict(world.faults.counts)),
    ):
        record_property(name, value)


def chaos(seed: int, **more: Any) -> Faults:
    rates = dict.fromkeys(RATE_KINDS, 0.15 / len(RATE_KINDS))
    return Faults(rates=rates, seed=seed, slow_seconds=TIMEOUT + 1, **more)


@pytest.mark.parametrize("kimai_version", ["2.20.1", "2.65.0"])
@pytest.mark.parametrize("seed", range(5))
def test_chaos_with_lists_that_are_three_seconds_old_ends_with_every_row_there_once(
    worlds: Callable[..., World], tmp_path: Path, seed: int, kimai_version: str
) -> None:
    paths = write_tree(tmp_path / "big.csv", 6, 4, 6)
    world = worlds(chaos(seed, lists_behind=3.0), version=kimai_version)
    report = world.run(tmp_path / "big.csv", seed=seed, **NEEDED)

    assert report is not None
    assert (report.exit_code, report.failed, report.twins, report.unclear, report.incomplete) == (0, 0, {}, {}, {})
    assert_once(world, paths)


@pytest.mark.parametrize("kimai_version", ["2.20.1", "2.65.0"])
def test_answers_503_at_random_lose_nothing_double_nothing_and_cost_few_requests(
    worlds: Callable[..., World], tmp_path: Path, kimai_version: str
) -> None:
    paths = write_tree(tmp_path / "big.csv", 10, 10, 10)
    faults = Faults(rates={"503": 0.005, "store-then-503": 0.005}, seed=3)
    world = worlds(faults, version=kimai_version, record=True)
    report = world.run(tmp_path / "big.csv", concurrency=32, **NEEDED)

    assert report is not None
    assert (report.exit_code, report.total(Kind.CREATED)) == (0, len(paths))
    assert_once(world, paths)
    assert faults.counts["store-then-503"] > 2
    assert len(world.sandbox.requests) <= 1.2 * len(paths)


LOSING = sorted(set(KINDS) - STOPPING)


@pytest.mark.parametrize("kind", LOSING)
def test_whichever_create_goes_wrong_every_row_is_there_once(
    worlds: Callable[..., World], tmp_path: Path, kind: str
) -> None:
    paths = write_tree(tmp_path / "small.csv", 2, 2, 2)
    for number in range(1, len(paths) + 1):
        world = worlds(Faults(script={number: kind}, slow_seconds=TIMEOUT + 1))  # type: ignore[dict-item]
        report = world.run(tmp_path / "small.csv")

        assert report is not None
        assert (report.exit_code, report.total(Kind.CREATED)) == (0, len(paths)), number
        assert_once(world, paths)


@pytest.mark.parametrize("kimai_version", ["2.20.1", "2.65.0"])
def test_an_answer_about_another_row_costs_nothing_and_doubles_nothing(
    worlds: Callable[..., World], tmp_path: Path, kimai_version: str
) -> None:
    paths = write_tree(tmp_path / "small.csv", 2, 2, 2)
    world = worlds(Faults(script={3: "other-name", 14: "other-name"}), version=kimai_version)
    report = world.run(tmp_path / "small.csv", **NEEDED)

    assert report is not None
    assert (report.exit_code, report.total(Kind.CREATED)) == (0, len(paths))
    assert_once(world, paths)


@pytest.mark.parametrize("kind", sorted(STOPPING))
@pytest.mark.parametrize("number", [1, 4, 9])
def test_a_token_that_dies_ends_the_run_with_3_and_the_next_run_goes_on(
    worlds: Callable[..., World], tmp_path: Path, kind: Any, number: int
) -> None:
    paths = write_tree(tmp_path / "small.csv", 2, 2, 2)
    world = worlds(Faults(script={number: kind}))
    report = world.run(tmp_path / "small.csv")

    assert report is not None
    assert report.exit_code == 3
    assert "takes no more creates (40" in str(report.error)
    assert report.total(Kind.CREATED) == len(world.sandbox.tree()) < len(paths)
    assert sum(report.pending.values()) == len(paths) - len(world.sandbox.tree())
    assert TOKEN not in str(report.error)

    world.sandbox.around_call.clear()
    world.sandbox.around_create.clear()
    second = world.run(tmp_path / "small.csv")
    assert second is not None
    assert second.exit_code == 0
    assert_once(world, paths)


def test_killed_after_any_event_the_same_command_completes_it(worlds: Callable[..., World], tmp_path: Path) -> None:
    paths = write_tree(tmp_path / "sixty.csv", 4, 2, 6)
    whole = worlds()
    whole.run(tmp_path / "sixty.csv")
    for kill_after in range(1, len(whole.events) + 1):
        world = worlds()
        assert world.run(tmp_path / "sixty.csv", kill_after=kill_after) is None
        report = world.run(tmp_path / "sixty.csv")

        assert report is not None
        assert report.exit_code == 0, kill_after
        assert_once(world, paths)
    assert len(paths) == 60
    assert len(whole.events) > 60


class Backlog:
    """A server that takes creates up to two seconds late, also those of a client that was killed; two runs into it."""

    def __init__(self, file: Path, kill_after: int, **options: Any) -> None:
        version, latency = options.pop("kimai_version"), options.pop("latency", 0.0)
        self.app = create_app(version, latency=latency, faults=Faults(queue_seconds=2.0, seed=kill_after))
        self.sandbox: Sandbox = self.app.state.sandbox
        self.events = 0
        self.file = file
        self.options = options
        for path in ("AA", "BB"):  # the levels have numbers before, so that their sequence is known
            self._have(path)
        run(self._two_runs, kill_after)

    def _have(self, name: str) -> None:
        fields = {"number": f"{2 + 'AB'.index(name[0]):04}", "visible": True}
        parent: int | None = None
        for level in LEVELS:
            row = self.sandbox.store.insert(level.plural, parent, {"name": f"{name} {level}", **fields})
            parent = row.id

    async def _two_runs(self, kill_after: int) -> None:
        async with in_process(self.app) as transport:
            with contextlib.suppress(Killed):
                try:
                    await self._import(transport, kill_after)
                except BaseExceptionGroup as group:
                    if group.subgroup(Killed) is None:
                        raise
            self.report = await self._import(transport, 0)
            await transport.settled()

    async def _import(self, transport: Any, kill_after: int) -> Report:
        self.events = 0

        def listen(_: Event) -> None:
            self.events += 1
            if self.events == kill_after:
                raise Killed

        chosen = Settings(url="http://kimai.test", token=TOKEN, timeout=TIMEOUT, **self.options)
        return await import_csv(self.file, chosen, listeners=[listen], transport=transport, chance=random.Random(1))


def test_killed_at_any_event_and_run_again_at_once_nothing_is_double_though_the_server_stores_late(
    tmp_path: Path,
) -> None:
    paths = write_tree(tmp_path / "sixty.csv", 4, 2, 6)
    there = 6
    for kill_after in range(1, 75):
        world = Backlog(tmp_path / "sixty.csv", kill_after, kimai_version="2.65.0")

        assert (world.report.exit_code, world.sandbox.twins()) == (0, []), kill_after
        assert len(world.sandbox.tree()) == len(paths) + there
        world.sandbox.close()


def test_a_server_that_checks_a_number_and_stores_it_later_may_double_a_row_after_a_kill_and_it_is_named(
    tmp_path: Path,
) -> None:
    """Between its check and its insert Kimai holds nothing; here that window is a hundredth of a second wide."""
    write_tree(tmp_path / "sixty.csv", 4, 2, 6)
    for kill_after in range(16, 75, 3):
        world = Backlog(tmp_path / "sixty.csv", kill_after, kimai_version="2.65.0", latency=0.02)

        assert {node.path for node in world.report.twins} == set(world.sandbox.twins())
        assert world.report.exit_code == (1 if world.report.twins else 0)
        world.sandbox.close()


def test_without_numbers_what_a_server_stores_late_after_a_kill_is_named_by_the_next_run(tmp_path: Path) -> None:
    write_tree(tmp_path / "sixty.csv", 4, 2, 6)
    doubled = 0
    for kill_after in range(1, 75, 6):
        world = Backlog(tmp_path / "sixty.csv", kill_after, kimai_version="2.20.1", **NEEDED)
        chosen = Settings(url="http://kimai.test", token=TOKEN, rejects=tmp_path / f"{kill_after}.csv", **NEEDED)

        async def again(world: Backlog = world, chosen: Settings = chosen) -> Report:
            async with in_process(world.app) as transport:
                return await import_csv(tmp_path / "sixty.csv", chosen, transport=transport)

        report, _ = run(again)
        twins = set(world.sandbox.twins())
        named = {node.path for node, (_, reason) in report.failures.items() if "(ids " in reason}
        above = {path for path in twins if not any(path[:depth] in twins for depth in range(1, len(path)))}
        assert above <= named | {node.path for node in world.report.twins}, kill_after
        assert report.exit_code == (1 if twins else 0)
        doubled += bool(twins)
        world.sandbox.close()
    assert doubled


def test_a_row_that_is_stored_after_the_list_is_reported_as_a_twin_with_both_ids_and_exit_code_1(
    worlds: Callable[..., World], tmp_path: Path
) -> None:
    paths = write_tree(tmp_path / "small.csv", 2, 2, 4)
    # The last create times out after 10 s and is stored after about 17 s: between the list, which leads to a second
    # create of that row, and the second create's answer.
    world = worlds(Faults(script={len(paths): "slow"}, slow_seconds=14.5), latency=4.0)
    report = world.run(tmp_path / "small.csv", concurrency=1)

    assert report is not None
    assert report.twins
    assert report.exit_code == 1
    for node, ids in report.twins.items():
        assert world.sandbox.tree().count(node.path) == len(ids) == 2
        assert node.id in ids
    assert {event.node for event in world.events if isinstance(event, TwinsFound)} == set(report.twins)
    assert set(world.sandbox.tree()) == set(paths)
    assert report.summary()["twins"][0]["ids"] == next(iter(report.twins.values()))


def test_32_lanes_on_a_server_that_allows_2_are_nearly_as_fast_as_2_and_few_are_refused(
    worlds: Callable[..., World], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    paths = write_tree(tmp_path / "big.csv", 5, 4, 10)
    seconds = {}
    for lanes in (2, 32):
        world = worlds(Faults(at_most=2))
        report = world.run(tmp_path / "big.csv", concurrency=lanes)
        assert report is not None
        assert report.exit_code == 0
        assert_once(world, paths)
        seconds[lanes] = sum(report.level_seconds.values())
        assert world.faults is not None
        record_property(f"refused at {lanes}", world.faults.counts["overload"])
        assert world.faults.counts["overload"] <= 100
    record_property("seconds", seconds)

    assert seconds[32] <= 1.5 * seconds[2]
    assert any(isinstance(event, LanesChanged) for event in world.events)


def test_lists_that_are_too_large_for_the_server_are_asked_for_by_parent(
    worlds: Callable[..., World], tmp_path: Path
) -> None:
    paths = write_tree(tmp_path / "big.csv", 3, 2, 2)
    world = worlds(Faults(lists_too_large=True, script={20: "store-then-drop"}))
    for kind in (Kind.CREATED, Kind.EXISTS):
        report = world.run(tmp_path / "big.csv")
        assert report is not None
        assert (report.exit_code, report.total(kind)) == (0, len(paths))
    assert_once(world, paths)


def test_lists_that_fail_now_and_then_are_asked_for_again(worlds: Callable[..., World], tmp_path: Path) -> None:
    paths = write_tree(tmp_path / "big.csv", 3, 2, 2)
    world = worlds(Faults(list_script={1: "502", 3: "drop", 4: "503"}, script={5: "store-then-502"}))
    report = world.run(tmp_path / "big.csv")

    assert report is not None
    assert report.exit_code == 0
    assert_once(world, paths)


def test_two_importers_at_once_do_not_crash_and_the_next_run_names_what_is_double(
    worlds: Callable[..., World], tmp_path: Path
) -> None:
    paths = write_tree(tmp_path / "small.csv", 2, 2, 2)
    world = worlds()
    reports: list[Report] = []

    async def both() -> None:
        async with in_process(world.app) as transport, anyio.create_task_group() as tasks:

            async def one() -> None:
                chosen = Settings(url="http://kimai.test", token=TOKEN)
                reports.append(await import_csv(tmp_path / "small.csv", chosen, transport=transport))

            tasks.start_soon(one)
            tasks.start_soon(one)

    run(both)
    third = world.run(tmp_path / "small.csv", rejects=tmp_path / "r.csv")

    assert all(report.exit_code in (0, 1) for report in reports)
    assert set(world.sandbox.tree()) == set(paths)
    doubles = {path for path, times in Counter(world.sandbox.tree()).items() if times > 1}
    assert doubles
    assert third is not None
    assert third.total(Kind.CREATED) == 0
    named = {node.path for node, (kind, reason) in third.failures.items() if kind is Kind.REFUSED and "(ids " in reason}
    assert named <= doubles
    assert {path for path in doubles if len(path) == 1} <= named


def test_a_second_interrupt_leaves_a_report_of_what_may_have_been_stored(tmp_path: Path) -> None:
    write_tree(tmp_path / "small.csv", 9, 1, 1)
    world = World(latency=30.0)
    found: list[Report] = []

    async def go() -> None:
        stop = Stop()
        async with in_process(world.app) as transport, anyio.create_task_group() as tasks:

            async def later() -> None:
                await anyio.sleep(31)
                stop.soon()
                await anyio.sleep(1)
                stop.now()

            tasks.start_soon(later)
            chosen = Settings(url="http://kimai.test", token=TOKEN, timeout=100)
            found.append(await import_csv(tmp_path / "small.csv", chosen, transport=transport, stop=stop))

    run(go)
    world.close()
    (report,) = found
    assert report.exit_code == 130
    assert len(report.unclear) == 8
    assert {node.level for node in report.unclear} == {Level.CUSTOMER}
    assert report.summary()["unclear"][0]["path"] == list(next(iter(report.unclear)).path)


ANSWERS = st.sampled_from(sorted({*KINDS, "fine", "fine ", "fine  "}))


@settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    shape=st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(1, 2)),
    answers=st.lists(ANSWERS, min_size=1, max_size=25),
    lanes=st.integers(1, 5),
)
def test_any_sequence_of_answers_settles_each_node_at_most_once_under_its_own_parent(
    tmp_path: Path, shape: tuple[int, int, int], answers: list[str], lanes: int
) -> None:
    paths = write_tree(tmp_path / "any.csv", *shape)
    fatal_at: list[int] = []

    def script(number: int, creation: Any) -> Any:
        kind = answers[number - 1] if number <= len(answers) else "fine"
        if kind in STOPPING:
            fatal_at.append(number)
        return kind if kind in KINDS else None

    world = World(Faults(script=script, slow_seconds=TIMEOUT + 1))
    report = world.run(tmp_path / "any.csv", concurrency=lanes, rejects=tmp_path / "r.csv")
    stored = world.sandbox.tree()
    creates = world.faults.creates if world.faults else 0
    world.close()

    assert report is not None
    settled = Counter(event.node for event in world.events if isinstance(event, Settled))
    assert set(settled.values()) <= {1}
    if report.error is None:
        assert {node.path for node in settled} == set(paths)
    assert len(settled) + sum(report.pending.values()) == len(paths)
    assert set(stored) <= set(paths)
    assert len(set(stored)) == len(stored)
    there = {event.node.path for event in world.events if isinstance(event, Settled) and event.kind is Kind.CREATED}
    assert there <= set(stored)
    unknown = {event.node.path for event in world.events if isinstance(event, Unsettled)}
    assert set(stored) - there <= unknown
    if fatal_at:
        assert report.exit_code == 3
        assert creates - fatal_at[0] < lanes


@pytest.mark.parametrize("fault", ["store-then-drop", "drop-before", "502", "store-then-502"])
def test_lost_answers_double_neither_numbered_nor_global_rows_and_lose_no_custom_field(
    tmp_path: Path, fault: Any
) -> None:
    rows = [f"Customer {n % 3},K{n},cc{n},,\n" for n in range(12)] + [f",,,,Task {n}\n" for n in range(9)]
    file = tmp_path / "a.csv"
    file.write_text("Customer,Customer number,Customer meta.cc,Project,Activity\n" + "".join(rows))
    world = World(Faults(rates={fault: 0.3}, seed=5), custom_fields={"customers": ("cc",)})
    report = world.run(file, match=Match.NUMBER, global_activities=True)

    assert report is not None
    assert (report.error, report.failures, report.incomplete) == (None, {}, {})
    assert world.faults is not None
    assert world.faults.counts[fault] > 2
    customers = world.sandbox.store.rows("customers")
    assert sorted(row.fields["number"] for row in customers) == sorted(f"K{n}" for n in range(12))
    assert {row.fields["metaFields"][0]["value"] for row in customers} == {f"cc{n}" for n in range(12)}
    assert sorted(row.name for row in world.sandbox.store.rows("activities")) == [f"Task {n}" for n in range(9)]
    world.close()


def test_a_list_too_large_for_the_server_is_asked_for_in_parts_global_activities_too(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "a.csv", ",,Travel", "Acme,Website,Design")
    world = World()
    assert world.run(file, global_activities=True) is not None
    world.close()
    world = World(Faults(lists_too_large=True))
    first = world.run(file, global_activities=True)
    again = world.run(file, global_activities=True)

    assert first is not None
    assert again is not None
    assert (first.total(Kind.CREATED), again.total(Kind.EXISTS), again.exit_code) == (4, 4, 0)
    world.close()


def test_killed_amid_updates_and_hiding_one_more_run_with_update_completes_it(tmp_path: Path) -> None:
    heading = "Customer,Customer company,Customer visible,Project,customer.meta.cc\n"
    rows = [f"Customer {n},New {n},{'no' if n % 2 else 'yes'},Project,cc{n}\n" for n in range(8)]
    file = tmp_path / "a.csv"
    file.write_text(heading + "".join(rows))
    before = tmp_path / "before.csv"
    before.write_text("Customer,Company\n" + "".join(f"Customer {n},Old\n" for n in range(0, 8, 3)))
    for kill_after in range(1, 60, 3):
        world = World(custom_fields={"customers": ("cc",)})
        world.run(before)
        world.run(file, kill_after=kill_after, on_existing=OnExisting.UPDATE)
        report = world.run(file, on_existing=OnExisting.UPDATE, show_hidden=True)
        last = world.run(file, on_existing=OnExisting.UPDATE)

        assert report is not None
        assert report.exit_code == 0
        assert last is not None
        assert last.total(Kind.EXISTS) == 16
        fields = {row.name: row.fields for row in world.sandbox.store.rows("customers")}
        assert all(value["company"] == name.replace("Customer", "New") for name, value in fields.items())
        assert {name for name, value in fields.items() if not value["visible"]} == {
            f"Customer {n}" for n in (1, 3, 5, 7)
        }
        assert all(value["metaFields"] for value in fields.values())
        assert world.sandbox.twins() == []
        world.close()
