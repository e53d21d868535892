from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kimai_async.create.numbers import Numbering, Numbers, common_sequence, counting_sequence, sequence_of
from kimai_async.tree.lookalikes import fold
from kimai_async.tree.nodes import Level, Node, Tree

if TYPE_CHECKING:
    from collections.abc import Iterable

YEAR = 2026


def nodes(count: int) -> list[Node]:
    tree = Tree()
    return [tree.add(f"Customer {index}", index + 2) for index in range(count)]


def numbering(
    *newest: str | None,
    all: Iterable[str] = (),  # noqa: A002 - Numbers has it so
    order: Iterable[tuple[Node, str | None]] = (),
    rows: int | None = None,
    accepted: bool = True,
    send_null: bool = False,
    by_server: bool = True,
    wanted: int = 10,
    level: Level = Level.PROJECT,
    check: bool = False,
) -> Numbering:
    """What is known of a level whose rows have these numbers, the newest first."""
    every = [*all, *(number for number in newest if number is not None)]
    known = Numbers(
        rows=len(every) if rows is None else rows,
        newest=newest,
        all=lambda: every,
        order=lambda: order,
        wanted=wanted,
    )
    return Numbering(level, known, accepted=accepted, send_null=send_null, by_server=by_server, year=YEAR, check=check)


def given(numbers: Numbering, count: int) -> list[str | None]:
    return [numbers.fields(node).get("number") for node in nodes(count)]


@pytest.mark.parametrize(
    ("newest", "following"),
    [
        (("0003", "0002"), ["0004", "0005"]),
        (("0002", "0003"), ["0004", "0005"]),
        (("10", "9"), ["11", "12"]),
        (("0010", "0009"), ["0011", "0012"]),
        (("10000", "9999"), ["10001", "10002"]),
        (("K-0003-2026", "K-0002-2026"), ["K-0004-2026", "K-0005-2026"]),
        (("2026/8", "2026/7"), ["2026/9", "2026/10"]),
        (("0004", "Special", "0003"), ["0005", "0006"]),
        (("Special", "0004", "0003"), ["0005", "0006"]),
    ],
)
def test_the_sequence_of_the_newest_rows_is_continued_where_the_server_itself_would_go_on(
    newest: tuple[str, ...], following: list[str]
) -> None:
    before = common_sequence(*following)
    assert before is not None
    numbers = numbering(*newest, rows=(before.count(following[0]) or 0) - 2, level=Level.CUSTOMER)

    assert not numbers.one_at_a_time
    assert given(numbers, 2) == following


@pytest.mark.parametrize(
    "newest",
    [
        (),
        ("0002",),
        (None, "0003", "0002"),
        ("A-1", "B-1"),
        ("A1-1", "A2-2"),
        ("abc", "abd"),
        ("7", "7-1"),
        ("²", "³"),
        ("K-0003-2025", "K-0002-2025"),
        ("K-0003-2026", "K-0002-2025"),
        ("0002", "0002"),
    ],
)
def test_what_the_newest_rows_do_not_show_for_certain_is_asked_of_the_server(newest: tuple[str | None, ...]) -> None:
    numbers = numbering(*newest)

    assert sequence_of(newest, YEAR, len(newest)) is None
    assert numbers.one_at_a_time
    assert given(numbers, 1) == [None]


@pytest.mark.parametrize(
    ("newest", "rows", "following"),
    [
        (("ERP-993", "ERP-992", "0007", "0006"), 8, "0010"),
        (("0007", "ERP-993", "0006", "ERP-992"), 8, "0010"),
        (("ERP-12", "ERP-11", "0498", "0497"), 499, "0501"),
        (("K7-0012", "K7-0011", "K8-0011"), 11, "K7-0013"),
    ],
)
def test_of_several_sequences_that_is_continued_which_is_nearest_to_kimais_own_count(
    newest: tuple[str, ...], rows: int, following: str
) -> None:
    """Rows that were brought along from elsewhere have numbers of their own."""
    assert given(numbering(*newest, rows=rows), 1) == [following]


