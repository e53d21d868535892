"""Free text search in lists: `term=` (SearchTerm.php, SearchHelper.php)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.sandbox.storage.collation import like, like_fold
from kimai_async.sandbox.storage.setup import find

if TYPE_CHECKING:
    from collections.abc import Callable

    from kimai_async.sandbox.profile import Profile
    from kimai_async.sandbox.storage.store import Level, Row

_SEARCHED: dict[Level, tuple[str, ...]] = {
    "customers": (
        *("name", "comment", "company", "vatId", "number", "contact", "phone", "email", "address", "invoiceEmail"),
    ),
    "projects": ("name", "comment", "orderNumber", "number"),
    "activities": ("name", "comment", "number"),
}


def matcher(level: Level, term: str, profile: Profile) -> Callable[[Row], bool]:
    """Whether a row is found; `word:value` looks into its custom fields (the values `*` and `~` are not special)."""
    words = [word for word in term.split() if not _is_custom_field(word)]
    custom = [word.partition(":") for word in term.split() if _is_custom_field(word)]
    term = " ".join(words) if custom else term
    wanted = [word for word in words if not word.startswith("!")] if profile.split_search else [term]
    unwanted = [word[1:] for word in words if word.startswith("!")] if profile.split_search else []
    must, must_not = ([like(word) for word in some if word] for some in (wanted, unwanted))

    def matches(row: Row) -> bool:
        texts = [like_fold(str(row.fields.get(name) or "")) for name in _SEARCHED[level]]
        found = [any(pattern.search(text) for text in texts) for pattern in must]
        if not all(found) or not all(_has(row, name, value) for name, _, value in custom):
            return False
        return not any(pattern.search(text) for pattern in must_not for text in texts)

    return matches


def _has(row: Row, name: str, value: str) -> bool:
    custom = find(row.fields.get("metaFields", ()), name)
    return bool(custom and custom["value"] and like(value).search(like_fold(custom["value"])))


def _is_custom_field(word: str) -> bool:
    name, _, value = word.partition(":")
    return bool(name and value)
