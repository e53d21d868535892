"""How Kimai rounds time entries, and how the rule is learnt from what it stored."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimai_async.tree.rounding import DEFAULT, MODES, NONE, Rounding, candidates, learn, parse

NINE = 1_767_603_600  # 2026-01-05 09:00 UTC


@pytest.mark.parametrize(
    ("rule", "stored"),
    [
        ("default:1:1", (420, 3660)),
        ("default:15:15", (0, 4500)),
        ("closest:15:15", (900, 3600)),
        ("floor:5:10", (300, 3600)),
        ("ceil:5:10", (600, 4200)),
        ("none", (457, 3610)),
        ("default:0:1", (457, 3660)),
    ],
)
def test_each_mode_moves_begin_and_end_as_kimai_does(rule: str, stored: tuple[int, int]) -> None:
    """From 09:07:37 to 10:00:10."""
    assert parse(rule).apply(NINE + 457, NINE + 3610) == (NINE + stored[0], NINE + stored[1])


def test_half_a_step_is_rounded_down_by_closest() -> None:
    assert parse("closest:10").apply(NINE + 300, NINE + 301) == (NINE, NINE + 600)


def test_steps_count_from_1970_so_that_an_hour_in_india_ends_at_half_past() -> None:
    half_past = NINE + 1800
    assert half_past % 3600 != 0
    assert parse("floor:60:60").apply(half_past, half_past) == (NINE, NINE)


@pytest.mark.parametrize(
    "text", ["", "15", "sometimes:1:1", "default", "default:x", "default:1:2:3", "closest:61", "default:-1"]
)
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"mode and minutes|minutes are 0 to 60"):
        parse(text)


def test_a_rule_reads_back_and_says_what_it_does() -> None:
    assert all(parse(str(rule)) == rule for rule in candidates())
    assert parse("default:15").words == "begin down to 15 minutes, end up to 15 minutes"
    assert parse("closest:0:1").words == "end to the nearest 1 minute"
    assert parse("floor:5:5").words == "begin down to 5 minutes, end down to 5 minutes"
    assert NONE.words == "not at all"


@given(st.sampled_from(list(candidates())), st.integers(0, 2**31), st.integers(0, 10**6))
def test_what_was_rounded_once_stays_as_it_is(rule: Rounding, begin: int, length: int) -> None:
    once = rule.apply(begin, begin + length)

    assert rule.apply(*once) == once


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("minutes", [1, 5, 15, 60])
def test_a_rule_is_learnt_from_what_was_stored(mode: str, minutes: int) -> None:
    rule, chance = Rounding(mode, minutes, minutes), random.Random(1)
    sent = [(begin, begin + chance.randrange(60, 9000)) for _ in range(30) for begin in [chance.randrange(2**30)]]

    learnt = learn((pair, rule.apply(*pair)) for pair in sent)

    assert learnt is not None
    assert [learnt.apply(*pair) for pair in sent] == [rule.apply(*pair) for pair in sent]


def test_full_hours_leave_kimais_own_rule_and_what_nothing_explains_none() -> None:
    hour = (NINE, NINE + 3600)

    assert learn([(hour, hour)]) == DEFAULT
    assert learn([(hour, hour)], parse("closest:15")) == parse("closest:15")
    assert learn([(hour, (NINE, NINE + 3599))]) is None


def test_every_rule_is_tried_once_and_kimais_own_first() -> None:
    rules = list(candidates())

    assert rules[0] == DEFAULT
    assert len(rules) == len(set(rules))
