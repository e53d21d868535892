"""What Kimai makes of a name: how it trims, how long it may be, which characters it refuses."""

from __future__ import annotations

import re
import unicodedata

MAX_LENGTH = 150
"""Code points after trimming (Kimai's `Entity/Customer.php`, `Project.php`, `Activity.php`)."""

FORBIDDEN = '<>"='
"""Refused in names and numbers since Kimai 2.54 (`Validator/Constraints/NoSpecialCharacters.php`)."""

FORBIDDEN_SINCE = (2, 54)
TWO_LETTERS_SINCE = (2, 11)

REPLACEMENTS = {'"': "'", "<": "\u2039", ">": "\u203a", "=": "-"}
"""What stands for each, as near as can be to what people read: the angles become single guillemets."""

_TABLE = str.maketrans(REPLACEMENTS)

_FORMULA_ERROR = re.compile(
    r"#[\u00a1\u00bf]?[^\W\d_a-z][^\W_a-z]*(?:/[^\W_a-z]+)?[!?]|#N/[A-Z]!?|#NV|#{3,}|(?:Err|Fehler):\d+"
)
"""What a spreadsheet shows for a formula that failed: `#REF!`, `#BEZUG!`, `#NOM?`, `#N/A`, `#NV`, `#DIV/0!`, `Err:502`;
or, `####`, for a column that was too narrow. Microsoft translates them, so a shape is looked for and no list."""


def _is_trimmed(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "Z" or category in ("Cc", "Cf")


def trim(name: str) -> str:
    """Return the name without the Unicode spaces, control and format characters at its ends.

    What lies between is kept as it is, as Symfony's `StringUtil::trim` does it for Kimai's forms.
    """
    # All that is trimmed is unprintable but for the space: most names are told to be clean by this alone.
    if name.isprintable() and name[:1] != " " and name[-1:] != " ":
        return name
    start, end = 0, len(name)
    while start < end and _is_trimmed(name[start]):
        start += 1
    while end > start and _is_trimmed(name[end - 1]):
        end -= 1
    return name[start:end]


def cut(name: str) -> str:
    """Return a trimmed name cut at 150 code points, and trimmed again as Kimai would."""
    return name if len(name) <= MAX_LENGTH else trim(name[:MAX_LENGTH])


def too_short(name: str, version: tuple[int, ...]) -> str | None:
    """Return why this version of Kimai finds the trimmed name too short, or None."""
    least = 2 if version >= TWO_LETTERS_SINCE else 3
    return f"has fewer than {least} characters" if len(name) < least else None


def forbidden(name: str, version: tuple[int, ...]) -> str | None:
    """Return why this version of Kimai refuses the name's characters, or None."""
    found = [character for character in FORBIDDEN if character in name]
    if not found or version < FORBIDDEN_SINCE:
        return None
    return f"holds {' '.join(found)}, which Kimai refuses since 2.54"


def sanitize(text: str) -> str:
    """Return a name or number with `" < > =` replaced."""
    return text.translate(_TABLE)


def looks_broken(name: str) -> str | None:
    """Return how a trimmed name looks as if something broke it before, or None; it can be stored all the same."""
    if name.isascii() and name.isprintable() and name[:1] not in ("#", "E", "F"):  # nearly all of them
        return None
    if "\ufffd" in name:
        return "has the sign \ufffd (U+FFFD), which stands for a character that was lost"
    if _FORMULA_ERROR.fullmatch(name):
        return "is what a spreadsheet shows where a formula failed"
    if any(unicodedata.category(character) == "Cc" for character in name):
        return "has a line break or another control character within"
    if _read_wrongly(name):
        return "looks like UTF-8 that was read as Windows-1252"
    return None


def _read_wrongly(name: str) -> bool:
    try:
        return not name.isascii() and len(name.encode("cp1252").decode("utf-8")) < len(name)
    except UnicodeError:
        return False
