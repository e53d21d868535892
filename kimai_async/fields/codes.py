"""Countries, currencies and timezones: the closed lists that a customer's fields choose from."""

from __future__ import annotations

import re
import zoneinfo
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kimai_async.tree.lookalikes import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COUNTRIES = _words(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO
    FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE
    JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW
    PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM
    TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """
)

CURRENCIES = _words(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG
    HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA
    MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD
    RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX
    USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL
    """
)

_NAMES = """
    AD Andorra; AE United Arab Emirates|UAE|Emirates|Vereinigte Arabische Emirate|VAE; AF Afghanistan
    AG Antigua and Barbuda|Antigua und Barbuda; AI Anguilla; AL Albania|Albanien; AM Armenia|Armenien; AO Angola
    AQ Antarctica|Antarktis; AR Argentina|Argentinien; AS American Samoa|Amerikanisch-Samoa; AT Austria|Österreich
    AU Australia|Australien; AW Aruba; AX Åland Islands|Åland|Åland-Inseln|Ålandinseln; AZ Azerbaijan|Aserbaidschan
    BA Bosnia and Herzegovina|Bosnia|Bosnia-Herzegovina|Bosnien und Herzegowina|Bosnien-Herzegowina|Bosnien
    BB Barbados; BD Bangladesh|Bangladesch; BE Belgium|Belgien; BF Burkina Faso; BG Bulgaria|Bulgarien; BH Bahrain
    BI Burundi; BJ Benin; BL Saint Barthélemy|St. Barthélemy|St. Barts; BM Bermuda; BN Brunei Darussalam|Brunei
    BO Bolivia, Plurinational State of|Bolivia (Plurinational State of)|Bolivia|Bolivien
    BQ Bonaire, Sint Eustatius and Saba|Caribbean Netherlands|Bonaire; BR Brazil|Brasil|Brasilien; BS Bahamas
    BT Bhutan; BV Bouvet Island; BW Botswana|Botsuana; BY Belarus|Weißrussland|Belarussland; BZ Belize; CA Canada|Kanada
    CC Cocos (Keeling) Islands|Cocos Islands|Kokosinseln
    CD Congo, The Democratic Republic of the|Congo (the Democratic Republic of the)|Congo, Democratic Republic of the
    CD Democratic Republic of the Congo|DR Congo|DRC|Congo-Kinshasa|Demokratische Republik Kongo|DR Kongo
    CF Central African Republic|Zentralafrikanische Republik
    CG Congo|Republic of the Congo|Congo-Brazzaville|Republik Kongo; CH Switzerland|Schweiz|Suisse|Svizzera
    CI Côte d'Ivoire|Ivory Coast|Elfenbeinküste; CK Cook Islands|Cookinseln; CL Chile; CM Cameroon|Kamerun
    CN China|People's Republic of China|PR China|Volksrepublik China|VR China; CO Colombia|Kolumbien; CR Costa Rica
    CU Cuba|Kuba; CV Cabo Verde|Cape Verde|Kap Verde; CW Curaçao; CX Christmas Island|Weihnachtsinsel
    CY Cyprus|Zypern; CZ Czechia|Czech Republic|Tschechien|Tschechische Republik
    DE Germany|Federal Republic of Germany|Deutschland|Bundesrepublik Deutschland|BRD|Allemagne; DJ Djibouti|Dschibuti
    DK Denmark|Dänemark|Danmark; DM Dominica; DO Dominican Republic|Dominikanische Republik; DZ Algeria|Algerien
    EC Ecuador; EE Estonia|Estland; EG Egypt|Ägypten; EH Western Sahara|Westsahara; ER Eritrea
    ES Spain|Spanien|España; ET Ethiopia|Äthiopien; FI Finland|Finnland|Suomi; FJ Fiji|Fidschi
    FK Falkland Islands (Malvinas)|Falkland Islands|Falklandinseln
    FM Micronesia, Federated States of|Micronesia (Federated States of)|Federated States of Micronesia|Micronesia
    FM Mikronesien; FO Faroe Islands|Faroes|Färöer|Färöer-Inseln; FR France|Frankreich; GA Gabon|Gabun
    GB United Kingdom of Great Britain and Northern Ireland|United Kingdom|UK|Great Britain|Britain|England
    GB Scotland|Wales|Northern Ireland|Vereinigtes Königreich|Großbritannien|Schottland|Nordirland
    GD Grenada; GE Georgia|Georgien; GF French Guiana|Französisch-Guayana|Französisch-Guyana; GG Guernsey; GH Ghana
    GI Gibraltar; GL Greenland|Grönland; GM Gambia|The Gambia; GN Guinea; GP Guadeloupe
    GQ Equatorial Guinea|Äquatorialguinea; GR Greece|Griechenland|Hellas
    GS South Georgia and the South Sandwich Islands|South Georgia|Südgeorgien und die Südlichen Sandwichinseln
    GT Guatemala; GU Guam; GW Guinea-Bissau; GY Guyana; HK Hong Kong|Hongkong|Hong Kong SAR
    HM Heard Island and McDonald Islands|Heard und McDonaldinseln; HN Honduras; HR Croatia|Kroatien|Hrvatska; HT Haiti
    HU Hungary|Ungarn; ID Indonesia|Indonesien; IE Ireland|Republic of Ireland|Irland|Éire; IL Israel
    IM Isle of Man|Insel Man; IN India|Indien
    IO British Indian Ocean Territory|Britisches Territorium im Indischen Ozean; IQ Iraq|Irak
    IR Iran, Islamic Republic of|Iran (Islamic Republic of)|Islamic Republic of Iran|Iran; IS Iceland|Island
    IT Italy|Italien|Italia; JE Jersey; JM Jamaica|Jamaika; JO Jordan|Jordanien; JP Japan; KE Kenya|Kenia
    KG Kyrgyzstan|Kirgisistan|Kirgistan; KH Cambodia|Kambodscha; KI Kiribati; KM Comoros|Komoren
    KN Saint Kitts and Nevis|St. Kitts and Nevis|St. Kitts und Nevis
    KP Korea, Democratic People's Republic of|Korea (the Democratic People's Republic of)|North Korea|DPRK|Nordkorea
    KR Korea, Republic of|Korea (the Republic of)|Republic of Korea|South Korea|Südkorea; KW Kuwait
    KY Cayman Islands|Caymans|Kaimaninseln|Cayman-Inseln; KZ Kazakhstan|Kasachstan
    LA Lao People's Democratic Republic|Laos; LB Lebanon|Libanon; LC Saint Lucia|St. Lucia
    LI Liechtenstein|Fürstentum Liechtenstein; LK Sri Lanka; LR Liberia; LS Lesotho; LT Lithuania|Litauen
    LU Luxembourg|Luxemburg; LV Latvia|Lettland; LY Libya|Libyen; MA Morocco|Marokko; MC Monaco
    MD Moldova, Republic of|Moldova (the Republic of)|Republic of Moldova|Moldova|Moldau|Moldawien|Republik Moldau
    ME Montenegro; MF Saint Martin (French part)|Saint Martin|Saint-Martin|St. Martin; MG Madagascar|Madagaskar
    MH Marshall Islands|Marshallinseln; MK North Macedonia|Macedonia|Nordmazedonien|Mazedonien; ML Mali
    MM Myanmar|Burma|Birma; MN Mongolia|Mongolei; MO Macao|Macau; MP Northern Mariana Islands|Nördliche Marianen
    MQ Martinique; MR Mauritania|Mauretanien; MS Montserrat; MT Malta; MU Mauritius; MV Maldives|Malediven; MW Malawi
    MX Mexico|México|Mexiko; MY Malaysia; MZ Mozambique|Mosambik; NA Namibia; NC New Caledonia|Neukaledonien; NE Niger
    NF Norfolk Island|Norfolkinsel; NG Nigeria; NI Nicaragua
    NL Netherlands|Kingdom of the Netherlands|Netherlands, Kingdom of the|Netherlands (Kingdom of the)|Holland
    NL Niederlande|Die Niederlande|Nederland; NO Norway|Norwegen|Norge; NP Nepal; NR Nauru; NU Niue
    NZ New Zealand|Neuseeland; OM Oman; PA Panama|Panamá; PE Peru|Perú; PF French Polynesia|Französisch-Polynesien
    PG Papua New Guinea|Papua-Neuguinea; PH Philippines|Philippinen; PK Pakistan; PL Poland|Polen|Polska
    PM Saint Pierre and Miquelon|St. Pierre and Miquelon|St. Pierre und Miquelon; PN Pitcairn|Pitcairn Islands
    PR Puerto Rico; PS Palestine, State of|State of Palestine|Palestine|Palästina; PT Portugal; PW Palau; PY Paraguay
    QA Qatar|Katar; RE Réunion|La Réunion; RO Romania|Rumänien; RS Serbia|Serbien
    RU Russian Federation|Russia|Russland|Russische Föderation; RW Rwanda|Ruanda
    SA Saudi Arabia|Saudi-Arabien|Saudiarabien; SB Solomon Islands|Salomonen|Salomoninseln; SC Seychelles|Seychellen
    SD Sudan; SE Sweden|Schweden|Sverige; SG Singapore|Singapur
    SH Saint Helena, Ascension and Tristan da Cunha|Saint Helena|St. Helena; SI Slovenia|Slowenien
    SJ Svalbard and Jan Mayen|Svalbard|Spitzbergen|Svalbard und Jan Mayen
    SK Slovakia|Slovak Republic|Slowakei|Slowakische Republik; SL Sierra Leone; SM San Marino; SN Senegal; SO Somalia
    SR Suriname|Surinam; SS South Sudan|Südsudan; ST Sao Tome and Principe|São Tomé and Príncipe|São Tomé und Príncipe
    SV El Salvador; SX Sint Maarten (Dutch part)|Sint Maarten; SY Syrian Arab Republic|Syria|Syrien
    SZ Eswatini|Swaziland|Swasiland; TC Turks and Caicos Islands|Turks- und Caicosinseln; TD Chad|Tschad
    TF French Southern Territories|Französische Süd- und Antarktisgebiete; TG Togo; TH Thailand
    TJ Tajikistan|Tadschikistan; TK Tokelau; TL Timor-Leste|East Timor|Osttimor; TM Turkmenistan; TN Tunisia|Tunesien
    TO Tonga; TR Türkiye|Turkey|Türkei; TT Trinidad and Tobago|Trinidad|Trinidad und Tobago; TV Tuvalu
    TW Taiwan, Province of China|Taiwan (Province of China)|Taiwan
    TZ Tanzania, United Republic of|Tanzania, the United Republic of|United Republic of Tanzania|Tanzania|Tansania
    UA Ukraine; UG Uganda; UM United States Minor Outlying Islands
    US United States of America|United States|USA|U.S.|America|Vereinigte Staaten von Amerika|Vereinigte Staaten
    US Amerika; UY Uruguay; UZ Uzbekistan|Usbekistan
    VA Holy See (Vatican City State)|Holy See|Vatican City|Vatican|Vatikanstadt|Vatikan|Heiliger Stuhl
    VC Saint Vincent and the Grenadines|St. Vincent and the Grenadines|St. Vincent und die Grenadinen
    VE Venezuela, Bolivarian Republic of|Venezuela (Bolivarian Republic of)|Venezuela
    VG Virgin Islands, British|Virgin Islands (British)|British Virgin Islands|Britische Jungferninseln
    VI Virgin Islands, U.S.|Virgin Islands (U.S.)|US Virgin Islands|Amerikanische Jungferninseln
    VN Viet Nam|Vietnam; VU Vanuatu; WF Wallis and Futuna|Wallis und Futuna; WS Samoa; YE Yemen|Jemen; YT Mayotte
    ZA South Africa|Südafrika; ZM Zambia|Sambia; ZW Zimbabwe|Simbabwe
"""


def _key(name: str) -> str:
    return " ".join(name.casefold().replace("&", " and ").replace(".", "").replace("\u2019", "'").split())


def _spellings(name: str) -> Iterable[str]:
    key = _key(name)
    return key, fold(key), key.translate(_UMLAUTS)


def _country_names() -> dict[str, str]:
    lines = (line.split(maxsplit=1) for line in _NAMES.replace(";", "\n").splitlines() if line.strip())
    return {key: code for code, names in lines for name in names.split("|") for key in _spellings(name)}


COUNTRY_NAMES = _country_names()
"""ISO 3166-1 codes by English and German names, in small letters, with and without accents."""


def country(text: str) -> str | None:
    """Return the code of a country given as a code or a name, in any letter case; None if there is no such country."""
    # isascii(): "ß".upper() is "SS", which is South Sudan.
    if text.isascii() and text.upper() in COUNTRIES:
        return text.upper()
    key = _key(text)
    return COUNTRY_NAMES.get(key) or COUNTRY_NAMES.get(fold(key))


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
