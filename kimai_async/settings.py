"""Everything a user can decide about a run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kimai_async.choices import MOST_LANES, Match, Numbers, OnExisting
from kimai_async.errors import UsageError
from kimai_async.fields.vocabulary import parse_target
from kimai_async.tree.names import MAX_LENGTH, trim

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Rules:
    """How rows are to be meant.

    Rows without a customer belong to *default_customer*, if there is one. With *by_number*, what has a number is told
    apart by it rather than by its name; with *any_case*, names that differ only in letter case or accents are one.
    *date_format* is for `strptime`; without it dates are ISO 8601.
    """

    default_customer: str | None = None
    global_activities: bool = False
    by_number: bool = False
    any_case: bool = False
    date_format: str | None = None


@dataclass(frozen=True, slots=True)
class Matching:
    """By what the file's customers, projects and activities are found on the server: see `Rules`."""

    by_number: bool = False
    any_case: bool = False


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
    once, 1 to 256. `columns` says which heading holds a field (`{"customer.vatId": "Tax no."}`), an empty heading that
    none does. Delimiter and encoding are found if they are None. The other fields are those of the command's options.
    """

    give_up_after: float = 300.0
    concurrency: int = 8
    dry_run: bool = False
    numbers: Numbers = Numbers.CONTINUE
    country: str | None = None
    currency: str | None = None
    timezone: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    date_format: str | None = None
    on_existing: OnExisting = OnExisting.SKIP
    match: Match = Match.NAME
    match_case: bool = True
    default_customer: str | None = None
    global_activities: bool = False
    show_hidden: bool = False
    sanitize: bool = False
    rejects: Path | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.delimiter is not None:
            parse_delimiter(self.delimiter)
        for name in self.columns:
            parse_target(name)
        if self.default_customer is not None and not 2 <= len(trim(self.default_customer)) <= MAX_LENGTH:
            raise UsageError(f"--default-customer takes a name of 2 to {MAX_LENGTH} characters.")
        self._check_date_format()
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

    def _check_date_format(self) -> None:
        if self.date_format is None:
            return
        written = date(2033, 12, 31).strftime(self.date_format)
        try:
            meant = datetime.strptime(written, self.date_format).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            meant = None
        if meant != date(2033, 12, 31):
            raise UsageError(
                f"--date-format {self.date_format!r} names no day; it takes strptime's letters, such as '%d.%m.%Y'."
            )

    @property
    def rules(self) -> Rules:
        """How the file's rows are to be meant."""
        return Rules(
            default_customer=self.default_customer,
            global_activities=self.global_activities,
            by_number=self.match is Match.NUMBER,
            any_case=not self.match_case,
            date_format=self.date_format,
        )

    @property
    def matching(self) -> Matching:
        """How the file's customers, projects and activities are found on the server."""
        return Matching(by_number=self.match is Match.NUMBER, any_case=not self.match_case)

    @property
    def customer_fields(self) -> dict[str, str]:
        """The fields that every new customer gets."""
        given = {"country": self.country, "currency": self.currency, "timezone": self.timezone}
        return {name: value for name, value in given.items() if value is not None}


def api_root(url: str) -> str:
    """Return `https://host/path/api` for a Kimai's address, given with or without `/api` and slashes at its end.

    Raises UsageError for anything that is not an http or https URL, and for one that holds a password.
    """
    try:
        parts = urlsplit(url.strip())
        _ = parts.port  # read for its check
    except ValueError:
        raise UsageError("--url is no URL: its host or port cannot be read.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            "--url must begin with https:// (or http://) and name a host, as in https://kimai.example.com."
        )
    if parts.username is not None or parts.password is not None:
        raise UsageError("--url must not hold a user or a password; give the token by KIMAI_TOKEN or --token-file.")
    path = re.sub(r"/api$", "", parts.path.rstrip("/")).rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}/api"


def parse_delimiter(text: str) -> str:
    """Return the delimiter that a user named: one character, or `tab`; raises UsageError for anything else."""
    if text.lower() in ("tab", "\\t"):
        return "\t"
    if len(text) != 1 or text in '"\r\n\0':
        shown = f"{text!r} is none" if text else "it is empty"
        raise UsageError(f"--delimiter takes one character or the word tab; {shown}.")
    return text
