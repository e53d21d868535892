"""A file that cannot be imported as it is, shown to the server all the same: one list of problems, not two in a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from kimai_async.errors import StoppedError, UsageError
from kimai_async.survey.checks import Checks
from kimai_async.survey.comparison import Comparing, meet_server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from kimai_async.csvfile.table import Table
    from kimai_async.events import Event
    from kimai_async.kimai.client import KimaiClient
    from kimai_async.plan.build import Plan
    from kimai_async.report import Report
    from kimai_async.server import Server
    from kimai_async.settings import Settings

PATIENCE = 20.0
"""Seconds that who waits for the file's own problems is kept waiting for the server's."""


async def ask_beside(
    client: KimaiClient,
    settings: Settings,
    table: Table,
    plan: Plan,
    report: Report,
    emit: Callable[[Event], None],
    ask_more: Callable[[Server], Awaitable[None]] | None = None,
) -> list[str]:
    """Add to the problems of a file what this server would refuse of it; return what is to be said below their list.

    The version and the forms are asked, and nothing is listed, so that all of the file counts as new. *ask_more* is
    awaited last, and may add to the problems. A server that cannot be asked, or not within twenty seconds, is one of
    the sentences; never raises for it.
    """
    own = plan.problems.count
    checks = Checks(client, settings, table, plan, report, emit)
    try:
        with anyio.move_on_after(PATIENCE) as patience:
            server = await meet_server(client, settings, emit)
            found = await Comparing(client, settings, plan, report, emit).compare(server, listed=False)
            checks.check_names(server, found)
            await checks.check_values(found, await checks.ask_forms(server, found))
            if ask_more is not None:
                await ask_more(server)
    except (StoppedError, UsageError) as error:
        return [*checks.wrong_options, f"Kimai could not be asked about the rest: {error}"]
    if patience.cancelled_caught:
        return [*checks.wrong_options, f"Kimai gave no answer about the rest within {PATIENCE:g} seconds."]
    if plan.problems.count > own:
        return [
            *checks.wrong_options,
            (
                f"Kimai {server.version_text} has checked all of the file as if it were new; what is there already is "
                "looked up once this is mended."
            ),
        ]
    return checks.wrong_options
