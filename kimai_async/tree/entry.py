"""A time entry of the file: the fourth level, below an activity."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from kimai_async.tree.nodes import Level, Node

if TYPE_CHECKING:
    from collections.abc import Mapping

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Person:
    """Somebody whom the file's time entries belong to, as the file names them; `id` and `zone` are Kimai's.

    Any of the three names may be missing. `line` is where the file names the person first, `count` how many entries are
    theirs. `zone` is the time zone in which the times of their entries are meant.
    """

    __slots__ = ("count", "email", "full_name", "id", "line", "user", "zone")

    def __init__(self, line: int, *, user: str = "", email: str = "", full_name: str = "") -> None:
        self.user = user
        self.email = email
        self.full_name = full_name
        self.line = line
        self.count = 0
        self.id: int | None = None
        self.zone: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What the file calls the person, the surest first."""
        return tuple(name for name in (self.email, self.user, self.full_name) if name)

    def __str__(self) -> str:
        return self.full_name or self.user or self.email

    def __repr__(self) -> str:
        return f"<{self} id={self.id} line={self.line}>"


class Entry:
    """A time entry of the file; `id` is Kimai's, once it is known.

    `begin` and `end` are seconds since 1970: as the clock on the wall shows them while `offset` is None, in UTC once it
    tells by how many seconds that clock was ahead. An entry without an end is still running. `person` is None where the
    file names nobody: then it belongs to the token's user. `values` has what else the row gives, by Kimai's names
    (`tags` a tuple, `break` and `duration` in seconds), or None. Entries compare by identity: equal ones may be meant.
    """

    __slots__ = ("begin", "description", "end", "id", "line", "offset", "parent", "person", "values")

    level = Level.ENTRY
    number = None
    children = None

    def __init__(
        self,
        parent: Node,
        line: int,
        begin: int,
        end: int | None,
        *,
        person: Person | None = None,
        description: str | None = None,
        values: Mapping[str, Any] | None = None,
        offset: int | None = None,
    ) -> None:
        self.parent = parent
        self.line = line
        self.begin = begin
        self.end = end
        self.person = person
        self.description = description
        self.values = values
        self.offset = offset
        self.id: int | None = None

    @property
    def seconds(self) -> int:
        """How long it took, breaks included; 0 for one that is still running."""
        return 0 if self.end is None else self.end - self.begin

    @property
    def name(self) -> str:
        """When it began, by the clock on the wall, and whose it is: `2026-01-05 09:00, Anna`."""
        when = f"{_EPOCH + timedelta(seconds=self.begin + (self.offset or 0)):%Y-%m-%d %H:%M}"
        return when if self.person is None else f"{when}, {self.person}"

    @property
    def path(self) -> tuple[str, ...]:
        """The names from the customer down to the activity, and this entry's."""
        return (*self.parent.path, self.name)

    def __repr__(self) -> str:
        return f"<entry {self.path} id={self.id} line={self.line}>"


Item = Node | Entry
"""Anything that a file asks for and that Kimai gives an id."""
