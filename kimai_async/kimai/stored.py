"""What the server has stored of a customer, project or activity, in short: kept in a record, compared by an undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kimai_async.fields.bodies import custom_fields
from kimai_async.fields.catalogue import CUSTOM_FIELD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kimai_async.tree.nodes import Node

_ELSEWHERE = frozenset({"id", "name", "customer", "project", "parentTitle", "color-safe", "visible"})
"""Keys that say where it is and what it is called, what follows from other keys, and whether it is hidden."""

_CUSTOM = "metaFields"
_TEAMS = "teams"


def stored_fields(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the server's JSON says beside id, name, parent and visibility; empty, zero and false are left out.

    Custom fields are a mapping of names to values, teams a list of ids.
    """
    fields = {key: value for key, value in shown.items() if value and key not in _ELSEWHERE}
    if _TEAMS in fields:
        fields[_TEAMS] = sorted(team["id"] for team in _objects(fields[_TEAMS]) if is_id(team.get("id")))
    if _CUSTOM in fields:
        custom = {str(item.get("name")): item["value"] for item in _objects(fields.pop(_CUSTOM)) if item.get("value")}
        fields |= {_CUSTOM: custom} if custom else {}
    return fields


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def is_id(value: Any) -> bool:
    """Tell whether a JSON value can be an id: a whole number above 0; `true` is none."""
    return type(value) is int and value > 0


def with_custom_fields(stored: Mapping[str, Any], node: Node) -> dict[str, Any]:
    """Return what is stored of a new row once it has the custom fields that the file gives it."""
    given = custom_fields(node)
    return {**stored, _CUSTOM: {**stored.get(_CUSTOM, {}), **given}} if given else dict(stored)


def changed_fields(stored: Mapping[str, Any], shown: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the fields that differ between a record and the server's JSON of now.

    What that JSON does not show cannot differ, such as most fields in a list; nor can a custom field that is empty now,
    for it may never have been set.
    """
    now = stored_fields(shown)
    for key in sorted(shown.keys() - _ELSEWHERE - {_CUSTOM}):
        if (stored.get(key) or None) != now.get(key):
            yield key
    before = {name.casefold(): value for name, value in stored.get(_CUSTOM, {}).items()}
    for name, value in now.get(_CUSTOM, {}).items():
        if not CUSTOM_FIELD.same(before.get(name.casefold()), value):
            yield name
