from __future__ import annotations

import zoneinfo
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kimai_async.fields import codes, values
from kimai_async.fields.spellings import MOST_MONEY, MOST_SECONDS
from kimai_async.fields.values import BadValueError
from kimai_async.sandbox.forms import durations

TYPES: list[values.ValueType] = [
    *(values.Text(100), values.Text(None), values.Number(10), values.Flag(), values.Money(), values.Duration()),
    *(values.Date(), values.Country(), values.Currency(), values.Timezone(), values.Language(), values.Email(75)),
    *(values.Homepage(), values.Color(), values.BudgetType(), values.Identity(), values.Teams()),
]


def read(its: values.ValueType, text: str, date_format: str | None = None) -> Any:
    return its.read(text, date_format)


def refusal(its: values.ValueType, text: str, date_format: str | None = None) -> str:
    with pytest.raises(BadValueError) as caught:
        its.read(text, date_format)
    return str(caught.value)


# Any type


@settings(deadline=None)  # the first name of no country makes Babel load all languages
@given(st.sampled_from(TYPES), st.text(min_size=1))
def test_a_cell_is_read_or_refused_with_a_sentences_tail(its: values.ValueType, text: str) -> None:
    try:
        value = its.read(text, None)
    except BadValueError as error:
        message = str(error)
    else:
        shown = [{"id": team} for team in value] if isinstance(its, values.Teams) else value
        assert its.same(value, shown)
        return
    assert message.startswith(("is ", "has "))


@given(st.sampled_from(TYPES), st.text(min_size=1))
def test_a_value_is_written_as_a_cell_that_means_it(its: values.ValueType, text: str) -> None:
    try:
        value = its.read(text, None)
    except BadValueError:
        return
    assert its.same(its.read(its.write(value), None), value)


@pytest.mark.parametrize(
    ("its", "text", "written"),
    [
        *((values.Flag(), "ja", "yes"), (values.Flag(), "0", "no"), (values.Money(), "1.234,5 €", "1234.50")),
        *((values.Duration(), "5400", "1:30"), (values.Duration(), "45s", "0:00:45"), (values.Teams(), "7;3", "3, 7")),
        *((values.BudgetType(), "Monat", "month"), (values.BudgetType(), "gesamt", "full")),
        *((values.Country(), "Österreich", "AT"), (values.Identity(), "007", "7"), (values.Text(9), "a", "a")),
    ],
)
def test_a_value_is_written_for_people(its: values.ValueType, text: str, written: str) -> None:
    assert its.write(read(its, text)) == written


@pytest.mark.parametrize(
    ("its", "one", "other"),
    [
        *(
            (values.Text(99), "Mu\u0308ller", "Müller"),
            (values.Text(99), "a\r\nb", "a\nb"),
            (values.Color(), "Silver", "silver"),
        ),
        *((values.Color(), "#C0C0C0", "#c0c0c0"), (values.Teams(), "3, 7", "7 3 3"), (values.Money(), "5", "5,00")),
        *((values.Duration(), "1:30", "90m"), (values.Country(), "Germany", "de"), (values.Flag(), "yes", "wahr")),
        (values.Homepage(), "www.example.com", "https://www.example.com"),
    ],
)
def test_two_cells_that_mean_the_same_are_the_same(its: values.ValueType, one: str, other: str) -> None:
    assert its.same(read(its, one), read(its, other))


@pytest.mark.parametrize("its", TYPES, ids=lambda its: type(its).__name__)
def test_types_of_the_same_limits_are_equal_and_cannot_be_changed(its: values.ValueType) -> None:
    assert hash(its) == hash(type(its)(*(getattr(its, name) for name in getattr(its, "__match_args__", ()))))
    with pytest.raises((AttributeError, TypeError)):
        its.most = 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("its", "value"),
    [
        (values.Text(9), "a"),
        (values.Flag(), True),
        (values.Money(), 1.5),
        (values.Teams(), [1]),
        (values.Country(), "DE"),
    ],
)
def test_most_values_are_sent_as_they_are(its: values.ValueType, value: Any) -> None:
    assert its.create(value) == its.patch(value) == value


