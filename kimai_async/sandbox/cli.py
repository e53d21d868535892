"""The command `kimai-sandbox`: serve a sandbox until Ctrl-C."""

from __future__ import annotations

import sqlite3
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from kimai_async import __version__
from kimai_async.sandbox import create_app
from kimai_async.sandbox.configuration import parse_settings
from kimai_async.sandbox.faults.kinds import RATE_KINDS, parse_rates
from kimai_async.sandbox.storage.clock import parse_moment
from kimai_async.sandbox.storage.setup import parse_custom_fields

if TYPE_CHECKING:
    from starlette.applications import Starlette

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)


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
    scan_cost: Annotated[
        float,
        typer.Option(
            min=0, metavar="SECONDS_PER_ROW", help="How long each look for a number takes, for each row of the table."
        ),
    ] = 0.0,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND=RATE", help=f"Let this share of creates go wrong, repeatable. Kinds: {', '.join(RATE_KINDS)}."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed lets other rows go wrong.")] = 0,
    slow_seconds: Annotated[float, typer.Option(min=0, help="How late a slow create is stored.")] = 90.0,
    expire_token_after: Annotated[
        int | None, typer.Option(min=0, help="Refuse every request after so many creates, as for an expired token.")
    ] = None,
    at_most: Annotated[
        int | None, typer.Option(min=0, help="Answer 503 to a create while so many others are under way.")
    ] = None,
    queue_seconds: Annotated[
        float, typer.Option(min=0, help="Take creates up so much later at the most, also when their client is gone.")
    ] = 0.0,
    lists_behind: Annotated[
        float, typer.Option(min=0, help="Show in lists what was stored so many seconds ago, as a replica does.")
    ] = 0.0,
    lists_too_large: Annotated[
        bool, typer.Option("--lists-too-large", help="Fail with 500 on lists of all projects or all activities.")
    ] = False,
    custom_field: Annotated[
        list[str] | None,
        typer.Option(metavar="LEVEL.NAME", help="Have this custom field, repeatable: customer.cost_centre."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Set Kimai's system configuration, repeatable: timesheet.rules.allow_overlapping_records=0.",
        ),
    ] = None,
    clock: Annotated[
        str | None,
        typer.Option(metavar="MOMENT", help="Let the server's clock stand at this moment, 2026-11-24T13:50:00Z."),
    ] = None,
    version: Annotated[  # noqa: ARG001 - handled by its callback
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Serve a pretended Kimai to try an import on: nothing leaves this computer, Ctrl-C stops it (exit code 0)."""
    try:
        from kimai_async.sandbox.faults.injector import Faults  # noqa: PLC0415 - Starlette is an extra

        faults = Faults(
            rates=parse_rates(fault or []),
            seed=seed,
            slow_seconds=slow_seconds,
            expire_token_after=expire_token_after,
            at_most=at_most,
            lists_too_large=lists_too_large,
            queue_seconds=queue_seconds,
            lists_behind=lists_behind,
        )
        served = create_app(
            kimai_version,
            database=database or ":memory:",
            latency=latency,
            scan_cost=scan_cost,
            workers=workers or None,
            faults=faults,
            custom_fields=parse_custom_fields(custom_field or []),
            settings=parse_settings(settings or []),
            clock=parse_moment(clock) if clock is not None else None,
        )
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
    from kimai_async.sandbox.serve import listen, run, url_of  # noqa: PLC0415 - uvicorn is an extra

    try:
        listener = listen(host, port)
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (")[0]
        _stop(f"Cannot listen on {host} port {port}: {reason}.")
    with listener:
        _greet(served, url_of(listener), database)
        try:
            run(served, listener)
        except KeyboardInterrupt:
            typer.echo("Stopped.", err=True)
        finally:
            served.state.sandbox.close()


def _greet(served: Starlette, url: str, database: Path | None) -> None:
    from kimai_async.sandbox.storage import users  # noqa: PLC0415 - not needed for --help

    profile = served.state.sandbox.profile
    login = f"KIMAI_USER={users.SUSAN.username} KIMAI_TOKEN={users.API_PASSWORD}"
    if profile.bearer_tokens:
        login = f"KIMAI_TOKEN={users.SUSAN.token}"
    kept = f"kept in {database}" if database else "in memory, gone when this stops"
    typer.echo(f"A pretended Kimai {profile.version} answers at {url}", err=True)
    typer.echo(f"export KIMAI_URL={url} {login}", err=True)
    typer.echo(f"Its data are {kept}. Stop it with Ctrl-C.", err=True)


def _stop(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(2)
