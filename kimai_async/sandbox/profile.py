"""What each Kimai version does differently, in one table; every other module asks a `Profile`, never a version."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from typing import Any

OLDEST = (2, 13, 0)
NEWEST = (2, 65, 0)

# The tag 2.20.1 was released without raising `Constants::VERSION`.
_REPORTED = {(2, 20, 1): (2, 20, 0)}


def since(minor: int) -> Any:
    """Declare a feature that came with Kimai 2.`minor`.0."""
    return field(metadata={"since": minor})


@dataclass(frozen=True)
class Profile:
    """The features of one Kimai version."""

    version: str
    """What `/api/version` says."""
    version_id: int

    bearer_tokens: bool = since(14)
    """`Authorization: Bearer`; missing credentials answer 401 instead of 403."""
    short_number_taken: bool = since(14)
    """"The number X is already used." lost the word "account"."""
    child_numbers: bool = since(14)
    """Projects and activities have a `number`."""
    unknown_project_refused: bool = since(14)
    """A time entry for a project that there is not is a 400; before, a 500."""
    find_tags: bool = since(18)
    """GET /api/tags/find."""
    tag_color_safe: bool = since(18)
    """Tags carry `color-safe`."""
    config_colors: bool = since(18)
    """GET /api/config/colors."""
    teams_sorted: bool = since(21)
    """GET /api/teams sorts by name."""
    cors_authorization: bool = since(22)
    """A browser may send the `Authorization` header."""
    break_field: bool = since(24)
    """Time entries take `break`, if breaks are tracked at all."""
    times_of_teamleads: bool = since(25)
    """Who sees others' time entries sends `begin` and `end` in every tracking mode."""
    delete: bool = since(25)
    """DELETE of customers, projects and activities."""
    unknown_tags_refused: bool = since(26)
    """A list of time entries by tags of which none is there is a 400; before, it was not filtered."""
    strict_globals: bool = since(28)
    """`globals=` wants 0, 1, true or false; before, any value meant true."""
    end_before_start_reworded: bool = since(29)
    """"The end date must not be earlier than the start date.\""""
    split_search: bool = since(34)
    """`term=` is split into words that must all match."""
    negative_duration_check: bool = since(36)
    """A timesheet that ends before it begins gets a second message, instead of that about an empty duration."""
    own_user_kept: bool = since(38)
    """The user of a time entry can be chosen for it, whoever changes it."""
    list_order_number: bool = since(38)
    """Project lists show `orderNumber`."""
    list_contact: bool = since(40)
    """Customer lists show company, country, phone, fax, mobile, homepage and timezone."""
    nested_details: bool = since(40)
    """Customers within something else show their currency, projects their days."""
    structured_address: bool = since(41)
    """`addressLine1` and its kin; `address` leaves the form unless it has a value."""
    custom_fields_validated: bool = since(41)
    """Setting a custom field of a customer or activity validates the whole entity; of a project it always did."""
    page_size_limit: bool = since(41)
    """A page holds at most 500 timesheets."""
    page_size_clamped: bool = since(42)
    """A larger `size` is lowered to 500 instead of refused."""
    camel_case_address: bool = since(43)
    """The form says `addressLine1` and `postCode`, no longer `address_line1` and `postcode`."""
    color_safe: bool = since(45)
    """Bodies carry `color-safe`."""
    list_order_date: bool = since(45)
    """Project lists show `orderDate`."""
    timesheet_break: bool = since(45)
    """Timesheets carry `break`."""
    user_email: bool = since(45)
    """Users show `email` and `systemAccount`, and in lists their avatar, languages and time zone."""
    nested_custom_fields: bool = since(45)
    """Customers, projects and activities within something else show their `metaFields`."""
    modified_after_utc: bool = since(45)
    """`modified_after` is in UTC; before, in the zone of the caller."""
    unknown_filter_ignored: bool = since(53)
    """`?customer=<unknown>` filters nothing; before, it was a 404. One that belongs to a team may be a 403."""
    user_said_twice: bool = since(53)
    """A user name or an e-mail address that is taken gets a second message."""
    forbidden_characters: bool = since(54)
    """`< > " =` are refused in names and numbers."""
    strict_contact: bool = since(54)
    """E-mail addresses are checked as HTML5 does, homepages must be URLs."""
    login_throttling: bool = since(54)
    """The sixth wrong API password within a minute answers 400."""
    entries_of_teams: bool = since(56)
    """Others' time entries are closed to who does not lead a team of their user, or not see what they are booked on."""
    strict_booking: bool = since(57)
    """Time entries take only projects that run today and that the caller's teams see, and no list for a value."""
    strict_users: bool = since(57)
    """A list of time entries of somebody whom the caller may not see is a 403."""
    create_checked: bool = since(62)
    """The permission to create a finished time entry is checked once more when it is stored."""
    customer_details: bool = since(62)
    """`?full=1` on the customer list."""
    server_defaults: bool = since(63)
    """A create keeps the server's defaults for what it omits, the automatic number among them."""
    customer_language: bool = since(63)
    """Customers have `language` and `invoiceEmail`."""
    ties_by_id: bool = since(63)
    """Time entries that sort alike are listed by their ids."""
    team_members_kept: bool = since(63)
    """A PATCH of a team that is refused leaves its members as they were."""
    cors_expose_pages: bool = since(63)
    """A browser may read the `X-Page` headers."""
    default_team_gone: bool = since(65)
    """POST …/team of a customer, project or activity says what to use instead."""


def profile_of(version: str) -> Profile:
    """The profile of a version such as `2.65.0` or `2.65`; `ValueError` when the sandbox does not know it."""
    number = _parse(version)
    if number is None or not OLDEST <= number <= NEWEST:
        oldest, newest = (".".join(map(str, end)) for end in (OLDEST, NEWEST))
        raise ValueError(f"Kimai version {version!r} is not supported: use one from {oldest} to {newest}.")
    reported = _REPORTED.get(number, number)
    features = {f.name: number[1] >= f.metadata["since"] for f in fields(Profile) if "since" in f.metadata}
    major, minor, patch = reported
    return Profile(version=f"{major}.{minor}.{patch}", version_id=major * 10_000 + minor * 100 + patch, **features)


def _parse(version: str) -> tuple[int, int, int] | None:
    match = re.fullmatch(r"(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?", version, re.ASCII)
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else None
