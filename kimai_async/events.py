"""What happens during an import, as plain values; a listener is any callable that takes one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from kimai_async.fields.columns import Columns
    from kimai_async.findings import Finding, HoursOf
    from kimai_async.server import Server
    from kimai_async.tree.entry import Item
    from kimai_async.tree.nodes import Level


class Kind(StrEnum):
    """How a customer, project or activity of the file came out."""

    CREATED = "created"
    UPDATED = "updated"
    EXISTS = "exists"
    REFUSED = "refused"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class FileRead:
    """The file's first line has told what it is: encoding and delimiter in words, what each heading means."""

    name: str
    encoding: str
    delimiter: str
    columns: Columns


@dataclass(frozen=True, slots=True)
class ServerKnown:
    """The server has said which Kimai it is and whose token this is; *root* is the address of its API."""

    server: Server
    root: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """The server's list of one level has arrived and shows *count* rows."""

    level: Level
    count: int


@dataclass(frozen=True, slots=True)
class LevelStarted:
    """The creates of a level begin; *missing* is how many."""

    level: Level
    missing: int


@dataclass(frozen=True, slots=True)
class LevelFinished:
    """A level is done, or the run ended in it."""

    level: Level
    seconds: float


@dataclass(frozen=True, slots=True)
class EntriesRead:
    """The file's time entries are read: how many, of how many people, how many seconds by the file's own count."""

    count: int
    people: int
    seconds: int


@dataclass(frozen=True, slots=True)
class ZonesKnown:
    """The times of the file's time entries are meant in these zones."""

    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TagsMissing:
    """The server does not show these tags of the file's time entries; they are created before the first of them."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntriesFound:
    """The file's time entries were looked for among the server's: so many are there, with so many seconds.

    *by_rule* of them but for the way in which this Kimai rounds, which *rounding* says in words, if it is known.
    """

    count: int
    seconds: int
    by_rule: int
    rounding: str | None


class Settled(NamedTuple):
    """A node's fate is known. In a dry run `created` and `updated` mean *would be*, and a new node has no id.

    A named tuple, for it comes by the hundred thousand: a frozen dataclass takes twice as long to make. *stored* is
    what the server has stored of what was created, where its answer told.
    """

    kind: Kind
    node: Item
    reason: str | None = None
    stored: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """All lanes wait for *seconds* because of *reason*."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Unsettled:
    """The answer to a node's create was unclear; the server's list will tell."""

    node: Item
    reason: str


@dataclass(frozen=True, slots=True)
class LanesChanged:
    """The server gets fewer creates at once, or more again: *lanes* of the *most* that were asked for."""

    lanes: int
    most: int


@dataclass(frozen=True, slots=True)
class TwinsFound:
    """The server stored a node more than once, under these ids; what hangs below it is below `node.id`."""

    node: Item
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A node is on the server, but not quite as the file has it."""

    node: Item
    reason: str


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that the user should know and that stops nothing."""

    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """A check has found how the server differs from the file, or how many hours of a project are there."""

    finding: Finding | HoursOf


Event = (
    FileRead
    | ServerKnown
    | Listed
    | LevelStarted
    | LevelFinished
    | EntriesRead
    | ZonesKnown
    | TagsMissing
    | EntriesFound
    | Settled
    | Waiting
    | Unsettled
    | LanesChanged
    | TwinsFound
    | Incomplete
    | Warned
    | Found
)
Listener = Callable[[Event], None]
