"""The order of day and month in a file's dates, decided over the whole of it."""

from __future__ import annotations

from contextlib import closing, suppress
from typing import TYPE_CHECKING, NamedTuple

from kimai_async.errors import CsvError
from kimai_async.fields.clock import (
    DAY_SECONDS,
    Formats,
    Order,
    date_part,
    has_year_last,
    is_unordered,
    order_of,
)
from kimai_async.fields.lengths import length, whole_number
from kimai_async.fields.spellings import BadValueError
from kimai_async.text import shorten

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from kimai_async.csvfile.table import Table
    from kimai_async.plan.entry_columns import EntryColumns

_DATES = ("date", "begin", "endDate", "end")
_NEAR = 60


class Settled(NamedTuple):
    """What shows the order of a file's dates: a cell, its line, and the order."""

    order: Order
    line: int
    text: str


class Unsettled(NamedTuple):
    """A date that means one day or another, in a file in which nothing tells which: its column's key, line, text."""

    key: str
    line: int
    text: str


def find_order(table: Table, columns: EntryColumns) -> Settled | Unsettled | None:
    """Return what shows which order a table's dates have; None if no date needs one.

    Shown it is by a part above 12, and by a row of which begin, duration and end agree in one order only. A file whose
    first date has its year first is not looked through: others may not follow there. One that breaks off is looked
    through as far as it can be read.
    """
    unsettled: Unsettled | None = None
    with closing(_readable(table)) as rows:
        for line, cells in rows:
            dates = [(key, date_part(text)) for key in _DATES if (text := columns.cell(key, cells))]
            dates = [(key, text) for key, text in dates if has_year_last(text)]
            if not dates:
                if unsettled is None and any(columns.cell(key, cells) for key in ("date", "begin")):
                    return None
                continue
            for key, text in dates:
                order = order_of(text)
                if order is not None:
                    return Settled(order, line, shorten(text, 40))
                if unsettled is None and is_unordered(text):
                    unsettled = Unsettled(key, line, shorten(text, 40))
            if (found := _by_duration(columns, cells)) is not None:
                return Settled(found, line, shorten(dates[0][1], 40))
    return unsettled


def _readable(table: Table) -> Generator[tuple[int, list[str]], None, None]:
    with suppress(CsvError):
        yield from table


def _by_duration(columns: EntryColumns, cells: Sequence[str]) -> Order | None:
    """Return the only order in which a row's end is its duration after its begin, or not before it."""
    spans = {order: span for order in Order if (span := _span(columns, cells, order)) is not None}
    for fitting in _fitting(spans, columns.cell("duration", cells)):
        if len(fitting) == 1:
            return fitting[0]
    return None


def _fitting(spans: dict[Order, int], duration: str) -> Iterator[list[Order]]:
    if duration and whole_number(duration) is None:
        try:
            seconds = length(duration)
        except BadValueError:
            return
        yield [order for order, span in spans.items() if abs(span - seconds) <= _NEAR]
    if len(spans) > 1:
        yield [order for order, span in spans.items() if span >= 0]


def _span(columns: EntryColumns, cells: Sequence[str], order: Order) -> int | None:
    """Return the seconds between a row's begin and end if its dates have this order; None if they do not say."""
    formats = Formats(order, whole_hours=True)
    moments = []
    for day_key, key in (("date", "begin"), ("endDate", "end")):
        try:
            moment = formats.moment(columns.cell(key, cells))
            day = moment.day
            if day is None:
                day = formats.moment(columns.cell(day_key, cells)).day
        except BadValueError:
            return None
        if day is None or moment.clock is None:
            return None
        moments.append(day * DAY_SECONDS + moment.clock.seconds - (moment.clock.offset or 0))
    return moments[1] - moments[0]
