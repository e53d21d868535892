"""Nobody but the page itself can ask the page's server for anything, and nothing of it stays anywhere."""

from __future__ import annotations

import http.client
import json
import logging
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
from page_client import DEMO, access_to, pages

from kimai_async.errors import UsageError
from kimai_async.kimai.connection import Connection
from kimai_async.page.headers import policy

if TYPE_CHECKING:
    from page_client import Client

    from kimai_async.sandbox.serve import Serving

pytest_plugins = ["page_fixtures"]

POSTS = (
    "server",
    "leave",
    "upload?name=a.csv",
    "table?option=user_map",
    "close",
    "options",
    "column",
    "plan",
    "run",
    "stop",
)
GETS = (
    "",
    "setup",
    "events",
    "rows?job=1&at=&first=0&count=1&show=all",
    "refused?job=1&first=0&count=1",
    "rejects?job=1",
)


def ask(client: Client, path: str, method: str = "GET", **headers: str | None) -> http.client.HTTPResponse:
    """Ask with exactly these headers; a None leaves one out."""
    parts = urlsplit(client.page.url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=10)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in {"Host": parts.netloc, "Content-Length": "0", **headers}.items():
        if value is not None:
            connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    response = connection.getresponse()
    if not path.endswith("events") or response.status != 200:
        response.msg["x-body"] = response.read().decode()
    connection.close()
    return response


def path_of(client: Client, path: str = "") -> str:
    return urlsplit(client.page.url).path + path


@pytest.mark.parametrize("path", GETS)
@pytest.mark.parametrize("host", ["kimai.example.com", "127.0.0.1", "evil.test:80", None])
def test_a_foreign_host_is_refused_everywhere(site: Client, path: str, host: str | None) -> None:
    response = ask(site, path_of(site, path), Host=host)

    assert response.status == (400 if host is None else 421)
    assert "html" not in response.headers["x-body"]


@pytest.mark.parametrize("path", POSTS)
def test_a_post_of_another_origin_is_refused(site: Client, path: str) -> None:
    before = site.state
    origins = ["https://evil.test", "null", site.origin.replace("http:", "https:"), "http://127.0.0.1:1", None]
    for origin in origins:
        response = ask(site, path_of(site, path), "POST", Origin=origin, Content_Type="application/json")
        assert (origin, response.status) == (origin, 403)
        assert not [name for name in response.headers if name.lower().startswith("access-control")]

    assert site.state == before


@pytest.mark.parametrize("path", GETS)
def test_another_origin_reads_nothing(site: Client, path: str) -> None:
    for headers in (
        {"Origin": "https://evil.test"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ):
        response = ask(site, path_of(site, path), **headers)
        assert response.status == 403
        assert not [name for name in response.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("path", ["/", "/x/", "/events", "/x/events", "/setup", "/page.html", "//", "/%00/", "/é/"])
def test_without_the_secret_there_is_nothing(site: Client, path: str) -> None:
    response = site.http.get(site.origin + path)

    assert response.status_code == 404
    assert site.page.url.split("/")[3] not in response.text


@pytest.mark.parametrize("path", POSTS)
def test_without_the_secret_nothing_is_done(site: Client, path: str) -> None:
    headers = {"Origin": site.origin}
    secret = site.page.url.split("/")[3]
    for wrong in (f"/{path}", f"/{secret[:-1]}/{path}", f"/{secret}x/{path}"):
        assert site.http.post(site.origin + wrong, headers=headers).status_code == 404


def test_the_secret_is_another_one_each_time_and_long() -> None:
    with pages() as one, pages() as other:
        secrets = {client.page.url.split("/")[3] for client in (one, other)}

    assert len(secrets) == 2
    assert all(len(secret) >= 32 for secret in secrets)


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "PATCH"])
def test_no_other_page_is_told_that_it_may_ask(site: Client, method: str) -> None:
    response = ask(site, path_of(site, "run"), method, Origin="https://evil.test")

    assert response.status == 405
    assert not [name for name in response.headers if name.lower().startswith("access-control")]


