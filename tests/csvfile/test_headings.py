from __future__ import annotations

import unicodedata

import pytest

from kimai_async.csvfile.headings import HeadingError, understand
from kimai_async.errors import UsageError
from kimai_async.fields.vocabulary import fold, known, parse_target


def meanings(*headings: str, **mapping: str) -> list[str | None]:
    columns = understand(headings, {name.replace("__", "."): heading for name, heading in mapping.items()})
    return [None if target is None else str(target) for target in columns.targets]


def refusal(*headings: str, **mapping: str) -> str:
    with pytest.raises(HeadingError) as caught:
        meanings(*headings, **mapping)
    return str(caught.value)


@pytest.mark.parametrize("heading", ["Start Date", "start_date", "START-DATE", "startdate", "Start.Date"])
def test_letter_case_spaces_dashes_underscores_and_dots_do_not_count(heading: str) -> None:
    assert fold(heading) == "startdate"


@pytest.mark.parametrize("heading", ["Straße", "Währung", "Tätigkeit", "Numéro de client", "Activité", "cliënt"])
def test_an_accent_counts_the_same_however_it_is_stored(heading: str) -> None:
    assert fold(unicodedata.normalize("NFD", heading)) == fold(heading)
    assert known([unicodedata.normalize("NFD", heading)]) == known([heading]) == 1


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("other", ["NFC", "NFD"])
def test_a_column_is_found_however_the_accents_of_its_heading_are_stored(form: str, other: str) -> None:
    heading = unicodedata.normalize(form, "Geschäft")  # type: ignore[arg-type]
    assert meanings(heading, customer=unicodedata.normalize(other, "Geschäft")) == ["customer"]  # type: ignore[arg-type]


def test_the_name_of_a_custom_field_has_its_accents_with_their_letters() -> None:
    assert meanings("Customer", unicodedata.normalize("NFD", "customer.meta.Größe"))[1] == "customer.meta.Größe"


@pytest.mark.parametrize("heading", ["Nom de l'activité", "Nom de l\u2019activité", "NOM DE L ACTIVITÉ"])
def test_apostrophes_do_not_count(heading: str) -> None:
    assert meanings("Client", "Projet", heading)[2] == "activity"


def test_the_three_names_are_known_in_any_order_and_by_other_words() -> None:
    assert meanings("Task", "Client", "Projekt") == ["activity", "customer", "project"]


def test_a_field_is_known_with_its_level_before_it_in_any_file() -> None:
    assert meanings(
        "Customer", "Project", "Activity", "Customer country", "project.orderNumber", "activity_comment"
    ) == [*("customer", "project", "activity", "customer.country", "project.orderNumber", "activity.comment")]


def test_a_field_without_a_level_is_the_last_levels_in_a_file_of_customers_or_projects() -> None:
    assert meanings("Name", "Company", "Number") == ["customer", "customer.company", "customer.number"]
    assert meanings("Name", "Customer", "OrderNumber", "meta.x") == [
        *("project", "customer", "project.orderNumber", "project.meta.x")
    ]


def test_a_field_without_a_level_is_ignored_in_a_file_of_activities_with_a_hint() -> None:
    columns = understand(["Customer", "Project", "Activity", "Comment"], {})

    assert columns.targets[3] is None
    assert columns.hints == {3: "say whose, as in --column activity.comment='Comment'"}


def test_a_bare_name_of_activities_takes_the_fields_along() -> None:
    assert meanings("Name", "Customer", "Project", "Comment") == ["activity", "customer", "project", "activity.comment"]


def test_fields_of_time_entries_are_not_the_projects() -> None:
    assert meanings("Client", "Project", "Description", "Billable", "Start date", "Duration") == [
        *("customer", "project", None, None, None, None)
    ]


def test_custom_fields_keep_the_spelling_of_their_name() -> None:
    assert meanings("Customer", "Project", "customer.meta.Cost_Centre", "Projekt meta.X y") == [
        *("customer", "project", "customer.meta.Cost_Centre", "project.meta.X y")
    ]


