"""Countries, languages, currencies and time zones by code, and the names people give them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from zoneinfo import available_timezones

import pycountry
from babel import Locale
from babel.core import get_global
from babel.localedata import locale_identifiers
from babel.numbers import get_territory_currencies, list_currencies

from amity.foundation.core import clock
from amity.foundation.core.locales import find_locale
from amity.foundation.core.text import fold, sort_key

NAME_LANGUAGES = ("en", "tr", "ta", "cy", "de", "fr", "ru", "es")

# Said by people, unknown to the locale data. Scotland and its neighbours are addresses in one country.
_SYNONYMS = {
    "GB": "uk|u.k.|great britain|britain|england|scotland|wales|northern ireland|ingiltere|england & wales"
    "|англия|великобритания|grossbritannien|grande-bretagne|gran bretana|y deyrnas unedig|prydain|cymru",
    "US": "usa|u.s.|u.s.a.|united states of america|america|abd|amerika|сша|соединенные штаты|eeuu|ee.uu."
    "|etats-unis d'amerique|usa united states",
    "TR": "turkey|turkiye|turkiye cumhuriyeti|republic of turkey|republic of turkiye|турция",
    "RU": "russian federation|российская федерация|рф|rusya federasyonu",
    "AE": "uae|u.a.e.|emirates|bae|оаэ",
    "CZ": "czech republic|cek cumhuriyeti|чешская республика",
    "NL": "holland|the netherlands|hollanda|голландия",
    "KR": "south korea|korea|republic of korea|guney kore|корея",
    "KP": "north korea",
    "CN": "prc|people's republic of china|китайская народная республика|кнр",
    "IE": "republic of ireland|eire",
    "DE": "federal republic of germany|bundesrepublik deutschland|brd|фрг",
    "BY": "belorussia|белоруссия|belarus",
    "MM": "burma", "SZ": "swaziland", "CV": "cape verde", "TL": "east timor", "CI": "ivory coast",
    "MK": "macedonia", "VA": "vatican|holy see", "HK": "hong kong", "MO": "macau|macao", "TW": "taiwan",
    "PS": "palestine", "VN": "viet nam", "LA": "lao", "MD": "moldova", "BO": "bolivia", "VE": "venezuela",
    "IR": "iran", "SY": "syria", "TZ": "tanzania", "LK": "sri lanka|ceylon", "BN": "brunei",
}  # fmt: skip

KOSOVO = "XK"  # used by everybody, assigned by nobody


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    return frozenset(country.alpha_2 for country in pycountry.countries) | {KOSOVO}


@lru_cache(maxsize=64)
def _names(languages: tuple[str, ...]) -> dict[str, str]:
    """Folded name → code; where two languages disagree the first named wins."""
    names = {"xk": KOSOVO, "xkx": KOSOVO}
    for country in pycountry.countries:
        names |= {country.alpha_2.lower(): country.alpha_2, country.alpha_3.lower(): country.alpha_2}
        for kind in ("name", "official_name", "common_name"):
            if hasattr(country, kind):
                names.setdefault(_folded(getattr(country, kind)), country.alpha_2)
    for code, synonyms in _SYNONYMS.items():
        names |= dict.fromkeys(map(_folded, synonyms.split("|")), code)
    for language in languages:
        for code, name in find_locale(language).territories.items():
            if code in _codes():
                names.setdefault(_folded(name), code)
    return names


def _folded(name: str) -> str:
    return fold(name).strip(" .").replace(" and ", " & ")


@lru_cache(maxsize=8192)
def country_code(text: str, languages: tuple[str, ...] = NAME_LANGUAGES) -> str | None:
    """The ISO 3166 two-letter code of a code or name in any of the languages; None when unknown."""
    if len(text) > 100:
        return None
    key = _folded(text)
    names = _names(tuple(languages))
    return names.get(key) or names.get(key.removeprefix("the ")) if key else None


@lru_cache(maxsize=4096)
def country_name(code: str, locale: str | None) -> str:
    """The country in the reader's language; the code itself when it is none."""
    return str(find_locale(locale).territories.get(code) or Locale("en").territories.get(code, code))


@lru_cache(maxsize=64)
def country_choices(locale: str | None) -> tuple[tuple[str, str], ...]:
    return _sorted((code, country_name(code, locale)) for code in _codes())


@lru_cache(maxsize=64)
def currency_choices(locale: str | None) -> tuple[tuple[str, str], ...]:
    """Money in use today, as "EUR", "EUR – Euro"."""
    names = find_locale(locale).currencies
    known = list_currencies()
    return tuple((code, f"{code} – {names.get(code, code)}") for code in sorted(_currencies_in_use() & known))


@lru_cache(maxsize=1)
def _currencies_in_use() -> frozenset[str]:
    return frozenset(code for country in _codes() for code in get_territory_currencies(country))


@lru_cache(maxsize=64)
def language_choices(locale: str | None) -> tuple[tuple[str, str], ...]:
    """Languages that the locale data can format for, by BCP 47 code."""
    names = find_locale(locale).languages
    spoken = {Locale.parse(name).language for name in locale_identifiers() if "_" not in name}
    return _sorted((code, str(names.get(code) or Locale("en").languages.get(code, code))) for code in spoken)


def _sorted(choices: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(choices, key=lambda choice: sort_key(choice[1])))


@lru_cache(maxsize=1)
def timezone_choices() -> tuple[tuple[str, str], ...]:
    """Zones named by region and city, without the obsolete aliases, and UTC."""
    aliases = get_global("zone_aliases")
    region = re.compile(
        r"(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/"
    )
    zones = sorted(zone for zone in available_timezones() if region.match(zone) and zone not in aliases)
    return (("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in zones))


@lru_cache(maxsize=512)
def default_currency(country: str) -> str:
    """The money of a country; euro where none is known."""
    current = get_territory_currencies(country) if country in _codes() else []
    return current[0] if current else "EUR"


def day_first(locale: str | None) -> bool:
    """Whether readers of the locale take 3/4 for the third of April."""
    return clock.locale_day_first(locale or "en")


_language_tag = re.compile(
    r"\s*([A-Za-z]{2,3})(?:-[A-Za-z]{4})?(?:-([A-Za-z]{2}))?\s*(?:;\s*q=([0-9.]{1,5}))?\s*"
)


@lru_cache(maxsize=1024)
def guess_country(accept_language: str, zone: str) -> str:
    """Where somebody seems to be: by time zone, else by the browser's languages; empty when nothing tells."""
    territories = get_global("zone_territories")
    by_zone = territories.get(zone) or territories.get(get_global("zone_aliases").get(zone, ""))
    if by_zone in _codes():
        return str(by_zone)
    for part in accept_language[:500].split(","):
        match = _language_tag.fullmatch(part)
        if match and (match[2] or "").upper() in _codes():
            return match[2].upper()
    for part in accept_language[:500].split(","):
        match = _language_tag.fullmatch(part)
        likely = get_global("likely_subtags").get(match[1].lower(), "") if match else ""
        if likely[-2:] in _codes() and match and match[1].lower() != "en":
            return str(likely[-2:])
    return ""
