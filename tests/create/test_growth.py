"""What is foreseen of creates that get slower, and how the estimate follows their pace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kimai_async.create.growth import NUMBERED, UNNUMBERED, Cost, Outlook, fitted, foresee, span
from kimai_async.create.numbers import Numbering, Numbers
from kimai_async.events import Event, Kind, LevelFinished, LevelStarted, Settled, Waiting, Warned
from kimai_async.tree.nodes import Level, Tree

if TYPE_CHECKING:
    from collections.abc import Callable


def known(rows: int, *newest: str | None, taken: tuple[int, int] = (0, 0)) -> Numbers:
    every = [*(f"{count:04}" for count in range(*taken)), *(number for number in newest if number is not None)]
    return Numbers(rows=rows, newest=newest, all=lambda: every)


def test_an_import_of_a_hundred_thousand_into_an_empty_kimai_is_said_to_take_an_hour_and_a_half() -> None:
    assert foresee(Level.ACTIVITY, known(0), 100_000, send_null=False) == (
        "100,000 new activities: for each, Kimai looks for a free number among all that are there; this takes about "
        "1 h 30 min on a server of two cores, and 15 min without; clear Number format under System, Settings, "
        "Activity, and set it back after the import"
    )


@pytest.mark.parametrize(
    ("server", "creates", "send_null", "says"),
    [
        (known(50_000, "50001", "50000"), 10_000, False, "10,000 new projects: "),
        (known(50_000, "50001", "50000"), 10_000, True, "10,000 new projects: "),
        (known(50_000, None, "50000"), 10_000, False, None),  # the format is cleared
        (known(50_000, "50001", "50000"), 100, False, None),  # nothing to save
        (known(0), 9_999, False, None),
        (known(0), 0, False, None),
        (known(2_000, "2903", "2902", taken=(2_000, 2_902)), 5, False, "each create makes this Kimai try 100 numbers"),
        (known(2_000, "2903", "2902", taken=(2_000, 2_902)), 0, False, None),
        (known(200, "0903", "0902", taken=(200, 902)), 5, False, None),  # few rows are looked through in no time
        (known(2_000, "2021", "2020", taken=(2_000, 2_020)), 5, False, None),
    ],
)
def test_what_will_be_slow_is_said_and_what_will_not_is_not(
    server: Numbers, creates: int, says: str | None, *, send_null: bool
) -> None:
    text = foresee(Level.PROJECT, server, creates, send_null=send_null)

    assert text is None if says is None else says in (text or "")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.1, "1 s"), (89, "89 s"), (90, "2 min"), (5_300, "88 min"), (5_400, "1 h 30 min"), (7_190, "2 h")],
)
def test_a_length_of_time_is_as_exact_as_an_estimate(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_the_growth_of_the_cost_is_taken_from_the_samples_once_there_are_much_more_rows() -> None:
    server = Cost(0.002, 1e-6)
    early = [(rows, server.one(rows)) for rows in (1_000, 1_100, 1_200)]
    late = [*early, *((rows, server.one(rows)) for rows in (1_400, 2_000))]

    assert fitted(early, None) is None
    guess = fitted(early, NUMBERED)
    assert guess is not None
    assert guess.one(1_200) == pytest.approx(server.one(1_200))
    assert guess.row / guess.base == pytest.approx(NUMBERED.row / NUMBERED.base)
    found = fitted(late, NUMBERED)
    assert found is not None
    assert [found.base, found.row] == pytest.approx([server.base, server.row])


class Watched:
    """A level of which *creates* are made beside *rows*, each at its *cost*, and what is told meanwhile."""

    def __init__(self, cost: Cost, rows: int, creates: int, *, gives: bool | None, send_null: bool = False) -> None:
        self.now = 0.0
        self.events: list[Event] = []
        self.told: list[tuple[float, str]] = []
        numbering = Numbering(Level.ACTIVITY, Numbers(), accepted=True, send_null=send_null)
        numbering.gives = gives
        outlook = Outlook(self._hear, lambda: self.now)
        outlook.watch(numbering, rows, send_null=send_null)
        node = Tree().add("AA", 2)
        outlook(LevelStarted(Level.ACTIVITY, creates))
        for count in range(creates):
            self.now += cost.one(rows + count)
            outlook(Settled(Kind.CREATED if count % 10 else Kind.REFUSED, node))
        outlook(Waiting(1.0, "passed on"))
        outlook(LevelFinished(Level.ACTIVITY, self.now))
        outlook(Settled(Kind.CREATED, node))

    def _hear(self, event: Event) -> None:
        if isinstance(event, Warned):
            self.told.append((self.now, event.text))
        else:
            self.events.append(event)


def minutes(text: str) -> float:
    amount, unit = text.partition("about ")[2].split()[:2]
    return float(amount) * {"s": 1 / 60, "min": 1.0}[unit]


@pytest.mark.parametrize("speed", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("rows", [0, 20_000])
def test_what_is_told_ten_seconds_after_the_start_comes_true_on_servers_of_any_speed(speed: float, rows: int) -> None:
    cost = Cost(NUMBERED.base * speed, NUMBERED.row * speed)
    level = Watched(cost, rows, 20_000, gives=True)
    at, text = level.told[0]

    assert 10 <= at < 20
    assert minutes(text) * 60 == pytest.approx(level.now - at, rel=0.25)
    assert "creates a second now, and fewer the more there are: about" in text
    assert len(level.events) == 20_000 + 4


def test_an_estimate_that_turns_out_wrong_is_told_anew_and_better() -> None:
    """A server whose creates grow four times as fast as was measured on another."""
    level = Watched(Cost(NUMBERED.base, 4 * NUMBERED.row), 500, 20_000, gives=True)
    left = [(minutes(text) * 60) / (level.now - at) for at, text in level.told]

    assert 2 <= len(left) <= 5
    assert left[0] < 0.75
    assert 0.75 < left[-1] < 1.33


@pytest.mark.parametrize(
    ("cost", "gives", "send_null"),
    [
        (NUMBERED, False, False),  # the first answer had no number: the format is cleared
        (NUMBERED, None, False),  # a hundred numbers are tried in vain: nothing is known of the rest
        (Cost(0.009, 0.0), None, True),
    ],
)
def test_where_nothing_grows_nothing_is_told(cost: Cost, gives: bool | None, send_null: bool) -> None:
    assert Watched(cost, 20_000, 20_000, gives=gives, send_null=send_null).told == []


def test_without_numbers_the_growth_is_told_once_it_shows() -> None:
    level: Callable[[int], Watched] = lambda rows: Watched(UNNUMBERED, rows, 20_000, gives=None, send_null=True)  # noqa: E731

    assert level(100_000).told == []
    assert len(level(20_000).told) == 1
