"""The command `kimai-api`: options to a call, or to the page."""

from __future__ import annotations

from typing import Annotated

import typer

from kimai_async import __version__
from kimai_async.explorer import calls
from kimai_async.explorer import filters as by
from kimai_async.explorer.access import api_command
from kimai_async.explorer.calls import Call
from kimai_async.terminal import options as opt
from kimai_async.terminal.boundary import guarded
from kimai_async.tree.nodes import Level

app = typer.Typer(
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Ask a Kimai's API: JSON on standard output, words for people on standard error. Nothing is changed.",
    epilog="Exit codes: 0 answered, 2 wrong usage, 3 refused, or no answer or output, 130 interrupted.",
)
config = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Show how this Kimai is set up.")
app.add_typer(config, name="config")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"kimai-api {__version__}")
        raise typer.Exit


@app.callback()
def kimai_api(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Take the options before the sub-command; help and epilog are the app's."""


@api_command(app, "ping")
def ping() -> Call:
    """Check that Kimai answers and takes the token."""
    return Call("ping")


@api_command(app, "version")
def version() -> Call:
    """Show Kimai's version, and what an import may do there with this token."""
    return Call("version", tells_import=True)


@api_command(app, "plugins")
def plugins() -> Call:
    """List the installed plugins."""
    return Call("plugins", rows="plugins")


@api_command(app, "me")
def me() -> Call:
    """Show whose token this is, with roles, teams and time zone."""
    return Call("users/me")


@api_command(app, "customers")
def customers(
    visible: by.Visible = calls.Visible.YES,
    term: by.Term = None,
    order_by: by.ByCustomer = None,
    order: by.Direction = None,
    all_pages: by.All = False,
) -> Call:
    """List customers."""
    filters = {"term": term, "orderBy": order_by, "order": order}
    return calls.listing(Level.CUSTOMER, visible, filters, all_pages=all_pages)


@api_command(app, "projects")
def projects(
    customer: by.Customer = None,
    visible: by.Visible = calls.Visible.YES,
    ignore_dates: by.IgnoreDates = False,
    start: by.Start = None,
    end: by.End = None,
    term: by.Term = None,
    order_by: by.ByProject = None,
    order: by.Direction = None,
    all_pages: by.All = False,
) -> Call:
    """List projects."""
    dates = {"ignoreDates": ignore_dates or None, "start": start, "end": end}
    filters = {**dates, "term": term, "orderBy": order_by, "order": order}
    return calls.listing(Level.PROJECT, visible, filters, below=("customer", customer), all_pages=all_pages)


@api_command(app, "activities")
def activities(
    project: by.Project = None,
    only_globals: by.Globals = False,
    visible: by.Visible = calls.Visible.YES,
    term: by.Term = None,
    order_by: by.ByActivity = None,
    order: by.Direction = None,
    all_pages: by.All = False,
) -> Call:
    """List activities; those of a project come with the global ones."""
    filters = {"globals": only_globals or None, "term": term, "orderBy": order_by, "order": order}
    return calls.listing(Level.ACTIVITY, visible, filters, below=("project", project), all_pages=all_pages)


@api_command(app, "timesheets")
def timesheets(
    whose: by.Whose = None,
    customer: by.Customer = None,
    project: by.Project = None,
    activity: by.Activity = None,
    begin: by.Begin = None,
    until: by.Until = None,
    active: by.Active = None,
    billable: by.Billable = None,
    exported: by.Exported = None,
    term: by.Term = None,
    order_by: by.ByTimesheet = None,
    order: by.Direction = None,
    page: by.Page = None,
    size: by.Size = None,
    all_pages: by.All = False,
) -> Call:
    """List timesheets, the newest first."""
    tree = {"user": whose, "customer": customer, "project": project, "activity": activity}
    flags = {"active": active, "billable": billable, "exported": exported}
    sorting = {"term": term, "orderBy": order_by, "order": order, "page": page, "size": size}
    return calls.timesheets({**tree, "begin": begin, "end": until, **flags, **sorting}, all_pages=all_pages)


@api_command(app, "tags")
def tags(name: by.TagName = None) -> Call:
    """List the names of the tags that are not hidden."""
    return Call("tags", () if name is None else (("name", name),), rows="tags")


@api_command(config, "timesheet")
def config_timesheet() -> Call:
    """Show the rules for timesheets."""
    return Call("config/timesheet")


@api_command(config, "colors")
def config_colors() -> Call:
    """Show the colors that customers, projects and activities may have."""
    return Call("config/colors")


@api_command(app, "get")
def get(path: by.PathArgument, all_pages: by.All = False) -> Call:
    """Get any other list or row, filters and all."""
    return calls.any_path(path, all_pages=all_pages)


@app.command()
def browse(
    context: typer.Context,
    url: opt.Url = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; 0 takes a free one.")] = 8020,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open the browser.")] = False,
) -> None:
    """Serve a page for the same calls, and the tree, to this computer's browser until Ctrl-C."""
    from kimai_async.explorer.browse import serve_page  # noqa: PLC0415 - its libraries are for this command only

    serve_page(url, port, context.obj, open_browser=not no_open)


main = guarded(app)
