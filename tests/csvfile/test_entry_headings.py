"""The headings of time entries, as other trackers and Kimai write them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from kimai_async.csvfile.headings import HeadingError, understand
from kimai_async.csvfile.table import Table
from kimai_async.errors import CsvError

if TYPE_CHECKING:
    from kimai_async.fields.columns import Columns

NAMES = {"customer", "project", "activity"}
LANGUAGES = {
    "en": "Date,From,To,Duration,Break,User,Customer,Project,Activity,Description,Exported,Billable,Tags,Hourly price,"
    "Fixed price",
    "de": "Datum,Von,Bis,Dauer,Pause,Benutzer,Kunde,Projekt,Tätigkeit,Beschreibung,Exportiert,Abrechenbar,Schlagworte,"
    "Preis pro Stunde,Festpreis",
    "fr": "Date,De,À,Durée,Pause,Nom d'utilisateur,Client,Projet,Activité,Description,Exporté,Facturable,Mots-clés,"
    "Taux horaire,Taux fixe",
    "es": "Fecha,De,Para,Duración,Pausa,Usuario,Cliente,Proyecto,Actividad,Descripción,Exportado,Facturable,Etiquetas,"
    "Tarifa por hora,Tarifa fija",
    "it": "Data,Da,A,Durata,Pausa,Utente,Cliente,Progetto,Attività,Descrizione,Esportate,Fatturabile,Etichette,"
    "Tariffa oraria,Prezzo fisso",
    "nl": "Datum,Van,Tot,Duur,Rustpauze,Gebruikersnaam,Klant,Project,Activiteit,Beschrijving,Geëxporteerd,"
    "Factureerbaar,Labels,Uurtarief,Vast bedrag",
}
KEYS = "date begin end duration break user customer project activity description exported billable tags hourlyRate "


def columns(headings: str, **mapping: str) -> Columns:
    given = {name.replace("__", "."): heading for name, heading in mapping.items()}
    return understand(headings.split(","), given, timesheets=True)


def meanings(headings: str, **mapping: str) -> list[str | None]:
    """What each heading means, without the word before the point for what is said of entries."""
    targets = columns(headings, **mapping).targets
    return [None if target is None else str(target).removeprefix("entry.") for target in targets]


def refusal(headings: str, **mapping: str) -> str:
    with pytest.raises(HeadingError) as caught:
        columns(headings, **mapping)
    return str(caught.value)


@pytest.mark.parametrize("language", LANGUAGES)
def test_kimais_own_export_is_known_in_each_language(language: str) -> None:
    assert meanings(LANGUAGES[language]) == f"{KEYS}fixedRate".split()


@pytest.mark.parametrize(
    ("heading", "language", "key"),
    [("De", "fr", "begin"), ("Data", "it", "date"), ("Tot", "nl", "end"), ("Datum", "nl", "date"), ("A", "it", "end")],
)
def test_one_language_holds_for_the_whole_line(heading: str, language: str, key: str) -> None:
    words = LANGUAGES[language].split(",")

    assert meanings(LANGUAGES[language])[words.index(heading)] == key
    assert heading in LANGUAGES[language]
    assert meanings(f"{LANGUAGES['en']},{heading}")[-1] is None


def test_english_headings_are_known_beside_those_of_another_language() -> None:
    assert meanings("Datum,Von,Bis,Kunde,Invoiced,Username") == ["date", "begin", "end", "customer", "exported", "user"]


def test_the_people_columns_of_kimai_are_known() -> None:
    assert meanings("Date,From,To,Name,User,E-mail,Staff number,Project")[3:7] == ["name", "user", "email", None]
    assert meanings("Datum,Von,Bis,Dauer,Name,E-Mail,Projekt")[4:6] == ["name", "email"]
    assert meanings("Date,De,À,Durée,Nom,Courriel,Projet")[4:6] == ["name", "email"]
    assert meanings("Fecha,De,Para,Nombre,Correo electrónico,Proyecto")[3:5] == ["name", "email"]


def test_clockifys_detailed_report_is_known_with_and_without_its_newer_columns() -> None:
    newer = (
        "Project,Client,Description,Task,User,Group,Email,Tags,Type,Billable,Invoiced,Invoice ID,Start Date,Start Time,"
        "End Date,End Time,Duration (h),Duration (decimal),Billable Rate (EUR),Billable Amount (EUR),Date of creation"
    )
    assert meanings(newer) == [
        *("project", "customer", "description", "activity", "user", None, "email", "tags", None, "billable"),
        *("exported", None, "date", "begin", "endDate", "end", "duration", None, "hourlyRate", None, None),
    ]
    older = "Project,Description,Activity,User,Tag,Start Date,Start Time,End Date,End Time,Duration (decimal)"
    assert meanings(older) == [
        *("project", "description", "activity", "user", "tags", "date", "begin", "endDate", "end", "duration")
    ]


def test_both_forms_of_toggls_detailed_report_are_known() -> None:
    assert meanings(
        "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags,"
        "Amount ()"
    ) == [
        *("user", "email", "customer", "project", "activity", "description", "billable", "date", "begin", "endDate"),
        *("end", "duration", "tags", None),
    ]
    assert meanings(
        "Description,Duration,Member,Email,Project,Client,Tags,Start date,Start time,Stop date,Stop time"
    ) == [
        *("description", "duration", "name", "email", "project", "customer", "tags", "date", "begin", "endDate", "end")
    ]


def test_harvests_detailed_time_is_known_with_either_rate() -> None:
    head, tail = "Date,Client,Project,Project Code,Task,Notes,Hours,Hours Rounded", "Billable?,Invoiced?,Employee?"
    for rate in ("Billable Rate", "Hourly Rate"):
        assert meanings(f"{head},{tail},First Name,Last Name,{rate},Billable Amount") == [
            *("date", "customer", "project", "project.number", "activity", "description", "duration", None),
            *("billable", "exported", None, "firstName", "lastName", "hourlyRate", None),
        ]


def test_importbundles_spellings_are_known() -> None:
    assert meanings(
        "date,from,to,username,e-mail,customer,project,activity,hourly_rate,rate_fixed,pause,meta.ticket"
    ) == [
        *("date", "begin", "end", "user", "email", "customer", "project", "activity", "hourlyRate", "fixedRate"),
        *("break", "meta.ticket"),
    ]
    assert meanings("Date,From,To,Name,Project,Rate,InternalRate,rate_hourly,FixedRate")[3:] == [
        *("name", "project", None, None, "hourlyRate", "fixedRate")
    ]


def test_solidtimes_import_form_is_known() -> None:
    assert meanings("description,billable,client,project,tags,start,end,task,user_name,user_email") == [
        *("description", "billable", "customer", "project", "tags", "begin", "end", "activity", "user", "email")
    ]


def test_tempos_worklogs_are_known_and_the_issue_is_the_activity_where_nothing_else_is() -> None:
    assert meanings("Issue Key,Issue summary,Hours,Work date,Username,Account Customer,Project Name") == [
        *(None, "activity", "duration", "date", "user", "customer", "project")
    ]
    assert meanings("Issue Key,Issue summary,Hours,Work date,Activity Name,Customer,Account Customer,Project Name") == [
        *(None, None, "duration", "date", "activity", "customer", None, "project")
    ]


def test_fields_of_the_tree_stay_known_beside_entries() -> None:
    assert meanings("Date,Hours,Customer,Customer country,Project,project.meta.x,Description,Currency") == [
        *("date", "duration", "customer", "customer.country", "project", "project.meta.x", "description", None)
    ]


def test_columns_of_entries_are_named_by_hand() -> None:
    named = meanings("Wann,Wer,Job,Was", entry__begin="Wann", entry__name="Wer", project="Job", entry__meta__Was="Was")

    assert named == ["begin", "name", "project", "meta.Was"]
    assert meanings("Date,Start,Project,Notes", entry__description="")[3] is None
    assert meanings("Date,Start,Begin,Project", entry__begin="Begin") == ["date", None, "begin", "project"]


def test_a_misspelt_heading_has_a_hint() -> None:
    found = columns("Date,From,To,Project,Descripton,Anything")

    assert found.hints == {4: "is it description? say --column entry.description='Descripton'"}
    assert columns("Date,From,To,Project,Too").hints == {}


def test_a_file_that_does_not_say_when_entries_began_is_refused() -> None:
    assert refusal("Customer,Project,Hours") == (
        "no heading says when time entries began; found: 'Customer', 'Project', 'Hours'. Say which one does, as in "
        "--column entry.begin=Start, or leave --timesheets out."
    )


def test_two_headings_of_one_word_are_refused() -> None:
    assert refusal("Date,From,To,Project,Notes,Notes") == "the heading Notes stands 2 times; rename all but one."


def test_a_column_of_entries_is_refused_where_none_are_asked_for() -> None:
    with pytest.raises(HeadingError, match=r"^--column entry\.begin is for time entries; give --timesheets, too\.$"):
        understand(["Customer", "Wann"], {"entry.begin": "Wann"})


def test_without_being_asked_for_no_heading_means_an_entry() -> None:
    for headings in LANGUAGES.values():
        targets = understand(headings.split(","), {}).targets
        assert {str(target) for target in targets if target is not None} == NAMES


def test_a_table_understands_entries_when_asked_to() -> None:
    data = b"Date,Hours,Customer,Project,Task\n2026-03-04,1.5,Acme,Web,Design\n"

    assert Table(io.BytesIO(data), name="a.csv").columns.of_entries == {}
    assert Table(io.BytesIO(data), name="a.csv", timesheets=True).columns.of_entries == {"date": 0, "duration": 1}
    with pytest.raises(CsvError, match=r"^a\.csv, line 1: no heading says when time entries began"):
        Table(io.BytesIO(data.replace(b"Date", b"Dote")), name="a.csv", timesheets=True)
