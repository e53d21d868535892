"""Countries, currencies and timezones: the closed lists that a customer's fields choose from.

Countries and currencies are those of CLDR, which Babel brings. It is loaded when the first of them is asked for, once
a process: for the codes (12 ms, 3 MB), for the names in English and German (40 ms, 3 MB), and, for a name that is in
neither, for those in the other languages (0.3 s, 44 MB).
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Collection
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kimai_async.tree.lookalikes import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_STROKES = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ı": "i"})  # noqa: RUF001
"""Letters that people write without their stroke and that Unicode does not take apart as it does accents."""

_USERS_OWN = re.compile(r"AA|Q[M-Z]|X[A-Z]|ZZ|EU")
"""What ISO 3166-1 leaves to its users, as CLDR does for Kosovo, and the EU; Kimai takes none of them."""

_FIRST_LANGUAGES = ("en", "de")
_OTHER_LANGUAGES = """
    ar bg ca cs da de_CH el eo es et eu fa fi fo fr he hr hu id it ja ko lv mk nb nl pa pl pt pt_PT ro ru sk sl sr
    sr_Latn sv ta tr uk vi zh zh_Hant
"""
"""Those of Kimai's interface (`config/locales.php` and `translations/` of 2.66), as CLDR names them."""

_SINCE = date(2015, 1, 1)

_EVERYDAY = """
    AE UAE|Emirates|VAE; AX Åland|Åland-Inseln; BA Bosnia-Herzegovina|Bosnia|Bosnien-Herzegowina|Bosnien; BL St. Barts
    BO Bolivia, Plurinational State of|Bolivia (Plurinational State of); BQ Bonaire, Sint Eustatius and Saba|Bonaire
    BY Weißrussland|Belarussland; CC Cocos Islands
    CD Congo-Kinshasa|Congo, The Democratic Republic of the|Congo (the Democratic Republic of the)
    CD Congo, Democratic Republic of the|Democratic Republic of the Congo|DR Congo|DRC|Demokratische Republik Kongo
    CD DR Kongo; CG Congo|Congo-Brazzaville|Republic of the Congo|Republik Kongo; CI Ivory Coast|Elfenbeinküste
    CN People's Republic of China|PR China|Volksrepublik China|VR China; CV Kap Verde
    CZ Czech Republic|Tschechische Republik|Česká republika|République tchèque|República Checa|Repubblica Ceca
    DE Federal Republic of Germany|Bundesrepublik Deutschland|BRD
    FK Falkland Islands (Malvinas)
    FM Micronesia, Federated States of|Micronesia (Federated States of)|Federated States of Micronesia
    FO Faroes|Färöer-Inseln
    GB United Kingdom of Great Britain and Northern Ireland|UK|Great Britain|Britain|England|Scotland|Wales
    GB Northern Ireland|Großbritannien|Schottland|Nordirland|Grande-Bretagne|Gran Bretaña|Gran Bretagna
    GF Französisch-Guyana; GM The Gambia
    GS South Georgia and the South Sandwich Islands|South Georgia; HK Hong Kong|Hongkong|Hong Kong SAR
    HM Heard Island and McDonald Islands; IE Republic of Ireland|Éire; IM Insel Man
    IR Iran, Islamic Republic of|Iran (Islamic Republic of)|Islamic Republic of Iran; KG Kirgistan
    KP Korea, Democratic People's Republic of|Korea (the Democratic People's Republic of)|DPRK
    KR Korea, Republic of|Korea (the Republic of)|Republic of Korea; KY Caymans|Cayman-Inseln
    LA Lao People's Democratic Republic; LI Fürstentum Liechtenstein
    MD Moldova, Republic of|Moldova (the Republic of)|Republic of Moldova|Moldau|Moldawien
    MF Saint Martin (French part); MK Macedonia|Mazedonien; MM Burma|Birma|Birmanie|Birmania; MO Macao|Macau
    NL Hollande|Holanda|Olanda
    NL Holland|Kingdom of the Netherlands|Netherlands, Kingdom of the|Netherlands (Kingdom of the)|Die Niederlande
    PN Pitcairn; PS Palestine, State of|State of Palestine|Palestine|Palästina
    RU Russian Federation|Russische Föderation; SA Saudiarabien; SB Salomoninseln
    SH Saint Helena, Ascension and Tristan da Cunha; SJ Svalbard|Spitzbergen|Svalbard und Jan Mayen
    SK Slovak Republic|Slowakische Republik; SR Surinam; SX Sint Maarten (Dutch part); SY Syrian Arab Republic
    SZ Swaziland|Swasiland; TL Osttimor|East Timor; TR Turkey; TT Trinidad
    TW Taiwan, Province of China|Taiwan (Province of China)
    TZ Tanzania, United Republic of|Tanzania, the United Republic of|United Republic of Tanzania
    UM United States Minor Outlying Islands
    US USA|EE.UU.|EE. UU.|United States of America|U.S.|America|Vereinigte Staaten von Amerika|Amerika
    VA Vatikan|Holy See (Vatican City State)|Holy See|Vatican|Heiliger Stuhl; VC Saint Vincent and the Grenadines
    VE Venezuela, Bolivarian Republic of|Venezuela (Bolivarian Republic of)
    VG Virgin Islands, British|Virgin Islands (British); VI Virgin Islands, U.S.|Virgin Islands (U.S.); VN Viet Nam
"""
"""What people and ISO 3166-1 write and CLDR does not, mostly in English and German. It goes before CLDR."""


