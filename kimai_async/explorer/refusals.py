"""A sentence for every answer that is not 200: Kimai's own refusals, apart from those of something else."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from kimai_async.errors import AccessError, StoppedError
from kimai_async.kimai.outcomes import describe
from kimai_async.text import shorten

if TYPE_CHECKING:
    import httpx

    from kimai_async.kimai.connection import Connection

_HISTORY = {
    "config/i18n": "it went away with Kimai 2.0; `kimai-api me` shows language and locale",
    "config/colors": "it came with Kimai 2.18",
    "tags/find": "it came with Kimai 2.18",
    "invoices": "it came with Kimai 2.22",
}


def refusal(connection: Connection, response: httpx.Response, path: str, *, with_password: bool) -> StoppedError:
    """Return the error for an answer to GET *path* that is not 200.

    Kimai's own error bodies have `code` and `message` (fos_rest.yaml); a refused sign-in lacks the code.
    """
    message = _message(response)
    if message is None or response.status_code == HTTPStatus.UNAUTHORIZED:
        return connection.explain(response)
    status = describe(response.status_code)
    said = status if message in status else f"{status}: {message}"
    if response.status_code == HTTPStatus.FORBIDDEN:
        return AccessError(
            f"The token's user may not read /api/{path} ({said}); the user's role lacks the permission for it."
        )
    if response.status_code == HTTPStatus.NOT_FOUND:
        why = _HISTORY.get(path, "there is no such path, row or page")
        return StoppedError(f"Kimai has no /api/{shorten(path)} ({said}): {why}.")
    if response.status_code == HTTPStatus.BAD_REQUEST and with_password:
        said += "; after five wrong passwords it says so too, for a minute"
    return StoppedError(f"Kimai refuses /api/{shorten(path)} ({said}).")


def _message(response: httpx.Response) -> str | None:
    """Return what Kimai says, or None if the body is not one of its errors."""
    try:
        body: Any = response.json()
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or "code" not in body or not isinstance(body.get("message"), str):
        return None
    return shorten(body["message"])
