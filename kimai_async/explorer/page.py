"""The page as it is served: the HTML file, and the headers that keep it to itself."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.resources import files

_URL = '<meta name="kimai-url" content="">'

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
NOTHING_ALLOWED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def load_page(url: str | None) -> tuple[bytes, str]:
    """Return the page, with *url* in its sign-in form, and its Content-Security-Policy."""
    html = (files("kimai_async.explorer") / "page.html").read_text("utf-8")
    if url:
        html = html.replace(_URL, _URL.replace('""', f'"{escape(url)}"'), 1)
    return html.encode(), _policy(html)


def _policy(html: str) -> str:
    """Return the policy: this page's own script and style by their hashes, and text only ever as text.

    `connect-src` names no host: whose Kimai it is, the user says in the page, after it was loaded.
    """
    parts = [
        NOTHING_ALLOWED,
        f"script-src {_hashes(html, 'script')}",
        f"style-src {_hashes(html, 'style')}",
        "connect-src http: https:",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
    return "; ".join(parts)


def _hashes(html: str, tag: str) -> str:
    blocks = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
    return " ".join(f"'sha256-{b64encode(sha256(block.encode()).digest()).decode()}'" for block in blocks)
