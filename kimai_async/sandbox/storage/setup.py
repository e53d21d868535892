"""What a sandbox holds beside its rows: custom fields, teams, invoice templates, and permissions taken away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kimai_async.sandbox.storage.permissions import ROLES

if TYPE_CHECKING:
    from kimai_async.sandbox.storage.store import Level

CustomFields = Mapping[str, Sequence[str]]
"""The names of the custom fields of each level, in the order of their registration."""

SINGULAR: dict[str, str] = {
    "customers": "customer",
    "projects": "project",
    "activities": "activity",
    "teams": "team",
    "users": "user",
    "tags": "tag",
}
"""How a permission names what it is about."""

_LEVELS: dict[str, Level] = {
    "customer": "customers",
    "project": "projects",
    "activity": "activities",
    "timesheet": "timesheets",
}
_PERMISSIONS = frozenset[str]().union(*ROLES.values())


@dataclass(frozen=True)
class Setup:
    """How an administrator has set this Kimai up."""

    custom_fields: Mapping[Level, Sequence[str]] = field(default_factory=dict)
    teams: Sequence[str] = ()
    """The names; the first has the id 1."""
    invoice_templates: int = 0
    """How many there are; their ids count from 1."""
    revoked: frozenset[str] = frozenset()
    """Permissions that no account has."""

    def with_custom_fields(self, level: Level, values: dict[str, Any]) -> dict[str, Any]:
        """An entity's values with every registered custom field among them, null unless it was set
        (`loadMetaFields` in CustomerService.php and its siblings, `setMetaField` in src/Entity)."""
        kept = list(values.get("metaFields", ()))
        for name in self.custom_fields.get(level, ()):
            if find(kept, name) is None:
                kept.append({"name": name, "value": None})
        return values | {"metaFields": kept} if kept else values


def setup(
    custom_fields: CustomFields | None, teams: Sequence[str], invoice_templates: int, revoke: Collection[str]
) -> Setup:
    """Check what a sandbox is set up with; `ValueError` for a level or a permission that there is not."""
    by_level: dict[Level, tuple[str, ...]] = {}
    for level, names in (custom_fields or {}).items():
        by_level[_level(level)] = (*by_level.get(_level(level), ()), *names)
    for permission in sorted(set(revoke) - _PERMISSIONS):
        raise ValueError(f"There is no permission {permission!r}: use one of {', '.join(sorted(_PERMISSIONS))}.")
    return Setup(by_level, tuple(teams), invoice_templates, frozenset(revoke))


def parse_custom_fields(options: Iterable[str]) -> CustomFields:
    """Read `customer.cost_centre`; `ValueError` for what is not a level, a dot and a name."""
    names: dict[str, list[str]] = {}
    for option in options:
        level, _, name = option.partition(".")
        if not name:
            raise ValueError(f"{option!r} is not a custom field: write its level and its name, customer.cost_centre.")
        names.setdefault(_level(level), []).append(name)
    return names


def find(meta_fields: Iterable[dict[str, Any]], name: str) -> dict[str, Any] | None:
    """The custom field of this name, whose case does not count (`getMetaField` in src/Entity, `strtolower`)."""
    wanted = name.encode().lower()
    return next((each for each in meta_fields if each["name"].encode().lower() == wanted), None)


def _level(text: str) -> Level:
    for one, many in _LEVELS.items():
        if text in {one, many}:
            return many
    raise ValueError(
        f"There are no custom fields of {text!r}: the levels are customer, project, activity and timesheet."
    )
