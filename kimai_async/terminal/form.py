"""The options of a command as fields of a form."""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from typer.models import OptionInfo
from typer.utils import get_params_from_function

from kimai_async.page.form import FILES, Field, Form
from kimai_async.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

NOT_IN_A_FORM = frozenset(
    {
        *("url", "token", "user", "ca_bundle", "insecure", "columns"),
        *("dry_run", "check", "extra", "rejects", "record"),
    }
)
"""Settings that the page has places of their own for, or no use."""


def form_of(command: Callable[..., Any], chosen: Mapping[str, Any] | None = None) -> Form:
    """Return the form of a command's settings, with the values that were *chosen* in it."""
    return Form(list(_fields(command, chosen or {})))


def _fields(command: Callable[..., Any], chosen: Mapping[str, Any]) -> Iterator[Field]:
    for name, parameter in get_params_from_function(command).items():
        if name not in Settings.__dataclass_fields__ or name in NOT_IN_A_FORM:
            continue
        option = parameter.default
        assert isinstance(option, OptionInfo)
        kinds = [kind for kind in (*get_args(parameter.annotation), parameter.annotation) if isinstance(kind, type)]
        kind = _kind(kinds)
        if kind == "file" and name not in FILES:
            continue
        flag, off = _flags(name, option)
        yield Field(
            name,
            flag,
            kind,
            option.help or "",
            option.default,
            chosen.get(name, option.default),
            choices=_choices(kinds),
            off=off,
            forced=isinstance(option.envvar, str) and bool(os.environ.get(option.envvar)),
        )


def _kind(kinds: list[type]) -> str:
    if bool in kinds:
        return "flag"
    if int in kinds or float in kinds:
        return "number"
    if Path in kinds:
        return "file"
    return "choice" if any(issubclass(kind, Enum) for kind in kinds) else "text"


def _choices(kinds: list[type]) -> tuple[str, ...]:
    return tuple(choice.value for kind in kinds if issubclass(kind, Enum) for choice in kind)


def _flags(name: str, option: OptionInfo) -> tuple[str, str]:
    """Return the long flag of an option, and the one that says no, if there is one."""
    long = next((flag for flag in option.param_decls or () if flag.startswith("--")), f"--{name.replace('_', '-')}")
    on, _, off = long.partition("/")
    return on, off
