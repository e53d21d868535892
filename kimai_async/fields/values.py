"""What a cell becomes for Kimai: one type for each kind of field."""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from kimai_async.fields import codes, spellings
from kimai_async.fields.spellings import BadValueError
from kimai_async.tree.lookalikes import fold

__all__ = [
    "BadValueError",
    "BudgetType",
    "Color",
    "Country",
    "Currency",
    "Date",
    "Duration",
    "Email",
    "Flag",
    "Homepage",
    "Identity",
    "Language",
    "Money",
    "Number",
    "Teams",
    "Text",
    "Timezone",
    "ValueType",
]

MOST_BYTES = 65_535
"""What a column of the type TEXT holds; Kimai answers 500 to more (measured with 2.65.0)."""

_FLAGS = {
    **dict.fromkeys(("yes", "y", "true", "1", "on", "x", "ja", "j", "wahr", "oui", "si"), True),
    **dict.fromkeys(("no", "n", "false", "0", "off", "nein", "falsch", "non", "nee"), False),
}
_BUDGET_TYPES: dict[str, str | None] = {
    **dict.fromkeys(("month", "monthly", "monat", "monatlich"), "month"),
    **dict.fromkeys(("full", "none", "gesamt", "lifetime", "total")),
}
_LOCALE = re.compile(r"([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|[0-9]{3}))?", re.ASCII | re.IGNORECASE)
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}|[^\W_](?:[\w -]*[^\W_])?")
_IDENTITY = re.compile(r"0{0,9}[1-9][0-9]{0,17}")
_BETWEEN_TEAMS = re.compile(r"[,;|\s]+")


class ValueType(ABC):
    """How a field's value is read from a cell, sent to Kimai, and compared with what Kimai shows."""

    __slots__ = ()

    def read(self, text: str, date_format: str | None) -> Any:  # noqa: ARG002 - only dates have a format
        """Return the value of a cell that is trimmed and not empty; raises BadValueError."""
        return self._read(text)

    def create(self, value: Any) -> Any:
        """Return the JSON value for a create."""
        return value

    def patch(self, value: Any) -> Any:
        """Return the JSON value for a PATCH."""
        return self.create(value)

    def same(self, value: Any, shown: Any) -> bool:
        """Tell whether the value of another cell, or the JSON value that Kimai shows, means this; null is nothing."""
        return bool(self._comparable(value) == self._comparable(shown))

    def shows(self, shown: Any) -> bool:
        """Tell whether a JSON value is one that Kimai could show for this, so that it can be compared."""
        return shown is None or self._shows(shown)

    def write(self, value: Any) -> str:
        """Return a value as a cell could have it, for people."""
        return str(value)

    def _shows(self, shown: Any) -> bool:
        return isinstance(shown, str)

    @abstractmethod
    def _read(self, text: str) -> Any: ...

    def _comparable(self, value: Any) -> Any:
        """Return what two equal values, read or shown, have in common."""
        return "" if value is None else value


def check_length(text: str, most: int) -> str:
    """Return the text if it has at most so many code points; raises BadValueError."""
    if len(text) > most:
        raise BadValueError(f"has {len(text):,} characters; Kimai takes {most}, so shorten it")
    return text


@dataclass(frozen=True, slots=True)
class Text(ValueType):
    """Text of at most so many code points; None stands for 65 535 bytes in UTF-8 (`comment`, `invoiceText`)."""

    most: int | None

    def _read(self, text: str) -> str:
        if self.most is not None:
            return check_length(text, self.most)
        size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
        if size > MOST_BYTES:
            raise BadValueError(f"has {size:,} bytes as UTF-8; Kimai takes {MOST_BYTES:,}, so shorten it")
        return text

    def _comparable(self, value: Any) -> Any:
        """Two ways to end a line, or to write an accent, are the same to who reads it."""
        text: str = value or ""
        if text.isascii() and "\r" not in text:
            return text
        return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


@dataclass(frozen=True, slots=True)
class Number(ValueType):
    """A number such as K-0001; one of more than so many code points is left to the caller to cut."""

    most: int

    def _read(self, text: str) -> str:
        return text

    def _shows(self, shown: Any) -> bool:
        return isinstance(shown, str) or (type(shown) is int and spellings.is_amount(shown))

    def _comparable(self, value: Any) -> Any:
        """A server that shows a number without its quotes means the same."""
        return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Flag(ValueType):
    """Yes or no, in English, German, French, Italian, Spanish or Dutch; Kimai takes JSON's booleans only."""

    def _read(self, text: str) -> bool:
        value = _FLAGS.get(fold(text))
        if value is None:
            raise BadValueError("is neither yes nor no; write yes or no")
        return value

    def write(self, value: Any) -> str:
        """Return `yes` or `no`."""
        return "yes" if value else "no"

    def _shows(self, shown: Any) -> bool:
        return isinstance(shown, bool)

    def _comparable(self, value: Any) -> Any:
        return bool(value)


@dataclass(frozen=True, slots=True)
class Money(ValueType):
    """A budget; see `spellings.money`."""

    def _read(self, text: str) -> float:
        return spellings.money(text)

    def write(self, value: Any) -> str:
        """Return the amount with two decimals."""
        return f"{value:.2f}"

    def _shows(self, shown: Any) -> bool:
        return spellings.is_amount(shown)

    def _comparable(self, value: Any) -> Any:
        return spellings.cents(value)