class _Codes(Collection[str]):
    """Codes that are read when they are first asked for."""

    def __init__(self, read: Callable[[], Collection[str]]) -> None:
        self._read = read

    def __contains__(self, code: object) -> bool:
        return code in self._read()

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


@cache
def _countries() -> Collection[str]:
    from babel.core import get_global  # noqa: PLC0415 - see above

    aliases: Mapping[str, list[str]] = get_global("territory_aliases")
    numbered = {codes[0] for number, codes in aliases.items() if number.isdecimal() and len(codes) == 1}
    return frozenset(code for code in numbered if len(code) == 2 and not _USERS_OWN.fullmatch(code))


@cache
def _currencies() -> Collection[str]:
    from babel.core import get_global  # noqa: PLC0415
    from babel.numbers import get_territory_currencies  # noqa: PLC0415

    today = datetime.now(UTC).date()
    used = (get_territory_currencies(place, _SINCE, today) for place in get_global("territory_currencies"))
    return frozenset(code for codes in used for code in codes) | {"SVC"}  # ISO 4217 still has El Salvador's colón


COUNTRIES: Collection[str] = _Codes(_countries)
"""ISO 3166-1, which is what Kimai takes (Symfony's `Countries.php`): those of CLDR's territories that have a number."""

CURRENCIES: Collection[str] = _Codes(_currencies)
"""ISO 4217: what has been legal tender somewhere since 2015, as a file may be older than its currency's end."""


def country(text: str) -> str | None:
    """Return the code of a country given as a code or a name, in any letter case; None if there is no such country.

    A name may be in any language of Kimai's interface, with or without accents. A word for two countries is that of
    English or German, or else none: `Kongo` is Congo-Brazzaville in Polish and Congo-Kinshasa in Norwegian.
    """
    # isascii(): "ß".upper() is "SS", which is South Sudan.
    if text.isascii() and text.upper() in COUNTRIES:
        return text.upper()
    key = _key(text)
    for names in (_first_names, _other_names):
        for spelling in (key, _plain(key)):
            if spelling in names():
                return names()[spelling]
    return None


def _key(name: str) -> str:
    words = name.casefold().replace("&", " and ").replace(".", "").replace("\u2019", "'").split()
    return " ".join("st" if word == "saint" else word for word in words)


def _plain(key: str) -> str:
    return fold(key.translate(_STROKES))


def _spellings(name: str) -> Iterable[str]:
    key = _key(name)
    return key, _plain(key), key.translate(_UMLAUTS)


@cache
def _first_names() -> Mapping[str, str | None]:
    names: dict[str, str | None] = {}
    for pairs in (_everyday(), *map(_cldr, _FIRST_LANGUAGES)):
        for name, code in pairs:
            for key in _spellings(name):
                names.setdefault(key, code)
    return names


@cache
def _other_names() -> Mapping[str, str | None]:
    names: dict[str, str | None] = {}
    for name, code in (pair for language in _OTHER_LANGUAGES.split() for pair in _cldr(language)):
        for key in _spellings(name):
            if names.setdefault(key, code) != code:
                names[key] = None
    return names


def _everyday() -> Iterable[tuple[str, str]]:
    lines = (line.split(maxsplit=1) for line in _EVERYDAY.replace(";", "\n").splitlines() if line.strip())
    return ((name, code) for code, names in lines for name in names.split("|"))


def _cldr(language: str) -> Iterable[tuple[str, str]]:
    from babel import Locale  # noqa: PLC0415

    return ((name, code) for code, name in Locale.parse(language).territories.items() if code in COUNTRIES)


@cache
def timezones() -> Collection[str]:
    """What PHP's `DateTimeZone::listIdentifiers()` lists: no legacy names such as `US/Eastern`."""
    for folder in zoneinfo.TZPATH:
        table = Path(folder, "zone.tab")
        if table.is_file():
            lines = table.read_text(encoding="utf-8").splitlines()
            return frozenset(line.split("\t")[2] for line in lines if not line.startswith("#")) | {"UTC"}
    regions = "Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific"
    known = re.compile(f"({regions})/.+|UTC")
    return frozenset(name for name in zoneinfo.available_timezones() if known.fullmatch(name))


def timezone(text: str) -> str | None:
    """Return the timezone of that name, its letter case repaired; None if there is no such timezone."""
    known = timezones()
    if not known:
        return text  # a system without timezone data, such as Windows: Kimai will tell
    return text if text in known else _timezones_by_key().get(text.casefold())


@cache
def _timezones_by_key() -> dict[str, str]:
    return {name.casefold(): name for name in timezones()}
