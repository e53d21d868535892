"""The constraints on an entity's values (the `Assert` attributes in Kimai's src/Entity)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kimai_async.sandbox.forms.form import Check

_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_HTML5_EMAIL = re.compile(rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})+")
_LOOSE_EMAIL = re.compile(r".+@\S+\.\S+")
_URL = re.compile(
    rf"https?://(?:[^\s/@]+@)?(?:{_LABEL}(?:\.{_LABEL})+|localhost|\[[0-9a-f:]+\])(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE
)


def not_null(value: Any) -> str | None:
    """`Assert\\NotNull`."""
    return "This value should not be null." if value is None else None


def not_blank(value: Any) -> str | None:
    """`Assert\\NotBlank`."""
    return "This value should not be blank." if value in (None, "") else None


def length(most: int, least: int = 0) -> Check:
    """`Assert\\Length`, in code points; nothing is said about null."""

    def check(value: str | None) -> str | None:
        if value is None:
            return None
        if len(value) < least:
            return f"This value is too short. It should have {least} characters or more."
        if len(value) > most:
            return f"This value is too long. It should have {most} characters or less."
        return None

    return check


def no_special_characters(value: str | None) -> str | None:
    """NoSpecialCharacters.php."""
    bad = value is not None and any(char in value for char in '<>"=')
    return 'The following characters are not allowed: < > " =' if bad else None


def email(*, strict: bool) -> Check:
    """`Assert\\Email`, with or without `mode: 'html5'`."""
    pattern = _HTML5_EMAIL if strict else _LOOSE_EMAIL

    def check(value: str | None) -> str | None:
        return None if value is None or pattern.fullmatch(value) else "This value is not a valid email address."

    return check


def url(value: str | None) -> str | None:
    """`Assert\\Url`."""
    return None if value is None or _URL.fullmatch(value) else "This value is not a valid URL."


def between(least: int, most: int) -> Check:
    """`Assert\\Range`."""

    def check(value: float) -> str | None:
        return None if least <= value <= most else f"This value should be between {least} and {most}."

    return check


def not_negative(value: float | None) -> str | None:
    """`Assert\\GreaterThanOrEqual(0)`."""
    return "This value should be greater than or equal to 0." if value is not None and value < 0 else None
