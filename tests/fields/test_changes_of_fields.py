"""What a node's fields are in the JSON of a create and of a change, and where they differ from the server's."""

from __future__ import annotations

from typing import Any

import pytest

from kimai_async.fields.bodies import FieldSet, custom_fields
from kimai_async.fields.catalogue import FIELDS
from kimai_async.tree.nodes import Level, Node

ALL = frozenset(FIELDS[Level.CUSTOMER]) - {"address"}
"""The form of a Kimai since 2.43."""


def node(**values: Any) -> Node:
    found = Node("Acme", None, 2)
    found.values = {key.replace("meta_", "meta."): value for key, value in values.items()} or None
    return found


def fields(*accepted: str, **defaults: Any) -> FieldSet:
    return FieldSet(Level.CUSTOMER, accepted or ALL, defaults)


def test_a_create_says_what_the_file_gives_before_the_defaults() -> None:
    assert fields(country="DE", currency="EUR").for_create(node(country="AT", timeBudget=5400)) == {
        "country": "AT",
        "currency": "EUR",
        "timeBudget": "5400s",
    }
    assert fields(country="DE").for_create(node()) == {"country": "DE"}


def test_what_the_server_does_not_take_is_left_out_and_named() -> None:
    some = fields("comment")

    assert some.takes("comment")
    assert not some.takes("number")
    assert some.for_create(node(comment="x", number="K1")) == {"comment": "x"}
    assert [field.key for field in some.lacking(["comment", "number", "number", "meta.x"])] == ["number"]


def test_what_is_hidden_at_the_end_is_created_visible() -> None:
    assert fields().for_create(node(visible=False, comment="x"), shown=True) == {"comment": "x"}


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        ("Weg 1", ["Weg 1"]),
        ("Weg 1\n\n 12345 Ort \n", ["Weg 1", "12345 Ort"]),
        ("a\nb\nc\nd", ["a", "b", "c, d"]),
    ],
)
def test_an_address_becomes_the_three_lines_that_kimai_has_now(address: str, lines: list[str]) -> None:
    assert list(fields().for_create(node(address=address)).values()) == lines
    assert fields().lacking(["address"]) == []


def test_an_address_goes_as_it_is_where_kimai_takes_it() -> None:
    assert fields("address").for_create(node(address="a\nb")) == {"address": "a\nb"}


def test_a_change_has_what_differs_and_can_be_changed() -> None:
    wanted = node(comment="new", company="Acme", invoiceText="kept", teams=[1], meta_cost="7", meta_same="x")
    shown = {
        "comment": "old",
        "company": "Acme",
        "metaFields": [{"name": "Same", "value": "x"}, {"name": "cost", "value": None}],
    }
    change = fields().change(wanted, shown)

    assert change.body == {"comment": "new"}
    assert change.meta == {"cost": "7"}
    assert change


def test_without_a_difference_there_is_no_change() -> None:
    assert not fields().change(node(comment="a\nb", color="Silver"), {"comment": "a\r\nb", "color": "silver"})
    assert not fields().change(node(), {})


def test_a_row_of_a_list_may_not_show_all_that_could_differ() -> None:
    assert fields().shows_all(node(comment="x", invoiceText="y"), {"comment": ""})
    assert not fields().shows_all(node(comment="x"), {})
    assert not fields().shows_all(node(comment="x", meta_a="1"), {"comment": ""})
    assert fields().shows_all(node(comment="x", meta_a="1"), {"comment": "", "metaFields": []})


def test_the_values_to_ask_about_are_written_as_in_a_create() -> None:
    assert dict(fields().written(node(teams=[3, 7], comment="x"), {"teams", "country"})) == {"teams": [3, 7]}
    assert list(fields().written(node(), {"teams"})) == []
    assert custom_fields(node(meta_a="1", comment="x")) == {"a": "1"}
