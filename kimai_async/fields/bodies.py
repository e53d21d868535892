"""What a node's fields are in Kimai's JSON: for a create, for a PATCH, and where they differ from the server's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kimai_async.fields.catalogue import CUSTOM_FIELD, FIELDS, META, Field

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from kimai_async.tree.entry import Item
    from kimai_async.tree.nodes import Level, Node

_LINES = ("addressLine1", "addressLine2", "addressLine3")


@dataclass(slots=True)
class Change:
    """What a PATCH is to make of something that exists; `meta` are its custom fields."""

    body: dict[str, Any] = field(default_factory=dict)
    meta: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.body or self.meta)


def custom_fields(item: Item) -> dict[str, str]:
    """Return the custom fields that the file gives something, by their names."""
    values = item.values or {}
    return {key.removeprefix(META): value for key, value in values.items() if key.startswith(META)}


class FieldSet:
    """The fields of one level that this server takes from this user: *accepted* are the names in its form.

    Fields that it does not take are left out; `lacking` names them. *defaults* are what new rows get beside.
    """

    def __init__(self, level: Level, accepted: Collection[str], defaults: Mapping[str, Any] | None = None) -> None:
        self._fields = {key: field for key, field in FIELDS[level].items() if key in accepted}
        self._all = FIELDS[level]
        self._defaults = defaults or {}
        self._splits_address = "address" not in self._fields and "addressLine1" in self._fields

    def takes(self, key: str) -> bool:
        """Tell whether the server takes a field from this user."""
        return key in self._fields

    def lacking(self, keys: Iterable[str]) -> list[Field]:
        """Return the fields among these (custom ones aside) that the form does not have."""
        return [
            self._all[key]
            for key in dict.fromkeys(keys)
            if key not in self._fields and not key.startswith(META) and not (key == "address" and self._splits_address)
        ]

    def _given(self, node: Node) -> dict[str, Any]:
        """Return what the file gives and the form takes."""
        values = node.values
        if values is None:
            return {}
        if self._splits_address and "address" in values:
            values = {**_address_lines(values["address"]), **values}
        return {key: value for key, value in values.items() if key in self._fields}

    def for_create(self, node: Node, *, shown: bool = False) -> dict[str, Any]:
        """Return the part of a create's JSON that says a node's fields; *shown* creates even a hidden one visible."""
        given = self._given(node)
        if shown:
            given.pop("visible", None)
        if not given:
            return dict(self._defaults)
        return {**self._defaults, **{key: self._fields[key].type.create(value) for key, value in given.items()}}

    def written(self, node: Node, keys: Collection[str]) -> Iterator[tuple[str, Any]]:
        """Yield those of a node's fields that are among *keys*, with their JSON in a create."""
        for key, value in self._given(node).items():
            if key in keys:
                yield key, self._fields[key].type.create(value)

    def shows_all(self, node: Node, shown: Mapping[str, Any]) -> bool:
        """Tell whether *shown*, the server's JSON, has every field that could differ."""
        given = self._given(node)
        return all(key in shown for key in given if self._fields[key].changeable) and (
            "metaFields" in shown or not custom_fields(node)
        )

    def change(self, node: Node, shown: Mapping[str, Any]) -> Change:
        """Return what differs from *shown*, the server's JSON; what cannot be read back is left as it is."""
        given = self._given(node)
        differing = {
            key: value
            for key, value in given.items()
            if self._fields[key].changeable and not self._fields[key].type.same(value, shown.get(key))
        }
        body = {key: self._fields[key].type.patch(value) for key, value in differing.items()}
        there = {str(item["name"]).casefold(): item.get("value") for item in shown.get("metaFields") or ()}
        meta = {
            name: value
            for name, value in custom_fields(node).items()
            if not CUSTOM_FIELD.same(value, there.get(name.casefold()))
        }
        return Change(body, meta)


def _address_lines(address: str) -> dict[str, str]:
    """Return an address of several lines as the three that Kimai has now; what is too much is on the third."""
    lines = [line.strip() for line in address.splitlines() if line.strip()]
    most = len(_LINES) - 1
    if len(lines) > len(_LINES):
        lines = [*lines[:most], ", ".join(lines[most:])]
    return dict(zip(_LINES, lines, strict=False))
