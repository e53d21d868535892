"""Kimai's HTTP as plain values: paths, bodies, what its answers say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from kimai_async.server import Server
from kimai_async.text import shorten
from kimai_async.tree.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kimai_async.tree.nodes import Node

Query = dict[str, str | list[str]]
"""An address's query; a list stands for a name that is repeated, such as `customers[]`."""

BEARER_SINCE = (2, 14)
PAGE: Query = {"page": "1", "size": "500"}
"""Sent with every list: no Kimai 2.x pages these lists, but 3.0 means to (kimai/kimai#5072)."""

_LIST_FILTERS: dict[Level, Query] = {
    Level.CUSTOMER: {"visible": "3"},
    Level.PROJECT: {"visible": "3", "ignoreDates": "1"},
    Level.ACTIVITY: {"visible": "3"},
}

PARENT_FIELDS = {Level.PROJECT: "customer", Level.ACTIVITY: "project"}
"""What Kimai calls the parent's id."""

LONGEST_REASON = 500
"""Characters of what Kimai says of one field."""

_VERSION = re.compile(r"\D{0,20}(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?!\d)", re.ASCII)


def list_query(level: Level, parents: Iterable[int] = ()) -> Query:
    """Return the query with which a list hides nothing, neither hidden nor ended rows, below these parents if any."""
    ids = list(map(str, parents))
    below = {f"{level.parent.plural}[]": ids} if ids and level.parent is not None else {}
    return {**_LIST_FILTERS[level], **PAGE, **below}


def global_query() -> Query:
    """Return the query for the activities that belong to no project, hidden ones included."""
    return {**_LIST_FILTERS[Level.ACTIVITY], **PAGE, "globals": "1"}


def create_body(node: Node, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON of a create; *fields* are added to the name, the parent's id and the booleans.

    Every boolean is sent: Kimai before 2.63 takes an omitted one for false and hides the row. An activity always
    carries its project, unless it is meant to be global.
    """
    level = node.level
    body: dict[str, Any] = {"name": node.name, "visible": True, "billable": True}
    if level is Level.PROJECT:
        body["globalActivities"] = True
    body.update(fields)
    if node.parent is not None:
        if node.parent.id is None:
            raise AssertionError(f"{node!r} has no parent on the server yet")
        body[PARENT_FIELDS[level]] = node.parent.id
    return body


class Entry(Struct, frozen=True, gc=False):
    """One line of a list: what the comparison needs of a customer, project or activity.

    `shown` is the whole line, where it was asked for; `dates` are a project's start and end, if it has one of them.
    """

    id: int
    name: str
    parent: int | None
    visible: bool
    number: str | None
    shown: Mapping[str, Any] | None = None
    dates: tuple[str | None, str | None] | None = None


def read_server(version: Any, me: Any) -> Server:
    """Read the answers of `version` and `users/me`, of which people will read; raises LookupError or TypeError."""
    text, user, roles = version["version"], me["username"], me.get("roles") or ()
    found = _VERSION.match(text)
    if found is None or not isinstance(user, str):
        raise TypeError("no version, or a user without a name")
    if isinstance(roles, dict):  # so PHP writes a list from which something was taken out
        roles = roles.values()
    digits = tuple(int(part) for part in found.groups() if part is not None)
    return Server(digits, shorten(text), shorten(user), frozenset(role for role in roles if isinstance(role, str)))


@dataclass(frozen=True, slots=True)
class Form:
    """What a create of one level takes from this user on this version, as an empty `POST` tells it."""

    fields: frozenset[str]
    errors: Mapping[str, str]

    @classmethod
    def from_json(cls, body: Any) -> Form:
        """Read the 400 that answers a `POST` without a name; raises LookupError or TypeError if it is not Kimai's."""
        children = body["errors"]["children"]
        if not isinstance(children, dict):
            raise TypeError("no fields")
        return cls(frozenset(children), dict(field_errors(body)))

    def lacks(self, names: Iterable[str]) -> list[str]:
        """Return the names among these that the form complains about."""
        return [name for name in names if name in self.errors]


def field_errors(body: Any) -> list[tuple[str, str]]:
    """Return the pairs (field, Kimai's reasons) of a 400's body; the field of a form-level reason is empty.

    Knows Kimai's three shapes: `errors.children.FIELD.errors`, `errors.errors`, and a bare `message`.
    """
    errors = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(errors, dict):
        return []
    found = [("", _join(errors.get("errors")))]
    children = errors.get("children")
    if isinstance(children, dict):
        found += [
            (str(name), _join(child.get("errors"))) for name, child in children.items() if isinstance(child, dict)
        ]
    return [(name, text) for name, text in found if text]


def _join(reasons: Any) -> str:
    texts = (reason for reason in reasons if isinstance(reason, str)) if isinstance(reasons, list) else ()
    return shorten(" ".join(texts), LONGEST_REASON)
