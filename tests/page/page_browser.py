"""A headless Chromium that looks at the page."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="needs the Python package playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("needs the program chromium", allow_module_level=True)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from page_client import Client
    from playwright.sync_api import Browser, BrowserContext, Page

expect = sync_api.expect
expect.set_options(timeout=20_000)
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


class Tab:
    """A tab with the page, what it asked for and what it complained about."""

    def __init__(self, context: BrowserContext, client: Client) -> None:
        self.client = client
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.questions: list[str] = []
        self.page: Page = context.new_page()
        self.page.set_default_timeout(20_000)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self._hear(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self._ask)

    def _hear(self, text: str) -> None:
        if not text.startswith("Failed to load resource: the server responded with a status of 4"):  # a sentence
            self.complaints.append(text)

    def _ask(self, dialog: Any) -> None:
        self.questions.append(dialog.type)
        dialog.accept()

    def open(self) -> None:
        self.page.goto(self.client.page.url)

    def button(self, name: str) -> Any:
        return self.page.get_by_role("button", name=name, exact=True)

    def press(self, name: str) -> None:
        self.button(name).click()

    def choose(self, name: str, content: bytes) -> None:
        file = {"name": name, "mimeType": "text/csv", "buffer": content}
        self.page.locator("#choose").set_input_files(file)  # type: ignore[arg-type]
        expect(self.page.locator("#file-name")).to_contain_text(name.partition("\u202e")[0])

    def sees(self, text: str) -> None:
        expect(self.page.locator("body")).to_contain_text(text)

    def step(self, number: int) -> None:
        expect(self.page.locator(f"#step-{number}")).to_be_visible()


@contextmanager
def browsers() -> Iterator[Browser]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def tabs(browser: Browser, client: Client, **options: Any) -> Iterator[Tab]:
    """Open the page in a browser of its own, and check at the end that nothing went wrong and nothing was loaded."""
    context = browser.new_context(**{"locale": "en-US", **options})
    tab = Tab(context, client)
    tab.open()
    yield tab
    context.close()
    assert all(url.startswith(client.page.url) or url.endswith("/favicon.ico") for url in tab.requests)
