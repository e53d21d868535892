"""The sandbox on a real socket, and the command that runs it."""

from __future__ import annotations

import builtins
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from systems import signals
from typer.testing import CliRunner

from kimai_async import __version__
from kimai_async.sandbox import cli
from kimai_async.sandbox.serve import serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

COMMAND = [sys.executable, "-c", "from kimai_async.sandbox.cli import main; main()"]


def test_a_served_sandbox_is_reached_with_either_login() -> None:
    with serving(record=True) as kimai:
        bearer = httpx.get(f"{kimai.url}/api/ping", headers={"Authorization": f"Bearer {kimai.token}"})
        old = {"X-AUTH-USER": kimai.user, "X-AUTH-TOKEN": kimai.api_password}
        assert [bearer.json(), httpx.get(f"{kimai.url}/api/ping", headers=old).json()] == [{"message": "pong"}] * 2
        assert len(kimai.sandbox.requests) == 2


def test_the_port_is_free_again_after_serving() -> None:
    before = set(threading.enumerate())
    with serving() as kimai:
        port = httpx.URL(kimai.url).port
    assert port is not None
    with serving(port=port) as again:
        assert again.url == kimai.url
    assert not [thread for thread in set(threading.enumerate()) - before if thread.name == "kimai-sandbox"]


def test_serving_ends_while_a_connection_is_kept_open() -> None:
    with httpx.Client() as client, serving() as kimai:
        assert client.get(f"{kimai.url}/api/nope").status_code == 404


def test_an_error_inside_the_block_stops_the_server_too() -> None:
    with pytest.raises(LookupError), serving() as kimai:
        raise LookupError
    with pytest.raises(httpx.ConnectError):
        httpx.get(kimai.url)


def test_it_serves_ipv6_too() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        with serving(host="::1") as kimai:
            assert kimai.url.startswith("http://[::1]:")
            assert httpx.get(f"{kimai.url}/api/nope").status_code == 404
    except OSError:
        pytest.skip("no IPv6 here")


def test_a_file_keeps_what_was_created_over_the_socket(tmp_path: Path) -> None:
    for expected in (1, 2):
        with serving(database=tmp_path / "kimai.db") as kimai:
            headers = {"Authorization": f"Bearer {kimai.token}"}
            answer = httpx.post(f"{kimai.url}/api/activities", json={"name": "Global"}, headers=headers)
            assert answer.json()["id"] == expected


def run(*options: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli.app, options)
    return result.exit_code, result.stderr


def test_the_command_shows_the_packages_version() -> None:
    result = CliRunner().invoke(cli.app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"kimai-sandbox {__version__}\n")


def test_an_unknown_kimai_version_is_one_sentence() -> None:
    sentence = "Kimai version '1.0' is not supported: use one from 2.13.0 to 2.65.0.\n"
    assert run("--kimai-version", "1.0") == (2, sentence)


def test_a_port_in_use_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = run("--port", str(port))
    assert (code, said) == (2, f"Cannot listen on 127.0.0.1 port {port}: Address already in use.\n")


def test_an_address_of_another_computer_is_one_sentence() -> None:
    said = "Cannot listen on 192.0.2.1 port 0: Cannot assign requested address.\n"
    assert run("--host", "192.0.2.1", "--port", "0") == (2, said)


def test_a_database_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    missing = tmp_path / "missing" / "kimai.db"
    sentence = f"The database {missing} cannot be used: unable to open database file.\n"
    assert run("--database", str(missing)) == (2, sentence)


