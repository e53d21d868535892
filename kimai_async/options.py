"""The command line's options, each with its environment variable: flag, then variable, then default."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from kimai_async import __version__
from kimai_async.settings import MOST_LANES, Numbers

_SERVER = "Server"
_NEW = "New rows"
_CSV = "CSV"
_OUTPUT = "Output"


def _option(*names: str, panel: str | None = None, **settings: Any) -> Any:
    return typer.Option(*names, rich_help_panel=panel, **settings)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"kimai-aimport {__version__}")
        raise typer.Exit


File = Annotated[
    str, typer.Argument(metavar="FILE", help="The CSV to import, or - for standard input.", show_default=False)
]
DryRun = Annotated[bool, _option("--dry-run", "-n", help="Ask the server, create nothing, show what would be created.")]
Version = Annotated[bool, _option("--version", callback=_print_version, is_eager=True, help="Show the version.")]

Url = Annotated[str | None, _option(panel=_SERVER, envvar="KIMAI_URL", help="Kimai's address, with or without /api.")]
Token = Annotated[
    str | None,
    _option(
        panel=_SERVER,
        envvar="KIMAI_TOKEN",
        help="API token; asked for if missing. Other users of this machine can see an option, not a variable.",
    ),
]
TokenFile = Annotated[
    Path | None, _option(panel=_SERVER, envvar="KIMAI_TOKEN_FILE", help="File whose first line is the token.")
]
User = Annotated[
    str | None,
    _option(
        panel=_SERVER,
        envvar="KIMAI_USER",
        help="User name; the token is then the API password. For Kimai before 2.14; slow.",
    ),
]
CaBundle = Annotated[
    Path | None, _option(panel=_SERVER, envvar="KIMAI_CA_BUNDLE", help="PEM file of certificates to trust.")
]
Insecure = Annotated[
    bool, _option("--insecure", panel=_SERVER, envvar="KIMAI_INSECURE", help="Do not verify the certificate.")
]
Timeout = Annotated[
    float,
    _option(panel=_SERVER, envvar="KIMAI_TIMEOUT", metavar="SECONDS", help="How long to wait for an answer."),
]
GiveUpAfter = Annotated[
    float,
    _option(
        panel=_SERVER,
        envvar="KIMAI_GIVE_UP_AFTER",
        metavar="SECONDS",
        help="Stop when the server has given no usable answer for so long.",
    ),
]
Concurrency = Annotated[
    int,
    _option(
        "--concurrency",
        "-c",
        panel=_SERVER,
        envvar="KIMAI_CONCURRENCY",
        metavar="LANES",
        help=f"Creates under way at once, 1 to {MOST_LANES}.",
    ),
]
Sandbox = Annotated[
    bool,
    _option(
        "--sandbox",
        panel=_SERVER,
        help="Import into a look-alike of Kimai that lives as long as the command.",
    ),
]

NumbersOption = Annotated[
    Numbers,
    _option(panel=_NEW, envvar="KIMAI_NUMBERS", help="Continue the server's number sequence, or give none."),
]
Country = Annotated[str | None, _option(panel=_NEW, envvar="KIMAI_COUNTRY", help="Country of new customers: DE.")]
Currency = Annotated[str | None, _option(panel=_NEW, envvar="KIMAI_CURRENCY", help="Currency of new customers: EUR.")]
Timezone = Annotated[
    str | None,
    _option(panel=_NEW, envvar="KIMAI_TIMEZONE", help="Time zone of new customers: Europe/Berlin."),
]

Delimiter = Annotated[str, _option(panel=_CSV, envvar="KIMAI_DELIMITER", help="One character, or the word tab.")]
Encoding = Annotated[str, _option(panel=_CSV, envvar="KIMAI_ENCODING", help="Such as utf-8 or windows-1252.")]
Rejects = Annotated[
    Path | None,
    _option(
        panel=_CSV,
        envvar="KIMAI_REJECTS",
        show_default="NAME.rejects.csv",
        help="File for the rows that were refused or skipped.",
    ),
]

Json = Annotated[bool, _option("--json", panel=_OUTPUT, help="Print one JSON object a line on stdout.")]
Quiet = Annotated[bool, _option("--quiet", "-q", panel=_OUTPUT, help="Say nothing unless something went wrong.")]
Verbose = Annotated[
    bool, _option("--verbose", "-v", panel=_OUTPUT, help="Show every refused row, unclear answer and wait.")
]
NoProgress = Annotated[bool, _option("--no-progress", panel=_OUTPUT, envvar="KIMAI_NO_PROGRESS", help="Show no bars.")]
