"""What it takes to reach a Kimai: its address, credentials, the certificates that are trusted, the proxy."""

from __future__ import annotations

import ssl
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from kimai_async.errors import UnreachableError, UsageError, lacks_handles
from kimai_async.kimai.explanations import hint
from kimai_async.kimai.transport import AiohttpTransport
from kimai_async.text import plain, shorten

if TYPE_CHECKING:
    from kimai_async.settings import Access


def parse_address(address: str, what: str) -> httpx.URL:
    """Return an address that can be asked; raises UsageError, which says *what* it is that cannot."""
    try:
        url = httpx.URL(address)
        _ = url.host  # read for its check
    except (httpx.InvalidURL, UnicodeError) as error:
        raise UsageError(f"{what} is no address that can be asked: {shorten(str(error))}.") from None
    return url


def credentials(access: Access) -> dict[str, str]:
    """Return the headers that sign a request in: a token, or the pair that Kimai takes before 2.14."""
    if access.user is None:
        return {"Authorization": f"Bearer {access.token}"}
    return {"X-AUTH-USER": access.user, "X-AUTH-TOKEN": access.token}


def open_transport(access: Access, root: str, lanes: int) -> AiohttpTransport:
    """Return the network, as options and environment have it; raises UsageError for what cannot be used of that."""
    context = _ssl_context(access) if root.startswith("https:") else None
    try:
        return AiohttpTransport(lanes=lanes, ssl_context=context, proxy=proxy_for(root))
    except ValueError as error:
        raise UsageError(f"The proxy that the environment names cannot be used: {error}.") from None


def _ssl_context(access: Access) -> ssl.SSLContext:
    named = (
        "SSL_CERT_FILE or SSL_CERT_DIR" if access.ca_bundle is None else f"--ca-bundle {plain(str(access.ca_bundle))}"
    )
    try:
        if access.insecure or access.ca_bundle is None:
            return httpx.create_ssl_context(verify=not access.insecure)
        return ssl.create_default_context(cafile=access.ca_bundle)
    except OSError as error:
        broken = isinstance(error, ssl.SSLError)
        reason = "it holds no certificate in PEM form" if broken else (error.strerror or str(error)).lower()
        if lacks_handles(error):
            raise UnreachableError(f"The certificates cannot be read: {reason}. {hint(reason)}") from None
        raise UsageError(f"{named} cannot be used: {reason}.") from None


def proxy_for(root: str) -> str | None:
    """Return the proxy that the environment (`HTTPS_PROXY`, `NO_PROXY`, …) names for an address."""
    parts = urlsplit(root)
    host = parts.hostname or ""
    if host in ("localhost", "127.0.0.1", "::1") or urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")
