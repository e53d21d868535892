"""The page as it is served: the HTML file, with the address in it."""

from __future__ import annotations

from html import escape

from kimai_async.page.headers import load_html, policy

_URL = '<meta name="kimai-url" content="">'
_IMPORT = '<meta name="kimai-import" content="">'


def load_page(url: str | None, *, importing: bool = False) -> tuple[bytes, str]:
    """Return the page, with *url* in its sign-in form, and its Content-Security-Policy.

    With *importing* it has a link to the page of an import, which then is below `import/`.

    Its `connect-src` names no host: whose Kimai it is, the user says in the page, after it was loaded.
    """
    html = load_html("kimai_async.explorer")
    if url:
        html = html.replace(_URL, _URL.replace('""', f'"{escape(url)}"'), 1)
    if importing:
        html = html.replace(_IMPORT, _IMPORT.replace('""', '"import/"'), 1)
    return html.encode(), policy(html, "http: https:")
