from __future__ import annotations

from pathlib import Path

import pytest

from kimai_async.errors import CsvError, KimaiImportError, StoppedError
from kimai_async.events import Kind
from kimai_async.fields.columns import Columns, Target
from kimai_async.report import Report
from kimai_async.settings import Settings
from kimai_async.terminal.summary import (
    column_lines,
    failure_lines,
    incomplete_lines,
    next_step,
    server_tree_lines,
    table_lines,
    twins_line,
    unclear_line,
)
from kimai_async.text import path_text, plain, shorten
from kimai_async.tree.nodes import LEVELS, Level, Tree


def report(customers: int = 2, /, **fields: object) -> Report:
    tree = Tree()
    for index in range(customers):
        tree.add(f"C{index}", index + 2)
    made = Report(tree=tree, pending={level: tree.size(level) for level in LEVELS})
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def settle(made: Report, *kinds: Kind) -> Report:
    for kind, node in zip(kinds, made.tree.level(Level.CUSTOMER), strict=False):
        made.settle(node, kind, "too bad" if kind in (Kind.REFUSED, Kind.SKIPPED) else None)
    return made


@pytest.mark.parametrize(
    ("kinds", "fields", "code"),
    [
        ((Kind.CREATED, Kind.EXISTS), {}, 0),
        ((Kind.CREATED, Kind.REFUSED), {}, 1),
        ((Kind.CREATED, Kind.SKIPPED), {}, 1),
        ((), {"error": CsvError("x")}, 2),
        ((Kind.REFUSED,), {"error": StoppedError("x")}, 3),
        ((Kind.REFUSED,), {"interrupted": True}, 130),
        ((), {"error": StoppedError("x"), "interrupted": True}, 3),
    ],
)
def test_the_exit_code_follows_from_the_report(kinds: tuple[Kind, ...], fields: dict[str, object], code: int) -> None:
    assert settle(report(**fields), *kinds).exit_code == code


@pytest.mark.parametrize(
    ("kinds", "fields", "sentence"),
    [
        ((Kind.CREATED, Kind.EXISTS), {}, "Everything in a.csv is on the server."),
        ((Kind.CREATED,), {"interrupted": True}, "Interrupted; 1 not done yet. Run the same command again to go on."),
        ((Kind.CREATED,), {"error": StoppedError("x")}, "1 not done yet; run the same command again to go on."),
        ((Kind.CREATED, Kind.CREATED), {"error": KimaiImportError("x")}, "Run the same command again."),
        (
            (Kind.REFUSED,),
            {"rejects": Path("r.csv"), "rejected_rows": 1},
            "1 row did not go in: see r.csv; mend it and import it.",
        ),
        (
            (Kind.REFUSED,),
            {"rejects": Path("r.csv"), "rejected_rows": 1234},
            "1,234 rows did not go in: see r.csv; mend it and import it.",
        ),
        (
            (Kind.REFUSED,),
            {"dry_run": True},
            "Nothing was sent. Mend what is refused, or import the rest as it is, without --dry-run.",
        ),
    ],
)
def test_the_last_line_says_what_to_do(kinds: tuple[Kind, ...], fields: dict[str, object], sentence: str) -> None:
    assert next_step(settle(report(**fields), *kinds), "a.csv") == sentence


def test_the_first_twenty_refusals_are_spelled_out() -> None:
    lines = list(failure_lines(settle(report(23), *[Kind.REFUSED] * 23)))

    assert lines[0] == "line 2: customer C0: too bad"
    assert len(lines) == 21
    assert lines[-1] == "and 3 more"


def test_failures_are_in_the_order_of_the_file_whatever_their_level() -> None:
    made = report(0)
    first = made.tree.add("Acme", 2)
    for name, line in (("Website", 4), ("Shop", 3)):
        made.settle(first.add(name, line), Kind.REFUSED, "bad")
        made.incomplete[first.add(f"{name} 2", line)] = "odd"
    made.settle(first.add("Help", 5).add("Talk", 5), Kind.REFUSED, "bad")
    made.settle(made.tree.add("Bolt", 6), Kind.REFUSED, "bad")
    made.failures = dict(reversed(made.failures.items()))

    assert [line.partition(":")[0] for line in failure_lines(made)] == ["line 3", "line 4", "line 5", "line 6"]
    assert [line.partition(":")[0] for line in failure_lines(made, 2)] == ["line 3", "line 4", "and 2 more"]
    assert [line.partition(":")[0] for line in incomplete_lines(made, 1)] == ["line 3", "and 1 more"]


