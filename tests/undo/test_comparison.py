"""What counts as changed: by table, and by what live Kimai servers answered."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from kimai_async.kimai.stored import changed_fields, stored_fields, with_custom_fields
from kimai_async.tree.nodes import Level, Tree
from kimai_async.undo.comparison import difference
from kimai_async.undo.record import Made

RECORDINGS = sorted((Path(__file__).parents[1] / "recordings").glob("*.jsonl"))
ROW = re.compile(r"/api/(customers|projects|activities)(?:/(\d+))?(?:/meta)?(?:\?.*)?")
SHOWN: dict[str, Any] = {
    "id": 4,
    "name": "PP",
    "customer": 1,
    "parentTitle": "AA",
    "color-safe": "#ffffff",
    "visible": True,
    "billable": True,
    "comment": None,
    "budget": 0.0,
    "number": "0002",
    "teams": [{"id": 2, "name": "Two"}, {"id": 1, "name": "One"}],
    "metaFields": [{"name": "Cost", "value": "12"}, {"name": "empty", "value": None}],
}


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_what_a_live_kimai_answers_to_a_create_is_what_it_shows_later_in_lists_and_alone(path: Path) -> None:
    made: dict[tuple[str, int], dict[str, Any]] = {}
    scenario, compared = None, 0
    for step in map(json.loads, path.read_text("utf-8").splitlines()):
        if step["scenario"] != scenario:
            scenario, made = step["scenario"], {}
        request, answer = step["request"], step["response"]
        found = ROW.fullmatch(request["path"])
        if found is None:
            made = made if request["method"] == "GET" else {}  # such as a team that is given a customer
            continue
        level, row_id, body = found[1], found[2], answer.get("json")
        if request["method"] == "POST" and row_id is None and answer["status"] == 200:
            made[level, body["id"]] = stored_fields(body)
        elif request["method"] in ("PATCH", "DELETE"):
            made.pop((level, int(row_id or 0)), None)
        elif answer["status"] == 200:
            for row in body if isinstance(body, list) else [body]:
                if (level, row["id"]) in made:
                    compared += 1
                    assert list(changed_fields(made[level, row["id"]], row)) == [], request
    assert compared > 150


def test_of_what_is_stored_only_what_says_something_is_kept() -> None:
    assert stored_fields(SHOWN) == {
        "billable": True,
        "number": "0002",
        "teams": [1, 2],
        "metaFields": {"Cost": "12"},
    }


@pytest.mark.parametrize(
    "odd",
    [
        {"teams": 7, "metaFields": 7},
        {"teams": [1, "x", {"id": True}], "metaFields": [1, {"value": None}, {}]},
        {"teams": {"0": {}}, "metaFields": {"0": {}}},
    ],
)
def test_an_answer_of_another_shape_is_no_error(odd: dict[str, Any]) -> None:
    assert stored_fields({"id": 1, "name": "AA", **odd}) in ({}, {"teams": []})


@pytest.mark.parametrize(
    ("now", "changed"),
    [
        ({}, []),
        ({"visible": False, "parentTitle": "Other", "color-safe": "#000000"}, []),
        ({"comment": "new"}, ["comment"]),
        ({"number": None}, ["number"]),
        ({"billable": False}, ["billable"]),
        ({"budget": 1.0, "comment": "x"}, ["budget", "comment"]),
        ({"teams": [{"id": 1}]}, ["teams"]),
        ({"metaFields": [{"name": "cost", "value": "12"}]}, []),
        ({"metaFields": [{"name": "Cost", "value": None}]}, []),
        ({"metaFields": [{"name": "Cost", "value": "13"}]}, ["Cost"]),
        ({"metaFields": [{"name": "Cost", "value": "12"}, {"name": "Other", "value": "x"}]}, ["Other"]),
        ({"newField": None}, []),
    ],
)
def test_a_field_that_says_something_else_now_is_changed(now: dict[str, Any], changed: list[str]) -> None:
    assert list(changed_fields(stored_fields(SHOWN), {**SHOWN, **now})) == changed


def test_the_custom_fields_of_the_file_belong_to_what_is_stored() -> None:
    node = Tree().add("AA", 2)
    assert with_custom_fields({"number": "1"}, node) == {"number": "1"}
    node.values = {"meta.cost": "12", "comment": "x"}
    stored = with_custom_fields({"metaFields": {"other": "y"}}, node)
    assert stored == {"metaFields": {"other": "y", "cost": "12"}}


def made(level: Level, parent: int | None = None, stored: dict[str, Any] | None = None) -> Made:
    return Made(level, 4, ("AA", "PP", "XX")[: 1 + list(Level).index(level)], 2, parent, stored)


@pytest.mark.parametrize(
    ("row", "now", "said"),
    [
        (made(Level.PROJECT, 1), SHOWN, None),
        (made(Level.PROJECT, 1), {**SHOWN, "comment": "not compared without what was stored"}, None),
        (made(Level.PROJECT, 1), {**SHOWN, "name": " PP "}, None),
        (made(Level.PROJECT, 1), {**SHOWN, "name": "QQ"}, "it is called 'QQ' now"),
        (made(Level.PROJECT, 1), {**SHOWN, "customer": 2}, "it belongs to another customer now"),
        (made(Level.ACTIVITY, 9), {"name": "XX", "project": None}, "it belongs to no project now"),
        (made(Level.ACTIVITY), {"name": "XX", "project": 9}, "it belongs to another project now"),
        (made(Level.ENTRY), {"project": 1}, "the record does not say what it was"),
    ],
)
def test_the_difference_is_one_sentence(row: Made, now: dict[str, Any], said: str | None) -> None:
    assert difference(row, now) == said
