"""The file to import is opened once, can be read twice, and is watched while it is read."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest
from systems import deletion

from kimai_async.csvfile.source import open_source
from kimai_async.errors import CsvError, OutputError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

TREE = b"Customer\nAcme\n"


def test_a_file_is_called_by_its_name_and_an_open_one_by_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TREE)

    with open_source(path) as source:
        assert (source.name, source.path, source.file.read()) == ("a.csv", path, TREE)
    with open_source(io.BytesIO(TREE)) as source:
        assert (source.name, source.path, source.file.read()) == ("the file", None, TREE)
        source.check_whole()


def test_what_cannot_be_read_twice_is_copied() -> None:
    end, begin = os.pipe()
    os.write(begin, TREE)
    os.close(begin)
    with os.fdopen(end, "rb") as file, open_source(file) as source:
        for _ in range(2):
            source.file.seek(0)
            assert source.file.read() == TREE


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TREE)
    with open_source(path) as source:
        source.check_whole()
        source.check_unchanged()
        path.write_bytes(TREE + b"Bolt\n")
        with pytest.raises(CsvError, match=r"^a.csv was changed while it was read; nothing was sent"):
            source.check_whole()
        with pytest.raises(OutputError, match=r"^a.csv was changed during the import"):
            source.check_unchanged()


@deletion
def test_a_file_that_is_deleted_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TREE)
    with open_source(path) as source:
        path.unlink()
        with pytest.raises(CsvError, match=r"^a.csv was changed while it was read; nothing was sent"):
            source.check_whole()


def test_a_folder_and_a_file_that_is_not_there_are_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder; name a CSV file in it"), open_source(tmp_path):
        pass
    with pytest.raises(UsageError, match="cannot be read: no such file or directory"), open_source(tmp_path / "b.csv"):
        pass


def test_a_disk_that_fails_is_a_sentence_about_the_file() -> None:
    with (
        open_source(io.BytesIO(TREE)) as source,
        pytest.raises(UsageError, match=r"^the file cannot be read: input/output error"),
        source.readable(),
    ):
        raise OSError(5, "Input/output error")
