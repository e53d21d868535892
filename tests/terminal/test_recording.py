"""`--record`: the lines of `--json` in a file, whatever happens to the run."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from processes import start
from trees import write_rows, write_tree

from kimai_async.sandbox.serve import Serving, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commands import Command

FULL = Path("/dev/full")


@pytest.fixture
def server() -> Iterator[Serving]:
    with serving() as running:
        yield running


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_record_has_the_lines_of_json_beside_any_other_output(
    command: Command, server: Serving, tmp_path: Path
) -> None:
    record = tmp_path / "run.jsonl"
    file = write_rows(tmp_path / "a.csv", "AA,PP,XX")
    result = command(file, "--json", "--record", record, "--url", server.url, KIMAI_TOKEN=server.token)

    assert result.code == 0
    assert lines(record) == result.lines
    assert [line["type"] for line in lines(record)] == ["run", "created", "created", "created", "summary"]
    assert (record.stat().st_mode & 0o777) & 0o022 == 0


def test_a_record_goes_on_where_one_was_even_in_the_middle_of_a_line(
    command: Command, server: Serving, tmp_path: Path
) -> None:
    record = tmp_path / "run.jsonl"
    for rows in (["AA"], ["AA", "BB"]):
        file = write_rows(tmp_path / "a.csv", *rows)
        command(file, "--record", record, "--url", server.url, KIMAI_TOKEN=server.token)
        record.write_text(record.read_text("utf-8") + '{"type": "crea', "utf-8")

    texts = record.read_text("utf-8").splitlines()
    kinds = [json.loads(text)["type"] for text in texts if text != '{"type": "crea']
    assert kinds == ["run", "created", "summary", "run", "exists", "created", "summary"]


def test_a_file_that_is_no_record_is_never_written_into(command: Command, server: Serving, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "a.csv", "AA")
    before = file.read_bytes()
    result = command(file, "--record", file, "--url", server.url, KIMAI_TOKEN=server.token)

    assert result.code == 2
    assert f"error: {file} is no record of a run" in result.err
    assert file.read_bytes() == before
    assert server.sandbox.tree() == []


def test_the_record_of_another_server_is_refused(command: Command, server: Serving, tmp_path: Path) -> None:
    record = tmp_path / "run.jsonl"
    file = write_rows(tmp_path / "a.csv", "AA")
    with serving() as other:
        command(file, "--record", record, "--url", other.url, KIMAI_TOKEN=other.token)
    result = command(file, "--record", record, "--url", server.url, KIMAI_TOKEN=server.token)

    assert result.code == 2
    assert f"has runs into {other.url}/api, and this is {server.url}/api; name another file." in result.err
    assert server.sandbox.tree() == []


def test_a_record_that_cannot_be_made_ends_the_run_before_anything_is_sent(
    command: Command, server: Serving, tmp_path: Path
) -> None:
    file = write_rows(tmp_path / "a.csv", "AA")
    result = command(file, "--record", tmp_path / "no" / "run", "--url", server.url, KIMAI_TOKEN=server.token)

    assert result.code == 2
    assert "cannot be written: no such file or directory." in result.err
    assert server.sandbox.tree() == []


@pytest.mark.skipif(not FULL.exists(), reason="a disk that is always full")
def test_what_cannot_be_recorded_any_more_is_not_created(command: Command, server: Serving, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "a.csv", "AA,PP,XX")
    result = command(file, "--json", "--record", FULL, "--url", server.url, KIMAI_TOKEN=server.token)

    assert result.code == result.lines[-1]["exit_code"] == 3
    assert "error: The record cannot be written any more (no space left on device); no more was created." in result.err
    assert server.sandbox.tree() == []


def test_a_dry_run_leaves_no_record(command: Command, server: Serving, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "a.csv", "AA")
    command(file, "--dry-run", "--record", tmp_path / "run.jsonl", "--url", server.url, KIMAI_TOKEN=server.token)

    assert not (tmp_path / "run.jsonl").exists()


@pytest.mark.skipif(os.name == "nt", reason="kill -9")
@pytest.mark.parametrize("moment", [5, 23, 47])
def test_killed_at_any_moment_the_record_names_all_that_was_answered(
    server: Serving, tmp_path: Path, moment: int
) -> None:
    write_tree(tmp_path / "sixty.csv", 4, 2, 6)
    record = tmp_path / "run.jsonl"
    process = start(tmp_path / "sixty.csv", "--json", "--record", record, server=server, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    told = [json.loads(process.stdout.readline()) for _ in range(moment)]
    process.kill()
    process.communicate()

    kept = record.read_bytes().split(b"\n")
    assert [json.loads(line) for line in kept[:-1]][: moment - 1] == told[: moment - 1]
    assert all(json.loads(line) for line in kept[:-1])
