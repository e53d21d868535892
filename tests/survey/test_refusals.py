"""What a server would refuse is said before anything is sent, in one list with the problems of the file itself."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
from importing import counts, get, named_posts, post, run

from kimai_async import CsvError, Kind, Report, Settings, Stop, UsageError, import_csv
from kimai_async.choices import Match, OnExisting
from kimai_async.sandbox.http.answers import ApiError
from kimai_async.sandbox.serve import Serving, serving
from kimai_async.survey import beside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHECKED = (
    "Kimai 2.65.0 has checked all of the file as if it were new; what is there already is looked up once this is "
    "mended."
)


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def refusal(report: Report) -> list[str]:
    """The lines below the first of what a file is refused with."""
    assert isinstance(report.error, CsvError)
    assert report.exit_code == 2
    return [line.strip() for line in str(report.error).split("\n")[1:]]


def reasons(report: Report) -> list[tuple[int, Kind, str]]:
    return [(node.line, kind, reason) for node, (kind, reason) in report.failures.items()]


# One list


def test_the_problems_of_a_file_and_those_that_a_server_knows_are_one_list_by_line(tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.csv",
        "Customer,Currency,Color,Teams,Country",
        *("Acme <x>,,,,Atlantis", "Bolt,QQQ,mauve,99,DE", "B,,,,DE", 'Cargo,"EUR,,,'),
    )
    with serving(record=True, teams=("Team A",)) as server:
        found = refusal(run(file, server))

        assert [line.partition(":")[0] for line in found[:-2]] == [
            *("line 2, Country", "line 2, Customer", "line 3, Color", "line 3, Currency", "line 3, Teams"),
            "line 4, Customer",
        ]
        assert found[-2].startswith("line 5: a quote opens a field here")
        assert found[-1] == CHECKED
        assert named_posts(server) == []
        assert [request.path for request in server.sandbox.requests if request.method == "GET"] == [
            *("/api/version", "/api/users/me", "/api/config/colors")
        ]


def test_all_that_only_a_server_knows_is_one_list_as_well(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Customer,Project,Customer currency", "Acme <x>,Web,QQQ", "Bolt,A=B,EUR")
    with serving(record=True) as server:
        found = refusal(run(file, server))

        assert [line.partition(":")[0] for line in found] == [
            *("line 2, Customer", "line 2, Customer currency", "line 3, Project")
        ]
        assert named_posts(server) == []


def test_a_file_without_anything_for_the_server_to_refuse_has_its_own_problems_alone(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Customer", "A", "Bolt")
    with serving() as server:
        assert refusal(run(file, server)) == [
            "line 2, Customer: 'A' has one character; Kimai wants at least 2, so lengthen it"
        ]


def test_what_new_customers_lack_on_an_old_kimai_is_said_below_the_list(tmp_path: Path) -> None:
    needed = (
        "This Kimai needs --country, --currency, --timezone for new customers; add for example --country DE --currency "
        "EUR --timezone Europe/Berlin."
    )
    file = write(tmp_path / "a.csv", "Customer,Visible", "Acme,maybe")
    with serving("2.20.1") as server:
        assert refusal(run(file, server)) == [
            "line 2, Visible: 'maybe' is neither yes nor no; write yes or no",
            needed,
        ]
        write(file, "Customer,Color", "Acme,mauve")
        assert refusal(run(file, server))[1:] == [needed]
        write(file, "Customer", "Acme")
        report = run(file, server)
        assert isinstance(report.error, UsageError)
        assert str(report.error) == f"{needed} Nothing was sent."


def test_a_country_of_the_options_that_is_none_is_said_too(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Customer", "Acme <x>")
    with serving() as server:
        assert refusal(run(file, server, country="XX"))[1:] == [
            "Kimai refuses what new customers would get: --country XX: Please select a valid country."
        ]


def test_who_may_not_create_is_told_after_the_problems_of_the_file(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Customer,Visible", "Acme,maybe")
    with serving() as server:
        server.sandbox.around_call.append(forbid_posts)
        own, sentence = refusal(run(file, server))
        write(file, "Customer,Visible", "Acme <x>,yes")
        listed = run(file, server)

    assert own.startswith("line 2, Visible")
    assert sentence.startswith("Kimai could not be asked about the rest: This token may not create customers")
    assert refusal(listed)[1].startswith("This token may not create customers (403 Forbidden)")


async def forbid_posts(request: Any, proceed: Any) -> Any:
    if request.method == "POST":
        raise ApiError(403)
    return await proceed()


@pytest.mark.parametrize(
    ("url", "token", "sentence"),
    [
        ("http://127.0.0.1:9", "x", "Kimai could not be asked about the rest: Cannot reach 127.0.0.1:9: "),
        (None, "x", "Kimai could not be asked about the rest: The server refuses the token (401 Unauthorized); "),
    ],
)
def test_a_server_that_cannot_be_asked_is_a_sentence_below_the_list(
    tmp_path: Path, url: str | None, token: str, sentence: str
) -> None:
    file = write(tmp_path / "a.csv", "Customer,Country", "Acme,Atlantis")
    with serving() as server:
        own, below = refusal(run(file, server, url=url or server.url, token=token))

    assert own.startswith("line 2, Country: 'Atlantis' is no country")
    assert below.startswith(sentence)


@pytest.fixture
def deaf() -> Iterator[str]:
    """The address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken: list[socket.socket] = []

        def accept() -> None:
            try:
                while True:
                    taken.append(listener.accept()[0])
            except OSError:
                pass

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        for each in taken:
            each.close()
    thread.join()


