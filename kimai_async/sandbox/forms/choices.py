"""The closed lists that forms choose from: countries, currencies, timezones, languages, colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.fields.codes import COUNTRIES, timezones

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["COLORS", "COUNTRIES", "CURRENCIES", "LANGUAGES", "colors", "timezones"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


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
"""The same for ever, as the versions of Kimai are, while CLDR's go on."""

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


def colors() -> Collection[str]:
    """The values of `/api/config/colors`; the case counts."""
    return COLORS.values()
