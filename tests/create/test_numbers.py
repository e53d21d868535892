from __future__ import annotations

import pytest

from kimai_async.create.numbers import Numbering, continue_after
from kimai_async.tree.lookalikes import fold
from kimai_async.tree.nodes import Level


def take(first: str, second: str, count: int, taken: set[str] | None = None) -> list[str] | None:
    taken = set() if taken is None else taken
    sequence = continue_after(first, second, taken)
    return None if sequence is None else [sequence.take(taken) for _ in range(count)]


@pytest.mark.parametrize(
    ("first", "second", "following"),
    [
        ("0002", "0003", ["0004", "0005"]),
        ("9", "10", ["11", "12"]),
        ("0009", "0010", ["0011", "0012"]),
        ("9998", "9999", ["10000", "10001"]),
        ("K-0002-2026", "K-0003-2026", ["K-0004-2026", "K-0005-2026"]),
        ("2026/7", "2026/8", ["2026/9", "2026/10"]),
    ],
)
def test_the_one_run_of_digits_that_counts_up_is_continued(first: str, second: str, following: list[str]) -> None:
    assert take(first, second, 2) == following


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("0002", "0005"),
        ("0003", "0002"),
        ("0002", "0002"),
        ("A-1", "B-1"),
        ("A1-1", "A2-2"),
        ("abc", "abd"),
        ("7", "7-1"),
        ("²", "³"),
    ],
)
def test_no_pattern_is_seen_where_there_is_none(first: str, second: str) -> None:
    assert take(first, second, 1) is None


def test_a_gap_whose_numbers_are_taken_is_no_gap() -> None:
    assert take("0002", "0005", 2, {"0003", "0004"}) == ["0006", "0007"]


def test_taken_numbers_are_skipped_without_letter_case_and_accents() -> None:
    assert take("É-1", "É-2", 2, {fold("e-3")}) == ["É-4", "É-5"]


def test_fold_compares_as_kimais_database_does() -> None:
    assert fold("x-Á") == fold("X-a")


def numbering(
    *, accepted: bool = True, send_null: bool = False, wanted: int = 10, level: Level = Level.PROJECT
) -> Numbering:
    return Numbering(level, accepted=accepted, send_null=send_null, taken=["0004"], wanted=wanted)


def test_two_creates_go_alone_without_a_number_then_the_rest_carry_their_own() -> None:
    numbers = numbering()
    for seen in ("0002", "0003"):
        assert numbers.one_at_a_time
        assert numbers.fields() == {}
        numbers.saw(seen)

    assert not numbers.one_at_a_time
    assert [numbers.fields() for _ in range(2)] == [{"number": "0005"}, {"number": "0006"}]


def test_where_no_number_comes_back_none_is_sent_and_all_lanes_run() -> None:
    numbers = numbering()
    numbers.saw(None)

    assert not numbers.one_at_a_time
    assert numbers.fields() == {}


def test_a_form_without_a_number_field_gets_none_and_all_lanes_run() -> None:
    numbers = numbering(accepted=False)

    assert not numbers.one_at_a_time
    assert numbers.fields() == {}


def test_numbers_none_sends_null_and_all_lanes_run() -> None:
    numbers = numbering(send_null=True)

    assert not numbers.one_at_a_time
    assert numbers.fields() == {"number": None}


def test_a_level_whose_numbers_show_no_pattern_is_created_one_at_a_time() -> None:
    numbers = numbering()
    for seen in ("a", "c", "x", "b", "0002", "0003"):
        numbers.saw(seen)

    assert numbers.one_at_a_time
    assert numbers.fields() == {}


def test_a_pattern_that_shows_late_is_taken() -> None:
    numbers = numbering()
    for seen in ("0002", "0012", "0013"):
        numbers.saw(seen)

    assert numbers.fields() == {"number": "0014"}


def test_a_sequence_that_would_grow_too_long_for_kimai_is_left_to_kimai() -> None:
    numbers = numbering(wanted=10)
    for seen in ("9999999995", "9999999996"):
        numbers.saw(seen)

    assert numbers.one_at_a_time
