"""JSON as text, with and without colours."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import Any

import pytest

from kimai_async.errors import StoppedError
from kimai_async.explorer.calls import Call
from kimai_async.explorer.output import colored, json_text, print_out
from kimai_async.explorer.show import print_answer


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Latin(io.StringIO):
    encoding = "latin-1"


@pytest.mark.parametrize("text", ["a\x1bb", "\x7f", "\x9b", "\u202e", "\ud800", "\U000e0001", "Ä 株 🚀", '\n\t"'])
def test_json_is_the_same_value_after_a_terminal_was_spared(text: str) -> None:
    printed = json_text({text: [text]})

    assert json.loads(printed) == {text: [text]}
    assert all(character == "\n" or character.isprintable() for character in printed)


def test_letters_stay_letters_where_the_output_can_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Latin())
    assert json_text("株") == r'"\u682a"'
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "utf-8"))
    assert json_text("株") == '"株"'


@pytest.mark.parametrize(
    ("variable", "value", "coloured"), [("TERM", "xterm", True), ("TERM", "dumb", False), ("NO_COLOR", "1", False)]
)
def test_colour_is_for_terminals_that_want_it(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, coloured: bool
) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(variable, value)

    assert ("\x1b[" in colored('{"a": 1}')) is coloured


def test_each_kind_of_value_has_its_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm")
    text = json.dumps({'a": 1': 'b \\" true', "n": [-1.5e3, None, True]}, indent=2)
    painted = colored(text)

    assert '\x1b[32m"b \\\\\\" true"\x1b[0m' in painted
    for part in ("\x1b[33m-1500.0\x1b[0m", "\x1b[35mnull\x1b[0m", "\x1b[35mtrue\x1b[0m", '\x1b[36m"n"\x1b[0m'):
        assert part in painted


@pytest.mark.skipif(os.name != "posix", reason="pipes break so on POSIX")
def test_a_reader_that_has_gone_is_no_error_and_the_rest_goes_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        print_out("seen enough")
        print_out("x" * 100_000)
        assert os.write(stream.fileno(), b"still open") == 10


@pytest.mark.parametrize("table", [False, True])
def test_json_too_deep_to_be_printed_is_one_sentence(table: bool) -> None:
    """Python before 3.12 cannot even read it."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(StoppedError, match=r"^The answer is JSON that is nested too deep to be printed\.$"):
        print_answer(Call("things"), deep, table=table)
