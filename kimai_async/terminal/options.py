"""The command line's options, each with its environment variable: flag, then variable, then default."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kimai_async import __version__
from kimai_async.choices import MOST_LANES, Match, Numbers, OnExisting, OpenEntries


class YesNo(StrEnum):
    """An answer on the command line."""

    YES = "yes"
    NO = "no"


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"kimai-aimport {__version__}")
        raise typer.Exit


File = Annotated[
    str | None, typer.Argument(metavar="FILE", help="The CSV to import, or - for standard input.", show_default=False)
]
PageOption = Annotated[
    bool, typer.Option("--page", help="Serve a page that leads through an import, to this computer's browser only.")
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="With --page: the port on 127.0.0.1; 0 takes a free one.")]
NoOpen = Annotated[bool, typer.Option("--no-open", help="With --page: do not open the browser.")]
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
    typer.Option(
        envvar="KIMAI_NUMBERS",
        help="Continue the server's number sequence, or give none: three times as fast beside 100,000 rows.",
    ),
]
Country = Annotated[str | None, typer.Option(envvar="KIMAI_COUNTRY", help="Country of new customers: DE.")]
Currency = Annotated[str | None, typer.Option(envvar="KIMAI_CURRENCY", help="Currency of new customers: EUR.")]
Timezone = Annotated[
    str | None,
    typer.Option(envvar="KIMAI_TIMEZONE", help="Time zone of new customers: Europe/Berlin."),
]

Delimiter = Annotated[
    str | None,
    typer.Option(envvar="KIMAI_DELIMITER", help="One character, or the word tab; found in the headings if missing."),
]
Encoding = Annotated[
    str | None,
    typer.Option(envvar="KIMAI_ENCODING", help="Such as utf-8 or windows-1252; found if missing."),
]
Column = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="FIELD=HEADING",
        help="Which heading holds a field: customer='Cost centre', project.number=Job. Without a heading, none does. "
        "Repeatable.",
    ),
]
DateFormat = Annotated[
    str | None,
    typer.Option(
        envvar="KIMAI_DATE_FORMAT", metavar="FORMAT", help="How dates are written, as '%d.%m.%Y'; else 2026-01-31."
    ),
]
OnExistingOption = Annotated[
    OnExisting,
    typer.Option(
        envvar="KIMAI_ON_EXISTING",
        help="What is on the server already: leave it alone, change the fields that differ, or refuse the file.",
    ),
]
MatchOption = Annotated[
    Match, typer.Option(envvar="KIMAI_MATCH", help="Find what exists by its name, or by its number if it has one.")
]
MatchCase = Annotated[
    YesNo,
    typer.Option(
        envvar="KIMAI_MATCH_CASE", help="Whether names that differ only in letter case or accents are different."
    ),
]
DefaultCustomer = Annotated[
    str | None,
    typer.Option(envvar="KIMAI_DEFAULT_CUSTOMER", metavar="NAME", help="Customer of the projects that have none."),
]
GlobalActivities = Annotated[
    bool,
    typer.Option(
        "--global-activities",
        envvar="KIMAI_GLOBAL_ACTIVITIES",
        help="Make activities without customer and project global ones.",
    ),
]
ShowHidden = Annotated[
    bool,
    typer.Option(
        "--show-hidden",
        envvar="KIMAI_SHOW_HIDDEN",
        help="Make hidden customers and projects visible if something is to be added below them.",
    ),
]
Sanitize = Annotated[
    bool,
    typer.Option(
        "--sanitize",
        envvar="KIMAI_SANITIZE",
        help='Replace the characters " < > = in names and numbers, which Kimai refuses since 2.54.',
    ),
]
Rejects = Annotated[
    Path | None,
    typer.Option(
        envvar="KIMAI_REJECTS",
        show_default="NAME.rejects.csv",
        help="File for the rows that were refused or skipped.",
    ),
]

Check = Annotated[
    bool,
    typer.Option(
        "--check", help="Change nothing, say how the server differs from the file; exit code 0 if it does not, else 1."
    ),
]
Extra = Annotated[
    bool, typer.Option("--extra", help="With --check, also what is below the file's customers on the server alone.")
]
Record = Annotated[
    Path | None,
    typer.Option(
        "--record", envvar="KIMAI_RECORD", help="File that keeps what the run creates, line by line, for --undo."
    ),
]
Undo = Annotated[
    Path | None,
    typer.Option(
        "--undo",
        metavar="RECORD",
        help="Take back what the run of a record created, as far as it is still as it was; no FILE then.",
    ),
]
Hide = Annotated[bool, typer.Option("--hide", help="With --undo, hide it instead of deleting it.")]
Yes = Annotated[bool, typer.Option("--yes", help="With --undo, do not ask before deleting.")]

Timesheets = Annotated[
    bool,
    typer.Option("--timesheets", envvar="KIMAI_TIMESHEETS", help="Import each row's time entry, too."),
]
EntryTimezone = Annotated[
    str | None,
    typer.Option(
        envvar="KIMAI_ENTRY_TIMEZONE",
        metavar="ZONE",
        help="Time zone of the entries' times: Europe/Berlin; else that of each entry's user.",
    ),
]
EntryUser = Annotated[
    str | None,
    typer.Option(
        envvar="KIMAI_ENTRY_USER", metavar="NAME", help="Kimai's user for the entries of people who are not there."
    ),
]
UserMap = Annotated[
    Path | None,
    typer.Option(envvar="KIMAI_USER_MAP", help="CSV of two columns: a name in the file, the user's name in Kimai."),
]
NewTags = Annotated[
    bool,
    typer.Option("--new-tags/--no-new-tags", envvar="KIMAI_NEW_TAGS", help="Create the tags that Kimai lacks."),
]
OpenEntriesOption = Annotated[
    OpenEntries,
    typer.Option("--open-entries", envvar="KIMAI_OPEN_ENTRIES", help="What becomes of entries without an end."),
]
TimeFormat = Annotated[
    str | None,
    typer.Option(envvar="KIMAI_TIME_FORMAT", metavar="FORMAT", help="How times are written, as '%H.%M'."),
]
DayBegin = Annotated[
    str,
    typer.Option(
        envvar="KIMAI_DAY_BEGIN", metavar="HH:MM", help="When entries begin of which only the day and hours are known."
    ),
]
DefaultProject = Annotated[
    str | None,
    typer.Option(envvar="KIMAI_DEFAULT_PROJECT", metavar="NAME", help="Project of the entries that have none."),
]
DefaultActivity = Annotated[
    str | None,
    typer.Option(envvar="KIMAI_DEFAULT_ACTIVITY", metavar="NAME", help="Activity of the entries that have none."),
]
RoundingOption = Annotated[
    str | None,
    typer.Option(
        "--rounding",
        envvar="KIMAI_ROUNDING",
        metavar="RULE",
        help="How this Kimai rounds times: none, or default, closest, floor or ceil with the minutes of begin and end, "
        "as default:1:1; found if missing.",
    ),
]
Reopen = Annotated[
    bool,
    typer.Option(
        "--reopen",
        envvar="KIMAI_REOPEN",
        help="Open hidden and ended projects for the run, and close them again at its end.",
    ),
]

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing unless something went wrong.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show every refused row, unclear answer and wait.")]
NoProgress = Annotated[bool, typer.Option("--no-progress", envvar="KIMAI_NO_PROGRESS", help="Show no bars.")]