@pytest.mark.parametrize(
    ("its", "value"),
    [
        *((values.Text(9), ""), (values.Flag(), False), (values.Money(), 0.0), (values.Duration(), 0)),
        *((values.Date(), ""), (values.Homepage(), ""), (values.Color(), ""), (values.BudgetType(), None)),
        *((values.Teams(), []), (values.Country(), "")),
    ],
)
def test_null_from_the_server_is_nothing(its: values.ValueType, value: Any) -> None:
    assert its.same(value, None)


# Text


def test_text_has_at_most_so_many_code_points() -> None:
    assert read(values.Text(100), "😀" * 100) == "😀" * 100
    assert refusal(values.Text(100), "x" * 120) == "has 120 characters; Kimai takes 100, so shorten it"


@pytest.mark.parametrize("text", ["x" * 65_535, "ä" * 32_767 + "x", "😀" * 16_383 + "xyz"])
def test_a_comment_has_at_most_65535_bytes(text: str) -> None:
    assert read(values.Text(None), text) == text
    assert refusal(values.Text(None), text + "ä") == "has 65,537 bytes as UTF-8; Kimai takes 65,535, so shorten it"


def test_a_number_that_is_too_long_is_left_to_the_caller() -> None:
    number = values.Number(10)
    assert read(number, "K-0001-2026-07") == "K-0001-2026-07"
    assert number.most == 10


@pytest.mark.parametrize(("one", "other"), [("a", "A"), ("a", "ä"), ("a", "a."), ("a\nb", "a b")])
def test_text_that_reads_otherwise_is_other_text(one: str, other: str) -> None:
    assert not values.Text(9).same(one, other)


# Flags


@pytest.mark.parametrize(
    "text", ["yes", "Yes", "YES", "y", "true", "1", "on", "x", "X", "ja", "j", "wahr", "oui", "si", "sí", "SÍ"]
)
def test_yes_has_many_words(text: str) -> None:
    assert read(values.Flag(), text) is True


@pytest.mark.parametrize("text", ["no", "No", "NO", "n", "false", "False", "0", "off", "nein", "falsch", "non"])
def test_no_has_many_words(text: str) -> None:
    assert read(values.Flag(), text) is False


@pytest.mark.parametrize("text", ["2", "-", "maybe", "yes!", "ye"])
def test_anything_else_is_neither_yes_nor_no(text: str) -> None:
    assert refusal(values.Flag(), text) == "is neither yes nor no; write yes or no"


def test_a_flag_is_the_servers_boolean() -> None:
    assert values.Flag().same(True, True)
    assert not values.Flag().same(True, False)


# Money


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0.0),
        ("1234", 1234.0),
        ("1234.5", 1234.5),
        ("1234,50", 1234.5),
        (".5", 0.5),
        ("5,", 5.0),
        ("1.234,56", 1234.56),
        ("1,234.56", 1234.56),
        ("1'234.50", 1234.5),
        ("1\u2019234.50", 1234.5),
        ("1 234,50", 1234.5),
        ("1\u00a0234,50", 1234.5),
        ("1\u202f234\u202f567,5", 1234567.5),
        ("1'234", 1234.0),
        ("1 234", 1234.0),
        ("1.234.567", 1234567.0),
        ("1,234,567", 1234567.0),
        ("1.234,567", 1234.57),
        ("0.0050", 0.01),
        ("2.6750", 2.68),
        ("1,1250", 1.13),
        ("900000000000", 9e11),
    ],
)
def test_money_is_read_in_the_usual_styles(text: str, amount: float) -> None:
    assert read(values.Money(), text) == amount


