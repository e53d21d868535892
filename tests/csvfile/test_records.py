"""Records are read as the csv module reads them, blanks around quotes are forgiven, and lost quotes are told."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimai_async.csvfile.records import BrokenRecordError, Records, lone_quotes

DELIMITERS = [",", ";", "\t", "|", "^", "]", "-", "\\", "~"]
LIMIT = csv.field_size_limit()


def records(text: str, delimiter: str = ",") -> list[tuple[int, list[str]]]:
    return list(Records(io.StringIO(text, newline=""), delimiter))


def refusal(text: str) -> tuple[int, str]:
    with pytest.raises(BrokenRecordError) as caught:
        records(text)
    return caught.value.line, str(caught.value)


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ('"Customer", "Project"\n', ["Customer", "Project"]),
        ('"A" , "B, c" ,D\n', ["A", "B, c", "D"]),
        ('  "A",\t"B"\u00a0,\u3000"C"', ["A", "B", "C"]),
        ('A, "x\ny" , "z"\n', ["A", "x\ny", "z"]),
        ('A, "B\nc, ""d"" ,", "E"\r\n', ["A", 'B\nc, "d" ,', "E"]),
        ('"x\n" ,y\n', ["x\n", "y"]),
        ('"x\n y "" z\n" ,"u" \n', ['x\n y " z\n', "u"]),
        ('"say ""hi"" , ok",B\n', ['say "hi" , ok', "B"]),
        ('"a "" ,b" ,c\n', ['a " ,b', "c"]),
        ('"A, "" ,\n"" , B" , C\n', ['A, " ,\n" , B', " C"]),
        (" A , B \n", [" A ", " B "]),
        (' "A" Ltd,B\n', [' "A" Ltd', "B"]),
        ('A "B" ,C\n', ['A "B" ', "C"]),
        ('" A ", " "\n', [" A ", " "]),
    ],
)
def test_blanks_around_quotes_do_not_count_and_all_others_do(text: str, cells: list[str]) -> None:
    assert records(text) == [(1, cells)]


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_blanks_around_quotes_do_not_count_whatever_the_delimiter(delimiter: str) -> None:
    text = ' "A" ,  "B,b" \n"C""," , D\n'.replace(",", delimiter)

    assert records(text, delimiter) == [(1, ["A", f"B{delimiter}b"]), (2, [f'C"{delimiter}', " D"])]


def test_a_delimiter_that_is_a_blank_is_no_blank() -> None:
    assert records('"A" "B"  "C"\n', " ") == [(1, ["A", "B", "", "C"])]
    assert records('"A"\t "B" \t\t"C"\n', "\t") == [(1, ["A", "B", "", "C"])]


def test_records_are_taken_in_parts_and_know_their_text() -> None:
    found = Records(io.StringIO('A,B\n\n"C\nc" ,D\nE,F\n', newline=""), ",", first=5)

    assert next(iter(found)) == (5, ["A", "B"])
    assert found.raw == ["A,B\n"]
    assert next(iter(found)) == (7, ["C\nc", "D"])
    assert found.raw == ['"C\n', 'c",D\n']
    assert list(found) == [(9, ["E", "F"])]


OPEN = "a quote opens a field here and none closes it; add the closing quote, or delete this one"
FOLLOWS = 'text follows a closing quote; put the whole text in quotes, and double each quote within it ("")'

FOLLOWS_LATER = (
    "a quote opens a field here, and on line 4 text follows the one that closes it; close it here, or double each "
    'quote within its text ("")'
)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ('A,"B,C\nD\n', 1, OPEN),
        ('A,"b\nb","C,D\nE\n', 2, f"{OPEN}; its row begins on line 1"),
        (
            'A\n"B\nb",C\nD,"E\n',
            4,
            f"{OPEN}; or a quote is lost above, where a field of several lines begins on line 2",
        ),
        ('A\n"B";"C"\n', 2, "';' follows a closing quote, while ',' is the file's delimiter; mend it"),
        ('A\n"B" \t"C"\n', 2, "'\\t' follows a closing quote, while ',' is the file's delimiter; mend it"),
        ('A\n"B"c,D\n', 2, FOLLOWS),
        ('A,"B""c"d\n', 1, FOLLOWS),
        ('A,"b\nb","C"c\n', 2, f"{FOLLOWS}; its row begins on line 1"),
        ('A\nB,"C,D\nE,F\nG,"H, h",I\n', 2, FOLLOWS_LATER),
        ("A\nb\0,c\n", 2, "character 2 is a NUL byte; delete it"),
        ('A,"b\nb",\0\n', 2, "character 4 is a NUL byte; delete it"),
        ("A\nB," + "x" * (LIMIT + 1), 2, f"a field has more than {LIMIT:,} characters; shorten it"),
        (f'A,"{"x" * (LIMIT + 1)}"', 1, f"a field has more than {LIMIT:,} characters; shorten it"),
        (
            'A\nB,"C\n' + "D,E\n" * (LIMIT // 4 + 1),
            2,
            f"a quote opens a field here that has more than {LIMIT:,} characters; the closing quote may be lost",
        ),
    ],
)
def test_what_cannot_be_read_is_told_where_it_begins(text: str, line: int, reason: str) -> None:
    assert refusal(text) == (line, reason)


@pytest.mark.parametrize(
    ("record", "lone"),
    [
        ('Acme, Inc",Web\n', [' Inc"']),
        ('"Acme, Inc",Web\n', []),
        ('"A ""B",C\n', []),
        ('A "B" c,C\n', []),
        ('A"B, c"\n', ['A"B', ' c"']),
        ('"A\nb",C"\r\n', ['C"']),
        ("A,,B\n", []),
        ("", []),
    ],
)
def test_a_quote_without_its_fellow_is_seen(record: str, lone: list[str]) -> None:
    assert lone_quotes(record, ",") == lone


CELLS = st.text(st.sampled_from('ab ,;"\t\u00a0\n'), max_size=8)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=5), st.sampled_from(DELIMITERS), st.booleans())
def test_what_the_csv_module_writes_reads_back(rows: list[list[str]], delimiter: str, everything: bool) -> None:
    out = io.StringIO()
    csv.writer(
        out, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL if everything else csv.QUOTE_MINIMAL
    ).writerows(rows)

    assert [cells for _, cells in records(out.getvalue(), delimiter)] == [row for row in rows if any(row)]


@given(
    st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=5),
    st.sampled_from(DELIMITERS),
    st.lists(st.sampled_from(["", " ", "  ", "\u00a0"]), min_size=2, max_size=2),
)
def test_blanks_may_stand_around_every_quoted_field(rows: list[list[str]], delimiter: str, blanks: list[str]) -> None:
    before, after = blanks
    text = "".join(
        delimiter.join(f'{before}"{cell.replace(chr(34), chr(34) * 2)}"{after}' for cell in row) + "\n" for row in rows
    )

    assert [cells for _, cells in records(text, delimiter)] == [row for row in rows if any(row)]
