"""What is said of a file before the server is asked: problems that end the import, doubts that do not."""

from __future__ import annotations

import io
import unicodedata

import pytest

from kimai_async.csvfile.table import Table
from kimai_async.errors import CsvError
from kimai_async.plan.build import Plan, build
from kimai_async.plan.ignored import about_ignored
from kimai_async.plan.likeness import difference
from kimai_async.tree.nodes import Level


def table(content: str) -> Table:
    return Table(io.BytesIO(content.encode()), name="a.csv", delimiter=",", encoding="utf-8")


def plan(content: str) -> Plan:
    return build(table(content))


def ignored(content: str, *, shown: bool = False) -> list[str]:
    return list(about_ignored(table(content), shown=shown))


# Two values for one thing


def test_cells_that_mean_the_same_are_no_difference() -> None:
    planned = plan(
        "Customer,Customer visible,Customer teams,Customer budget,Customer homepage,Customer color,Customer comment\n"
        'Acme,ja,"1, 7","1.234,50",acme.com,silver,Mu\u0308ller\n'
        "Acme,yes,7 1,1234.5,https://acme.com,Silver,Müller\n"
    )

    assert planned.warnings.lines() == []
    assert planned.cells.other_colors == []


def test_cells_that_differ_are_shown_as_cells_could_be() -> None:
    planned = plan(
        "Customer,Customer visible,Customer teams,Customer time budget,Customer budget type\n"
        'Acme,ja,"1, 7",90m,month\nAcme,nein,1,2h,gesamt\n'
    )

    assert planned.warnings.lines() == [
        f"line 3, Customer {key}: {other} differs from {counts} on line 2 for the same customer; line 2 counts"
        for key, other, counts in (
            ("visible", "'no'", "'yes'"),
            ("teams", "'1'", "'1, 7'"),
            ("time budget", "'2:00'", "'1:30'"),
            ("budget type", "'full'", "'month'"),
        )
    ]


def test_colours_that_only_the_palette_can_compare_are_left_to_it() -> None:
    planned = plan("Customer,Color\nAcme,silver\nAcme,#C0C0C0\n")

    (other,) = planned.cells.other_colors
    assert planned.warnings.lines() == []
    assert (other.line, other.heading, other.counts, other.other) == (3, "Color", "silver", "#C0C0C0")


# Names that look alike


@pytest.mark.parametrize(
    ("one", "other", "sentence"),
    [
        (
            "Müller",
            unicodedata.normalize("NFD", "Müller"),
            "look the same and differ only in how their accents are stored",
        ),
        ("Acme GmbH", "Acme\u00a0GmbH", "look alike and differ only in characters such as another kind of blank"),
        ("Acme", "ACME", "differ only in letter case or accents"),
        ("Étude", "Etude", "differ only in letter case or accents"),
    ],
)
def test_how_two_names_differ_that_look_alike_is_said(one: str, other: str, sentence: str) -> None:
    planned = plan(f"Customer\n{one}\n{other}\n")

    (warning,) = planned.warnings.lines()
    assert warning.startswith(f"line 3, Customer: {other!r} and {one!r} on line 2 {sentence}")
    assert warning.endswith(", and become two; --match-case no makes them one")
    assert difference(one, other) == difference(other, one)


# Columns that are left out


def test_the_first_ten_columns_that_are_ignored_are_named_and_the_others_counted() -> None:
    headings = [f"Column {n}" for n in range(2_000)]

    (sentence,) = ignored(f"Customer,{','.join(headings)}\nAcme{',7' * 2_000}\n")

    assert sentence == f"columns ignored: {', '.join(map(repr, headings[:10]))} and 1,990 more"


def test_a_dry_run_that_shows_the_columns_need_not_name_them() -> None:
    assert ignored("Customer,Hours\nAcme,7\n", shown=True) == []


