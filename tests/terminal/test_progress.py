from __future__ import annotations

import io

from kimai_async.events import Kind, LanesChanged, LevelFinished, LevelStarted, Settled, Waiting, Warned
from kimai_async.terminal.progress import Bars
from kimai_async.tree.nodes import Level, Tree


def drawn(*events: object) -> str:
    out = io.StringIO()
    bars = Bars(out)
    for event in events:
        bars(event)  # type: ignore[arg-type]  # a list of any events
    bars.close()
    return out.getvalue()


def test_a_bar_a_level_counts_the_settled_nodes_of_that_level() -> None:
    customer = Tree().add("AA", 2)
    text = drawn(
        Settled(Kind.EXISTS, customer),
        LevelStarted(Level.CUSTOMER, 2),
        Settled(Kind.CREATED, customer),
        Settled(Kind.SKIPPED, customer.add("PP", 2)),
        Settled(Kind.REFUSED, customer, "too bad"),
        LevelFinished(Level.CUSTOMER, 1.0),
        Waiting(1.0, "no bar to show it on"),
        Warned("nothing for bars"),
    )

    last = text.rstrip().rpartition("\r")[2]
    assert last.startswith("customers : 100%")
    assert "2/2" in last


def test_a_wait_is_shown_beside_the_bar_until_the_next_answer() -> None:
    customer = Tree().add("AA", 2)
    text = drawn(
        LevelStarted(Level.CUSTOMER, 2), Waiting(30.0, "503 Service Unavailable"), Settled(Kind.CREATED, customer)
    )

    assert "waiting 30 s: 503 Service Unavailable" in text
    assert "waiting" not in text.rstrip().rpartition("\r")[2]


def test_fewer_lanes_than_asked_for_are_shown_until_they_are_all_in_use_again() -> None:
    customer = Tree().add("AA", 2)
    fewer = drawn(LevelStarted(Level.CUSTOMER, 1), LanesChanged(4, 8), Settled(Kind.CREATED, customer))
    again = drawn(
        LevelStarted(Level.CUSTOMER, 1), LanesChanged(4, 8), LanesChanged(8, 8), Settled(Kind.CREATED, customer)
    )

    assert "4 of 8 lanes" in fewer.rpartition("\r")[2]
    assert "lanes" not in again.rpartition("\r")[2]


def test_a_level_that_starts_ends_the_bar_before() -> None:
    text = drawn(LevelStarted(Level.CUSTOMER, 2), LevelStarted(Level.PROJECT, 3))

    assert "projects  :   0%" in text
