"""Guesses the type of an unknown column from some of its values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache

import pycountry

MAX_CHOICES = 12
# What other systems write where there is no date.
EMPTY_DATES = frozenset({"0/0/00", "00/00/00", "0/0/0000", "0000-00-00", "0000-00-00 00:00:00", "не закрыта"})
_YES_NO = frozenset({
    "yes", "no", "true", "false", "y", "n", "evet", "hayır", "ja", "nein", "oui", "non", "sí", "да",
    "нет", "ie", "na", "ஆம்", "இல்லை", "on", "off", "x",
})  # fmt: skip
_NUMBER = re.compile(r"[-+]?\d{1,3}(?:[ \u00a0\u202f.,']\d{3})*(?:[.,]\d+)?|[-+]?\d{1,15}(?:[.,]\d+)?")
_CURRENCY = r"(?:[$€£¥₺₽₹₴]|[A-Z]{3}|TL|руб\.?|Rs\.?)"
_MONEY = re.compile(rf"{_CURRENCY}\s?[-+]?\d[\d .,\u00a0\u202f']*|[-+]?\d[\d .,\u00a0\u202f']*\s?{_CURRENCY}")
_PERCENT = re.compile(r"[-+]?\d+(?:[.,]\d+)?\s?%|%\s?\d+(?:[.,]\d+)?")
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")
_DATETIME = re.compile(
    rf"(?:{_DATE.pattern})[T ]\d{{1,2}}:\d\d(?::\d\d(?:\.\d+)?)?\s?(?:[AaPp][Mm]|Z|[+-]\d\d:?\d\d)?"
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"(?:\+|00|\(?0)[\d\s().\-/]{6,22}(?:\s?(?:ext|x)\.?\s?\d+)?")
_URL = re.compile(r"(?:https?://|www\.)\S+", re.I)
_STARS = re.compile(r"[1-5]|[★⭐]{1,5}")

_MORE_COUNTRIES = {
    "turkey", "russia", "united states", "usa", "uk", "wales", "england", "scotland", "south korea", "taiwan",
    "vietnam", "iran", "moldova", "czech republic", "türkiye", "россия", "deutschland", "españa", "இந்தியா",
}  # fmt: skip


@cache
def _countries() -> frozenset[str]:
    return frozenset(_MORE_COUNTRIES | {country.name.casefold() for country in pycountry.countries})


_PATTERNS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("boolean", lambda value: value.lower() in _YES_NO),
    ("email", _EMAIL.fullmatch),
    ("url", _URL.fullmatch),
    ("datetime", _DATETIME.fullmatch),
    ("date", _DATE.fullmatch),
    ("percent", _PERCENT.fullmatch),
    ("money", _MONEY.fullmatch),
    ("country", lambda value: value.casefold() in _countries()),
    ("phone", lambda value: _PHONE.fullmatch(value) and 7 <= sum(map(str.isdigit, value)) <= 15),
    ("number", _NUMBER.fullmatch),
)


def guess_type(values: Iterable[str], header: str = "") -> str:
    """One of text, long_text, number, money, percent, boolean, date, datetime, choice, multi_choice, email,
    phone, url, country, rating. Nine of ten values must fit, so that single broken ones do not decide.
    """
    filled = [value.strip()[:500] for value in values if value.strip() and value.strip() not in EMPTY_DATES]
    if not filled:
        return "text"
    if set(filled) <= {"0", "1"}:
        return "boolean"
    for kind, fits in _PATTERNS:
        if sum(1 for value in filled if fits(value)) >= len(filled) * 0.9:
            if kind == "number" and _is_rating(filled, header):
                return "rating"
            return "text" if kind == "number" and _is_code(filled) else kind
    if any("\n" in value or len(value) > 200 for value in filled):
        return "long_text"
    return _choices(filled)


def _is_rating(filled: list[str], header: str) -> bool:
    named = re.search(r"rating|score|stars?|puan|bewertung|note|оценка|рейтинг", header, re.I)
    return bool(named) and all(_STARS.fullmatch(value) for value in filled)


def _is_code(filled: list[str]) -> bool:
    """Numbers with leading zeros or of one great length are codes, not quantities."""
    return any(re.fullmatch(r"0\d+", value) for value in filled) or all(len(value) > 11 for value in filled)


def _choices(filled: list[str]) -> str:
    if _repeat(filled):
        return "choice"
    parts = [part.strip() for value in filled for part in re.split(r"[;,|]", value) if part.strip()]
    if len(parts) > len(filled) and _repeat(parts) and max(map(len, parts)) <= 40:
        return "multi_choice"
    return "text"


def _repeat(values: list[str]) -> bool:
    counts = Counter(values)
    return (
        len(counts) <= MAX_CHOICES
        and len(values) >= 4
        and len(values) >= 2 * len(counts)
        and max(map(len, counts)) <= 60
    )


def choice_options(values: Iterable[str], kind: str) -> list[str]:
    """The options found among the values, most frequent first."""
    filled = [value.strip() for value in values if value.strip()]
    if kind == "multi_choice":
        filled = [part.strip() for value in filled for part in re.split(r"[;,|]", value) if part.strip()]
    return (
        [value for value, _count in Counter(filled).most_common(50)]
        if kind in ("choice", "multi_choice")
        else []
    )
