"""Answers that give the token back, for the command and the page alike."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from urllib.parse import quote

TOKEN = "sentinel-token+/=0123456789"
CODED = b64encode(f"susan:{TOKEN}".encode()).decode()

ECHOES: dict[str, Any] = {
    "a text": [{"id": 1, "name": f"Bearer {TOKEN}"}],
    "a text, cut off": [{"id": 1, "name": f"Bearer {TOKEN[:12]}"}],
    "a key": [{"id": 1, TOKEN: "x"}],
    "deep inside": [{"teams": [{"team": {"name": [TOKEN]}}]}],
    "a list of texts": ["a", TOKEN],
    "one text": TOKEN,
    "an object": {"message": f"Authorization: Bearer {TOKEN}", TOKEN: {"a": TOKEN}},
    "a URL": {"next": f"/api/things?token={quote(TOKEN, safe='')}"},
    "a URL in a URL": {"next": quote(quote(TOKEN, safe=""), safe="")},
    "Base64": {"header": f"Basic {CODED}"},
    "HTML": {"page": "<b>" + "".join(f"&#{ord(character)};" for character in TOKEN)},
    "JSON within JSON": {"raw": json.dumps({"token": TOKEN}).replace("-", "\\u002d")},
}

TRACES = (TOKEN[:8], CODED[12:24], "sentinel%", "sentinel\\", "&#115;&#101;")
"""What remains of the token where it was not found."""
