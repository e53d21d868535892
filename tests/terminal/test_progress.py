from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any, cast

import anyio
import pytest
import virtual_clock

from kimai_async.events import Kind, LanesChanged, LevelFinished, LevelStarted, Settled, Waiting, Warned
from kimai_async.report import Report
from kimai_async.terminal.progress import Bars
from kimai_async.terminal.session import Session
from kimai_async.terminal.telling import Telling
from kimai_async.tree.nodes import Level, Tree

if TYPE_CHECKING:
    from kimai_async.settings import Settings


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def drawn(*events: object, clock: Clock | None = None, out: Any = None) -> str:
    """Return what is on the screen after each event, the last bar not at its end; a number lets seconds pass."""
    clock = clock or Clock()
    out = out or io.StringIO()
    bars = Bars(out, clock)
    for event in events:
        if isinstance(event, float):
            clock.now += event
            bars.tick()
        else:
            bars(event)  # type: ignore[arg-type]  # a list of any events
    return str(out.getvalue()).rstrip()


def last(text: str) -> str:
    return text.rpartition("\r")[2]


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

    assert last(text).startswith("customers : 100%")
    assert "2/2" in last(text)


def test_a_wait_is_counted_down_beside_the_bar_until_it_is_over() -> None:
    waiting = [LevelStarted(Level.CUSTOMER, 2), Waiting(23.0, "503 Service Unavailable")]
    customer = Tree().add("AA", 2)

    assert "waiting 23 s: 503 Service Unavailable" in last(drawn(*waiting))
    assert "waiting 22 s: 503 Service Unavailable" in last(drawn(*waiting, 1.0))
    assert "waiting 1 s: " in last(drawn(*waiting, 22.5))
    assert "waiting" not in last(drawn(*waiting, 23.0))
    # An answer that was under way changes the count, not the wait.
    text = drawn(*waiting, Settled(Kind.CREATED, customer), 1.0)
    assert "1/2, waiting 22 s" in last(text)
    assert "waiting" not in last(drawn(*waiting, 1.0, LevelFinished(Level.CUSTOMER, 1.0)))


def test_a_bar_moves_on_with_the_time_though_nothing_is_answered() -> None:
    text = drawn(LevelStarted(Level.CUSTOMER, 2), 1.0, 1.0)

    assert text.count("0/2") == 3


def test_the_time_left_follows_the_last_minute_and_not_the_whole_run() -> None:
    """The creates of a large level get slower the more rows there are."""
    customer = Tree().add("AA", 2)
    fast = [event for _ in range(60) for event in (*[Settled(Kind.CREATED, customer)] * 10, 1.0)]
    slow = [event for _ in range(90) for event in (Settled(Kind.CREATED, customer), 1.0)]
    text = last(drawn(LevelStarted(Level.CUSTOMER, 1_000), *fast, *slow))

    assert "690/1000" in text
    assert "<05:10," in text
    assert "1.00/s" in text


def test_fewer_lanes_than_asked_for_are_shown_until_they_are_all_in_use_again() -> None:
    fewer = drawn(LevelStarted(Level.CUSTOMER, 1), LanesChanged(4, 8), 1.0)
    again = drawn(LevelStarted(Level.CUSTOMER, 1), LanesChanged(4, 8), LanesChanged(8, 8), 1.0)
    done = drawn(LevelStarted(Level.CUSTOMER, 1), LanesChanged(4, 8), LevelFinished(Level.CUSTOMER, 1.0))

    assert "4 of 8 lanes" in last(fewer)
    assert "lanes" not in last(again)
    assert "lanes" not in last(done)


def test_a_level_that_starts_ends_the_bar_before() -> None:
    text = drawn(LevelStarted(Level.CUSTOMER, 2), LevelStarted(Level.PROJECT, 3))

    assert "projects  :   0%" in text


class Terminal(io.StringIO):
    """Text for a terminal."""

    def fileno(self) -> int:
        return 2

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """One of 60 columns."""
    monkeypatch.setattr("os.get_terminal_size", lambda descriptor: os.terminal_size((60, 24)))
    return Terminal()


@pytest.mark.parametrize(
    ("events", "shown"),
    [
        ([], "activities:   0%|"),
        ([LanesChanged(16, 256)], "16 of 256 lanes]"),
        ([Waiting(300.0, "503 Service Unavailable")], "0/500, waiting 300 s: 503 Service Unavailable"),
        ([Waiting(300.0, "a reason of very many words")], "0/500, waiting 300 s: a reason of very many w…"),
        ([LanesChanged(1, 8), Waiting(4.0, "429 Too Many Requests")], "0/500, waiting 4 s: 429 Too Many Requests"),
    ],
)
def test_at_60_columns_nothing_is_cut_off_and_room_is_left_for_a_c(
    terminal: Terminal, events: list[object], shown: str
) -> None:
    line = last(drawn(LevelStarted(Level.ACTIVITY, 500), *events, 0.0, out=terminal)).rstrip()

    assert shown in line
    assert len(line) <= 58  # ^C takes two


def test_the_session_counts_a_wait_down_once_a_second(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", terminal)
    session = Session("big.csv", dry_run=False, json=False, quiet=False, verbose=False, bars=True)

    async def import_csv(*_: object, listeners: list[Any], **__: object) -> Any:
        for listener in listeners:
            listener(LevelStarted(Level.ACTIVITY, 500))
            listener(Waiting(23.0, "503 Service Unavailable"))
        await anyio.sleep(30)
        return Report()

    monkeypatch.setattr("kimai_async.terminal.session.import_csv", import_csv)
    _, seconds = virtual_clock.run(session._import, cast("Settings", None))

    assert seconds == 30
    for left in range(1, 24):
        assert f"waiting {left} s: 503 Service Unavailable" in terminal.getvalue()


def test_a_long_wait_is_a_line_of_its_own_where_no_bar_shows_it() -> None:
    said: list[str] = []
    bars = Bars(io.StringIO(), Clock())
    telling = Telling("a.csv", said.append, dry_run=False, quiet=False, verbose=False, bars=bars)
    for event in (Waiting(20.0, "503 Service Unavailable"), Waiting(1.0, "too short"), LevelStarted(Level.CUSTOMER, 2)):
        telling(event)
        bars(event)
    telling(Waiting(21.0, "beside the bar"))
    bars.close()
    telling(Waiting(22.0, "the list may be old"))

    assert said == ["waiting 20.0 s: 503 Service Unavailable", "waiting 22.0 s: the list may be old"]