@pytest.mark.parametrize("text", ["€5", "5 €", "5\u00a0€", "EUR 5", "5 eur", "CHF5", "$ 5", "5£", "₺5"])
def test_a_currency_beside_the_amount_says_nothing(text: str) -> None:
    assert read(values.Money(), text) == 5.0


@pytest.mark.parametrize("text", ["1.234", "1,234", "12.345", "123,456", "€ 1.234", "0.125"])
def test_one_separator_before_three_digits_is_ambiguous(text: str) -> None:
    assert refusal(values.Money(), text).startswith("is ambiguous: ")


@pytest.mark.parametrize("text", ["-5", "\u22125", "- 5", "€ -5", "-€5", "-1.234,56", "-0"])
def test_money_is_not_negative(text: str) -> None:
    assert refusal(values.Money(), text) == "is negative; Kimai takes 0 to 900,000,000,000"


@pytest.mark.parametrize("text", ["900000000000.01", "9" * 5000])
def test_money_has_a_most(text: str) -> None:
    assert refusal(values.Money(), text) == "is too much; Kimai takes at most 900,000,000,000"


@pytest.mark.parametrize(
    "text", ["1.23.45", "1,23,456.78", "12.3456,7", "1.234.56", "1,234.567.890", "1 2", "0.123.456"]
)
def test_groups_have_three_digits(text: str) -> None:
    assert "odd places" in refusal(values.Money(), text)


