"""Whole imports into a Kimai: each row once at any number of lanes, names and numbers as they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from live_kimai import counts, write

from kimai_async import Kind, Level, Numbers
from kimai_async.tree.nodes import LEVELS

if TYPE_CHECKING:
    from pathlib import Path

    from live_kimai import Live

pytest_plugins = ["live_fixtures"]

HEADING = ("Customer", "Project", "Activity")
LONG = 150


def tree(path: Path, term: str, customers: int, projects: int, activities: int) -> list[tuple[str, ...]]:
    """Write a tree in which every name begins with *term*; return all paths, sorted."""
    rows = [
        (f"{term} C{customer}", f"{term} P{project}", f"{term} A{activity}")
        for customer in range(customers)
        for project in range(projects)
        for activity in range(activities)
    ]
    write(path, HEADING, *rows)
    return sorted({row[:depth] for row in rows for depth in (1, 2, 3)})


@pytest.mark.parametrize("lanes", [1, 8, 32])
def test_at_so_many_lanes_each_row_is_there_once_and_a_second_run_creates_nothing(
    live: Live, tmp_path: Path, lanes: int
) -> None:
    term = f"{live.prefix} {lanes} lanes"
    paths = tree(tmp_path / "tree.csv", term, 2, 2, 10)
    first = live.run(tmp_path / "tree.csv", concurrency=lanes)
    there = live.paths(term)
    second = live.run(tmp_path / "tree.csv", concurrency=lanes)

    assert (first.error, first.exit_code, counts(first, Kind.CREATED)) == (None, 0, [2, 4, 40])
    assert there == paths
    assert (second.error, second.exit_code) == (None, 0)
    assert (counts(second, Kind.CREATED), counts(second, Kind.EXISTS)) == ([0, 0, 0], [2, 4, 40])
    assert live.paths(term) == paths


def test_a_dry_run_tells_what_would_be_created_and_creates_nothing(live: Live, tmp_path: Path) -> None:
    term = f"{live.prefix} dry"
    tree(tmp_path / "tree.csv", term, 1, 1, 2)
    report = live.run(tmp_path / "tree.csv", dry_run=True)

    assert (report.exit_code, counts(report, Kind.CREATED)) == (0, [1, 1, 2])
    assert live.paths(term) == []


def test_odd_names_are_stored_as_they_are_and_found_again(live: Live, tmp_path: Path) -> None:
    """What Kimai trims at both ends is trimmed by us as well, or the second run would not know the name again."""
    term = f"{live.prefix} odd"
    customers = [
        *(
            "Köln & Söhne",
            "100 % _sure_",
            r"C:\temp",
            "it's {{x}}: !",
            "日本 🙂",
            "two  spaces",
            "two\nlines",
            "tab\there",
        ),
        *("Acme", "ACME", "caf\u00e9", "cafe\u0301", "0815", "x" * (LONG - len(term) - 1)),
    ]
    names = [f"{term} {name}" for name in customers]
    around = ["\u00a0{} ", "\u200b{}\t", "{}\u3000"]
    written = [around[index % len(around)].format(name) for index, name in enumerate(names)]
    write(tmp_path / "odd.csv", HEADING, *((name, name, name) for name in written))
    first = live.run(tmp_path / "odd.csv")
    second = live.run(tmp_path / "odd.csv")

    assert (first.exit_code, counts(first, Kind.CREATED)) == (0, [len(names)] * 3)
    assert (second.exit_code, counts(second, Kind.EXISTS)) == (0, [len(names)] * 3)
    assert live.paths(term) == sorted(path for name in names for path in ((name,), (name, name), (name, name, name)))


def test_a_global_activity_is_there_once_beside_one_of_a_project(live: Live, tmp_path: Path) -> None:
    name = f"{live.prefix} everywhere"
    write(tmp_path / "global.csv", HEADING, ("", "", name), (name, name, name))
    first = live.run(tmp_path / "global.csv", global_activities=True)
    second = live.run(tmp_path / "global.csv", global_activities=True)

    assert (first.exit_code, counts(first, Kind.CREATED)) == (0, [1, 1, 2])
    assert (second.exit_code, counts(second, Kind.EXISTS)) == (0, [1, 1, 2])
    assert live.paths(name) == [(name,), (name,), (name, name), (name, name, name)]


def numbers(live: Live, level: Level, term: str) -> list[str | None]:
    """The numbers of our rows, folded as the database compares them."""
    found = [row.get("number") for row in live.rows(level, term)]
    return [None if number is None else number.casefold() for number in found]


def others_numbers(live: Live, level: Level, term: str) -> set[str]:
    found = [row for row in live.everything(level) if term not in row["name"]]
    return {row["number"].casefold() for row in found if row.get("number")}


def numbers_given(live: Live, name: str) -> set[Level]:
    """The levels of which the server itself gives a number to a create that has none."""
    customer = live.post(Level.CUSTOMER, name=name)
    project = live.post(Level.PROJECT, name=name, customer=customer["id"])
    activity = live.post(Level.ACTIVITY, name=name, project=project["id"])
    made = zip(LEVELS, (customer, project, activity), strict=True)
    return {level for level, row in made if row.get("number") is not None}


def test_numbers_are_unique_and_every_row_has_one_where_the_server_numbers(live: Live, tmp_path: Path) -> None:
    term = f"{live.prefix} numbered"
    given = numbers_given(live, f"{live.prefix} probe")
    tree(tmp_path / "tree.csv", term, 4, 2, 2)
    report = live.run(tmp_path / "tree.csv", concurrency=8)

    assert (report.exit_code, counts(report, Kind.CREATED)) == (0, [4, 8, 16])
    for level in LEVELS:
        ours = numbers(live, level, term)
        present = [number for number in ours if number is not None]
        assert len(present) == (len(ours) if level in given else 0)
        assert len(set(present)) == len(present)
        assert others_numbers(live, level, term).isdisjoint(present)


def test_numbers_none_leaves_every_number_empty(live: Live, tmp_path: Path) -> None:
    term = f"{live.prefix} unnumbered"
    tree(tmp_path / "tree.csv", term, 1, 1, 3)
    report = live.run(tmp_path / "tree.csv", numbers=Numbers.NONE)

    assert (report.exit_code, counts(report, Kind.CREATED)) == (0, [1, 1, 3])
    assert [numbers(live, level, term) for level in LEVELS] == [[None], [None], [None] * 3]
