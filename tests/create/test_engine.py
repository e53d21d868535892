"""The engine under a virtual clock: lanes, rounds, waits and numbers, to the second."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from fake_kimai import FakeKimai, Script
from virtual_clock import run

from kimai_async.create.doubts import LATE_SECONDS
from kimai_async.create.engine import Engine
from kimai_async.create.numbers import Numbering, Numbers
from kimai_async.create.rounds import FAILING_STREAK, NUMBER_TRIES, STALLED_ROUNDS
from kimai_async.errors import AccessError, StoppedError
from kimai_async.events import (
    Event,
    Incomplete,
    Kind,
    LevelFinished,
    LevelStarted,
    Settled,
    TwinsFound,
    Unsettled,
    Waiting,
)
from kimai_async.kimai.messages import Entry
from kimai_async.kimai.outcomes import Again, Busy, Created, Fatal, Outcome, Refused, Unclear
from kimai_async.stop import Stop
from kimai_async.tree.nodes import Level, Node, Tree

if TYPE_CHECKING:
    from collections.abc import Callable

LOST = Unclear("connection lost")


class Run:
    """One level of *count* customers, created on a virtual clock; each has a number if they are *numbered*."""

    def __init__(
        self,
        kimai: FakeKimai,
        count: int,
        *,
        lanes: int = 8,
        numbering: Numbering | None = None,
        give_up_after: float = 300.0,
        during: Callable[[Stop], Any] | None = None,
        at: float = 0.0,
        numbered: bool = True,
    ) -> None:
        tree = Tree()
        self.kimai = kimai
        self.nodes = [tree.add(f"customer {index:04}", index + 2) for index in range(count)]
        self.events: list[Event] = []
        self.error: StoppedError | None = None
        fields = {node: {"number": f"K{node.line}"} if numbered and numbering is None else {} for node in self.nodes}
        numbering = numbering or Numbering(Level.CUSTOMER, Numbers(), accepted=False, send_null=False)

        async def go() -> None:
            stop = Stop()
            engine = Engine(
                kimai,
                lanes=lanes,
                give_up_after=give_up_after,
                listener=self.events.append,
                stop=stop,
                chance=random.Random(7),
            )
            stop.creating = True
            async with anyio.create_task_group() as tasks:
                if during is not None:
                    tasks.start_soon(act, stop)
                with stop.scope:
                    await engine.create(Level.CUSTOMER, self.nodes, numbering, fields.__getitem__)
            self.error = engine.error

        async def act(stop: Stop) -> None:
            await anyio.sleep(at)
            assert during is not None
            during(stop)

        _, self.seconds = run(go)

    def kinds(self) -> Counter[Kind]:
        return Counter(event.kind for event in self.events if isinstance(event, Settled))

    def reasons(self) -> list[str]:
        return [event.reason or "" for event in self.events if isinstance(event, Settled) and event.reason]

    def waits(self) -> list[float]:
        return [event.seconds for event in self.events if isinstance(event, Waiting)]


def counting(*newest: str, wanted: int = 10) -> Numbering:
    """The numbers of a server that gives them itself and lists these, the newest first."""
    known = Numbers(rows=len(newest), newest=newest, all=lambda: newest, wanted=wanted)
    return Numbering(Level.CUSTOMER, known, accepted=True, send_null=False)


def nth(wanted: int, outcome: Outcome) -> Script:
    return lambda count, node: outcome if count == wanted else None


def test_200_creates_of_a_second_over_8_lanes_take_exactly_25_seconds_and_never_more_than_8_at_once() -> None:
    done = Run(FakeKimai(seconds=1), 200)

    assert done.seconds == 25
    assert done.kimai.busiest == 8
    assert done.kinds() == {Kind.CREATED: 200}


@pytest.mark.parametrize(("lanes", "seconds"), [(1, 20), (3, 7), (32, 1)])
def test_the_bound_holds_for_other_lanes(lanes: int, seconds: int) -> None:
    done = Run(FakeKimai(seconds=1), 20, lanes=lanes)

    assert (done.seconds, done.kimai.busiest) == (seconds, min(lanes, 20))


def test_a_million_rows_would_need_no_more_tasks_than_lanes() -> None:
    seen: list[int] = []

    def count_tasks(count: int, node: Node) -> None:
        seen.append(len(anyio.get_running_tasks()))

    Run(FakeKimai(seconds=1, script=count_tasks), 500)
    assert max(seen) <= 8 + 2


def test_a_level_tells_when_it_starts_and_how_long_it_took() -> None:
    events = Run(FakeKimai(seconds=1), 9).events

    assert events[0] == LevelStarted(Level.CUSTOMER, 9)
    assert events[-1] == LevelFinished(Level.CUSTOMER, 2)


def test_a_refused_row_is_its_own_failure_and_the_others_go_on() -> None:
    done = Run(FakeKimai(script=nth(3, Refused("name: too short"))), 10)

    assert done.kinds() == {Kind.CREATED: 9, Kind.REFUSED: 1}
    assert done.reasons() == ["name: too short"]
    assert done.error is None


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("which", range(1, 13))
def test_a_create_whose_answer_is_lost_is_on_the_server_once_in_the_end(which: int, *, stored: bool) -> None:
    done = Run(FakeKimai(script=nth(which, LOST), stores=stored), 12)

    assert done.kinds() == {Kind.CREATED: 12}
    assert done.kimai.twins == []
    assert len(done.kimai.rows) == 12
    assert len(done.kimai.sent) == 12 + (not stored)
    assert {node.id for node in done.nodes} == set(range(1, 13))


def test_an_unclear_create_is_looked_for_after_a_wait_and_never_sent_again_unseen() -> None:
    done = Run(FakeKimai(script=nth(1, LOST)), 1)

    assert [type(event) for event in done.events] == [LevelStarted, Unsettled, Waiting, Settled, LevelFinished]
    assert done.kimai.lists == 2  # one to look again, one at the end for twins
    assert done.seconds == done.waits()[0] > 0


def test_all_lanes_wait_together_for_as_long_as_the_server_asks() -> None:
    done = Run(FakeKimai(seconds=1, script=nth(5, Busy("503", 30))), 24)

    # Seconds 0-1 the first eight; the fifth of them says: wait 30 s; then seventeen more, at first four at once.
    assert done.seconds == 1 + 30 + 4
    assert done.waits() == [30]
    assert done.kimai.lists == 1  # at the end: what was answered 503 may have been stored all the same


def test_lanes_that_fail_together_back_off_once() -> None:
    done = Run(FakeKimai(seconds=1, script=lambda count, node: Busy("429") if count <= 8 else None), 8)

    assert len(done.waits()) == 1
    assert done.kinds() == {Kind.CREATED: 8}


def test_the_back_off_grows_while_the_server_stays_away_and_starts_anew_afterwards() -> None:
    done = Run(FakeKimai(script=lambda count, node: Again("x") if count in {1, 2, 3, 5} else None), 3, lanes=1)

    first, second, third, anew = done.waits()
    assert first < second < third
    assert anew <= 0.5


def test_a_server_that_stays_away_ends_the_run_after_the_time_given() -> None:
    done = Run(FakeKimai(script=lambda count, node: Again("connection refused")), 50, give_up_after=300)

    assert isinstance(done.error, StoppedError)
    assert "connection refused" in str(done.error)
    assert 300 <= done.seconds <= 335
    assert done.kinds() == {}


def test_no_wait_is_shorter_than_the_own_back_off_whatever_the_server_asks() -> None:
    done = Run(FakeKimai(script=lambda count, node: Busy("503", 0.0)), 50, give_up_after=60)

    assert len(done.kimai.sent) < 60
    assert min(done.waits()[:4]) >= 0.25


def test_no_wait_goes_beyond_the_time_after_which_the_run_gives_up() -> None:
    done = Run(FakeKimai(script=lambda count, node: Busy("503", 20.0)), 50, give_up_after=5)

    assert isinstance(done.error, StoppedError)
    assert done.seconds == pytest.approx(5)


def test_an_answer_in_between_starts_the_time_anew() -> None:
    done = Run(
        FakeKimai(script=lambda count, node: None if count % 9 == 0 else Busy("x", 10)), 20, lanes=1, give_up_after=100
    )

    assert done.error is None
    assert done.kinds() == {Kind.CREATED: 20}
    assert done.seconds >= 20 * 8 * 10


def test_refused_credentials_end_the_run_and_what_was_under_way_is_kept() -> None:
    done = Run(FakeKimai(seconds=1, script=nth(12, Fatal("401 Unauthorized"))), 100)

    assert isinstance(done.error, AccessError)
    assert "401" in str(done.error)
    assert done.kinds() == {Kind.CREATED: 15}
    assert len(done.kimai.sent) == 16


def test_a_row_that_never_gets_a_clear_answer_is_refused_in_the_end_and_the_others_go_on() -> None:
    done = Run(FakeKimai(script=lambda count, node: Unclear("500") if node.line == 4 else None), 30)

    assert done.kinds() == {Kind.CREATED: 29, Kind.REFUSED: 1}
    assert done.reasons() == [f"500, time and again ({STALLED_ROUNDS} rounds), and the server does not show it"]
    assert done.error is None


def test_a_server_that_only_fails_ends_the_run_and_gets_few_requests() -> None:
    done = Run(FakeKimai(script=lambda count, node: Unclear("500")), 10_000)

    assert isinstance(done.error, StoppedError)
    assert "500" in str(done.error)
    assert done.kinds() == {}
    assert len(done.kimai.sent) <= STALLED_ROUNDS * (FAILING_STREAK + 8)


def test_a_server_that_begins_to_fail_half_way_ends_the_run_too() -> None:
    done = Run(FakeKimai(script=lambda count, node: Unclear("500") if count > 100 else None), 1_000)

    assert isinstance(done.error, StoppedError)
    assert done.kinds() == {Kind.CREATED: 100}


def test_a_file_of_one_row_that_the_server_fails_on_ends_the_run() -> None:
    done = Run(FakeKimai(script=lambda count, node: Unclear("500")), 1)

    assert isinstance(done.error, StoppedError)


def test_a_server_that_recovers_gets_the_rest() -> None:
    done = Run(FakeKimai(script=lambda count, node: Unclear("500") if count <= 60 else None), 500)

    assert done.kinds() == {Kind.CREATED: 500}
    assert done.kimai.twins == []


def test_a_list_that_cannot_be_had_ends_the_run_and_nothing_is_sent_again() -> None:
    kimai = FakeKimai(script=nth(1, LOST))
    kimai.list_error = StoppedError("no list")
    done = Run(kimai, 3)

    assert done.error is kimai.list_error
    assert len(kimai.sent) == 3


def test_twins_that_a_late_answer_made_are_named_with_their_ids() -> None:
    kimai = FakeKimai()
    late: list[Node] = []

    def store_late(count: int, node: Node) -> Outcome | None:
        if count == 1:
            late.append(node)
            return LOST
        if count == 4:  # by now the list has been taken, and only now the first create is stored
            kimai.store(late[0])
        return None

    kimai._script = store_late
    done = Run(kimai, 3)

    assert kimai.twins == ["customer 0000"]
    assert [event for event in done.events if isinstance(event, TwinsFound)] == [TwinsFound(late[0], (3, 4))]
    assert done.kinds() == {Kind.CREATED: 3}


def test_a_number_that_somebody_took_is_not_the_rows_failure() -> None:
    kimai = FakeKimai()
    kimai.store(Tree().add("somebody else's", 1), "0004")
    done = Run(kimai, 4, numbering=counting("0003", "0002"), lanes=1)

    assert done.kinds() == {Kind.CREATED: 4}
    assert sorted(row.number or "" for row in kimai.rows) == ["0004", "0005", "0006", "0007", "0008"]
    assert kimai.lists == 2  # to look who has it, and at the end


def test_a_number_that_is_refused_though_nobody_shows_it_is_tried_again_so_that_no_gap_is_left() -> None:
    taken = Refused("number: The number 0005 is already used.", number_taken=True)
    done = Run(FakeKimai(script=nth(2, taken)), 4, numbering=counting("0003", "0002"), lanes=1)

    assert done.kinds() == {Kind.CREATED: 4}
    assert sorted(row.number or "" for row in done.kimai.rows) == ["0004", "0005", "0006", "0007"]


def test_numbers_that_only_others_can_see_are_learnt_from_the_server() -> None:
    hidden = {f"{count:04}" for count in range(4, 300)}

    def script(count: int, node: Node) -> Outcome | None:
        number = kimai.sent[-1][1].get("number")
        if number in hidden:
            return Refused(f"number: The number {number} is already used.", number_taken=True)
        return None if number else kimai.store(node, f"{300 + len(kimai.rows):04}")

    kimai = FakeKimai(script=script)
    done = Run(kimai, 12, numbering=counting("0003", "0002", wanted=12))

    assert done.kinds() == {Kind.CREATED: 12}
    assert all(int(row.number or 0) >= 300 for row in kimai.rows)
    assert len(kimai.sent) < 60


def test_a_row_for_which_the_server_itself_finds_no_number_is_refused_in_the_end() -> None:
    taken = Refused("number: taken", number_taken=True)
    done = Run(FakeKimai(script=lambda count, node: taken), 1, numbered=False)

    assert done.kinds() == {Kind.REFUSED: 1}
    assert len(done.kimai.sent) == NUMBER_TRIES


def test_a_number_of_the_file_that_somebody_has_is_the_rows_failure() -> None:
    kimai = FakeKimai()
    kimai.store(Tree().add("somebody else's", 1), "K3")
    done = Run(kimai, 4)

    assert done.kinds() == {Kind.CREATED: 3, Kind.REFUSED: 1}
    assert done.reasons() == ["number: The number K3 is already used."]


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("doubt", [Busy("503 Service Unavailable"), LOST])
def test_a_row_keeps_its_number_however_often_it_is_sent(doubt: Outcome, *, stored: bool) -> None:
    answers = {1: doubt, 2: doubt}
    kimai = FakeKimai(script=lambda count, node: answers.get(count), stores=stored)
    done = Run(kimai, 3, numbering=counting("0003", "0002"), lanes=1)

    assert len({fields["number"] for node, fields in kimai.sent if node is done.nodes[0]}) == 1
    assert done.kinds() == {Kind.CREATED: 3}
    assert [(row.name, row.number) for row in sorted(kimai.rows, key=lambda row: row.number or "")] == [
        (node.name, number) for node, number in zip(done.nodes, ("0004", "0005", "0006"), strict=True)
    ]


def test_the_number_of_a_row_that_is_refused_goes_to_another_one() -> None:
    done = Run(FakeKimai(script=nth(2, Refused("name: bad"))), 4, numbering=counting("0003", "0002"), lanes=1)

    assert [row.number for row in done.kimai.rows] == ["0004", "0005", "0006"]


def test_without_a_number_an_answer_that_asks_to_wait_is_looked_for_and_not_simply_sent_again() -> None:
    for stored in (True, False):
        kimai = FakeKimai(script=nth(2, Busy("503", 1)), stores=stored)
        done = Run(kimai, 4, numbered=False)

        assert done.kinds() == {Kind.CREATED: 4}
        assert kimai.twins == []
        assert len(kimai.sent) == 4 + (not stored)


def test_without_a_number_absence_is_believed_only_after_the_server_had_time_to_store() -> None:
    kimai = FakeKimai(script=nth(1, LOST))
    done = Run(kimai, 1, numbered=False)

    # A look at once, a second one when all that is late must have been stored, and one at the end.
    assert (kimai.lists, len(kimai.sent)) == (3, 2)
    assert done.seconds == LATE_SECONDS


def test_a_list_that_is_three_seconds_old_makes_no_twin() -> None:
    for numbered in (True, False):
        kimai = FakeKimai(script=lambda count, node: LOST if count in (2, 5, 7) else None, stores=True)
        kimai.list_age = 3.0
        done = Run(kimai, 12, numbered=numbered)

        assert done.kinds() == {Kind.CREATED: 12}
        assert kimai.twins == []


def test_one_id_for_two_rows_is_no_answer() -> None:
    def kimai_answers(count: int, node: Node) -> Outcome | None:
        if count != 3:
            return None
        kimai.store(node, f"K{node.line}")
        return Created(1, f"K{node.line}")

    kimai = FakeKimai(script=kimai_answers)
    done = Run(kimai, 5, lanes=1)

    assert [node.id for node in done.nodes] == [1, 2, 3, 4, 5]
    assert done.kinds() == {Kind.CREATED: 5}


def test_an_id_that_was_another_rows_is_mended_before_anything_is_put_below() -> None:
    def kimai_answers(count: int, node: Node) -> Outcome | None:
        if count > 2:
            return None
        kimai.store(node, f"K{node.line}")
        return Created(2, f"K{node.line}")

    kimai = FakeKimai(script=kimai_answers)
    done = Run(kimai, 3, lanes=1)

    assert [node.id for node in done.nodes] == [1, 2, 3]


def test_a_row_that_is_said_to_be_stored_and_is_not_listed_is_named() -> None:
    answers: dict[int, Outcome] = {1: Busy("503"), 3: Created(77, "K4")}
    done = Run(FakeKimai(script=lambda count, node: answers.get(count)), 3, lanes=1)

    assert [event.node.name for event in done.events if isinstance(event, Incomplete)] == ["customer 0001"]


def test_while_the_numbers_are_unknown_creates_go_one_at_a_time() -> None:
    numbering = counting(wanted=13)
    done = Run(
        FakeKimai(seconds=1, script=lambda count, node: Refused("x") if count <= 4 else None), 13, numbering=numbering
    )

    # Four are refused alone, the fifth answers without a number, the other eight run together.
    assert done.seconds == 5 + 1


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("numbered", [True, False])
def test_a_row_whose_answer_shows_another_row_is_looked_for_and_is_there_once(*, stored: bool, numbered: bool) -> None:
    kimai = FakeKimai(script=nth(2, Unclear("another name", shown=1)), stores=stored)
    done = Run(kimai, 3, numbered=numbered, lanes=1)

    assert done.kinds() == {Kind.CREATED: 3}
    assert kimai.twins == []


def test_a_server_that_stores_another_name_costs_that_row_and_is_not_asked_again() -> None:
    def renames(count: int, node: Node) -> Outcome | None:
        if count != 2:
            return None
        kimai.rows.append(Entry(70, node.name.upper(), None, True, f"K{node.line}"))
        return Unclear(f"the answer shows another name, {node.name.upper()!r} (id 70)", shown=70)

    kimai = FakeKimai(script=renames)
    done = Run(kimai, 3, lanes=1)

    assert done.kinds() == {Kind.CREATED: 2, Kind.REFUSED: 1}
    assert len(kimai.sent) == 3
    assert done.reasons() == [
        "the server stores it as 'CUSTOMER 0001' (id 70): the answer shows another name, 'CUSTOMER 0001' (id 70)"
    ]


def test_stop_soon_lets_what_is_under_way_finish_and_sends_no_more() -> None:
    done = Run(FakeKimai(seconds=1), 100, during=Stop.soon, at=2.5)

    assert done.kinds() == {Kind.CREATED: 24}
    assert len(done.kimai.sent) == 24
    assert done.seconds == 3


def test_stop_soon_wakes_lanes_that_wait() -> None:
    done = Run(FakeKimai(script=lambda count, node: Busy("503", 200)), 100, during=Stop.soon, at=5)

    assert done.seconds == 5
    assert len(done.kimai.sent) == 8


def test_stop_now_cancels_what_is_under_way() -> None:
    done = Run(FakeKimai(seconds=60), 100, during=Stop.now, at=5)

    assert done.seconds == 5
    assert done.kinds() == {}


def test_stop_soon_in_a_round_with_unclear_answers_leaves_them_to_the_next_run() -> None:
    done = Run(FakeKimai(seconds=1, script=lambda count, node: LOST), 8, during=Stop.soon, at=0.5)

    assert done.kinds() == {}
    assert done.kimai.lists == 0