@pytest.mark.parametrize(
    "text", ["much", "1e5", "5 XYZ", "ABC 5", ".", ",", "€", "5-", "(5)", "\u0661", "5 5 EURO", "+5"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    assert refusal(values.Money(), text).startswith(("is no amount of money", "has its separators"))


@given(
    st.integers(0, MOST_MONEY * 100),
    st.sampled_from(
        [("", "."), ("", ","), (",", "."), (".", ","), ("'", "."), (" ", ","), ("\u00a0", ","), ("\u202f", ",")]
    ),
    st.sampled_from(["{}", "€{}", "{} €", "EUR {}", "{}\u00a0CHF"]),
)
def test_an_amount_written_in_any_style_reads_back(cents: int, style: tuple[str, str], currency: str) -> None:
    group, point = style
    written = f"{cents // 100:,}".replace(",", group) + f"{point}{cents % 100:02}"

    assert read(values.Money(), currency.format(written)) == cents / 100


@given(st.decimals(0, 10**6, places=6))
def test_money_is_rounded_half_up_to_cents(amount: Decimal) -> None:
    assert read(values.Money(), f"{amount:f}") == float(amount.quantize(Decimal("0.01"), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("value", "shown", "same"), [(5.0, 5, True), (0.1, 0.1000001, True), (0.0, None, True), (0.1, 0.11, False)]
)
def test_money_is_compared_by_the_cent(value: float, shown: float | None, same: bool) -> None:
    assert values.Money().same(value, shown) is same


# Durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("5400", 5400),
        ("1:30", 5400),
        ("1:5", 3900),
        ("01:30:07", 5407),
        ("100:00", 360_000),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("1H30M", 5400),
        ("1h 30m 5s", 5405),
        ("90m", 5400),
        ("2h", 7200),
        ("45s", 45),
        ("1h45s", 3645),
        ("2145600000", 2_145_600_000),
    ],
)
def test_a_duration_is_seconds_or_has_units(text: str, seconds: int) -> None:
    assert read(values.Duration(), text) == seconds


@pytest.mark.parametrize("text", ["1.5", "1,5", ".5", "2.0"])
def test_a_fraction_of_hours_is_refused(text: str) -> None:
    assert "a bare number is seconds; write 1:30 or 1h30m" in refusal(values.Duration(), text)


@pytest.mark.parametrize("text", ["1:60", "1:00:60", "0:99"])
def test_minutes_and_seconds_after_a_colon_are_below_60(text: str) -> None:
    assert refusal(values.Duration(), text).startswith("has 60 or more after a colon")


@pytest.mark.parametrize("text", ["2145600001", "596001:00", "999999999999999h"])
def test_a_duration_has_a_most(text: str) -> None:
    assert refusal(values.Duration(), text) == "is too long; Kimai takes at most 596,000 hours"


@pytest.mark.parametrize(
    "text", ["-1:30", "-60", "long", "1:", ":30", "1:2:3:4", "30m1h", "1.5h", "2d", "9" * 5000, "\u0661"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    assert refusal(values.Duration(), text).startswith("is no time; write 1:30")


@given(st.integers(0, MOST_SECONDS))
def test_seconds_written_in_any_style_read_back(seconds: int) -> None:
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    for written in (f"{seconds}", f"{seconds}s", f"{hours}:{minutes:02}:{rest:02}", f"{hours}h{minutes}m{rest}s"):
        assert read(values.Duration(), written) == seconds


@given(st.integers(0, MOST_SECONDS))
def test_kimai_understands_the_seconds_that_are_sent(seconds: int) -> None:
    its = values.Duration()
    assert durations.seconds(its.create(seconds)) == durations.seconds(its.patch(seconds)) == seconds
    assert its.same(seconds, seconds)
    assert not its.same(seconds, seconds + 1)


# Dates


@pytest.mark.parametrize(
    ("text", "date_format", "day"),
    [
        ("2026-01-31", None, "2026-01-31"),
        ("2024-02-29", None, "2024-02-29"),
        ("2026-01-31T23:59:59+02:00", None, "2026-01-31"),
        ("2026-01-31 00:00:00", None, "2026-01-31"),
        ("1000-01-01", None, "1000-01-01"),
        ("9999-12-31", None, "9999-12-31"),
        ("31.01.2026", "%d.%m.%Y", "2026-01-31"),
        ("1/31/26", "%m/%d/%y", "2026-01-31"),
        ("2026-01-31 08:00", "%Y-%m-%d %H:%M", "2026-01-31"),
    ],
)
def test_a_day_is_read_as_iso_8601_or_by_the_format(text: str, date_format: str | None, day: str) -> None:
    assert read(values.Date(), text, date_format) == day


@pytest.mark.parametrize(
    "text", ["31.01.2026", "2026-1-31", "20260131", "2026-01-31 later", "26-01-31", "today", "\u0662026-01-31"]
)
def test_another_spelling_of_a_day_is_refused(text: str) -> None:
    assert refusal(values.Date(), text) == (
        "is no date; write it like 2026-01-31, or say how it is written, as in --date-format '%d.%m.%Y'"
    )


@pytest.mark.parametrize("text", ["2026-02-30", "2026-13-01", "2025-02-29", "2026-00-10", "0000-01-01"])
def test_a_day_is_in_the_calendar(text: str) -> None:
    assert refusal(values.Date(), text) == "is no day of the calendar"


@pytest.mark.parametrize(("text", "date_format"), [("0999-12-31", None), ("31.12.0999", "%d.%m.%Y")])
def test_a_year_has_four_digits(text: str, date_format: str | None) -> None:
    assert refusal(values.Date(), text, date_format) == "is before the year 1000"


@pytest.mark.parametrize("text", ["2026-01-31", "30.02.2026", "31.01.2026 08:00", "31.1"])
def test_with_a_format_only_that_is_read(text: str) -> None:
    assert refusal(values.Date(), text, "%d.%m.%Y") == "is no date written like --date-format '%d.%m.%Y'"


@pytest.mark.parametrize("date_format", ["%Q", "%", "%d %d"])
def test_a_format_that_is_none_reads_nothing(date_format: str) -> None:
    assert refusal(values.Date(), "1", date_format) == f"is no date written like --date-format {date_format!r}"


def test_only_a_patch_has_a_time() -> None:
    assert values.Date().create("2026-01-31") == "2026-01-31"
    assert values.Date().patch("2026-01-31") == "2026-01-31T00:00:00"


def test_a_day_is_compared_without_the_time() -> None:
    assert values.Date().same("2026-01-31", "2026-01-31T00:00:00+0100")
    assert not values.Date().same("2026-01-31", "2026-02-01")


@given(st.dates(min_value=date(1000, 1, 1)), st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y"]))
def test_any_day_in_any_format_reads_back(day: date, date_format: str) -> None:
    assert read(values.Date(), day.strftime(date_format), date_format) == day.isoformat()


# Countries, currencies, timezones, languages


@pytest.mark.parametrize(("text", "code"), [("EUR", "EUR"), ("chf", "CHF"), ("Xcg", "XCG")])
def test_a_currency_has_three_letters(text: str, code: str) -> None:
    assert read(values.Currency(), text) == code


@pytest.mark.parametrize("text", ["€", "EURO", "EU", "E R", "12A", "ßss"])
def test_what_is_no_currency_is_refused(text: str) -> None:
    assert refusal(values.Currency(), text) == "is no currency; give a three-letter code such as EUR (ISO 4217)"


@pytest.mark.parametrize(
    ("text", "name"), [("Europe/Berlin", "Europe/Berlin"), ("europe/berlin", "Europe/Berlin"), ("utc", "UTC")]
)
def test_the_letter_case_of_a_timezone_is_repaired(text: str, name: str) -> None:
    assert read(values.Timezone(), text) == name


@pytest.mark.parametrize("text", ["US/Eastern", "CET", "Berlin", "+02:00", "Europe/Entenhausen"])
def test_a_legacy_or_unknown_timezone_is_refused(text: str) -> None:
    assert refusal(values.Timezone(), text) == "is no timezone; give a name such as Europe/Berlin"


def test_a_system_without_timezones_leaves_them_to_kimai(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoneinfo, "TZPATH", ())
    monkeypatch.setattr(zoneinfo, "available_timezones", set)
    codes.timezones.cache_clear()
    try:
        assert read(values.Timezone(), "Europe/Berlin") == "Europe/Berlin"
    finally:
        codes.timezones.cache_clear()


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        *(("de", "de"), ("EN", "en"), ("de-CH", "de_CH"), ("pt_br", "pt_BR")),
        *(("zh-hant-tw", "zh_Hant_TW"), ("ZH_HANT", "zh_Hant"), ("es-419", "es_419")),
    ],
)
def test_a_language_is_a_locale_with_underscores(text: str, locale: str) -> None:
    assert read(values.Language(), text) == locale


@pytest.mark.parametrize("text", ["German", "d", "de_", "de_CH_1996", "de CH", "\u212aa"])
def test_what_is_no_locale_is_refused(text: str) -> None:
    assert refusal(values.Language(), text) == "is no language; give a locale such as de or pt_BR"


# Addresses


@pytest.mark.parametrize("text", ["a@example.org", "first.last+tag@mail.example.co.uk", "o'neil@x-y.de"])
def test_an_e_mail_address_is_as_html_5_has_it(text: str) -> None:
    assert read(values.Email(75), text) == text


@pytest.mark.parametrize(
    "text", ["a", "a@b", "a b@example.org", "a@-x.org", "a@müller.de", "a@b.de, c@d.de", "A <a@b.de>"]
)
def test_what_is_no_e_mail_address_is_refused(text: str) -> None:
    assert refusal(values.Email(75), text).startswith("is no e-mail address")


def test_an_e_mail_address_has_a_length() -> None:
    assert refusal(values.Email(75), f"{'a' * 70}@example.org") == "has 82 characters; Kimai takes 75, so shorten it"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://example.org", "https://example.org"),
        ("http://intranet/kimai?a=b#c", "http://intranet/kimai?a=b#c"),
        ("HTTPS://user:pw@example.org:8443/", "HTTPS://user:pw@example.org:8443/"),
        ("https://[::1]:8080/x", "https://[::1]:8080/x"),
        ("example.org", "https://example.org"),
        ("www.example.org/ä?x=1", "https://www.example.org/ä?x=1"),
        ("müller.example", "https://müller.example"),
        ("localhost:8001", "https://localhost:8001"),
    ],
)
def test_a_homepage_without_scheme_gets_https(text: str, address: str) -> None:
    assert read(values.Homepage(), text) == address