def test_a_form_of_another_page_cannot_be_json(client: Client) -> None:
    response = client.post("plan", b"{}", Content_Type="text/plain")

    assert (response.status_code, response.json()) == (400, {"error": "This takes JSON."})


def test_the_policy_lets_in_nothing_from_elsewhere(client: Client) -> None:
    response = client.get()
    rules = dict(part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; "))

    assert rules["default-src"] == rules["form-action"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert rules["connect-src"] == "'self'"
    assert rules["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in str(rules)
    assert response.headers["Content-Security-Policy"] == policy(response.text, "'self'")


@pytest.mark.parametrize("path", [*GETS, "nonsense"])
def test_every_answer_keeps_to_itself(site: Client, path: str) -> None:
    response = ask(site, path_of(site, path))

    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Server" not in response.headers


def test_the_page_names_no_other_address_and_writes_no_markup(client: Client) -> None:
    page = client.get().text

    assert not re.search(r"<(link|img|iframe|script\s|base|object)", page)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", page)
    assert not re.search(r"\son[a-z]+=|style=", page)
    assert not re.search(r"localStorage|sessionStorage|indexedDB|document\.cookie", page)
    assert set(re.findall(r"https?://\w[\w.-]*", page)) <= {"https://kimai.example.com"}


def test_it_listens_on_the_loopback_address_only(client: Client) -> None:
    port = urlsplit(client.page.url).port

    with pytest.raises(OSError, match=r".*"), socket.create_connection(("127.0.0.2", port), timeout=1):
        pass


def test_a_port_in_use_is_one_sentence(client: Client) -> None:
    port = urlsplit(client.page.url).port
    assert port is not None

    with pytest.raises(UsageError, match=rf"Cannot listen on 127\.0\.0\.1 port {port}"), pages(port=port):
        pass


def test_the_token_of_the_environment_never_goes_to_the_browser(client: Client, sandbox: Serving) -> None:
    assert client.post("server").status_code == 200
    client.upload(DEMO)
    client.planned()
    answers = [client.get(path).text for path in ("", "setup")] + [json.dumps(client.state)]

    assert all(sandbox.token not in answer for answer in answers)
    assert client.state["server"]["user"] == "susan_super"


def test_a_token_that_a_server_gives_back_goes_to_no_browser(client: Client, sandbox: Serving) -> None:
    who = {"version": f"2.65.0 {sandbox.token}", "user": f"{sandbox.token}\n", "mayCreate": {"customers": True}}
    client.page.desk.sign_in(access_to(sandbox), who)

    assert client.state["server"]["user"] == "***\\n"
    assert sandbox.token not in json.dumps(client.state)


def test_a_token_that_was_typed_is_not_given_back(sandbox: Serving) -> None:
    with pages() as client:
        answer = client.post("server", {"url": sandbox.url, "token": sandbox.token})
        assert (answer.status_code, answer.text) == (200, "{}")
        client.upload(DEMO)

        assert sandbox.token not in json.dumps(client.state) + client.get().text
        assert all(sandbox.token.encode() not in file.read_bytes() for file in client.page.desk.folder.iterdir())


def test_the_token_of_the_environment_is_for_its_own_address_alone(client: Client) -> None:
    answer = client.post("server", {"url": "https://evil.test", "token": ""})

    assert answer.status_code == 400
    assert "token is missing" in answer.json()["error"]


def test_nothing_is_logged(client: Client, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "uvicorn")
    client.get()
    client.post("server")
    client.upload(DEMO)
    client.get("nonsense")

    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if record.name.startswith("uvicorn")] == []


def test_what_was_uploaded_is_for_this_user_alone_and_gone_at_the_end(sandbox: Serving) -> None:
    with pages() as client:
        folder = client.page.desk.folder
        client.upload(DEMO)
        (file,) = folder.iterdir()
        assert file.read_bytes() == DEMO
        assert folder.stat().st_mode & 0o077 == 0

    assert not folder.exists()


def test_a_second_file_takes_the_place_of_the_first(client: Client) -> None:
    client.upload(DEMO)
    client.upload(DEMO + b"ACME\n", "other.csv")

    (file,) = client.page.desk.folder.iterdir()
    assert file.read_bytes().endswith(b"ACME\n")
    assert client.state["file"]["name"] == "other.csv"


def test_a_file_can_be_taken_away(client: Client) -> None:
    client.upload(DEMO)
    assert client.post("close").status_code == 200

    assert list(client.page.desk.folder.iterdir()) == []
    assert client.state["file"] is None


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..%2F..%2Fx.csv", "C:%5Cx.csv", "%00", "", "a" * 4000, "%0d%0aX: y"]
)
def test_the_name_of_a_file_is_no_path(client: Client, name: str) -> None:
    assert client.upload(DEMO, name).status_code == 200

    (file,) = client.page.desk.folder.iterdir()
    assert re.fullmatch(r"\d+\.csv", file.name)
    assert not re.search(r"[/\\\r\n\0]", client.state["file"]["name"])


def test_signing_out_forgets_the_token(sandbox: Serving) -> None:
    with pages() as client:
        client.post("server", {"url": sandbox.url, "token": sandbox.token})
        assert client.page.desk.access is not None
        client.post("leave")

        assert client.page.desk.access is None
        assert client.state["server"] is None


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("plan", b"[]", "This takes a JSON object."),
        ("plan", b"{", "This takes a JSON object."),
        ("plan", b'"' + b"x" * (1 << 20) + b'"', "This is more than a form can hold."),
        ("plan", b"{}", "Sign in and choose a file first."),
        ("run", b"{}", "Something was changed since this plan was made, in another tab perhaps; make it anew."),
        ("column", b'{"index": 0, "target": null}', "There is no file yet."),
        ("column", b'{"index": "0"}', "This takes a column and what it is."),
        ("options", b'{"nonsense": 1}', "There is no option 'nonsense'."),
        ("options", b'{"concurrency": "many"}', "--concurrency takes a number, not 'many'."),
        ("options", b'{"concurrency": 1000}', "--concurrency takes 1 to 256, not 1000."),
        ("options", b'{"match": "luck"}', "--match takes name or number, not 'luck'."),
        ("table?option=rejects", b"", "There is no such option."),
    ],
)
def test_what_cannot_be_meant_is_a_sentence(site: Client, path: str, body: bytes, sentence: str) -> None:
    answer = site.post(path, body)

    assert answer.status_code in (400, 409)
    assert answer.json() == {"error": sentence}


