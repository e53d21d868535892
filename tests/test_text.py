"""Secrets are kept out of a text in every form in which a server may give them back."""

from __future__ import annotations

import base64
import html
import json
import sys
import unicodedata
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimai_async.text import Secrets, plain, plain_lines, shorten

TOKEN = 'a"b/c+d~\\e-f_0123.456789=='


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "form",
    [
        TOKEN,
        json.dumps(TOKEN)[1:-1],
        json.dumps(TOKEN)[1:-1].replace("/", "\\/"),  # PHP
        json.dumps(json.dumps(TOKEN))[3:-3],
        "".join(f"\\u{ord(character):04X}" for character in TOKEN),
        repr(TOKEN)[1:-1],
        quote(TOKEN),
        quote(TOKEN, safe=""),
        quote_plus(TOKEN).lower(),
        quote(quote(TOKEN, safe=""), safe=""),
        html.escape(TOKEN),
        "".join(f"&#{ord(character)};" for character in TOKEN),
        "".join(f"&#x{ord(character):x};" for character in TOKEN),
        TOKEN[:8],
        TOKEN[:20] + "…",
    ],
)
def test_a_secret_is_replaced_in_every_form(form: str) -> None:
    shown = Secrets([TOKEN]).redact(f"Authorization: Bearer {form}; and {form}")

    assert shown.replace("***…", "***") == "Authorization: Bearer ***; and ***"


@pytest.mark.parametrize("before", ["", "a:", "ab:", "abc:", "susan_super:"])
@pytest.mark.parametrize("after", ["", "x", "xy"])
def test_base64_shows_nothing_of_a_secret_wherever_it_lies_in_it(before: str, after: str) -> None:
    for coded in (b64(before + TOKEN + after), b64(before + TOKEN + after).replace("+", "-").replace("/", "_")):
        shown = Secrets([TOKEN]).redact(f"Basic {coded} end")

        assert shown.endswith("*** end")
        assert len(shown) <= len("Basic *** end") + len(b64(before))


def test_a_beginning_of_fewer_than_eight_characters_is_no_secret() -> None:
    assert Secrets([TOKEN]).redact(TOKEN[:7]) == TOKEN[:7]


def test_a_secret_that_shortening_has_cut_is_found_all_the_same() -> None:
    token = "0123456789abcdef" * 4
    text = shorten(f"X-AUTH-TOKEN: {token}", 40)

    assert "0123456" in text
    assert Secrets([token]).redact(text) == "X-AUTH-TOKEN: ***…"


@pytest.mark.parametrize(
    ("secret", "shown"), [("four", "a *** b"), ("thr", "a thr b"), ("", "a  b"), ("  four\n", "a *** b")]
)
def test_secrets_of_fewer_than_four_characters_are_not_looked_for(secret: str, shown: str) -> None:
    assert Secrets([secret]).redact(f"a {secret.strip()} b") == shown


def test_a_password_with_a_space_is_found_where_spaces_were_made_one() -> None:
    assert Secrets(["open  sesame"]).redact("open sesame, open+sesame, open%20%20sesame") == "***, ***, ***"


@given(st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S")), min_size=4, max_size=80), st.text())
def test_no_secret_survives(secret: str, around: str) -> None:
    text = around + secret + around

    assert secret not in Secrets([secret]).redact(text) or secret in "***"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\rc\x0bd\x0ce", r"a\nb\rc\x0bd\x0ce"),
        ("a\u2028b\u2029c\x85d", r"a\u2028b\u2029c\x85d"),
        ("\u202etxt.exe\u202c \u2066a\u2069 \u200f\u061c", r"\u202etxt.exe\u202c \u2066a\u2069 \u200f\u061c"),
        ("\x1b[2J\x9b0m\x7f\t", r"\x1b[2J\x9b0m\x7f\t"),
        (
            "zero\u200bwidth\ufeff soft\xadhyphen \ud800 \U000e0041",
            r"zero\u200bwidth\ufeff soft\xadhyphen \ud800 \U000e0041",
        ),
        ("Müller, 東京 😀\xa0e\u0301 \u3000", "Müller, 東京 😀\xa0e\u0301 \u3000"),
    ],
)
def test_no_terminal_obeys_a_plain_text(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_a_plain_text_is_one_line_and_reads_from_one_side_whatever_character_is_in_it() -> None:
    everything = plain("".join(map(chr, range(sys.maxunicode + 1))))

    assert everything.splitlines() == [everything]
    turns = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    assert not turns & set(map(unicodedata.bidirectional, everything))
    assert plain(everything) == everything


def test_lines_stay_lines_where_they_are_meant() -> None:
    assert plain_lines("one\ntwo\u2028three\r") == "one\ntwo\\u2028three\\r"
