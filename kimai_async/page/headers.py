"""A page as one HTML file with all of its scripts, its policy, and the headers that keep it to itself."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
NOTHING_ALLOWED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


_ROWS = '<script src="rows.js"></script>'


def load_html(package: str) -> str:
    """Return a package's `page.html` with the shared `rows.js` within it, so that a browser asks for nothing else."""
    html = (files(package) / "page.html").read_text("utf-8")
    rows = (files("kimai_async.page") / "rows.js").read_text("utf-8")
    return html.replace(_ROWS, f"<script>\n{rows}</script>", 1)


def policy(html: str, connect: str) -> str:
    """Return a page's policy: its own script and style by their hashes, text only ever as text, calls to *connect*."""
    parts = [
        NOTHING_ALLOWED,
        f"script-src {_hashes(html, 'script')}",
        f"style-src {_hashes(html, 'style')}",
        f"connect-src {connect}",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
    return "; ".join(parts)


def _hashes(html: str, tag: str) -> str:
    blocks = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
    return " ".join(f"'sha256-{b64encode(sha256(block.encode()).digest()).decode()}'" for block in blocks)
