"""Whatever happens, a bug or too little memory: rejects and report are written, the summary is the last line."""

from __future__ import annotations

import csv
import errno
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from importing import post
from processes import run
from trees import write_rows

from kimai_async.create.engine import Engine
from kimai_async.errors import BugError, CsvError, StoppedError, as_error, first_of
from kimai_async.sandbox.serve import serving
from kimai_async.tree.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commands import Command, Result

    from kimai_async.sandbox.serve import Serving


@pytest.fixture
def server() -> Iterator[Serving]:
    with serving() as running:
        yield running


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that gets the traceback."""
    (tmp_path / "logs").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "logs"))
    return tmp_path / "logs"


def breaks(monkeypatch: pytest.MonkeyPatch, what: str, error: BaseException) -> None:
    def broken(*arguments: Any, **options: Any) -> None:
        raise error

    monkeypatch.setattr(f"kimai_async.{what}", broken)


def last_of(result: Result) -> Any:
    summary = result.lines[-1]
    assert summary["type"] == "summary"
    assert summary["exit_code"] == result.code
    return summary


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (RuntimeError("it broke"), "this is a bug (RuntimeError); the details are in "),
        (RecursionError(), "this is a bug (RecursionError); the details are in "),
        (MemoryError(), "there is too little memory (MemoryError); the details are in "),
        (ExceptionGroup("lanes", [LookupError(), KeyError()]), "this is a bug (LookupError); the details are in "),
    ],
)
def test_a_bug_among_the_creates_still_ends_with_rejects_report_and_summary(
    command: Command,
    server: Serving,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    log: Path,
    error: Exception,
    sentence: str,
) -> None:
    for _ in range(2):
        post(server, "customers", name="Twice", country="DE", currency="EUR", timezone="Europe/Berlin")
    file = write_rows(tmp_path / "a.csv", "Twice,PP,XX", "BB,QQ,YY")
    create = Engine.create

    async def broken(engine: Engine, level: Level, *arguments: Any) -> None:
        if level is Level.ACTIVITY:
            raise error
        await create(engine, level, *arguments)

    monkeypatch.setattr(Engine, "create", broken)
    result = command(file, "--json", "--url", server.url, KIMAI_TOKEN=server.token)

    (name,) = log.iterdir()
    summary = last_of(result)
    assert result.code == 70
    assert summary["error"] == f"{sentence}{name}, please report them"
    assert f"error: {summary['error']}" in result.err
    assert all(type(one).__name__ in name.read_text("utf-8") for one in (error, first_of(error)))
    assert server.sandbox.tree()[-2:] == [("Twice",), ("Twice",)]
    assert [line["type"] for line in result.lines] == [
        "run",
        "refused",
        "skipped",
        "skipped",
        "created",
        "created",
        "summary",
    ]
    assert "projects          1              0        0        1" in result.err
    assert "1 not done yet; run the same command again to go on." in result.err
    with (tmp_path / "a.rejects.csv").open(encoding="utf-8", newline="") as rejects:
        assert [row["Customer"] for row in csv.DictReader(rejects)] == ["Twice"]
    assert summary["rejects"] == str(tmp_path / "a.rejects.csv")


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    "where", ["importer.build", "importer.take_stock", "importer.Connection", "importer.open_source"]
)
def test_a_bug_before_anything_is_sent_ends_with_the_summary(
    command: Command, server: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    breaks(monkeypatch, where, RuntimeError("it broke"))
    result = command(write_rows(tmp_path / "a.csv", "AA"), "--json", "--url", server.url, KIMAI_TOKEN=server.token)

    assert result.code == 70
    assert "this is a bug (RuntimeError)" in last_of(result)["error"]


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    "where", ["table_lines", "next_step", "failure_lines", "Telling.__call__", "JsonLines.__call__"]
)
def test_a_bug_in_the_words_costs_neither_the_rows_nor_the_summary(
    command: Command, server: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    breaks(monkeypatch, f"terminal.session.{where}", RuntimeError("it broke"))
    result = command(write_rows(tmp_path / "a.csv", "AA"), "--json", "--url", server.url, KIMAI_TOKEN=server.token)

    assert result.code == 70
    assert "this is a bug (RuntimeError)" in last_of(result)["error"]
    assert result.err.count("error: ") == 1


@pytest.mark.usefixtures("log")
def test_a_bug_in_rejecting_is_told_beside_what_went_in(
    command: Command, server: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        post(server, "customers", name="Twice", country="DE", currency="EUR", timezone="Europe/Berlin")
    breaks(monkeypatch, "importer.write_rejects", RuntimeError("it broke"))
    file = write_rows(tmp_path / "a.csv", "Twice", "BB")
    result = command(file, "--json", "--url", server.url, KIMAI_TOKEN=server.token)

    assert result.code == 70
    assert last_of(result)["created"]["customer"] == 1


PATCHED = """
import sys
from kimai_async.create.engine import Engine
async def broken(*_):
    raise RuntimeError("it broke")
