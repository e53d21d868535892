"""Any file of time entries, any rounding, anything that goes wrong: the server has them as often as the file does."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from entry_world import TIMEOUT, World, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kimai_async import Kind
from kimai_async.sandbox.faults.injector import Faults
from kimai_async.sandbox.faults.kinds import KINDS
from kimai_async.tree.nodes import Level
from kimai_async.tree.rounding import MODES, Rounding

if TYPE_CHECKING:
    from pathlib import Path

HEADINGS = ["Start Date", "Start Time", "End Date", "End Time", "User", "Customer", "Project", "Activity", "Note"]
STOPPING = {"token-expired", "rights-withdrawn"}
NIGHTS = [datetime(2026, 3, 28), datetime(2026, 10, 24), datetime(2026, 1, 5)]  # noqa: DTZ001 - on the wall
PEOPLE = {"susan_super": 1, "john_user": 2, "anna_admin": 4}
MOST_RUNS = 12


class Row(NamedTuple):
    """An entry of the file: whose, when on the wall, how many seconds, where, what."""

    user: str
    begin: datetime
    seconds: int
    activity: str
    note: str

    @property
    def cells(self) -> list[str]:
        end = self.begin + timedelta(seconds=self.seconds)
        times = [f"{at:{form}}" for at in (self.begin, end) for form in ("%Y-%m-%d", "%H:%M:%S")]
        return [*times, self.user, "Acme", "Web", self.activity, self.note]


def is_told_apart(row: Row) -> bool:
    """Tell whether both times are outside of the hours that clocks skip or show twice."""
    return not any(1 <= at.hour < 4 for at in (row.begin, row.begin + timedelta(seconds=row.seconds)))


SECONDS = st.builds(
    lambda quarter, more: quarter * 900 + more, st.integers(0, 4 * 40), st.sampled_from([0, 0, 0, 60, 420, 449, 30])
)

ROWS = st.builds(
    Row,
    st.sampled_from(list(PEOPLE)),
    st.builds(lambda night, at: night + timedelta(seconds=at), st.sampled_from(NIGHTS), SECONDS),
    st.sampled_from([900, 3600, 5430, 8 * 3600, 60]),
    st.sampled_from(["Design", "Talks"]),
    st.sampled_from(["", "Work"]),
).filter(is_told_apart)
RULES = st.one_of(
    st.just(Rounding("default", 1, 1)),
    st.builds(Rounding, st.sampled_from(MODES), st.sampled_from([0, 1, 5, 15, 30]), st.sampled_from([0, 1, 15, 60])),
)


def configured(rule: Rounding, *, overlaps: bool) -> dict[str, str]:
    prefix = "timesheet.rounding.default"
    rounding = {f"{prefix}.mode": rule.mode, f"{prefix}.begin": str(rule.begin), f"{prefix}.end": str(rule.end)}
    return {**rounding, "timesheet.rules.allow_overlapping_records": str(int(overlaps))}


def wanted(rows: list[Row], rule: Rounding, zones: dict[str, str]) -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        zone = ZoneInfo(zones[row.user])
        ends = (row.begin, row.begin + timedelta(seconds=row.seconds))
        begin, end = (int(at.replace(tzinfo=zone).astimezone(UTC).timestamp()) for at in ends)
        found[*rule.apply(begin, end), PEOPLE[row.user], row.activity, row.note or None] += 1
    return found


def stored(world: World) -> Counter[tuple[Any, ...]]:
    store = world.sandbox.store
    names = {row.id: row.name for row in store.rows("activities")}
    return Counter((row.begin, row.end, row.user, names[row.activity], row.description) for row in store.entries.all())


@settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(ROWS, min_size=1, max_size=9).flatmap(
        lambda rows: st.lists(st.sampled_from(rows), max_size=5).map(lambda more: rows + more)
    ),
    rule=RULES,
    answers=st.lists(st.sampled_from(sorted({*KINDS, "fine", "fine ", "fine  ", "fine   "} - STOPPING)), max_size=25),
    kills=st.lists(st.integers(1, 45), max_size=3),
    zones=st.tuples(*[st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York"])] * 3),
    lanes=st.integers(1, 6),
)
def test_the_server_has_every_entry_as_often_as_the_file_whatever_goes_wrong(
    tmp_path: Path,
    rows: list[Row],
    rule: Rounding,
    answers: list[str],
    kills: list[int],
    zones: tuple[str, ...],
    lanes: int,
) -> None:
    def script(number: int, _: Any) -> Any:
        kind = answers[number - 1] if number <= len(answers) else "fine"
        return kind if kind in KINDS else None

    faults = Faults(script=script, slow_seconds=TIMEOUT + 1)
    world = World(faults=faults, settings=configured(rule, overlaps=True))
    by_name = dict(zip(PEOPLE, zones, strict=True))
    for name, zone in by_name.items():
        user = world.sandbox.people.named(name)
        assert user is not None
        world.sandbox.people.change_user(user.id, {**user.fields, "timezone": zone})
    file = write(tmp_path / "any.csv", [row.cells for row in rows], HEADINGS)
    expected = wanted(rows, rule, by_name)
    for kill_after in kills:
        world.run(file, concurrency=lanes, kill_after=kill_after, rejects=tmp_path / "r.csv")
        assert stored(world) <= expected
    for _ in range(MOST_RUNS):
        report = world.import_(file, concurrency=lanes, rejects=tmp_path / "r.csv")
        assert report.exit_code in (0, 1, 3), report.error
        if report.exit_code == 0:
            break
    assert (report.exit_code, report.twins) == (0, {})
    assert stored(world) == expected
    posts = world.posts
    again = world.import_(file)

    assert (again.exit_code, again.counts[Kind.EXISTS][Level.ENTRY], world.posts) == (0, len(rows), posts)
