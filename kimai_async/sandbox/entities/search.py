"""Free text search in lists: `term=` (SearchTerm.php, SearchHelper.php)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kimai_async.sandbox.storage.collation import like, like_fold
from kimai_async.sandbox.storage.setup import find

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kimai_async.sandbox.profile import Profile
    from kimai_async.sandbox.storage.store import Kind

_SEARCHED: dict[Kind, tuple[str, ...]] = {
    "customers": (
        *("name", "comment", "company", "vatId", "number", "contact", "phone", "email", "address", "invoiceEmail"),
    ),
    "projects": ("name", "comment", "orderNumber", "number"),
    "activities": ("name", "comment", "number"),
    "timesheets": ("description",),
    "users": ("alias", "title", "accountNumber", "email", "username"),
}


def matcher(level: Kind, term: str, profile: Profile) -> Callable[[Mapping[str, Any]], bool]:
    """Whether values are found; `word:value` looks into its custom fields (the values `*` and `~` are not special)."""
    words = [word for word in term.split() if not _is_custom_field(word)]
    custom = [word.partition(":") for word in term.split() if _is_custom_field(word)]
    term = " ".join(words) if custom else term
    wanted = [word for word in words if not word.startswith("!")] if profile.split_search else [term]
    unwanted = [word[1:] for word in words if word.startswith("!")] if profile.split_search else []
    must, must_not = ([like(word) for word in some if word] for some in (wanted, unwanted))

    def matches(fields: Mapping[str, Any]) -> bool:
        texts = [like_fold(str(fields.get(name) or "")) for name in _SEARCHED[level]]
        found = [any(pattern.search(text) for text in texts) for pattern in must]
        if not all(found) or not all(_has(fields, name, value) for name, _, value in custom):
            return False
        return not any(pattern.search(text) for pattern in must_not for text in texts)

    return matches


def _has(fields: Mapping[str, Any], name: str, value: str) -> bool:
    custom = find(fields.get("metaFields", ()), name)
    return bool(custom and custom["value"] and like(value).search(like_fold(custom["value"])))


def _is_custom_field(word: str) -> bool:
    name, _, value = word.partition(":")
    return bool(name and value)
