from __future__ import annotations

import codecs
import io

import pytest

from kimai_async.csvfile.table import Table
from kimai_async.errors import CsvError, UsageError
from kimai_async.settings import parse_delimiter
from kimai_async.tree.nodes import LEVELS, Level

HEADING = "Customer,Project,Activity\n"


def table(content: str | bytes, *, delimiter: str | None = None, encoding: str | None = None) -> Table:
    data = content.encode() if isinstance(content, str) else content
    return Table(io.BytesIO(data), name="big.csv", delimiter=delimiter, encoding=encoding)


def refusal(content: str | bytes, *, delimiter: str | None = None, encoding: str | None = None) -> str:
    with pytest.raises(CsvError) as caught:
        list(table(content, delimiter=delimiter, encoding=encoding))
    return str(caught.value)


def test_rows_come_with_the_line_that_they_start_on() -> None:
    assert list(table(HEADING + 'A,B,C\n\n"A","B\nb",C\nX,Y,Z\n')) == [
        (2, ["A", "B", "C"]),
        (4, ["A", "B\nb", "C"]),
        (6, ["X", "Y", "Z"]),
    ]


def test_a_table_can_be_read_twice() -> None:
    read = table(HEADING + "A,B,C\n")

    assert list(read) == list(read)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_read(ending: str) -> None:
    content = (HEADING + "A,B,C\nD,E,F\n").replace("\n", ending)

    assert [line for line, _ in table(content)] == [2, 3]


def test_blank_lines_and_rows_of_empty_cells_are_skipped() -> None:
    assert list(table("\n" + HEADING + "\n,,\nA,B,C\n")) == [(5, ["A", "B", "C"])]


def test_a_byte_order_mark_is_no_part_of_the_heading() -> None:
    assert table(codecs.BOM_UTF8 + HEADING.encode()).heading == ["Customer", "Project", "Activity"]


def test_headings_come_in_any_order_and_letter_case_with_spaces_around() -> None:
    read = table("ACTIVITY, customer ,Note,pRoject\n")

    assert [read.columns.index(level) for level in LEVELS] == [1, 3, 0]
    assert list(read.doubts()) == []


def test_other_delimiters_are_read() -> None:
    assert list(table("Customer;Project;Activity\nA;B;C,c\n", delimiter=";")) == [(2, ["A", "B", "C,c"])]


def test_another_encoding_is_read() -> None:
    ((_, cells),) = table((HEADING + "Müller,B,C\n").encode("cp1252"), encoding="windows-1252")

    assert cells[0] == "Müller"


def test_utf_16_is_read_when_named() -> None:
    ((_, cells),) = table((HEADING + "Müller,B,C\n").encode("utf-16"), encoding="utf-16")

    assert cells[0] == "Müller"


def test_the_levels_have_their_column() -> None:
    assert table(HEADING).columns.index(Level.ACTIVITY) == 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "big.csv is empty; it needs a line of headings: Customer,Project,Activity."),
        ("\n\n", "big.csv holds no text; it needs a line of headings: Customer,Project,Activity."),
        (b"PK\x03\x04rest", "big.csv is a zip file, not a CSV"),
        (b"\xd0\xcf\x11\xe0rest", "big.csv is an old Excel workbook, not a CSV"),
        (b"Customer\0\0Project", "big.csv is a binary file, not a CSV"),
        (b"Customer\0Project", "big.csv, line 1: character 9 is a NUL byte; delete it."),
        (HEADING + "A,B,C\n" * 4000 + "A,\0B,C\n", "big.csv, line 4002: character 3 is a NUL byte; delete it."),
        (",,,\n,,,\n", "big.csv, line 1: delimiters, and nothing between them; it needs a line of headings"),
        ("Foo;Bar\n", "line 1: no heading names a customer, a project or an activity; found: 'Foo', 'Bar'. Say which"),
        ("Customer,Customer,Project,Activity\n", "line 1: the heading Customer stands 2 times; rename all but one."),
        (HEADING + 'A,"B,C\nD,E,F\n', "big.csv, line 2: a quoted field is opened here and never closed"),
        (HEADING + 'A,B,C\nA,"B"b,C\n', "big.csv, line 3: text follows a closing quote"),
        (HEADING.encode() + b"A,B,C\nM\x81ller,B,C\n", "line 3, character 2: the byte 0x81 is neither UTF-8 nor"),
    ],
)
def test_what_cannot_be_read_gets_one_sentence(content: str | bytes, sentence: str) -> None:
    assert sentence in refusal(content)


