"""Text for a person at a terminal, without what must not be read there."""

from __future__ import annotations

import base64
import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SHORTEST_SECRET = 4
"""Characters; a shorter one is not looked for: a text full of holes would tell it. Kimai takes none below eight."""

CUT_SECRET = 8
"""So many characters of a secret's beginning count as the secret: a text may have been cut within it."""

_NAMED = {'"': "&quot;", "&": "&amp;", "'": "&apos;", "<": "&lt;", ">": "&gt;"}


def plain(text: str) -> str:
    """Return the text on one line: what ends one, controls it or turns its direction is spelled out.

    These are Unicode's categories C (control and format characters, lone surrogates, what is not assigned), Zl and Zp.
    """
    if text.isprintable():
        return text
    return "".join(ascii(character)[1:-1] if _is_obeyed(character) else character for character in text)


def _is_obeyed(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp")


def plain_lines(text: str) -> str:
    """Return the text with its line breaks, and nothing else that a terminal would obey."""
    return "\n".join(map(plain, text.split("\n")))


def shorten(text: str, most: int = 120) -> str:
    """Return the text on one plain line of at most *most* characters."""
    line = plain(" ".join(text.split()))
    return line if len(line) <= most else f"{line[: most - 1]}…"


def path_text(path: tuple[str, ...]) -> str:
    """Return a path as people read it: `DEMO > FOO > Sales talk`."""
    return " > ".join(shorten(name, 60) for name in path)


class Secrets:
    """What must not leave the program, such as a token, and the way to keep it out of a text.

    A secret is found as it is, as JSON, a URL or HTML escape it, within Base64, and cut off after eight characters or
    more; one of fewer than four characters is not looked for.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._traces: list[_Trace] = []
        for secret in secrets:
            self.append(secret)

    def append(self, secret: str) -> None:
        """Keep one more secret out of every text from now on."""
        secret = secret.strip()
        if len(secret) >= SHORTEST_SECRET:
            self._traces += [_Trace(secret), *(_Trace(core, base64=True) for core in _base64_cores(secret))]

    def redact(self, text: str) -> str:
        """Return the text with `***` where a secret stood."""
        for trace in self._traces:
            text = trace.erase(text)
        return text


class _Trace:
    """One secret, or what Base64 makes of it, as it may stand in a text."""

    def __init__(self, secret: str, *, base64: bool = False) -> None:
        first, *rest = list(re.sub(" +", " ", secret))
        # The first character without backslashes before it: so the search skips to where one of its forms begins.
        self._head = re.compile("".join([_forms(first), *(rf"\\*{_forms(c)}" for c in rest[: CUT_SECRET - 1])]))
        self._tail = [_form(character) for character in rest[CUT_SECRET - 1 :]]
        self._rest = re.compile(r"[\w+/=-]*") if base64 else None

    def erase(self, text: str) -> str:
        shown, done = [], 0
        for found in self._head.finditer(text):
            if found.start() >= done:
                shown += [text[done : found.start()], "***"]
                done = self._end(text, found.end())
        return "".join([*shown, text[done:]]) if shown else text

    def _end(self, text: str, end: int) -> int:
        for form in self._tail:
            more = form.match(text, end)
            if more is None:
                break
            end = more.end()
        rest = self._rest.match(text, end) if self._rest else None
        return rest.end() if rest else end


def _forms(character: str) -> str:
    """Return a pattern for one character of a secret, bare or escaped as in JSON, a URL, HTML or Python."""
    code = ord(character)
    digits = "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in f"{code:02x}")
    forms = [rf"%(?:25)*{digits}", rf"\\\\*u00{digits}", rf"&#0*{code};", rf"&#[xX]0*{digits};"]
    if character in _NAMED:
        forms.append(_NAMED[character])
    if character in "+/":  # Base64 for URLs
        forms.append("-" if character == "+" else "_")
    forms += [r"\s", r"[+]"] if character == " " else [re.escape(character)]
    return f"(?:{'|'.join(forms)})" + ("+" if character == " " else "")


@cache
def _form(character: str) -> re.Pattern[str]:
    return re.compile(rf"\\*{_forms(character)}")


def _base64_cores(secret: str) -> Iterator[str]:
    """Yield what Base64 shows of a secret whatever stands around it: one core for each of the three ways it may lie."""
    for before in range(3):
        coded = base64.b64encode(b" " * before + secret.encode()).decode().rstrip("=")
        first = (0, 2, 3)[before]
        whole = (before + len(secret)) * 8 // 6  # characters of whole six bits; the next one depends on what follows
        core = coded[first:whole]
        if len(core) >= CUT_SECRET:
            yield core
