"""The page's server: one page, for this computer's own browser, until Ctrl-C."""

from __future__ import annotations

import builtins
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import webbrowser
from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from systems import signals

from kimai_async.explorer.browse import PageServer
from kimai_async.explorer.page import load_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from commands import Command

pytest_plugins = ["explorer_fixtures"]

SCRIPT = "from kimai_async.explorer.cli import main; main()"


@pytest.fixture(scope="module")
def server() -> Iterator[PageServer]:
    with PageServer(0) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def ask(server: PageServer, path: str = "/", method: str = "GET", host: str | None = "") -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.putrequest(method, path, skip_host=True)
    if host is not None:
        connection.putheader("Host", host or f"127.0.0.1:{server.server_port}")
    connection.endheaders()
    response = connection.getresponse()
    response.msg["x-body"] = response.read().decode()
    connection.close()
    return response


def test_the_page_is_served_with_a_policy_that_lets_in_nothing_from_elsewhere(server: PageServer) -> None:
    response = ask(server)
    policy = dict(part.split(" ", 1) for part in str(response.headers["Content-Security-Policy"]).split("; "))

    assert response.status == 200
    assert policy["default-src"] == policy["form-action"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["connect-src"] == "http: https:"
    assert policy["require-trusted-types-for"] == "'script'"
    assert not re.search(r"unsafe|\*|data:", str(policy))
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("tag", "directive"), [("script", "script-src"), ("style", "style-src")])
def test_the_policy_names_the_hash_of_the_pages_own_code(server: PageServer, tag: str, directive: str) -> None:
    response = ask(server)
    block = re.search(rf"<{tag}>(.*?)</{tag}>", response.headers["x-body"], re.DOTALL)
    assert block is not None
    digest = b64encode(sha256(block[1].encode()).digest()).decode()

    assert f"{directive} 'sha256-{digest}'" in str(response.headers["Content-Security-Policy"])


def test_the_page_names_no_other_address_and_writes_no_markup() -> None:
    page = load_page(None)[0].decode()

    assert not re.search(r"<(link|img|iframe|script\s|base|object)", page)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", page)
    assert not re.search(r"\son[a-z]+=|style=", page)
    addresses = {address.rstrip(".") for address in re.findall(r"https?://\w[\w.-]*", page)}
    assert addresses == {"https://kimai.example.com", "https://host"}


def test_the_address_is_filled_in_as_text_only() -> None:
    plain, policy = load_page(None)
    page, same = load_page('https://a.example/"><script>alert(1)</script>')

    assert b'content="https://a.example/&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in page
    assert same == policy
    assert plain != page


@pytest.mark.parametrize("host", ["kimai.example.com", "127.0.0.1", "127.0.0.1:1", "evil.test:80", None])
def test_a_foreign_host_header_is_refused(server: PageServer, host: str | None) -> None:
    response = ask(server, host=host)

    assert response.status == 421
    assert "html" not in response.headers["x-body"]


def test_localhost_is_this_computer_too(server: PageServer) -> None:
    assert ask(server, host=f"localhost:{server.server_port}").status == 200


@pytest.mark.parametrize("path", ["/index.html", "/page.html", "/../page.py", "/.", "/kimai_async/", "/?a=1", "*"])
def test_there_is_no_other_path(server: PageServer, path: str) -> None:
    response = ask(server, path)

    assert response.status == 404
    assert response.headers["x-body"] == "There is only one page here: /\n"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_browser_that_asks_for_an_icon_gets_none(server: PageServer) -> None:
    assert (ask(server, "/favicon.ico").status, ask(server, "/favicon.ico").headers["x-body"]) == (204, "")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
def test_only_get_and_head_are_answered(server: PageServer, method: str) -> None:
    response = ask(server, method=method)

    assert response.status == 405
    assert response.headers["Allow"] == "GET, HEAD"


