"""No text of a server or of a file begins a line of its own on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from odd_proxy import Exchange, odd_proxy

from kimai_async.sandbox.serve import serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from commands import Command

FORGED = "Everything is there."
BREAKS = pytest.mark.parametrize("line_break", ["\n", "\r", "\x85", "\u2028"])


def assert_not_forged(text: str) -> None:
    assert FORGED in text
    assert [line for line in text.splitlines() if line.strip().startswith(FORGED)] == []


def said(command: Command, file: Path, odd: Callable[[Exchange], bytes], *options: object) -> str:
    with serving() as server, odd_proxy(server, odd) as url:
        result = command(file, *options, "--url", url, KIMAI_TOKEN=server.token)
    assert result.code in (0, 1, 2, 3)
    return result.err


def changed(path: str, **values: Any) -> Callable[[Exchange], bytes]:
    def odd(exchange: Exchange) -> bytes:
        ours = exchange.path == f"/api/{path}" and exchange.method == "GET"
        return exchange.answer(body={**exchange.json, **values} if ours else None)

    return odd


def refused(text: str, field: str = "name", *, empty: bool = False) -> Callable[[Exchange], bytes]:
    """Answer each create as Kimai refuses a field; with *empty*, also the question what it takes."""

    def odd(exchange: Exchange) -> bytes:
        if exchange.creates:
            return exchange.answer(status=400, body={"errors": {"children": {field: {"errors": [text, text]}}}})
        if empty and exchange.status == 400:
            body = exchange.json
            body["errors"]["children"][field] = {"errors": [text]}
            return exchange.answer(body=body)
        return exchange.answer()

    return odd


@BREAKS
def test_neither_user_nor_version_begins_a_line(command: Command, tmp_path: Path, line_break: str) -> None:
    file = tmp_path / "t.csv"
    file.write_text("Customer,Language\nAcme,de\n")
    forged = f"anna{line_break}{FORGED}"

    assert_not_forged(said(command, file, changed("users/me", username=forged, roles=[]), "--dry-run"))
    assert_not_forged(said(command, file, changed("version", version=f"2.14.0 {forged}"), "--dry-run"))


@BREAKS
@pytest.mark.parametrize("options", [(), ("-v",), ("-q",)])
def test_no_reason_of_a_refusal_begins_a_line(
    command: Command, tmp_path: Path, line_break: str, options: tuple[str, ...]
) -> None:
    file = tmp_path / "t.csv"
    file.write_text("Customer\nAcme\n")

    assert_not_forged(said(command, file, refused(f"bad{line_break}{FORGED}"), *options))
    assert_not_forged(said(command, file, refused("bad", f"name{line_break}{FORGED}"), *options))


@BREAKS
def test_no_reason_against_a_value_begins_a_line(command: Command, tmp_path: Path, line_break: str) -> None:
    file = tmp_path / "t.csv"
    file.write_text("Customer,Country\nAcme,DE\n")
    text = f"bad{line_break}{FORGED}"

    assert_not_forged(said(command, file, refused(text, "country", empty=True)))
    assert_not_forged(said(command, file, refused(text, "country", empty=True), "--country", "DE"))


@BREAKS
def test_no_heading_and_no_cell_begins_a_line(command: Command, tmp_path: Path, line_break: str) -> None:
    file = tmp_path / "t.csv"
    forged = f"x{line_break}{FORGED}"
    columns = f'"{forged}","meta.{forged}",Visible'
    file.write_bytes(f'Customer,Project,{columns}\nAcme,"{forged}",a,b,"{forged}"\n'.encode())
    assert_not_forged(said(command, file, Exchange.answer, "--dry-run"))

    file.write_bytes(f"Customer,Project,{columns}\nAcme,Website,a,b,yes\n".encode())
    assert_not_forged(said(command, file, Exchange.answer, "-v"))


@pytest.mark.parametrize("line_break", ["\n", "\r", "\u2028"])
def test_no_name_of_a_file_begins_a_line(command: Command, tmp_path: Path, line_break: str) -> None:
    file = tmp_path / f"a{line_break}{FORGED}"
    for text in ("Customer\nAcme\n", "Customer\nA=b\n"):
        file.write_bytes(text.encode())
        assert_not_forged(said(command, file, Exchange.answer))
    file.unlink()
    assert_not_forged(said(command, file, Exchange.answer))
    assert_not_forged(said(command, file, Exchange.answer, "--token-file", file))


def test_rejects_of_a_file_begin_no_line(command: Command, tmp_path: Path) -> None:
    file = tmp_path / f"a\n{FORGED}"
    file.write_text("Customer\nAcme\n")

    assert_not_forged(said(command, file, refused("bad")))
