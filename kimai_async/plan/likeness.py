"""How two names that look alike differ, in words."""

from __future__ import annotations

import unicodedata
from typing import Literal


def difference(one: str, other: str) -> str:
    """Return what follows after two names that `fold` makes one: how they differ."""
    if _same(one, other, "NFC"):
        return "look the same and differ only in how their accents are stored (Unicode normalisation)"
    if _same(one, other, "NFKC"):
        return "look alike and differ only in characters such as another kind of blank"
    return "differ only in letter case or accents"


def _same(one: str, other: str, form: Literal["NFC", "NFKC"]) -> bool:
    return unicodedata.normalize(form, one) == unicodedata.normalize(form, other)
