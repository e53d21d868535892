"""What an import may do on a Kimai, as the server itself tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kimai_async.errors import AccessError
from kimai_async.kimai.client import KimaiClient
from kimai_async.kimai.messages import BEARER_SINCE, read_server
from kimai_async.tree.nodes import LEVELS, Level

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kimai_async.kimai.connection import Connection
    from kimai_async.kimai.messages import Form
    from kimai_async.settings import Access

NUMBERS_SINCE = (2, 63)
"""From here on a create that omits `number` gets one (Kimai's commit 2e1c9e48b, "API default values")."""

_DEFAULTS = ("country", "currency", "timezone")


async def ability(connection: Connection, access: Access, version: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `version` adds about an import; raises StoppedError.

    Rights are asked for by creates without a name, which Kimai always refuses: nothing is stored.
    """
    me = connection.json(await connection.get("users/me"))
    try:
        server = read_server(version, me)
    except (LookupError, TypeError):
        raise connection.not_kimai("other JSON") from None
    client = KimaiClient(connection)
    forms = {level: await _form(client, level) for level in LEVELS}
    customer = forms[Level.CUSTOMER]
    return {
        "user": server.user,
        "token": "api password" if access.user is not None else "bearer",
        "bearer_possible": server.version >= BEARER_SINCE,
        "numbers_by_server": server.version >= NUMBERS_SINCE,
        "new_customers_need": None if customer is None else customer.lacks(_DEFAULTS),
        "may_create": {level.plural: form is not None for level, form in forms.items()},
        "sees_every_team": server.sees_everything,
    }


async def _form(client: KimaiClient, level: Level) -> Form | None:
    """Return what a create of that level takes, or None if this token may not create any."""
    try:
        return await client.form(level, {})
    except AccessError:
        return None
