"""Lists in pieces: what is kept of a row, and what is no list of Kimai's."""

from __future__ import annotations

import json
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimai_async.kimai.lists import MOST_PAGES, ListReader, OddShapeError, page_count
from kimai_async.kimai.messages import Entry
from kimai_async.tree.names import trim
from kimai_async.tree.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Collection

ROW = {"parentTitle": "P", "project": 3, "id": 1, "name": "A", "comment": None, "visible": True, "number": "7"}


def read(
    text: bytes,
    level: Level = Level.ACTIVITY,
    *,
    step: int = 1 << 30,
    piece: int = 1 << 20,
    whole: bool = False,
    below: Collection[int | None] | None = None,
) -> list[Entry]:
    reader = ListReader(level, whole=whole, below=below, piece=piece)
    for start in range(0, len(text), step):
        reader.feed(text[start : start + step])
    reader.end()
    return list(reader.entries.values())


def as_json(*rows: object) -> bytes:
    return json.dumps(rows, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("changed", "entry"),
    [
        ({}, Entry(1, "A", 3, True, "7")),
        ({"name": " A\u200b"}, Entry(1, "A", 3, True, "7")),
        ({"project": None, "visible": False, "number": None}, Entry(1, "A", None, False, None)),
        ({"visible": None, "number": ""}, Entry(1, "A", 3, True, None)),
        ({"number": 12}, Entry(1, "A", 3, True, "12")),
        ({"shown": 5, "parent": "x"}, Entry(1, "A", 3, True, "7")),
    ],
)
def test_a_row_is_reduced_to_what_is_compared(changed: dict[str, Any], entry: Entry) -> None:
    assert read(as_json({**ROW, **changed})) == [entry]


def test_what_a_row_lacks_before_kimai_2_63_is_nothing_and_it_is_visible() -> None:
    assert read(as_json({"id": 1, "name": "A", "project": 3})) == [Entry(1, "A", 3, True, None)]


def test_customers_have_no_parent_whatever_their_rows_say() -> None:
    assert read(as_json({"id": 1, "name": "A", "parent": 5}), Level.CUSTOMER) == [Entry(1, "A", None, True, None)]


def test_whole_rows_are_kept_below_the_parents_that_count() -> None:
    other = {**ROW, "id": 2, "project": 4}

    kept = read(as_json(ROW, other), whole=True, below={3})

    assert [entry.shown for entry in kept] == [ROW, None]
    assert [entry.shown for entry in read(as_json(ROW, other), whole=True)] == [ROW, other]
    assert [entry.name for entry in kept] == ["A", "A"]


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"{}", "expected `array`, got `object`"),
        (b"[1]", "expected `object`, got `int`"),
        (b"[{}]", "object missing required field `id`"),
        (b'[{"id":1,"name":"A"}]', "object missing required field `project`"),
        (as_json({**ROW, "id": True}), "`id`: expected `int`, got `bool`"),
        (as_json({**ROW, "id": 1.0}), "`id`: expected `int`, got `float`"),
        (as_json({**ROW, "id": 0}), "`id`: expected `int` >= 1"),
        (as_json({**ROW, "id": "1"}), "`id`: expected `int`, got `str`"),
        (as_json({**ROW, "id": {"a": 1}}), "`id`: expected `int`, got `object`"),
        (as_json({**ROW, "project": "3"}), "`project`: expected `int | null`, got `str`"),
        (as_json({**ROW, "name": 5}), "`name`: expected `str`, got `int`"),
        (as_json({**ROW, "visible": 1}), "`visible`: expected `bool | null`, got `int`"),
        (as_json({**ROW, "number": 1.5}), "`number`: expected `int | str | null`, got `float`"),
        (as_json(ROW, {**ROW, "name": "B"}), "the id 1 for two rows"),
        (b'[{"x":' + b"[" * 100_000, "nested too deep"),
        (b'[{"id":1e999}]', "number out of range"),
        (b'[{"id":' + b"9" * 5_000 + b"}]", "integer value out of range"),
    ],
)
def test_what_is_no_list_of_kimais_is_told_in_a_few_words(text: bytes, said: str, *, whole: bool) -> None:
    with pytest.raises(OddShapeError) as caught:
        read(text, whole=whole)

    assert said in str(caught.value)


@pytest.mark.parametrize("text", [b"", b"<html>", as_json(ROW)[:-1], as_json(ROW) + b"x", b'[{"name":"\xff","id":1}]'])
def test_what_is_no_json_or_half_of_it_is_no_shape_at_all(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any
        read(text)


def test_a_mark_before_the_json_and_spaces_in_it_are_no_matter() -> None:
    spaced = json.dumps([ROW, {**ROW, "id": 2}], indent=2).encode()

    assert len(read(b"\xef\xbb\xbf" + spaced, step=1, piece=10)) == 2
    assert len(read(b"\xef\xbb\xbf" + as_json(ROW), step=1, piece=10)) == 1


def test_a_row_that_is_repeated_counts_once() -> None:
    assert read(as_json(ROW, ROW)) == [Entry(1, "A", 3, True, "7")]


NAMES = st.text(alphabet='AÜ☃ "},{:[]\\\n\u200b', min_size=1, max_size=12)
INNER = st.recursive(
    st.none() | NAMES,
    lambda inner: st.lists(st.dictionaries(st.sampled_from(["id", "project", "x"]), inner)),
    max_leaves=6,
)


@given(
    rows=st.lists(st.tuples(NAMES, INNER, st.integers(1, 4)), max_size=12),
    first=st.sampled_from(["id", "project", "name"]),
    sizes=st.tuples(st.integers(1, 40), st.integers(1, 200)),
)
def test_rows_are_the_same_however_the_list_is_cut(
    rows: list[tuple[str, Any, int]], first: str, sizes: tuple[int, int]
) -> None:
    listed = []
    for number, (name, inner, parent) in enumerate(rows, 1):
        row = {"id": number, "project": parent, "name": name}
        listed.append(
            {first: row.pop(first), "metaFields": inner, **row, "teams": [{"id": 1}, {"id": 2, first: inner}]}
        )
    step, piece = sizes

    entries = read(as_json(*listed), step=step, piece=piece)

    assert entries == [Entry(n, trim(name), parent, True, None) for n, (name, _, parent) in enumerate(rows, 1)]


def test_a_list_is_never_in_memory_as_a_whole() -> None:
    row = as_json({**ROW, "comment": "x" * 2_000, "id": 10**9})[1:-1]
    reader = ListReader(Level.ACTIVITY)
    tracemalloc.start()
    try:
        reader.feed(b"[")
        for number in range(10_000):
            reader.feed(row.replace(b"1000000000", b"%d" % (10**9 + number)) + b",")
        reader.feed(row.replace(b"1000000000", b"5") + b"]")
        reader.end()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(reader.entries) == 10_001
    assert peak < 10_000 * len(row) / 2


@pytest.mark.parametrize(
    ("header", "pages"),
    [(None, 1), ("", 1), ("many", 1), ("-1", 1), ("٣", 1), ("3", 3), ("0", 0), ("9" * 5_000, MOST_PAGES)],
)
def test_the_number_of_pages_is_what_can_be_read_as_one(header: str | None, pages: int) -> None:
    assert page_count(header) == pages
