"""The record of what a run has opened: read as it was written, and refused where it may be another's."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import NoReturn

import pytest

from kimai_async.csvfile.reopened import Closed, read_reopened, reopened_path, write_reopened
from kimai_async.errors import OutputError, StoppedError, UsageError
from kimai_async.tree.nodes import Level

KIMAI = "https://kimai.example.com/api"
ROWS = [
    Closed(Level.CUSTOMER, 3, "Acme", False, None),
    Closed(Level.PROJECT, 4, 'a "quoted",\nname', True, "2020-12-31"),
    Closed(Level.ACTIVITY, 5, "Ärger", False, None),
]
HEADING = '"Kimai","Level","Id","Name","Visible","End"\n'


def test_it_stands_beside_the_input() -> None:
    assert reopened_path(Path("folder/hours.csv")) == Path("folder/hours.reopened.csv")
    assert reopened_path(None) == Path("stdin.reopened.csv")


def test_what_was_written_is_read_and_no_record_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "hours.reopened.csv"
    before = read_reopened(path, KIMAI)
    write_reopened(path, KIMAI, ROWS)
    write_reopened(path, KIMAI, ROWS)

    assert (before, read_reopened(path, KIMAI)) == ([], ROWS)
    assert list(tmp_path.iterdir()) == [path]


def test_the_record_of_another_kimai_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "hours.reopened.csv"
    write_reopened(path, KIMAI, ROWS)

    with pytest.raises(UsageError, match=r"left open in https://kimai\.example\.com/api, not in http://other/api; run"):
        read_reopened(path, "http://other/api")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "Customer,Project\nAcme,Site\n",
        f"{HEADING}{KIMAI},project,x,Name,yes,\n",
        f"{HEADING}{KIMAI},team,4,Name,yes,\n",
        f"{HEADING}{KIMAI},project,4,Name,maybe,\n",
        f"{HEADING}{KIMAI},project,4,Name,yes,soon\n",
        f"{HEADING}{KIMAI},project\n",
    ],
)
def test_what_is_no_record_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "hours.reopened.csv"
    path.write_text(content)

    with pytest.raises(UsageError, match="is no record of what a run has opened; move it away"):
        read_reopened(path, KIMAI)


@pytest.mark.parametrize("content", [b"\xff\xfe", b'"open', None])
def test_what_cannot_be_read_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "hours.reopened.csv"
    path.mkdir() if content is None else path.write_bytes(content)

    with pytest.raises(UsageError, match=r"hours\.reopened\.csv cannot be read: "):
        read_reopened(path, KIMAI)


def test_a_process_without_a_handle_for_it_does_not_blame_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(Path, "open", fails)
    with pytest.raises(StoppedError, match="ulimit -n"):
        read_reopened(tmp_path / "hours.reopened.csv", KIMAI)


def test_what_cannot_be_written_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="so nothing was opened"):
        write_reopened(tmp_path / "none" / "hours.reopened.csv", KIMAI, ROWS)
    (tmp_path / "folder.reopened.csv").mkdir()
    with pytest.raises(OutputError, match="so nothing was opened"):
        write_reopened(tmp_path / "folder.reopened.csv", KIMAI, ROWS)

    assert [path.name for path in tmp_path.iterdir()] == ["folder.reopened.csv"]
