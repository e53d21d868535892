"""The page in a real Chromium, against sandboxes: five steps, by keyboard, and what may go wrong in them."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from page_browser import Tab, browsers, expect, sync_api, tabs
from page_client import DEMO, access_to, pages

from kimai_async.explorer.beside import serving_both
from kimai_async.sandbox.faults.injector import Faults
from kimai_async.sandbox.serve import Serving, serving
from kimai_async.text import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from page_client import Client
    from playwright.sync_api import Browser

NUMBERS = b"Customer,Customer number,Project\nAcme,K1,Web\nBolt,k1,Shop\nCargo,K2,Shop\n"
"""Bolt has Acme's number: Kimai refuses it, and so its project."""

MANY = b"Customer,Project,Activity\n" + b"".join(f"Acme,Web,Activity {n}\n".encode() for n in range(400))
LATENCY = 0.02
HOSTILE = "<img src=x onerror=alert(1)>\u202egnp"
NARROW = {"viewport": {"width": 390, "height": 800}}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsers() as browser:
        yield browser


@pytest.fixture
def kimai() -> Iterator[Serving]:
    with serving(record=True) as kimai:
        yield kimai


@pytest.fixture
def client(kimai: Serving) -> Iterator[Client]:
    with pages(access_to(kimai)) as client:
        yield client


@pytest.fixture
def tab(chromium: Browser, client: Client) -> Iterator[Tab]:
    with tabs(chromium, client) as tab:
        yield tab
    assert tab.complaints == []


def plan(tab: Tab, content: bytes, name: str = "demo.csv") -> None:
    tab.step(2)
    tab.choose(name, content)
    tab.press("See what will happen")
    tab.step(3)


def import_it(tab: Tab, content: bytes, name: str = "demo.csv") -> None:
    plan(tab, content, name)
    tab.press("Import now")
    tab.step(5)


def focus_by_tab(tab: Tab, selector: str) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(60):
        if tab.page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        tab.page.keyboard.press("Tab")
    raise AssertionError(selector)


def press_until_shown(tab: Tab, selector: str, key: str, shown: str) -> None:
    """Press a key on an element: a headless Chromium on a machine that is busy may drop the first one."""
    for _ in range(5):
        focus_by_tab(tab, selector)
        tab.page.keyboard.press(key)
        try:
            tab.page.locator(shown).wait_for(timeout=4000)
        except sync_api.TimeoutError:
            continue
        return
    raise AssertionError(shown)


def test_a_file_goes_in_by_keyboard_alone(tab: Tab, kimai: Serving, tmp_path: Path) -> None:
    file = tmp_path / "demo.csv"
    file.write_bytes(DEMO)
    tab.step(2)
    tab.page.on("filechooser", lambda chooser: chooser.set_files(file))
    press_until_shown(tab, "#choose", "Enter", "#file-name")
    expect(tab.page.locator("#found")).to_contain_text("1 customer, 2 projects, 2 activities")
    focus_by_tab(tab, "#to-plan")
    tab.page.keyboard.press("Enter")
    tab.sees("Nothing was sent yet. These will be created when you import.")
    expect(tab.page.locator("[role=treeitem]").first).to_contain_text("DEMO")
    focus_by_tab(tab, "[role=tree]")
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowDown"):
        tab.page.keyboard.press(key)
    expect(tab.page.locator(".line.cursor")).to_contain_text("Sales talk")
    tab.page.keyboard.press("ArrowLeft")
    tab.page.keyboard.press("ArrowLeft")
    expect(tab.page.locator("[role=treeitem]")).to_have_count(3)
    tab.page.locator("#head-3").focus()
    focus_by_tab(tab, "#start")
    tab.page.keyboard.press("Enter")
    tab.sees("Everything is on the server.")

    assert len(kimai.sandbox.tree()) == 5