@pytest.mark.parametrize("shown", [False, True])
def test_that_only_customers_are_taken_though_names_follow_is_said_in_any_case(*, shown: bool) -> None:
    rows = "Kunde,Projekttitel,Vorhaben,Stunden\nAcme,Website,Design,7\nBolt,App,Test,8\n"

    (sentence,) = ignored(rows, shown=shown)

    assert sentence == (
        "columns ignored, so only customers are imported: 'Projekttitel', 'Vorhaben', 'Stunden'; if 'Projekttitel' "
        "names projects, give --column project='Projekttitel'"
    )


def test_where_no_heading_looks_like_a_level_it_is_said_how_to_name_one() -> None:
    (sentence,) = ignored("Customer,Work,Step\nAcme,Website,Design\n")

    assert sentence == (
        "columns ignored, so only customers are imported: 'Work', 'Step'; if one of them names projects, give it as in "
        "--column project='Work'"
    )


def test_a_heading_that_is_likely_misspelt_has_its_advice_already() -> None:
    (sentence,) = ignored("Customer,Projekct\nAcme,Website\n")

    assert sentence == (
        "columns ignored, so only customers are imported: 'Projekct' (is it Project? say --column project='Projekct')"
    )


@pytest.mark.parametrize(
    "cell",
    ["7", "1.234,50 EUR", "2026-01-31", "31.01.2026 17:00", "DE", "EUR", "true", "a@example.com", "www.acme.com", ""],
)
def test_a_column_of_numbers_dates_codes_and_addresses_holds_no_names(cell: str) -> None:
    assert ignored(f'Customer,Other\nAcme,"{cell}"\n') == ["columns ignored: 'Other'"]


def test_a_column_whose_heading_says_what_it_holds_names_nothing_below() -> None:
    (sentence,) = ignored("Customer,Project,Homepage\nAcme,Website,see below\n")

    assert sentence == "columns ignored: 'Homepage' (say whose, as in --column customer.homepage='Homepage')"


def test_a_file_of_all_levels_may_have_any_text_beside() -> None:
    assert ignored("Customer,Project,Activity,Remark\nAcme,Website,Design,all of it\n") == ["columns ignored: 'Remark'"]


def test_names_that_the_user_has_left_out_are_not_missed() -> None:
    file = Table(io.BytesIO(b"Customer,Project,Task\nAcme,Web,Design\n"), name="a.csv", mapping={"Activity": ""})

    assert list(about_ignored(file, {"Activity": ""}, shown=False)) == ["columns ignored: 'Task'"]


# Problems


def test_what_could_be_read_of_a_broken_file_is_planned_and_the_break_is_one_of_its_problems() -> None:
    planned = plan('Customer,Project\nA,Web\nBolt,App\nCargo,"Shop\n')

    assert planned.hopeless
    assert [node.name for node in planned.tree.level(Level.CUSTOMER)] == ["A", "Bolt"]
    with pytest.raises(CsvError) as caught:
        planned.refuse("Kimai could not be asked.")
    found = str(caught.value).split("\n")
    assert found[0] == "a.csv cannot be imported, 2 problems; nothing was sent."
    assert found[1] == "  line 2, Customer: 'A' has one character; Kimai wants at least 2, so lengthen it"
    assert found[2].startswith("  line 4: a quote opens a field here")
    assert found[3] == "Kimai could not be asked."


def test_a_break_without_other_problems_is_said_alone() -> None:
    planned = plan('Customer,Project\nAcme,Web\nBolt,"App\n')

    for after in ([], ["Kimai could not be asked."]):
        with pytest.raises(CsvError) as caught:
            planned.refuse(*after)
        first, *rest = str(caught.value).split("\n")
        assert first.startswith("a.csv, line 3: a quote opens a field here")
        assert rest == after


def test_a_missing_column_for_parents_names_ten_of_two_thousand_headings() -> None:
    with pytest.raises(CsvError) as caught:
        plan(f"Project,{','.join(f'Column {n}' for n in range(2_000))}\nWeb\n")

    assert "'Column 8' and 1,991 more. Say which it is" in str(caught.value)
