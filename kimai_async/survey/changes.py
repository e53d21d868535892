"""What is to become of what is on the server: the fields that differ, what is hidden, what is made visible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kimai_async.choices import Match, OnExisting
from kimai_async.events import Incomplete, Kind, Settled, Warned
from kimai_async.fields.bodies import Change, FieldSet, shown_custom_fields
from kimai_async.fields.catalogue import META
from kimai_async.kimai.together import together
from kimai_async.tree.names import forbidden
from kimai_async.tree.nodes import LEVELS, Level, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from kimai_async.events import Event
    from kimai_async.kimai.client import KimaiClient
    from kimai_async.kimai.messages import Entry
    from kimai_async.server import Server
    from kimai_async.settings import Settings
    from kimai_async.survey.reconcile import Reconciler
    from kimai_async.tree.entry import Item


class Update(NamedTuple):
    """Something that exists and what is to become of it.

    *hide* is left to the very end. A *new* one was settled when it was created.
    """

    node: Item
    change: Change
    hide: bool = False
    new: bool = False


def above(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yield everything that these hang below, each once for every level."""
    parents = {node.parent for node in nodes if node.parent is not None}
    if parents:
        yield from parents
        yield from above(parents)


def is_late(node: Node, growing: Collection[Node]) -> bool:
    """Tell whether the file wants a node hidden that still gets something below it: it is hidden at the end."""
    return node in growing and (node.values or {}).get("visible") is False


class Changes:
    """Finds what differs between the file and what exists; what differs in nothing, or cannot be changed, is settled.

    *growing* are the nodes that get something new below them, *fieldsets* what may be changed of each level, *taken*
    those that cannot have their number, and why.
    """

    def __init__(
        self,
        client: KimaiClient,
        settings: Settings,
        server: Server,
        reconciler: Reconciler,
        fieldsets: Mapping[Level, FieldSet],
        growing: Collection[Node],
        taken: Mapping[Node, str],
        emit: Callable[[Event], None],
    ) -> None:
        self._client = client
        self._settings = settings
        self._server = server
        self._unshown: set[tuple[Level, str]] = set()
        self._odd: set[tuple[Level, str]] = set()
        self._reconciler = reconciler
        self._fieldsets = fieldsets
        self._growing = growing
        self._taken = taken
        self._emit = emit
        self._updating = settings.on_existing is OnExisting.UPDATE

    async def find(self, existing: Mapping[Level, Iterable[tuple[Node, Entry]]]) -> dict[Level, list[Update]]:
        """Return the updates of each level in the file's order; raises StoppedError."""
        return {level: await self._of_level(existing[level]) for level in LEVELS}

    async def _of_level(self, existing: Iterable[tuple[Node, Entry]]) -> list[Update]:
        found: list[Update] = []

        async def look(pair: tuple[Node, Entry]) -> None:
            update = await self._look(*pair)
            if update is None:
                self._emit(Settled(Kind.EXISTS, pair[0]))
            else:
                found.append(update)

        await together(self._settings.concurrency, existing, look)
        return sorted(found, key=lambda update: update.node.line)

    async def _look(self, node: Node, entry: Entry) -> Update | None:
        change = await self._difference(node, entry) if self._updating else Change()
        opened = node in self._reconciler.opened
        hide = is_late(node, self._growing) and (entry.visible or opened)
        if hide:
            change.body.pop("visible", None)
        if opened and node in self._growing and not self._reopens(node):
            change.body["visible"] = True
        return Update(node, change, hide) if change or hide else None

    def _reopens(self, node: Node) -> bool:
        """Tell whether a hidden node is opened for the run alone."""
        shown = self._settings.show_hidden or (node.values or {}).get("visible") is True
        return self._settings.reopen and not shown

    async def _difference(self, node: Node, entry: Entry) -> Change:
        fieldset = self._fieldsets.get(node.level)
        shown: Mapping[str, Any] = entry.shown or {}
        change = Change()
        if fieldset is not None and node.values is not None:
            if not fieldset.shows_all(node, shown):
                shown = await self._client.entity(node.level, entry.id)
            change = fieldset.change(node, shown)
            self._tell_odd(node.level, change.odd)
            if self._settings.dry_run:
                self._leave_unshown(node, change, shown)
        if node in self._taken:
            change.body.pop("number", None)
            self._emit(Incomplete(node, f"the server refuses the change: {self._taken[node]}"))
        name = self._reconciler.clean(node.name)
        if entry.name != name and self._settings.match is Match.NUMBER:
            change.body["name"] = name
        return self._unless_frozen(node, entry, change)

    def _tell_odd(self, level: Level, keys: Iterable[str]) -> None:
        """Say once a field that the server shows something else than Kimai does."""
        for key in keys:
            if (level, key) not in self._odd:
                self._odd.add((level, key))
                name = repr(key.removeprefix(META)) if key.startswith(META) else key
                kind = "custom field" if key.startswith(META) else "field"
                self._emit(
                    Warned(
                        f"this Kimai shows something odd in the {kind} {name} of {level.plural}, which cannot be "
                        "compared: it gets what the file has"
                    )
                )

    def _leave_unshown(self, node: Node, change: Change, shown: Mapping[str, Any]) -> None:
        """Take custom fields that the server does not show out of a change, as a run does once it has found out."""
        known = shown_custom_fields(shown)
        for name in [name for name in change.meta if name.casefold() not in known]:
            del change.meta[name]
            if (node.level, name.casefold()) not in self._unshown:
                self._unshown.add((node.level, name.casefold()))
                self._emit(
                    Warned(
                        f"this Kimai shows no custom field {name!r} for {node.level.plural}: unless it is only hidden "
                        "there, the column is left out; add the field in Kimai first"
                    )
                )

    def _unless_frozen(self, node: Node, entry: Entry, change: Change) -> Change:
        """Return a change, or none if Kimai refuses whatever is changed: it checks all that is there once more."""
        for key, text in (("name", entry.name), ("number", entry.number or "")):
            reason = forbidden(text, self._server.version)
            if reason is not None and change and key not in change.body:
                why = f"it cannot be changed: its {key} {text[:60]!r} {reason}; change that in Kimai first"
                self._emit(Incomplete(node, why))
                return Change()
        return change