def test_a_format_that_adds_to_the_count_is_asked_for_and_one_answer_of_it_is_enough() -> None:
    """`K-{cc+1000,5}`: the numbers alone might as well be what is left after a thousand rows were deleted."""
    first, second = nodes(2)
    numbers = numbering("K-01003", "K-01002", "K-01001", rows=3, level=Level.CUSTOMER)
    assert numbers.one_at_a_time

    numbers.created(first, "K-01004")
    assert numbers.fields(second) == {"number": "K-01005"}


def test_after_a_thousand_rows_were_deleted_one_answer_says_that_the_server_goes_on_below() -> None:
    first, second, third = nodes(3)
    numbers = numbering("1004", "1003", "1002", all=["0006"], rows=3)
    assert numbers.one_at_a_time

    numbers.created(first, "0005")
    assert not numbers.surprised
    assert [numbers.fields(node) for node in (second, third)] == [{"number": "0007"}, {"number": "0008"}]


def test_numbers_that_are_taken_right_above_the_count_leave_no_doubt_how_the_server_goes_on() -> None:
    taken = [f"{count:04}" for count in range(600, 900)]
    numbers = numbering("0899", "0898", all=taken[:-2], rows=598)

    assert given(numbers, 1) == ["0900"]


def test_the_first_answer_shows_the_sequence_also_where_the_servers_count_is_taken() -> None:
    first, second = nodes(2)
    numbers = numbering(None, "0005", "0004", rows=2)
    numbers.created(first, "0006")

    assert not numbers.one_at_a_time
    assert not numbers.surprised
    assert numbers.fields(second) == {"number": "0007"}


def test_the_year_of_a_format_that_was_changed_since_the_last_row_is_learnt_by_one_answer() -> None:
    first, second = nodes(2)
    numbers = numbering("K-0003-2025", "K-0002-2025", level=Level.CUSTOMER)
    assert numbers.one_at_a_time

    numbers.created(first, "K-0004-2026")
    assert numbers.fields(second) == {"number": "K-0005-2026"}


def test_a_level_that_is_to_be_checked_is_asked_once_whether_the_server_gives_numbers_still() -> None:
    first, second = nodes(2)
    numbers = numbering("0003", "0002", check=True)
    assert (numbers.one_at_a_time, numbers.fields(first), numbers.gives) == (True, {}, None)

    numbers.created(first, "0004")
    assert (numbers.one_at_a_time, numbers.gives) == (False, True)
    assert numbers.fields(second) == {"number": "0005"}

    numbers = numbering("0003", "0002", check=True)
    numbers.created(first, None)
    assert (numbers.one_at_a_time, numbers.gives) == (False, False)
    assert numbers.fields(second) == {}


def test_a_check_leaves_what_a_killed_run_may_have_sent_its_number() -> None:
    hole, there, new, newer = nodes(4)
    order = [(hole, None), (there, "0005"), (new, None), (newer, None)]
    numbers = numbering("0005", "0003", "0002", order=order, check=True)
    assert [numbers.given(node) for node in (hole, new)] == ["0004", None]

    numbers.found(hole)
    numbers.created(new, "0006")
    assert numbers.fields(newer) == {"number": "0007"}


@pytest.mark.parametrize(
    ("newest", "taken", "rows", "tries"),
    [
        (("0003", "0002"), (), 2, 0),
        (("0005", "0004"), (), 2, 2),
        (("0903", "0902"), range(600, 902), 598, 100),
        (("0690", "0689"), range(600, 689), 598, 91),
        ((), (), 0, 0),
        ((None, "X"), (), 900, 0),
    ],
)
def test_numbers_that_kimai_tries_in_vain_are_counted(
    newest: tuple[str | None, ...], taken: Iterable[int], rows: int, tries: int
) -> None:
    every = [*(f"{count:04}" for count in taken), *(number for number in newest if number is not None)]

    assert Numbers(rows=rows, newest=newest, all=lambda: every).tried_in_vain() == tries


