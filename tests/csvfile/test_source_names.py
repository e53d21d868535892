"""Whatever stands in a file's name, a sentence about it is one line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from commands import Command

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")

NAME = "two\nlines\x1b[31m.csv"
SHOWN = r"two\nlines\x1b[31m.csv"
TREE = "Customer,Project,Activity\nAcme,Web,Design\n"


def told(command: Command, path: Path, *options: str) -> list[str]:
    return command(path, "--sandbox", *options).err.splitlines()


def test_a_line_break_in_the_name_is_spelled_out_wherever_the_name_is_said(command: Command, tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_text(TREE)

    first, *_, last = told(command, path)
    assert first == f"{SHOWN}: UTF-8, delimiter comma"
    assert last.startswith(f"Everything in {SHOWN} is on the server.")

    path.write_bytes(TREE.encode() + b"M\xfcller,Web,Design\n")
    assert told(command, path)[1].startswith(f"warning: {SHOWN} is not UTF-8 (line 3, character 2")

    path.write_text(TREE + '"Acme,Web,Design\n')
    assert told(command, path)[-1].startswith(f"error: {SHOWN}, line 3: a quote opens a field here")


def test_a_line_break_in_the_name_of_what_cannot_be_read_is_spelled_out(command: Command, tmp_path: Path) -> None:
    path = tmp_path / NAME
    assert told(command, path) == [f"error: {tmp_path}/{SHOWN} cannot be read: no such file or directory."]

    path.mkdir()
    assert told(command, path) == [f"error: {tmp_path}/{SHOWN} is a folder; name a CSV file in it."]
