"""Whether an entry would spend more than a budget has (TimesheetBudgetUsedValidator.php, BudgetStatisticModel.php)."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kimai_async.sandbox import php_dates
from kimai_async.sandbox.storage.entries import Wanted
from kimai_async.sandbox.timesheets import costs
from kimai_async.sandbox.timesheets.draft import booked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.storage.entries import Entry
    from kimai_async.sandbox.storage.store import Row
    from kimai_async.sandbox.timesheets.draft import Draft

Violation = tuple[str, str]
_FORBIDDEN = "Sorry, the budget is used up."


@dataclass(frozen=True)
class _Spending:
    """What one entry adds to a budget: all of it, and what that is more than before."""

    money: float
    seconds: int
    more_money: float
    more_seconds: int


def violations(call: Call, draft: Draft) -> Iterator[Violation]:
    """What is said about the budgets of its activity, project and customer."""
    rules = call.configuration
    on = booked(call, draft.project, draft.activity)
    if rules.allow_overbooking_budget or draft.end is None or draft.user is None or draft.billable is False:
        return
    entry = draft.entry()
    money = costs.calculate(call, entry).total
    seconds = entry.elapsed
    if on.project is None or _untouched(draft, money, seconds):
        return
    for path, row in (("activity", on.activity), ("project", on.project), ("customer", on.customer)):
        if row is not None and (row.fields.get("budget") or row.fields.get("timeBudget")):
            spending = _spending(call, draft, path, row, money, seconds)
            yield from _said(call, draft, path, row, spending)


def _untouched(draft: Draft, money: float, seconds: int) -> bool:
    """An older entry of which nothing that costs was changed is not looked at."""
    old = draft.stored
    if old is None:
        return False
    same = (old.duration, old.rate, old.billable, old.project, old.activity)
    now = (seconds, money, draft.billable is not False, draft.project, draft.activity)
    return same == now and _day(old.begin, draft.zone) == _day(draft.begin, draft.zone)


def _spending(call: Call, draft: Draft, path: str, row: Row, money: float, seconds: int) -> _Spending:
    """What the entry had spent of the same budget before does not count twice."""
    old = draft.stored
    if old is None or not old.billable or not _same(call, old, path, row):
        return _Spending(money, seconds, money, seconds)
    if _is_monthly(row) and _day(old.begin, draft.zone)[:7] != _day(draft.begin, draft.zone)[:7]:
        return _Spending(money, seconds, money, seconds)
    return _Spending(money, seconds, money - old.rate, seconds - old.duration)


def _same(call: Call, old: Entry, path: str, row: Row) -> bool:
    on = booked(call, old.project, old.activity)
    there = {"activity": on.activity, "project": on.project, "customer": on.customer}[path]
    return there is not None and there.id == row.id


def _said(call: Call, draft: Draft, path: str, row: Row, spending: _Spending) -> Iterator[Violation]:
    """Only what costs money is held against a budget of money, and only what takes time against one of time."""
    seconds_spent, money_spent = call.store.entries.spent(_counted(draft, path, row))
    budget, time_budget = float(row.fields.get("budget") or 0), int(row.fields.get("timeBudget") or 0)
    if budget and spending.money > 0 and money_spent + spending.more_money > budget:
        yield (
            path,
            _message(call, path, "budget", *(_money(call, draft, each) for each in _figures(budget, money_spent))),
        )
    elif time_budget and spending.seconds > 0 and seconds_spent + spending.more_seconds > time_budget:
        yield (
            path,
            _message(call, path, "time", *(duration(int(each)) for each in _figures(time_budget, seconds_spent))),
        )


def _counted(draft: Draft, path: str, row: Row) -> Wanted:
    """The entries that a budget is spent by: all, or those of the month of this entry."""
    begin = end = None
    if _is_monthly(row):
        at = php_dates.local(draft.begin, draft.zone).replace(tzinfo=None)
        first = at.replace(day=1, hour=0, minute=0, second=0)
        last = first.replace(day=monthrange(at.year, at.month)[1], hour=23, minute=59, second=59)
        begin, end = (php_dates.of_wall(each, draft.zone) for each in (first, last))
    ids = {"activity": "activities", "project": "projects", "customer": "customers"}
    return Wanted(begin=begin, end=end, **{ids[path]: (row.id,)})  # type: ignore[arg-type]


def _is_monthly(row: Row) -> bool:
    return row.fields.get("budgetType") == "month"


def _figures(budget: float, spent: float) -> tuple[float, float, float]:
    return budget, spent, max(budget - spent, 0)


def _message(call: Call, path: str, verb: str, budget: str, spent: str, free: str) -> str:
    if not any(call.granted(f"{verb}_{way}{path}") for way in ("", "teamlead_", "team_")):
        return _FORBIDDEN
    return (
        f"The budget is used up. Of the available {budget}, {spent} has been booked so far, {free} can still be used."
    )


def _money(call: Call, draft: Draft, amount: float) -> str:
    from babel.numbers import format_currency  # noqa: PLC0415 - a quarter of a second, and rarely needed

    customer = booked(call, draft.project, None).customer
    user = call.people.user(draft.user)
    currency = customer.fields["currency"] if customer else "EUR"
    return format_currency(amount, currency, locale=user.fields["locale"] if user else "en")


def duration(seconds: int) -> str:
    """`8:00`, as Kimai shows lengths of time (Utils/Duration.php)."""
    minutes = abs(seconds) // 60
    return f"{'-' if seconds <= -60 else ''}{minutes // 60}:{minutes % 60:02d}"


def _day(instant: int, zone: str) -> str:
    return php_dates.local(instant, zone).date().isoformat()
