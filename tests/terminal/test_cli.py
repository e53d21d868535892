"""The command as a stranger uses it: every wrong input gets one sentence, the right exit code, and nothing is sent."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, ClassVar

import httpx
import pytest
import trustme
from commands import TOKEN, Command
from systems import pipes, signals
from trees import HEADING, write_rows, write_tree

from kimai_async import __version__
from kimai_async.sandbox.faults.injector import Faults
from kimai_async.sandbox.serve import Serving, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kimai_async.sandbox.storage.state import Creation

DEMO = Path(__file__).parents[1] / "csv" / "demo.csv"
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def server() -> Iterator[Serving]:
    with serving(record=True) as running:
        yield running


def names_sent(server: Serving) -> list[Any]:
    return [request for request in server.sandbox.requests if "name" in (request.json or {})]


def test_the_sandbox_takes_the_documentations_example_and_shows_what_is_there(command: Command) -> None:
    result = command(DEMO, "--sandbox")

    assert result.code == 0
    assert result.out == ""
    assert result.err.splitlines()[:7] == [
        "demo.csv: UTF-8, delimiter comma",
        "Kimai 2.65.0, as susan_super",
        "on the server now: 0 customers, 0 projects, 0 activities",
        "In the sandbox now:",
        "  DEMO",
        "    BAR  (4 activities)",
        "    FOO  (2 activities)",
    ]
    assert "activities        8              0        0        0" in result.err
    assert "Everything in demo.csv is on the server." in result.err


def test_json_prints_a_line_a_node_and_the_summary_last(command: Command, server: Serving) -> None:
    result = command(DEMO, "--json", "--url", server.url, KIMAI_TOKEN=server.token)

    run, *nodes, summary = result.lines
    assert run.pop("at").endswith("Z")
    assert run == {
        "type": "run",
        "url": f"{server.url}/api",
        "kimai": "2.65.0",
        "user": "susan_super",
        "file": "demo.csv",
        "dry_run": False,
    }
    assert [node["level"] for node in nodes] == ["customer"] + ["project"] * 3 + ["activity"] * 8
    assert nodes[0].pop("stored")["number"] == "0002"
    assert nodes[0] == {
        "type": "created",
        "level": "customer",
        "path": ["DEMO"],
        "id": 1,
        "line": 2,
        "reason": None,
        "parent": None,
    }
    assert summary["type"] == "summary"
    assert summary["created"] == {"customer": 1, "project": 3, "activity": 8}
    assert summary["exit_code"] == result.code == 0
    assert set(summary["levels"]) == {"customer", "project", "activity"}


def test_the_same_again_has_nothing_to_do(command: Command, server: Serving) -> None:
    command(DEMO, "--url", server.url + "/api/", KIMAI_TOKEN=server.token)
    result = command(DEMO, "--json", "--url", server.url)

    assert result.lines[-1]["exists"] == {"customer": 1, "project": 3, "activity": 8}
    assert {line["type"] for line in result.lines[1:-1]} == {"exists"}


def test_a_dry_run_shows_the_tree_it_would_create(command: Command, server: Serving, tmp_path: Path) -> None:
    command(DEMO, "--url", server.url, KIMAI_TOKEN=server.token)
    file = write_rows(
        tmp_path / "a.csv", "DEMO,FOO,New", "DEMO,NEU", *(f"C{i},P{j}" for i in range(12) for j in range(7))
    )
    result = command(file, "--dry-run", "--url", server.url)

    assert result.code == 0
    lines = result.err.splitlines()
    assert lines[:4] == [
        "a.csv: UTF-8, delimiter comma",
        "  Customer  → customer",
        "  Project   → project",
        "  Activity  → activity",
    ]
    assert lines[6:10] == ["  DEMO", "    FOO  (+ 1 activity)", "  + NEU", "+ C0"]
    assert "    and 2 projects more" in lines
    assert "and 3 customers more" in lines
    assert "to create" in result.err
    assert (
        "Nothing was sent. Run it without --dry-run to create these, and run no second import meanwhile" in result.err
    )


def test_a_dry_run_with_nothing_to_create_says_so(command: Command, server: Serving) -> None:
    command(DEMO, "--url", server.url, KIMAI_TOKEN=server.token)

    assert "nothing needs to be" in command(DEMO, "-n", "--url", server.url).err


def test_standard_input_is_read(command: Command, server: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    with DEMO.open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        result = command("-", "--url", server.url, KIMAI_TOKEN=server.token)

    assert "Everything in standard input is on the server." in result.err


def test_quiet_says_nothing_when_all_went_well(command: Command, server: Serving) -> None:
    result = command(DEMO, "-q", "--url", server.url, KIMAI_TOKEN=server.token)

    assert (result.code, result.out, result.err) == (0, "", "")


def test_refused_rows_are_shown_with_line_and_reason_and_written_to_rejects(
    command: Command, server: Serving, tmp_path: Path
) -> None:
    command(write_rows(tmp_path / "first.csv", "Twice"), "--url", server.url, KIMAI_TOKEN=server.token)
    twin = server.sandbox.requests[-1]
    assert twin.json is not None
    httpx.post(f"{server.url}/api/customers", json=twin.json, headers={"Authorization": f"Bearer {server.token}"})
    file = write_rows(tmp_path / "a.csv", "Twice,PP,XX", "Twice,QQ,XX", "Once,PP,XX")
    for extra in ([], ["-v"]):
        result = command(file, *extra, "--url", server.url, "--rejects", tmp_path / "r.csv")
        assert result.code == 1
        assert "line 2: customer Twice: the server has 2 customers of this name here (ids 1 and 2)" in result.err
        assert f"2 rows did not go in: see {tmp_path / 'r.csv'}; mend it and import it." in result.err
    quiet = command(file, "-q", "--url", server.url, "--rejects", tmp_path / "r.csv")
    assert "line 2: customer Twice" in quiet.err
    assert "2 rows did not go in" in quiet.err


@pytest.fixture
def bad_files(tmp_path: Path) -> dict[str, Path]:
    files = {
        "folder": tmp_path,
        "missing": tmp_path / "missing.csv",
        "below a file": DEMO / "x.csv",
    }
    contents: dict[str, bytes] = {
        "empty": b"",
        "heading only": HEADING.encode(),
        "binary": b"PK\x03\x04\x14\x00[Content_Types].xml",
        "encoding": HEADING.encode() + b"\nM\x81ller,B1,C1\n",
        "column": b"Foo,Bar\nAA,BB\n",
        "parents": b"Project\nAA\n",
        "ragged": HEADING.encode() + b"\nAA,BB,CC,DD\n",
        "orphan": HEADING.encode() + b"\nAA,,CC\n",
        "short": HEADING.encode() + b"\nA,BB,CC\n",
        "cut": HEADING.encode() + b"\nAA,BB," + b"x" * 151 + b"\nAA,BB," + b"x" * 152 + b"\n",
    }
    for name, content in contents.items():
        files[name] = tmp_path / f"{name}.csv"
        files[name].write_bytes(content)
    return files


@pytest.mark.parametrize(
    ("which", "sentence"),
    [
        ("folder", "is a folder; name a CSV file in it."),
        ("missing", "missing.csv cannot be read: no such file or directory."),
        ("below a file", "cannot be read: not a directory."),
        ("empty", "empty.csv is empty; it needs a line of headings"),
        ("heading only", "heading only.csv has a line of headings but no rows"),
        ("binary", 'binary.csv is an Excel workbook, not a CSV; in Excel use "File, Save As'),
        (
            "encoding",
            "encoding.csv, line 2, character 2: the byte 0x81 is neither UTF-8 nor Windows-1252; give its --encoding.",
        ),
        ("column", "column.csv, line 1: no heading names a customer, a project or an activity; found: 'Foo', 'Bar'."),
        ("parents", "parents.csv, line 1: projects, but no column for their customers; found: 'Project'."),
        ("ragged", "line 2: 4 fields where the heading has 3"),
        ("orphan", "line 2, Project: empty, but the row names an activity"),
        ("short", "line 2, Customer: 'A' has one character"),
        ("cut", "becomes the same name as on line 2 when cut to 150 characters; shorten one"),
    ],
)
def test_a_file_that_cannot_be_imported_ends_with_2_whatever_the_server_says(
    command: Command, server: Serving, bad_files: dict[str, Path], which: str, sentence: str
) -> None:
    result = command(bad_files[which], "--json", "--url", server.url, KIMAI_TOKEN=TOKEN)

    assert result.code == 2
    assert sentence in result.err
    assert "error: " in result.err
    assert result.lines[-1]["exit_code"] == 2
    assert sentence in result.lines[-1]["error"]
    assert {request.method for request in server.sandbox.requests} <= {"GET"}


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="this system has no users to change to")
def test_a_file_without_permission_ends_with_2(command: Command, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "a.csv", "AA")
    file.chmod(0)
    before = os.geteuid()
    with contextlib.ExitStack() as stack:
        if before == 0:
            for folder in (tmp_path, *tmp_path.parents[:2]):
                folder.chmod(0o755)
            os.seteuid(65534)
            stack.callback(os.seteuid, before)
        result = command(file, "--url", NOWHERE, KIMAI_TOKEN=TOKEN)

    assert result.code == 2
    assert "a.csv cannot be read: permission denied." in result.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--url", "kimai.example.com"], "--url must begin with https://"),
        (["--url", "https://susan:secret@kimai.example.com"], "--url must not hold a user or a password"),
        ([], "Which Kimai? Give --url or KIMAI_URL, or try the file with --sandbox."),
        (["--sandbox", "--url", NOWHERE], "--sandbox brings a Kimai of its own; leave out --url."),
        (["--url", NOWHERE, "--concurrency", "0"], "--concurrency takes 1 to 256, not 0."),
        (["--url", NOWHERE, "--concurrency", "257"], "--concurrency takes 1 to 256, not 257."),
        (["--url", NOWHERE, "--timeout", "0"], "--timeout takes seconds above 0."),
        (["--url", NOWHERE, "--give-up-after", "-1"], "--give-up-after takes seconds above 0."),
        (["--url", NOWHERE, "--delimiter", ""], "--delimiter takes one character or the word tab; it is empty."),
        (["--url", NOWHERE, "--delimiter", "::"], "--delimiter takes one character or the word tab; '::' is neither."),
        (["--url", NOWHERE, "--country", "Germany"], "--country takes a two-letter code such as DE"),
        (["--url", NOWHERE, "--currency", "euro"], "--currency takes a three-letter code such as EUR"),
        (["--url", NOWHERE, "--timezone", "Berlin!"], "--timezone takes a name such as Europe/Berlin"),
        (["--url", NOWHERE, "--encoding", "klingon"], "--encoding 'klingon' is unknown"),
        (["--url", NOWHERE, "--token", "new\nline"], "holds what cannot be sent"),
    ],
)
def test_wrong_usage_ends_with_2_and_one_sentence(command: Command, arguments: list[str], sentence: str) -> None:
    result = command(DEMO, "--json", *arguments, KIMAI_TOKEN=TOKEN)

    assert result.code == 2
    assert sentence in result.err
    assert len(result.err.splitlines()) == 1
    assert "secret" not in result.err + result.out
    assert result.lines[-1]["type"] == "summary"


def test_an_option_that_does_not_exist_ends_with_2(command: Command) -> None:
    assert command(DEMO, "--nonsense").code == 2


def test_without_a_token_the_ways_to_give_one_are_named(command: Command) -> None:
    result = command(DEMO, "--url", NOWHERE)

    assert result.code == 2
    assert "No token: set KIMAI_TOKEN, or give --token-file" in result.err


def test_on_a_terminal_the_token_is_asked_for(
    command: Command, server: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    def prompt(text: str, **options: Any) -> str:
        asked.append((text, options))
        return server.token + "\n"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.prompt", prompt)

    assert command(DEMO, "--url", server.url).code == 0
    assert asked == [("Kimai API token", {"hide_input": True, "err": True})]


def test_the_tokens_file_comes_before_the_variable_and_the_option_before_both(
    command: Command, server: Serving, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(server.token + "\nsecond line\n")
    (tmp_path / "wrong").write_text(TOKEN)

    assert command(DEMO, "--url", server.url, "--token-file", tmp_path / "token", KIMAI_TOKEN=TOKEN).code == 0
    assert command(DEMO, "--url", server.url, "--token-file", tmp_path / "wrong").code == 3
    assert command(DEMO, "--url", server.url, "--token-file", tmp_path / "wrong", "--token", server.token).code == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "no such file"), (b"\n", "begins with an empty line"), (b"\xff\xfe", "it is not text")],
)
def test_a_tokens_file_that_cannot_be_used_is_said(
    command: Command, tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    result = command(DEMO, "--url", NOWHERE, "--token-file", tmp_path / "token")

    assert result.code == 2
    assert sentence in result.err


def test_an_unreachable_server_ends_with_3(command: Command) -> None:
    result = command(DEMO, "--json", "--url", NOWHERE, KIMAI_TOKEN=TOKEN)

    assert result.code == 3
    assert "error: Cannot reach 127.0.0.1:9: connection refused. Check --url." in result.err
    assert result.lines[-1]["pending"] == {"customer": 1, "project": 3, "activity": 8}


def test_an_unknown_host_ends_with_3(command: Command) -> None:
    result = command(DEMO, "--url", "https://kimai.invalid", KIMAI_TOKEN=TOKEN)

    assert result.code == 3
    assert "Cannot reach kimai.invalid:443" in result.err


def test_a_wrong_token_ends_with_3_and_is_not_shown(command: Command, server: Serving) -> None:
    result = command(DEMO, "--json", "-v", "--url", server.url, KIMAI_TOKEN=TOKEN)

    assert result.code == 3
    assert "error: The server refuses the token (401 Unauthorized)" in result.err
    assert names_sent(server) == []


def test_no_right_to_create_ends_with_3(command: Command, server: Serving) -> None:
    result = command(DEMO, "--url", server.url, KIMAI_TOKEN="john-token-0123456789")

    assert result.code == 3
    assert "This token may not create customers" in result.err
    assert names_sent(server) == []


def test_the_old_pair_of_headers_works_for_a_kimai_before_2_14(command: Command) -> None:
    germany = ["--country", "DE", "--currency", "EUR", "--timezone", "Europe/Berlin"]
    with serving("2.13.0") as server:
        result = command(DEMO, "--url", server.url, "--user", server.user, *germany, KIMAI_TOKEN=server.api_password)
        bearer = command(DEMO, "--url", server.url, KIMAI_TOKEN=server.token)

    assert result.code == 0
    assert "0.4 to 0.9 s each" in result.err
    assert bearer.code == 3
    assert "older than 2.14" in bearer.err


def test_version_and_help_are_answered(command: Command) -> None:
    assert command("--version").out == f"kimai-aimport {__version__}\n"
    assert "--concurrency" in command("--help").out


def test_a_bug_is_one_line_and_its_traceback_a_file_without_the_token(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*arguments: Any) -> int:
        raise RuntimeError(f"it broke with {TOKEN}")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("kimai_async.terminal.session.Session.run", broken)
    result = command(DEMO, "--url", NOWHERE, "--token", TOKEN)

    (log,) = tmp_path.iterdir()
    assert result.code == 70
    assert result.err == f"error: this is a bug (RuntimeError); the details are in {log}, please report them\n"
    assert "it broke with ***" in log.read_text()
    assert "Traceback" in log.read_text()


def test_a_bug_in_a_task_is_named_and_not_its_group(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def broken(*arguments: Any, **options: Any) -> None:
        raise LookupError

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("kimai_async.terminal.session.import_csv", broken)

    assert "this is a bug (LookupError)" in command(DEMO, "--url", NOWHERE, KIMAI_TOKEN=TOKEN).err


def test_a_keyboard_interrupt_outside_the_run_ends_with_130(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("kimai_async.terminal.session.Session.run", interrupted)

    assert command(DEMO, "--url", NOWHERE, KIMAI_TOKEN=TOKEN).code == 130


def test_without_the_extra_the_sandbox_says_what_to_install(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kimai_async.sandbox.serve", None)
    result = command(DEMO, "--sandbox")

    assert result.code == 2
    assert "pip install 'kimai-aimport[sandbox]'" in result.err


def start(*arguments: object, server: Serving, **pipes: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "kimai_async", *map(str, arguments), "--url", server.url],
        env={**os.environ, "KIMAI_TOKEN": server.token},
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **pipes},
        text=True,
    )


@signals
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_lets_what_is_under_way_finish_and_reports_it(tmp_path: Path, number: signal.Signals) -> None:
    write_tree(tmp_path / "big.csv", 20, 5, 8)
    with serving(latency=0.02) as server:
        process = start(tmp_path / "big.csv", "--json", server=server)
        assert process.stdout is not None
        first = process.stdout.readline() + process.stdout.readline()
        process.send_signal(number)
        out, err = process.communicate()
        there = len(server.sandbox.tree())

    lines = [json.loads(line) for line in (first + out).splitlines()]
    summary = lines[-1]
    assert process.returncode == summary["exit_code"] == 130
    assert sum(summary["created"].values()) == there == len(lines) - 2
    assert sum(summary["pending"].values()) == 920 - there > 0
    assert "finishing the creates under way; Ctrl-C again ends at once" in err
    assert "Run the same command again to go on." in err
    assert server.token not in out + err


@pipes
def test_a_reader_that_closes_the_pipe_does_not_end_the_import(tmp_path: Path) -> None:
    paths = write_tree(tmp_path / "big.csv", 3, 3, 3)
    with serving(latency=0.005) as server:
        process = start(tmp_path / "big.csv", "--json", server=server)
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()
        process.stderr.close()

        assert process.wait() == 0
        assert server.sandbox.tree() == paths
        assert "warning: standard output is lost (broken pipe); the import goes on without it" in err
        assert "Exception ignored" not in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_json_that_does_not_fit_on_the_disk_ends_with_3_and_the_rows_are_there(tmp_path: Path) -> None:
    paths = write_tree(tmp_path / "big.csv", 1, 2, 3)
    with serving() as server, Path("/dev/full").open("w") as full:
        process = start(tmp_path / "big.csv", "--json", server=server, stdout=full)
        _, err = process.communicate()

        assert server.sandbox.tree() == paths
    assert process.returncode == 3
    assert "warning: standard output is lost (no space left on device); the import goes on without it" in err


def test_a_proxy_that_cannot_be_reached_is_named_without_its_password(command: Command) -> None:
    result = command(
        DEMO, "--url", "https://kimai.example.com", KIMAI_TOKEN=TOKEN, HTTPS_PROXY="http://u:secret@127.0.0.1:9"
    )

    assert result.code == 3
    assert "no connection to the proxy: connection refused. Check HTTPS_PROXY and NO_PROXY." in result.err
    assert "secret" not in result.err


class WebPage(BaseHTTPRequestHandler):
    seen: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.seen.append(self.path)
        if self.path.startswith("/moved"):
            self.send_response(307)
            self.send_header("Location", self.path.replace("/moved", "http://localhost:1/here"))
        else:
            self.send_response(500 if self.path.startswith("/broken") else 200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<h1>It works!</h1>")

    def log_message(self, *args: object) -> None: ...


class WebServer(HTTPServer):
    def handle_error(self, *where: object) -> None:
        """Says nothing: the other questions are given up as soon as one answer tells that this is no Kimai."""


@pytest.fixture
def web() -> Iterator[Callable[..., str]]:
    """Serves a web page, over TLS if given a context."""
    with contextlib.ExitStack() as stack:

        def serve(context: ssl.SSLContext | None = None) -> str:
            httpd = WebServer(("127.0.0.1", 0), WebPage)
            if context is not None:
                httpd.socket = context.wrap_socket(httpd.socket, server_side=True)
            thread = Thread(target=httpd.serve_forever)
            thread.start()
            stack.callback(httpd.server_close)
            stack.callback(thread.join)
            stack.callback(httpd.shutdown)
            return f"http{'s' if context else ''}://127.0.0.1:{httpd.server_port}"

        yield serve


@pytest.fixture
def html_server(web: Callable[..., str]) -> str:
    return web()


def test_a_web_page_is_no_kimai_and_ends_with_3(command: Command, html_server: str) -> None:
    result = command(DEMO, "--url", html_server, KIMAI_TOKEN=TOKEN)

    assert result.code == 3
    assert f"{html_server}/api does not answer as Kimai's API does (text/html where JSON was expected)" in result.err


def test_a_redirect_is_explained_and_no_token_follows_it(command: Command, web: Callable[..., str]) -> None:
    url = web()
    WebPage.seen.clear()
    result = command(DEMO, "-v", "--url", f"{url}/moved", KIMAI_TOKEN=TOKEN)

    assert result.code == 3
    assert "redirects to http://localhost:1/here/api/version (307 Temporary Redirect)" in result.err
    assert "give --url http://localhost:1/here." in result.err
    assert "/moved/api/version" in WebPage.seen
    assert all(path.startswith("/moved/api/") for path in WebPage.seen)  # the other questions were asked beside it


def test_a_server_that_only_fails_ends_with_3(
    command: Command, html_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kimai_async.kimai.tries.back_off", lambda attempt, chance: 0.0)
    result = command(DEMO, "-v", "--url", f"{html_server}/broken", KIMAI_TOKEN=TOKEN)

    assert result.code == 3
    assert "waiting 0.0 s: 500 Internal Server Error" in result.err
    assert "gives no usable answer to GET /api/version (500 Internal Server Error, 4 tries)" in result.err


def test_a_port_that_speaks_no_tls_ends_with_3(command: Command, html_server: str) -> None:
    result = command(DEMO, "--url", html_server.replace("http:", "https:"), KIMAI_TOKEN=TOKEN)

    assert result.code == 3
    assert "wrong version number. That port does not speak https; try http:// or another port." in result.err


def test_a_certificate_that_is_not_trusted_ends_with_3_and_its_authority_can_be_given(
    command: Command, web: Callable[..., str], tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    url = web(context)

    refused = command(DEMO, "--url", url, KIMAI_TOKEN=TOKEN)
    trusted = command(DEMO, "--url", url, "--ca-bundle", tmp_path / "ca.pem")
    careless = command(DEMO, "--url", url, "--insecure")

    assert refused.code == 3
    assert "certificate verify failed" in refused.err
    assert "give its authority's certificate by --ca-bundle." in refused.err
    assert "text/html where JSON was expected" in trusted.err
    assert "text/html where JSON was expected" in careless.err


def test_a_server_that_never_answers_ends_with_3(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kimai_async.kimai.tries.back_off", lambda attempt, chance: 0.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        result = command(DEMO, "--url", url, "--timeout", "0.05", KIMAI_TOKEN=TOKEN)

    assert result.code == 3
    assert "no answer in time" in result.err


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("create.doubts", "create.pause", "kimai.tries"):
        monkeypatch.setattr(f"kimai_async.{module}.back_off", lambda attempt, chance: 0.01)
    monkeypatch.setattr("kimai_async.create.doubts.LATE_SECONDS", 0.3)


@pytest.mark.usefixtures("impatient")
def test_a_failing_server_is_told_about_and_the_rows_go_in(command: Command, tmp_path: Path) -> None:
    kinds = [
        "store-then-drop",
        "drop-before",
        "store-then-502",
        "502",
        "500",
        "503",
        "429",
        "slow",
        "truncated",
        "html-200",
    ]
    script: Any = dict(enumerate([None, None, *kinds], 3))
    faults = Faults(script=lambda number, creation: script.get(number), slow_seconds=0.4, retry_after=0)
    paths = write_tree(tmp_path / "a.csv", 2, 3, 4)
    with serving(faults=faults) as server:
        result = command(
            tmp_path / "a.csv", "-v", "--json", "--timeout", "0.3", "--url", server.url, KIMAI_TOKEN=server.token
        )

        assert result.code == 0
        assert server.sandbox.tree() == paths
    assert set(faults.counts) == set(kinds)
    assert "unclear, will look: " in result.err
    assert "502 Bad Gateway" in result.err
    assert "waiting 0.0 s: 503 Service Unavailable" in result.err
    assert "lanes in use: 4 of 8" in result.err
    assert all(line["type"] in ("run", "created", "summary") for line in result.lines)


@pytest.mark.usefixtures("impatient")
def test_a_token_that_expires_during_the_import_ends_with_3_and_how_to_go_on(command: Command) -> None:
    with serving(faults=Faults(expire_token_after=6)) as server:
        result = command(DEMO, "-v", "--json", "--url", server.url, KIMAI_TOKEN=server.token)

    assert result.code == 3
    assert "error: The server takes no more creates (401 Unauthorized)." in result.err
    assert "not done yet; run the same command again to go on." in result.err
    assert sum(result.lines[-1]["pending"].values()) > 0


@pytest.mark.usefixtures("impatient")
def test_a_late_answers_twin_is_named_and_ends_with_1(command: Command, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "a.csv", "AA")
    running: list[Serving] = []

    def store_the_first_late(number: int, creation: Creation) -> Any:
        if number == 1:
            return "drop-before"
        running[0].sandbox.store.insert(creation.level, creation.parent, {**creation.values, "number": "0007"})
        return None

    with serving(faults=Faults(script=store_the_first_late)) as server:
        running.append(server)
        result = command(file, "--json", "--url", server.url, KIMAI_TOKEN=server.token)

        assert server.sandbox.twins() == [("AA",)]
    assert result.code == 1
    assert result.lines[-1]["twins"] == [{"level": "customer", "path": ["AA"], "line": 2, "ids": [1, 2]}]
    assert "warning: the server stored the customer AA twice (ids 1 and 2)" in result.err
    assert "Everything in a.csv is on the server, 1 of it twice: delete the doubles named above." in result.err


def test_what_is_there_but_not_as_the_file_has_it_is_named_and_ends_with_1(
    command: Command, server: Serving, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_text("Customer,Number\nAcme,K2\nBolt,K2\n", "utf-8")
    headers = {"Authorization": f"Bearer {server.token}"}
    for name, number in (("Acme", "K1"), ("Bolt", "K2")):
        httpx.post(f"{server.url}/api/customers", json={"name": name, "number": number}, headers=headers)
    for extra in ([], ["--verbose"]):
        result = command(
            *(file, "--on-existing", "update", "--json", "--url", server.url, "--rejects", tmp_path / "r.csv", *extra),
            KIMAI_TOKEN=server.token,
        )
        reason = (
            "the server refuses the change: number: The number K2 is already used. It is that of 'Bolt' (id 2); give "
            "another."
        )

        assert result.code == 1
        assert result.err.count(f"line 2: customer Acme is there, but {reason}") == 1
        assert result.lines[-1]["incomplete"] == [{"level": "customer", "path": ["Acme"], "line": 2, "reason": reason}]
        assert (
            f"1 row did not go in as a whole: see {tmp_path / 'r.csv'}; mend it and import it with --on-existing update"
            in result.err
        )


def test_a_dry_run_that_finds_nothing_but_what_cannot_be_changed_says_so(
    command: Command, server: Serving, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_text("Customer,Number\nAcme,K2\n", "utf-8")
    headers = {"Authorization": f"Bearer {server.token}"}
    for name, number in (("Acme", "K1"), ("Bolt", "K2")):
        httpx.post(f"{server.url}/api/customers", json={"name": name, "number": number}, headers=headers)
    result = command(file, "--on-existing", "update", "-n", "--url", server.url, KIMAI_TOKEN=server.token)

    assert result.code == 1
    assert "line 2: customer Acme is there, but the server refuses the change" in result.err
    assert result.err.splitlines()[-1].startswith(
        "Nothing was sent, and nothing would be: all of it is there, but not as the file has it; see above."
    )


def test_a_dry_run_with_nothing_but_changes_says_so(command: Command, server: Serving, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("Customer,Company\nAcme,New\n", "utf-8")
    command(write_rows(tmp_path / "b.csv", "Acme"), "--url", server.url, KIMAI_TOKEN=server.token)
    result = command(file, "--on-existing", "update", "-n", "--url", server.url)

    assert "to update" in result.err
    assert "Nothing was sent. Run it without --dry-run to make these changes." in result.err


def test_global_activities_are_counted_in_a_dry_run_and_in_the_sandbox(command: Command, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "a.csv", ",,Travel", ",,Admin", "Acme")

    assert "+ 2 activities for all projects" in command(file, "--global-activities", "-n", "--sandbox").err
    assert "  2 activities for all projects" in command(file, "--global-activities", "--sandbox").err


def test_a_column_option_without_an_equals_sign_is_wrong_usage(command: Command) -> None:
    result = command(DEMO, "--column", "customer", "--sandbox")

    assert result.code == 2
    assert "--column takes FIELD=HEADING, such as customer='Cost centre'; 'customer' has no =." in result.err


def test_a_file_refused_after_looking_at_the_server_shows_no_counts(command: Command, server: Serving) -> None:
    command(DEMO, "--url", server.url, KIMAI_TOKEN=server.token)
    result = command(DEMO, "--on-existing", "fail", "--url", server.url)

    assert result.code == 2
    assert "12 things that demo.csv asks for are on the server already (--on-existing fail)" in result.err
    assert "already there" not in result.err
    assert "again" not in result.err
