"""How the database compares and sorts text: close to utf8mb4_unicode_ci, Kimai's collation (doctrine.yaml)."""

from __future__ import annotations

import re
import unicodedata


def fold(text: str) -> str:
    """Equal for texts the collation calls equal: case and accents do not count, nor do spaces at the end."""
    return _bare(text.casefold()).rstrip(" ")


def sort_key(text: str) -> str:
    """Sorts punctuation before digits before letters, and what is outside the BMP last."""
    return "".join(_class(char) + char for char in fold(text))


def like(word: str) -> re.Pattern[str]:
    """A compiled `LIKE '%word%'` for texts that went through `like_fold`: `%`, `_` and the backslash are special."""
    pattern, escaped = "", False
    for char in like_fold(word):
        if char == "\\" and not escaped:
            escaped = True
            continue
        pattern += re.escape(char) if escaped else {"%": ".*", "_": "."}.get(char, re.escape(char))
        escaped = False
    return re.compile(pattern, re.DOTALL)


def like_fold(text: str) -> str:
    """As `fold`, but letter by letter: with LIKE, `straße` is not `strasse`."""
    return _bare(text.lower())


def trim(text: str) -> str:
    """Remove spaces, control and format characters from both ends, as Symfony's `StringUtil::trim` does."""
    start, end = 0, len(text)
    while start < end and _blank(text[start]):
        start += 1
    while end > start and _blank(text[end - 1]):
        end -= 1
    return text[start:end]


def _blank(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] == "Z" or category in {"Cc", "Cf"}


def _bare(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def _class(char: str) -> str:
    if ord(char) > 0xFFFF:
        return "3"
    if char.isalpha():
        return "2"
    return "1" if char.isdigit() else "0"
