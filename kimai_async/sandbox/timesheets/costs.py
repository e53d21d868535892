"""What a time entry costs (RateService.php, RateCalculator.php, ClassicRateCalculator.php)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from kimai_async.sandbox.storage.store import RATES

if TYPE_CHECKING:
    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.storage.entries import Entry
    from kimai_async.sandbox.storage.store import Level

_MOST = 10**15
"""What is larger has no four places in a float."""
_SCORES: dict[Level, int] = {"activities": 5, "projects": 3, "customers": 1}


@dataclass(frozen=True)
class Rate:
    """The price of an entry, outside and inside, and the rates behind it that are to be kept with it."""

    total: float
    internal: float
    hourly: float | None = None
    fixed: float | None = None


def priced(call: Call, entry: Entry) -> Entry:
    """The entry with its price; rates that it has already stay."""
    rate = calculate(call, entry)
    return replace(
        entry,
        rate=rate.total,
        internal_rate=rate.internal,
        hourly_rate=entry.hourly_rate if rate.hourly is None else rate.hourly,
        fixed_rate=entry.fixed_rate if rate.fixed is None else rate.fixed,
    )


def calculate(call: Call, entry: Entry) -> Rate:
    """A fixed rate wins; else hours times the hourly rate: the entry's, that of the best rate, the user's."""
    if entry.end is None:
        return Rate(0.0, 0.0)
    user = call.people.user(entry.user)
    own: dict[str, Any] = user.fields if user else {}
    best = _best(call, entry)
    of_best = best["rate"] if best else None
    inside = best["internalRate"] if best else None
    is_fixed = bool(best and best["isFixed"])
    fixed = of_best if entry.fixed_rate is None and is_fixed else entry.fixed_rate
    if fixed is not None:
        given = inside if is_fixed else None
        return Rate(fixed, _fixed_inside(entry, fixed, own) if given is None else given, None, fixed)
    hourly = of_best if entry.hourly_rate is None and not is_fixed else entry.hourly_rate
    hourly = own.get("hourlyRate", 0.0) if hourly is None else hourly
    internal = inside if not is_fixed else None
    internal = own.get("internalRate") if internal is None else internal
    return Rate(_price(hourly, entry), _price(hourly if internal is None else internal, entry), hourly)


def _fixed_inside(entry: Entry, fixed: float, own: dict[str, Any]) -> float:
    inside = own.get("internalRate")
    return fixed if inside is None else _price(float(inside), entry)


def _price(hourly: float, entry: Entry) -> float:
    """Four places, half a unit up as PHP's `round` does."""
    price = Decimal(repr(hourly * (entry.duration / 3600)))
    return float(price.quantize(Decimal("0.0001"), ROUND_HALF_UP)) if price < _MOST else float(price)


def _best(call: Call, entry: Entry) -> dict[str, Any] | None:
    """The rate that fits best: of the activity before the project's and the customer's, one for the user before one
    for everybody."""
    project = call.store.get("projects", entry.project)
    owners: dict[Level, int | None] = {"customers": project.parent if project else None}
    owners |= {"projects": entry.project, "activities": entry.activity}
    found: dict[int, dict[str, Any]] = {}
    for level, owner in owners.items():
        for row in call.store.children(RATES[level], owner or 0):
            if row.fields["user"] in (None, entry.user):
                found[_SCORES[level] + (row.fields["user"] is not None)] = row.fields
    return found[max(found)] if found else None
