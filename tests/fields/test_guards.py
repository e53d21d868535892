"""What Kimai's exports put before a text is taken off it, and off no other text."""

from __future__ import annotations

import pytest

from kimai_async.fields.guards import unguarded


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("' =SUM(A1)", "=SUM(A1)"),
        ("' +49 221 1111", "+49 221 1111"),
        ("' -1", "-1"),
        ("' @home", "@home"),
        ("' \n=1", "=1"),
        ("' Hidden", "Hidden"),
        ("' the DDE", "the DDE"),
    ],
)
def test_the_guard_is_taken_off_what_gets_one(cell: str, text: str) -> None:
    assert unguarded(cell) == text


@pytest.mark.parametrize("text", ["' Acme", "'=1", "=1", "' ", "'", "", "' '=1", "Hidden"])
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert unguarded(text) is text
