"""The one sentence for each server that is none, and what is advised when no connection can be made."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest
import trustme
from asking import TOKEN, Asked, never, server, version
from faulty_server import FaultyServer, answer
from systems import limits

from kimai_async.errors import AccessError, NotKimaiError, UnreachableError
from kimai_async.kimai.connection import Connection
from kimai_async.settings import Access

if TYPE_CHECKING:
    from pathlib import Path

WRONG_PASSWORD = "The server refuses the user susan_super or the API password"


@pytest.mark.parametrize(
    ("response", "kind", "sentence"),
    [
        (
            httpx.Response(200, html="<h1>Welcome</h1>"),
            NotKimaiError,
            "(text/html where JSON was expected). Check --url.",
        ),
        (httpx.Response(200, content=b""), NotKimaiError, "(something where JSON was expected)"),
        (httpx.Response(200, json={"version": 1, "x": 2}), NotKimaiError, "(other JSON)"),
        (httpx.Response(200, json=["2.65.0"]), NotKimaiError, "(other JSON)"),
        (httpx.Response(404, html="nothing"), NotKimaiError, "(404 Not Found)"),
        (httpx.Response(410), NotKimaiError, "(410 Gone)"),
        (
            httpx.Response(301, headers={"Location": "https://new.example.com/api/version"}),
            NotKimaiError,
            "redirects to https://new.example.com/api/version (301 Moved Permanently), and a token is not sent after",
        ),
        (httpx.Response(401), AccessError, "The server refuses the token (401 Unauthorized); make a new one"),
        (
            httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="staging"'}),
            AccessError,
            "Something before Kimai asks for a password of its own (401 Unauthorized, Basic)",
        ),
        (httpx.Response(403, json={"message": "Forbidden"}), AccessError, "may not use the API (403 Forbidden)"),
        (
            httpx.Response(403, json={"message": "Authentication required, missing user header: X-AUTH-USER"}),
            AccessError,
            "This Kimai is older than 2.14 and takes no API token; give --user",
        ),
    ],
)
def test_a_server_that_cannot_be_used_gets_one_sentence(
    response: httpx.Response, kind: type[Exception], sentence: str
) -> None:
    asked = Asked(server, response)

    assert type(asked.error) is kind
    assert sentence in str(asked.error)
    assert TOKEN not in str(asked.error)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (403, f"{WRONG_PASSWORD} (403 Forbidden); the one for the browser does not count."),
        (400, "The server refuses the sign-in (400 Bad Request): after five wrong passwords, wait a minute."),
    ],
)
def test_a_wrong_api_password_is_said(status: int, sentence: str) -> None:
    asked = Asked(server, httpx.Response(status, json={"message": "Invalid credentials"}), user="susan_super")

    assert isinstance(asked.error, AccessError)
    assert str(asked.error) == sentence


@pytest.mark.anyio
@pytest.mark.parametrize("location", ["http://kimai.test/api/version", "HTTP://elsewhere.test/"])
async def test_a_redirect_away_from_https_is_called_odd_and_http_is_not_advised(location: str) -> None:
    redirect = httpx.MockTransport(lambda _: httpx.Response(301, headers={"Location": location}))
    access = Access(url="https://kimai.test", token="x")
    async with Connection(access, lanes=1, wait=never, transport=redirect) as connection:
        with pytest.raises(NotKimaiError) as caught:
            await version(connection)

    assert "that one is not encrypted" in str(caught.value)
    assert "--url" not in str(caught.value)


async def unreachable(access: Access) -> str:
    with pytest.raises(UnreachableError) as caught:
        async with Connection(access, lanes=1, wait=never) as connection:
            await version(connection)
    return str(caught.value)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("names", "advice"),
    [
        (["elsewhere.test"], "The certificate is for another name: check the host in --url."),
        (["127.0.0.1"], "If you trust it, give its authority's certificate by --ca-bundle."),
    ],
)
async def test_the_authority_is_asked_for_only_where_it_helps(tmp_path: Path, names: list[str], advice: str) -> None:
    own, other = trustme.CA(), trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.issue_cert(*names).configure_cert(tls)
    trusted = own if names == ["elsewhere.test"] else other
    trusted.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    async with FaultyServer(answer(), tls=tls) as faulty:
        said = await unreachable(Access(url=faulty.url, token="x", ca_bundle=tmp_path / "ca.pem"))

    assert said.endswith(advice)


@pytest.mark.anyio
async def test_an_expired_certificate_is_to_be_renewed(tmp_path: Path) -> None:
    own = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.issue_cert("127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC)).configure_cert(tls)
    own.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    async with FaultyServer(answer(), tls=tls) as faulty:
        said = await unreachable(Access(url=faulty.url, token="x", ca_bundle=tmp_path / "ca.pem"))

    assert said.endswith("Have the certificate renewed, and check the clock of this computer.")


@limits
@pytest.mark.parametrize("url", ["https://kimai.test", "http://127.0.0.1:1"])
def test_too_many_open_files_are_no_bug(url: str) -> None:
    import resource  # noqa: PLC0415 - POSIX only

    async def ask() -> str:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with open("/dev/null") as last:  # noqa: ASYNC230, PTH123 - its number is what counts
            resource.setrlimit(resource.RLIMIT_NOFILE, (last.fileno() + 1, hard))
            try:
                return await unreachable(Access(url=url, token="x"))
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert anyio.run(ask).endswith(
        "too many open files. Allow more of them (ulimit -n), or give a lower --concurrency."
    )
