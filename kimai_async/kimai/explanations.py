"""A sentence, and the error that carries it, for every answer of a server that is none, and for no answer at all."""

from __future__ import annotations

import httpx

from kimai_async.errors import AccessError, NotKimaiError, StoppedError, UnreachableError
from kimai_async.kimai.messages import BEARER_SINCE
from kimai_async.kimai.outcomes import describe
from kimai_async.text import shorten


class Explainer:
    """Says what is wrong between one server and who asks it, as *user* with a password or, without one, by a token."""

    def __init__(self, root: str, user: str | None) -> None:
        self._root = root
        self._user = user

    def not_kimai(self, found: str) -> NotKimaiError:
        """Return the error that says what was found instead of Kimai."""
        return NotKimaiError(f"{self._root} does not answer as Kimai's API does ({found}). Check --url.")

    def answer(self, response: httpx.Response) -> StoppedError:
        """Return the error that an answer with an unexpected status stands for."""
        status = describe(response.status_code)
        if response.is_redirect:
            return NotKimaiError(self._redirect(response, status))
        if response.status_code in (401, 403):
            return AccessError(self._access(response, status))
        if response.status_code == httpx.codes.BAD_REQUEST and self._user is not None:
            return AccessError(f"The server refuses the sign-in ({status}): after five wrong passwords, wait a minute.")
        return self.not_kimai(status)

    def _redirect(self, response: httpx.Response, status: str) -> str:
        target = shorten(response.headers.get("location", "nowhere"))
        asked = str(response.request.url).removeprefix(self._root)
        better, found, _ = target.rpartition(f"/api{asked}")
        advice = f"give --url {better}" if found and better.startswith("http") else "give the address that it leads to"
        if self._root.startswith("https:") and target.lower().startswith("http:"):
            advice = (
                "and that one is not encrypted: what stands before Kimai does not tell it that it was asked by https "
                "(X-Forwarded-Proto, TRUSTED_PROXIES); have that mended"
            )
        return f"{self._root} redirects to {target} ({status}), and a token is not sent after a redirect; {advice}."

    def _access(self, response: httpx.Response, status: str) -> str:
        if b"X-AUTH-USER" in response.content and self._user is None:
            since = ".".join(map(str, BEARER_SINCE))
            return f"This Kimai is older than {since} and takes no API token; give --user and its API password."
        if self._user is not None:
            return (
                f"The server refuses the user {self._user} or the API password ({status}); the one for the browser "
                "does not count."
            )
        if "basic" in response.headers.get("www-authenticate", "").lower():
            return f"Something before Kimai asks for a password of its own ({status}, Basic); let the API pass there."
        if response.status_code == httpx.codes.FORBIDDEN:
            return f"The token's user may not use the API ({status}); it takes the permission api_access."
        return f"The server refuses the token ({status}); make a new one in Kimai under your name, API Access."


def unreachable(problem: str) -> UnreachableError:
    """Return the error for a server that no connection could be made to; *problem* names it and the reason."""
    return UnreachableError(f"Cannot reach {problem}. {hint(problem)}")


def hint(problem: str) -> str:
    """Return what to try when no connection could be made."""
    if "certificate is not valid for" in problem:
        return "The certificate is for another name: check the host in --url."
    if "certificate has expired" in problem or "certificate is not yet valid" in problem:
        return "Have the certificate renewed, and check the clock of this computer."
    if "certificate" in problem:
        return "If you trust it, give its authority's certificate by --ca-bundle."
    if "too many open files" in problem:
        return "Allow more of them (ulimit -n), or give a lower --concurrency."
    if "proxy" in problem:
        return "Check HTTPS_PROXY and NO_PROXY."
    if "wrong version number" in problem:
        return "That port does not speak https; try http:// or another port."
    return "Check --url."
