"""What goes to standard output: JSON as text, the same value everywhere, coloured on a terminal."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any

import typer

from kimai_async.terminal.streams import silence

_TOKEN = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*"(?=: ))|(?P<string>"(?:[^"\\]|\\.)*")'
    r"|(?P<word>true|false|null)|(?P<number>-?\d[\d.eE+-]*)"
)
_COLORS = {"key": "36", "string": "32", "word": "35", "number": "33"}


def json_text(value: Any) -> str:
    """Return indented JSON in which no character can be a command to a terminal."""
    encoding = (sys.stdout.encoding or "").lower()
    text = json.dumps(value, indent=2, ensure_ascii=not encoding.startswith("utf"))
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(
        character if character == "\n" or character.isprintable() else _escape(character) for character in text
    )


def _escape(character: str) -> str:
    return r"\u007f" if character == "\x7f" else json.dumps(character)[1:-1]


def colored(text: str) -> str:
    """Return JSON text with colours, if standard output is a terminal that wants them (no-color.org)."""
    wanted = sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("NO_COLOR")
    return _TOKEN.sub(_color, text) if wanted else text


def _color(match: re.Match[str]) -> str:
    return f"\x1b[{_COLORS[str(match.lastgroup)]}m{match[0]}\x1b[0m"


def print_out(text: str) -> None:
    """Print on standard output; raises OSError if it cannot be written, unless its reader has seen enough."""
    try:
        typer.echo(text)
    except BrokenPipeError:
        silence(sys.stdout)
