"""The command `kimai-aimport`: options to settings, settings to a run, a run to an exit code."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import typer

from kimai_async.choices import Match, Numbers, OnExisting, OpenEntries
from kimai_async.errors import KimaiImportError, UsageError
from kimai_async.terminal import options as opt
from kimai_async.terminal.boundary import guarded
from kimai_async.terminal.credentials import find_token

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kimai_async.settings import Settings
    from kimai_async.terminal.session import Session

# rich_markup_mode: without it help is plain text, and three times as fast
app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(
    help="Make sure that every customer, project and activity of a CSV is on a Kimai server, each once.\n\n"
    "The CSV has columns such as Customer, Project and Activity, also by other names and with other fields: --dry-run "
    "shows what is recognised. What is there already is left alone, so the same command can be run again at any time, "
    "also after it was interrupted.",
    epilog="Exit codes: 0 everything is on the server, 1 some rows were refused, 2 wrong usage or CSV and nothing was "
    "sent, 3 stopped early, 130 interrupted. With --check: 0 nothing differs, 1 something does.",
)
def aimport(
    context: typer.Context,
    file: opt.File = None,
    url: opt.Url = None,
    token: opt.Token = None,
    token_file: opt.TokenFile = None,
    user: opt.User = None,
    ca_bundle: opt.CaBundle = None,
    insecure: opt.Insecure = False,
    timeout: opt.Timeout = 60.0,
    give_up_after: opt.GiveUpAfter = 300.0,
    concurrency: opt.Concurrency = 8,
    sandbox: opt.Sandbox = False,
    numbers: opt.NumbersOption = Numbers.CONTINUE,
    country: opt.Country = None,
    currency: opt.Currency = None,
    timezone: opt.Timezone = None,
    delimiter: opt.Delimiter = None,
    encoding: opt.Encoding = None,
    column: opt.Column = None,
    date_format: opt.DateFormat = None,
    on_existing: opt.OnExistingOption = OnExisting.SKIP,
    match: opt.MatchOption = Match.NAME,
    match_case: opt.MatchCase = opt.YesNo.YES,
    default_customer: opt.DefaultCustomer = None,
    global_activities: opt.GlobalActivities = False,
    show_hidden: opt.ShowHidden = False,
    sanitize: opt.Sanitize = False,
    rejects: opt.Rejects = None,
    check: opt.Check = False,
    extra: opt.Extra = False,
    record: opt.Record = None,
    undo: opt.Undo = None,
    hide: opt.Hide = False,
    yes: opt.Yes = False,
    timesheets: opt.Timesheets = False,
    entry_timezone: opt.EntryTimezone = None,
    entry_user: opt.EntryUser = None,
    user_map: opt.UserMap = None,
    new_tags: opt.NewTags = True,
    open_entries: opt.OpenEntriesOption = OpenEntries.REFUSE,
    time_format: opt.TimeFormat = None,
    day_begin: opt.DayBegin = "09:00",
    default_project: opt.DefaultProject = None,
    default_activity: opt.DefaultActivity = None,
    rounding: opt.RoundingOption = None,
    reopen: opt.Reopen = False,
    dry_run: opt.DryRun = False,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
    no_progress: opt.NoProgress = False,
    page: opt.PageOption = False,
    port: opt.Port = 0,
    no_open: opt.NoOpen = False,
    version: opt.Version = False,
) -> None:
    """Read the options, run the import and exit with its code."""
    chosen = locals()
    # --help and --version need neither httpx nor aiohttp, and answer three times as fast without them
    from kimai_async.terminal.session import Session  # noqa: PLC0415
    from kimai_async.terminal.undo_session import UndoSession  # noqa: PLC0415

    if page:
        _serve_page(context, chosen)
        return
    shown: dict[str, Any] = {"dry_run": dry_run, "json": json, "quiet": quiet, "verbose": verbose}
    session = (
        Session(file or "", check=check, **shown, bars=not no_progress, secrets=context.obj)
        if undo is None
        else UndoSession(undo, hide=hide, yes=yes, **shown, bars=not no_progress, secrets=context.obj)
    )
    with ExitStack() as stack:
        try:
            settings = _settings(context, chosen, session, stack)
        except KimaiImportError as error:
            code = session.refuse(error)
        else:
            code = session.run(settings)
    raise typer.Exit(code)


def _settings(context: typer.Context, chosen: dict[str, Any], session: Session, stack: ExitStack) -> Settings:
    from kimai_async.settings import Settings  # noqa: PLC0415 - as above

    names = [name for name in Settings.__dataclass_fields__ if name not in ("url", "token", "columns", "match_case")]
    rest = {name: chosen[name] for name in names}
    _check_task(chosen)
    rest["columns"] = _columns(chosen["column"] or ())
    rest["match_case"] = chosen["match_case"] is opt.YesNo.YES
    if chosen["sandbox"]:
        if _given(context, "url"):
            raise UsageError("--sandbox brings a Kimai of its own; leave out --url.")
        sandbox = stack.enter_context(session.sandbox())
        return Settings(url=sandbox.url, token=sandbox.token, **{**rest, "user": None})
    if not chosen["url"]:
        raise UsageError("Which Kimai? Give --url or KIMAI_URL, or try the file with --sandbox.")
    token = find_token(
        chosen["token"] if _given(context, "token") else None,
        chosen["token_file"],
        chosen["token"],
        may_ask=chosen["file"] != "-",
    )
    context.obj.append(token)
    return Settings(url=chosen["url"], token=token, **rest)


def _check_task(chosen: dict[str, Any]) -> None:
    """Raise UsageError unless there is one thing to do: a file to import, or a record to take back."""
    if chosen["undo"] is None:
        if not chosen["file"]:
            raise UsageError(
                "Which file? Name a CSV, or - for standard input; --page lets you choose one in the browser."
            )
        if chosen["hide"] or chosen["yes"]:
            raise UsageError(f"{'--hide' if chosen['hide'] else '--yes'} goes with --undo RECORD.")
    elif chosen["file"]:
        raise UsageError("--undo takes a record and no FILE; leave one of them out.")
    elif chosen["sandbox"]:
        raise UsageError("--undo needs the server of the record, and a sandbox is a new one; give --url.")


def _serve_page(context: typer.Context, chosen: dict[str, Any]) -> None:
    from kimai_async.terminal.paging import find_access, serve_import  # noqa: PLC0415 - as above
    from kimai_async.terminal.session import sandbox  # noqa: PLC0415 - as above

    if chosen["file"] is not None:
        raise UsageError("--page lets you choose the file in the browser; leave FILE out.")
    with ExitStack() as stack:
        if chosen["sandbox"]:
            served = stack.enter_context(sandbox())
            chosen |= {"url": served.url, "token": served.token, "token_file": None, "user": None}
        option = chosen["token"] if chosen["sandbox"] or _given(context, "token") else None
        access = find_access(chosen, option, context.obj)
        chosen["columns"] = _columns(chosen["column"] or ())
        serve_import(aimport, chosen, access, context.obj, lambda text: typer.echo(text, err=True))


def _columns(options: Iterable[str]) -> dict[str, str]:
    """Return what `--column FIELD=HEADING` says, field to heading."""
    columns = {}
    for option in options:
        name, equals, heading = option.partition("=")
        if not equals:
            raise UsageError(f"--column takes FIELD=HEADING, such as customer='Cost centre'; {option!r} has no =.")
        columns[name.strip()] = heading.strip()
    return columns


def _given(context: typer.Context, name: str) -> bool:
    """Tell whether an option stands on the command line, rather than in the environment."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


main = guarded(app)
