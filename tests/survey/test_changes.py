"""What is found to be different, whatever a server shows of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import anyio
from hypothesis import given, settings
from hypothesis import strategies as st

from kimai_async import Settings, Warned
from kimai_async.choices import OnExisting
from kimai_async.fields.bodies import FieldSet
from kimai_async.fields.catalogue import FIELDS
from kimai_async.kimai.messages import Entry
from kimai_async.server import Server
from kimai_async.survey.changes import Changes, Update
from kimai_async.survey.reconcile import Reconciler
from kimai_async.tree.nodes import LEVELS, Level, Tree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kimai_async.events import Event
    from kimai_async.kimai.client import KimaiClient

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "value", "id"]), inner),
    max_leaves=5,
)
SERVER = Server((2, 65, 0), "2.65.0", "susan", frozenset(["ROLE_SUPER_ADMIN"]))
FILE: dict[str, Any] = {"comment": "Rent", "budget": 1.5, "timeBudget": 90, "color": "#fff000", "visible": True}


class Shows:
    """A client that shows the same of every row."""

    def __init__(self, shown: Mapping[str, Any]) -> None:
        self._shown = shown

    async def entity(self, level: Level, entity_id: int) -> Mapping[str, Any]:
        return self._shown


def find(listed: Mapping[str, Any], shown: Mapping[str, Any], *, dry_run: bool) -> tuple[list[Update], list[Event]]:
    tree = Tree()
    node = tree.add("Acme", 2)
    node.values, node.id = {**FILE, "meta.Cost center": "K7"}, 1
    told: list[Event] = []
    options = Settings(url="http://kimai.test", token="t0ken", on_existing=OnExisting.UPDATE, dry_run=dry_run)
    fieldsets = {Level.CUSTOMER: FieldSet(Level.CUSTOMER, FIELDS[Level.CUSTOMER])}
    client = cast("KimaiClient", Shows(shown))
    changes = Changes(client, options, SERVER, Reconciler(tree, ()), fieldsets, (), {}, told.append)
    existing = {level: [(node, Entry(1, "Acme", None, True, None, listed))] for level in LEVELS[:1]}
    updates = anyio.run(changes.find, {**dict.fromkeys(LEVELS, ()), **existing})
    return updates[Level.CUSTOMER], told


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from([*FILE, "metaFields"]), JSON), JSON, st.booleans())
def test_whatever_a_server_shows_of_a_row_it_ends_in_a_change_or_in_none(
    shown: dict[str, Any], custom: Any, dry_run: bool
) -> None:
    updates, told = find(shown, {**dict.fromkeys(FILE, custom), **shown, "metaFields": custom}, dry_run=dry_run)

    assert len(updates) <= 1
    assert all(isinstance(event, Warned) for event in told) or not updates


def test_a_custom_field_that_shows_something_odd_is_named_as_one() -> None:
    shown = {**FILE, "metaFields": [{"name": "cost center", "value": ["K7"]}]}
    updates, told = find(shown, {}, dry_run=False)

    assert [update.change.meta for update in updates] == [{"Cost center": "K7"}]
    assert told == [
        Warned(
            "this Kimai shows something odd in the custom field 'Cost center' of customers, which cannot be compared: "
            "it gets what the file has"
        )
    ]
