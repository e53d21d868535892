"""A file in which one sign was lost or changed gives the same tree, or its line is told: never silently another tree.

What a reader cannot notice is left out here, for the result is a file that somebody may have meant:

- a letter that is gone, or another one (`Acme`, `Acne`), be it by one of its two bytes;
- what is a delimiter elsewhere, put into a name in quotes or taken from it;
- a letter at the end of a name that becomes a sign which Kimai trims there;
- a line break within the doubled quote that begins a name: it leaves an empty name above (names here begin otherwise);
- a line break within the doubled quote that ends a row: two quotes are left below, which are an empty row;
- a delimiter that is lost in a file whose rows lack those at their end anyway, so that many rows are shorter than the
  headings (here every row has all its delimiters, as programs write them);
- a line break in a file of one column, where it separates names and nothing else.

That line: where the record begins or ends that the sign stands in, or the line after it. What is wrong with the
headings may also be told by their words. In a file with fields of several lines a lost quote may turn what is within
quotes and what is not into each other, so that the file is refused for a line further down.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from kimai_async.csvfile.table import Table
from kimai_async.errors import CsvError
from kimai_async.plan.build import build
from kimai_async.plan.ignored import about_ignored
from kimai_async.tree.nodes import LEVELS

HEADINGS = ("Customer", "Project", "Activity")
LETTERS = "abcdeXYZ äöß€日🎉,;|'\""
NAMES = st.text(LETTERS, min_size=2, max_size=9).filter(lambda name: len(name.strip(' "')) > 3 and name[0] not in '" ')
NOTES = st.text(LETTERS + "\n", max_size=12)
ROWS = st.lists(st.tuples(st.lists(NAMES, min_size=1, max_size=3), NOTES), min_size=1, max_size=6)
DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class Written:
    """A valid file: its text, and where each record and each field of it ends."""

    text: str
    delimiter: str
    encoding: str
    ends: tuple[int, ...]

    @property
    def data(self) -> bytes:
        return self.text.encode(self.encoding)

    @property
    def spread(self) -> bool:
        """Whether a field has several lines."""
        return self._line(self.ends[-1]) > len(self.ends) + 1

    def lines(self, place: int) -> range:
        """The lines of the record that a place in the text belongs to, and the next one."""
        begin, end = next((begin, end) for begin, end in pairwise((0, *self.ends)) if place < end)
        return range(self._line(begin), self._line(end) + 1)

    def lines_from(self, place: int) -> range:
        """The same, and all lines below."""
        return range(self.lines(place).start, self._line(self.ends[-1]) + 2)

    def _line(self, place: int) -> int:
        return len(re.findall("\r\n|\r|\n", self.text[:place])) + 1


@st.composite
def files(draw: st.DrawFn) -> Written:
    """Files as programs write them: every row has all its delimiters."""
    delimiter = draw(st.sampled_from(DELIMITERS))
    everything = draw(st.booleans())
    order = draw(st.permutations(range(3)))
    with_notes = draw(st.booleans())
    out = io.StringIO()
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    writer = csv.writer(
        out, delimiter=delimiter, quoting=csv.QUOTE_ALL if everything else csv.QUOTE_MINIMAL, lineterminator=ending
    )
    ends = []
    for names, note in [(HEADINGS, "Customer comment"), *draw(ROWS)]:
        full = [*names, "", ""][:3]
        writer.writerow([full[index] for index in order] + ([note] if with_notes else []))
        ends.append(out.tell())
    return Written(out.getvalue(), delimiter, draw(st.sampled_from(["utf-8", "utf-8-sig"])), tuple(ends))


def read(data: bytes) -> tuple[list[tuple[str, ...]] | None, str]:
    """The tree of a file, None if it is refused, and all that is said about it."""
    try:
        table = Table(io.BytesIO(data), name="big.csv")
        plan = build(table)
        said = [*table.doubts(), *about_ignored(table, shown=False), *plan.warnings.lines()]
        plan.refuse()
    except CsvError as error:
        return None, str(error)
    return sorted(node.path for level in LEVELS for node in plan.tree.level(level)), "\n".join(said)


def told_lines(said: str) -> set[int]:
    """The lines that sentences name: `line 3`, `lines 3, 5`."""
    return {int(line) for lines in re.findall(r"lines? ([0-9, ]+)", said) for line in re.findall("[0-9]+", lines)}


def check(written: Written, damaged: bytes, lines: range, further: range | None = None) -> None:
    """Assert that nothing changed or one of the lines is told; if the file is refused, it may be a *further* one."""
    before, _ = read(written.data)
    after, said = read(damaged)
    if after is None and further is not None and written.spread:
        lines = further
    assume(before is not None)  # a lone name with two semicolons is taken for a row with that delimiter
    if after == before or (after is None and 1 in lines):  # what is wrong with the first line may be told of the file
        return
    assert told_lines(said) & set(lines) or (1 in lines and "columns ignored" in said), (after, said)


def changed(written: Written, place: int, new: str, length: int = 1) -> bytes:
    return (written.text[:place] + new + written.text[place + length :]).encode(written.encoding)


def outside_quotes(written: Written) -> list[int]:
    """The places that stand in no quotes."""
    inside, found = False, []
    for place, sign in enumerate(written.text):
        inside ^= sign == '"'
        if not inside and sign != '"':
            found.append(place)
    return found


@given(files(), st.data())
def test_a_byte_that_is_broken_is_told(written: Written, data: st.DataObject) -> None:
    whole = written.data
    place = data.draw(st.sampled_from([place for place, byte in enumerate(whole) if byte > 127] or [0]))
    broken = whole[:place] + data.draw(st.binary(max_size=1)) + whole[place + 1 :]
    try:
        broken.decode(written.encoding)
    except UnicodeDecodeError:
        pass
    else:
        assume(False)
    before = len(whole[:place].decode(written.encoding, "ignore"))

    check(written, broken, written.lines(min(before, len(written.text) - 1)))


@given(files(), st.data())
def test_a_quote_that_is_lost_is_told(written: Written, data: st.DataObject) -> None:
    quotes = [place for place, sign in enumerate(written.text) if sign == '"']
    assume(quotes)
    place = data.draw(st.sampled_from(quotes))

    damaged = changed(written, place, data.draw(st.sampled_from(["", "x", "'", written.delimiter])))
    check(written, damaged, written.lines(place), written.lines_from(place))


@given(files(), st.data())
def test_a_quote_too_many_is_told(written: Written, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(written.text) - 1))

    damaged = changed(written, place, '"', data.draw(st.integers(0, 1)))
    check(written, damaged, written.lines(place), written.lines_from(place))


@given(files(), st.data())
def test_a_delimiter_that_is_lost_or_another_sign_is_told(written: Written, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from([at for at in outside_quotes(written) if written.text[at] == written.delimiter]))
    new = data.draw(st.sampled_from(["", " ", "x", *DELIMITERS]))

    check(written, changed(written, place, new), written.lines(place))


@given(files(), st.data())
def test_a_delimiter_too_many_is_told(written: Written, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(outside_quotes(written)))

    check(written, changed(written, place, written.delimiter, data.draw(st.integers(0, 1))), written.lines(place))


@given(files(), st.data())
def test_a_line_end_that_is_lost_or_another_sign_is_told(written: Written, data: st.DataObject) -> None:
    end = data.draw(st.sampled_from(written.ends[:-1]))  # the last one becomes a letter of its name
    length = len(written.text[:end]) - len(written.text[:end].rstrip("\r\n"))
    new = data.draw(st.sampled_from(["", "\r", "\n", "\r\n", "\n\n", " ", "x", written.delimiter]))

    check(written, changed(written, end - length, new, length), written.lines(end - length))


@given(files(), st.data())
def test_a_line_end_too_many_is_told(written: Written, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(written.text) - 1))
    assume(not re.match('"""\r?\n', written.text[max(place - 1, 0) :]))

    check(written, changed(written, place, data.draw(st.sampled_from(["\n", "\r", "\r\n"])), 0), written.lines(place))


@given(files(), st.data())
def test_a_letter_that_becomes_what_no_text_holds_is_told(written: Written, data: st.DataObject) -> None:
    letters = [found.start() for found in re.finditer(r"(?<=\w)\w(?=\w)", written.text)]  # none that may be trimmed
    place = data.draw(st.sampled_from(letters))

    check(written, changed(written, place, data.draw(st.sampled_from("\0\x01\x1b\ufffd"))), written.lines(place))
