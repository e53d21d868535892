"""Rows as JSON: which keys a version shows, in Kimai's order (the serializer groups in src/Entity)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from kimai_async.sandbox.entities.team_bodies import color_safe, short_teams
from kimai_async.sandbox.storage.store import ABOVE, PARENT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kimai_async.sandbox.profile import Profile
    from kimai_async.sandbox.storage.state import Sandbox
    from kimai_async.sandbox.storage.store import Level, Row

Detail = Literal["entity", "list", "full list"]

_BUDGET = ("budget", "timeBudget", "budgetType")
_DEFAULTS = {"metaFields": [], "teams": [], "budget": 0.0, "timeBudget": 0}
_CONTACT = {"company", "country", "phone", "fax", "mobile", "homepage", "timezone"}
_STRUCTURED = ("addressLine1", "addressLine2", "addressLine3", "postCode", "city")
_CUSTOMER = (
    *("id", "name", "number", "comment", "visible", "billable", "company", "vatId", "contact", "address"),
    *("country", "language", "currency", "phone", "fax", "mobile", "email", "homepage", "timezone"),
    *("metaFields", "teams", *_STRUCTURED, "invoiceEmail", "buyerReference", *_BUDGET, "color"),
)
_PROJECT = (
    *("id", "name", "orderNumber", "orderDate", "start", "end", "comment", "visible", "billable"),
    *("metaFields", "teams", "globalActivities", "number", *_BUDGET, "color"),
)
_ACTIVITY = (
    *("id", "name", "comment", "visible", "billable", "metaFields", "teams", "number"),
    *(*_BUDGET, "color"),
)
_KEYS: dict[Level, tuple[str, ...]] = {"customers": _CUSTOMER, "projects": _PROJECT, "activities": _ACTIVITY}
_ONLY_ENTITY = {"vatId", "contact", "address", "email", *_STRUCTURED, "invoiceEmail", "buyerReference", *_BUDGET}


def keys(level: Level, profile: Profile, detail: Detail) -> list[str]:
    """The keys that come from the entity itself."""
    hidden = _unknown(level, profile)
    if detail != "entity":
        hidden |= _ONLY_ENTITY | _not_in_lists(profile)
    if detail == "full list":
        hidden -= {"vatId", *_STRUCTURED}
    return [key for key in _KEYS[level] if key not in hidden]


def body(level: Level, row: Row, parent: Row | None, shown: Iterable[str], sandbox: Sandbox) -> dict[str, Any]:
    """The JSON of one row; `shown` is what `keys` gave."""
    values: dict[str, Any] = {}
    if level != "customers":
        values["parentTitle"] = None if parent is None else parent.name
        values["customer" if level == "projects" else "project"] = row.parent
    if sandbox.profile.color_safe:
        values["color-safe"] = color_safe(row.name, row.fields.get("color"))
    for key in shown:
        values[key] = row.id if key == "id" else row.fields.get(key, _DEFAULTS.get(key))
    if values.get("teams"):
        values["teams"] = short_teams(sandbox.people, row.fields.get("teams", []), sandbox.profile)
    return values


def nested(level: Level, row: Row, sandbox: Sandbox, *, expanded: bool) -> dict[str, Any]:
    """A row within something else: as in lists, without teams; what is above it as an id or, `expanded`, whole."""
    hidden = {"teams"} if sandbox.profile.nested_custom_fields else {"teams", "metaFields"}
    hidden |= set() if sandbox.profile.nested_details else {"currency", "start", "end"}
    shown = [key for key in keys(level, sandbox.profile, "list") if key not in hidden]
    values = body(level, row, None, shown, sandbox)
    values.pop("parentTitle", None)
    above = PARENT.get(level)
    if not expanded or above is None:
        return values
    del values[above]
    parent = sandbox.store.get(ABOVE[level], row.parent)
    whole = None if parent is None else nested(ABOVE[level], parent, sandbox, expanded=True)
    return _after(values, "id", above, whole)


def _after(values: dict[str, Any], key: str, name: str, value: Any) -> dict[str, Any]:
    """The same with one more behind a key."""
    return {k: v for old in values.items() for k, v in (old, *([(name, value)] if old[0] == key else ()))}


def _unknown(level: Level, profile: Profile) -> set[str]:
    """Keys that came with a later version."""
    hidden: set[str] = set()
    if level != "customers" and not profile.child_numbers:
        hidden |= {"number"}
    if not profile.structured_address:
        hidden |= {*_STRUCTURED, "buyerReference"}
    if not profile.customer_language:
        hidden |= {"language", "invoiceEmail"}
    return hidden


def _not_in_lists(profile: Profile) -> set[str]:
    hidden: set[str] = set()
    if not profile.list_contact:
        hidden |= _CONTACT
    if not profile.list_order_number:
        hidden |= {"orderNumber"}
    if not profile.list_order_date:
        hidden |= {"orderDate"}
    return hidden
