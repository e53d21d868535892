from __future__ import annotations

import codecs
import csv
import io
import zipfile

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kimai_async.csvfile.dialect import (
    find_delimiter,
    find_encoding,
    odd_separator,
    refuse_binary,
    separator_line,
    shown_delimiter,
    shown_encoding,
)
from kimai_async.errors import CsvError, UsageError

HEADING = "Customer,Project,Activity\n"
NAMES = ("Customer", "Project", "Activity")
DELIMITERS = (",", ";", "\t", "|")
MIB = 1 << 20


def encoding(data: bytes, wanted: str | None = None) -> str:
    return find_encoding(io.BytesIO(data), "big.csv", wanted)


def examine(data: bytes, wanted: str | None) -> None:
    file = io.BytesIO(data)
    refuse_binary(file, "big.csv")
    find_encoding(file, "big.csv", wanted)


def refusal(data: bytes, wanted: str | None = None) -> str:
    with pytest.raises(CsvError) as caught:
        examine(data, wanted)
    return str(caught.value)


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "<xml/>" * 100)
    return packed.getvalue()


def open_document(kind: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr("content.xml", "<xml/>")
    return packed.getvalue()


def known(cells: list[str]) -> int:
    return len({cell.strip().casefold() for cell in cells} & {name.casefold() for name in NAMES})


def delimiter(text: str) -> str:
    return find_delimiter(io.StringIO(text, newline=""), known)


@pytest.mark.parametrize(
    ("data", "codec"),
    [
        (b"", "utf-8"),
        (HEADING.encode(), "utf-8"),
        ("Müller,日本,🎉\n".encode(), "utf-8"),
        (codecs.BOM_UTF8 + b"A,B\n", "utf-8-sig"),
        (codecs.BOM_UTF8 + b"A,\xff\n", "utf-8-sig"),
        (codecs.BOM_UTF16_LE + "Müller".encode("utf-16-le"), "utf-16"),
        (codecs.BOM_UTF16_BE + "Müller".encode("utf-16-be"), "utf-16"),
        (codecs.BOM_UTF32_LE + "Müller".encode("utf-32-le"), "utf-32"),
        (codecs.BOM_UTF32_BE + "Müller".encode("utf-32-be"), "utf-32"),
        ("Müller, 5 €".encode("cp1252"), "cp1252"),
        ("Müller".encode()[:2], "cp1252"),
    ],
)
def test_a_mark_then_utf_8_then_windows_1252_decides(data: bytes, codec: str) -> None:
    assert encoding(data) == codec


@pytest.mark.parametrize("before", [MIB - 1, MIB, MIB + 1])
def test_a_character_may_lie_across_two_blocks(before: int) -> None:
    assert encoding(b"x" * before + "€".encode() + b"x" * MIB) == "utf-8"


@pytest.mark.parametrize("before", [0, MIB - 1, 3 * MIB])
def test_one_byte_anywhere_makes_a_file_windows_1252(before: int) -> None:
    assert encoding(b"x" * before + b"\xfc") == "cp1252"


@pytest.mark.parametrize(
    ("wanted", "data", "codec"),
    [
        ("utf-8", b"A", "utf-8-sig"),
        ("UTF8", b"\xff", "utf-8-sig"),
        ("utf-8-sig", b"A", "utf-8-sig"),
        ("utf-8", codecs.BOM_UTF8, "utf-8-sig"),
        ("windows-1252", "ü".encode(), "cp1252"),
        ("latin1", b"A", "iso8859-1"),
        ("utf-16", "A".encode("utf-16"), "utf-16"),
        ("utf-16", "A".encode("utf-16-le"), "utf-16"),
        ("utf-16-be", "A".encode("utf-16-be"), "utf-16-be"),
        ("utf-16-le", codecs.BOM_UTF16_LE + "A".encode("utf-16-le"), "utf-16"),
        ("utf-32-le", "A".encode("utf-32-le"), "utf-32-le"),
    ],
)
def test_an_encoding_that_is_asked_for_is_taken(wanted: str, data: bytes, codec: str) -> None:
    assert encoding(data, wanted) == codec


@pytest.mark.parametrize("wanted", ["klingon", "hex", "rot13", "", "a\0b", "\udcff"])
def test_an_unknown_encoding_is_a_usage_error(wanted: str) -> None:
    with pytest.raises(UsageError, match="is unknown; try utf-8 or windows-1252"):
        encoding(b"A", wanted)


@pytest.mark.parametrize(
    ("wanted", "data", "sentence"),
    [
        ("utf-8", HEADING.encode("utf-16"), "big.csv is UTF-16, not UTF-8; give --encoding utf-16."),
        ("cp1252", HEADING.encode("utf-8-sig"), "big.csv is UTF-8, not Windows-1252; give --encoding utf-8."),
        ("utf-16", HEADING.encode("utf-32"), "big.csv is UTF-32, not UTF-16; give --encoding utf-32."),
        ("latin1", HEADING.encode("utf-16"), "big.csv is UTF-16, not iso8859-1; give --encoding utf-16."),
    ],
)
def test_a_mark_that_contradicts_what_is_asked_for_is_an_error(wanted: str, data: bytes, sentence: str) -> None:
    assert refusal(data, wanted) == sentence


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize(
    ("third", "place"),
    [
        (b"Mar\xc5\x81\x8dx", "line 3, character 5: the byte 0x8D"),
        (b"A,B,C,\x81", "line 3, character 7: the byte 0x81"),
        (b"\x9d\x81", "line 3, character 1: the byte 0x9D"),
    ],
)
def test_a_byte_of_neither_encoding_is_named(ending: bytes, third: bytes, place: str) -> None:
    data = ending.join([b"Customer,Project,Activity", b"M\xfcller,B,C", third, b""])

    assert refusal(data) == f"big.csv, {place} is neither UTF-8 nor Windows-1252; give its --encoding."


def test_a_byte_of_neither_in_a_file_that_is_half_utf_8_is_named() -> None:
    assert refusal("Ávila,B,C\nMü".encode() + b"\xff\xff\n") == (
        "big.csv, line 2, character 3: the byte 0xFF is not UTF-8, and the file is not Windows-1252 either; "
        "give its --encoding."
    )


GIVE = "mend it, or give --encoding windows-1252 if it is that."


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize(
    ("third", "place"),
    [
        (b"Kundin M\xc3\xc3\x9fig", "line 3, character 9: the byte 0xC3"),
        (b"Kundin \xbc", "line 3, character 8: the byte 0xBC"),
        ("é,Ø".encode() + b"\xff", "line 3, character 4: the byte 0xFF"),
        ("日本,".encode() + b"\xe6", "line 3, character 4: the byte 0xE6"),
    ],
)
def test_one_wrong_byte_in_utf_8_is_named_and_the_file_refused(ending: bytes, third: bytes, place: str) -> None:
    data = ending.join([HEADING.strip().encode(), "Müßig,Prüfung".encode(), third, "Übergabe".encode(), b""])

    assert refusal(data) == f"big.csv, {place} is not UTF-8, the rest of the file is; {GIVE}"


def test_several_wrong_bytes_among_more_characters_of_utf_8_are_counted() -> None:
    data = "Müßig,Prüfung\n".encode() * 1000 + b"\xe4\xf6\n" * 1499

    many = "is not UTF-8, nor are 2,997 more, but most of the file is"
    assert refusal(data) == f"big.csv, line 1001, character 1: the byte 0xE4 {many}; {GIVE}"


@pytest.mark.parametrize("before", [0, MIB - 1, MIB, 3 * MIB])
def test_a_wrong_byte_is_counted_wherever_the_blocks_end(before: int) -> None:
    data = b"x" * before + "ä€🎉".encode()[:-1] + b"x" * MIB

    assert "character" in refusal(data + "ü".encode() * 2)
    assert encoding(data) == "cp1252"  # three bytes are none of UTF-8, and two characters are


@pytest.mark.parametrize("text", ["Müller, 5 €", "„GROß“", "«CAFÉ»", "Ã¼ber Öl", "Straße à la carte, Ü®é"])
def test_a_real_windows_1252_file_stays_one(text: str) -> None:
    assert encoding(text.encode("cp1252")) == "cp1252"


def test_an_encoding_that_is_given_is_believed_whatever_the_bytes_say() -> None:
    assert encoding("Müßig".encode() + b"\xff", "windows-1252") == "cp1252"


@given(st.text("äöüß€日🎉", min_size=2), st.data())
def test_a_damaged_byte_of_utf_8_makes_windows_1252_only_where_it_is_half_of_it(text: str, data: st.DataObject) -> None:
    whole = text.encode()
    place = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:place] + bytes([data.draw(st.integers(0x80, 0xFF))]) + whole[place + 1 :]
    try:
        codec = encoding(damaged)
    except CsvError as error:
        assert "line 1, character" in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert codec == "utf-8" or len(text) <= 5  # an emoji has four bytes


