"""Colours of the file beside those that a server has to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.csvfile.notes import About, listed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from kimai_async.csvfile.notes import Notes
    from kimai_async.plan.cells import Cells
    from kimai_async.tree.nodes import Node

_NAMED = 30
"""How many of the server's colours a sentence names."""


class Palette:
    """The colours that a server has to choose from, value by name; None or empty if it does not tell."""

    def __init__(self, colors: Mapping[str, str] | None) -> None:
        self.colors = colors or {}
        self._known = {text.casefold(): value for pair in self.colors.items() for text in pair for value in pair[1:]}

    def __bool__(self) -> bool:
        return bool(self.colors)

    def has(self, color: str) -> bool:
        """Tell whether the server has this very colour, by name or value."""
        return color.casefold() in self._known

    def meant(self, color: str) -> str:
        """Return the value that the server has for a colour, or the nearest; a colour that it cannot know as it is."""
        known = self._known.get(color.casefold())
        if known is None and self and color.startswith("#"):
            known = nearest(color, self.colors)[1]
        return color.casefold() if known is None else known


def resolve_colors(palette: Palette, nodes: Iterable[Node], cells: Cells, problems: Notes, warnings: Notes) -> None:
    """Make every colour of these nodes one that the server has; Kimai's API takes no other.

    The nearest stands in for one that is not there, which is told once a colour; what is no colour is a problem.
    """
    told: set[str] = set()
    for node in nodes if palette else ():
        assert node.values is not None
        wanted = str(node.values["color"])
        where = cells.line(node, "color"), cells.heading(node.level, "color")
        if palette.has(wanted) or wanted.startswith("#"):
            node.values["color"] = palette.meant(wanted)
            if not palette.has(wanted) and wanted not in told:
                name = nearest(wanted, palette.colors)[0]
                text = f"{wanted!r} is none of this Kimai's colours; it becomes {name}, the nearest"
                warnings.add(*where, text, About.COLORS)
                told.add(wanted)
        else:
            text = f"{wanted!r} is none of this Kimai's colours; give one of {listed(palette.colors, _NAMED)}"
            problems.add(*where, text, About.SERVER)


def compare_colors(palette: Palette, nodes: Collection[Node], cells: Cells, warnings: Notes) -> None:
    """Note the colours that rows give these nodes beside the one that counts, unless they are the same here."""
    for node, line, heading, counts, other in cells.other_colors:
        if node in nodes and palette.meant(counts) != palette.meant(other):
            cells.note_other(node, "color", line, heading, counts, other, warnings)


def nearest(color: str, palette: Mapping[str, str]) -> tuple[str, str]:
    """Return the name and value of the palette's colour that differs least from `#rrggbb`, by red, green and blue."""

    def distance(item: tuple[str, str]) -> int:
        return sum((one - other) ** 2 for one, other in zip(_rgb(color), _rgb(item[1]), strict=True))

    return min(palette.items(), key=distance)


def _rgb(color: str) -> bytes:
    try:
        return bytes.fromhex(color.removeprefix("#"))[:3].ljust(3, b"\0")
    except ValueError:
        return b"\0\0\0"