Engine.create = broken
from kimai_async.__main__ import main
main()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits as Linux has them")
def test_a_bug_whose_details_find_no_room_says_where_it_is(tmp_path: Path, server: Serving) -> None:
    write_rows(tmp_path / "a.csv", "AA")
    shell = f"ulimit -f 0; shift 3; {sys.executable} -c '{PATCHED.strip()}' \"$@\""
    ended = run(tmp_path / "a.csv", "--json", server=server, shell=shell)

    assert ended.code == ended.lines[-1]["exit_code"] == 70
    error = ended.lines[-1]["error"]
    assert error.startswith("this is a bug (RuntimeError), in <string>, line 4; the details cannot be written to a")
    assert f"error: {error}" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits as Linux has them")
@pytest.mark.parametrize("files", [*range(5, 9), 12])
def test_a_process_that_may_open_few_files_says_so(tmp_path: Path, server: Serving, files: int) -> None:
    """Descriptors 0 to 2 are open; the event loop takes three, then come the CSV and the sockets of five questions."""
    write_rows(tmp_path / "a.csv", "AA")
    arguments = (tmp_path / "a.csv", "--json", "--give-up-after", 1)  # no wait for sockets that others give back
    ended = run(*arguments, server=server, shell=f'ulimit -n {files}; exec "$@"')

    assert ended.lines[-1]["exit_code"] == ended.code
    assert ended.code == {5: 3, 6: 3, 7: 3, 8: 3, 12: 0}[files]
    assert "Traceback" not in ended.err
    assert "Exception ignored" not in ended.err
    if ended.code:
        assert "ulimit -n" in ended.lines[-1]["error"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits as Linux has them")
def test_a_pipe_that_finds_no_handle_for_its_copy_blames_no_folder(tmp_path: Path, server: Serving) -> None:
    file = write_rows(tmp_path / "a.csv", "AA")
    ended = run("-", "--json", server=server, shell=f'ulimit -n 6; cat {file} | "$@"')

    assert ended.lines[-1]["exit_code"] == ended.code == 3
    assert ended.lines[-1]["error"] == (
        "This process may not open enough files; raise the limit (ulimit -n), then run it again."
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits as Linux has them")
@pytest.mark.parametrize("kilobytes", [120_000, 202_500])  # at the second it went in circles without a spare
def test_too_little_memory_for_the_file_ends_with_the_summary(tmp_path: Path, server: Serving, kilobytes: int) -> None:
    with write_rows(tmp_path / "big.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"C{row},P{row},{'x' * 100} {row}\n" for row in range(kilobytes))
    ended = run(tmp_path / "big.csv", "--json", server=server, shell=f'ulimit -v {kilobytes}; exec "$@"')

    assert ended.code == ended.lines[-1]["exit_code"] == 70
    assert "there is too little memory (MemoryError)" in ended.err
    assert "Traceback" not in ended.err
    Path(ended.lines[-1]["error"].partition("the details are in ")[2].partition(",")[0]).unlink()


def test_an_error_that_was_foreseen_is_itself_also_in_a_group() -> None:
    csv_error = CsvError("bad")

    assert as_error(csv_error) is csv_error
    assert as_error(ExceptionGroup("", [ExceptionGroup("", [csv_error])])) is csv_error
    assert isinstance(as_error(ExceptionGroup("", [csv_error, ValueError()])), BugError)
    assert isinstance(as_error(OSError(errno.EMFILE, "")), StoppedError)
