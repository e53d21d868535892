"""A server that gives back what was sent to it gets the token onto no screen and into no file."""

from __future__ import annotations

import base64
import csv
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from importing import post
from odd_proxy import Exchange, http, odd_proxy

from kimai_async.sandbox.serve import serving
from kimai_async.sandbox.storage.users import API_PASSWORD, SUSAN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from commands import Command

    from kimai_async.sandbox.serve import Serving

    Odd = Callable[[Exchange], bytes]

TOKEN = SUSAN.token
BASIC = base64.b64encode(f"susan_super:{TOKEN}".encode()).decode()


@pytest.fixture
def server() -> Iterator[Serving]:
    with serving() as running:
        yield running


def refusing(text: str) -> Odd:
    """Answer each create as Kimai refuses a field, with a text."""

    def odd(exchange: Exchange) -> bytes:
        error = {"code": 400, "message": "Validation Failed", "errors": {"children": {"name": {"errors": [text]}}}}
        return exchange.answer(status=400, body=error) if exchange.creates else exchange.answer()

    return odd


def creates_get(answer: bytes) -> Odd:
    return lambda exchange: answer if exchange.creates else exchange.answer()


def answers_get(answer: bytes) -> Odd:
    return lambda exchange: answer


def another_name(exchange: Exchange) -> bytes:
    return exchange.answer(body={**exchange.json, "name": TOKEN}) if exchange.creates else exchange.answer()


def stored(exchange: Exchange) -> bytes:
    return exchange.answer(body={**exchange.json, "comment": TOKEN}) if exchange.creates else exchange.answer()


def user_name(exchange: Exchange) -> bytes:
    mine = exchange.path.endswith("users/me")
    return exchange.answer(body={**exchange.json, "username": TOKEN}) if mine else exchange.answer()


def redirect(target: str) -> bytes:
    return f"HTTP/1.1 307 Moved\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()


def unauthorized(challenge: str) -> bytes:
    return f"HTTP/1.1 401 No\r\nWWW-Authenticate: {challenge}\r\nContent-Length: 0\r\n\r\n".encode()


ECHOES = {
    "in a message": creates_get(http(400, json.dumps({"message": f"Authorization: Bearer {TOKEN}"}).encode())),
    "in a field's error": refusing(f"Authorization: Bearer {TOKEN} is bad"),
    "escaped as in JSON": refusing(json.dumps(f"Bearer {TOKEN}").replace("-", "\\u002d")),
    "escaped as in a URL": refusing(f"token={quote(TOKEN).replace('-', '%2D')}&"),
    "in Base64": refusing(f"Basic {BASIC}"),
    "cut off by our own shortening": refusing("x" * 485 + TOKEN),
    "cut off by the server": refusing(f"Bearer {TOKEN[:10]}..."),
    "as a row's name": another_name,
    "in a field of a new row": stored,
    "as the user's name": user_name,
    "in a redirect of a create": creates_get(redirect(f"https://sso.example.com/?token={TOKEN}")),
    "in a redirect of everything": answers_get(redirect(f"https://sso.example.com/{'x' * 70}?token={TOKEN}")),
    "in a challenge": answers_get(unauthorized(f'Basic realm="{TOKEN}"')),
    "in an error page": answers_get(http(403, f"<h1>Bearer {TOKEN}</h1>".encode(), "text/html")),
    "as a content type": answers_get(http(200, b"!", f"text/{TOKEN}")),
    "as the version": answers_get(http(200, json.dumps({"version": TOKEN, "versionId": TOKEN}).encode())),
}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kimai_async.create.doubts.back_off", lambda attempt, chance: 0.01)
    monkeypatch.setattr("kimai_async.create.doubts.LATE_SECONDS", 0.01)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("extra", [(), ("--verbose",)])
def test_a_token_that_the_server_gives_back_is_shown_nowhere(
    command: Command, server: Serving, tmp_path: Path, echo: str, extra: tuple[str, ...]
) -> None:
    file = tmp_path / "a.csv"
    file.write_text("Customer,Project\nAA,PP\nBB,\n", "utf-8")
    with odd_proxy(server, ECHOES[echo]) as url:
        result = command(file, "--json", "--give-up-after", "1", *extra, "--url", url, KIMAI_TOKEN=TOKEN)
        command(file, "--give-up-after", "1", "--record", tmp_path / "run.jsonl", "--url", url, KIMAI_TOKEN=TOKEN)

    assert result.code in (0, 1, 3)
    written = "".join(path.read_text("utf-8") for path in tmp_path.iterdir())
    for trace in (TOKEN[:8], BASIC[10:18], quote(TOKEN).replace("-", "%2D"), TOKEN[:8].replace("-", "\\u002d")):
        assert trace not in result.out + result.err + written
        assert trace not in json.dumps(result.lines)


def test_what_the_file_holds_stays_as_it_is_in_its_rejects(command: Command, server: Serving, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f"Customer,Key of the API\nAA,{TOKEN}\n", "utf-8")
    with odd_proxy(server, refusing(f"Bearer {TOKEN}")) as url:
        result = command(file, "--json", "--url", url, KIMAI_TOKEN=TOKEN)

    with (tmp_path / "a.rejects.csv").open(encoding="utf-8", newline="") as rejects:
        (row,) = csv.DictReader(rejects)
    assert (row["Customer"], row["Key of the API"]) == ("AA", TOKEN)
    assert row["Reason"] == "customer AA: name: Bearer ***"
    assert result.lines[1]["reason"] == "name: Bearer ***"
    assert "line 2: customer AA: name: Bearer ***" in result.err


def test_a_check_shows_no_token_that_the_server_holds(command: Command, server: Serving, tmp_path: Path) -> None:
    customer = post(server, "customers", name="AA", comment=TOKEN, country="DE", currency="EUR", timezone="UTC")["id"]
    post(server, "projects", name=f"x {TOKEN}", customer=customer)
    file = tmp_path / "a.csv"
    file.write_text("Customer,Note\nAA,other\n", "utf-8")
    options = ("--column", "customer.comment=Note", "--check", "--extra", "--url", server.url)
    result = command(file, "--json", *options, KIMAI_TOKEN=TOKEN)

    assert [line["type"] for line in result.lines] == ["run", "differs", "extra", "summary"]
    assert (result.lines[1]["server"], result.lines[2]["path"]) == ("***", ["AA", "x ***"])
    assert TOKEN not in result.out + result.err


def test_the_old_pairs_password_is_a_secret_too(command: Command, server: Serving, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("Customer\nAA\n", "utf-8")
    with odd_proxy(server, answers_get(redirect(f"/login?password={API_PASSWORD}"))) as url:
        result = command(file, "--json", "--url", url, "--user", server.user, KIMAI_TOKEN=API_PASSWORD)

    assert "redirects to /login?password=*** (307" in result.err
    assert "redirects to /login?password=*** (307" in result.lines[-1]["error"]


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "all_proxy"])
def test_the_password_of_a_proxy_is_a_secret_too(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    async def broken(*arguments: Any, **options: Any) -> None:
        raise LookupError("Proxy-Authorization: open sesame")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("kimai_async.terminal.session.import_csv", broken)
    command("a.csv", "--url", "http://127.0.0.1:9", KIMAI_TOKEN=TOKEN, **{variable: "http://me:open%20sesame@proxy:80"})

    (log,) = tmp_path.iterdir()
    assert "LookupError: Proxy-Authorization: ***" in log.read_text("utf-8")
