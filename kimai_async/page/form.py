"""The command's options as a form: what a field is, values to settings, values to the command that does the same."""

from __future__ import annotations

import os
import shlex
import subprocess
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kimai_async.errors import UsageError
from kimai_async.settings import Settings
from kimai_async.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kimai_async.settings import Access

FILES = ("user_map",)
"""Options that name a file which a browser can give; other files are of the server's side, and in no form."""


@dataclass(frozen=True, slots=True)
class Field:
    """One option: how it is called, what it may hold, what its help says, and its value without it.

    *kind* is `text`, `number`, `flag`, `choice` or `file`. *initial* is what the command line or its variable said;
    *forced* that the variable is set, so that a command must name the option to overrule it.
    """

    name: str
    flag: str
    kind: str
    help: str
    default: Any
    initial: Any
    choices: tuple[str, ...] = ()
    off: str = ""
    forced: bool = False

    def read(self, value: Any) -> Any:
        """Return what a browser sent as the setting's type; raises UsageError for what cannot be meant."""
        if value is None or value == "":
            return None if self.default in (None, "") else self.default
        if self.kind == "flag":
            return value is True
        if self.kind == "choice":
            if value not in self.choices:
                raise UsageError(f"{self.flag} takes {' or '.join(self.choices)}, not {shorten(str(value))!r}.")
            return value
        return self._number(value) if self.kind == "number" else str(value).strip()

    def _number(self, value: Any) -> float:
        try:
            return type(self.default)(value)  # type: ignore[no-any-return]
        except (TypeError, ValueError, OverflowError):
            raise UsageError(f"{self.flag} takes a number, not {shorten(str(value))!r}.") from None

    def arguments(self, value: Any) -> Iterable[str]:
        """Yield what a command line has for a value, nothing for the default."""
        if value == self.default and not self.forced:
            return
        if self.kind == "flag":
            chosen = self.flag if value else self.off
            yield from [chosen] if chosen else []
        elif value is not None:
            yield from (self.flag, str(value))


class Form:
    """All fields, in the order of `--help`."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._fields = {field.name: field for field in fields}

    @property
    def initial(self) -> dict[str, Any]:
        """The values to begin with."""
        return {field.name: field.initial for field in self._fields.values()}

    def plain(self) -> list[dict[str, Any]]:
        """Return the fields as JSON has them."""
        return [asdict(field) for field in self._fields.values()]

    def read(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values that a browser sent, the others as they began; raises UsageError.

        Files are no values: they are uploaded.
        """
        unknown = [name for name in values if name not in self._fields]
        if unknown:
            raise UsageError(f"There is no option {shorten(unknown[0])!r}.")
        given = {name: value for name, value in values.items() if self._fields[name].kind != "file"}
        return {**self.initial, **{name: self._fields[name].read(value) for name, value in given.items()}}

    def command(self, name: str, access: Access | None, values: Mapping[str, Any], columns: Mapping[str, str]) -> str:
        """Return the command that imports a file of that name with these values, for this system's shell.

        The token is not in it: it comes from a variable or is asked for.
        """
        words = ["kimai-aimport", name if not name.startswith("-") else f"./{name}"]
        if access is not None:
            words += ["--url", access.url]
            words += [] if access.user is None else ["--user", access.user]
            words += [] if access.ca_bundle is None else ["--ca-bundle", str(access.ca_bundle)]
            words += ["--insecure"] if access.insecure else []
        for field in self._fields.values():
            value = values[field.name]
            words += field.arguments(value.name if isinstance(value, Path) else value)
        for target, heading in columns.items():
            words += ["--column", f"{target}={heading}"]
        return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def settings(
    access: Access,
    values: Mapping[str, Any],
    columns: Mapping[str, str],
    *,
    dry_run: bool,
    rejects: Path,
) -> Settings:
    """Return the settings that a form's values mean; raises UsageError for a value that cannot be meant."""
    meant = {name: _meant(name, value) for name, value in values.items()}
    whose = {name: getattr(access, name) for name in ("url", "token", "user", "ca_bundle", "insecure")}
    return Settings(**whose, columns=columns, dry_run=dry_run, rejects=rejects, **meant)


def _meant(name: str, value: Any) -> Any:
    default = Settings.__dataclass_fields__[name].default
    if isinstance(default, Enum):
        return type(default)(value)
    if isinstance(default, bool) and isinstance(value, str):
        return value == "yes"
    return value
