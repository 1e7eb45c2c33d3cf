"""Countries, currencies, zones and languages to choose from, and a first guess from the browser."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.numbers import get_territory_currencies, list_currencies
from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

Choices = list[tuple[str, str]]
AREAS = frozenset(
    [
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    ]
)


@lru_cache(maxsize=16)
def countries(language: str) -> Choices:
    names = locale_of(language).territories
    found = [
        (code, name)
        for code, name in names.items()
        if len(code) == 2 and code.isalpha() and code not in NOT_LANDS
    ]
    return sorted(found, key=lambda item: item[1].casefold())


NOT_LANDS = frozenset(["EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"])


@lru_cache(maxsize=16)
def currencies(language: str) -> Choices:
    """Every currency in use today, by code."""
    names = locale_of(language).currencies
    today = {money for code, _name in countries("en") for money in get_territory_currencies(code)}
    return [(code, f"{code} · {names.get(code, code)}") for code in sorted(today & set(list_currencies()))]


@lru_cache(maxsize=1)
def zones() -> Choices:
    names = sorted(name for name in available_timezones() if name.partition("/")[0] in AREAS)
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


def languages() -> Choices:
    return list(settings.LANGUAGES)


def locale_of(language: str) -> Locale:
    try:
        return Locale.parse(language.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale("en")


def guess_country(request: HttpRequest) -> str:
    """The land in the browser's first language tags (`en-GB`), else the likeliest for the language."""
    tags = [part.partition(";")[0].strip() for part in request.headers.get("Accept-Language", "").split(",")]
    known = {code for code, _name in countries("en")}
    for tag in tags:
        land = tag.replace("_", "-").rpartition("-")[2].upper()
        if "-" in tag and land in known:
            return land
    return LIKELY.get(tags[0][:2].casefold(), "GB") if tags else "GB"


LIKELY = {
    "en": "GB",
    "tr": "TR",
    "ta": "IN",
    "cy": "GB",
    "de": "DE",
    "fr": "FR",
    "es": "ES",
    "it": "IT",
    "pt": "BR",
}


def guess_currency(country: str) -> str:
    found = get_territory_currencies(country) if country else []
    return str(found[0]) if found else "EUR"


def guess_language(request: HttpRequest) -> str:
    return translation.get_language_from_request(request)


def checked(value: str, choices: Choices, default: str) -> str:
    """The value when it is one of the choices."""
    return value if any(value == key for key, _name in choices) else default