@pytest.mark.parametrize(
    "text", ["n/a", "none", "-", "ftp://x.de", "a@b.de", "/x", "//x.de", "https://", "https://a b", "x.de y"]
)
def test_what_is_no_web_address_is_refused(text: str) -> None:
    assert refusal(values.Homepage(), text).startswith("is no address of a web page")


def test_a_homepages_length_counts_the_scheme() -> None:
    assert (
        refusal(values.Homepage(100), f"example.org/{'x' * 85}") == "has 105 characters; Kimai takes 100, so shorten it"
    )


def test_a_homepage_shown_without_scheme_is_the_same() -> None:
    assert values.Homepage().same("https://example.org", "example.org")
    assert not values.Homepage().same("https://example.org", "http://example.org")


# Choices and ids


@pytest.mark.parametrize("text", ["#c0c0c0", "#C0C0C0", "Silver", "LightBlue", "Dark blue", "Red-2"])
def test_a_colour_is_kept_as_it_is_written(text: str) -> None:
    assert read(values.Color(), text) == text


@pytest.mark.parametrize("text", ["#ccc", "#c0c0c", "#c0c0c0ff", "#gggggg", "rgb(1,2,3)", "-", "red!", "#"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    assert refusal(values.Color(), text) == "is no colour; write #c0c0c0 or a name such as Silver"


def test_colours_are_compared_without_letter_case() -> None:
    assert values.Color().same("#E6E6FA", "#e6e6fa")
    assert not values.Color().same("#E6E6FA", None)


@pytest.mark.parametrize("text", ["month", "Monthly", "Monat", "MONATLICH"])
def test_a_monthly_budget_is_month(text: str) -> None:
    assert read(values.BudgetType(), text) == "month"


@pytest.mark.parametrize("text", ["full", "None", "gesamt", "lifetime", "total"])
def test_a_budget_for_good_is_null(text: str) -> None:
    its = values.BudgetType()
    assert read(its, text) is its.create(None) is its.patch(None) is None
    assert its.same(None, None)
    assert not its.same(None, "month")


def test_there_is_no_other_kind_of_budget() -> None:
    assert refusal(values.BudgetType(), "weekly") == "is no kind of budget; write month or full"


@pytest.mark.parametrize(("text", "value"), [("7", 7), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_an_id_is_a_positive_number(text: str, value: int) -> None:
    assert read(values.Identity(), text) == value


@pytest.mark.parametrize("text", ["0", "-1", "1.0", "x", "1 2", "9" * 5000, "0" * 5000 + "1", "\u0661"])
def test_what_is_no_id_is_refused(text: str) -> None:
    assert refusal(values.Identity(), text) == "is no id; write a whole number above 0"


@pytest.mark.parametrize(
    ("text", "teams"), [("3", [3]), ("7, 3", [3, 7]), ("7;3;7", [3, 7]), ("3 7", [3, 7]), ("3|7|", [3, 7])]
)
def test_teams_are_ids_in_order(text: str, teams: list[int]) -> None:
    assert read(values.Teams(), text) == teams


@pytest.mark.parametrize("text", ["0", "A-Team", "1,x", ",", "1.5", "-1"])
def test_what_is_no_list_of_ids_is_refused(text: str) -> None:
    assert refusal(values.Teams(), text) == "is no list of team ids; write whole numbers such as 3, 7"


def test_teams_are_compared_as_sets() -> None:
    shown = [{"id": 7, "name": "B", "color": None}, {"id": 3, "name": "A", "color": None}]
    assert values.Teams().same([3, 7], shown)
    assert not values.Teams().same([3], shown)
