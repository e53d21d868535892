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
        (HEADING + 'A,"B,C\nD,E,F\n', "big.csv, line 2: a quote opens a field here and none closes it"),
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


def test_a_line_break_in_a_files_name_is_spelled_out() -> None:
    read = Table(io.BytesIO(HEADING.encode() + b"M\xfcller,B,C\n"), name="big\nand\x1b[31m.csv")

    assert next(iter(read.doubts())).startswith(r"big\nand\x1b[31m.csv is not UTF-8")


@pytest.mark.parametrize(
    ("text", "line", "rows"),
    [
        ("# made by hand\n" + HEADING + "A,B,C\n", 2, [(3, ["A", "B", "C"])]),
        ("# one, two\n\n#\n" + HEADING + "A,B,C\n", 4, [(5, ["A", "B", "C"])]),
        ('"# one, two",,\n' + HEADING + "A,B,C\n", 2, [(3, ["A", "B", "C"])]),
        ("sep=;\n# one\n" + HEADING.replace(",", ";") + "A;B;C\n", 3, [(4, ["A", "B", "C"])]),
        ("# Customer;Project\nA;B\n", 1, [(2, ["A", "B"])]),
        ("#;Customer\n1;A\n", 1, [(2, ["1", "A"])]),
        (HEADING + "# A,B,C\n", 1, [(2, ["# A", "B", "C"])]),
    ],
)
def test_lines_above_the_headings_that_begin_with_a_hash_are_left_out(
    text: str, line: int, rows: list[tuple[int, list[str]]]
) -> None:
    read = table(text)

    assert (read.heading_line, list(read)) == (line, rows)


def test_what_is_left_out_above_the_headings_is_said() -> None:
    assert list(table("# one\n" + HEADING).doubts()) == ["line 1, above the headings, begins with # and is left out"]
    assert list(table("# one\n#\n\n# three\n" + HEADING).doubts()) == [
        "lines 1, 2, 4, above the headings, begin with # and are left out"
    ]
    assert len(next(iter(table("#\n" * 3000 + HEADING).doubts()))) < 120


@pytest.mark.parametrize("text", ["# one\n# two\n", "#\n"])
def test_remarks_alone_are_no_headings(text: str) -> None:
    assert refusal(text) == "big.csv holds no text; it needs a line of headings: Customer,Project,Activity."


TITLE = "big.csv, line 1: 'Report, 2026' is no heading, but line"
TITLES = "looks like the headings; delete the lines above it, or begin each with #."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            '"Report, 2026"\nCustomer;Project\n',
            f"{TITLE} 2 looks like the headings; delete the line above it, or begin it",
        ),
        ('"Report, 2026"\n\nAcme Inc.\nCustomer,Project\nA,B\n', f"{TITLE} 4 {TITLES}"),
        ('"Report, 2026",,\n,,\nClient,Start,End,Project\n', f"{TITLE} 3 {TITLES}"),
        ('"Report, 2026"\n' + "\n" * 18 + "Customer\n", f"{TITLE} 20 {TITLES}"),
        ("Project\n\nCustomer,Project\n", "big.csv, line 1: 'Project' stands alone, but line 3 looks like"),
        ("Report\nCustomer,2026,all of it\nCustomer,Project\n", "'Report' is no heading, but line 3 looks like"),
        ('"Report, 2026"\n' + "\n" * 19 + "Customer\n", "no heading names a customer"),
        ("Report\nCustomer, as of today\n", "no heading names a customer"),
    ],
)
def test_title_lines_above_the_headings_are_told(text: str, sentence: str) -> None:
    assert sentence in refusal(text)


def test_a_mapped_heading_below_a_title_is_found_with_its_delimiter() -> None:
    with pytest.raises(CsvError, match="'Report' is no heading, but line 2 looks like the headings"):
        Table(
            io.BytesIO(b"Report\nCost centre^Job\nA^B\n"),
            name="big.csv",
            delimiter="^",
            mapping={"customer": "Cost Centre", "project": "Job"},
        )


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("Customer^Project^Activity\n", "with ',' as the delimiter; try --delimiter '^'."),
        ("Customer'Project\n", "with ',' as the delimiter; try --delimiter \"'\"."),
        ("Customer::Project\n", "with ',' as the delimiter; try --delimiter ':'."),
        ("Customer~|~Project\n", "'~|~' stands between the headings, 'Customer~|~Project'; put a single character in"),
        (
            '"Customer,Project"\n"A,B"\n',
            "the headings, 'Customer,Project', stand in quotes as a whole, so they are one; take these quotes away.",
        ),
        ("sep=,\nCustomer;Project\n", "line 2: the heading is one column, 'Customer;Project', with ',' as the"),
    ],
)
def test_what_else_stands_between_the_headings_is_told(text: str, advice: str) -> None:
    assert advice in refusal(text)


def test_nobody_is_told_to_leave_out_a_delimiter_that_was_not_given() -> None:
    assert "leave it out" not in refusal("sep=,\nCustomer;Project\n")
    assert "leave it out" not in refusal("Customer^Project\n", delimiter=";")  # it would not be found


def test_a_second_line_of_headings_is_no_title() -> None:
    assert "stands 2 times" in refusal("Customer,Customer\nCustomer,Project\n")


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