def test_the_file_stays_open() -> None:
    file = io.BytesIO(b"\x81")
    with pytest.raises(CsvError):
        find_encoding(file, "big.csv", None)

    assert not file.closed


@pytest.mark.parametrize("wanted", [None, "utf-8", "cp1252"])
@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [HEADING, "K", "Kunde;Tätigkeit„;Straße\n日本語;中文;中文\n"])
def test_utf_16_without_a_mark_must_be_named(wanted: str | None, codec: str, text: str) -> None:
    assert refusal(text.encode(codec), wanted) == (
        f"big.csv looks like UTF-16 without a byte order mark; give --encoding {codec}."
    )


@pytest.mark.parametrize("wanted", [None, "utf-8"])
@pytest.mark.parametrize(
    "data",
    [
        b"\0" * 100,
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"\x7fELF\x02\x01\x01" + HEADING.encode() * 9 + b"\0",
        codecs.BOM_UTF8 + b"A\0\0B,C",
        HEADING.encode("utf-32-le"),
    ],
)
def test_many_nul_bytes_or_other_control_bytes_make_a_file_binary(data: bytes, wanted: str | None) -> None:
    assert refusal(data, wanted) == "big.csv is a binary file, not a CSV; export it as CSV (UTF-8) and import that."


@pytest.mark.parametrize("data", [HEADING.encode() + b"\0", b"Customer\0Project", b"A" * 100 + b"\0"])
def test_text_with_a_nul_here_and_there_is_left_to_who_can_name_the_line(data: bytes) -> None:
    assert encoding(data) == "utf-8"


