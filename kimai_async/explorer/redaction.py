"""Keeps the token out of an answer that gives it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kimai_async.text import Secrets

_PRINTED = frozenset({str, int, float})
_NODES = frozenset({list, dict})


def redacted(answer: Any, secrets: Secrets) -> Any:
    """Return JSON with `***` for each text, key or number that holds a secret; the answer itself is changed.

    It stays JSON, as its text would not: a password may be all digits.
    """
    root = [answer]
    # Most answers hold none, and one long text is searched much faster than many short ones.
    seen = "\n".join(map(str, _leaves(root)))
    if secrets.redact(seen) != seen:
        _redact(root, secrets)
    return root[0]


def _leaves(root: list[Any]) -> set[str | int | float]:
    """Return every key, text and number once, however deep; all of it in one loop, as a list may be of millions."""
    leaves: set[str | int | float] = set()
    left: list[Any] = [root]
    while left:
        node = left.pop()
        if type(node) is dict:
            leaves.update(node)
            node = node.values()
        for value in node:
            if type(value) in _PRINTED:
                leaves.add(value)
            elif type(value) in _NODES:
                left.append(value)
    return leaves


def _redact(root: list[Any], secrets: Secrets) -> None:
    left: list[Any] = [root]
    while left:
        node = left.pop()
        if isinstance(node, list):
            node[:] = [_leaf(value, secrets) for value in node]
        else:
            shown = {secrets.redact(key): _leaf(value, secrets) for key, value in node.items()}
            node.clear()
            node.update(shown)
        left += [value for value in (node if isinstance(node, list) else node.values()) if type(value) in _NODES]


def _leaf(value: Any, secrets: Secrets) -> Any:
    if type(value) not in _PRINTED:
        return value
    text = str(value)
    shown = secrets.redact(text)
    return value if shown == text else shown
