"""Forms as Symfony's: each field reads what was submitted, then its constraints look at the entity's value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kimai_async.sandbox.http.answers import ApiError, form_error

if TYPE_CHECKING:
    from kimai_async.sandbox.http.decode import Submitted

Check = Callable[[Any], str | None]
"""A constraint: the message when the value breaks it."""


class InvalidValueError(Exception):
    """What was submitted for a field cannot be read; the text is the message in the answer."""


@dataclass(frozen=True)
class Field:
    """One field of a form; `keeps` is the entity's property when it is not called as the field."""

    name: str
    read: Callable[[Submitted], Any]
    checks: Sequence[Check] = ()
    keeps: str = ""

    @property
    def property(self) -> str:
        """The entity's property that the field writes."""
        return self.keeps or self.name


@dataclass
class Form:
    """A submitted form: the entity's values after it, and what is wrong with them."""

    fields: Sequence[Field]
    values: dict[str, Any]
    errors: dict[str, list[str]] = field(default_factory=dict)
    form_errors: list[str] = field(default_factory=list)
    submitted: frozenset[str] = frozenset()
    unread: set[str] = field(default_factory=set)
    """The fields whose values could not be read; nothing more is said about them."""

    @property
    def extra(self) -> list[str]:
        """What is said about submitted fields that there are not; it comes after everything else."""
        unknown = self.submitted - {each.name for each in self.fields}
        return ["This form should not contain extra fields."] if unknown else []

    def refuse(self, name: str, message: str) -> None:
        """Add an error to a field."""
        self.errors.setdefault(name, []).append(message)

    def violate(self, path: str, message: str) -> None:
        """Add what is wrong with a property of the entity: to its field, or to the form if it has none."""
        if path not in {each.name for each in self.fields}:
            self.form_errors.append(message)
        elif path not in self.unread:
            self.refuse(path, message)

    def raise_errors(self) -> None:
        """Answer 400 when anything is wrong."""
        if self.errors or self.form_errors or self.extra:
            raise self.error()

    def error(self) -> ApiError:
        """The 400 that names every field of the form."""
        return form_error(self.errors, [each.name for each in self.fields], self.form_errors + self.extra)


def submit(
    fields: Sequence[Field], data: Mapping[str, Submitted], entity: Mapping[str, Any], *, clear_missing: bool
) -> Form:
    """Apply what was submitted to the entity's values; with `clear_missing` what is omitted is emptied."""
    form = Form(fields, dict(entity), submitted=frozenset(data))
    for each in fields:
        if each.name in data or clear_missing:
            try:
                form.values[each.property] = each.read(data.get(each.name))
            except InvalidValueError as error:
                form.refuse(each.name, str(error))
                form.unread.add(each.name)
    for each in fields:
        if each.name not in form.errors:
            _check(form, each)
    return form


def _check(form: Form, each: Field) -> None:
    for check in each.checks:
        message = check(form.values.get(each.property))
        if message is not None:
            form.refuse(each.name, message)
