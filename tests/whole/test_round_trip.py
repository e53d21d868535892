"""Any tree of names, written in any dialect and read back, is the same tree."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from kimai_async.csvfile.table import Table
from kimai_async.errors import CsvError
from kimai_async.plan.build import Plan, build
from kimai_async.settings import Rules
from kimai_async.tree.names import trim
from kimai_async.tree.nodes import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable

# Everything that can be written as UTF-8, but for NUL: a file with one is taken for a binary.
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
NAMES = st.text(CHARACTERS, min_size=2, max_size=20).filter(lambda name: len(trim(name)) >= 2)
ROWS = st.lists(st.lists(NAMES, min_size=1, max_size=3), min_size=1, max_size=12)
DELIMITERS = st.sampled_from([",", ";", "\t", "|"])
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])
HEADINGS = st.permutations(["Customer", "Project", "Activity"])
OTHER_DELIMITER = (
    r"line \d+: .* (has the [a-z ]+ as its delimiter, while the file has the [a-z ]+; mend it, or put it in "
    r"quotes if it is one name|is delimiters and nothing between them, while the file has the [a-z ]+; delete it)"
)


def write(
    rows: list[list[str]], heading: list[str], delimiter: str, encoding: str, ending: str, quoting: bool
) -> bytes:
    order = [["Customer", "Project", "Activity"].index(name) for name in heading]
    out = io.StringIO()
    # Python's writer leaves a lone \r bare if lines end with \n.
    everything = quoting or any("\r" in name for row in rows for name in row)
    writer = csv.writer(
        out, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL if everything else csv.QUOTE_MINIMAL
    )
    writer.writerow(heading)
    for row in rows:
        full = [*row, *[""] * (3 - len(row))]
        writer.writerow([full[index] for index in order])
    return out.getvalue().encode(encoding)


def read(data: bytes, *, encoding: str | None = None, **rules: bool) -> Plan:
    return build(Table(io.BytesIO(data), name="big.csv", encoding=encoding), Rules(**rules))  # type: ignore[arg-type]


def understood(written: Callable[[bool], bytes], encoding: str | None = None) -> Plan:
    """The plan of a file; a lone name that looks like a row in another delimiter must be told, and stand in quotes."""
    plan = read(written(False), encoding=encoding)
    if plan.hopeless:
        assert all(re.fullmatch(OTHER_DELIMITER, problem) for problem in plan.problems.by_line())
        plan = read(written(True), encoding=encoding)
        plan.refuse()
    return plan


def paths(plan: Plan) -> list[tuple[str, ...]]:
    return sorted(node.path for level in LEVELS for node in plan.tree.level(level))


@given(
    rows=ROWS,
    heading=HEADINGS,
    delimiter=DELIMITERS,
    encoding=ENCODINGS,
    ending=st.sampled_from(["\n", "\r\n"]),
    quoting=st.booleans(),
)
def test_any_tree_in_any_dialect_reads_back_as_the_same_tree(
    rows: list[list[str]], heading: list[str], delimiter: str, encoding: str, ending: str, quoting: bool
) -> None:
    names = [[trim(name) for name in row] for row in rows]
    wanted = {tuple(row[:depth]) for row in names for depth in range(1, len(row) + 1)}

    plan = understood(lambda quotes: write(rows, heading, delimiter, encoding, ending, quoting or quotes))
    assert paths(plan) == sorted(wanted)


@pytest.mark.parametrize("name", [";;", "0;;", ";a;", "\t|\t|\t"])
def test_what_looks_like_a_row_in_another_delimiter_is_a_name_if_it_stands_in_quotes(name: str) -> None:
    heading = ["Customer", "Project", "Activity"]
    with pytest.raises(CsvError, match=OTHER_DELIMITER):
        read(write([[name]], heading, ",", "utf-8", "\n", quoting=False)).refuse()

    assert paths(read(write([[name]], heading, ",", "utf-8", "\n", quoting=True))) == [(trim(name),)]


@example(rows=[[",,\xa0"]], delimiter=";")  # a row of foreign delimiters, unless it stands in quotes
@given(rows=ROWS, delimiter=DELIMITERS)
def test_a_tree_that_windows_1252_can_say_reads_back_from_it(rows: list[list[str]], delimiter: str) -> None:
    kept = [[name.encode("cp1252", "ignore").decode("cp1252") for name in row] for row in rows]
    assume(all(len(trim(name)) >= 2 for row in kept for name in row))
    data = write(kept, ["Customer", "Project", "Activity"], delimiter, "cp1252", "\n", False)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        names = [[trim(name) for name in row] for row in kept]
        wanted = {tuple(row[:depth]) for row in names for depth in range(1, len(row) + 1)}

        def written(quotes: bool) -> bytes:
            return write(kept, ["Customer", "Project", "Activity"], delimiter, "cp1252", "\n", quotes)

        try:
            plan = understood(written)
        except CsvError as error:  # more of it looks like UTF-8 than not, as in `Ã¼`
            assert "give --encoding windows-1252" in str(error)  # noqa: PT017 - either outcome is right
            plan = understood(written, encoding="windows-1252")
        assert paths(plan) == sorted(wanted)


@given(rows=ROWS)
def test_joined_without_letter_case_and_accents_no_two_siblings_look_alike(rows: list[list[str]]) -> None:
    plan = read(write(rows, ["Customer", "Project", "Activity"], ",", "utf-8", "\n", False), any_case=True)

    def folded(name: str) -> str:
        decomposed = unicodedata.normalize("NFKD", name.casefold())
        return "".join(character for character in decomposed if not unicodedata.combining(character))

    seen = [tuple(map(folded, path)) for path in paths(plan)]
    assert len(seen) == len(set(seen))
