"""The closed lists that forms choose from: countries, currencies, timezones, languages, colours."""

from __future__ import annotations

import re
import zoneinfo
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


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

LANGUAGES = _words(
    """
    ar bg ca cs da de de_CH el en eo es eu fa fi fo fr he hr hu id it ja ko nb_NO nl pa pl pt pt_BR ro ru sk sl sr
    sv ta tr uk vi zh_CN zh_Hant zh_Hant_TW
    """
)

COLORS = {
    "Silver": "#c0c0c0",
    "Gray": "#808080",
    "Black": "#000000",
    "Maroon": "#800000",
    "Brown": "#a52a2a",
    "Red": "#ff0000",
    "Orange": "#ffa500",
    "Gold": "#ffd700",
    "Yellow": "#ffff00",
    "Peach": "#ffdab9",
    "Khaki": "#f0e68c",
    "Olive": "#808000",
    "Lime": "#00ff00",
    "Jelly": "#9acd32",
    "Green": "#008000",
    "Teal": "#008080",
    "Aqua": "#00ffff",
    "LightBlue": "#add8e6",
    "DeepSky": "#00bfff",
    "Dodger": "#1e90ff",
    "Blue": "#0000ff",
    "Navy": "#000080",
    "Purple": "#800080",
    "Fuchsia": "#ff00ff",
    "Violet": "#ee82ee",
    "Rose": "#ffe4e1",
    "Lavender": "#E6E6FA",
}


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


def colors() -> Collection[str]:
    """The values of `/api/config/colors`; the case counts."""
    return COLORS.values()
