"""`kimai-api` as a stranger uses it, against three versions of the sandbox and servers that behave oddly."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from kimai_async import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from commands import Command
    from explorer_fixtures import Kimai, Stub

pytest_plugins = ["explorer_fixtures"]

CALLS = (
    ["ping"],
    ["version"],
    ["plugins"],
    ["tags"],
    ["me"],
    ["customers"],
    ["projects"],
    ["activities"],
    ["timesheets"],
    ["config", "timesheet"],
    ["get", "customers/1"],
)
NOWHERE = "http://127.0.0.1:9"
ODD = "A [red]name[/red] \x1b[31m and \u202etxt.exe \x9b1m"


def script(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from kimai_async.explorer.cli import main; main()", *arguments]


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_every_call_prints_json_and_nothing_else_on_stdout(api: Command, each_kimai: Kimai, call: list[str]) -> None:
    result = api(*call, *each_kimai.options)

    assert result.code == 0
    assert isinstance(result.json, dict | list)


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_every_table_fits_80_columns(api: Command, each_kimai: Kimai, call: list[str]) -> None:
    result = api(*call, "--table", *each_kimai.options)

    assert result.code == 0
    assert result.out
    assert max(map(len, result.out.splitlines())) <= 80


def test_the_output_is_what_json_tool_takes(kimai: Kimai) -> None:
    printed = subprocess.run(script("activities", *kimai.options), capture_output=True, check=True)
    read = subprocess.run([sys.executable, "-m", "json.tool"], input=printed.stdout, capture_output=True)

    assert read.returncode == 0


def test_colors_came_with_2_18(api: Command, each_kimai: Kimai) -> None:
    result = api("config", "colors", *each_kimai.options)

    if each_kimai.version == "2.13.0":
        expected = "error: Kimai has no /api/config/colors (404 Not Found): it came with Kimai 2.18.\n"
        assert (result.code, result.out, result.err) == (3, "", expected)
    else:
        assert result.json["Silver"] == "#c0c0c0"


def test_version_says_what_an_import_may_do_there(api: Command, each_kimai: Kimai) -> None:
    able = api("version", *each_kimai.options).json["import"]

    old, newest = each_kimai.version == "2.13.0", each_kimai.version == "2.65.0"
    assert able == {
        "user": "susan_super",
        "token": "api password" if old else "bearer",
        "bearer_possible": not old,
        "numbers_by_server": newest,
        "new_customers_need": [] if newest else ["country", "currency", "timezone"],
        "may_create": {"customers": True, "projects": True, "activities": True},
        "sees_every_team": True,
    }


def test_version_creates_nothing(api: Command, kimai: Kimai) -> None:
    before = kimai.server.sandbox.tree()
    api("version", *kimai.options)

    assert kimai.server.sandbox.tree() == before


def test_version_says_what_a_team_lead_may_not(api: Command, kimai: Kimai) -> None:
    able = api("version", "--url", kimai.server.url, KIMAI_TOKEN="tony-token-0123456789").json["import"]

    assert able["may_create"] == {"customers": False, "projects": False, "activities": True}
    assert able["new_customers_need"] is None
    assert able["sees_every_team"] is False


@pytest.mark.parametrize(("call", "shown", "hidden"), [("customers", 1, 1), ("projects", 1, 2), ("activities", 4, 1)])
def test_a_list_says_how_many_rows_the_default_view_hides(
    api: Command, each_kimai: Kimai, call: str, shown: int, hidden: int
) -> None:
    result = api(call, *each_kimai.options)
    everything = api(call, "--visible", "all", *each_kimai.options)

    assert len(result.json) == shown
    assert f"; {hidden} more that Kimai's default view hides: --visible all" in result.err
    assert len(everything.json) == shown + hidden
    assert "hides" not in everything.err


def test_a_list_that_hides_nothing_says_so(api: Command, kimai: Kimai) -> None:
    assert api("customers", "--term", "DEMO", *kimai.options).err == "1 customer, none hidden\n"


def test_only_hidden_rows_are_listed_when_asked(api: Command, kimai: Kimai) -> None:
    assert [row["name"] for row in api("customers", "--visible", "no", *kimai.options).json] == ["Closed"]


def test_filters_reach_kimai(api: Command, kimai: Kimai) -> None:
    options = ["--order-by", "id", "--order", "desc", "--term", "Phone"]
    rows = api("activities", "--project", kimai.ids["FOO"], *options, *kimai.options).json

    assert [row["name"] for row in rows] == ["Phone", "Phone"]
    assert rows[0]["id"] > rows[1]["id"]
    assert [row["name"] for row in api("activities", "--globals", *kimai.options).json] == ["Meeting"]


def test_projects_of_another_time_are_found_by_day(api: Command, kimai: Kimai) -> None:
    found = api("projects", "--start", "2020-05-01", "--customer", kimai.ids["DEMO"], *kimai.options)
    assert "Over" in [row["name"] for row in found.json]
    assert len(api("projects", "--ignore-dates", *kimai.options).json) == 2


def test_an_unknown_customer_lists_nothing_where_kimai_ignores_the_filter(api: Command, kimai: Kimai) -> None:
    result = api("projects", "--customer", 99, *kimai.options)

    assert result.json == []
    assert "warning: this Kimai knows no customer 99 and ignored the filter; others' rows are left out" in result.err


def test_timesheets_come_in_pages_and_all_gets_every_one(api: Command, each_kimai: Kimai) -> None:
    first = api("timesheets", "--size", 2, *each_kimai.options)
    second = api("timesheets", "--size", 2, "--page", 2, *each_kimai.options)
    every = api("timesheets", "--size", 2, "--all", *each_kimai.options)

    assert (len(first.json), len(second.json), len(every.json)) == (2, 1, 3)
    assert first.err == "2 of 3 timesheets, page 1 of 2; --all gets every page\n"
    assert every.err == "3 timesheets\n"


def test_timesheets_are_filtered_by_time_and_state(api: Command, kimai: Kimai) -> None:
    since = api("timesheets", "--begin", "2026-01-02", "--of", "all", "--stopped", *kimai.options)
    until = api("timesheets", "--until", "2026-01-01", "--billable", *kimai.options)
    exact = api("timesheets", "--begin", "2026-01-03T09:00:00", "--of", 1, *kimai.options)

    assert [len(result.json) for result in (since, until, exact)] == [2, 1, 1]
    assert api("timesheets", "--active", "--not-exported", *kimai.options).json == []


def test_a_page_that_is_not_there_is_one_sentence(api: Command, kimai: Kimai) -> None:
    result = api("timesheets", "--page", 9, *kimai.options)

    assert result.code == 3
    assert result.err == "error: Kimai has no /api/timesheets (404 Not Found): there is no such path, row or page.\n"


def test_all_follows_the_pages_of_any_list(api: Command, stub: Stub) -> None:
    stub.answer("things?projects%5B%5D=1&projects%5B%5D=2", [1], X_Total_Pages=2, X_Page=1, X_Total_Count=2)
    stub.answer("things?projects%5B%5D=1&projects%5B%5D=2&page=2", [2], X_Total_Pages=2, X_Page=2, X_Total_Count=2)

    result = api("get", "/api/things/?projects[]=1&projects[]=2", "--all", *stub.options)

    assert result.json == [1, 2]
    assert result.err == "2 rows\n"


def test_hidden_rows_are_counted_over_all_pages(api: Command, stub: Stub) -> None:
    stub.answer("customers", [{"id": 1}])
    stub.answer("customers?visible=3&page=1&size=500", [{"id": 1}, {"id": 2}], X_Total_Pages=2)
    stub.answer("customers?visible=3&size=500&page=2", [{"id": 3}], X_Total_Pages=2)

    assert api("customers", *stub.options).err.startswith("1 customer; 2 more that Kimai's default view hides")


def test_pages_end_where_one_brings_nothing_new_whatever_the_server_promises(api: Command, stub: Stub) -> None:
    rows, many = [{"id": 1}, {"id": 2}], {"X_Total_Pages": 10**9}
    for again, second in (("same", rows), ("empty", [])):
        stub.answer(again, rows, **many)
        stub.answer(f"{again}?page=2", second, **many)
        assert api("get", again, "--all", *stub.options).json == rows


def test_a_row_that_two_pages_show_is_listed_once(api: Command, stub: Stub) -> None:
    stub.answer("things", [{"id": 1}, {"id": 2}], X_Total_Pages=2)
    stub.answer("things?page=2", [{"id": 2}, {"id": 3}], X_Total_Pages=2)

    assert [row["id"] for row in api("get", "things", "--all", *stub.options).json] == [1, 2, 3]


def test_what_has_another_shape_than_kimais_answers_is_one_sentence(api: Command, stub: Stub) -> None:
    stub.answer("version", ["2.65.0"])
    stub.answer("things", [{"id": 1}], X_Total_Pages=2)
    stub.answer("things?page=2", {"id": 2})
    for call in (["version"], ["get", "things", "--all"]):
        result = api(*call, *stub.options)
        assert result.code == 3
        assert "does not answer as Kimai's API does (JSON of another shape)" in result.err


def test_tags_are_names(api: Command, stub: Stub) -> None:
    stub.answer("tags", ["blue", "green"])
    stub.answer("tags?name=bl", ["blue"])

    assert api("tags", *stub.options).json == ["blue", "green"]
    result = api("tags", "--name", "bl", "--table", *stub.options)
    assert result.out.split() == ["value", "─────", "blue"]
    assert result.err == "1 tag\n"


def test_get_takes_any_path_with_its_filters(api: Command, kimai: Kimai) -> None:
    rows = api("get", "/api/projects?visible=3&ignoreDates=1", *kimai.options).json

    assert len(rows) == 3


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("nope", "Kimai has no /api/nope (404 Not Found): there is no such path, row or page."),
        ("config/i18n", "it went away with Kimai 2.0; `kimai-api me` shows language and locale."),
        ("customers?visible=9", "Kimai refuses /api/customers (400 Bad Request)."),
    ],
)
def test_kimais_own_refusal_is_one_sentence(api: Command, kimai: Kimai, path: str, sentence: str) -> None:
    result = api("get", path, *kimai.options)

    assert (result.code, result.out) == (3, "")
    assert sentence in result.err
    assert len(result.err.splitlines()) == 1


def test_a_400_with_a_password_may_be_the_pause_after_wrong_ones(api: Command, kimai: Kimai) -> None:
    options = ["--url", kimai.server.url, "--token", kimai.server.api_password, "--user", kimai.server.user]

    assert "after five wrong passwords it says so too" in api("get", "customers?visible=9", *options).err


def test_a_path_without_the_right_is_refused_in_one_sentence(api: Command, stub: Stub) -> None:
    stub.answer("users", {"code": 403, "message": "Forbidden"}, 403)
    stub.answer("teams", {"code": 410, "message": "This endpoint was removed"}, 410)

    forbidden, gone = api("get", "users", *stub.options), api("get", "teams", *stub.options)
    assert forbidden.code == gone.code == 3
    assert "may not read /api/users (403 Forbidden); the user's role lacks the permission" in forbidden.err
    assert gone.err == "error: Kimai refuses /api/teams (410 Gone: This endpoint was removed).\n"


def test_a_wrong_token_is_one_sentence(api: Command, each_kimai: Kimai) -> None:
    result = api("customers", *each_kimai.options, "--token", "wrong-secret")

    assert (result.code, result.out) == (3, "")
    assert result.err.startswith("error: The server refuses the ")
    assert len(result.err.splitlines()) == 1
    assert "wrong-secret" not in result.err


def test_a_kimai_too_old_for_tokens_says_what_it_takes(api: Command, each_kimai: Kimai) -> None:
    if each_kimai.version == "2.13.0":
        result = api("ping", "--url", each_kimai.server.url, "--token", "t")
        assert "older than 2.14 and takes no API token; give --user" in result.err


def test_a_server_that_is_away_is_one_sentence(api: Command) -> None:
    result = api("ping", "--url", NOWHERE, "--token", "t")

    assert (result.code, result.err) == (3, "error: Cannot reach 127.0.0.1:9: connection refused. Check --url.\n")


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (200, b"<html>", "does not answer as Kimai's API does"),
        (404, b"<html>", "does not answer as Kimai's API does (404 Not Found)"),
        (404, b'["not","an","error"]', "does not answer as Kimai's API does (404 Not Found)"),
        (404, b'{"code":404,"message":7}', "does not answer as Kimai's API does (404 Not Found)"),
        (301, b"", "redirects to nowhere"),
    ],
)
def test_what_is_no_kimai_is_one_sentence(api: Command, stub: Stub, status: int, body: bytes, sentence: str) -> None:
    stub.answer("ping", body, status)
    result = api("ping", *stub.options)

    assert result.code == 3
    assert sentence in result.err


def test_version_of_something_else_is_no_kimai(api: Command, stub: Stub) -> None:
    stub.answer("version", {"version": "1"})
    stub.answer("users/me", {"name": "somebody"})

    assert "does not answer as Kimai's API does (other JSON)" in api("version", *stub.options).err


def test_a_busy_server_is_asked_again_and_that_is_said(
    api: Command, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kimai_async.kimai.tries.back_off", lambda attempt, chance: 0.0)
    stub.answer("ping", b"", 503, Retry_After=0)
    result = api("ping", *stub.options)

    assert result.code == 3
    assert result.err.count("waiting 0.0 s: 503 Service Unavailable\n") == 3
    assert len(stub.asked) == 4


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["customers", "--colour", "red"], "No such option: --colour"),
        (["customers", "--visible", "maybe"], "is not one of"),
        (["projects", "--start", "yesterday"], "takes a day such as 2026-01-31."),
        (["timesheets", "--begin", "noon"], "takes a day such as 2026-01-31."),
        (["timesheets", "--of", "me"], "takes a user's id, or the word all."),
        (["timesheets", "--size", "501"], "Invalid value for '--size'"),
        (["timesheets", "--all", "--page", "2"], "error: --all gets every page; leave out --page."),
        (["get", "https://kimai.example.com/api/ping"], "error: PATH is what follows /api/"),
        (["nonsense"], "No such command"),
        (["ping", "--timeout", "0"], "error: --timeout takes seconds above 0."),
    ],
)
def test_wrong_usage_exits_with_2_and_sends_nothing(
    api: Command, stub: Stub, arguments: list[str], sentence: str
) -> None:
    result = api(*arguments, *(stub.options if arguments != ["nonsense"] else []))

    assert (result.code, result.out) == (2, "")
    assert sentence in result.err
    assert stub.asked == []


def test_without_url_or_token_it_says_what_to_give(api: Command) -> None:
    assert api("ping").err == "error: Which Kimai? Give --url or KIMAI_URL.\n"
    result = api("ping", KIMAI_URL=NOWHERE)
    assert result.code == 2
    assert "No token: set KIMAI_TOKEN" in result.err


def test_the_token_may_come_from_a_file(api: Command, kimai: Kimai, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(kimai.server.token + "\n")
    options = ["--token-file", tmp_path / "token", "--url", kimai.server.url]

    assert api("ping", *options, KIMAI_TOKEN="another").json == {"message": "pong"}


def test_no_character_of_a_name_commands_the_terminal(api: Command, stub: Stub) -> None:
    stub.answer("customers?visible=3&page=1&size=500", [{"id": 1, "name": ODD, "visible": True, "number": "\x7f"}])
    printed = api("customers", "--visible", "all", *stub.options)
    table = api("customers", "--visible", "all", "--table", *stub.options)

    assert printed.json[0]["name"] == ODD
    for text in (printed.out, table.out):
        assert not {"\x1b", "\u202e", "\x9b", "\x7f"} & set(text)
    assert "[red]name[/red]" in table.out


def test_a_long_name_is_folded_and_not_cut(api: Command, stub: Stub) -> None:
    name = "x" * 150
    stub.answer("projects?visible=3&ignoreDates=1&page=1&size=500", [{"id": 7, "name": name, "parentTitle": name}])
    out = api("projects", "--visible", "all", "--table", *stub.options).out

    assert out.count("x") == 300
    assert max(map(len, out.splitlines())) <= 80
    assert "customer" in out


def test_a_table_shows_times_on_one_line(api: Command, kimai: Kimai) -> None:
    lines = api("timesheets", "--table", *kimai.options).out.splitlines()

    assert lines[0].split() == ["id", "begin", "end", "project", "activity", "user", "description"]
    assert "2026-01-03 09:00  2026-01-03 10:00  1" in lines[2]


def test_a_table_of_many_columns_shrinks_them_all(api: Command, stub: Stub) -> None:
    stub.answer("things", [{name * 9: "y" * 30 for name in "abcdef"}])
    out = api("get", "things", "--table", *stub.options).out

    assert out.count("y") == 180
    assert max(map(len, out.splitlines())) <= 80


def test_any_list_gets_a_table_of_its_plain_columns(api: Command, stub: Stub) -> None:
    rows = [{"tags": [], "name": "N", "id": 1, "ok": True, **dict.fromkeys("abcdef")}, {"id": 2, "tags": {}}]
    stub.answer("things", rows)
    stub.answer("nested", [{"tags": ["a"]}])
    stub.answer("word", "pong")

    table = api("get", "things", "--table", *stub.options).out
    assert table.splitlines()[0].split() == ["id", "name", "ok", "a", "b", "c"]
    assert "yes" in table
    assert '["a"]' in api("get", "nested", "--table", *stub.options).out
    assert "pong" in api("get", "word", "--table", *stub.options).out


def test_the_command_tells_its_own_version(api: Command) -> None:
    assert api("--version").out == f"kimai-api {__version__}\n"


def test_help_loads_neither_httpx_nor_rich_tables_nor_starlette() -> None:
    code = (
        "import sys; sys.argv[1:] = ['--version']\n"
        "from kimai_async.explorer.cli import main\n"
        "try: main()\n"
        "except SystemExit: print(sorted({'httpx', 'aiohttp', 'anyio', 'starlette', 'http.server', 'rich.table'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX")
def test_json_is_coloured_on_a_terminal_only(kimai: Kimai) -> None:
    import pty  # noqa: PLC0415 - POSIX only

    seen = {}
    for terminal in ("xterm", "dumb"):
        ours, theirs = pty.openpty()
        environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {"TERM": terminal}
        subprocess.run(script("ping", *kimai.options), stdout=theirs, env=environment, check=True)
        os.close(theirs)
        seen[terminal] = read_all(ours)

    assert '\x1b[36m"message"\x1b[0m: \x1b[32m"pong"\x1b[0m' in seen["xterm"]
    assert json.loads(seen["dumb"]) == {"message": "pong"}


def read_all(terminal: int) -> str:
    chunks = []
    # Linux reports a closed other end as an error
    with contextlib.suppress(OSError), open(terminal, "rb", buffering=0) as file:
        while chunk := file.read(4096):
            chunks.append(chunk)
    return b"".join(chunks).decode()


def test_a_reader_that_hangs_up_is_no_error_of_ours(kimai: Kimai) -> None:
    process = subprocess.Popen(script("me", *kimai.options), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr:
        assert b"Traceback" not in process.stderr.read()
    process.wait()
