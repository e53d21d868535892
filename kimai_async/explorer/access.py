"""Gives a sub-command the options that say which Kimai and whose token, and runs what it asks for."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from kimai_async.errors import UsageError
from kimai_async.settings import Access
from kimai_async.terminal import options as opt  # noqa: TC001 - typer reads the annotations
from kimai_async.terminal.credentials import find_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from kimai_async.explorer.calls import Call

AsTable = Annotated[
    bool, typer.Option("--table", rich_help_panel="Output", help="Show a table for people instead of JSON.")
]


def _every_call(
    context: typer.Context,
    url: opt.Url = None,
    token: opt.Token = None,
    token_file: opt.TokenFile = None,
    user: opt.User = None,
    ca_bundle: opt.CaBundle = None,
    insecure: opt.Insecure = False,
    timeout: opt.Timeout = 60.0,
    table: AsTable = False,
) -> None:
    """Hold the parameters that every call has; never called."""


def api_command(app: typer.Typer, name: str) -> Callable[[Callable[..., Call]], Callable[..., Call]]:
    """Register a function from options to a call as a sub-command, which also takes the options of every call."""

    def register(build: Callable[..., Call]) -> Callable[..., Call]:
        own = _parameters(build)

        def command(context: typer.Context, table: bool, **chosen: Any) -> None:
            call = build(**{parameter.name: chosen.pop(parameter.name) for parameter in own})
            access = _find_access(context, chosen)
            # --help needs neither httpx nor aiohttp, and answers three times as fast without them
            from kimai_async.explorer.show import show  # noqa: PLC0415

            show(call, access, context.obj, table=table)

        parameters = [*own, *_parameters(_every_call)]
        # typer reads the options from here: a decorator is shorter than eight parameters in every sub-command
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        app.command(name, help=build.__doc__)(command)
        return build

    return register


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(function, include_extras=True)
    return [
        parameter.replace(annotation=hints[parameter.name], kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in inspect.signature(function).parameters.values()
    ]


def _find_access(context: typer.Context, chosen: dict[str, Any]) -> Access:
    url, token, token_file = (chosen.pop(name) for name in ("url", "token", "token_file"))
    if not url:
        raise UsageError("Which Kimai? Give --url or KIMAI_URL.")
    source = context.get_parameter_source("token")
    option = token if source is not None and source.name == "COMMANDLINE" else None
    found = find_token(option, token_file, token, may_ask=True)
    context.obj.append(found)
    return Access(url=url, token=found, **chosen)
