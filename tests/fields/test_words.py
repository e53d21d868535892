"""The words for headings contradict each other nowhere."""

from __future__ import annotations

from collections import Counter
from itertools import chain

import pytest

from kimai_async.fields.catalogue import FIELDS
from kimai_async.fields.vocabulary import bare, bare_names, fold, names, prefixed
from kimai_async.fields.words import (
    FIELD_WORDS,
    LEVEL_WORDS,
    NAME_WORDS,
    NUMBER_WORDS,
    PREFIX_WORDS,
    TIMESHEET_WORDS,
)
from kimai_async.tree.nodes import LEVELS, Level

# Headings of lists of customers and projects, where bare words are the customer's or the project's.
NO_TIMESHEETS = {
    "the plugin's customers": "name customer company email country account tax description address contact currency "
    "timezone phone mobile fax homepage color visible budget budgettype timebudget customernumber budget_type "
    "time_budget customer_number number address_line1 address_line2 address_line3 postcode city buyerreference "
    "buyer_reference comment e-mail vat vat-id tax-id",
    "the plugin's projects": "name project customer description ordernumber orderdate startdate enddate color visible "
    "budget budgettype timebudget projectnumber projectname customername comment order-number order-date time-budget",
    "Kimai's lists": "id name customer project company number billable language invoice_email start end",
    "Clockify's projects": "project client status visibility billability task tasks activities note tags",
    "Harvest's clients, contacts and projects": "client address first_name last_name title email office_phone "
    "mobile_phone fax project project_code start_date end_date project_notes total_hours billable_hours "
    "billable_amount budget_by budget budget_spent budget_remaining total_costs team_costs expenses",
}


EVERYDAY = {  # an underscore is a space here
    "German": "Kunde/Kundenname Projekt/Projektname Tätigkeit/Tätigkeitsname/Aufgabe/Aktivität/Taetigkeit",
    "French": "Client/Nom_du_client Projet/Nom_du_projet Activité/Tâche/Activite/Tache/Nom_de_la_tâche",
    "Spanish": "Cliente/Nombre_del_cliente Proyecto/Nombre_del_proyecto Actividad/Tarea/Nombre_de_la_tarea",
    "Italian": "Cliente/Nome_cliente Progetto/Nome_progetto Attività/Attivita/Compito/Nome_attività",
    "Dutch": "Klant/Klantnaam/Cliënt Project/Projectnaam Activiteit/Taak/Taaknaam",
    "Polish": "Klient/Nazwa_klienta Projekt/Nazwa_projektu Czynność/Zadanie/Aktywność/Nazwa_zadania",
}

# A project to some, and a task, an order, a company or a count to others.
AMBIGUOUS = (
    "Job Auftrag Mandant Mandat Dossier Affaire Commessa Opdracht Zlecenie Kontrahent Account Firma Ordre Nombre "
    "Auftraggeber Opdrachtgever Committente Zleceniodawca Projektbezeichnung Leistung Prestation Usługa Incarico"
)


def words_of(level: Level) -> dict[str, list[str]]:
    """What each folded word stands for at a level; more than one key is a contradiction."""
    found: dict[str, list[str]] = {}
    for key, words in FIELD_WORDS[level].items():
        for word in {fold(key), *map(fold, words)}:
            found.setdefault(word, []).append(key)
    return found


def prefixes(level: Level) -> set[str]:
    return {fold(level), *map(fold, PREFIX_WORDS[level])}


def with_prefix() -> dict[str, set[str]]:
    """What each folded prefix and word stand for, over all levels."""
    found: dict[str, set[str]] = {}
    for level in LEVELS:
        for prefix in prefixes(level):
            for word, keys in words_of(level).items():
                found.setdefault(prefix + word, set()).update(f"{level}.{key}" for key in keys)
    return found


@pytest.mark.parametrize("level", LEVELS)
def test_every_field_of_kimai_has_its_place(level: Level) -> None:
    assert set(FIELD_WORDS[level]) == set(FIELDS[level])


@pytest.mark.parametrize("level", LEVELS)
def test_no_word_stands_for_two_fields_of_a_level(level: Level) -> None:
    assert {word: keys for word, keys in words_of(level).items() if len(keys) > 1} == {}


def test_no_word_stands_for_two_levels() -> None:
    counts = Counter(chain.from_iterable({fold(level), *map(fold, LEVEL_WORDS[level])} for level in LEVELS))

    assert [word for word, count in counts.items() if count > 1] == []


