"""What is asked of the server before the first create: may this user, does it know these fields and values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kimai_async.csvfile.notes import About
from kimai_async.fields.catalogue import FIELDS, field_type
from kimai_async.kimai.messages import BEARER_SINCE, Form
from kimai_async.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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

EXAMPLES = {"country": "DE", "currency": "EUR", "timezone": "Europe/Berlin"}
"""What customers need before Kimai 2.63."""

_ADVICE = {
    "teams": "Give ids of teams that are there; kimai-api get teams lists them.",
    "language": "Give one of the languages of Kimai's interface, such as de or pt_BR.",
    "invoiceTemplate": "Give the id of an invoice template that is there.",
}
"""What to do about a value of which Kimai says no more than that it is invalid."""

Wanted = tuple["Node", Collection[str]]
"""A node, and those of its fields that are to be sent."""


def doubts(server: Server, settings: Settings) -> Iterator[str]:
    """Yield what the user should know about this server and this token before relying on them."""
    if not server.sees_everything:
        yield (
            f"{server.user} is neither ROLE_ADMIN nor ROLE_SUPER_ADMIN: what is restricted to other teams is invisible "
            "to this token and would be created again; use an administrator's token"
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


def refused_defaults(form: Form, defaults: Mapping[str, str]) -> str | None:
    """Return the sentence about a country, currency or timezone of the options that the server refuses, or None."""
    refused = form.lacks(defaults)
    reasons = "; ".join(f"--{name} {defaults[name]}: {form.errors[name]}" for name in refused)
    return f"Kimai refuses what new customers would get: {reasons}" if refused else None


def lacking_defaults(form: Form, defaults: Mapping[str, str], customers: Iterable[Node]) -> str | None:
    """Return the sentence about what new customers need and neither the file nor the options give, or None."""
    lacking = [name for name in form.lacks(EXAMPLES) if name not in defaults]
    if all((node.values or {}).keys() >= set(lacking) for node in customers):
        return None
    options = ", ".join(f"--{name}" for name in lacking)
    example = " ".join(f"--{name} {EXAMPLES[name]}" for name in lacking)
    return f"This Kimai needs {options} for new customers; add for example {example}."


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


async def ask_values(
    client: KimaiClient, level: Level, wanted: Iterable[Wanted], fieldset: FieldSet, cells: Cells, problems: Notes
) -> None:
    """Ask, by creates without a name, whether the server takes the values of these fields."""
    found = _distinct(wanted, fieldset)
    for turn in range(min(MOST_QUESTIONS, max(map(len, found.values()), default=0))):
        body: dict[str, Any] = {}
        where: dict[str, Node] = {}
        for key, values in found.items():
            if turn < len(values):
                body[key], where[key] = values[turn]
        form = await client.form(level, body)
        for key in form.lacks(body):
            line, heading = cells.line(where[key], key), cells.heading(level, key)
            problems.add(line, heading, _refused(where[key], key, form.errors[key]), About.SERVER)


def _refused(node: Node, key: str, reason: str) -> str:
    text = field_type(node.level, key).write((node.values or {})[key])
    return f"{shorten(text, 60)!r} is refused by the server: {reason} {_ADVICE.get(key, '')}".rstrip()


def _distinct(wanted: Iterable[Wanted], fieldset: FieldSet) -> Mapping[str, list[tuple[Any, Node]]]:
    """Return the distinct values of each of these fields as a create says them, with the first node that has each."""
    found: defaultdict[str, dict[str, tuple[Any, Node]]] = defaultdict(dict)
    for node, keys in wanted:
        if node.values is not None and not node.values.keys().isdisjoint(keys):
            for key, value in fieldset.written(node, keys):
                found[key].setdefault(repr(value), (value, node))
    return {key: list(values.values()) for key, values in found.items()}
