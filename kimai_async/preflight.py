"""What is asked of the server before the first create: may this user, does it know these fields."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kimai_async.errors import UsageError
from kimai_async.kimai import BEARER_SINCE
from kimai_async.tree import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kimai_async.client import KimaiClient
    from kimai_async.kimai import Form, Server
    from kimai_async.settings import Settings


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


async def ask_forms(client: KimaiClient, levels: Iterable[Level], settings: Settings) -> dict[Level, Form]:
    """Ask what this user may send for each level that needs creates; the question itself creates nothing.

    Raises AccessError without the right to create, UsageError when the server misses or refuses the country,
    currency or timezone of new customers.
    """
    forms = {}
    for level in levels:
        fields = settings.customer_fields if level is Level.CUSTOMER else {}
        form = forms[level] = await client.form(level, fields)
        _check_fields(form, fields)
    return forms


def _check_fields(form: Form, fields: dict[str, str]) -> None:
    refused = form.lacks(fields)
    if refused:
        reasons = "; ".join(f"--{name} {fields[name]}: {form.errors[name]}" for name in refused)
        raise UsageError(f"Kimai refuses what new customers would get: {reasons} Nothing was sent.")
    lacking = form.lacks(("country", "currency", "timezone"))
    if lacking:
        options = ", ".join(f"--{name}" for name in lacking)
        example = "--country DE --currency EUR --timezone Europe/Berlin"
        raise UsageError(f"This Kimai needs {options} for new customers; add for example {example}. Nothing was sent.")
