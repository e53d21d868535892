"""The fields of the forms for customers, projects and activities, in Kimai's order
(CustomerEditForm.php, ProjectEditForm.php, ActivityEditForm.php, EntityFormTrait.php)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.sandbox.forms import checks, choices, readers
from kimai_async.sandbox.forms.form import Check, Field

if TYPE_CHECKING:
    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.profile import Profile
    from kimai_async.sandbox.storage.store import Level, Row

_MAX_BUDGET = 900_000_000_000
_MAX_TIME_BUDGET = 2_145_600_000


def edit_form(call: Call, level: Level, row: Row | None) -> list[Field]:
    """The fields this user may send; `row` is what a PATCH changes, None for a create."""
    fields = [*_naming(level, call.profile)]
    if level == "customers":
        fields += _customer(call, row)
    if level == "projects":
        fields += [_text("invoiceText"), _text("orderNumber", 50), *_dates(with_time=row is not None)]
        fields += [Field("customer", readers.reference(_may_hold(call, "customers", row)), [checks.not_null])]
    if level == "activities":
        fields += [_text("invoiceText")]
        if row is None or row.parent is not None:
            fields += [Field("project", readers.reference(_may_hold(call, "projects", row)))]
    if row is None:
        fields += [Field("teams", readers.references(call.may_choose_team))]
    return fields + _common(call, level, row)


def _common(call: Call, level: Level, row: Row | None) -> list[Field]:
    fields = [color()]
    money, time = (call.may_with(verb, level, row) if row else call.may(verb, level) for verb in ("budget", "time"))
    if money:
        fields.append(Field("budget", readers.money, [checks.between(0, _MAX_BUDGET)]))
    if time:
        fields.append(Field("timeBudget", readers.duration, [checks.between(0, _MAX_TIME_BUDGET)]))
    if money or time:
        fields.append(Field("budgetType", readers.choice(lambda: ("month",))))
    # ApiFormExtension.php takes every boolean out of the form and adds it again at the end.
    booleans = ["globalActivities"] if level == "projects" else []
    return fields + [Field(name, readers.flag) for name in [*booleans, "visible", "billable"]]


def color() -> Field:
    """The choice of a colour (ColorTrait.php)."""
    return Field("color", readers.choice(choices.colors))


def _naming(level: Level, profile: Profile) -> list[Field]:
    special: list[Check] = [checks.no_special_characters] if profile.forbidden_characters else []
    required = checks.not_null if level == "projects" else checks.not_blank
    fields = [Field("name", readers.text, [required, checks.length(150, 2), *special])]
    if level == "customers" or profile.child_numbers:
        most = 50 if level == "customers" else 10
        fields.append(Field("number", readers.text, [checks.length(most), *special]))
    return [*fields, _text("comment")]


def _customer(call: Call, row: Row | None) -> list[Field]:
    profile = call.profile
    country = readers.choice(lambda: choices.COUNTRIES, "Please select a valid country.")
    currency = readers.choice(lambda: choices.CURRENCIES, "Please select a valid currency.")
    timezone = readers.choice(choices.timezones, "Please select a valid timezone.")
    email = [checks.email(strict=profile.strict_contact), checks.length(75)]
    fields = [_text("company", 100), _text("vatId", 50), _text("contact", 100), *_address(profile, row)]
    fields += [Field("country", country, [checks.not_blank])]
    if profile.customer_language:
        fields += [Field("language", readers.choice(lambda: choices.LANGUAGES), [checks.not_blank])]
    fields += [
        Field("currency", currency, [checks.not_blank]),
        *(_text(name, 30) for name in ("phone", "fax", "mobile")),
        Field("email", readers.email, email),
        Field("homepage", readers.url, [checks.length(100), *([checks.url] if profile.strict_contact else [])]),
        Field("timezone", timezone, [checks.not_blank]),
        _text("invoiceText"),
        Field("invoiceTemplate", readers.reference(lambda template: 1 <= template <= call.setup.invoice_templates)),
    ]
    if profile.customer_language:
        fields += [Field("invoiceEmail", readers.email, email)]
    return fields + ([_text("buyerReference", 50)] if profile.structured_address else [])


def _address(profile: Profile, row: Row | None) -> list[Field]:
    if not profile.structured_address:
        return [_text("address")]
    lines = [(f"address_line{n}", f"addressLine{n}", 150) for n in (1, 2, 3)] + [("postcode", "postCode", 20)]
    named = [
        Field(new if profile.camel_case_address else old, readers.text, [checks.length(most)], keeps=new)
        for old, new, most in lines
    ]
    has_address = row is not None and row.fields.get("address")
    return [*([_text("address")] if has_address else []), *named, _text("city", 50)]


def _dates(*, with_time: bool) -> list[Field]:
    return [Field(name, readers.day(with_time=with_time)) for name in ("orderDate", "start", "end")]


def _text(name: str, most: int | None = None) -> Field:
    return Field(name, readers.text, [checks.length(most)] if most else [])


def _may_hold(call: Call, level: Level, child: Row | None) -> readers.Exists:
    """Whether a row may be chosen as the parent: visible, its own parent too; or it is the parent already.
    An activity stays with its customer (`getQueryBuilderForFormType` in ProjectRepository.php)."""
    project = call.store.get("projects", child.parent) if child and level == "projects" else None

    def exists(row_id: int) -> bool:
        if child is not None and child.parent == row_id:
            return True
        row = call.store.get(level, row_id)
        if row is None or not row.visible or not call.sees(level, row):
            return False
        return level == "customers" or (
            _customer_visible(call, row) and (project is None or project.parent == row.parent)
        )

    return exists


def _customer_visible(call: Call, project: Row) -> bool:
    customer = call.store.get("customers", project.parent)
    return customer is not None and customer.visible