def test_a_column_can_be_named_whatever_it_is_called() -> None:
    assert meanings("Cost centre", "Job", "Customer", customer="Cost centre", project="job") == [
        *("customer", "project", None)
    ]


def test_a_field_can_be_mapped_and_left_out() -> None:
    assert meanings("Customer", "Ref", "Customer country", customer__number="Ref", customer__country="") == [
        *("customer", "customer.number", None)
    ]


def test_a_field_of_a_level_that_the_file_does_not_name_is_ignored_with_a_hint() -> None:
    columns = understand(["Customer", "Project start"], {})

    assert columns.targets[1] is None
    assert columns.hints == {1: "no column names the project"}


def test_a_budget_that_may_be_hours_is_not_taken_for_money() -> None:
    columns = understand(["Client", "Project", "Budget", "Budget By"], {})

    assert columns.targets[2:] == [None, None]
    assert columns.hints == {2: "it may be hours or money; if it is money, say --column project.budget=budget"}
    assert meanings("Client", "Project", "Budget", "Budget By", project__budget="Budget")[2] == "project.budget"


def test_a_plural_is_not_taken_for_a_misspelt_word() -> None:
    assert understand(["Client", "Project", "Tasks"], {}).hints == {}


def test_a_heading_that_is_nearly_a_known_one_gets_a_hint() -> None:
    assert understand(["Customer", "Project", "Activty"], {}).hints == {
        2: "is it Activity? say --column activity='Activty'"
    }


@pytest.mark.parametrize(
    ("headings", "sentence"),
    [
        (["Customer", "Customer"], "the heading Customer stands 2 times; rename all but one."),
        (
            ["Customer", "Client"],
            (
                "the headings 'Customer' and 'Client' both mean customer; say which one holds it, as in --column "
                'customer="Customer".'
            ),
        ),
        (["Foo", "Bar"], "no heading names a customer, a project or an activity; found: 'Foo', 'Bar'."),
    ],
)
def test_headings_that_cannot_be_meant_are_refused(headings: list[str], sentence: str) -> None:
    assert refusal(*headings).startswith(sentence)


def test_of_many_headings_ten_are_named_and_of_a_long_one_its_beginning() -> None:
    sentence = refusal(*(f"Column {number}" for number in range(2000)), "x" * 5000)

    assert "'Column 0', 'Column 1'" in sentence
    assert "'Column 9' and 1,991 more. Say which one does" in sentence
    assert f"found: '{'x' * 39}…'. Say" in refusal("x" * 5000)


@pytest.mark.parametrize("word", ["Name", "Nom", "nome", "NAAM", "Nazwa"])
def test_a_bare_name_in_other_languages_is_that_of_the_level_below(word: str) -> None:
    assert meanings(word, "Number") == ["customer", "customer.number"]
    assert meanings("Client", word) == ["customer", "project"]


def test_what_the_user_says_of_a_heading_goes_before_what_its_word_means() -> None:
    assert meanings("Customer", "Number", customer__comment="Number") == ["customer", "customer.comment"]
    assert meanings("Customer", "Number", "No", customer__number="No") == ["customer", None, "customer.number"]


def test_a_mapped_heading_must_be_there_once() -> None:
    assert refusal("Foo", customer="Bar") == "the heading 'Bar' of --column customer=Bar is not there; found: 'Foo'."
    assert (
        refusal("Foo", "Foo", customer="Foo")
        == "the heading 'Foo' of --column customer=Foo stands several times; rename all but one."
    )
    assert refusal("Foo", customer="Foo", project="Foo").startswith("--column takes the heading 'Foo' for two things")


@pytest.mark.parametrize("name", ["customr", "comment", "meta.x", "planet.meta.x", ""])
def test_an_unknown_field_of_a_mapping_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError, match="--column knows no"):
        parse_target(name)


def test_known_headings_are_counted() -> None:
    assert known(["Client", "vat id", "whatever", "meta.x", "Name"]) == 4