def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a database, but long enough to be looked at\n" * 100, encoding="utf-8")
    assert run("--database", str(text)) == (2, f"The database {text} cannot be used: file is not a database.\n")


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_without_the_extra_it_says_what_to_install(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _pretend_missing(monkeypatch, missing)
    sentence = "The sandbox needs Starlette and uvicorn: pip install 'kimai-aimport[sandbox]'\n"
    assert run("--port", "0") == (2, sentence)


def test_another_missing_module_is_not_explained_away(monkeypatch: pytest.MonkeyPatch) -> None:
    _pretend_missing(monkeypatch, "sqlite3")
    assert isinstance(CliRunner().invoke(cli.app, ["--port", "0"]).exception, ModuleNotFoundError)


def _pretend_missing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for module in list(sys.modules):
        if module.startswith("kimai_async.sandbox.") and module != "kimai_async.sandbox.cli":
            monkeypatch.delitem(sys.modules, module)
    real = builtins.__import__

    def importing(
        module: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002 - the name that __import__ has
        locals: Mapping[str, object] | None = None,  # noqa: A002
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> Any:
        if module.partition(".")[0] == name:
            raise ModuleNotFoundError(name=name)
        return real(module, globals, locals, fromlist, level)

    monkeypatch.setattr(builtins, "__import__", importing)


@pytest.fixture
def command(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    options = ["--port", "0", "--database", str(tmp_path / "kimai.db"), "--kimai-version", "2.20.1"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(COMMAND + options, stderr=subprocess.PIPE, text=True, env=environment) as process:
        yield process
        if process.poll() is None:
            process.kill()


@signals
def test_ctrl_c_stops_the_command_with_exit_code_0(command: subprocess.Popen[str]) -> None:
    assert command.stderr is not None
    said = [command.stderr.readline() for _ in range(3)]
    url = said[0].split()[-1]
    assert said[0] == f"A pretended Kimai 2.20.0 answers at {url}\n"
    assert said[1] == f"export KIMAI_URL={url} KIMAI_TOKEN=susan-token-0123456789\n"
    assert said[2].endswith("Stop it with Ctrl-C.\n")
    answer = httpx.get(f"{url}/api/version", headers={"Authorization": "Bearer susan-token-0123456789"})
    assert answer.json()["versionId"] == 22000
    command.send_signal(signal.SIGINT)
    assert command.communicate()[1] == "Stopped.\n"
    assert command.returncode == 0


def test_the_command_stops_with_its_server(monkeypatch: pytest.MonkeyPatch) -> None:
    import uvicorn  # noqa: PLC0415

    def interrupted(self: uvicorn.Server, sockets: list[socket.socket]) -> None:
        assert sockets
        raise KeyboardInterrupt

    monkeypatch.setattr(uvicorn.Server, "run", interrupted)
    code, said = run("--port", "0", "--kimai-version", "2.13.0")
    assert (code, said.splitlines()[-1]) == (0, "Stopped.")
    assert said.splitlines()[1].endswith(" KIMAI_USER=susan_super KIMAI_TOKEN=api_kitten_1")
    assert said.splitlines()[2] == "Its data are in memory, gone when this stops. Stop it with Ctrl-C."


def test_an_impossible_custom_field_is_one_sentence() -> None:
    sentence = "There are no custom fields of 'team': the levels are customer, project, activity and timesheet.\n"
    assert run("--custom-field", "team.x") == (2, sentence)


def test_the_command_has_the_custom_fields_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    import uvicorn  # noqa: PLC0415

    seen: list[object] = []

    def served(self: uvicorn.Server, sockets: list[socket.socket]) -> None:
        seen.append(self._sandbox.setup.custom_fields)  # type: ignore[attr-defined]
        raise KeyboardInterrupt

    monkeypatch.setattr(uvicorn.Server, "run", served)
    assert run("--port", "0", "--custom-field", "customer.a", "--custom-field", "customers.b")[0] == 0
    assert seen == [{"customers": ("a", "b")}]


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        (
            ["--set", "timesheet.mode"],
            "'timesheet.mode' is not a setting: write its name and its value, timesheet.mode=",
        ),
        (["--set", "timesheet.mode=fast"], "timesheet.mode cannot be 'fast': it takes one of default, punch,"),
        (["--clock", "noon"], "'noon' is no moment: write one with its offset, 2026-11-24T13:50:00Z."),
    ],
)
def test_an_impossible_state_is_one_sentence(option: list[str], sentence: str) -> None:
    code, printed = run(*option)
    assert code == 2
    assert printed.startswith(sentence)
    assert printed.count("\n") == 1


def test_the_command_puts_its_server_in_the_state_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    served = []
    monkeypatch.setattr(cli, "_serve", lambda app, *_: served.append(app.state.sandbox))
    rule = "timesheet.rules.allow_overlapping_records=0"
    options = ["--set", rule, "--set", "timesheet.mode=punch", "--clock", "2026-11-24T13:50:00Z"]
    assert CliRunner().invoke(cli.app, options).exit_code == 0
    assert (served[0].configuration.allow_overlapping_records, served[0].configuration.mode) == (False, "punch")
    assert served[0].clock.now() == 1_795_528_200