def test_after_the_import_each_customer_has_a_link_into_kimai(tab: Tab, kimai: Serving) -> None:
    import_it(tab, DEMO)
    links = tab.page.get_by_role("link", name="open in Kimai")

    expect(links.first).to_have_attribute("href", f"{kimai.url}/en/admin/customer/1/details")
    expect(links.first).to_have_attribute("rel", "noopener noreferrer")
    tab.press("Import another file")
    tab.step(2)


def test_a_column_is_changed_by_hand(tab: Tab, kimai: Serving) -> None:
    tab.step(2)
    tab.choose("messy.csv", "Kostenstelle;Vorhaben;Notiz\nAcme;Web;eins\nBolt;Shop;zwei\n".encode("cp1252"))
    tab.sees("delimiter semicolon")
    expect(tab.page.locator("#problems")).to_contain_text("no heading names a customer")
    tab.page.get_by_label("Taken for: Kostenstelle").select_option("customer")
    tab.sees("It holds 2 customers")
    tab.page.get_by_label("Taken for: Vorhaben").select_option("project")
    tab.sees("2 projects")
    tab.page.get_by_label("Taken for: Notiz").select_option("project.comment")
    expect(tab.page.locator("#problems")).to_be_hidden()
    tab.press("See what will happen")
    expect(tab.page.locator("#command")).to_contain_text("--column project=Vorhaben")
    tab.press("Import now")
    tab.sees("Everything is on the server.")

    assert kimai.sandbox.tree() == [("Acme",), ("Acme", "Web"), ("Bolt",), ("Bolt", "Shop")]


def test_a_column_that_may_be_meant_is_hinted_at(tab: Tab) -> None:
    tab.step(2)
    tab.choose("company.csv", b"Customer,Company,Project\nAcme,Acme Ltd,Web\n")
    tab.sees("perhaps Customer: company; choose it beside this")


def test_a_column_can_be_left_out_and_all_choices_forgotten(tab: Tab) -> None:
    tab.step(2)
    tab.choose("demo.csv", DEMO)
    tab.page.get_by_label("Taken for: Activity").select_option("")
    tab.sees("It holds 1 customer, 2 projects.")
    tab.press("Forget my choices")
    tab.sees("It holds 1 customer, 2 projects, 2 activities.")


def test_problems_are_told_by_line_with_the_cell(tab: Tab) -> None:
    tab.step(2)
    tab.choose("bad.csv", b"Customer,Project,Project start\nAcme,Web,32.13.2026\n,Shop,\n")

    expect(tab.page.locator("#problems")).to_contain_text("2 problems; nothing was sent.")
    expect(tab.page.locator("#problems li").first).to_contain_text("line 2, Project start: '32.13.2026'")


def test_refused_rows_are_downloaded_mended_and_dropped_again(tab: Tab, kimai: Serving) -> None:
    plan(tab, NUMBERS, "numbers.csv")
    tab.sees("1 customer, 1 project would not go in.")
    tab.page.get_by_label("Show", exact=True).select_option("trouble")
    expect(tab.page.locator("[role=treeitem]").first).to_contain_text("Bolt")
    tab.press("Import the rest")
    tab.sees("1 row did not go in.")
    refused = tab.page.locator("#step-5").get_by_role("listbox")
    expect(refused).to_contain_text("line 3, customer Bolt")
    refused.focus()
    tab.page.keyboard.press("ArrowDown")
    expect(tab.page.locator("#step-5 .detail .why")).to_contain_text("number")
    with tab.page.expect_download() as download:
        tab.page.locator("#rejects").click()
    assert download.value.suggested_filename == "numbers.rejects.csv"
    mended = download.value.path().read_bytes().replace(b"k1", b"K3")
    tab.press("Choose the mended file")
    import_it(tab, mended, "numbers.rejects.csv")
    tab.sees("Everything is on the server.")

    assert len(kimai.sandbox.tree()) == 6