SAVE_AS = (
    'in Excel use "File, Save As, CSV UTF-8 (comma delimited)", in LibreOffice "File, Save As, Text CSV, '
    'character set UTF-8", and import that.'
)
EXPORT = "export it as CSV (UTF-8) and import that."
UNPACK = "unpack it and import the CSV in it."


@pytest.mark.parametrize(
    ("data", "kind", "advice"),
    [
        (zipped("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"), "an Excel workbook", SAVE_AS),
        (zipped("_rels/.rels", "docProps/app.xml", "xl/workbook.xml"), "an Excel workbook", SAVE_AS),
        (zipped("[Content_Types].xml", "word/document.xml"), "a Word or PowerPoint document", EXPORT),
        (open_document("spreadsheet"), "an OpenDocument spreadsheet", SAVE_AS),
        (open_document("text"), "a zip file", UNPACK),
        (zipped("big.csv"), "a zip file", UNPACK),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook", SAVE_AS),
        (b"%PDF-1.7\n", "a PDF", EXPORT),
        (b"\x1f\x8b\x08\0", "a gzip file", UNPACK),
        (rb"{\rtf1\ansi Customer,Project}", "rich text", "save it as plain text (UTF-8) and import that."),
        (b'{"customers": []}', "JSON", EXPORT),
        (b'\n  [{"customer": "A"}]', "JSON", EXPORT),
        (b"[\n", "JSON", EXPORT),
        (b"[\r\n", "JSON", EXPORT),
        (b'["A"]', "JSON", EXPORT),
        (codecs.BOM_UTF8 + b"{}", "JSON", EXPORT),
        (b"<!DOCTYPE html>", "HTML or XML", EXPORT),
        (b"\r\n<table>", "HTML or XML", EXPORT),
        (codecs.BOM_UTF8 + b"<?xml", "HTML or XML", EXPORT),
        ("<?xml".encode("utf-16"), "HTML or XML", EXPORT),
        (codecs.BOM_UTF16_BE + "{}".encode("utf-16-be"), "JSON", EXPORT),
    ],
)
def test_what_is_no_csv_is_named_with_what_to_do(data: bytes, kind: str, advice: str) -> None:
    assert refusal(data) == f"big.csv is {kind}, not a CSV; {advice}"


def test_an_empty_file_needs_headings() -> None:
    assert refusal(b"") == "big.csv is empty; it needs a line of headings: Customer,Project,Activity."


@pytest.mark.parametrize(
    "text",
    [
        HEADING,
        "\n" + HEADING,
        "[Customer],[Project]\n",
        "sep=;\n",
        "PK,A\n",
        "",
        '"{x}",<b>\n',
        "\u013c,\u017b",
        "\u3c00",
    ],
)
@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
def test_what_may_be_a_csv_is_not_refused(text: str, codec: str) -> None:
    refuse_binary(io.BytesIO(text.encode(codec)), "big.csv")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("sep=;", ";"),
        ("sep=;\r\nCustomer;Project\r\n", ";"),
        ("SEP=,\n", ","),
        ('"sep=;"\r', ";"),
        ("sep=\t\n", "\t"),
        ("Sep=|\n", "|"),
        ("sep=\n", None),
        ("sep=;;\n", None),
        ("sep=tab\n", None),
        ('sep="\n', None),
        ('"sep=;\n', None),
        ("Customer\nsep=;\n", None),
        ("", None),
    ],
)
def test_excels_first_line_names_the_delimiter(text: str, named: str | None) -> None:
    assert separator_line(text) == named


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Customer,Project,Activity\n", ","),
        ("Customer;Project;Activity\n", ";"),
        ("Customer\tProject\tActivity\r\n", "\t"),
        ("Customer|Project|Activity\r", "|"),
        ('"Customer";"Project";"Activity"', ";"),
        ('"Customer" ; "Project" ; "Activity"', ";"),
        ("\n\nCustomer;Project;Activity\n", ";"),
        (";;;\nCustomer;Project;Activity;\n", ";"),
        ('"Note, with\nmany, many, commas";Customer;Project;Activity\n', ";"),
        ("A,B,C,D,E,Customer;Project;Activity\n", ";"),
        ("Customer;Project;Activity\nA,b,c,d;B,,,;C\n", ";"),
    ],
)
def test_the_delimiter_is_the_one_that_finds_most_headings(text: str, found: str) -> None:
    assert delimiter(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A;B;C\n", ";"),
        ("A;B,C|D|E\n", "|"),
        ("A;B,C\n", ","),
        ("A;B|C\n", ";"),
        ("Customer\n", ","),
        ("Customer;A,Customer;B\n", ";"),
        ("", ","),
        ("\n\n", ","),
        ('"Customer;Project\n', ","),
        ('"Customer"x;Project;"Activity"\n', ","),
    ],
)
def test_among_equals_the_most_cells_win_and_then_the_comma(text: str, found: str) -> None:
    assert delimiter(text) == found