@pytest.mark.parametrize(("found", "shown"), [(";", "';'"), ("\t", "tab")])
def test_a_wrong_delimiter_gets_the_advice_to_take_the_other(found: str, shown: str) -> None:
    sentence = refusal(HEADING.replace(",", found), delimiter=",")

    assert "the heading is one column" in sentence
    assert f"with ',' as the delimiter; try --delimiter {shown}, or leave it out." in sentence


def test_a_wrong_encoding_names_the_first_byte_that_it_does_not_know() -> None:
    assert (
        "line 2, character 2: the byte 0xFC is not UTF-8; save the file as UTF-8, or leave --encoding out."
        in refusal(HEADING.encode() + b"M\xfcller,B,C\n", encoding="utf-8")
    )


def test_a_first_line_of_excels_names_the_delimiter() -> None:
    read = table("sep=;\n\nCustomer;Project\nA,B;C\n")

    assert (read.delimiter, read.heading_line, list(read)) == (";", 3, [(4, ["A,B", "C"])])


def test_a_given_delimiter_goes_before_excels_first_line() -> None:
    assert table("sep=;\nCustomer,Project\nA,B\n", delimiter=",").heading == ["Customer", "Project"]


def test_what_is_read_as_windows_1252_by_elimination_is_said() -> None:
    read = table(HEADING.encode() + b"M\xfcller,B,C\n")

    assert list(read) == [(2, ["Müller", "B", "C"])]
    place = "line 2, character 2: the byte 0xFC"
    assert list(read.doubts()) == [
        f"big.csv is not UTF-8 ({place}): read as Windows-1252; if names look wrong, give its --encoding"
    ]


def test_bytes_that_another_encoding_does_not_know_are_named() -> None:
    assert "line 2, character 1: the byte 0x81 is not Windows-1252" in refusal(
        HEADING.encode() + b"\x81,B,C\n", encoding="windows-1252"
    )


def test_nobody_is_told_to_leave_out_an_encoding_that_was_not_given() -> None:
    assert refusal(codecs.BOM_UTF8 + HEADING.encode() + b"M\xfcller,B,C\n") == (
        "big.csv, line 2, character 2: the byte 0xFC is not UTF-8; save the file as UTF-8."
    )
    assert refusal(HEADING.encode("utf-16") + b"x") == "big.csv is not UTF-16 up to its end; save the file as UTF-8."


def test_a_file_that_is_broken_beyond_one_byte_is_refused_too() -> None:
    assert "big.csv is not UTF-16 up to its end; save the file as UTF-8, or leave --encoding out." in refusal(
        HEADING.encode("utf-16") + b"x", encoding="utf-16"
    )


@pytest.mark.parametrize("encoding", ["klingon", "hex"])
def test_an_unknown_encoding_is_a_usage_error(encoding: str) -> None:
    with pytest.raises(UsageError, match="--encoding"):
        table(HEADING, encoding=encoding)


@pytest.mark.parametrize(
    ("given", "meant"), [(",", ","), (";", ";"), ("tab", "\t"), ("TAB", "\t"), ("\\t", "\t"), ("|", "|")]
)
def test_a_delimiter_is_one_character_or_tab(given: str, meant: str) -> None:
    assert parse_delimiter(given) == meant


@pytest.mark.parametrize("given", ["", ",,", '"', "\n"])
def test_any_other_delimiter_is_a_usage_error(given: str) -> None:
    with pytest.raises(UsageError, match="--delimiter takes one character or the word tab"):
        parse_delimiter(given)