@pytest.mark.parametrize("query", ["job=1&at=&first=x&count=1&show=all", "job=1&at=a&first=0&count=1&show=all"])
def test_questions_about_rows_that_cannot_be_meant_are_refused(site: Client, query: str) -> None:
    assert site.get(f"rows?{query}").status_code in (400, 409)


def test_a_bug_is_a_sentence_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Connection, "__init__", fail)
    answer = client.post("server")

    assert (answer.status_code, answer.json()) == (400, {"error": "this is a bug (ZeroDivisionError)"})


def test_a_full_disk_is_a_sentence(client: Client) -> None:
    folder = client.page.desk.folder
    folder.rmdir()
    answer = client.upload(DEMO)

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("The file cannot be kept in the temporary folder: ")
    folder.mkdir()


def test_a_browser_that_hangs_up_while_it_sends_leaves_nothing(client: Client) -> None:
    parts = urlsplit(client.page.url)
    with socket.create_connection(("127.0.0.1", parts.port or 0)) as connection:
        head = f"POST {parts.path}upload?name=a.csv HTTP/1.1\r\nHost: {parts.netloc}\r\nOrigin: {client.origin}\r\n"
        connection.sendall(f"{head}Content-Length: 1000\r\n\r\nCustomer".encode())
        client.until(lambda _: any(client.page.desk.folder.iterdir()))
    client.until(lambda _: not any(client.page.desk.folder.iterdir()))

    assert client.state["file"] is None


def test_a_browser_that_asks_for_an_icon_gets_none(client: Client) -> None:
    assert client.http.get(f"{client.origin}/favicon.ico").status_code == 204


def test_localhost_is_this_computer_too(client: Client) -> None:
    assert httpx.get(client.page.url.replace("127.0.0.1", "localhost"), trust_env=False).status_code == 200
    assert Path(client.page.desk.folder).is_dir()
