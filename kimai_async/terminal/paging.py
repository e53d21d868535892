"""The command `kimai-aimport --page`: serves the page, opens the browser, ends with Ctrl-C."""

from __future__ import annotations

import threading
import webbrowser
from typing import TYPE_CHECKING, Any

from kimai_async.errors import UsageError
from kimai_async.settings import Access, api_root
from kimai_async.terminal.boundary import sentence
from kimai_async.terminal.credentials import find_token
from kimai_async.terminal.form import form_of
from kimai_async.terminal.interrupts import interrupts
from kimai_async.terminal.recording import recording

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from kimai_async.page.serve import Page
    from kimai_async.text import Secrets

STOPPED = "Stopped."


def serve_import(
    command: Callable[..., Any],
    chosen: Mapping[str, Any],
    access: Access | None,
    secrets: Secrets,
    say: Callable[[str], None],
) -> None:
    """Serve the page until Ctrl-C, with the options of *command* as they were *chosen*.

    What is under way then ends as it would in the terminal. Raises UsageError without the extra, or without the port.
    """
    try:
        from kimai_async.page.desk import Start  # noqa: PLC0415 - an extra
        from kimai_async.page.serve import serving_page  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name not in {"starlette", "uvicorn"}:
            raise
        raise UsageError("--page needs more packages: pip install 'kimai-aimport[page]'.") from None
    if chosen["url"]:
        api_root(chosen["url"])
    start = Start(
        form_of(command, chosen),
        url=chosen["url"] if access is None else access.url,
        access=access,
        ca_bundle=chosen["ca_bundle"],
        insecure=chosen["insecure"],
        columns=chosen["columns"],
        recorder=lambda path, root: recording(path, root, lambda why: say(f"warning: the record is lost ({why})")),
    )
    site = serving_page(start, secrets, lambda error: sentence(error, secrets), port=chosen["port"])
    serve_until_interrupted(site, say, in_browser=not chosen["no_open"])


def find_access(chosen: Mapping[str, Any], option: str | None, secrets: Secrets) -> Access | None:
    """Return the access that the options and the environment give, or None if they lack address or token."""
    if not chosen["url"] or not (option or chosen["token_file"] or chosen["token"]):
        return None
    token = find_token(option, chosen["token_file"], chosen["token"], may_ask=False)
    secrets.append(token)
    rest = {name: chosen[name] for name in ("url", "user", "ca_bundle", "insecure", "timeout")}
    return Access(token=token, **rest)


def open_browser(url: str) -> None:
    """Open an address in the browser; a text browser would keep the thread that starts it."""
    threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def serve_until_interrupted(
    site: AbstractContextManager[Page], say: Callable[[str], None], *, in_browser: bool
) -> None:
    """Say where the page is, open the browser, and serve until Ctrl-C, which is heard before anything is kept."""
    heard = threading.Semaphore(0)
    with interrupts.heard_by(heard.release), site as page:
        say(f"The page is at {page.url} for this computer only. Stop it with Ctrl-C.")
        if in_browser:
            open_browser(page.url)
        until_interrupted(page, say, heard)
    say(STOPPED)


def until_interrupted(page: Page, say: Callable[[str], None], heard: threading.Semaphore) -> None:
    """Wait for Ctrl-C; then let the import that is under way end, at once if Ctrl-C comes again."""
    _wait(heard)
    job = page.desk.busy
    if job is None:
        return
    say("finishing the creates under way; Ctrl-C again ends at once")
    job.stop()
    while not job.wait(0.1):
        if heard.acquire(blocking=False):
            job.stop()


def _wait(heard: threading.Semaphore) -> None:
    # On Windows a wait without end hears no signal.
    while not heard.acquire(timeout=1.0):
        pass
