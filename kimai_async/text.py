"""Text for a person at a terminal."""

from __future__ import annotations

import unicodedata


def plain(text: str) -> str:
    """Return the text with control and format characters spelled out, so that no terminal obeys them."""
    if text.isprintable():
        return text
    return "".join(
        character if unicodedata.category(character)[0] != "C" else ascii(character)[1:-1] for character in text
    )


def shorten(text: str, most: int = 120) -> str:
    """Return the text on one plain line of at most *most* characters."""
    line = plain(" ".join(text.split()))
    return line if len(line) <= most else f"{line[: most - 1]}…"


def path_text(path: tuple[str, ...]) -> str:
    """Return a path as people read it: `DEMO > FOO > Sales talk`."""
    return " > ".join(shorten(name, 60) for name in path)
