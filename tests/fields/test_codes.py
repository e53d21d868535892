"""Countries and currencies: CLDR's, which Babel brings, and what people write beside them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kimai_async.fields import codes, spellings, values
from kimai_async.sandbox.forms import choices

# The words of people, by language; the order is that of the codes.
CODES = ("DE", "CH", "US", "GB", "GR", "SE", "KR", "CZ")
NAMES = {
    "English": "Germany, Switzerland, United States, United Kingdom, Greece, Sweden, South Korea, Czechia",
    "German": "Deutschland, Schweiz, Vereinigte Staaten, Vereinigtes Königreich, Griechenland, Schweden, Südkorea, "
    "Tschechien",
    "French": "Allemagne, Suisse, États-Unis, Royaume-Uni, Grèce, Suède, Corée du Sud, Tchéquie",
    "Spanish": "Alemania, Suiza, Estados Unidos, Reino Unido, Grecia, Suecia, Corea del Sur, Chequia",
    "Italian": "Germania, Svizzera, Stati Uniti, Regno Unito, Grecia, Svezia, Corea del Sud, Cechia",
    "Polish": "Niemcy, Szwajcaria, Stany Zjednoczone, Wielka Brytania, Grecja, Szwecja, Korea Południowa, Czechy",
    "Dutch": "Duitsland, Zwitserland, Verenigde Staten, Verenigd Koninkrijk, Griekenland, Zweden, Zuid-Korea, Tsjechië",
    "Portuguese": "Alemanha, Suíça, Estados Unidos, Reino Unido, Grécia, Suécia, Coreia do Sul, Chéquia",
    "Brazilian": "Alemanha, Suíça, Estados Unidos, Reino Unido, Grécia, Suécia, Coreia do Sul, Tchéquia",
    "Swedish": "Tyskland, Schweiz, USA, Storbritannien, Grekland, Sverige, Sydkorea, Tjeckien",
    "Danish": "Tyskland, Schweiz, USA, Storbritannien, Grækenland, Sverige, Sydkorea, Tjekkiet",
    "Norwegian": "Tyskland, Sveits, USA, Storbritannia, Hellas, Sverige, Sør-Korea, Tsjekkia",
    "Finnish": "Saksa, Sveitsi, Yhdysvallat, Iso-Britannia, Kreikka, Ruotsi, Etelä-Korea, Tšekki",
    "Czech": "Německo, Švýcarsko, Spojené státy, Spojené království, Řecko, Švédsko, Jižní Korea, Česko",
    "Slovak": "Nemecko, Švajčiarsko, Spojené štáty, Spojené kráľovstvo, Grécko, Švédsko, Južná Kórea, Česko",
    "Hungarian": "Németország, Svájc, Egyesült Államok, Egyesült Királyság, Görögország, Svédország, Dél-Korea, "
    "Csehország",
    "Croatian": "Njemačka, Švicarska, Sjedinjene Američke Države, Ujedinjeno Kraljevstvo, Grčka, Švedska, "
    "Južna Koreja, Češka",
    "Romanian": "Germania, Elveția, Statele Unite ale Americii, Regatul Unit, Grecia, Suedia, Coreea de Sud, Cehia",
    "Turkish": "Almanya, İsviçre, Amerika Birleşik Devletleri, Birleşik Krallık, Yunanistan, İsveç, Güney Kore, Çekya",  # noqa: RUF001
    "Serbian": "Nemačka, Švajcarska, Sjedinjene Države, Ujedinjeno Kraljevstvo, Grčka, Švedska, Južna Koreja, Češka",
    "Greek": "Γερμανία, Ελβετία, Ηνωμένες Πολιτείες, Ηνωμένο Βασίλειο, Ελλάδα, Σουηδία, Νότια Κορέα, Τσεχία",
    "Ukrainian": "Німеччина, Швейцарія, Сполучені Штати, Велика Британія, Греція, Швеція, Південна Корея, Чехія",
    "Chinese": "德国, 瑞士, 美国, 英国, 希腊, 瑞典, 韩国, 捷克",
    "Japanese": "ドイツ, スイス, アメリカ合衆国, イギリス, ギリシャ, スウェーデン, 韓国, チェコ",
}
ISO = {
    "Bolivia, Plurinational State of": "BO",
    "Congo, The Democratic Republic of the": "CD",
    "Holy See (Vatican City State)": "VA",
    "Iran (Islamic Republic of)": "IR",
    "Korea (the Democratic People's Republic of)": "KP",
    "Korea, Republic of": "KR",
    "Lao People's Democratic Republic": "LA",
    "Micronesia, Federated States of": "FM",
    "Moldova (the Republic of)": "MD",
    "Netherlands, Kingdom of the": "NL",
    "Palestine, State of": "PS",
    "Russian Federation": "RU",
    "Saint Helena, Ascension and Tristan da Cunha": "SH",
    "Saint Martin (French part)": "MF",
    "Sint Maarten (Dutch part)": "SX",
    "Syrian Arab Republic": "SY",
    "Taiwan (Province of China)": "TW",
    "Tanzania, the United Republic of": "TZ",
    "United Kingdom of Great Britain and Northern Ireland": "GB",
    "United States of America": "US",
    "Venezuela (Bolivarian Republic of)": "VE",
    "Virgin Islands (British)": "VG",
    "Virgin Islands, U.S.": "VI",
}


@pytest.mark.parametrize("language", NAMES)
def test_a_country_has_its_name_in_each_language(language: str) -> None:
    assert [codes.country(name) for name in NAMES[language].split(", ")] == list(CODES)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("DE", "DE"), ("de", "DE"), ("Germany", "DE"), ("GERMANY", "DE"), ("ALLEMAGNE", "DE"), ("niemcy", "DE")),
        *(("Österreich", "AT"), ("O\u0308sterreich", "AT"), ("Osterreich", "AT"), ("Oesterreich", "AT")),
        *(
            ("Włochy", "IT"),
            ("WLOCHY", "IT"),
            ("Etats-Unis", "US"),
            ("ESPANA", "ES"),
            ("Cesko", "CZ"),
            ("Irlandia", "IE"),
        ),
        *(("Faeroerne", "FO"), ("Sor-Korea", "KR"), ("Turkiye", "TR"), ("Tuerkei", "TR")),
        *(("United  States", "US"), ("U.S.A.", "US"), ("U.S.", "US"), ("EE. UU.", "US"), ("EEUU", "US"), ("USA", "US")),
        *(("UK", "GB"), ("uk", "GB"), ("Great Britain", "GB"), ("England", "GB"), ("Großbritannien", "GB")),
        *(("Holland", "NL"), ("VAE", "AE"), ("DRC", "CD"), ("Republic of Korea", "KR"), ("Burma", "MM"), ("BRD", "DE")),
        *(("Czech Republic", "CZ"), ("République tchèque", "CZ"), ("Turkey", "TR"), ("Viet Nam", "VN"), ("Éire", "IE")),
        *(("Côte d\u2019Ivoire", "CI"), ("Cote d'Ivoire", "CI"), ("Ivory Coast", "CI"), ("Elfenbeinküste", "CI")),
        *(("Trinidad & Tobago", "TT"), ("Trinidad and Tobago", "TT"), ("Trinidad und Tobago", "TT")),
        *(("St Lucia", "LC"), ("Saint Lucia", "LC"), ("SAINT KITTS AND NEVIS", "KN"), ("Saint-Martin", "MF")),
        *(("Niger", "NE"), ("Nigeria", "NG"), ("Guinea", "GN"), ("Congo", "CG"), ("Island", "IS"), ("Georgia", "GE")),
    ],
)
def test_a_country_is_a_code_or_a_name_as_people_write_it(text: str, code: str) -> None:
    assert values.Country().read(text, None) == code


@pytest.mark.parametrize(("name", "code"), ISO.items())
def test_the_long_names_of_iso_3166_are_understood(name: str, code: str) -> None:
    assert codes.country(name) == codes.country(name.upper()) == code


@pytest.mark.parametrize("text", ["DEU", "XX", "D", "ß", "ﬁ", "Korea", "Mordor", "Germany, Berlin", "&", "."])
def test_what_names_no_country_is_refused(text: str) -> None:
    with pytest.raises(
        values.BadValueError, match=r"^is no country; give a two-letter code such as DE \(ISO 3166-1\)$"
    ):
        values.Country().read(text, None)


@pytest.mark.parametrize("text", ["XK", "Kosovo", "EU", "European Union", "UN", "AC", "IC", "EZ", "Europe", "XA", "ZZ"])
def test_what_is_no_country_of_iso_3166_is_none(text: str) -> None:
    assert codes.country(text) is None


def test_the_countries_are_all_249_of_iso_3166() -> None:
    assert len(codes.COUNTRIES) == len(set(codes.COUNTRIES)) == 249
    assert {"AQ", "AX", "BQ", "CW", "GG", "HK", "PS", "SS", "TW", "UM", "VA"} < set(codes.COUNTRIES)


def test_every_name_of_cldr_is_understood_unless_two_countries_share_it() -> None:
    languages = (*codes._FIRST_LANGUAGES, *codes._OTHER_LANGUAGES.split())
    pairs = [pair for language in languages for pair in codes._cldr(language)]

    assert len(pairs) == 249 * len(languages)
    assert {(name, code) for name, code in pairs if codes.country(name) != code} == {("Kongo", "CD"), ("Kongo", "CG")}
    assert codes.country("Kongo") is None


def test_no_everyday_spelling_stands_for_two_countries() -> None:
    everyday = list(codes._everyday())
    pairs = {(key, code) for name, code in everyday for key in codes._spellings(name)}

    assert [name for name, code in everyday if codes.country(name) != code] == []
    assert len(pairs) == len(dict(pairs))
    assert {code for _, code in pairs} < set(codes.COUNTRIES)


def test_currencies_are_those_of_today_and_of_yesterday() -> None:
    today = {"EUR", "USD", "CHF", "GBP", "PLN", "CZK", "SEK", "JPY", "XCG", "ZWG", "SVC"}

    assert today | {"HRK", "ANG"} < set(codes.CURRENCIES)
    assert not {"DEM", "ATS", "XXX", "XTS", "XAU", "AAA", "", "eur"} & set(codes.CURRENCIES)
    assert len(codes.CURRENCIES) > 150


def test_the_sandbox_takes_every_country_and_what_is_fixed_of_currencies() -> None:
    assert choices.COUNTRIES is codes.COUNTRIES
    assert choices.timezones is codes.timezones
    assert set(choices.CURRENCIES) < set(codes.CURRENCIES)
    assert len(choices.CURRENCIES) == 155


@pytest.mark.parametrize("mark", ["EUR", "XCG", "hrk"])
def test_money_may_carry_a_currency(mark: str) -> None:
    assert spellings.money(f"12.50 {mark}") == spellings.money(f"{mark} 12.50") == 12.5


@pytest.mark.parametrize("mark", ["DEM", "XXX", "net"])
def test_money_with_another_word_is_refused(mark: str) -> None:
    with pytest.raises(values.BadValueError, match="is no amount of money"):
        spellings.money(f"12.50 {mark}")


def loaded(script: str) -> bool:
    """Whether a fresh Python has loaded Babel when the script has run."""
    code = f"import sys\n{script}\nprint('babel' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1] == "True"


PLAN = """
import io
import kimai_async.explorer.show, kimai_async.importer, kimai_async.sandbox.app, kimai_async.terminal.session
from kimai_async.csvfile.table import Table
from kimai_async.plan.build import build
assert build(Table(io.BytesIO({!r}), name="a.csv", delimiter=";", encoding="utf-8")).tree
"""
COMMAND = "sys.argv[1:] = [{!r}]\nfrom kimai_async.{} import main\ntry: main()\nexcept SystemExit: pass"


@pytest.mark.parametrize("option", ["--version", "--help"])
@pytest.mark.parametrize("module", ["terminal.cli", "sandbox.cli", "explorer.cli"])
def test_no_command_loads_babel_to_tell_of_itself(module: str, option: str) -> None:
    assert not loaded(COMMAND.format(option, module))


@pytest.mark.parametrize(
    "file", [b"Customer;Budget\nAcme;12,50\n", "Customer;Budget;Currency\nAcme;12 €;EUR\n".encode()]
)
def test_a_file_without_countries_is_read_without_babel(file: bytes) -> None:
    assert not loaded(PLAN.format(file))


@pytest.mark.parametrize("file", [b"Customer;Country\nAcme;DE\n", b"Customer;Budget\nAcme;12 EUR\n"])
def test_babel_is_loaded_for_a_country_and_for_money_with_a_code(file: bytes) -> None:
    assert loaded(PLAN.format(file))


@pytest.mark.parametrize(
    ("name", "all_languages"), [("Germany", "0"), ("Österreich", "0"), ("USA", "0"), ("Niemcy", "1")]
)
def test_the_other_languages_are_loaded_only_for_a_name_that_is_in_none_of_ours(name: str, all_languages: str) -> None:
    script = (
        "from kimai_async.fields import codes\n"
        f"codes.country({name!r})\nprint(codes._other_names.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == all_languages