def levels(cells: list[str]) -> int:
    return len(set(cells) & set(NAMES))


@pytest.mark.parametrize(
    ("heading", "sign"),
    [
        ("Customer^Project^Activity", "^"),
        ("Customer~Project", "~"),
        ("Customer:Project:Activity", ":"),
        ("Customer::Project::Activity", "::"),
        ("Customer~|~Project", "~|~"),
        ("Customer\tProject", "\t"),
        ("Project-no^Customer^Project", "^"),
        ("Customer", None),
        ("Customer-no", None),
        ("Cost-centre^Customer", None),
        ("", None),
    ],
)
def test_what_else_separates_headings_is_found_if_it_shows_two_levels(heading: str, sign: str | None) -> None:
    assert odd_separator(heading, levels) == sign


def test_only_64_lines_are_taken() -> None:
    lines = iter(["Customer;Project;Activity\n"] + ["A,B,C\n"] * 100)

    assert find_delimiter(lines, known) == ";"
    assert len(list(lines)) == 37


@pytest.mark.parametrize(
    ("codec", "shown"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with a byte order mark"),
        ("utf-16", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("cp1252", "Windows-1252"),
        ("iso8859-15", "iso8859-15"),
        ("utf-16-le", "utf-16-le"),
    ],
)
def test_an_encoding_has_a_name_for_people(codec: str, shown: str) -> None:
    assert shown_encoding(codec) == shown


def test_utf_8_that_has_no_mark_is_shown_without() -> None:
    assert shown_encoding("utf-8-sig", marked=False) == "UTF-8"


@pytest.mark.parametrize(
    ("character", "shown"),
    [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "vertical bar"), ("~", "'~'"), ("\x1f", r"'\x1f'")],
)
def test_a_delimiter_has_a_name_for_people(character: str, shown: str) -> None:
    assert shown_delimiter(character) == shown


# A NUL at the start is a binary file's, and after UTF-16's little-endian mark it makes UTF-32's.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(TEXT)
def test_any_text_in_utf_8_is_recognised(text: str) -> None:
    assume(not text.startswith("\ufeff"))
    assert encoding(text.encode()) == "utf-8"


@given(TEXT, st.sampled_from(["utf-8-sig", "utf-16", "utf-32"]))
def test_any_text_with_a_mark_is_recognised_and_reads_the_same(text: str, codec: str) -> None:
    data = text.encode(codec)

    assert encoding(data) == codec
    assert data.decode(encoding(data)) == text


@given(st.binary())
def test_any_bytes_are_read_or_refused_with_the_files_name(data: bytes) -> None:
    try:
        codec = encoding(data)
    except CsvError as error:
        assert str(error).startswith("big.csv")  # noqa: PT017 - either outcome is right
    else:
        assert codec in {"utf-8-sig", "utf-16", "utf-32"} or data.decode(codec) is not None


@given(
    st.sampled_from(DELIMITERS),
    st.permutations([*NAMES, "Note"]),
    st.lists(st.lists(TEXT, max_size=5)),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_rows_of_any_names_have_their_delimiter_found(
    character: str, heading: list[str], rows: list[list[str]], ending: str, quoting: int
) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=character, lineterminator=ending, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([heading, *rows])

    assert delimiter(written.getvalue()) == character


@given(st.sampled_from(DELIMITERS), st.lists(TEXT, max_size=4))
def test_other_headings_of_any_text_do_not_hide_the_delimiter(character: str, others: list[str]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=character).writerow([*others, *NAMES])

    assert delimiter(written.getvalue()) == character
