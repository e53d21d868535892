"""Makes the pictures of the pages anew: `python docs/pictures/make.py`.

`run.svg` shows two runs of `kimai-aimport` in a pseudo-terminal, drawn by rich; `browse-light.png` and
`browse-dark.png` show the page of `kimai-api browse` in a headless Chromium, `page-light.png` and `page-dark.png` that
of `kimai-aimport --page`. All of it is run for the picture, against
a sandbox with the tree of an invented agency. The pictures load nothing from elsewhere. This takes a Unix, the extras
`sandbox` and `dev`, and the program `chromium`.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import shutil
import struct
import subprocess
import sysconfig
import tempfile
import termios
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import httpx
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.text import Text

from kimai_async.explorer.browse import PageServer
from kimai_async.page.desk import Start
from kimai_async.page.serve import serving_page
from kimai_async.sandbox.serve import Serving, serving
from kimai_async.settings import Access
from kimai_async.terminal.cli import aimport
from kimai_async.terminal.form import form_of
from kimai_async.text import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

HERE = Path(__file__).parent
COLUMNS = 80
COMMAND = "kimai-aimport agency.csv --concurrency 32"
LATENCY = 0.05
"""Seconds that the sandbox takes for a create, so that there is a bar to see."""

CUSTOMERS = (
    *("Alder & Moss", "Blue Harbour Hotel", "Bäckerei Morgenrot", "Café Lumière", "Fjord Cruises", "Green Valley Farm"),
    *("Harbour Clinic", "Lighthouse Books", "Nordwind Energy", "Riverside School", "Studio Kite", "Town Museum"),
)
PROJECTS = ("Website", "Online shop", "Annual report", "Newsletter", "Support")
ACTIVITIES = (
    *("Concept", "Copywriting", "Design", "Development", "Hosting"),
    *("Meeting", "Photography", "Project management", "Proofreading", "Testing"),
)
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def agency(folder: Path) -> Path:
    """Write the invented agency's tree: 12 customers, 60 projects, 600 activities."""
    rows = (
        f"{customer},{project},{activity}" for customer in CUSTOMERS for project in PROJECTS for activity in ACTIVITIES
    )
    file = folder / "agency.csv"
    file.write_text("\n".join(["Customer,Project,Activity", *rows, ""]), "utf-8")
    return file


@contextmanager
def filled(folder: Path) -> Iterator[tuple[Serving, list[str]]]:
    """Serve a sandbox, import the agency into it twice, and give it with what the terminal showed."""
    agency(folder)
    with serving(latency=LATENCY) as kimai:
        yield kimai, [screen(kimai, folder) for _ in range(2)]


def screen(kimai: Serving, folder: Path) -> str:
    """Run the command in a pseudo-terminal and return what it leaves on the screen."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    program, *arguments = COMMAND.split()
    found = shutil.which(program, path=sysconfig.get_path("scripts"))
    assert found
    environment = {**os.environ, "KIMAI_URL": kimai.url, "KIMAI_TOKEN": kimai.token, "TERM": "xterm-256color"}
    process = subprocess.Popen(  # noqa: S603 - our own command
        [found, *arguments], cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = read_all(ours)
    assert process.wait() == 0, shown
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in shown.rstrip().split("\n"))


def read_all(terminal: int) -> str:
    """Read a pseudo-terminal until nobody writes to it any more."""
    found = b""
    try:
        while part := os.read(terminal, 65536):
            found += part
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(terminal)
    return found.decode()


def draw(screens: list[str]) -> str:
    """Return the picture of a terminal in which the command was run once for each screen."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, legacy_windows=False)
    for shown in screens:
        console.print(Text.assemble(("$ ", "bold green"), (COMMAND, "bold")))
        console.print(Text.from_ansi(shown))
    console.print()  # rich cuts off the last line's descenders
    svg = console.export_svg(title="kimai-aimport", unique_id="run")
    svg = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\s*<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family: Fira Code, monospace", f"font-family: {FONT}", svg)
    return "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"


def disturb(kimai: Serving) -> None:
    """Put in what the page marks: a hidden customer, and a project that stands twice."""
    with httpx.Client(base_url=f"{kimai.url}/api/", headers={"Authorization": f"Bearer {kimai.token}"}) as client:
        first, second, *_ = client.get("customers", params={"orderBy": "name"}).json()
        twin = {"name": PROJECTS[0], "customer": first["id"], "visible": True, "billable": True}
        client.post("projects", json=twin).raise_for_status()
        client.patch(f"customers/{second['id']}", json={"visible": False}).raise_for_status()


def photograph(kimai: Serving, scheme: Literal["light", "dark"]) -> None:
    """Take a picture of the page's tree."""
    with sync_playwright() as playwright, PageServer(0) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 900, "height": 700}, color_scheme=scheme)
        page.goto(site.url)
        show_tree(page, kimai)
        page.screenshot(path=HERE / f"browse-{scheme}.png")
        browser.close()
        site.shutdown()


def show_tree(page: Page, kimai: Serving) -> None:
    """Sign in and open the tree, with the first customer unfolded."""
    page.get_by_label("Kimai's address").fill(kimai.url)
    page.locator("#token").fill(kimai.token)
    page.get_by_role("button", name="Sign in").click()
    page.locator("#who").get_by_text("susan_super").wait_for()
    page.get_by_role("button", name="Tree", exact=True).click()
    page.locator(".node").first.wait_for()
    page.get_by_role("button", name="Collapse all").click()
    page.get_by_role("tree").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")


def photograph_plan(file: Path, scheme: Literal["light", "dark"]) -> None:
    """Take a picture of the page's plan for a file, on a server with nothing in it."""
    with serving() as kimai, sync_playwright() as playwright:
        access = Access(url=kimai.url, token=kimai.token)
        with serving_page(Start(form_of(aimport), url=kimai.url, access=access), Secrets(), str) as site:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 900, "height": 720}, color_scheme=scheme, locale="en-US")
            page.goto(site.url)
            page.locator("#step-2").wait_for()
            page.locator("#choose").set_input_files(file)
            page.get_by_role("button", name="See what will happen").click()
            page.get_by_role("tree").focus()
            page.keyboard.press("Home")
            page.keyboard.press("ArrowRight")
            page.get_by_text("Online shop").wait_for()
            page.keyboard.press("ArrowDown")
            page.keyboard.press("ArrowRight")
            page.evaluate("document.activeElement.blur()")
            page.get_by_text("Proofreading").wait_for()
            page.evaluate("scrollTo(0, 0)")
            page.screenshot(path=HERE / f"page-{scheme}.png")
            browser.close()


def main() -> None:
    """Make all pictures."""
    with tempfile.TemporaryDirectory() as folder, filled(Path(folder)) as (kimai, screens):
        (HERE / "run.svg").write_text(draw(screens), "utf-8")
        photograph_plan(Path(folder) / "agency.csv", "light")
        photograph_plan(Path(folder) / "agency.csv", "dark")
        disturb(kimai)
        photograph(kimai, "light")
        photograph(kimai, "dark")


if __name__ == "__main__":
    main()
