"""Addresses of mail and of web pages as Kimai takes them in a cell."""

from __future__ import annotations

import re

from kimai_async.fields.value_type import BadValueError

_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_EMAIL = re.compile(rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})+")
_BRACKETS = r"\[[0-9a-f:.]+\]"
_PORT_AND_PATH = r"(?::[0-9]{1,5})?(?:[/?#]\S*)?"
_HOST_FIRST = re.compile(rf"(?:[^\W_][\w-]*(?:\.[\w-]+)+|localhost|{_BRACKETS}){_PORT_AND_PATH}", re.IGNORECASE)
_URL = re.compile(rf"https?://(?:[^\s/?#@]+@)?(?:[^\W_][\w.-]*|{_BRACKETS}){_PORT_AND_PATH}", re.IGNORECASE)


def email(text: str) -> str:
    """Return the address if it is one as HTML 5 has it (Symfony's `EmailValidator.php`); raises BadValueError."""
    if not _EMAIL.fullmatch(text):
        raise BadValueError("is no e-mail address; write one such as info@example.org")
    return text


def homepage(text: str) -> str:
    """Return the address of a web page, with a scheme; raises BadValueError.

    A single word is refused: without a point it is more likely a remark than a host.
    """
    address = with_scheme(text)
    if not _URL.fullmatch(address):
        raise BadValueError("is no address of a web page; write one such as https://example.org")
    return address


def with_scheme(address: str) -> str:
    """Return an address that begins with its host with `https://` before it, as `Form/CustomerEditForm.php` does."""
    return f"https://{address}" if _HOST_FIRST.fullmatch(address) else address