def test_a_file_that_is_dropped_is_taken(tab: Tab) -> None:
    tab.step(2)
    tab.page.evaluate(
        """text => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], "dropped.csv"));
      document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: transfer, bubbles: true, cancelable: true}));
    }""",
        DEMO.decode(),
    )

    tab.sees("now: dropped.csv")


def test_a_wrong_token_is_a_sentence_and_a_right_one_goes_on(chromium: Browser, kimai: Serving) -> None:
    with pages() as client, tabs(chromium, client) as tab:
        tab.step(1)
        tab.page.get_by_label("Kimai's address").fill(kimai.url)
        for token in ("wrong-token-123456", kimai.token):
            tab.page.get_by_label("API token", exact=True).fill(token)
            tab.page.keyboard.press("Enter")
            if token != kimai.token:
                expect(tab.page.get_by_role("alert").locator("visible=true")).to_contain_text("refuses the token")
        tab.step(2)
        tab.sees("as susan_super")
        kept = tab.page.evaluate(
            "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href, history.state])"
        )
        shown = tab.page.content() + str(tab.page.evaluate("() => document.getElementById('token').value"))
        addresses = " ".join(tab.requests)

        assert kimai.token not in kept + shown + addresses
        assert json.loads(kept)[:3] == [{}, {}, ""]
        tab.page.get_by_role("button", name="1 Server").click()
        tab.sees("This token may create customers and projects and activities.")
        tab.press("Use another server")
        tab.sees("Not signed in.")


def test_user_and_password_sign_in_at_an_old_kimai(chromium: Browser) -> None:
    with serving("2.13.0") as kimai, pages() as client, tabs(chromium, client) as tab:
        tab.page.get_by_label("Kimai's address").fill(kimai.url)
        tab.page.get_by_label("user and API password").check()
        tab.page.get_by_label("User name").fill(kimai.user)
        tab.page.locator("#token").fill(kimai.api_password)
        tab.press("Sign in")
        tab.step(2)
        tab.sees("Kimai 2.13.0")


def test_hostile_names_are_text(tab: Tab) -> None:
    tab.step(2)
    rows = f"Customer,Project,{HOSTILE}\n{HOSTILE},Web,x\nAcme,{HOSTILE},x\n"
    tab.choose(f"{HOSTILE.replace('/', '')}.csv", rows.encode())
    tab.page.locator("[data-option=sanitize]").evaluate("input => input.click()")
    tab.sees("\\u202egnp")
    tab.press("See what will happen")
    tab.sees("Nothing was sent yet.")
    tab.press("Import now")
    tab.sees("Everything is on the server.")

    assert tab.page.locator("img").count() == 0
    assert "\u202e" not in tab.page.evaluate("document.body.innerText")
    assert tab.questions == []


def test_stop_ends_as_ctrl_c_does_and_the_import_goes_on_later(chromium: Browser) -> None:
    with (
        serving(latency=LATENCY) as kimai,
        pages(access_to(kimai), chosen={"concurrency": 2}) as client,
        tabs(chromium, client) as tab,
    ):
        plan(tab, MANY)
        tab.press("Import now")
        tab.step(4)
        expect(tab.page.locator('[data-level="activity"]')).to_contain_text("a second")
        tab.press("Stop")
        tab.sees("not done yet. You can go on at any time")
        there = len(kimai.sandbox.tree())
        assert 2 < there < 402
        assert client.state["run"]["outcome"]["unclear"]["count"] == 0
        tab.press("Go on")
        tab.sees("Everything is on the server.")

        assert len(kimai.sandbox.tree()) == 402
        assert tab.complaints == []


