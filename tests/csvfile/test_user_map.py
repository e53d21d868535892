"""The file of --user-map: what is read, and the one sentence about what cannot be."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import NoReturn

import pytest

from kimai_async.csvfile.user_map import LARGEST, read_user_map
from kimai_async.errors import StoppedError, UsageError


@pytest.mark.parametrize(
    "content",
    [
        b"Anna Muster,anna\nBen,7\n",
        b"Anna Muster;anna\r\nBen;7\r\n",
        b"Anna Muster\tanna\n\nBen\t7",
        b'\xef\xbb\xbf"Anna Muster" , "anna"\n Ben ,7\n,\n',
        "Anna Muster,anna\nBen,7\n".encode("utf-16"),
    ],
)
def test_two_columns_are_read_however_they_are_written(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "users.csv"
    path.write_bytes(content)

    assert [(row.name, row.user) for row in read_user_map(path)] == [("Anna Muster", "anna"), ("Ben", "7")]


def test_windows_1252_is_read_too_and_lines_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_bytes("Name,User\n\nJörg,joerg\n".encode("cp1252"))

    assert [tuple(row) for row in read_user_map(path)] == [(1, "Name", "User"), (3, "Jörg", "joerg")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            b"Anna,anna\nBen\n",
            "--user-map users.csv, line 2: 'Ben' is not a name in the file and a user in Kimai; give",
        ),
        (b"Anna,anna,7\n", "line 1: 'Anna, anna, 7' is not a name in the file and a user in Kimai"),
        (b"Anna,\n", "line 1: 'Anna' is not a name"),
        (b'Ben,7\nAnna,"anna\n', "--user-map users.csv, line 2: a quote opens a field here and none closes it"),
        (b"", "--user-map: users.csv is empty"),
        (b"PK\x03\x04xl/", "--user-map: users.csv is an Excel workbook"),
        (b"x" * (LARGEST + 1), "is too large for a list of users: it takes 1024 KiB at most."),
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "users.csv"
    path.write_bytes(content)

    with pytest.raises(UsageError) as raised:
        read_user_map(path)
    assert told in str(raised.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--user-map .*none\.csv cannot be read: no such file or directory\."):
        read_user_map(tmp_path / "none.csv")


def test_a_process_without_a_handle_for_it_does_not_blame_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Path) -> NoReturn:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(Path, "read_bytes", fails)
    (tmp_path / "users.csv").write_text("Anna,anna\n")
    with pytest.raises(StoppedError, match="ulimit -n"):
        read_user_map(tmp_path / "users.csv")