def test_nobody_waits_long_for_a_server_only_to_hear_of_the_file(
    tmp_path: Path, deaf: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "PATIENCE", 0.2)
    file = write(tmp_path / "a.csv", "Customer,Country", "Acme,Atlantis")

    report = anyio.run(import_csv, file, Settings(url=deaf, token="x"))

    assert refusal(report)[1:] == ["Kimai gave no answer about the rest within 0.2 seconds."]


def test_an_interrupt_while_the_server_is_asked_still_shows_the_problems_of_the_file(tmp_path: Path, deaf: str) -> None:
    file = write(tmp_path / "a.csv", "Customer,Country", "Acme,Atlantis")

    async def go() -> Report:
        stop = Stop()
        async with anyio.create_task_group() as tasks:

            async def interrupt() -> None:
                await anyio.wait_all_tasks_blocked()
                stop.soon()

            tasks.start_soon(interrupt)
            return await import_csv(file, Settings(url=deaf, token="x"), stop=stop)
        raise AssertionError

    assert refusal(anyio.run(go)) == [
        "line 2, Country: 'Atlantis' is no country; give a two-letter code such as DE (ISO 3166-1)"
    ]


def test_what_exists_is_asked_about_only_if_it_is_to_be_changed(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Customer,Currency", "Acme,QQQ")
    with serving(record=True) as server:
        post(server, "customers", name="Acme")
        assert run(file, server).exit_code == 0
        assert refusal(run(file, server, on_existing=OnExisting.UPDATE)) == [
            "line 2, Currency: 'QQQ' is refused by the server: Please select a valid currency."
        ]


# Numbers


def test_a_cut_number_that_another_row_has_refuses_its_row_and_skips_what_is_below(tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.csv", "Customer,Project,Project number,Activity", "Acme,New,PRJ-2026-12,Design", "Acme,B2,P2,Test"
    )
    for match in Match:
        with serving(record=True) as server:
            post(server, "customers", name="Acme")
            post(server, "projects", name="Old", customer=1, number="PRJ-2026-1")
            report = run(file, server, match=match, rejects=tmp_path / "r.csv")

            (refused, skipped) = reasons(report)
            assert refused[:2] == (2, Kind.REFUSED)
            assert "'PRJ-2026-12'" in refused[2]
            assert "'Old' (id 1)" in refused[2]
            assert "shorten it" in refused[2]
            assert skipped == (2, Kind.SKIPPED, "its project was not imported")
            assert server.sandbox.tree() == [("Acme",), ("Acme", "B2"), ("Acme", "B2", "Test"), ("Acme", "Old")]


def test_what_changes_its_number_to_one_that_is_taken_keeps_it_and_gets_the_rest(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Customer,Number,Company", "Acme,K2,New")
    with serving() as server:
        post(server, "customers", name="Acme", number="K1", company="Old")
        post(server, "customers", name="Bolt", number="K2")
        report = run(file, server, on_existing=OnExisting.UPDATE, rejects=tmp_path / "r.csv")

        assert counts(report, Kind.UPDATED) == [1, 0, 0]
        (reason,) = report.incomplete.values()
        assert reason == (
            "the server refuses the change: number: The number K2 is already used. It is that of 'Bolt' (id 2); give "
            "another."
        )
        shown = get(server, "customers/1")
        assert (shown["number"], shown["company"]) == ("K1", "New")


def test_a_number_that_an_update_gives_up_is_free_for_what_is_created(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Customer,Number", "Bolt,K1", "Acme,K9")
    with serving() as server:
        post(server, "customers", name="Acme", number="K1")
        report = run(file, server, on_existing=OnExisting.UPDATE)

        assert (report.exit_code, counts(report, Kind.CREATED)) == (0, [1, 0, 0])
        assert server.sandbox.numbers("customers") == ["K9", "K1"]


def test_who_may_only_change_is_told_of_a_taken_number_all_the_same(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Customer,Number", "Acme,K2")
    with serving() as server:
        post(server, "customers", name="Acme", number="K1")
        post(server, "customers", name="Bolt", number="K2")
        server.sandbox.around_call.append(forbid_posts)
        report = run(file, server, on_existing=OnExisting.UPDATE, rejects=tmp_path / "r.csv")

        assert "The number K2 is already used. It is that of 'Bolt' (id 2)" in next(iter(report.incomplete.values()))


# Replaced characters


def test_a_replaced_number_is_told_as_a_number(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Customer,Number", "Acme,K<1>")
    with serving() as server:
        report = run(file, server, sanitize=True)

        assert report.warnings == ["line 2, Number: the number 'K<1>' becomes 'K\u20391\u203a' (--sanitize)"]
        assert server.sandbox.numbers("customers") == ["K\u20391\u203a"]


def test_a_replaced_number_that_another_row_has_is_a_problem(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Customer,Number", "Acme,K=1", "Bolt,k-1")
    with serving() as server:
        assert refusal(run(file, server, sanitize=True)) == [
            "line 2, Number: the number 'K=1' would become 'K-1', that of 'Bolt' on line 3; change one"
        ]


def test_a_number_from_before_2_54_is_found_as_it_is_and_left_alone(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Customer,Number", "Acme,K=1")
    with serving("2.53.0", database=tmp_path / "kimai.sqlite") as server:
        post(server, "customers", name="Old", number="K=1", country="DE", currency="EUR", timezone="UTC")
    with serving(database=tmp_path / "kimai.sqlite") as server:
        report = run(file, server, match=Match.NUMBER, sanitize=True)

        assert (counts(report, Kind.EXISTS), report.warnings) == ([1, 0, 0], [])


def test_a_forbidden_number_for_what_exists_is_a_problem_or_is_replaced(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Customer,Number", "Acme,K=1")
    with serving() as server:
        post(server, "customers", name="Acme", number="K0")
        assert run(file, server).exit_code == 0
        assert refusal(run(file, server, on_existing=OnExisting.UPDATE)) == [
            "line 2, Number: 'K=1' holds =, which Kimai refuses since 2.54; change it, or give --sanitize"
        ]
        assert counts(run(file, server, on_existing=OnExisting.UPDATE, sanitize=True), Kind.UPDATED) == [1, 0, 0]
        assert server.sandbox.numbers("customers") == ["K-1"]


def test_a_forbidden_new_name_for_what_its_number_finds_is_a_problem_or_is_replaced(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Customer,Number", "A=B,K1")
    with serving() as server:
        post(server, "customers", name="Old", number="K1")
        by_number: dict[str, Any] = {"match": Match.NUMBER, "on_existing": OnExisting.UPDATE}
        assert refusal(run(file, server, **by_number)) == [
            "line 2, Customer: 'A=B' holds =, which Kimai refuses since 2.54; change it, or give --sanitize"
        ]
        assert counts(run(file, server, **by_number, sanitize=True), Kind.UPDATED) == [1, 0, 0]
        assert server.sandbox.tree() == [("A-B",)]


# Colours


def colors(server: Serving, tmp_path: Path, *cells: str) -> Report:
    file = write(tmp_path / "a.csv", "Customer,Color", *(f"Acme,{cell}" for cell in cells))
    return run(file, server, dry_run=True)


def test_colours_are_compared_by_the_servers_palette(tmp_path: Path) -> None:
    with serving() as server:
        assert colors(server, tmp_path, "silver", "#C0C0C0", "Silver").warnings == []
        assert colors(server, tmp_path, "#C0C0C0", "gold").warnings == [
            "line 3, Color: 'gold' differs from '#C0C0C0' on line 2 for the same customer; line 2 counts"
        ]
        assert colors(server, tmp_path, "#c0c0c1", "#c0c0bf").warnings == [
            "line 2, Color: '#c0c0c1' is none of this Kimai's colours; it becomes Silver, the nearest"
        ]


def test_without_a_palette_colours_are_compared_as_they_are_written(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Customer,Color", "Acme,#c0c0c0", "Acme,#C0C0C0", "Acme,#ff0000")
    with serving("2.13.0") as server:
        report = run(file, server, old=True, country="DE", currency="EUR", timezone="UTC")

        assert report.warnings[-1] == (
            "line 4, Color: '#ff0000' differs from '#c0c0c0' on line 2 for the same customer; line 2 counts"
        )


def test_a_colour_that_is_there_by_another_spelling_is_no_change(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Customer,Color", "Acme,SILVER")
    with serving() as server:
        post(server, "customers", name="Acme", color="#c0c0c0")
        assert counts(run(file, server, on_existing=OnExisting.UPDATE), Kind.EXISTS) == [1, 0, 0]


# Kinds of warnings


def test_warnings_of_the_server_come_the_worst_first_and_twenty_a_kind(tmp_path: Path) -> None:
    rows = [f"Bolt{n} =,Köln" for n in range(30)]
    file = write(tmp_path / "a.csv", "Customer,Language", *(row.replace("Köln", "de") for row in rows))
    with serving("2.62.0") as server:
        for n in range(30):
            post(server, "customers", name=f"BOLT{n} -", country="DE", currency="EUR", timezone="UTC")
        report = run(file, server, sanitize=True, country="DE", currency="EUR", timezone="UTC", dry_run=True)

    assert report.warnings[0].startswith("column 'Language' is left out")
    assert len(report.warnings) == 1 + 21 + 21
    assert "becomes a new customer beside" in report.warnings[1]
    assert "(--sanitize)" in report.warnings[22]
    assert report.warnings[21] == report.warnings[42] == "and 10 more like these"


def test_a_name_that_differs_in_normalisation_from_one_that_is_there_is_told_so(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Customer", "Mu\u0308ller")
    with serving() as server:
        post(server, "customers", name="Müller")
        (warning,) = run(file, server, dry_run=True).warnings
        joined = run(file, server, match_case=False)

    assert "the two look the same and differ only in how their accents are stored (Unicode normalisation)" in warning
    assert counts(joined, Kind.EXISTS) == [1, 0, 0]


def test_a_create_without_a_name_tells_of_a_number_that_is_taken_and_stores_nothing() -> None:
    with serving() as server:
        post(server, "customers", name="Acme", number="K1")
        headers = {"Authorization": f"Bearer {server.token}"}
        answer = httpx.post(f"{server.url}/api/customers", json={"number": "k1"}, headers=headers)

        assert answer.status_code == 400
        assert answer.json()["errors"]["children"]["number"] == {"errors": ["The number k1 is already used."]}
        assert server.sandbox.tree() == [("Acme",)]