def test_a_closed_tab_ends_nothing_and_another_one_shows_the_import(chromium: Browser) -> None:
    with (
        serving(latency=LATENCY) as kimai,
        pages(access_to(kimai), chosen={"concurrency": 4}) as client,
        tabs(chromium, client) as tab,
        tabs(chromium, client) as other,
    ):
        plan(tab, MANY)
        expect(other.page.locator("#step-3")).to_be_visible()
        tab.press("Import now")
        tab.step(4)
        other.step(4)
        tab.page.close(run_before_unload=True)
        tab.page.wait_for_event("close")
        assert tab.questions == ["beforeunload"]
        assert client.page.desk.busy is not None
        other.open()
        other.step(4)
        other.sees("Everything is on the server.")

        assert len(kimai.sandbox.tree()) == 402
        assert set(other.questions) <= {"beforeunload"}


def test_a_second_tab_cannot_start_a_second_import(chromium: Browser) -> None:
    with (
        serving(latency=LATENCY) as kimai,
        pages(access_to(kimai), chosen={"concurrency": 4}) as client,
        tabs(chromium, client) as tab,
    ):
        plan(tab, MANY)
        tab.press("Import now")
        tab.step(4)
        for path, body in (("plan", {}), ("run", {"plan": client.state["plan"]["number"]}), ("close", {})):
            answer = client.post(path, body)
            assert (answer.status_code, answer.json()["error"]) == (
                409,
                "An import is under way; stop it first, or wait for its end.",
            )
        assert client.upload(DEMO).status_code == 409
        tab.sees("Everything is on the server.")


def test_a_kimai_that_goes_away_in_the_middle_is_a_sentence(chromium: Browser) -> None:
    with (
        serving(latency=LATENCY, faults=Faults(expire_token_after=50)) as kimai,
        pages(access_to(kimai), chosen={"concurrency": 2}) as client,
        tabs(chromium, client) as tab,
    ):
        plan(tab, MANY)
        tab.press("Import now")
        tab.step(5)
        expect(tab.page.locator("#run-verdict")).to_have_class("bad")
        tab.sees("not done yet. You can go on when the trouble is over")
        expect(tab.button("Go on")).to_be_visible()


def test_after_a_server_was_gone_the_import_goes_on(chromium: Browser) -> None:
    with ExitStack() as life, ExitStack() as second:
        kimai = life.enter_context(serving(latency=LATENCY))
        client = second.enter_context(pages(access_to(kimai), chosen={"concurrency": 2, "give_up_after": 0.5}))
        tab = second.enter_context(tabs(chromium, client))
        plan(tab, MANY)
        tab.press("Import now")
        tab.step(4)
        expect(tab.page.locator('[data-level="activity"]')).to_contain_text("a second")
        life.close()
        tab.step(5)
        expect(tab.page.locator("#run-verdict")).to_have_class("bad")
        back = second.enter_context(serving(port=urlsplit(kimai.url).port or 0))
        tab.press("Go on")
        tab.sees("Everything is on the server.")

        assert len(back.sandbox.tree()) == 402
        assert tab.complaints == []


def test_a_program_that_has_ended_is_told(chromium: Browser, kimai: Serving) -> None:
    with pages(access_to(kimai)) as client, tabs(chromium, client) as tab:
        tab.step(2)
        client.page.desk.closing = True
        tab.page.route("**/*", lambda route: route.abort())
        tab.sees("The program that serves this page does not answer")


def test_an_option_changes_the_command_and_the_plan(tab: Tab) -> None:
    plan(tab, DEMO)
    tab.page.locator("summary").click()
    tab.page.get_by_label("Numbers", exact=True).select_option("none")
    expect(tab.page.locator("#command")).to_contain_text("--numbers none")
    expect(tab.button("Import now")).to_be_disabled()
    tab.page.get_by_label("Concurrency", exact=True).fill("999")
    tab.page.keyboard.press("Tab")
    expect(tab.page.locator("#problem")).to_contain_text("--concurrency takes 1 to 256, not 999.")
    tab.press("Make the plan anew")
    tab.sees("Nothing was sent yet.")


