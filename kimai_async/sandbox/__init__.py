"""A server that answers Kimai's REST API as Kimai 2.13.0 to 2.65.0 do, to try an import on or to test against.

It needs the extra `sandbox` (Starlette and uvicorn), but only when it is used: importing this package does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from starlette.applications import Starlette

    from kimai_async.sandbox.faults.injector import Faults
    from kimai_async.sandbox.storage.setup import CustomFields

__all__ = ["create_app"]


def create_app(
    version: str = "2.65.0",
    *,
    database: str | Path = ":memory:",
    latency: float = 0.0,
    scan_cost: float = 0.0,
    workers: int | None = None,
    record: bool = False,
    faults: Faults | None = None,
    custom_fields: CustomFields | None = None,
    teams: Sequence[str] = (),
    invoice_templates: int = 0,
    revoke: Collection[str] = (),
    settings: Mapping[str, str] | None = None,
    clock: datetime | None = None,
) -> Starlette:
    """An ASGI app that answers like this Kimai version; `ValueError` for a version it does not know.

    `latency` is how many seconds a create takes between choosing a number and storing the row, `workers` how
    many requests are handled at once (None or 0: all), `record` keeps every request in
    `app.state.sandbox.requests`, and `faults` (`kimai_async.sandbox.faults.Faults`) lets creates and lists go
    wrong. `app.state.sandbox` also has `tree()`, `twins()`, `numbers(level)` and `close()`.

    `scan_cost` is how many seconds a row costs for each time that a create makes Kimai look through a whole table for
    a number: once for each number that it tries for the new row, at most 101 times and never where the level's number
    format is empty, and once more where the row has a number.

    `custom_fields` are the names by level, `{"customers": ("cost_centre",)}`, `teams` the names of the teams with
    the ids from 1, `invoice_templates` how many there are, with the ids from 1, and `revoke` the permissions that
    no account has, `("budget_customer", "time_customer")`; `ValueError` for a level or permission there is not.

    `settings` are values of Kimai's system configuration by its names, as text, `{"timesheet.mode": "punch"}`;
    `ValueError` for a name or a value there is not. `clock` is a moment at which the server's clock stands still.
    """
    from kimai_async.sandbox.app import build  # noqa: PLC0415 - Starlette is an extra
    from kimai_async.sandbox.configuration import configuration  # noqa: PLC0415 - only needed to make an app
    from kimai_async.sandbox.storage.clock import Clock  # noqa: PLC0415 - only needed to make an app
    from kimai_async.sandbox.storage.setup import setup  # noqa: PLC0415 - only needed to make an app

    return build(
        version,
        setup(custom_fields, teams, invoice_templates, revoke),
        database=database,
        latency=latency,
        scan_cost=scan_cost,
        workers=workers,
        record=record,
        faults=faults,
        configuration=configuration(settings or {}),
        clock=Clock(clock),
    )
