"""Addresses, certificates and proxies: which can be used, and what is said of the others."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from asking import never

from kimai_async.errors import UsageError
from kimai_async.kimai.access import proxy_for
from kimai_async.kimai.connection import Connection
from kimai_async.settings import Access, api_root

if TYPE_CHECKING:
    from pathlib import Path


def make(**settings: Any) -> Connection:
    return Connection(Access(**{"url": "https://kimai.example.com", "token": "x", **settings}), lanes=8, wait=never)


@pytest.mark.anyio
async def test_the_network_is_used_without_a_transport_of_its_own() -> None:
    async with make() as client:
        assert client.root == "https://kimai.example.com/api"
    async with make(insecure=True) as client:
        assert client.root == "https://kimai.example.com/api"


@pytest.mark.parametrize(("content", "reason"), [(None, "no such file"), ("no certificate", "it holds no certificate")])
def test_a_ca_bundle_that_cannot_be_used_is_a_usage_error(tmp_path: Path, content: str | None, reason: str) -> None:
    bundle = tmp_path / "ca.pem"
    if content is not None:
        bundle.write_text(content)

    with pytest.raises(UsageError, match=f"--ca-bundle .* cannot be used: {reason}"):
        make(ca_bundle=bundle)


@pytest.mark.anyio
async def test_a_ca_bundle_replaces_the_certificates_that_are_trusted(tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    async with make(ca_bundle=tmp_path / "ca.pem") as client:
        assert isinstance(client, Connection)
    assert ssl.create_default_context(cafile=tmp_path / "ca.pem").cert_store_stats()["x509_ca"] == 1


@pytest.mark.parametrize(
    ("environment", "url", "proxy"),
    [
        ({"HTTPS_PROXY": "http://proxy:3128"}, "https://kimai.example.com/api", "http://proxy:3128"),
        ({"https_proxy": "http://proxy:3128"}, "http://kimai.example.com/api", None),
        ({"HTTP_PROXY": "http://proxy:3128"}, "http://kimai.example.com/api", "http://proxy:3128"),
        ({"ALL_PROXY": "http://proxy:3128"}, "https://kimai.example.com/api", "http://proxy:3128"),
        ({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "example.com"}, "https://kimai.example.com/api", None),
        ({"HTTP_PROXY": "http://proxy:3128"}, "http://127.0.0.1:8001/api", None),
        ({}, "https://kimai.example.com/api", None),
    ],
)
def test_the_environments_proxy_is_used_unless_the_host_is_excepted(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], url: str, proxy: str | None
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert proxy_for(url) == proxy


def test_a_proxy_that_cannot_be_used_is_a_usage_error_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://susan:secret@proxy:1080")

    with pytest.raises(UsageError, match="The proxy that the environment names cannot be used") as caught:
        make()
    assert "secret" not in str(caught.value)


def test_certificates_that_the_environment_names_and_that_are_not_there_are_a_usage_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))

    with pytest.raises(UsageError, match="SSL_CERT_FILE or SSL_CERT_DIR cannot be used: no such file"):
        Connection(Access(url="https://kimai.test", token="x"), lanes=1, wait=never)


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("http://kim\u200bai.test", "the invisible character U\\+200B"),
        ("http://kimai.test/\x07", "the invisible character U\\+0007"),
        ("http://kimai.test/my kimai", "a space"),
        ("http://☃", "cannot hold '☃'"),
        ("http://a\\b", "cannot hold"),
        ("http://a%20b", "cannot hold '%'"),
        ("http://a..b", "nothing between two dots"),
        ("http://" + "a" * 64 + ".test", "too long"),
        ("http://" + "a." * 200 + "test", "too long"),
        ("http://[::1]x", "square brackets"),
        ("http://[fe80::1%25eth0]", "square brackets"),
        ("http://kimai.test:0", "port is not 1 to 65535"),
        ("http://kimai.test:65536", "ports are 1 to 65535"),
        ("http://::1]", "host or port cannot be read"),
    ],
)
def test_what_is_wrong_with_an_address_is_said(url: str, wrong: str) -> None:
    with pytest.raises(UsageError, match=f"--url .*{wrong}"):
        api_root(url)


@pytest.mark.parametrize(
    "url", ["http://xn--.test", "http://\uff41.test", "http://" + "ü" * 60 + ".test", "http://x/" + "y" * 70_000]
)
def test_an_address_that_no_resolver_takes_is_a_usage_error_before_anything_is_asked(url: str) -> None:
    with pytest.raises(UsageError, match="--url is no address that can be asked"):
        Connection(Access(url=url, token="x"), lanes=1, wait=never)


@pytest.mark.parametrize(
    "url", ["http://münchen.test:8001/x", "http://my_kimai.test.", "http://[::1]:80", "http://KIMAI"]
)
def test_names_of_other_languages_and_local_ones_are_addresses(url: str) -> None:
    assert Connection(Access(url=url, token="x"), lanes=1, wait=never).root == f"{url}/api"
