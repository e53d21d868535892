"""What takes no time entries is told before they are sent, by what the lists show."""

from __future__ import annotations

from datetime import date

import pytest

from kimai_async.kimai.messages import Entry as Row
from kimai_async.survey.listing import Listing
from kimai_async.timesheets.closed import Gate
from kimai_async.tree.entry import Entry
from kimai_async.tree.nodes import Level, Node

TODAY = date(2026, 11, 26)
NINE = 1_767_603_600  # 2026-01-05 09:00 UTC
DAY = 86_400


class Place:
    """A customer, a project and an activity that are on the server."""

    def __init__(
        self, *, hidden: tuple[Level, ...] = (), start: str | None = None, end: str | None = None, new: bool = False
    ) -> None:
        self.customer = Node("Acme", None, 2)
        self.project = self.customer.add("Web", 2)
        self.activity = self.project.add("Design", 2)
        nodes = {Level.CUSTOMER: self.customer, Level.PROJECT: self.project, Level.ACTIVITY: self.activity}
        self.listings = {}
        for number, (level, node) in enumerate(nodes.items(), 1):
            node.id = None if new else number
            parent = None if node.parent is None else node.parent.id
            dates = (start, end) if level is Level.PROJECT and (start or end) else None
            row = Row(number, node.name, parent, level not in hidden, None, None, dates)
            self.listings[level] = Listing([row])

    def gate(self, version: tuple[int, ...] = (2, 65), **more: object) -> Gate:
        return Gate(self.listings, version, TODAY, **more)  # type: ignore[arg-type]

    def entry(self, begin: int = NINE) -> Entry:
        return Entry(self.activity, 2, begin, begin + 3600, offset=0)


def test_what_is_open_takes_entries() -> None:
    place = Place(start="2026-01-01", end="2026-12-31")

    assert place.gate().obstacle(place.entry()) is None


@pytest.mark.parametrize(
    ("level", "told"),
    [
        (Level.CUSTOMER, "the customer Acme is hidden; change that in Kimai, or give --reopen"),
        (Level.PROJECT, "the project Web is hidden; change that in Kimai, or give --reopen"),
        (Level.ACTIVITY, "the activity Design is hidden; change that in Kimai, or give --reopen"),
    ],
)
def test_what_is_hidden_takes_none(level: Level, told: str) -> None:
    place = Place(hidden=(level,))

    assert place.gate().obstacle(place.entry()) == told


def test_what_is_made_visible_anyway_takes_entries() -> None:
    place = Place(hidden=(Level.PROJECT,))

    assert place.gate(opened=[place.project]).obstacle(place.entry()) is None


def test_what_is_new_takes_entries() -> None:
    place = Place(hidden=(Level.PROJECT,), end="2026-06-30", new=True)

    assert place.gate().obstacle(place.entry()) is None


def test_a_project_that_has_ended_takes_none_since_2_57_and_before_what_lies_inside() -> None:
    place = Place(end="2026-06-30")

    told = "the project Web ended on 2026-06-30, and takes no more entries; change that in Kimai, or give --reopen"
    assert place.gate().obstacle(place.entry()) == told
    assert place.gate((2, 56)).obstacle(place.entry()) is None
    assert place.gate((2, 56)).obstacle(place.entry(NINE + 300 * DAY)) == (
        "the project Web ended on 2026-06-30, before this entry"
    )


def test_an_entry_before_the_start_of_its_project_is_refused() -> None:
    place = Place(start="2026-03-01T00:00:00+0100")

    told = "the project Web starts on 2026-03-01, after this entry"
    assert place.gate().obstacle(place.entry()) == told
    assert place.gate(reopen=True).obstacle(place.entry()) == told
    assert place.gate().obstacle(place.entry(NINE + 54 * DAY)) is None  # the day before, which a zone may make the day


def test_with_reopen_it_is_said_what_is_to_be_opened() -> None:
    place = Place(hidden=(Level.CUSTOMER,), end="2026-06-30")
    gate = place.gate(reopen=True)

    assert gate.obstacle(place.entry()) is None
    assert gate.obstacle(place.entry(NINE + 300 * DAY)) is None
    assert [(each.node, each.row.id) for each in gate.closed.values()] == [(place.customer, 1), (place.project, 2)]


def test_a_date_that_is_none_closes_nothing() -> None:
    place = Place(end="soon")

    assert place.gate().obstacle(place.entry()) is None
