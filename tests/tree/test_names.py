from __future__ import annotations

import pytest

from kimai_async.tree.names import cut, forbidden, looks_broken, too_short, trim


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


# From Excel in English, German, French, Spanish, Italian, Dutch, Polish and Portuguese, and from LibreOffice.
FORMULA_ERRORS = """
    #REF! #N/A #NAME? #VALUE! #DIV/0! #NULL! #NUM! #SPILL! #CALC! #BEZUG! #NV #WERT! #ZAHL! #ÜBERLAUF!
    #NOM? #VALEUR! #NOMBRE! #PROPAGATION! #¡REF! #¿NOMBRE? #¡VALOR! #¡DIV/0! #¡NUM! #RIF! #NOME? #VALORE! #N/D
    #VERW! #NAAM? #WAARDE! #DEEL/0! #GETAL! #N/B #ADR! #NAZWA? #ARG! #DZIEL/0! #LICZBA! #N/D! #NÚM!
    ### ######## Err:502 Fehler:522
"""


@pytest.mark.parametrize("name", FORMULA_ERRORS.split())
def test_what_a_spreadsheet_shows_for_a_failed_formula_is_no_name(name: str) -> None:
    assert looks_broken(name) == "is what a spreadsheet shows where a formula failed"


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("M\ufffdller", "has the sign \ufffd (U+FFFD), which stands for a character that was lost"),
        ("Ac\nme", "has a line break or another control character within"),
        ("Ac\x00me", "has a line break or another control character within"),
        ("Ac\x9cme", "has a line break or another control character within"),
        ("MÃ¼ller", "looks like UTF-8 that was read as Windows-1252"),
        ("â\u201a¬uro", "looks like UTF-8 that was read as Windows-1252"),
    ],
)
def test_a_name_that_something_broke_before_is_told(name: str, how: str) -> None:
    assert looks_broken(name) == how


@pytest.mark.parametrize(
    "name",
    [
        *("Acme", "Müller", "日本 🎉", "École", "“Acme”", "São João", "№ 5", "Ltd\u00a0& Co", "«CAFÉ» Ö"),
        *("#1", "#hashtag", "C#", "# 7", "##", "#Sale!", "#REF", "REF!", "#REF! x", "Error", "Fehler", "Err:", "E!"),
    ],
)
def test_a_name_that_only_looks_odd_is_none_of_these(name: str) -> None:
    assert looks_broken(name) is None