def test_head_is_get_without_the_page(server: PageServer) -> None:
    response = ask(server, method="HEAD")

    assert (response.status, response.headers["x-body"]) == (200, "")
    assert response.headers["Content-Length"] == str(len(server.page))


def test_it_says_nothing_about_its_python(server: PageServer) -> None:
    assert "Python" not in ask(server).headers["Server"]


def test_it_listens_on_the_loopback_address_only(server: PageServer) -> None:
    assert server.socket.getsockname()[0] == "127.0.0.1"


def test_a_browser_that_hangs_up_is_no_event(server: PageServer, capfd: pytest.CaptureFixture[str]) -> None:
    server.handle_error(None, None)
    with socket.create_connection(("127.0.0.1", server.server_port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
    assert ask(server).status == 200
    assert capfd.readouterr().err == ""


def test_the_handler_has_no_other_names(server: PageServer) -> None:
    handler: Any = server.RequestHandlerClass
    with pytest.raises(AttributeError, match="nonsense"):
        _ = handler.__new__(handler).nonsense


@signals
def test_browse_opens_the_browser_and_ctrl_c_ends_it(api: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = []

    def open_and_interrupt(url: str) -> bool:
        pages.append(httpx.get(url).text)
        pages.append(httpx.get(f"{url}import/").text)
        os.kill(os.getpid(), signal.SIGINT)
        return True

    monkeypatch.setattr(webbrowser, "open", open_and_interrupt)
    result = api("browse", "--port", 0, KIMAI_URL="https://kimai.example.org")

    assert result.code == 0
    assert result.out == ""
    assert re.match(r"The page is at http://127\.0\.0\.1:\d+/[\w-]{32}/ for this computer only\. Stop", result.err)
    assert result.err.endswith("Stopped.\n")
    assert '<meta name="kimai-url" content="https://kimai.example.org">' in pages[0]
    assert '<meta name="kimai-import" content="import/">' in pages[0]
    assert "<title>Import into Kimai</title>" in pages[1]


@signals
@pytest.mark.parametrize("missing", ["starlette", "another"])
def test_without_the_extra_browse_serves_the_calls_alone(
    api: Command, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    pages = []
    real = builtins.__import__

    def refuse(name: str, *rest: Any) -> Any:
        if name == "kimai_async.explorer.beside":
            raise ModuleNotFoundError(name=missing)
        return real(name, *rest)

    def open_and_interrupt(url: str) -> bool:
        pages.append(httpx.get(url).text)
        os.kill(os.getpid(), signal.SIGINT)
        return True

    monkeypatch.setattr(webbrowser, "open", open_and_interrupt)
    monkeypatch.setattr(builtins, "__import__", refuse)
    result = api("browse", "--port", 0)

    assert result.code == (0 if missing == "starlette" else 70)
    if missing == "starlette":
        assert re.match(r"The page is at http://127\.0\.0\.1:\d+/ for this computer only\. Stop", result.err)
        assert '<meta name="kimai-import" content="">' in pages[0]


@signals
def test_ctrl_c_ends_the_process_with_0_and_no_traceback(tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    environment = {**os.environ, "BROWSER": f"touch {opened} %s"}
    command = [sys.executable, "-c", SCRIPT, "browse", "--no-open", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        url = re.search(r"http://\S+", first)
        assert url is not None
        assert httpx.get(url[0]).status_code == 200
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()

    assert process.returncode == 0
    assert rest.strip() == "Stopped."
    assert not opened.exists()


def test_a_port_in_use_is_one_sentence(api: Command, server: PageServer) -> None:
    result = api("browse", "--no-open", "--port", server.server_port)

    assert result.code == 2
    expected = f"error: Cannot listen on 127.0.0.1 port {server.server_port}: address already in use; --port 0 takes"
    assert result.err.startswith(expected)
    assert len(result.err.splitlines()) == 1


def test_an_address_that_cannot_be_meant_is_refused_before_serving(api: Command) -> None:
    result = api("browse", "--no-open", "--url", "ftp://kimai.example.com")

    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: --url must begin with https://")
