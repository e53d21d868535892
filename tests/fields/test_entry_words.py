"""The words for headings of time entries contradict each other nowhere."""

from __future__ import annotations

from itertools import chain

import pytest

from kimai_async.errors import UsageError
from kimai_async.fields.columns import Target
from kimai_async.fields.entry_vocabulary import has_whole_hours, tell_entries, unit_of
from kimai_async.fields.entry_words import ENGLISH, ENTRY_KEYS, HOURS_WORDS, LANGUAGES, SECONDS_WORDS, TIME_KEYS
from kimai_async.fields.vocabulary import fold, names, parse_target, prefixed
from kimai_async.tree.nodes import Level

TABLES = {"en": ENGLISH, **LANGUAGES}
each_language = pytest.mark.parametrize("language", TABLES)


@each_language
def test_no_word_stands_for_two_things_in_one_language(language: str) -> None:
    words = [fold(word) for word in chain.from_iterable(TABLES[language].values())]

    assert len(words) == len(set(words))


@each_language
def test_no_word_is_one_of_the_trees(language: str) -> None:
    assert {fold(word) for word in chain.from_iterable(TABLES[language].values())}.isdisjoint({*names(), *prefixed()})


@each_language
def test_every_language_has_words_for_known_keys_only(language: str) -> None:
    assert set(TABLES[language]) <= set(ENTRY_KEYS)
    assert {"date", "begin", "end", "duration", "user"} <= set(TABLES[language])


def test_english_has_words_for_every_key() -> None:
    assert set(ENGLISH) == set(ENTRY_KEYS) > set(TIME_KEYS)


def test_units_are_those_of_headings_of_durations() -> None:
    durations = {word for table in TABLES.values() for word in table["duration"]}

    assert {*SECONDS_WORDS, *HOURS_WORDS} <= durations
    assert [unit_of(heading) for heading in ("Duration", "DAUER", "Hours", "Duration (h)", "Worked")] == [
        *(1, 1, 3600, 3600, None)
    ]
    assert has_whole_hours("From")
    assert not has_whole_hours("Start time")


@pytest.mark.parametrize("key", [*ENTRY_KEYS, "meta.ticket"])
def test_every_key_can_be_named_by_hand(key: str) -> None:
    assert parse_target(f"entry.{key}") == Target(Level.ENTRY, key)


def test_letter_case_does_not_count_in_a_key() -> None:
    assert parse_target("Entry.HourlyRate") == Target(Level.ENTRY, "hourlyRate")
    assert str(Target(Level.ENTRY, "endDate")) == "entry.endDate"


@pytest.mark.parametrize("name", ["entry", "entry.", "entry.rate", "begin"])
def test_what_is_no_key_is_refused_with_what_it_may_be(name: str) -> None:
    with pytest.raises(UsageError, match=r"or what is said of a time entry such as entry\.begin\.$"):
        parse_target(name)


@pytest.mark.parametrize(
    "headings",
    [
        *("Date,Client,Project,Task,Notes,Hours", "Start Date,Start Time,Duration (h),Client,Project"),
        *("description,client,project,start,end,user_name", "Datum,Von,Bis,Dauer,Kunde", "Date,De,À,Durée,Client"),
    ],
)
def test_a_list_of_time_entries_is_told_by_its_headings(headings: str) -> None:
    assert tell_entries(headings.split(","))


@pytest.mark.parametrize(
    "headings",
    [
        *("Customer,Project,Activity", "Name,Customer,Start,End,Budget", "Client,Project,Start Date,End Date,Notes"),
        *("User,Customer,Project", "Hours,Client,Project", "Date,User,Client"),
    ],
)
def test_a_list_of_anything_else_is_not_taken_for_one(headings: str) -> None:
    assert not tell_entries(headings.split(","))
