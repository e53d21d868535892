"""Kimai's users and tags over HTTP."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import msgspec

from kimai_async.kimai.connection import JSON, LIST
from kimai_async.kimai.lists import Id, in_words
from kimai_async.kimai.outcomes import Refusal, refusal_text
from kimai_async.tree.lookalikes import fold

if TYPE_CHECKING:
    from kimai_async.kimai.connection import Connection

T = TypeVar("T")

_USED = "already used"
_SPECIAL = re.compile(r"[\\%_]")


class User(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A user of Kimai, as far as time entries need to know one.

    `email` is None before Kimai 2.45, which does not show it. Nobody can book for who is not `enabled`, nor for a
    `system_account`. `timezone` is the zone of the clocks that this user looks at.
    """

    id: Id
    username: str
    alias: str | None = None
    title: str | None = None
    email: str | None = None
    enabled: bool = True
    timezone: str | None = None
    system_account: bool = False

    @property
    def bookable(self) -> bool:
        """Whether Kimai takes time entries for this user at all."""
        return self.enabled and not self.system_account


class PeopleClient:
    """What an import asks of a Kimai about users and tags; methods raise StoppedError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def me(self) -> User:
        """Return the token's owner."""
        return self._read(await self._connection.get("users/me"), User, "a user of another shape")

    async def users(self) -> list[User] | None:
        """Return all users, disabled ones included; None if this token may not read them (permission view_user)."""
        return await self._users({})

    async def user_by_email(self, email: str) -> User | None:
        r"""Return whom Kimai finds by an e-mail address as a whole, or None; for Kimai before 2.45, which shows none.

        `term` looks for a part of it with SQL's LIKE (`SearchHelper.php`): of those found, they whose text goes on
        at either end, which `_` as one more character tells, are others. None as well if that leaves several.
        """
        term = _SPECIAL.sub(r"\\\g<0>", email)
        found = await self._users({"term": term}) or []
        for longer in (f"_{term}", f"{term}_"):
            if found:
                others = {user.id for user in await self._users({"term": longer}) or []}
                found = [user for user in found if user.id not in others]
        return found[0] if len(found) == 1 else None

    async def _users(self, query: dict[str, str]) -> list[User] | None:
        """Return users with their time zones, which lists before 2.45 show with `full` alone."""
        params = {**query, "visible": "3", "orderBy": "id", "full": "true"}
        response = await self._connection.send("GET", "users", params=params, bounds=LIST)
        if response.status_code == httpx.codes.FORBIDDEN:
            return None
        return self._read(response, list[User], "a list of users of another shape")

    async def tags(self) -> list[str]:
        """Return the names of all tags that are not hidden."""
        response = await self._connection.get("tags")
        return self._read(response, list[str], "a list of tags of another shape")

    async def may_create_tags(self) -> bool:
        """Ask, by a create without a name, whether this token may create tags."""
        response = await self._connection.send("POST", "tags", content=b"{}", headers=JSON)
        if response.status_code not in (httpx.codes.BAD_REQUEST, httpx.codes.FORBIDDEN):
            raise self._connection.explain(response)
        return response.status_code == httpx.codes.BAD_REQUEST

    async def create_tag(self, name: str) -> Refusal | None:
        """Make sure that there is a tag of this name; return why it was refused, or None.

        Kimai keeps names of tags unique without letter case and accents, so that this may be sent again, as after the
        500 of a race: the second is then refused as already used. So is the name of a hidden tag, which lists do not
        show, and which time entries take all the same.
        """
        content = json.dumps({"name": name, "visible": True}).encode()
        response = await self._connection.send("POST", "tags", content=content, headers=JSON)
        if response.status_code == httpx.codes.OK:
            return None
        if response.status_code not in (httpx.codes.BAD_REQUEST, httpx.codes.FORBIDDEN):
            raise self._connection.explain(response)
        refused = Refusal(response.status_code, refusal_text(response.status_code, response.content))
        used = refused.status == httpx.codes.BAD_REQUEST and (
            _USED in refused.reason or fold(name) in map(fold, await self.tags())
        )
        return None if used else refused

    def _read(self, response: httpx.Response, kind: type[T], odd: str) -> T:
        shown: Any = self._connection.json(response)
        try:
            return msgspec.convert(shown, kind)
        except msgspec.ValidationError as error:
            raise self._connection.not_kimai(f"{odd}: {in_words(error)}") from None
