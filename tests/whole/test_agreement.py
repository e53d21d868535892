"""A dry run says what a run then does: the same counts, the same refusals with the same lines, the same warnings."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from kimai_async.sandbox.serve import Serving, serving

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commands import Command, Result

CSV = Path(__file__).parents[1] / "csv"
CUSTOM_FIELDS = {
    "customers": ("kostenstelle", "cost_centre"),
    "projects": ("kostenstelle", "cost_centre", "vertrag"),
    "activities": ("kostenstelle",),
}
UPDATE = ("--on-existing", "update")
BY_NUMBER = ("--match", "number")


@dataclass
class Messy:
    """A file, its options, and what is on the server before: (path, JSON), to be created or, with an id, changed."""

    rows: str
    options: Sequence[str] = ()
    there: Sequence[tuple[str, dict[str, Any]]] = ()
    version: str = "2.65.0"
    code: int = 1
    """The exit code of both."""


def customer(name: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    return "customers", {"name": name, **fields}


def project(name: str, below: int = 1, **fields: Any) -> tuple[str, dict[str, Any]]:
    return "projects", {"name": name, "customer": below, **fields}


def activity(name: str, below: int = 1, **fields: Any) -> tuple[str, dict[str, Any]]:
    return "activities", {"name": name, "project": below, **fields}


HIDE = {"visible": False}
TREE = "Customer,Project,Activity\nAcme,Web,Design\nAcme,Web,Texts\nAcme,Shop,Design\nBolt,App,Tests\n"
MESSY: dict[str, Messy] = {
    "nothing is there": Messy(TREE, code=0),
    "all of it is there": Messy(
        "Customer,Project,Activity\nAcme,Web,Design\n",
        there=[customer("Acme"), project("Web"), activity("Design")],
        code=0,
    ),
    "a customer is there twice": Messy(TREE, there=[customer("Acme"), customer("Acme")]),
    "a project is there twice": Messy(TREE, there=[customer("Acme"), project("Web"), project("Web")]),
    "an activity is there twice": Messy(
        TREE, there=[customer("Acme"), project("Web"), activity("Texts"), activity("Texts")]
    ),
    "a customer is hidden": Messy(TREE, there=[customer("Acme"), ("customers/1", HIDE)]),
    "a project is hidden": Messy(TREE, there=[customer("Acme"), project("Web"), ("projects/1", HIDE)]),
    "a hidden customer is made visible": Messy(
        TREE, ["--show-hidden"], [customer("Acme"), project("Web"), ("projects/1", HIDE), ("customers/1", HIDE)], code=0
    ),
    "the file wants it hidden": Messy(
        "Customer,Customer visible,Project\nAcme,no,Web\nBolt,no,\n", UPDATE, [customer("Acme")], code=0
    ),
    "numbers that are cut into one another": Messy(
        "Customer,Project,Project number\n" + "".join(f"Acme,Project {n},PRJ-2026-{n}\n" for n in range(100)), code=2
    ),
    "numbers that are cut into one another, and count": Messy(
        "Customer,Project,Project number\n" + "".join(f"Acme,Project {n},PRJ-2026-{n}\n" for n in range(100)),
        BY_NUMBER,
        code=2,
    ),
    "a number that is cut into one that is there": Messy(
        "Customer,Project,Project number,Activity\nAcme,New,PRJ-2026-12,Design\nAcme,Other,P-2,Design\n",
        there=[customer("Acme"), project("Old", number="PRJ-2026-1")],
    ),
    "a number that is cut into one that is there, and counts": Messy(
        "Customer,Project,Project number,Activity\nAcme,New,PRJ-2026-12,Design\nAcme,Other,P-2,Design\n",
        BY_NUMBER,
        [customer("Acme"), project("Old", number="PRJ-2026-1")],
    ),
    "a number that is cut, and was so before": Messy(
        "Customer,Project,Project number\nAcme,New,PRJ-2026-12\n",
        BY_NUMBER,
        [customer("Acme"), project("New", number="PRJ-2026-1")],
        code=0,
    ),
    "a number that is taken": Messy("Customer,Number\nAcme,k1\nBolt,K2\n", there=[customer("Other", number="K1")]),
    "a number that is taken below another customer": Messy(
        "Customer,Project,Project number\nAcme,Web,P1\n", BY_NUMBER, [customer("Other"), project("Web", number="P1")]
    ),
    "one number for two": Messy("Customer,Number,Project\nAcme,K1,Web\nBolt,k1,Shop\nCargo,K2,Shop\n"),
    "one number for two, beside numbers that are there": Messy(
        "Customer,Number,Project\nAcme,K1,Web\nBolt,k1,Shop\n", there=[customer("Other", number="K0")]
    ),
    "one number for three activities": Messy(
        "Customer,Project,Activity,Activity number\nAcme,Web,Design,A1\nAcme,Web,Texts,A1\nAcme,Web,Tests,a1\n"
    ),
    "numbers that are exchanged": Messy(
        "Customer,Number\nAcme,K2\nBolt,K1\n", UPDATE, [customer("Acme", number="K1"), customer("Bolt", number="K2")]
    ),
    "a number that becomes free": Messy(
        "Customer,Number\nAcme,K9\nBolt,K1\n", UPDATE, [customer("Acme", number="K1")], code=0
    ),
    "a number and another field are changed": Messy(
        "Customer,Number,Company\nAcme,K2,New\n", UPDATE, [customer("Acme", number="K1"), customer("B.", number="K2")]
    ),
    "characters that Kimai refuses": Messy("Customer,Project\nAcme <x>,Web\nBolt,A=B\n", code=2),
    "characters that an older Kimai takes": Messy(
        "Customer,Project\nAcme <x>,Web\nBolt,A=B\n",
        ["--country", "DE", "--currency", "EUR", "--timezone", "UTC"],
        version="2.53.0",
        code=0,
    ),
    "characters that are replaced": Messy("Customer,Number\nAcme <x>,K<1>\nBolt,K=2\n", ["--sanitize"], code=0),
    "characters that are replaced by a name": Messy("Customer\nx=y\nx-y\n", ["--sanitize"], code=2),
    "characters that are replaced by a number": Messy("Customer,Number\nAcme,K=1\nBolt,K-1\n", ["--sanitize"], code=2),
    "characters that are replaced by a number that is there": Messy(
        "Customer,Number\nAcme,K=1\nBolt,K2\n", ["--sanitize"], [customer("Other", number="K-1")]
    ),
    "values that only Kimai can judge": Messy(
        "Customer,Currency,Color,Teams,Language\nAcme,QQQ,mauve,99,tlh\nBolt,EUR,Silver,1,de\n", code=2
    ),
    "values that only Kimai can judge, of what is there": Messy(
        "Customer,Currency\nAcme,QQQ\nBolt,EUR\n", UPDATE, [customer("Acme")], code=2
    ),
    "values that nobody asks for": Messy("Customer,Currency\nAcme,QQQ\n", there=[customer("Acme")], code=0),
    "values that are wrong": Messy(
        "Customer,Country,Project,Project start,Project end\nAcme,Atlantis,Web,2026-13-01,\n"
        "Bolt,DE,App,2026-02-01,2026-01-01\n",
        code=2,
    ),
    "everything at once": Messy(
        "Customer,Country,Project,Color\nAcme <x>,Atlantis,Web,mauve\n,DE,App,\nBolt,DE,P,Silver\n", code=2
    ),
    "colours that are spelt anew": Messy(
        "Customer,Project,Customer color\nAcme,Web,silver\nAcme,Shop,#C0C0C0\nAcme,App,gold\nBolt,Web,#cccccc\n", code=0
    ),
    "a custom field that Kimai does not have": Messy(
        "Customer,meta.nowhere,meta.cost_centre\nAcme,1,4711\nBolt,2,\nCargo,,1\n",
        UPDATE,
        [customer("Acme"), customer("Bolt")],
        code=0,
    ),
    "nothing that differs": Messy(
        "Customer,Homepage,Color,Company\nAcme,www.example.com,SILVER,Acme\n",
        UPDATE,
        [customer("Acme", homepage="https://www.example.com", color="#c0c0c0", company="Acme")],
        code=0,
    ),
    "look-alikes that stay apart": Messy(
        "Customer\nACME\nAcme\nMu\u0308ller\nMüller\n", there=[customer("acme")], code=0
    ),
    "look-alikes that are one": Messy("Customer,Project\nACME,Web\nÁcme,Shop\n", ["--match-case", "no"], code=0),
    "look-alikes that are ambiguous": Messy(
        "Customer\nacme\nBolt\n", ["--match-case", "no"], [customer("Acme"), customer("ACME")]
    ),
    "what must not be there": Messy(TREE, ["--on-existing", "fail"], [customer("Acme")], code=2),
    "global activities": Messy(
        ",Project,Activity,Customer\n,,Travel,\n,Web,Travel,Acme\n,,Admin,\n", ["--global-activities"], code=0
    ),
    "an old Kimai that needs a country": Messy("Customer,Project\nAcme,Web\n", version="2.20.1", code=2),
    "what a Kimai of its age lacks": Messy(
        "Customer,Country,Currency,Timezone,City,Language\nAcme,DE,EUR,UTC,Köln,de\n", version="2.20.1", code=0
    ),
    "an open quote": Messy('Customer,Project\nAcme <x>,Web\nBolt,"Shop\n', code=2),
}


@dataclass
class Outcome:
    """What one run of the command says."""

    code: int
    counts: dict[str, Any] = field(default_factory=dict)
    settled: list[tuple[Any, ...]] = field(default_factory=list)
    incomplete: list[Any] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    error: str | None = None


def outcome(result: Result) -> Outcome:
    *lines, summary = result.lines
    settled = [line for line in lines if line["type"] != "run"]
    kinds = ("created", "updated", "exists", "refused", "skipped", "pending")
    return Outcome(
        result.code,
        {kind: summary[kind] for kind in kinds},
        sorted((it["level"], it["path"], it["line"], it["type"], it["reason"] or "") for it in settled),
        summary["incomplete"],
        [text for text in summary["warnings"] if not text.startswith("columns ignored") and "custom field" not in text],
        summary["error"],
    )


def run_both(command: Command, server: Serving, arguments: Sequence[Any], folder: Path) -> tuple[Outcome, Outcome]:
    always = (*arguments, "--json", "--rejects", folder / "rejects.csv", "--url", server.url)
    dry = outcome(command(*always, "--dry-run", KIMAI_TOKEN=server.token))
    stored = [request for request in server.sandbox.requests if request.method == "PATCH" or "name" in _sent(request)]
    assert stored == []
    return dry, outcome(command(*always))


def _sent(request: Any) -> dict[str, Any]:
    return request.json if request.method == "POST" and isinstance(request.json, dict) else {}


CASES = sorted(CSV.glob("*.json"))


@pytest.mark.parametrize("expectation", CASES, ids=[path.stem for path in CASES])
def test_a_dry_run_of_a_file_of_the_corpus_says_what_the_run_does(
    command: Command, expectation: Path, tmp_path: Path
) -> None:
    options = json.loads(expectation.read_text("utf-8")).get("options", [])
    with serving(record=True, custom_fields=CUSTOM_FIELDS, teams=("Team A", "Team B"), invoice_templates=2) as server:
        dry, real = run_both(command, server, [expectation.with_suffix(".csv"), *options], tmp_path)

    assert dry == real


@pytest.mark.parametrize("what", MESSY)
def test_a_dry_run_of_a_messy_file_says_what_the_run_does(command: Command, what: str, tmp_path: Path) -> None:
    messy = MESSY[what]
    file = tmp_path / "messy.csv"
    file.write_text(messy.rows, "utf-8")
    with serving(messy.version, record=True, custom_fields=CUSTOM_FIELDS, teams=("Team A",)) as server:
        fill(server, messy.there)
        dry, real = run_both(command, server, [file, *messy.options], tmp_path)

    assert dry == real
    assert real.code == messy.code


def test_a_dry_run_knows_what_kimai_no_longer_lets_change(command: Command, tmp_path: Path) -> None:
    """Kimai checks the whole row once more, and refuses names since 2.54 that it had taken before."""
    file = tmp_path / "a.csv"
    file.write_text("Customer,Company\nAcme <x>,New\nBolt,New\n", "utf-8")
    with serving("2.53.0", database=tmp_path / "kimai.sqlite") as server:
        fill(
            server,
            [
                customer("Acme <x>", country="DE", currency="EUR", timezone="UTC"),
                customer("Bolt", country="DE", currency="EUR", timezone="UTC"),
            ],
        )
    with serving("2.65.0", database=tmp_path / "kimai.sqlite", record=True) as server:
        dry, real = run_both(command, server, [file, *UPDATE], tmp_path)

    assert dry == real
    (incomplete,) = real.incomplete
    assert incomplete["reason"] == (
        "it cannot be changed: its name 'Acme <x>' holds < >, which Kimai refuses since 2.54; change that in Kimai "
        "first"
    )
    assert real.counts["updated"]["customer"] == 1


@pytest.mark.parametrize("other", ["K1", "K9"])
def test_a_kimai_that_is_set_to_allow_it_gets_a_number_twice(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, other: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_text("Customer,Number\nAcme,K1\nBolt,K1\n", "utf-8")
    with serving(record=True) as server:
        fill(server, [customer("Other", number=other)])
        monkeypatch.setattr(server.sandbox.store, "number_taken", lambda *_: False)
        dry, real = run_both(command, server, [file], tmp_path)

        assert server.sandbox.numbers("customers") == [other, "K1", "K1"]
    assert dry == real
    assert real.code == 0


def fill(server: Serving, there: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Put on the server what is to be there before; what has an id in its path is changed."""
    for path, body in there:
        method, always = ("PATCH", {}) if "/" in path else ("POST", {"visible": True, "billable": True, "number": ""})
        headers = {"Authorization": f"Bearer {server.token}"}
        httpx.request(method, f"{server.url}/api/{path}", json={**always, **body}, headers=headers).raise_for_status()
    server.sandbox.requests.clear()
