"""The page's state, from the file to the result, as a browser is told it."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from page_client import DEMO, PATIENCE, access_to, pages

from kimai_async.events import (
    EntriesFound,
    EntriesRead,
    Event,
    Kind,
    LanesChanged,
    LevelFinished,
    LevelStarted,
    Listed,
    Settled,
    TwinsFound,
    Unsettled,
    Waiting,
    Warned,
    ZonesKnown,
)
from kimai_async.page.desk import BusyError, Upload
from kimai_async.page.outcome import outcome, verdict
from kimai_async.page.watch import MOST_WARNINGS, Watch
from kimai_async.report import Report
from kimai_async.sandbox.faults.injector import Faults
from kimai_async.sandbox.serve import Serving, serving
from kimai_async.tree.entry import Entry
from kimai_async.tree.nodes import Level, Node

if TYPE_CHECKING:
    from pathlib import Path

    from page_client import Client

pytest_plugins = ["page_fixtures"]

NUMBERS = b"Customer,Customer number,Project\nAcme,K1,Web\nBolt,k1,Shop\nCargo,K2,Shop\n"
GLOBAL = b"Customer,Project,Activity\nAcme,Web,Design\n,,Travel\n"
MANY = b"Customer\n" + b"".join(f"Customer {n}\n".encode() for n in range(120))


@pytest.fixture
def kimai() -> Any:
    with serving(record=True) as kimai:
        yield kimai


@pytest.fixture
def fresh(kimai: Serving) -> Any:
    """A page of a sandbox with nothing in it."""
    with pages(access_to(kimai)) as client:
        assert client.post("server").status_code == 200
        yield client


def rows(client: Client, job: int, at: str = "", show: str = "all", first: int = 0) -> Any:
    return client.get(f"rows?job={job}&at={at}&first={first}&count=100&show={show}").json()


def imported(client: Client, content: bytes) -> Any:
    client.upload(content)
    assert client.post("run", {"plan": client.planned()}).status_code == 200
    return client.wait()["run"]


def test_a_file_is_planned_and_then_imported(fresh: Client, kimai: Serving) -> None:
    fresh.upload(DEMO)
    number = fresh.planned()
    plan = fresh.state["plan"]["outcome"]
    stored = [it for it in kimai.sandbox.requests if it.method == "POST" and "name" in (it.json or {})]

    assert stored == []
    assert (plan["verdict"], plan["counts"]["created"]) == ("create", {"customer": 1, "project": 2, "activity": 2})
    fresh.post("run", {"plan": number})
    run = fresh.wait()["run"]
    assert (run["state"], run["outcome"]["verdict"]) == ("done", "all")
    assert len(kimai.sandbox.tree()) == 5
    assert fresh.post("run", {"plan": number}).status_code == 200
    assert fresh.wait()["run"]["outcome"]["counts"]["exists"]["activity"] == 2


def test_the_plans_tree_opens_level_by_level(fresh: Client) -> None:
    fresh.upload(DEMO)
    job = fresh.planned()
    (demo,) = rows(fresh, job)["rows"]
    foo, bar = rows(fresh, job, "0")["rows"]
    talk, phone = rows(fresh, job, "0.0")["rows"]

    assert (demo["name"], demo["fate"], demo["size"], demo["below"]) == ("DEMO", "created", 2, {"created": 4})
    assert (foo["size"], bar["size"], bar["below"]) == (2, 0, {})
    assert (talk["name"], talk["line"], phone["level"], phone["id"]) == ("Sales talk", 2, "activity", None)
    assert rows(fresh, job, "0.0", first=1)["rows"] == [phone]
    assert rows(fresh, job, show="trouble") == {"size": 0, "rows": []}
    assert fresh.get(f"rows?job={job}&at=7&first=0&count=1&show=all").json() == {"error": "There is no such row."}


def test_global_activities_stand_beside_the_customers(fresh: Client) -> None:
    assert fresh.post("options", {"global_activities": True}).status_code == 200
    run = imported(fresh, GLOBAL)
    found = rows(fresh, run["number"])["rows"]

    assert [(row["name"], row["global"]) for row in found] == [("Acme", False), ("Travel", True)]


def test_what_is_refused_stands_with_its_reason_and_can_be_downloaded(fresh: Client) -> None:
    run = imported(fresh, NUMBERS)
    shown = rows(fresh, run["number"], show="trouble")
    refused = fresh.get(f"refused?job={run['number']}&first=0&count=10").json()["rows"]
    rejects = fresh.get(f"rejects?job={run['number']}")

    assert run["outcome"]["verdict"] == "refused"
    assert [(row["line"], row["path"]) for row in refused] == [(3, "Bolt")]
    assert [(row["name"], row["fate"]) for row in shown["rows"]] == [("Bolt", "refused")]
    assert rows(fresh, run["number"], "0", show="trouble")["rows"][0]["fate"] == "skipped"
    assert rejects.headers["content-disposition"] == 'attachment; filename="demo.rejects.csv"'
    assert rejects.text.splitlines()[1].startswith("Bolt,k1,Shop,")
    assert fresh.get("rejects?job=0").status_code == 409


def test_what_differs_is_a_change(fresh: Client) -> None:
    imported(fresh, b"Customer,Project\nAcme,Web\n")
    fresh.post("options", {"on_existing": "update"})
    fresh.upload(b"Customer,Customer company,Project\nAcme,Acme Ltd,Web\n")
    job = fresh.planned()

    assert fresh.state["plan"]["outcome"]["verdict"] == "update"
    assert rows(fresh, job, show="changes")["rows"][0]["fate"] == "updated"
    fresh.post("run", {"plan": job})
    assert fresh.wait()["run"]["outcome"]["counts"]["updated"]["customer"] == 1
    fresh.upload(b"Customer,Customer company,Project\nAcme,Acme Ltd,Web\n")
    fresh.planned()
    assert fresh.state["plan"]["outcome"]["verdict"] == "nothing"


def test_a_change_of_anything_makes_the_plan_worthless(fresh: Client) -> None:
    fresh.upload(DEMO)
    for path, body in (
        ("options", {"numbers": "none"}),
        ("column", {"index": 2, "target": None}),
        ("column", {"index": -1, "target": None}),
    ):
        number = fresh.planned()
        assert fresh.post(path, body).status_code == 200
        assert fresh.state["plan"] is None
        assert fresh.post("run", {"plan": number}).status_code == 409


def test_the_columns_are_told_with_samples(fresh: Client) -> None:
    fresh.upload(b"Customer,Projekt,Nothing,\nAcme,Web,1,x\nBolt\n")
    columns = fresh.state["seen"]["columns"]

    assert [(column["heading"], column["target"], column["settable"]) for column in columns] == [
        ("Customer", "customer", True),
        ("Projekt", "project", True),
        ("Nothing", None, True),
        ("", None, False),
    ]
    assert columns[1]["samples"] == ["Web", ""]
    fresh.post("column", {"index": 2, "target": "project.comment"})
    assert fresh.state["columns"] == {"project.comment": "Nothing"}
    fresh.post("column", {"index": 1, "target": None})
    assert fresh.state["columns"] == {"project.comment": "Nothing", "project": ""}
    assert fresh.post("column", {"index": 9, "target": None}).status_code == 400


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "demo.csv is empty"),
        (b"\x00\x01PNG", "demo.csv"),
        (b"Customer\n", "demo.csv has a line of headings but no rows"),
        (b'Customer\n"open\n', "demo.csv, line 2"),
        (b"Customer,Customer\nA,B\n", "demo.csv, line 1"),
        (b"Customer,Project\n,Web\n", "demo.csv cannot be imported, 1 problem"),
    ],
)
def test_a_file_that_cannot_be_is_shown_as_far_as_it_can_be_read(fresh: Client, content: bytes, problem: str) -> None:
    assert fresh.upload(content).status_code == 200
    assert fresh.state["seen"]["problems"][0].startswith(problem)


def test_a_file_in_which_columns_are_given_is_looked_at_by_them(kimai: Serving) -> None:
    with pages(access_to(kimai)) as client:
        client.upload(b"A,B\nAcme,Web\n")
        assert client.post("column", {"index": 0, "target": "customer"}).status_code == 200
        assert client.post("column", {"index": 1, "target": "nonsense"}).status_code == 400
        assert [column["target"] for column in client.state["seen"]["columns"]] == ["customer", None]
        client.post("column", {"index": 1, "target": "customer.meta.b"})
        client.post("column", {"index": 0, "target": None})
        assert [column["target"] for column in client.state["seen"]["columns"]] == [None, "customer.meta.b"]
        assert "no heading names a customer" in client.state["seen"]["problems"][0]


def test_time_entries_are_looked_at_when_they_are_wanted(fresh: Client) -> None:
    content = b"Client,Project,Task,Start date,Start time,End date,End time,Duration\n"
    fresh.upload(content + b"Acme,Web,Design,2026-03-02,10:00:00,2026-03-02,11:30:00,01:30:00\n")
    assert (fresh.state["seen"]["entries"], "entry" in fresh.state["seen"]["counts"]) == (True, False)
    fresh.post("options", {"timesheets": True})
    assert fresh.state["seen"]["counts"]["entry"] == 1
    fresh.post("run", {"plan": fresh.planned()})
    run = fresh.wait()["run"]

    assert (run["outcome"]["hours"]["file"], run["outcome"]["hours"]["stored"]) == (5400, 5400)
    assert rows(fresh, run["number"])["rows"][0]["entries"] == 1
    assert run["watch"]["entries"]["count"] == 1


def test_a_file_of_names_is_an_option(fresh: Client) -> None:
    content = b"anna,susan_super\n"
    answer = fresh.post("table?option=user_map", content, Content_Type="application/octet-stream")

    assert answer.status_code == 200
    assert fresh.state["values"]["user_map"].endswith("-user_map.csv")
    assert "--user-map" in fresh.state["command"]


def test_stop_before_the_first_create_sends_nothing(fresh: Client, kimai: Serving) -> None:
    fresh.upload(MANY)
    fresh.planned()
    job = fresh.page.desk._job(dry_run=False)
    job.stop()
    job.start()

    assert job.wait(PATIENCE)
    assert job.plain()["outcome"]["verdict"] == "stopped"
    assert kimai.sandbox.tree() == []


def test_stop_twice_ends_at_once(sandbox: Serving) -> None:
    with (
        serving(faults=(faults := Faults(rates={"slow": 1.0}, slow_seconds=30))) as kimai,
        pages(access_to(kimai)) as client,
    ):
        client.post("server")
        client.upload(DEMO)
        client.post("run", {"plan": client.planned()})
        client.until(lambda state: state["run"]["watch"]["bars"]["customer"]["of"] > 0 and faults.creates > 0)
        client.post("stop")
        assert client.state["run"]["state"] == "stopping"
        client.post("stop")
        run = client.wait()["run"]

        assert (run["outcome"]["verdict"], run["again"]) == ("stopped", True)
        assert run["outcome"]["unclear"]["count"] == 1


def test_the_news_are_few_and_the_first_is_everything(fresh: Client) -> None:
    with fresh.http.stream("GET", fresh.page.url + "events") as answer:
        lines = answer.iter_lines()
        first = json.loads(next(lines).removeprefix("data: "))
        imported(fresh, MANY)
        assert next(lines) == ""
        told = [json.loads(line[6:]) for line in until_done(lines)]

    assert first["server"]["user"] == "susan_super"
    assert told[-1]["run"]["outcome"]["verdict"] == "all"
    assert len(told) < 20


def until_done(lines: Any) -> Any:
    for line in lines:
        if line.startswith("data: "):
            yield line
            if '"verdict": "all"' in line:
                return


def test_the_end_of_the_page_ends_what_is_under_way() -> None:
    with serving(faults=Faults(rates={"slow": 1.0}, slow_seconds=30)) as kimai:
        with pages(access_to(kimai)) as client:
            client.post("server")
            client.upload(DEMO)
            client.post("run", {"plan": client.planned()})
            client.until(lambda state: state["run"]["watch"]["bars"]["customer"]["of"])
            job = client.page.desk.busy
            folder = client.page.desk.folder
        assert job is not None
        assert job.done.is_set()
        assert not folder.exists()


def test_signing_in_elsewhere_forgets_the_plan(fresh: Client, sandbox: Serving) -> None:
    fresh.upload(DEMO)
    fresh.planned()
    assert fresh.post("server", {"url": sandbox.url, "token": sandbox.token}).status_code == 200

    assert fresh.state["plan"] is None


def test_an_address_without_its_scheme_is_https(fresh: Client) -> None:
    desk = fresh.page.desk

    assert desk.find_access({"url": "kimai.example.com", "token": "abcdefgh"}).url == "https://kimai.example.com"


# What a run tells


def test_a_bar_knows_rate_and_time_left() -> None:
    now = 0.0
    watch = Watch(lambda: now)
    node = Node("Acme", None, 2)
    watch(LevelStarted(Level.CUSTOMER, 100))
    for _ in range(20):
        watch(Settled(Kind.CREATED, node))
    now = 2.0
    bar = watch.plain()["bars"]["customer"]
    assert (bar["done"], bar["of"], bar["rate"], bar["left"], bar["seconds"]) == (20, 100, 10.0, 8.0, 2.0)
    now = 20.0
    watch.plain()
    now = 40.0
    assert watch.plain()["bars"]["customer"]["rate"] is None
    watch(LevelFinished(Level.CUSTOMER, 40.0))
    watch(LevelFinished(Level.CUSTOMER, 40.0))
    bar = watch.plain()["bars"]["customer"]
    assert (bar["working"], bar["rate"], bar["left"]) == (False, 0.5, None)


def test_waits_lanes_and_doubts_are_told() -> None:
    now = 0.0
    watch = Watch(lambda: now)
    node = Node("Acme", None, 2)
    events: tuple[Event, ...] = (
        Waiting(5.0, "503"),
        LanesChanged(4, 8),
        Unsettled(node, "lost"),
        TwinsFound(node, (1, 2)),
        Listed(Level.CUSTOMER, 7),
        ZonesKnown(("Europe/Berlin",)),
        EntriesFound(1, 60, 0, None),
        EntriesRead(3, 1, 3600),
        EntriesFound(1, 60, 1, "ceil"),
        *(Warned(str(n)) for n in range(MOST_WARNINGS + 1)),
    )
    for event in events:
        watch(event)
    told = watch.plain()

    assert told["waiting"] == {"seconds": 5.0, "reason": "503"}
    assert (told["lanes"], told["unsettled"], told["listed"]["customer"]) == ([4, 8], 1, 7)
    assert told["twins"] == [{"level": "customer", "path": "Acme", "ids": [1, 2]}]
    assert told["entries"]["rounding"] == "ceil"
    assert len(told["warnings"]) == MOST_WARNINGS
    now = 6.0
    assert watch.plain()["waiting"] is None


def test_entries_are_counted_below_their_activity() -> None:
    watch = Watch()
    activity = Node("Acme", None, 2).add("Web", 2).add("Design", 2)
    for line in (2, 3):
        watch(Settled(Kind.EXISTS, Entry(activity, line, 0, 60)))

    assert watch.entries == {activity: 2}


def test_the_worst_that_is_true_is_the_verdict() -> None:
    node = Node("Acme", None, 2)
    report = Report()
    assert verdict(report) == "all"
    report.incomplete[node] = "hidden"
    assert verdict(report) == "incomplete"
    report.twins[node] = (1, 2)
    assert verdict(report) == "twins"
    report.settle(node, Kind.REFUSED, "no")
    assert verdict(report) == "refused"
    report.interrupted = True
    assert verdict(report) == "stopped"
    assert outcome(report, None)["incomplete"]["shown"][0]["reason"] == "hidden"


def test_without_an_address_there_is_a_question() -> None:
    with pages() as client:
        assert client.post("server").json() == {"error": "Which Kimai? Its address is missing."}


def test_a_file_that_arrives_while_an_import_began_is_thrown_away(fresh: Client) -> None:
    fresh.upload(DEMO)
    late = fresh.page.desk.folder / "99.csv"
    late.write_bytes(DEMO)
    fresh.page.desk._run = fresh.page.desk._job(dry_run=False)
    with pytest.raises(BusyError, match="An import is under way"):
        fresh.page.desk.take(Upload(99, late, "late.csv", len(DEMO)))
    fresh.page.desk._run = None

    assert not late.exists()
    assert fresh.state["file"]["name"] == "demo.csv"


def test_the_tree_of_a_plan_is_let_go_when_the_import_begins(fresh: Client) -> None:
    fresh.upload(DEMO)
    plan = fresh.planned()
    fresh.post("run", {"plan": plan})
    fresh.wait()

    assert fresh.state["plan"]["tree"] is False
    assert fresh.get(f"rows?job={plan}&at=&first=0&count=1&show=all").json() == {"error": "There is no such row."}
    assert fresh.get(f"rejects?job={plan}").status_code == 409


def test_a_bug_of_an_import_is_its_result(fresh: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("kimai_async.page.job.import_csv", fail)
    fresh.upload(DEMO)
    fresh.planned()

    assert fresh.state["plan"]["outcome"]["error"] == "this is a bug (ZeroDivisionError)"


def test_a_page_without_a_file_has_nothing_to_look_at(fresh: Client) -> None:
    with pytest.raises(BusyError, match="There is no file yet"):
        fresh.page.desk.look()
    fresh.page.desk.stop()
    assert fresh.post("stop").status_code == 200


def test_a_question_about_columns_can_hold_any_heading(fresh: Client) -> None:
    heading = "x" * 300
    fresh.upload(f"Customer,{heading}\nAcme,1\n".encode())
    fresh.post("column", {"index": 1, "target": "customer.comment"})

    assert fresh.state["columns"] == {"customer.comment": heading}
    assert fresh.state["seen"]["columns"][1]["target"] == "customer.comment"


class Lines:
    """A record that keeps the kinds of what was settled, and how it ended."""

    def __init__(self, path: Path, root: str) -> None:
        self.path = path
        self.kinds: list[str] = [root]

    def __call__(self, event: Event) -> None:
        self.kinds += [str(event.kind)] if isinstance(event, Settled) else []

    def finish(self, summary: dict[str, Any]) -> None:
        self.path.write_text("\n".join([*self.kinds, str(summary["exit_code"])]), "utf-8")


def test_a_run_is_recorded_and_a_plan_is_not(kimai: Serving) -> None:
    with pages(access_to(kimai), recorder=lambda path, root: nullcontext(Lines(path, root))) as client:
        client.post("server")
        client.upload(DEMO)
        plan = client.planned()
        assert client.state["plan"]["record"] is False
        client.post("run", {"plan": plan})
        run = client.wait()["run"]
        answer = client.get(f"record?job={run['number']}")

        assert run["record"] is True
        assert answer.headers["content-disposition"] == 'attachment; filename="demo.record.jsonl"'
        assert answer.text.split("\n") == [f"{kimai.url}/api", *["created"] * 5, "0"]
        assert client.get(f"record?job={plan}").status_code == 409
        client.post("close")
        assert list(client.page.desk.folder.iterdir()) == []