def test_a_field_after_its_prefix_means_one_thing() -> None:
    assert {heading: meanings for heading, meanings in with_prefix().items() if len(meanings) > 1} == {}


def test_no_prefix_begins_another_levels() -> None:
    assert [
        (one, other)
        for level in LEVELS
        for one in prefixes(level)
        for another in set(LEVELS) - {level}
        for other in prefixes(another)
        if other.startswith(one)
    ] == []


def test_the_word_for_a_level_is_the_word_for_no_field() -> None:
    assert names().keys() & {*with_prefix(), *prefixed()} == set()
    assert names().keys() & set().union(*map(words_of, LEVELS)) == set()


def test_a_number_in_another_order_of_words_is_no_other_field() -> None:
    numbers = [(fold(word), level) for level in LEVELS for word in NUMBER_WORDS[level]]

    assert len({word for word, _ in numbers}) == len(numbers)
    assert all(with_prefix().get(word, {f"{level}.number"}) == {f"{level}.number"} for word, level in numbers)


@pytest.mark.parametrize("language", EVERYDAY)
def test_the_everyday_words_of_six_languages_name_the_three_levels(language: str) -> None:
    for level, words in zip(LEVELS, EVERYDAY[language].split(), strict=True):
        assert {names().get(fold(word)) for word in words.split("/")} == {level}, words


@pytest.mark.parametrize("word", AMBIGUOUS.split())
def test_a_word_that_means_different_things_names_no_level(word: str) -> None:
    assert fold(word) not in names()
    assert fold(word) not in bare_names()


@pytest.mark.parametrize(
    ("heading", "level"),
    [
        *(("Kundennummer", Level.CUSTOMER), ("Projektnummer", Level.PROJECT), ("Tätigkeitsnummer", Level.ACTIVITY)),
        *(("Numéro de client", Level.CUSTOMER), ("Code projet", Level.PROJECT), ("N° tâche", Level.ACTIVITY)),
        *(("Código de cliente", Level.CUSTOMER), ("Número de proyecto", Level.PROJECT)),
        *(("Codice cliente", Level.CUSTOMER), ("Numero progetto", Level.PROJECT), ("Codice attività", Level.ACTIVITY)),
        *(("Klantnummer", Level.CUSTOMER), ("Projectnr", Level.PROJECT), ("Taakcode", Level.ACTIVITY)),
        *(("Numer klienta", Level.CUSTOMER), ("Nr projektu", Level.PROJECT), ("Numer zadania", Level.ACTIVITY)),
    ],
)
def test_numbers_are_known_in_six_languages(heading: str, level: Level) -> None:
    assert prefixed()[fold(heading)] == (level, "number")


@pytest.mark.parametrize("word", ["Numéro", "Numero", "Número", "Numer", "N°", "Nº", "Nummer", "Nr."])
def test_a_bare_number_is_known_in_six_languages(word: str) -> None:
    assert all(bare(level)[fold(word)] == (level, "number") for level in LEVELS)


def test_a_bare_name_is_left_to_the_rule_for_it() -> None:
    assert not bare_names() & {fold(word) for level in LEVELS for word in (*LEVEL_WORDS[level], *words_of(level))}


@pytest.mark.parametrize("kind", sorted(NO_TIMESHEETS))
def test_no_list_of_customers_or_projects_looks_like_timesheets(kind: str) -> None:
    assert {fold(word) for word in NO_TIMESHEETS[kind].split()} & set(map(fold, TIMESHEET_WORDS)) == set()


def test_no_word_for_a_level_or_a_field_tells_of_timesheets() -> None:
    known = {fold(word) for level in LEVELS for word in (*LEVEL_WORDS[level], *words_of(level))}

    assert known & set(map(fold, TIMESHEET_WORDS)) == set()


def test_no_word_stands_twice() -> None:
    rows = [TIMESHEET_WORDS, NAME_WORDS, *LEVEL_WORDS.values(), *PREFIX_WORDS.values(), *NUMBER_WORDS.values()]
    rows += [words for level in LEVELS for words in FIELD_WORDS[level].values()]

    assert [word for words in rows for word, count in Counter(map(fold, words)).items() if count > 1] == []


def test_no_word_repeats_the_name_that_is_understood_anyway() -> None:
    assert [
        (level, key) for level in LEVELS for key, words in FIELD_WORDS[level].items() if fold(key) in map(fold, words)
    ] == []
