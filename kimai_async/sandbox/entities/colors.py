"""The colour of what has none (`getColorSafe` in ColorTrait.php, Utils/Color.php)."""

from __future__ import annotations

import zlib

_PALETTE = ("#DDDDDD", "#03A9F4", "#3D9970", "#FF851B", "#85144b", "#39CCCC", "#F012BE", "#5319e7", "#4CAF50")


def color_safe(name: str, color: str | None) -> str:
    """The colour itself, else one that depends on nothing but the name."""
    return color or _PALETTE[zlib.crc32(name.encode()) % len(_PALETTE)]
