"""Every field that Kimai's create endpoints take, in one table: its type, its age, the permission it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kimai_async.fields import values
from kimai_async.tree.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Iterable

META = "meta."
"""What the keys of custom fields begin with, here and in headings."""

NUMBER_LENGTHS = {Level.CUSTOMER: 50, Level.PROJECT: 10, Level.ACTIVITY: 10}
"""Characters that Kimai takes in a number (`Entity/Customer.php`, `Project.php`, `Activity.php`)."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a create: Kimai's name for it, what it holds, and what the server must be or allow.

    *since* is the first version whose forms have it, *until* the first that lacks it again, *permission* the one that
    it takes. A field that is not *changeable* is for creates alone: it can never be read back, or is not in the form of
    a PATCH.
    *asked* means that only the server knows which values there are.
    """

    key: str
    type: values.ValueType
    since: tuple[int, int] = (2, 0)
    until: tuple[int, int] = (3, 0)
    permission: str | None = None
    changeable: bool = True
    asked: bool = False


def _budgets(level: Level) -> Iterable[Field]:
    yield Field("budget", values.Money(), permission=f"budget_{level}")
    yield Field("timeBudget", values.Duration(), permission=f"time_{level}")
    yield Field("budgetType", values.BudgetType(), permission=f"budget_{level} or time_{level}")


def _common(level: Level) -> Iterable[Field]:
    yield Field("comment", values.Text(None))
    yield Field("invoiceText", values.Text(None), changeable=False)
    yield Field("teams", values.Teams(), changeable=False, asked=True)
    yield Field("color", values.Color())
    yield from _budgets(level)
    yield Field("visible", values.Flag())
    yield Field("billable", values.Flag())


def _customer() -> Iterable[Field]:
    yield Field("number", values.Number(NUMBER_LENGTHS[Level.CUSTOMER]))
    yield Field("company", values.Text(100))
    yield Field("contact", values.Text(100))
    yield Field("vatId", values.Text(50))
    yield Field("address", values.Text(None), until=(2, 41))
    yield Field("addressLine1", values.Text(150), since=(2, 43))
    yield Field("addressLine2", values.Text(150), since=(2, 43))
    yield Field("addressLine3", values.Text(150), since=(2, 43))
    yield Field("postCode", values.Text(20), since=(2, 43))
    yield Field("city", values.Text(50), since=(2, 41))
    yield Field("buyerReference", values.Text(50), since=(2, 41))
    yield Field("country", values.Country(), asked=True)
    yield Field("language", values.Language(), since=(2, 63), asked=True)
    yield Field("currency", values.Currency(), asked=True)
    yield Field("timezone", values.Timezone(), asked=True)
    yield Field("phone", values.Text(30))
    yield Field("fax", values.Text(30))
    yield Field("mobile", values.Text(30))
    yield Field("email", values.Email(75))
    yield Field("invoiceEmail", values.Email(75), since=(2, 63))
    yield Field("homepage", values.Homepage(100))
    yield Field("invoiceTemplate", values.Identity(), changeable=False, asked=True)


def _project() -> Iterable[Field]:
    yield Field("number", values.Number(NUMBER_LENGTHS[Level.PROJECT]), since=(2, 14))
    yield Field("orderNumber", values.Text(50))
    yield Field("orderDate", values.Date())
    yield Field("start", values.Date())
    yield Field("end", values.Date())
    yield Field("globalActivities", values.Flag())


def _activity() -> Iterable[Field]:
    yield Field("number", values.Number(NUMBER_LENGTHS[Level.ACTIVITY]), since=(2, 14))


def _table(*groups: Iterable[Field]) -> dict[str, Field]:
    return {field.key: field for group in groups for field in group}


FIELDS: dict[Level, dict[str, Field]] = {
    Level.CUSTOMER: _table(_customer(), _common(Level.CUSTOMER)),
    Level.PROJECT: _table(_project(), _common(Level.PROJECT)),
    Level.ACTIVITY: _table(_activity(), _common(Level.ACTIVITY)),
}
"""Kimai's `Form/CustomerEditForm.php`, `ProjectEditForm.php`, `ActivityEditForm.php`, `EntityFormTrait.php`."""

CUSTOM_FIELD = values.Text(None)
"""What every custom field holds: Kimai keeps text, whatever its form offers."""


def field_type(level: Level, key: str) -> values.ValueType:
    """Return the type of a field, custom ones (`meta.NAME`) included."""
    return CUSTOM_FIELD if key.startswith(META) else FIELDS[level][key].type
