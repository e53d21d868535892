"""Rows to time entries: every row is checked here, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kimai_async.choices import OpenEntries
from kimai_async.csvfile.notes import About, listed
from kimai_async.errors import CsvError
from kimai_async.fields.clock import DAY_SECONDS, Formats, Order
from kimai_async.fields.entry_vocabulary import has_whole_hours, tell_entries
from kimai_async.plan.date_order import Settled, Unsettled, find_order
from kimai_async.plan.entry_columns import EntryColumns, RowError
from kimai_async.plan.entry_times import MINUTE, EntryTimes, Span
from kimai_async.plan.entry_values import EntryValues, People
from kimai_async.tree.entry import Entry
from kimai_async.tree.nodes import LEVELS, Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kimai_async.csvfile.notes import Notes
    from kimai_async.csvfile.table import Table
    from kimai_async.plan.build import Plan
    from kimai_async.settings import Rules
    from kimai_async.tree.entry import Person
    from kimai_async.tree.nodes import Node

_FEW = 5
_NIGHT = 4 * 3600
"""Clocks are changed between midnight and this hour."""

_MOST_KEPT = 20_000
"""Values that are shared by rows; where more are different, hardly any repeats nearby."""


@dataclass(frozen=True, slots=True)
class EntryPlan:
    """The time entries of a file, in its order, and what they need.

    `people` has each person whom the file names once, `tags` each tag as first written, with its line. `seconds` is the
    file's own sum, of its durations where it has them. `skipped` counts running entries that were left out.

    An entry's `values` has the file's `duration` where it is not what lies between begin and end, and where one of them
    is between midnight and four in the morning: there it tells which of two hours of the same name is meant.
    """

    entries: list[Entry]
    people: list[Person]
    tags: dict[str, int]
    seconds: int
    skipped: int


def looks_like_entries(table: Table) -> bool:
    """Tell whether the rows of a table look like time entries: its headings say when each began, and how long it took.

    What can be told of a file that is read without them.
    """
    return tell_entries(table.heading)


def read_entries(table: Table, plan: Plan, rules: Rules) -> EntryPlan:
    """Return the time entries of a table whose headings were understood with them and whose plan was built before.

    What is wrong goes to the plan's `problems`, what is odd to its `warnings`. A row that says nothing of when it was
    is no time entry. Times are as the clock on the wall shows them, unless the cells have a zone.
    """
    columns = EntryColumns(table)
    formats, settled = _formats(table, columns, rules, plan.problems)
    day_begin = Formats().clock(rules.day_begin).seconds
    times = EntryTimes(columns, formats, settled, day_begin)
    reading = _Reading(table, columns, times, plan, rules)
    try:
        for line, cells in table:
            if line not in table.left_out:
                reading.enter(line, cells)
    except CsvError:
        if plan.unread is None:
            raise
    return reading.finish()


def _formats(table: Table, columns: EntryColumns, rules: Rules, problems: Notes) -> tuple[Formats, Settled | None]:
    """Return how a table's dates and times are written; note a problem if that cannot be told."""
    whole_hours = has_whole_hours(columns.heading("begin"))
    order, settled = None, None
    if rules.date_format is None:
        found = find_order(table, columns)
        if isinstance(found, Unsettled):
            days = " or ".join(f"--date-format '{order.example}' if it has {order.value}" for order in Order)
            text = f"{found.text!r} does not tell day and month apart, nor does any other date; give {days}"
            problems.add(found.line, columns.heading(found.key), text, About.VALUES)
            order = Order.DAY
        elif found is not None:
            settled, order = found, found.order
    return Formats(order, rules.date_format, rules.time_format, whole_hours), settled


