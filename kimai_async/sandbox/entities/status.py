"""Ping, version, plugins and configuration (StatusController.php, ConfigurationController.php)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.sandbox.forms.choices import COLORS
from kimai_async.sandbox.http.answers import answer

if TYPE_CHECKING:
    from starlette.responses import Response

    from kimai_async.sandbox.http.call import Call


async def ping(_: Call) -> Response:
    """GET /api/ping."""
    return answer({"message": "pong"})


async def version(call: Call) -> Response:
    """GET /api/version."""
    name = call.profile.version
    copyright_line = f"Kimai {name} by Kevin Papst."
    return answer({"version": name, "versionId": call.profile.version_id, "copyright": copyright_line})


async def plugins(_: Call) -> Response:
    """GET /api/plugins."""
    return answer([])


async def config_timesheet(call: Call) -> Response:
    """GET /api/config/timesheet."""
    return answer(
        {
            "trackingMode": call.configuration.mode,
            "defaultBeginTime": call.configuration.default_begin,
            "activeEntriesHardLimit": call.configuration.hard_limit,
            "isAllowFutureTimes": call.configuration.allow_future_times,
            "isAllowOverlapping": call.configuration.allow_overlapping_records,
        }
    )


async def config_colors(_: Call) -> Response:
    """GET /api/config/colors."""
    return answer(COLORS)
