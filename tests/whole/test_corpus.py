"""Files as they really come: every CSV under `tests/csv/` goes in as it is meant, and only once, or is refused.

A case is a file NAME.csv with its expectation, NAME.json, beside it; adding one is adding two files. The JSON says
where the format comes from, which options the file needs, and what is to come out: the tree, or the sentence by which
the file is `refused`. `warnings` is how many there are about rows, or a list of all of them, word for word.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kimai_async.sandbox.serve import Serving, serving

if TYPE_CHECKING:
    from commands import Command

CSV = Path(__file__).parents[1] / "csv"
CUSTOM_FIELDS = {
    "customers": ("kostenstelle", "cost_centre"),
    "projects": ("kostenstelle", "cost_centre", "vertrag"),
    "activities": ("kostenstelle",),
}
KEYS = {"source", "options", "encoding", "delimiter", "columns", "tree", "fields", "warnings"}
REFUSED = {"source", "options", "refused"}


@dataclass
class Case:
    path: Path
    expected: dict[str, Any]

    @property
    def arguments(self) -> list[Any]:
        return [self.path, *self.expected["options"]]


CASES = [Case(path.with_suffix(".csv"), json.loads(path.read_text("utf-8"))) for path in sorted(CSV.glob("*.json"))]
TAKEN = [case for case in CASES if "refused" not in case.expected]
each_taken = pytest.mark.parametrize("case", TAKEN, ids=lambda case: case.path.stem)
each_refused = pytest.mark.parametrize(
    "case", [case for case in CASES if case not in TAKEN], ids=lambda case: case.path.stem
)


def paths(server: Serving) -> dict[tuple[str, ...], tuple[str, int]]:
    """Every stored path, without the empty names above a global activity, with its level and id."""
    store, found = server.sandbox.store, {}
    names: dict[tuple[str, int | None], tuple[str, ...]] = {}
    for level, above in (("customers", ""), ("projects", "customers"), ("activities", "projects")):
        for row in store.rows(level):  # type: ignore[arg-type]
            names[level, row.id] = path = (*names.get((above, row.parent), ()), row.name)
            found[path] = (level, row.id)
    return found


def shown(server: Serving, level: str, row: int, key: str) -> Any:
    fields = next(each for each in server.sandbox.store.rows(level) if each.id == row).fields  # type: ignore[arg-type]
    if key.startswith("meta."):
        return {item["name"]: item["value"] for item in fields["metaFields"]}.get(key.removeprefix("meta."))
    return fields.get(key)


def about_rows(warnings: list[str]) -> list[str]:
    """The warnings that are not about how the file as a whole was understood."""
    whole = ("read as Windows-1252", "(--sanitize)", "--timesheets")
    return [text for text in warnings if not text.startswith("column") and not any(each in text for each in whole)]


def test_every_file_has_its_expectation() -> None:
    assert {path.stem for path in CSV.glob("*.csv")} == {case.path.stem for case in CASES}
    assert len(TAKEN) > 50
    assert len(CASES) > len(TAKEN) + 12
    assert all(case.expected.keys() == REFUSED or case.expected.keys() <= KEYS for case in CASES)


@each_refused
def test_a_file_that_cannot_be_meant_is_refused_with_its_sentence_and_nothing_is_sent(
    command: Command, case: Case
) -> None:
    with serving(record=True) as server:
        result = command(*case.arguments, "--json", "--url", server.url, KIMAI_TOKEN=server.token)
        there = paths(server)

    assert result.lines[-1]["error"] == case.expected["refused"]
    assert result.code == 2
    assert there == {}


@each_taken
def test_a_file_is_understood_and_goes_in_and_a_second_run_changes_nothing(
    command: Command, case: Case, tmp_path: Path
) -> None:
    expected = case.expected
    arguments = [*case.arguments, "--json", "--rejects", tmp_path / "rejects.csv"]
    with serving(record=True, custom_fields=CUSTOM_FIELDS, teams=("Team A", "Team B"), invoice_templates=2) as server:
        first = command(*arguments, "--url", server.url, KIMAI_TOKEN=server.token)
        there = paths(server)
        summary = first.lines[-1]
        sent = [request for request in server.sandbox.requests if request.method == "PATCH"]
        again = command(*arguments, "--on-existing", "update", "--url", server.url)
        resent = [request for request in server.sandbox.requests if request.method == "PATCH"]

        assert summary["error"] is None
        assert first.code == 0
        assert f"{case.path.name}: {expected['encoding']}, delimiter {expected['delimiter']}" in first.err
        assert summary["columns"] == expected["columns"]
        assert sorted(map(list, there)) == sorted(expected["tree"])
        for path, fields in expected["fields"].items():
            level, row = there[tuple(path.split(" > "))]
            assert {key: shown(server, level, row, key) for key in fields} == fields, path
        if isinstance(expected.get("warnings"), list):
            assert summary["warnings"] == expected["warnings"]
        elif "warnings" in expected:
            assert len(about_rows(summary["warnings"])) == expected["warnings"], summary["warnings"]
        assert again.code == 0
        assert resent == sent
        assert {str(kind): sum(again.lines[-1][kind].values()) for kind in ("created", "updated", "exists")} == {
            "created": 0,
            "updated": 0,
            "exists": len(there),
        }
