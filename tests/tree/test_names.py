from __future__ import annotations

import pytest

from kimai_async.tree.names import cut, forbidden, too_short, trim


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plain", "plain"),
        ("  spaces \t\r\n", "spaces"),
        ("\x00\x1f\x7fcontrols\x7f", "controls"),
        ("\u00a0no-break\u00a0", "no-break"),
        ("\u200bzero width\ufeff", "zero width"),
        ("\u200fright to left\u200e", "right to left"),
        ("\u2003em\u3000", "em"),
        ("ünïcödé", "ünïcödé"),
        ("inner\u00a0 \tkept", "inner\u00a0 \tkept"),
        (" \u00a0 ", ""),
        ("", ""),
    ],
)
def test_trim_removes_unicode_spaces_controls_and_format_characters_at_the_ends_only(given: str, kept: str) -> None:
    assert trim(given) == kept


def test_cut_leaves_150_code_points_as_they_are() -> None:
    assert cut("😀" * 150) == "😀" * 150


def test_cut_keeps_the_first_150_code_points() -> None:
    assert cut("😀" * 151) == "😀" * 150


def test_cut_trims_again_when_it_ends_in_a_space() -> None:
    assert cut("x" * 149 + " and more") == "x" * 149


@pytest.mark.parametrize(
    ("name", "version", "refused"),
    [("ab", (2, 65, 0), False), ("a", (2, 65, 0), True), ("ab", (2, 10, 0), True), ("abc", (2, 10, 0), False)],
)
def test_the_least_length_is_2_and_was_3_before_kimai_2_11(name: str, version: tuple[int, ...], refused: bool) -> None:
    assert (too_short(name, version) is not None) is refused


@pytest.mark.parametrize("character", list('<>"='))
def test_four_characters_are_refused_since_kimai_2_54(character: str) -> None:
    assert character in (forbidden(f"a{character}b", (2, 54, 0)) or "")
    assert forbidden(f"a{character}b", (2, 53, 0)) is None


@pytest.mark.parametrize("name", ["R&D", "it's", "50 %", "{{x}}", "a\\b", "12"])
def test_other_punctuation_is_taken(name: str) -> None:
    assert forbidden(name, (2, 65, 0)) is None