@pytest.mark.parametrize(
    ("ids", "stored", "rest", "times"),
    [
        ((1, 2), "twice (ids 1 and 2)", "the other", "twice"),
        ((1, 2, 7), "3 times (ids 1, 2 and 7)", "the others", "more than once"),
    ],
)
def test_twins_are_counted_and_named(ids: tuple[int, ...], stored: str, rest: str, times: str) -> None:
    made = settle(report(1), Kind.CREATED)
    node = next(iter(made.tree.level(Level.CUSTOMER)))
    node.id, made.twins = 1, {node: ids}

    assert twins_line(node, ids) == (
        f"the server stored the customer C0 {stored}, an answer came late; what belongs below it is below 1, so "
        f"delete {rest}"
    )
    assert next_step(made, "a.csv") == (
        f"Everything in a.csv is on the server, 1 of it {times}: delete the doubles named above."
    )


def test_columns_that_mean_something_are_shown_before_those_that_are_ignored() -> None:
    headings = [f"Column {index}" for index in range(2_000)]
    targets = [Target(Level.CUSTOMER) if index % 500 == 499 else None for index in range(2_000)]
    lines = list(column_lines(Columns(headings, targets, {1_000: "say --column"})))

    assert len(lines) == 41
    assert lines[0] == "  Column 0     → ignored"
    assert [line for line in lines if "→ ignored" not in line or "(" in line] == [
        "  Column 499   → customer",
        "  Column 999   → customer",
        "  Column 1000  → ignored (say --column)",
        "  Column 1499  → customer",
        "  Column 1999  → customer",
        "  and 1,960 more, ignored",
    ]


def test_columns_that_all_mean_something_are_cut_to_a_screen() -> None:
    lines = list(column_lines(Columns(["A"] * 50, [Target(Level.CUSTOMER, "comment")] * 50)))

    assert (len(lines), lines[-1]) == (41, "  and 10 more")
    assert len(list(column_lines(Columns(["A"] * 40, [None] * 40)))) == 40


@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        (1, "1 create may have been stored or not: C0. The next run looks before it sends them again."),
        (5, "5 creates may have been stored or not: C0, C1, C2, …. The next run looks before it sends them again."),
    ],
)
def test_what_may_have_been_stored_is_named(count: int, sentence: str) -> None:
    made = report(5)
    made.unclear = dict.fromkeys(list(made.tree.level(Level.CUSTOMER))[:count], "its create was under way")

    assert unclear_line(made) == sentence


def test_the_table_fits_60_columns() -> None:
    assert max(map(len, table_lines(report(dry_run=True)))) <= 60


def test_a_servers_tree_is_shown_in_short() -> None:
    paths = [(f"C{i:02}",) for i in range(12)] + [("C00", f"P{i}") for i in range(7)] + [("C00", "P0", "A0")]
    lines = list(server_tree_lines(paths))

    assert lines[:3] == ["C00", "  P0  (1 activity)", "  P1  (0 activities)"]
    assert "  and 2 projects more" in lines
    assert lines[-1] == "and 2 customers more"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plain ü", "plain ü"),
        ("red\x1b[31m", "red\\x1b[31m"),
        ("left\u202eright", "left\\u202eright"),
        ("a\nb", "a\\nb"),
    ],
)
def test_no_text_commands_the_terminal(given: str, shown: str) -> None:
    assert plain(given) == shown


def test_long_text_is_shortened_to_one_line() -> None:
    assert shorten("a\n b" * 100, 10) == "a ba ba b…"
    assert path_text(("A", "B\x07")) == "A > B\\x07"


def test_the_settings_repr_has_no_token() -> None:
    assert "sentinel" not in repr(Settings(url="https://kimai.example.com", token="sentinel"))