def test_what_belongs_to_a_sequence_is_told_without_letter_case_and_accents() -> None:
    sequence = common_sequence("É-0001", "É-0002")

    assert sequence is not None
    assert [sequence.count(number) for number in ("e-0003", "É-3", "É-0003x", "F-0003", "É-", "É-12345")] == [
        3,
        None,
        None,
        None,
        None,
        12345,
    ]


def test_fold_compares_as_kimais_database_does() -> None:
    assert fold("x-Á") == fold("X-a")


@pytest.mark.parametrize(
    ("number", "count", "following"),
    [("0002", 2, "0003"), ("K-2026-0013", 13, "K-2026-0014"), ("2-0002", 2, None), ("0002", 3, None), ("K", 2, None)],
)
def test_one_number_tells_the_sequence_if_one_run_of_digits_alone_is_the_count(
    number: str, count: int, following: str | None
) -> None:
    sequence = counting_sequence(number, lambda _: count)

    assert (None if sequence is None else sequence.text(count + 1)) == following


def test_gaps_below_what_the_server_counts_stay_gaps_and_others_numbers_are_skipped() -> None:
    """Freed numbers may stand on invoices: with 6 rows the server would go on at 0008."""
    numbers = numbering("0012", "0011", all=["0002", "0003", "0008", "9000"])

    assert given(numbers, 4) == ["0009", "0010", "0013", "0014"]


def test_an_empty_kimai_is_asked_by_one_create_that_goes_alone_and_the_rest_carry_their_own_number() -> None:
    first, *rest = nodes(3)
    numbers = numbering()

    assert numbers.one_at_a_time
    assert numbers.fields(first) == {}
    numbers.created(first, "0002")

    assert not numbers.one_at_a_time
    assert [numbers.fields(node) for node in rest] == [{"number": "0003"}, {"number": "0004"}]
    assert not numbers.surprised


def test_a_count_that_the_lists_do_not_explain_takes_a_second_answer_and_is_told() -> None:
    first, second, third = nodes(3)
    numbers = numbering()
    numbers.created(first, "0107")

    assert numbers.one_at_a_time
    assert numbers.surprised
    numbers.created(second, "0108")
    assert numbers.fields(third) == {"number": "0109"}


def test_where_no_number_comes_back_none_is_sent_and_all_lanes_run() -> None:
    first, second = nodes(2)
    numbers = numbering(None, "0003", "0002")
    numbers.created(first, None)

    assert not numbers.one_at_a_time
    assert numbers.fields(second) == {}


@pytest.mark.parametrize("options", [{"accepted": False}, {"by_server": False}])
def test_a_server_that_gives_no_numbers_gets_none_and_all_lanes_run(options: dict[str, bool]) -> None:
    numbers = numbering("0003", "0002", **options)  # type: ignore[arg-type]

    assert not numbers.one_at_a_time
    assert given(numbers, 1) == [None]


def test_numbers_none_sends_null_and_all_lanes_run() -> None:
    numbers = numbering("0003", "0002", send_null=True)

    assert not numbers.one_at_a_time
    assert numbers.fields(nodes(1)[0]) == {"number": None}


def test_a_level_whose_numbers_show_no_pattern_is_created_one_at_a_time() -> None:
    numbers = numbering()
    for node, seen in zip(nodes(6), ("a", "c", "x", "b", "0007", "0008"), strict=True):
        numbers.created(node, seen)

    assert numbers.one_at_a_time
    assert given(numbers, 1) == [None]


def test_a_pattern_that_shows_late_is_taken() -> None:
    numbers = numbering()
    for node, seen in zip(nodes(3), ("0500", "0012", "0013"), strict=True):
        numbers.created(node, seen)

    assert given(numbers, 1) == ["0014"]


