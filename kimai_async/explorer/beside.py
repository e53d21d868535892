"""The page with `Import` beside its calls: both from one server, behind one secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route

from kimai_async.explorer.page import load_page
from kimai_async.page.desk import Start
from kimai_async.page.serve import serving_page
from kimai_async.terminal.boundary import sentence
from kimai_async.terminal.cli import aimport
from kimai_async.terminal.form import form_of
from kimai_async.terminal.paging import serve_until_interrupted

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from kimai_async.page.serve import Page
    from kimai_async.text import Secrets


def serving_both(url: str | None, port: int, secrets: Secrets) -> AbstractContextManager[Page]:
    """Serve the page of the calls, and below `import/` that of an import; raises UsageError if the port is taken.

    The import gets its token from the page of the calls, or asks for it.
    """
    html, policy = load_page(url, importing=True)
    shown = HTMLResponse(html, headers={"Content-Security-Policy": policy})

    async def calls(_: Request) -> Response:
        return shown

    def beside(app: ASGIApp) -> ASGIApp:
        return Starlette(routes=[Route("/", calls), Mount("/import", app)])

    start = Start(form_of(aimport), url=url)
    return serving_page(start, secrets, lambda error: sentence(error, secrets), port=port, beside=beside)


def serve_both(url: str | None, port: int, secrets: Secrets, *, in_browser: bool) -> None:
    """Serve both pages until Ctrl-C; an import that is under way then ends as it would in the terminal."""

    def say(text: str) -> None:
        typer.echo(text, err=True)

    serve_until_interrupted(serving_both(url, port, secrets), say, in_browser=in_browser)
