"""Everything a user can decide about a run."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from ipaddress import IPv6Address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from kimai_async.choices import MOST_LANES, Match, Numbers, OnExisting, OpenEntries
from kimai_async.errors import UsageError
from kimai_async.fields.vocabulary import parse_target
from kimai_async.tree import rounding
from kimai_async.tree.names import MAX_LENGTH, trim
from kimai_async.tree.nodes import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kimai_async.tree.rounding import Rounding

_SAMPLE = datetime(2033, 12, 31, 14, 0, tzinfo=UTC)
"""In the afternoon: a 12-hour clock that does not say which half is meant loses it."""

_NO_DAY = date(1900, 1, 1)
"""What `strptime` gives where a form names no day."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How rows are to be meant.

    Rows without a customer belong to *default_customer*, if there is one. With *by_number*, what has a number is told
    apart by it rather than by its name; with *any_case*, names that differ only in letter case or accents are one.
    *date_format* is for `strptime`; without it dates are ISO 8601.

    With *timesheets*, rows are time entries, too: their times are read by *time_format* if there is one (`strptime`'s);
    those of which the file knows only the day and how long they took begin at *day_begin* (`HH:MM`); those that name no
    project or no activity belong to *default_project* and *default_activity*.
    """

    default_customer: str | None = None
    global_activities: bool = False
    by_number: bool = False
    any_case: bool = False
    date_format: str | None = None
    timesheets: bool = False
    time_format: str | None = None
    open_entries: OpenEntries = OpenEntries.REFUSE
    day_begin: str = "09:00"
    default_project: str | None = None
    default_activity: str | None = None


@dataclass(frozen=True, slots=True)
class Matching:
    """By what the file's customers, projects and activities are found on the server: see `Rules`."""

    by_number: bool = False
    any_case: bool = False


@dataclass(frozen=True, kw_only=True)
class Access:
    """How to reach a Kimai; raises UsageError for a value that cannot be meant.

    `token` is an API token, or the API password when `user` is given (the old `X-AUTH` pair, for Kimai before
    2.14). `timeout` is in seconds: the longest silence of the server, and the longest time for an answer as a whole; a
    list may take ten times as long as a whole.
    """

    url: str
    token: str = field(repr=False)
    user: str | None = None
    ca_bundle: Path | None = None
    insecure: bool = False
    timeout: float = 60.0

    def __post_init__(self) -> None:
        api_root(self.url)
        _check_seconds("--timeout", self.timeout)
        for name, value in (("token", self.token), ("user", self.user)):
            if value is not None and (not value or not value.isascii() or not value.isprintable()):
                raise UsageError(
                    f"The {name} is empty, or holds what cannot be sent, as an accent or a line break; copy it again."
                )


@dataclass(frozen=True, kw_only=True)
class Settings(Access):
    """How to import, and into which Kimai; raises UsageError for a value that cannot be meant.

    `give_up_after` is in seconds without any usable answer. `concurrency` is how many creates are under way at
    once, 1 to 256. `columns` says which heading holds a field (`{"customer.vatId": "Tax no."}`), an empty heading that
    none does. Delimiter and encoding are found if they are None. The other fields are those of the command's options. A
    `check` is a dry run with `on_existing` *update*.
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
    timesheets: bool = False
    entry_timezone: str | None = None
    entry_user: str | None = None
    user_map: Path | None = None
    new_tags: bool = True
    open_entries: OpenEntries = OpenEntries.REFUSE
    time_format: str | None = None
    day_begin: str = "09:00"
    default_project: str | None = None
    default_activity: str | None = None
    rounding: str | None = None
    reopen: bool = False
    record: Path | None = None
    check: bool = False
    extra: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.check:
            object.__setattr__(self, "dry_run", True)
            object.__setattr__(self, "on_existing", OnExisting.UPDATE)
        elif self.extra:
            raise UsageError("--extra goes with --check.")
        if self.delimiter is not None:
            parse_delimiter(self.delimiter)
        for name in self.columns:
            parse_target(name)
        for level in LEVELS:
            name = getattr(self, f"default_{level}")
            if name is not None and not 2 <= len(trim(name)) <= MAX_LENGTH:
                raise UsageError(f"--default-{level} takes a name of 2 to {MAX_LENGTH} characters.")
        self._check_formats()
        if not 1 <= self.concurrency <= MOST_LANES:
            raise UsageError(f"--concurrency takes 1 to {MOST_LANES}, not {self.concurrency}.")
        _check_seconds("--give-up-after", self.give_up_after)
        self._check_code("country", r"[A-Z]{2}", "a two-letter code such as DE (ISO 3166-1)")
        self._check_code("currency", r"[A-Z]{3}", "a three-letter code such as EUR (ISO 4217)")
        self._check_code("timezone", r"[A-Za-z0-9_+\-]+(/[A-Za-z0-9_+\-]+)*", "a name such as Europe/Berlin")
        self._check_entries()

    def _check_entries(self) -> None:
        if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", self.day_begin, re.ASCII):
            raise UsageError(f"--day-begin takes a time of day such as 09:00, not {self.day_begin!r}.")
        if self.entry_timezone is not None and self.entry_timezone not in available_timezones():
            raise UsageError(f"--entry-timezone takes a name such as Europe/Berlin, not {self.entry_timezone!r}.")
        try:
            _ = self.stated_rounding
        except ValueError as error:
            raise UsageError(f"--rounding {self.rounding!r}: {error}.") from None

    @property
    def stated_rounding(self) -> Rounding | None:
        """How this Kimai rounds the times of entries, as the user says."""
        return None if self.rounding is None else rounding.parse(self.rounding)

    def _check_code(self, name: str, pattern: str, wanted: str) -> None:
        value = getattr(self, name)
        if value is not None and not re.fullmatch(pattern, value):
            raise UsageError(f"--{name} takes {wanted}, not {value!r}.")

    def _check_formats(self) -> None:
        if self.date_format is not None:
            meant = _read_back(self.date_format)
            if meant is None or meant.date() != _SAMPLE.date():
                raise UsageError(
                    f"--date-format {self.date_format!r} names no day; say where day, month and year stand: '%d.%m.%Y'."
                )
        if self.time_format is not None:
            meant = _read_back(self.time_format)
            if meant is None or meant.hour != _SAMPLE.hour or meant.date() != _NO_DAY:
                raise UsageError(
                    f"--time-format {self.time_format!r} names no time of day and nothing else; say where hour and "
                    "minute stand: '%H.%M', or '%I.%M %p' for a 12-hour clock."
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
            timesheets=self.timesheets,
            time_format=self.time_format,
            open_entries=self.open_entries,
            day_begin=self.day_begin,
            default_project=self.default_project,
            default_activity=self.default_activity,
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


def _read_back(form: str) -> datetime | None:
    """Return what is left of a sample that is written in a form of `strptime` and read again, or None if it cannot."""
    try:  # on Windows strftime itself refuses a letter that it does not know
        return datetime.strptime(_SAMPLE.strftime(form), form)  # noqa: DTZ007 - most have no zone
    except (ValueError, re.error):  # the latter where a letter stands twice
        return None


def _check_seconds(option: str, seconds: float) -> None:
    if not (math.isfinite(seconds) and seconds > 0):
        raise UsageError(f"{option} takes seconds above 0.")


def api_root(url: str) -> str:
    """Return `https://host/path/api` for a Kimai's address, given with or without `/api` and slashes at its end.

    Raises UsageError for anything that is not an http or https URL, and for one that holds a password.
    """
    url = url.strip()
    for character in url:
        if unicodedata.category(character)[0] in "CZ":
            what = "a space" if character == " " else f"the invisible character U+{ord(character):04X}"
            raise UsageError(f"--url holds {what}; take it out.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UsageError("--url is no URL: its host or port cannot be read; ports are 1 to 65535.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            "--url must begin with https:// (or http://) and name a host, as in https://kimai.example.com."
        )
    if parts.username is not None or parts.password is not None:
        raise UsageError("--url must not hold a user or a password; give the token by KIMAI_TOKEN or --token-file.")
    problem = "its port is not 1 to 65535" if port == 0 else _host_problem(parts.netloc, parts.hostname)
    if problem is not None:
        raise UsageError(f"--url is no URL: {problem}.")
    path = re.sub(r"/api$", "", parts.path.rstrip("/")).rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}/api"


def _host_problem(netloc: str, host: str) -> str | None:
    """Return what is wrong with the host of an address, or None."""
    if "[" in netloc or "]" in netloc:
        if not re.fullmatch(r"\[[0-9a-f:.]+\](:\d+)?", netloc, re.IGNORECASE | re.ASCII) or not _is_ipv6(host):
            return "square brackets stand around an IPv6 address and nowhere else"
        return None
    labels = host.removesuffix(".").split(".")
    if not all(labels):
        return f"its host {host!r} has nothing between two dots"
    if len(host) > 253 or any(len(label) > 63 for label in labels):
        return "its host is too long"
    for character in "".join(labels):
        # Letters, digits and what is written on them, as in names beyond ASCII (RFC 5892).
        if character not in "-_" and unicodedata.category(character)[0] not in "LMN":
            return f"a host cannot hold {character!r}"
    return None


def _is_ipv6(host: str) -> bool:
    try:
        IPv6Address(host)
    except ValueError:
        return False
    return True


def parse_delimiter(text: str) -> str:
    """Return the delimiter that a user named: one character, or `tab`; raises UsageError for anything else."""
    if text.lower() in ("tab", "\\t"):
        return "\t"
    if len(text) != 1 or text in '"\r\n\0':
        shown = f"{text!r} is neither" if text else "it is empty"
        raise UsageError(f"--delimiter takes one character or the word tab; {shown}.")
    return text
