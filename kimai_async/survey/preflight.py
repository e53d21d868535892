"""What is asked of the server before the first create: may this user, does it know these fields and values."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kimai_async.errors import UsageError
from kimai_async.fields.catalogue import FIELDS
from kimai_async.kimai.messages import BEARER_SINCE, Form
from kimai_async.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kimai_async.csvfile.notes import Notes
    from kimai_async.fields.bodies import FieldSet
    from kimai_async.fields.catalogue import Field
    from kimai_async.kimai.client import KimaiClient
    from kimai_async.plan.cells import Cells
    from kimai_async.server import Server
    from kimai_async.settings import Settings
    from kimai_async.tree.nodes import Level, Node

MOST_QUESTIONS = 50
"""Requests a level that ask about values; what a file has beyond that is refused, if at all, row by row."""


def doubts(server: Server, settings: Settings) -> Iterator[str]:
    """Yield what the user should know about this server and this token before relying on them."""
    if not server.sees_everything:
        yield (
            f"{server.user} is neither ROLE_ADMIN nor ROLE_SUPER_ADMIN: what is restricted to other teams is invisible "
            "to this token and would be created again"
        )
    if settings.user is not None:
        newer = f"; this Kimai {server.version_text} takes an API token, which is 20 to 40 times faster"
        yield (
            "with --user, Kimai checks the password anew for every request, 0.4 to 0.9 s each"
            + (newer if server.version >= BEARER_SINCE else "")
        )
    parts = urlsplit(settings.url)
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        yield "the token travels unencrypted over http; use https if the server has it"
    if settings.insecure and parts.scheme == "https":
        yield "the server's certificate is not verified (--insecure)"


async def ask_form(client: KimaiClient, level: Level, defaults: Mapping[str, str]) -> Form:
    """Ask what this user may send for a level; the question itself creates nothing.

    Raises AccessError without the right to create, UsageError when the server refuses the country, currency or
    timezone that new customers would get.
    """
    form = await client.form(level, defaults)
    refused = form.lacks(defaults)
    if refused:
        reasons = "; ".join(f"--{name} {defaults[name]}: {form.errors[name]}" for name in refused)
        raise UsageError(f"Kimai refuses what new customers would get: {reasons} Nothing was sent.")
    return form


def check_defaults(form: Form, customers: Iterable[Node]) -> None:
    """Raise UsageError if new customers need a country, currency or timezone that neither file nor options give."""
    lacking = form.lacks(("country", "currency", "timezone"))
    if all((node.values or {}).keys() >= set(lacking) for node in customers):
        return
    options = ", ".join(f"--{name}" for name in lacking)
    example = "--country DE --currency EUR --timezone Europe/Berlin"
    raise UsageError(f"This Kimai needs {options} for new customers; add for example {example}. Nothing was sent.")


def form_by_version(level: Level, version: tuple[int, ...]) -> Form:
    """Return what a level's form has by Kimai's version, where it is not worth a question."""
    return Form(frozenset(key for key, field in FIELDS[level].items() if field.since <= version < field.until), {})


def left_out(field: Field, level: Level, heading: str, server: Server) -> str:
    """Return the sentence about a column that this server does not take from this user."""
    if server.version < field.since:
        since = ".".join(map(str, field.since))
        why = f"{level.plural} have a {field.key} since Kimai {since}, and this is {server.version_text}"
    elif field.permission is not None:
        why = f"{server.user} may not set it; it takes the permission {field.permission}"
    else:
        why = f"this Kimai takes no {field.key} for {level.plural}"
    return f"column {heading!r} is left out: {why}"


async def resolve_colors(
    client: KimaiClient, nodes: Iterable[Node], cells: Cells, problems: Notes, warnings: Notes
) -> bool:
    """Make every colour one that the server has, by its name or its value; return False if it does not tell.

    Kimai's API takes no other. The nearest stands in for one that is not there; what is no colour is a problem.
    """
    colored = [node for node in nodes if node.values is not None and "color" in node.values]
    if not colored:
        return True
    palette = await client.colors()
    if palette is None:
        return False
    known = {name.casefold(): value for name, value in palette.items()} | {
        value.casefold(): value for value in palette.values()
    }
    told: set[str] = set()
    for node in colored:
        assert node.values is not None
        wanted = str(node.values["color"])
        where = cells.line(node, "color"), cells.heading(node.level, "color")
        if wanted.casefold() in known:
            node.values["color"] = known[wanted.casefold()]
        elif wanted.startswith("#") and palette:
            name, node.values["color"] = nearest(wanted, palette)
            if wanted not in told:
                warnings.add(*where, f"{wanted!r} is none of this Kimai's colours; {name} is the nearest")
                told.add(wanted)
        else:
            problems.add(*where, f"{wanted!r} is none of this Kimai's colours: {', '.join(palette)}")
    return True


def nearest(color: str, palette: Mapping[str, str]) -> tuple[str, str]:
    """Return the name and value of the palette's colour that differs least from `#rrggbb`, by red, green and blue."""

    def distance(item: tuple[str, str]) -> int:
        return sum((one - other) ** 2 for one, other in zip(_rgb(color), _rgb(item[1]), strict=True))

    return min(palette.items(), key=distance)


def _rgb(color: str) -> bytes:
    try:
        return bytes.fromhex(color.removeprefix("#"))[:3].ljust(3, b"\0")
    except ValueError:
        return b"\0\0\0"


async def ask_values(
    client: KimaiClient,
    level: Level,
    nodes: Sequence[Node],
    fieldset: FieldSet,
    cells: Cells,
    problems: Notes,
    *,
    colors: bool,
) -> None:
    """Ask, by creates without a name, whether the server takes the values that only it can judge."""
    asked = {key for key, field in FIELDS[level].items() if field.asked or (colors and key == "color")}
    found = _distinct(nodes, asked, fieldset)
    for turn in range(min(MOST_QUESTIONS, max(map(len, found.values()), default=0))):
        body: dict[str, Any] = {}
        where: dict[str, Node] = {}
        for key, values in found.items():
            if turn < len(values):
                body[key], where[key] = values[turn]
        form = await client.form(level, body)
        for key in form.lacks(body):
            reason = f"{shorten(str(body[key]), 60)!r} is refused by the server: {form.errors[key]}"
            problems.add(cells.line(where[key], key), cells.heading(level, key), reason)


def _distinct(nodes: Iterable[Node], keys: set[str], fieldset: FieldSet) -> Mapping[str, list[tuple[Any, Node]]]:
    """Return the distinct values of each of these fields as a create says them, with the first node that has each."""
    found: defaultdict[str, dict[str, tuple[Any, Node]]] = defaultdict(dict)
    for node in nodes:
        if node.values is not None and not keys.isdisjoint(node.values):
            for key, value in fieldset.written(node, keys):
                found[key].setdefault(repr(value), (value, node))
    return {key: list(values.values()) for key, values in found.items()}
