"""A server that gives the token back, or text that looks like ours: what `kimai-api` prints of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from explorer_echoes import CODED, ECHOES, TOKEN, TRACES

from kimai_async.explorer.redaction import redacted
from kimai_async.text import Secrets

if TYPE_CHECKING:
    from commands import Command, Result
    from explorer_fixtures import Stub

pytest_plugins = ["explorer_fixtures"]

DIGITS = "123456789012"


def ask(api: Command, stub: Stub, *arguments: str, secret: str = TOKEN) -> Result:
    return api("get", "things", *arguments, "--url", stub.url, KIMAI_TOKEN=secret)


@pytest.mark.parametrize("table", [(), ("--table",)], ids=["json", "table"])
@pytest.mark.parametrize("echo", ECHOES)
def test_an_answer_that_holds_the_token_is_printed_without_it(
    api: Command, stub: Stub, echo: str, table: tuple[str, ...]
) -> None:
    stub.answer("things", ECHOES[echo])
    result = ask(api, stub, *table)

    assert result.code == 0
    assert "***" in result.out
    assert not [trace for trace in TRACES if trace in result.out + result.err]


def test_json_without_the_token_is_still_json(api: Command, stub: Stub) -> None:
    stub.answer("things", [{"id": int(DIGITS), "rate": float(DIGITS), "ok": True, "name": f'"{DIGITS}"', "n": 1}])

    assert ask(api, stub, secret=DIGITS).json == [{"id": "***", "rate": "***.0", "ok": True, "name": '"***"', "n": 1}]


def test_an_answer_without_the_token_is_printed_as_it_is(api: Command, stub: Stub) -> None:
    answer = [{"id": 1, "name": "Sentinel", "teams": [{"lead": None, "rate": 1.5}], "color-safe": "#000000"}]
    stub.answer("things", answer)

    assert ask(api, stub).json == answer


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (400, {"code": 400, "message": f"Authorization: Bearer {TOKEN}"}, {}),
        (400, {"code": 400, "message": "x" * 100 + TOKEN}, {}),
        (403, {"code": 403, "message": TOKEN}, {}),
        (404, {"code": 404, "message": TOKEN}, {}),
        (410, {"code": 410, "message": CODED}, {}),
        (302, b"", {"Location": f"https://sso.example.com/?token={TOKEN}"}),
        (302, b"", {"Location": f"https://sso.example.com/?token={quote(TOKEN, safe='')}"}),
        (401, b"", {"WWW_Authenticate": f'Basic realm="{TOKEN}"'}),
        (403, f"<h1>Bearer {TOKEN}</h1>".encode(), {"Content_Type": "text/html"}),
        (200, f"<h1>Bearer {TOKEN}</h1>".encode(), {"Content_Type": f"text/{TOKEN}"}),
    ],
)
def test_a_refusal_that_holds_the_token_is_told_without_it(
    api: Command, stub: Stub, status: int, body: Any, headers: dict[str, str]
) -> None:
    stub.answer("things", body, status, **headers)
    result = ask(api, stub)

    assert (result.code, result.out) == (3, "")
    assert not [trace for trace in TRACES if trace in result.err]


def test_what_the_token_may_do_is_told_without_it(api: Command, stub: Stub) -> None:
    stub.answer("version", {"version": "2.65.0", "copyright": TOKEN})
    stub.answer("users/me", {"username": TOKEN, "roles": []})
    result = api("version", "--url", stub.url, KIMAI_TOKEN=TOKEN)

    assert TOKEN not in result.out + result.err


LINES = ("\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x85", "\x1b[2J\x1b[H", "\x08" * 20)
FORGED = "Everything in t.csv is on the server."


@pytest.mark.parametrize("line", LINES)
def test_no_key_or_text_of_a_server_begins_a_line_of_ours(api: Command, stub: Stub, line: str) -> None:
    text = f"DEMO{line}{FORGED}"
    for answer in ([{"id": 1, "name": text, text: text}], [text], {text: text}, {"a": {text: [text]}}):
        stub.answer("things", answer)
        for result in (ask(api, stub), ask(api, stub, "--table")):
            assert result.code == 0
            assert not set("\r\v\f\x1c\x85\x1b\x08") & set(result.out)
            assert not [shown for shown in (result.out + result.err).splitlines() if shown.startswith(FORGED[:10])]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_no_refusal_of_a_server_begins_a_line_of_ours(api: Command, stub: Stub, line: str, status: int) -> None:
    stub.answer("things", {"code": status, "message": f"No.{line}{FORGED}"}, status)
    result = ask(api, stub)

    assert result.code == 3
    assert len(result.err.splitlines()) == 1
    assert result.err.isascii()
    assert result.err[:-1].isprintable()


def test_an_answer_is_redacted_however_deep_it_is() -> None:
    deep: Any = [TOKEN]
    for _ in range(100_000):
        deep = [deep]
    shown = redacted(deep, Secrets([TOKEN]))
    while isinstance(shown, list):
        (shown,) = shown

    assert shown == "***"