def test_a_plan_that_cannot_be_is_a_sentence(tab: Tab) -> None:
    plan(tab, b"Customer,Customer currency\nAcme,QQQ\n")

    expect(tab.page.locator("#plan-verdict")).to_contain_text("'QQQ' is refused by the server")
    expect(tab.button("Import now")).to_be_disabled()


def test_the_page_speaks_german(chromium: Browser, client: Client) -> None:
    with tabs(chromium, client, locale="de-DE") as tab:
        tab.step(2)
        tab.choose("demo.csv", DEMO)
        tab.sees("Sie enthält 1 Kunde, 2 Projekte, 2 Tätigkeiten.")
        tab.press("Zeigen, was geschehen wird")
        tab.sees("Noch wurde nichts gesendet.")
        tab.press("Jetzt importieren")
        tab.sees("Alles ist auf dem Server.")
        tab.page.locator("#language").select_option("en")
        tab.sees("Everything is on the server.")
        assert tab.complaints == []


def test_both_languages_have_the_same_words(tab: Tab) -> None:
    tab.step(2)
    differing: Any = tab.page.evaluate("""() => {
      const shape = value => (typeof value === "object" && !Array.isArray(value)
        ? Object.fromEntries(Object.keys(value).sort().map(key => [key, shape(value[key])])) : typeof value);
      const [en, de] = ["en", "de"].map(name => JSON.stringify(shape(WORDS[name])));
      const known = new Set(setup.fields.map(field => field.name));
      return [en === de, Object.keys(GERMAN).filter(name => !known.has(name))];
    }""")

    assert differing == [True, []]


def test_on_a_narrow_screen_nothing_is_cut_off(chromium: Browser, kimai: Serving) -> None:
    with pages(access_to(kimai)) as client, tabs(chromium, client, **NARROW) as tab:
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        tab.step(2)
        tab.choose("numbers.csv", NUMBERS)
        assert tab.page.evaluate(wide) == 0
        tab.press("See what will happen")
        tab.sees("would not go in")
        tab.page.locator("summary").click()
        assert tab.page.evaluate(wide) == 0
        tab.press("Import the rest")
        tab.step(5)
        assert tab.page.evaluate(wide) == 0


def test_time_entries_are_planned_and_imported_with_their_hours(tab: Tab, kimai: Serving) -> None:
    tab.step(2)
    head = "Client,Project,Task,Start date,Start time,End date,End time,Duration,Description,Tags,User,Email,Billable\n"
    rows = "".join(
        f"Acme,Web,Design,2026-03-0{day},10:00:00,2026-03-0{day},11:30:00,01:30:00,Draft,,,,Yes\n" for day in (2, 3, 4)
    )
    tab.choose("toggl.csv", (head + rows).encode())
    tab.sees("These rows are time entries.")
    tab.page.get_by_label("Timesheets", exact=True).check()
    tab.sees("3 time entries")
    tab.press("See what will happen")
    tab.sees("4.50 h in the file")
    tab.press("Import now")
    tab.sees("Everything is on the server.")
    tab.sees("4.50 h in the file, 4.50 h of them on the server")
    expect(tab.page.locator("#bars [data-level=entry]")).to_have_count(1)
    assert re.search(r"3 time entries", tab.page.locator("#run-tree").inner_text())


