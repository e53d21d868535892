"""Remarks on lines of a file, and the error that lists them."""

from __future__ import annotations

from kimai_async.errors import CsvError

SHOWN = 20
"""How many remarks are spelled out; the rest is counted."""


class Notes:
    """Remarks on lines of the file: the first twenty in words, all of them counted."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.count = 0

    def add(self, line: int, column: str, text: str) -> None:
        """Note something about a line and a column (may be empty)."""
        self.note(f"line {line}, {column}: {text}" if column else f"line {line}: {text}")

    def note(self, text: str) -> None:
        """Note something about the file."""
        self.count += 1
        if len(self.shown) < SHOWN:
            self.shown.append(text)

    def lines(self) -> list[str]:
        """Return what to print: the first ones, and how many more."""
        more = self.count - len(self.shown)
        return [*self.shown, f"and {more} more"] if more else list(self.shown)

    def refuse(self, name: str) -> None:
        """Raise CsvError with all that was noted, if anything was."""
        if self.count:
            problems = "1 problem" if self.count == 1 else f"{self.count} problems"
            text = "\n".join(f"  {line}" for line in self.lines())
            raise CsvError(f"{name} cannot be imported, {problems}; nothing was sent.\n{text}")
