"""Everything a user can decide about a run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from kimai_async.errors import UsageError
from kimai_async.kimai import api_root
from kimai_async.rows import parse_delimiter

if TYPE_CHECKING:
    from pathlib import Path

MOST_LANES = 256


class Numbers(StrEnum):
    """What new rows get as their number."""

    CONTINUE = "continue"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Access:
    """How to reach a Kimai; raises UsageError for a value that cannot be meant.

    `token` is an API token, or the API password when `user` is given (the old `X-AUTH` pair, for Kimai before
    2.14). `timeout` is in seconds for one answer.
    """

    url: str
    token: str = field(repr=False)
    user: str | None = None
    ca_bundle: Path | None = None
    insecure: bool = False
    timeout: float = 60.0

    def __post_init__(self) -> None:
        api_root(self.url)
        if self.timeout <= 0:
            raise UsageError("--timeout takes seconds above 0.")
        for name, value in (("token", self.token), ("user", self.user)):
            if value is not None and (not value or not value.isascii() or not value.isprintable()):
                raise UsageError(f"The {name} is empty or holds a character that cannot be sent in an HTTP header.")


@dataclass(frozen=True, kw_only=True)
class Settings(Access):
    """How to import, and into which Kimai; raises UsageError for a value that cannot be meant.

    `give_up_after` is in seconds without any usable answer. `concurrency` is how many creates are under way at
    once, 1 to 256. The other fields are those of the command's options.
    """

    give_up_after: float = 300.0
    concurrency: int = 8
    dry_run: bool = False
    numbers: Numbers = Numbers.CONTINUE
    country: str | None = None
    currency: str | None = None
    timezone: str | None = None
    delimiter: str = ","
    encoding: str = "utf-8"
    rejects: Path | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        parse_delimiter(self.delimiter)
        if not 1 <= self.concurrency <= MOST_LANES:
            raise UsageError(f"--concurrency takes 1 to {MOST_LANES}, not {self.concurrency}.")
        if self.give_up_after <= 0:
            raise UsageError("--give-up-after takes seconds above 0.")
        self._check_code("country", r"[A-Z]{2}", "a two-letter code such as DE (ISO 3166-1)")
        self._check_code("currency", r"[A-Z]{3}", "a three-letter code such as EUR (ISO 4217)")
        self._check_code("timezone", r"[A-Za-z0-9_+\-]+(/[A-Za-z0-9_+\-]+)*", "a name such as Europe/Berlin")

    def _check_code(self, name: str, pattern: str, wanted: str) -> None:
        value = getattr(self, name)
        if value is not None and not re.fullmatch(pattern, value):
            raise UsageError(f"--{name} takes {wanted}, not {value!r}.")

    @property
    def customer_fields(self) -> dict[str, str]:
        """The fields that every new customer gets."""
        given = {"country": self.country, "currency": self.currency, "timezone": self.timezone}
        return {name: value for name, value in given.items() if value is not None}
