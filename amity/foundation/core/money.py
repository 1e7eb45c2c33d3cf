"""Numbers and money: read as people write them, kept as whole minor units, shown by locale.

Every failure is a ValueError whose text is a short code: `empty`, `not_a_number`, `too_many_digits`,
`too_many_decimals`, `too_large`, `wrong_currency`, `unknown_currency`.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache
from typing import NamedTuple

from babel import numbers

from amity.foundation.core.locales import find_locale

MAX_DIGITS = 15  # what a double keeps exactly, so the same number comes back from JSON and both databases
MAX_MINOR = 2**63 - 1
MAX_TEXT = 64

_WORD = r"[^\d\s+\-.,'()][^\d\s+\-,'()]*"
_amount = re.compile(
    rf"(?P<open>\()?(?P<s1>[+-])? ?(?P<w1>{_WORD})? ?(?P<s2>[+-])? ?(?P<number>[\d.,' ]*\d[.,]?)"
    rf"(?P<exponent>[eE][+-]?\d{{1,2}})? ?(?P<w2>{_WORD})? ?(?P<s3>-)?(?P<close>\))?"
)
_thousands = re.compile(r"\d{1,3}(?:([ ',.])\d{3})(?:\1\d{3})*")
_lakhs = re.compile(r"\d{1,2}(?:([ ',.])\d{2})(?:\1\d{2})*\1\d{3}")
_ambiguous = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_simple = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,2})?")
_spaces = re.compile(r"\s+")
_same = str.maketrans(
    {"−": "-", "–": "-", "’": "'", "٬": "'", "٫": ",", "\u200e": "", "\u200f": "", "\u061c": ""}
)


def round_half_up(value: Decimal | float | int | str, decimals: int = 0) -> Decimal:
    """Rounded as taught at school: halves go away from zero."""
    with localcontext() as context:
        context.prec = 60
        return Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def parse_number(text: str, locale: str | None = None, *, decimals: int | None = None) -> float | int:
    """A number written with a decimal comma or point; "1,234" is read as the locale reads it.

    Raises ValueError for more than 15 significant digits. `decimals` rounds half up.
    """
    if decimals is None and _simple.fullmatch(text):
        return float(text) if "." in text else int(text)
    match = _match(text)
    if match["w1"] or match["w2"]:
        raise ValueError("not_a_number")
    value = _value(match, locale)
    if decimals is not None:
        value = round_half_up(value, decimals)
    if len("".join(map(str, value.as_tuple().digits)).strip("0")) > MAX_DIGITS:
        raise ValueError("too_many_digits")
    whole = abs(value) < 10**MAX_DIGITS and value == value.to_integral_value()
    return int(value) if whole else float(value)


def parse_money(text: str, currency: str, locale: str | None = None) -> int:
    """Minor units of an amount such as "€ 12", "1.234,56" or "12 EUR"; halves are rounded up.

    Another currency's sign or code beside the number raises ValueError("wrong_currency").
    """
    match = _match(text)
    signs = {word.rstrip(".").casefold() for word in (match["w1"], match["w2"]) if word}
    if not signs <= _signs(currency, locale):
        raise ValueError("wrong_currency")
    return _minor(_value(match, locale), currency)


_decimal = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,10})?")


def from_decimal_string(text: str, currency: str) -> int:
    """Minor units of the API's "12.50". Strict: no grouping, no more decimals than the currency has."""
    if not _decimal.fullmatch(text):
        raise ValueError("not_a_number")
    whole, _point, part = text.partition(".")
    decimals = exponent(currency)
    if part[decimals:].strip("0"):
        raise ValueError("too_many_decimals")
    minor = int(whole + part[:decimals].ljust(decimals, "0"))
    if abs(minor) > MAX_MINOR:
        raise ValueError("too_large")
    return minor


def to_decimal_string(minor: int, currency: str) -> str:
    """The API's form of an amount: "12.50", or "1250" where the currency has no minor unit."""
    return f"{'-' if minor < 0 else ''}{_plain(abs(minor), exponent(currency), '.')}"


@lru_cache(maxsize=512)
def exponent(currency: str) -> int:
    """Decimals of a currency: EUR 2, JPY 0, KWD 3. Raises ValueError for a code that is none."""
    if not numbers.is_currency(currency):
        raise ValueError("unknown_currency")
    return numbers.get_currency_precision(currency)


def format_money(minor: int, currency: str, locale: str | None) -> str:
    """An amount as the locale's readers write it."""
    style = _money_style(currency, locale)
    number = _grouped(_plain(abs(minor), style.decimals, style.point), style)
    if minor < 0:
        return f"{style.negative_prefix}{number}{style.negative_suffix}"
    return f"{style.prefix}{number}{style.suffix}"


def format_number(value: float | int, locale: str | None) -> str:
    """A number with the locale's grouping and decimal mark, no digit added or lost."""
    style = _number_style(locale)
    text = format(Decimal(str(abs(value))), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".").replace(".", style.point)
    prefix = style.negative_prefix if value < 0 else ""
    return f"{prefix}{_grouped(text, style)}"