def test_a_hundred_thousand_rows_never_stop_the_page(chromium: Browser, client: Client, tmp_path: Path) -> None:
    file = tmp_path / "large.csv"
    rows = "".join(f"Customer {n // 1000},Project {n // 50},Activity {n}\n" for n in range(100_000))
    file.write_text(f"Customer,Project,Activity\n{rows}", "utf-8")
    with tabs(chromium, client) as tab:
        tab.step(2)
        tab.page.evaluate("""window.longest = 0; new PerformanceObserver(list => {
          for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration);
        }).observe({entryTypes: ["longtask"]});""")
        tab.page.locator("#choose").set_input_files(file)
        tab.sees("100,000 activities")
        tab.press("See what will happen")
        tree = tab.page.locator("#step-3").get_by_role("tree")
        expect(tab.page.locator("[role=treeitem]").first).to_contain_text("Customer 0")
        tree.focus()
        for key in ("Home", "ArrowRight", "ArrowDown", "ArrowRight"):
            tab.page.keyboard.press(key)
        expect(tab.page.locator("[role=treeitem][aria-level='3']").first).to_contain_text("Activity 0")
        for key in ("End", "PageUp", "Home", "ArrowDown"):
            tab.page.keyboard.press(key)
        expect(tab.page.locator(".line.cursor")).to_contain_text("Project 0")
        drawn = tab.page.locator("[role=treeitem]").count()
        tab.page.get_by_label("Show", exact=True).select_option("trouble")
        tab.sees("There is nothing to show.")

        assert drawn < 60
        assert tab.page.evaluate("window.longest") < 300
        assert tab.complaints == []


def test_import_stands_beside_the_calls_and_is_signed_in_as_they_are(chromium: Browser, kimai: Serving) -> None:
    context = chromium.new_context(locale="en-US")
    with serving_both(kimai.url, 0, Secrets()) as page:
        calls = context.new_page()
        calls.goto(page.url)
        calls.locator("#token").fill(kimai.token)
        calls.keyboard.press("Enter")
        expect(calls.locator("#who")).to_contain_text("as susan_super")
        with context.expect_page() as opened:
            calls.get_by_role("link", name="Import").click()
        expect(opened.value.locator("#step-2")).to_be_visible()
        expect(opened.value.locator("#who")).to_contain_text("as susan_super")

        assert opened.value.url == f"{page.url}import/"
        assert kimai.token not in opened.value.content()
    context.close()


ATTACK = """async url => {
  const found = [];
  const attempt = async (name, work) => { try { found.push([name, await work()]); } catch { /* refused */ } };
  const post = {method: "POST", body: "{}"};
  for (const mode of ["cors", "no-cors"]) {
    for (const path of ["run", "plan", "stop", "close", "leave", "upload?name=a.csv"]) {
      await attempt(`${mode} ${path}`, async () => (await fetch(url + path, {...post, mode})).text());
    }
    for (const path of ["", "setup", "refused?job=1&first=0&count=1"]) {
      await attempt(`${mode} ${path}`, async () => (await fetch(url + path, {mode})).text());
    }
  }
  await attempt("events", () => new Promise((resolve, reject) => {
    const source = new EventSource(`${url}events`);
    source.onmessage = event => resolve(event.data);
    source.onerror = () => { source.close(); reject(); };
  }));
  await attempt("frame", () => new Promise(resolve => {
    const frame = document.createElement("iframe");
    frame.src = url;
    frame.onload = () => { try { resolve(frame.contentDocument.body.innerText); } catch { resolve(null); } };
    document.body.append(frame);
  }));
  const form = document.createElement("form");
  Object.assign(form, {method: "POST", action: `${url}stop`, target: "_blank", enctype: "text/plain"});
  document.body.append(form);
  form.submit();
  return found.filter(([, text]) => text);
}"""


def test_another_page_can_neither_start_nor_read_nor_stop_an_import(chromium: Browser) -> None:
    """Not even one that knows the secret."""
    with (
        serving(latency=LATENCY) as kimai,
        pages(access_to(kimai), chosen={"concurrency": 2}) as client,
        tabs(chromium, client) as tab,
    ):
        plan(tab, MANY)
        other = tab.page.context.new_page()
        other.goto(f"{kimai.url}/elsewhere")
        before = client.state
        assert other.evaluate(ATTACK, client.page.url) == []
        assert client.state == before
        tab.press("Import now")
        tab.step(4)
        assert other.evaluate(ATTACK, client.page.url) == []
        assert client.state["run"]["state"] == "working"
        tab.sees("Everything is on the server.")