@dataclass(frozen=True, slots=True)
class Duration(ValueType):
    """A time budget in seconds; see `spellings.seconds`. A bare number means hours to Kimai (`Utils/Duration.php`)."""

    def _read(self, text: str) -> int:
        return spellings.seconds(text)

    def create(self, value: Any) -> Any:
        """Return the seconds with their unit."""
        return f"{value}s"

    def write(self, value: Any) -> str:
        """Return hours, minutes and, if there are any, seconds: `1:30`, `0:00:45`."""
        minutes, seconds = divmod(value, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}" + (f":{seconds:02}" if seconds else "")

    def _shows(self, shown: Any) -> bool:
        return spellings.is_amount(shown)

    def _comparable(self, value: Any) -> Any:
        return int(spellings.cents(value))


@dataclass(frozen=True, slots=True)
class Date(ValueType):
    """A day; see `spellings.day`. Kimai sets the time of `start` and `end` itself (`Form/ProjectEditForm.php`)."""

    def read(self, text: str, date_format: str | None) -> Any:
        """Return the day as `YYYY-MM-DD`, read with `strptime`'s format if there is one; raises BadValueError."""
        return self._read(text) if date_format is None else spellings.day(text, date_format)

    def patch(self, value: Any) -> Any:
        """Return the day with a time, which a PATCH must have (`API/ProjectController.php`)."""
        return f"{value}T00:00:00"

    def _read(self, text: str) -> str:
        return spellings.day(text, None)

    def _comparable(self, value: Any) -> Any:
        return (value or "")[:10]


@dataclass(frozen=True, slots=True)
class Country(ValueType):
    """A code of ISO 3166-1, or a name in any language of Kimai's interface; Kimai takes the code in capitals."""

    def _read(self, text: str) -> str:
        code = codes.country(text)
        if code is None:
            raise BadValueError("is no country; give a two-letter code such as DE (ISO 3166-1)")
        return code


@dataclass(frozen=True, slots=True)
class Currency(ValueType):
    """Three letters (ISO 4217); which codes there are depends on the server's ICU data, so that only it can tell."""

    def _read(self, text: str) -> str:
        if not _CURRENCY.fullmatch(text):
            raise BadValueError("is no currency; give a three-letter code such as EUR (ISO 4217)")
        return text.upper()


@dataclass(frozen=True, slots=True)
class Timezone(ValueType):
    """A current name of the timezone database; Kimai refuses legacy ones such as `US/Eastern`."""

    def _read(self, text: str) -> str:
        name = codes.timezone(text)
        if name is None:
            raise BadValueError("is no timezone; give a name such as Europe/Berlin")
        return name


@dataclass(frozen=True, slots=True)
class Language(ValueType):
    """A locale of Kimai's interface: `de`, `pt_BR`, `zh_Hant_TW`; which ones there are only the server can tell."""

    def _read(self, text: str) -> str:
        found = _LOCALE.fullmatch(text)
        if found is None:
            raise BadValueError("is no language; give a locale such as de or pt_BR")
        language, script, region = found.groups("")
        return "_".join(filter(None, (language.lower(), script.title(), region.upper())))


@dataclass(frozen=True, slots=True)
class Email(ValueType):
    """An address as HTML 5 has it (`Entity/Customer.php`, Symfony's `EmailValidator.php`)."""

    most: int

    def _read(self, text: str) -> str:
        return check_length(spellings.email(text), self.most)


@dataclass(frozen=True, slots=True)
class Homepage(ValueType):
    """The address of a web page; one without scheme gets `https://`, as in `Form/CustomerEditForm.php`."""

    most: int = 100

    def _read(self, text: str) -> str:
        return check_length(spellings.homepage(text), self.most)

    def _comparable(self, value: Any) -> Any:
        return spellings.with_scheme(value or "")


@dataclass(frozen=True, slots=True)
class Color(ValueType):
    """`#rrggbb`, or a colour's name that is looked up in the server's palette later."""

    def _read(self, text: str) -> str:
        if not _COLOR.fullmatch(text):
            raise BadValueError("is no colour; write #c0c0c0 or a name such as Silver")
        return text

    def _comparable(self, value: Any) -> Any:
        return (value or "").casefold()


@dataclass(frozen=True, slots=True)
class BudgetType(ValueType):
    """A budget for each month, or (None) for good (`Form/Type/BudgetType.php`)."""

    def _read(self, text: str) -> str | None:
        word = fold(text)
        if word not in _BUDGET_TYPES:
            raise BadValueError("is no kind of budget; write month or full")
        return _BUDGET_TYPES[word]

    def write(self, value: Any) -> str:
        """Return `month` or `full`."""
        return value or "full"


@dataclass(frozen=True, slots=True)
class Identity(ValueType):
    """The id of something on the server, which is never compared with what that shows."""

    def _read(self, text: str) -> int:
        if not _IDENTITY.fullmatch(text):
            raise BadValueError("is no id; write a whole number above 0")
        return int(text)


@dataclass(frozen=True, slots=True)
class Teams(ValueType):
    """The ids of teams, separated by commas, semicolons, bars or spaces; their order counts for nothing."""

    def _read(self, text: str) -> list[int]:
        written = [part for part in _BETWEEN_TEAMS.split(text) if part]
        if not written or not all(map(_IDENTITY.fullmatch, written)):
            raise BadValueError("is no list of team ids; write whole numbers such as 3, 7")
        return sorted({int(part) for part in written})

    def write(self, value: Any) -> str:
        """Return the ids with commas between them."""
        return ", ".join(map(str, value))

    def _comparable(self, value: Any) -> Any:
        """The server shows objects with an id."""
        return {team["id"] if isinstance(team, dict) else team for team in value or ()}
