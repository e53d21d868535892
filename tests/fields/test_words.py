"""The words for headings contradict each other nowhere."""

from __future__ import annotations

from collections import Counter
from itertools import chain

import pytest

from kimai_async.fields.catalogue import FIELDS
from kimai_async.fields.vocabulary import fold
from kimai_async.fields.words import FIELD_WORDS, LEVEL_WORDS, PREFIX_WORDS, TIMESHEET_WORDS
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
    names = {fold(word) for level in LEVELS for word in (level, *LEVEL_WORDS[level])}

    assert names & set(with_prefix()) == set()
    assert names & set().union(*map(words_of, LEVELS)) == set()


def test_a_bare_name_is_left_to_the_rule_for_it() -> None:
    assert "name" not in {fold(word) for level in LEVELS for word in (*LEVEL_WORDS[level], *words_of(level))}


@pytest.mark.parametrize("kind", sorted(NO_TIMESHEETS))
def test_no_list_of_customers_or_projects_looks_like_timesheets(kind: str) -> None:
    assert {fold(word) for word in NO_TIMESHEETS[kind].split()} & set(map(fold, TIMESHEET_WORDS)) == set()


def test_no_word_for_a_level_or_a_field_tells_of_timesheets() -> None:
    known = {fold(word) for level in LEVELS for word in (*LEVEL_WORDS[level], *words_of(level))}

    assert known & set(map(fold, TIMESHEET_WORDS)) == set()


def test_no_word_stands_twice() -> None:
    rows = [TIMESHEET_WORDS, *LEVEL_WORDS.values(), *PREFIX_WORDS.values()]
    rows += [words for level in LEVELS for words in FIELD_WORDS[level].values()]

    assert [word for words in rows for word, count in Counter(map(fold, words)).items() if count > 1] == []


def test_no_word_repeats_the_name_that_is_understood_anyway() -> None:
    assert [
        (level, key) for level in LEVELS for key, words in FIELD_WORDS[level].items() if fold(key) in map(fold, words)
    ] == []
