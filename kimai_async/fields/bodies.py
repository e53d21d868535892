"""What a node's fields are in Kimai's JSON: for a create, for a PATCH, and where they differ from the server's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kimai_async.fields.catalogue import CUSTOM_FIELD, FIELDS, META, Field

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from kimai_async.fields.values import ValueType
    from kimai_async.tree.entry import Item
    from kimai_async.tree.nodes import Level, Node

_LINES = ("addressLine1", "addressLine2", "addressLine3")


@dataclass(slots=True)
class Change:
    """What a PATCH is to make of something that exists; `meta` are its custom fields.

    `odd` are the fields of which the server shows something that no Kimai does: they are sent as if they differed.
    """

    body: dict[str, Any] = field(default_factory=dict)
    meta: dict[str, str] = field(default_factory=dict)
    odd: list[str] = field(default_factory=list)

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
        change = Change()
        for key, value in self._given(node).items():
            its = self._fields[key]
            if its.changeable and not _is_same(its.type, key, value, shown.get(key), change):
                change.body[key] = its.type.patch(value)
        there = shown_custom_fields(shown)
        for name, text in custom_fields(node).items():
            if not _is_same(CUSTOM_FIELD, META + name, text, there.get(name.casefold()), change):
                change.meta[name] = text
        return change


def _is_same(its: ValueType, key: str, value: Any, shown: Any, change: Change) -> bool:
    if its.shows(shown):
        return its.same(value, shown)
    change.odd.append(key)
    return False


def shown_custom_fields(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return the custom fields that the server's JSON shows, by their names in small letters."""
    items = shown.get("metaFields")
    if isinstance(items, dict):  # so PHP writes a list from which something was taken out
        items = list(items.values())
    return {
        item["name"].casefold(): item.get("value")
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict) and isinstance(item.get("name"), str)
    }


def _address_lines(address: str) -> dict[str, str]:
    """Return an address of several lines as the three that Kimai has now; what is too much is on the third."""
    lines = [line.strip() for line in address.splitlines() if line.strip()]
    most = len(_LINES) - 1
    if len(lines) > len(_LINES):
        lines = [*lines[:most], ", ".join(lines[most:])]
    return dict(zip(_LINES, lines, strict=False))
