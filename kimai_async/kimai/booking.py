"""What a Kimai says about time entries before one is sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import msgspec

from kimai_async.errors import AccessError
from kimai_async.kimai.connection import JSON
from kimai_async.kimai.lists import in_words
from kimai_async.kimai.messages import Form
from kimai_async.kimai.outcomes import describe

if TYPE_CHECKING:
    from kimai_async.kimai.connection import Connection


class BookingRules(msgspec.Struct, frozen=True, rename="camel"):
    """What `GET config/timesheet` tells of an administrator's rules: two of many."""

    tracking_mode: str = "default"
    is_allow_future_times: bool = True
    is_allow_overlapping: bool = True


class BookingClient:
    """Asks a Kimai what it would take of time entries; methods raise StoppedError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def rules(self) -> BookingRules:
        """Return what is told of the rules for time entries."""
        shown = self._connection.json(await self._connection.get("config/timesheet"))
        try:
            return msgspec.convert(shown, BookingRules)
        except msgspec.ValidationError as error:
            raise self._connection.not_kimai(f"rules of another shape: {in_words(error)}") from None

    async def form(self, user: int | None = None) -> Form:
        """Ask, by a create without project and activity, what this token may send, and whether for that user.

        Without them nothing can be stored. Raises AccessError if it may not create time entries at all.
        """
        content = json.dumps({} if user is None else {"user": user}).encode()
        response = await self._connection.send("POST", "timesheets", content=content, headers=JSON)
        if response.status_code == httpx.codes.FORBIDDEN:
            raise AccessError(
                "This token may not create time entries (403 Forbidden); use the token of a user whose role has the "
                "permission create_own_timesheet."
            )
        try:
            return Form.from_json(self._connection.json(response, expected=httpx.codes.BAD_REQUEST))
        except (LookupError, TypeError):
            raise self._connection.not_kimai(f"{describe(response.status_code)} to an empty time entry") from None
