"""The command `kimai-sandbox`: serve a sandbox until Ctrl-C."""

from __future__ import annotations

import sqlite3
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from kimai_async import __version__
from kimai_async.sandbox import create_app

if TYPE_CHECKING:
    import socket

    from starlette.applications import Starlette

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"kimai-sandbox {__version__}")
        raise typer.Exit


@app.command()
def sandbox(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8010,
    database: Annotated[Path | None, typer.Option(dir_okay=False, help="Keep the data in this SQLite file.")] = None,
    kimai_version: Annotated[str, typer.Option(help="Behave like this Kimai, 2.13.0 to 2.65.0.")] = "2.65.0",
    workers: Annotated[int, typer.Option(min=0, help="Handle at most so many requests at once; 0: all.")] = 0,
    latency: Annotated[float, typer.Option(min=0, help="How many seconds a create takes.")] = 0.0,
    version: Annotated[  # noqa: ARG001 - handled by its callback
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Serve a pretended Kimai to try an import on: nothing leaves this computer, Ctrl-C stops it (exit code 0)."""
    try:
        served = create_app(kimai_version, database=database or ":memory:", latency=latency, workers=workers or None)
        _serve(served, host, port, database)
    except ModuleNotFoundError as error:
        if error.name not in {"starlette", "uvicorn"}:
            raise
        _stop("The sandbox needs Starlette and uvicorn: pip install 'kimai-aimport[sandbox]'")
    except ValueError as error:
        _stop(str(error))
    except sqlite3.Error as error:
        _stop(f"The database {database} cannot be used: {error}.")


def main() -> None:
    """Run the command."""
    app()


def _serve(served: Starlette, host: str, port: int, database: Path | None) -> None:
    import uvicorn  # noqa: PLC0415 - an extra

    from kimai_async.sandbox import serve  # noqa: PLC0415

    try:
        listener = serve.listen(host, port)
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (")[0]
        _stop(f"Cannot listen on {host} port {port}: {reason}.")
    with listener:
        _greet(served, listener, database)
        try:
            uvicorn.Server(serve.config(served)).run([listener])
        except KeyboardInterrupt:
            typer.echo("Stopped.", err=True)
        finally:
            served.state.sandbox.close()


def _greet(served: Starlette, listener: socket.socket, database: Path | None) -> None:
    from kimai_async.sandbox import serve, users  # noqa: PLC0415

    profile = served.state.sandbox.profile
    login = f"Log in with the user {users.SUSAN.username} and the API password {users.API_PASSWORD}"
    if profile.bearer_tokens:
        login += f", or with the token {users.SUSAN.token}"
    kept = f"kept in {database}" if database else "in memory, gone when this stops"
    typer.echo(f"A pretended Kimai {profile.version} answers at {serve.url_of(listener)}", err=True)
    typer.echo(f"{login}.", err=True)
    typer.echo(f"Its data are {kept}. Stop it with Ctrl-C.", err=True)


def _stop(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(2)
