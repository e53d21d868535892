"""The command line's options, each with its environment variable: flag, then variable, then default."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kimai_async import __version__
from kimai_async.settings import MOST_LANES, Numbers


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"kimai-aimport {__version__}")
        raise typer.Exit


File = Annotated[
    str, typer.Argument(metavar="FILE", help="The CSV to import, or - for standard input.", show_default=False)
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", "-n", help="Ask the server, create nothing, show what would be created.")
]
Version = Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")]

Url = Annotated[str | None, typer.Option(envvar="KIMAI_URL", help="Kimai's address, with or without /api.")]
Token = Annotated[
    str | None,
    typer.Option(
        envvar="KIMAI_TOKEN",
        help="API token; asked for if missing. Other users of this machine can see an option, not a variable.",
    ),
]
TokenFile = Annotated[Path | None, typer.Option(envvar="KIMAI_TOKEN_FILE", help="File whose first line is the token.")]
User = Annotated[
    str | None,
    typer.Option(
        envvar="KIMAI_USER",
        help="User name; the token is then the API password. For Kimai before 2.14; slow.",
    ),
]
CaBundle = Annotated[Path | None, typer.Option(envvar="KIMAI_CA_BUNDLE", help="PEM file of certificates to trust.")]
Insecure = Annotated[bool, typer.Option("--insecure", envvar="KIMAI_INSECURE", help="Do not verify the certificate.")]
Timeout = Annotated[
    float,
    typer.Option(envvar="KIMAI_TIMEOUT", metavar="SECONDS", help="How long to wait for an answer."),
]
GiveUpAfter = Annotated[
    float,
    typer.Option(
        envvar="KIMAI_GIVE_UP_AFTER",
        metavar="SECONDS",
        help="Stop when the server has given no usable answer for so long.",
    ),
]
Concurrency = Annotated[
    int,
    typer.Option(
        "--concurrency",
        "-c",
        envvar="KIMAI_CONCURRENCY",
        metavar="LANES",
        help=f"Creates under way at once, 1 to {MOST_LANES}.",
    ),
]
Sandbox = Annotated[
    bool,
    typer.Option(
        "--sandbox",
        help="Import into a look-alike of Kimai that lives as long as the command.",
    ),
]

NumbersOption = Annotated[
    Numbers,
    typer.Option(envvar="KIMAI_NUMBERS", help="Continue the server's number sequence, or give none."),
]
Country = Annotated[str | None, typer.Option(envvar="KIMAI_COUNTRY", help="Country of new customers: DE.")]
Currency = Annotated[str | None, typer.Option(envvar="KIMAI_CURRENCY", help="Currency of new customers: EUR.")]
Timezone = Annotated[
    str | None,
    typer.Option(envvar="KIMAI_TIMEZONE", help="Time zone of new customers: Europe/Berlin."),
]

Delimiter = Annotated[str, typer.Option(envvar="KIMAI_DELIMITER", help="One character, or the word tab.")]
Encoding = Annotated[str, typer.Option(envvar="KIMAI_ENCODING", help="Such as utf-8 or windows-1252.")]
Rejects = Annotated[
    Path | None,
    typer.Option(
        envvar="KIMAI_REJECTS",
        show_default="NAME.rejects.csv",
        help="File for the rows that were refused or skipped.",
    ),
]

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing unless something went wrong.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show every refused row, unclear answer and wait.")]
NoProgress = Annotated[bool, typer.Option("--no-progress", envvar="KIMAI_NO_PROGRESS", help="Show no bars.")]