def test_answers_that_skip_numbers_which_nobody_has_show_no_pattern() -> None:
    numbers = numbering(all=["0101", "0102"])
    for node, seen in zip(nodes(2), ("0100", "0103"), strict=True):
        numbers.created(node, seen)
    assert not numbers.one_at_a_time

    numbers = numbering(all=["0101"])
    for node, seen in zip(nodes(2), ("0100", "0103"), strict=True):
        numbers.created(node, seen)
    assert numbers.one_at_a_time


def test_a_sequence_that_would_grow_too_long_for_kimai_is_left_to_kimai() -> None:
    assert numbering("9999999996", "9999999995", rows=9_999_999_990).one_at_a_time


def test_a_number_is_kept_until_the_row_is_settled() -> None:
    first, second, third = nodes(3)
    numbers = numbering("0003", "0002")
    once = numbers.fields(first)

    assert numbers.fields(second) == {"number": "0005"}
    assert numbers.fields(first) == once == {"number": "0004"}
    assert numbers.given(first) == "0004"
    numbers.refused(first)
    assert numbers.given(first) is None
    assert numbers.fields(third) == {"number": "0004"}


def test_a_number_that_belongs_to_somebody_else_is_not_given_out_again() -> None:
    first, second = nodes(2)
    numbers = numbering("0003", "0002")
    numbers.fields(first)
    numbers.lost(first)

    assert numbers.fields(second) == {"number": "0005"}
    assert numbers.fields(first) == {"number": "0006"}


def test_rows_with_a_number_of_their_own_count_as_the_server_counts_them() -> None:
    first, second, third = nodes(3)
    first.values = {"number": "X-7"}
    numbers = numbering()
    numbers.created(first, "X-7")

    assert numbers.one_at_a_time
    numbers.created(second, "0003")
    assert not numbers.surprised
    assert numbers.fields(third) == {"number": "0004"}


def test_who_has_a_number_keeps_it_when_the_server_is_asked_again() -> None:
    first, second, third = nodes(3)
    numbers = numbering("0003", "0002")
    numbers.fields(first)
    numbers.ask_server()

    assert numbers.one_at_a_time
    assert (numbers.fields(first), numbers.fields(second)) == ({"number": "0004"}, {})
    numbers.created(second, "0900")
    assert numbers.one_at_a_time
    numbers.created(third, "0901")
    assert not numbers.one_at_a_time


def test_the_next_run_gives_each_row_the_number_that_a_killed_run_gave_it() -> None:
    """Whatever was stored before the end, and whatever may be stored late."""
    ours = nodes(12)
    others = ["0002", "0003", "0004"]
    first = numbering("0004", "0003", "0002")
    numbers = [first.fields(node)["number"] or "" for node in ours]
    assert numbers == [f"{count:04}" for count in range(5, 17)]

    for stored in range(1 << 12):
        there = [number for index, number in enumerate(numbers) if stored >> index & 1]
        lanes = 12 - len(there) if stored.bit_length() == 12 else stored.bit_length() - len(there)
        if stored & (stored + 1) and lanes > 8:
            continue  # more were under way than there were lanes
        listed = [*others, *there]
        order = [(node, number if number in there else None) for node, number in zip(ours, numbers, strict=True)]
        again = numbering(*reversed(listed[-5:]), all=listed[:-5], order=order, rows=len(listed))

        assert [
            number if number in there else again.fields(node)["number"]
            for node, number in zip(ours, numbers, strict=True)
        ] == numbers


def test_rows_that_are_added_to_a_file_get_new_numbers_and_not_those_of_rows_that_were_deleted() -> None:
    ours = nodes(5)
    order = [(ours[0], None), (ours[1], "0002"), (ours[2], None), (ours[3], "0005"), (ours[4], None)]
    numbers = numbering("0005", "0002", order=order, all=["0006"])

    assert [numbers.fields(ours[index])["number"] for index in (0, 2, 4)] == ["0007", "0008", "0009"]