def _match(text: str) -> re.Match[str]:
    """The parts of a written amount. Digits of any script are read."""
    text = _spaces.sub(" ", text.translate(_same)).strip()
    if not text:
        raise ValueError("empty")
    if not text.isascii():
        text = "".join(str(unicodedata.decimal(char, char)) for char in text)
    match = _amount.fullmatch(text) if len(text) <= MAX_TEXT else None
    signs = sum(bool(match[part]) for part in ("open", "s1", "s2", "s3")) if match else 0
    if match is None or signs > 1 or bool(match["open"]) != bool(match["close"]):
        raise ValueError("not_a_number")
    return match


def _value(match: re.Match[str], locale: str | None) -> Decimal:
    number = match["number"]
    point = _decimal_mark(number, locale)
    whole, _mark, fraction = number.rpartition(point) if point else (number, "", "")
    if whole and not whole.isdecimal():
        if not (_thousands.fullmatch(whole) or _lakhs.fullmatch(whole)):
            raise ValueError("not_a_number")
        whole = re.sub(r"\D", "", whole)
    if fraction and not fraction.isdecimal():
        raise ValueError("not_a_number")
    value = Decimal(f"{whole or 0}.{fraction or 0}{match['exponent'] or ''}")
    negative = match["open"] or "-" in (match["s1"], match["s2"], match["s3"])
    return -value if negative and value else abs(value)


def _decimal_mark(number: str, locale: str | None) -> str:
    """Which of point and comma parts the decimals; empty when neither does."""
    points, commas = number.count("."), number.count(",")
    if points and commas:
        return "." if number.rindex(".") > number.rindex(",") else ","
    if points + commas != 1:
        return ""
    mark = "." if points else ","
    return "" if _ambiguous.fullmatch(number) and _groups_with(mark, locale) else mark


@lru_cache(maxsize=512)
def _groups_with(mark: str, locale: str | None) -> bool:
    """Whether "1,234" is more than a thousand; where a locale uses the mark for nothing, as in English."""
    style = _number_style(locale)
    if mark in (style.group, style.point):
        return mark == style.group
    return mark == ","


def _minor(value: Decimal, currency: str) -> int:
    minor = int(round_half_up(value.scaleb(exponent(currency)))) if value.adjusted() < 30 else MAX_MINOR + 1
    if abs(minor) > MAX_MINOR:
        raise ValueError("too_large")
    return minor


# Written beside amounts but not known to the locale data.
_EXTRA_SIGNS = {
    "RUB": "₽ руб р", "TRY": "₺ tl", "INR": "₹ rs", "LKR": "rs", "CHF": "fr sfr", "PLN": "zł zl",
    "UAH": "₴ грн", "SEK": "kr", "NOK": "kr", "DKK": "kr", "CZK": "kč kc", "HUF": "ft",
    "CNY": "¥ 元 rmb", "JPY": "¥ 円",
    "USD": "$", "AUD": "$", "CAD": "$", "NZD": "$", "SGD": "$", "HKD": "$", "MXN": "$",
}  # fmt: skip


@lru_cache(maxsize=512)
def _signs(currency: str, locale: str | None) -> frozenset[str]:
    """What may stand beside an amount of this currency, without final points."""
    exponent(currency)
    known = {currency, *_EXTRA_SIGNS.get(currency, "").split()}
    known |= {numbers.get_currency_symbol(currency, find_locale(tag)) for tag in (locale, "en")}
    return frozenset(sign.translate(_same).rstrip(".").casefold() for sign in known)


class _Style(NamedTuple):
    prefix: str
    suffix: str
    negative_prefix: str
    negative_suffix: str
    point: str
    group: str
    last_group: int
    other_groups: int
    decimals: int


@lru_cache(maxsize=512)
def _number_style(locale: str | None) -> _Style:
    found = find_locale(locale)
    point, group = numbers.get_decimal_symbol(found), numbers.get_group_symbol(found)
    minus = numbers.format_decimal(-1, locale=found).partition("1")[0]
    last, other = found.decimal_formats[None].grouping
    return _Style("", "", minus, "", point, group, last, other, 0)


@lru_cache(maxsize=2048)
def _money_style(currency: str, locale: str | None) -> _Style:
    found, decimals = find_locale(locale), exponent(currency)
    point, group = numbers.get_decimal_symbol(found), numbers.get_group_symbol(found)
    one = _plain(10**decimals, decimals, point)
    prefix, _one, suffix = numbers.format_currency(1, currency, locale=found).partition(one)
    negative_prefix, _one, negative_suffix = numbers.format_currency(-1, currency, locale=found).partition(
        one
    )
    last, other = found.currency_formats["standard"].grouping
    return _Style(prefix, suffix, negative_prefix, negative_suffix, point, group, last, other, decimals)


def _plain(minor: int, decimals: int, point: str) -> str:
    """Digits of a not negative number of minor units, without grouping."""
    if not decimals:
        return str(minor)
    digits = str(minor).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]}{point}{digits[-decimals:]}"


def _grouped(number: str, style: _Style) -> str:
    whole, point, fraction = number.partition(style.point)
    if len(whole) <= style.last_group:
        return number
    if style.last_group == style.other_groups == 3:
        return f"{int(whole):,}".replace(",", style.group) + point + fraction
    parts, rest = [whole[-style.last_group :]], whole[: -style.last_group]
    while rest:
        parts.append(rest[-style.other_groups :])
        rest = rest[: -style.other_groups]
    return style.group.join(reversed(parts)) + point + fraction
