"""What every type of value can do; the types themselves are in `values.py`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class BadValueError(ValueError):
    """A cell that is not what its field takes; the message, said after the cell, tells what is allowed."""


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
        """Tell whether the JSON value that Kimai shows is this value; null is nothing."""
        return bool(self._comparable(value) == self._comparable(shown))

    @abstractmethod
    def _read(self, text: str) -> Any: ...

    def _comparable(self, value: Any) -> Any:
        """Return what two equal values, read or shown, have in common."""
        return "" if value is None else value


def check_length(text: str, most: int) -> str:
    """Return the text if it has at most so many code points; raises BadValueError."""
    if len(text) > most:
        raise BadValueError(f"has {len(text)} characters; Kimai takes {most}")
    return text
