"""Where a file differs from what a server shows, whatever that shows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kimai_async.fields.bodies import FieldSet
from kimai_async.fields.catalogue import FIELDS, META
from kimai_async.tree.nodes import LEVELS, Level, Node, Tree

_WRITTEN = """
budget=99.50 timeBudget=1:30 budgetType=month color=#c0c0c0 visible=yes billable=no globalActivities=yes number=7
homepage=https://a.example orderDate=2026-01-31 start=2026-02-01 end=2026-12-31 country=AT language=de currency=EUR
timezone=Europe/Berlin email=a@example.com invoiceEmail=b@example.com
"""
CELLS = dict(pair.split("=") for pair in _WRITTEN.split())
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**30, -(10**400), 1e308, "1e999", "NaN", "sNaN", "٣", "\ud800", "12.5", ""])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def node_of(level: Level) -> Node:
    """A node with a value in every field, and a custom field."""
    tree = Tree()
    node = tree.add("Acme", 2)
    for below in LEVELS[1 : LEVELS.index(level) + 1]:
        node = node.add(str(below), 2)
    changeable = {key: field for key, field in FIELDS[level].items() if field.changeable}
    values = {key: field.type.read(CELLS.get(key, "x"), None) for key, field in changeable.items()}
    node.values = {**values, f"{META}Cost center": "K7"}
    return node


NODES = {level: node_of(level) for level in LEVELS}
EVERY_FIELD = [(level, key) for level in LEVELS for key, field in FIELDS[level].items() if field.changeable]


@pytest.mark.parametrize(("level", "key"), EVERY_FIELD, ids=str)
@settings(max_examples=40, deadline=None)
@given(shown=JSON)
def test_whatever_a_server_shows_in_a_field_it_is_the_same_or_it_is_sent(level: Level, key: str, shown: Any) -> None:
    node = NODES[level]
    assert node.values is not None
    change = FieldSet(level, FIELDS[level]).change(node, {key: shown})

    its = FIELDS[level][key].type
    if key in change.odd:
        assert change.body[key] == its.patch(node.values[key])
        assert shown is not None
    else:
        assert (key in change.body) != its.same(node.values[key], shown)


@given(shown=JSON, value=JSON)
def test_whatever_a_server_shows_as_custom_fields_they_are_the_same_or_sent(shown: Any, value: Any) -> None:
    fields = FieldSet(Level.CUSTOMER, ())
    node = NODES[Level.CUSTOMER]

    for odd in (shown, [shown], [{"name": shown}], [{"name": "cost CENTER", "value": value}]):
        assert fields.change(node, {"metaFields": odd}).meta == {"Cost center": "K7"} or value == "K7"
    assert fields.change(node, {"metaFields": {"1": {"name": "cost CENTER", "value": "K7"}}}).meta == {}


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        *(
            ("comment", 5),
            ("comment", ["a"]),
            ("comment", {}),
            ("comment", False),
            ("budget", "ninety"),
            ("budget", {}),
        ),
        *(("budget", True), ("budget", 10**400), ("budget", 1e300), ("timeBudget", "1:30"), ("timeBudget", [5400])),
        *(("start", 20260201), ("color", 12632256), ("homepage", 1), ("visible", "yes"), ("number", 7.0)),
    ],
)
def test_what_no_kimai_shows_is_told_and_sent(key: str, shown: Any) -> None:
    change = FieldSet(Level.PROJECT, FIELDS[Level.PROJECT]).change(NODES[Level.PROJECT], {key: shown})
    if key == "homepage":
        change = FieldSet(Level.CUSTOMER, FIELDS[Level.CUSTOMER]).change(NODES[Level.CUSTOMER], {key: shown})

    assert change.odd == [key]
    assert key in change.body


@pytest.mark.parametrize(
    ("key", "shown"),
    [("budget", "99.50"), ("budget", 99.5), ("timeBudget", 5400.0), ("timeBudget", "5400"), ("number", 7)],
)
def test_a_number_may_be_shown_as_a_number_or_as_text(key: str, shown: Any) -> None:
    change = FieldSet(Level.PROJECT, FIELDS[Level.PROJECT]).change(NODES[Level.PROJECT], {key: shown})

    assert key not in change.body
    assert change.odd == []
