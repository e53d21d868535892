"""Ping, version, plugins, configuration and the own user (StatusController.php, ConfigurationController.php)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.sandbox.forms.choices import COLORS
from kimai_async.sandbox.http.answers import answer
from kimai_async.sandbox.storage import users

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


async def tags(_: Call) -> Response:
    """GET /api/tags: their names, and here there are none."""
    return answer([])


async def config_timesheet(_: Call) -> Response:
    """GET /api/config/timesheet."""
    return answer(
        {
            "trackingMode": "default",
            "defaultBeginTime": "now",
            "activeEntriesHardLimit": 1,
            "isAllowFutureTimes": True,
            "isAllowOverlapping": True,
        }
    )


async def config_colors(_: Call) -> Response:
    """GET /api/config/colors."""
    return answer(COLORS)


async def users_me(call: Call) -> Response:
    """GET /api/users/me."""
    return answer(users.me(call.user, call.profile))