class _Reading:
    """Makes entries of rows, one by one."""

    def __init__(self, table: Table, columns: EntryColumns, times: EntryTimes, plan: Plan, rules: Rules) -> None:
        self._columns = columns
        self._times = times
        self._plan = plan
        self._rules = rules
        self._width = len(table.heading)
        self._heading_line = table.heading_line
        self._people = People(columns)
        self._values = EntryValues(columns, plan.problems)
        numbers = [index for index, target in table.columns.fields if target.key == "number"]
        levels = [table.columns.index(level) for level in LEVELS]
        self._named_by = [*(index for index in levels if index is not None), *(numbers if rules.by_number else ())]
        self._nodes: dict[tuple[str, ...], Node | None] = {}
        self._homeless: dict[Level, list[int]] = {}
        self._running: list[int] = []
        self._timeless: list[int] = []
        self._numbers: dict[int, int] = {}
        self._with_duration: dict[tuple[int, int], tuple[Any, dict[str, Any]]] = {}
        self._entries: list[Entry] = []
        self._seconds = 0
        self._skipped = 0

    def enter(self, line: int, cells: list[str]) -> None:
        """Add the entry of a row; note what is wrong with it."""
        if len(cells) < self._width:
            cells += [""] * (self._width - len(cells))
        if not self._times.are_given(cells):
            self._timeless.append(line)
            return
        values = self._values.read(line, cells)
        description = self._values.description(line, cells)
        try:
            span = self._times.read(line, cells, 0 if values is None else values.get("break", 0))
        except RowError as error:
            self._plan.problems.add(line, self._columns.heading(error.key), str(error), About.VALUES)
            span = None
        node = self._locate(cells)
        if node is None or node.parent is None or node.parent.parent is None:
            self._note_homeless(line, cells)
        elif span is not None and (span.end is not None or self._may_run(line)):
            self._add(node, line, span, self._people.find(line, cells), description, values)

    def _locate(self, cells: list[str]) -> Node | None:
        named = tuple([cells[index] for index in self._named_by])
        try:
            return self._nodes[named]
        except KeyError:
            node = self._nodes[named] = self._plan.locate(cells)
            return node

    def _note_homeless(self, line: int, cells: list[str]) -> None:
        level = self._plan.lacking(cells)
        if level is not None and not (len(cells) > self._width and any(cells[self._width :])):
            self._homeless.setdefault(level, []).append(line)

    def _may_run(self, line: int) -> bool:
        if self._rules.open_entries is OpenEntries.REFUSE:
            self._running.append(line)
        elif self._rules.open_entries is OpenEntries.SKIP:
            self._skipped += 1
        return self._rules.open_entries is OpenEntries.IMPORT

    def _add(
        self,
        node: Node,
        line: int,
        span: Span,
        person: Person | None,
        description: str | None,
        values: dict[str, Any] | None,
    ) -> None:
        begin, end = self._shared(span.begin), None if span.end is None else self._shared(span.end)
        if person is not None:
            person.count += 1
        if end is not None:
            self._seconds += end - begin if span.duration is None else span.duration
            if span.duration is not None and _tells_more(span, end, values):
                values = self._with(values, span.duration)
        self._entries.append(
            Entry(
                node,
                line,
                begin,
                end,
                person=person,
                description=description,
                values=values,
                offset=0 if span.absolute else None,
            )
        )

    def _shared(self, number: int) -> int:
        """Return an equal number that other entries have, too, if there is one nearby: each weighs 32 bytes."""
        if len(self._numbers) >= _MOST_KEPT:
            self._numbers.clear()
        return self._numbers.setdefault(number, number)

    def _with(self, values: dict[str, Any] | None, duration: int) -> dict[str, Any]:
        key = id(values), duration
        if key not in self._with_duration:
            if len(self._with_duration) >= _MOST_KEPT:
                self._with_duration.clear()
            # With the values themselves, so that their id stays theirs.
            self._with_duration[key] = values, {**(values or {}), "duration": duration}
        return self._with_duration[key][1]

    def finish(self) -> EntryPlan:
        """Note what is said once for many rows, and return the entries."""
        problems, warnings, rules = self._plan.problems, self._plan.warnings, self._rules
        for level, lines in self._homeless.items():
            what = f"--default-{level} NAME"
            text = f"empty{_rows(lines)}; a time entry needs {level.one}: fill it in, or give {what}"
            problems.add(lines[0], self._plan.heading(level), text, About.NAMES)
        if self._running:
            self._note_running(self._running)
        if self._timeless:
            some = f"{len(self._timeless):,} rows say" if len(self._timeless) > 1 else "a row says"
            warnings.note(
                f"{some} nothing of when; no time entry is made of that ({_lines(self._timeless)})", About.ROWS
            )
        if self._times.at_day_begin:
            count, first = self._times.at_day_begin, self._times.first_at_day_begin
            text = f"{Level.ENTRY.many(count)} with a day and a duration, but no time (from line {first})"
            warnings.note(f"{text}: each begins at {rules.day_begin} of its day (--day-begin)", About.VALUES)
        return EntryPlan(self._entries, self._people.all, self._values.tags, self._seconds, self._skipped)

    def _note_running(self, lines: Sequence[int]) -> None:
        if not self._columns.has("end") and not self._columns.has("duration"):
            text = (
                "no heading says when time entries ended or how long they took; say which one does, as in --column "
                "entry.end=Stop"
            )
            self._plan.problems.add(self._heading_line, "", text, About.COLUMNS)
            return
        heading = self._columns.heading("end" if self._columns.has("end") else "duration")
        text = f"empty{_rows(lines)}, so the entry is still running; fill it in, or give --open-entries skip or import"
        self._plan.problems.add(lines[0], heading, text, About.VALUES)


def _tells_more(span: Span, end: int, values: dict[str, Any] | None) -> bool:
    """Tell whether the file's own duration says more than begin and end do; see `EntryPlan`."""
    assert span.duration is not None
    elapsed, pause = end - span.begin, 0 if values is None else values.get("break", 0)
    if min(abs(elapsed - span.duration), abs(elapsed - pause - span.duration)) > MINUTE:
        return True
    if span.absolute:
        return False
    return span.begin // DAY_SECONDS != end // DAY_SECONDS or min(span.begin % DAY_SECONDS, end % DAY_SECONDS) < _NIGHT


def _rows(lines: Sequence[int]) -> str:
    return f", as in {len(lines) - 1:,} more rows ({_lines(lines[1:])})" if len(lines) > 1 else ""


def _lines(lines: Sequence[int]) -> str:
    return f"{'lines' if len(lines) > 1 else 'line'} {listed(map(str, lines), _FEW)}"
