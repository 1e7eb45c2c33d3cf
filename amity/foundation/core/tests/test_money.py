from decimal import Decimal

import pytest
from babel import numbers
from hypothesis import given
from hypothesis import strategies as st

from amity.foundation.core.money import (
    exponent,
    format_money,
    format_number,
    from_decimal_string,
    parse_money,
    parse_number,
    round_half_up,
    to_decimal_string,
)

LOCALES = [
    "en",
    "de",
    "tr",
    "fr",
    "ru",
    "ta",
    "en_IN",
    "de_CH",
    "pl",
    "es",
    "cy",
    "ja",
    "sv",
    "nl",
    "pt_BR",
    "ar",
]
CURRENCIES = ["EUR", "USD", "GBP", "TRY", "INR", "RUB", "JPY", "KWD", "CHF", "PLN"]
BIG = 10**15


@pytest.mark.parametrize(
    ("text", "currency", "locale", "minor"),
    [
        ("1.234,56", "EUR", "en", 123456),
        ("1,234.56", "EUR", "de", 123456),
        ("€ 12", "EUR", "en", 1200),
        ("12 EUR", "EUR", "tr", 1200),
        ("12,5 €", "EUR", "de", 1250),
        ("1 234,50", "EUR", "en", 123450),
        ("1\u202f234,50 €", "EUR", "fr", 123450),
        ("1'234.50", "CHF", "de_CH", 123450),
        ("CHF 1’234.50", "CHF", "de_CH", 123450),
        ("12,34,567.50", "INR", "en", 123456750),
        ("Rs. 500", "INR", "en", 50000),
        ("١٢٫٥٠", "EUR", "ar", 1250),
        ("१२.५०", "INR", "hi", 1250),
        ("-€1.50", "EUR", "en", -150),
        ("€-1.50", "EUR", "en", -150),
        ("(1.50)", "EUR", "en", -150),
        ("1.50-", "EUR", "en", -150),
        ("−1,50", "EUR", "de", -150),
        ("1 000 руб.", "RUB", "ru", 100000),
        ("100 TL", "TRY", "tr", 10000),
        ("$12", "USD", "tr", 1200),
        ("1,234", "EUR", "en", 123400),
        ("1,234", "EUR", "de", 123),
        ("1.234", "EUR", "de", 123400),
        ("1.234", "EUR", "en", 123),
        ("1.005", "EUR", "en", 101),
        ("-1.005", "EUR", "en", -101),
        ("1250", "JPY", "ja", 1250),
        ("1.2345", "KWD", "en", 1235),
        (".5", "EUR", "en", 50),
        ("5.", "EUR", "en", 500),
    ],
)
def test_amounts_as_people_write_them(text: str, currency: str, locale: str, minor: int) -> None:
    assert parse_money(text, currency, locale) == minor


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("abc", "not_a_number"),
        ("1.2.3", "not_a_number"),
        ("1,23,4", "not_a_number"),
        ("1 2", "not_a_number"),
        ("--1", "not_a_number"),
        ("(-1)", "not_a_number"),
        ("(1", "not_a_number"),
        ("1,2.3,4", "not_a_number"),
        ("$ 12", "wrong_currency"),
        ("12 USD", "wrong_currency"),
        ("12 k", "wrong_currency"),
        ("9" * 30, "too_large"),
        ("1e99", "too_large"),
        ("9" * 80, "not_a_number"),
    ],
)
def test_what_is_no_amount_is_refused(text: str, code: str) -> None:
    with pytest.raises(ValueError, match=f"^{code}$"):
        parse_money(text, "EUR", "en")


def test_unknown_currency() -> None:
    for call in (
        lambda: exponent("XQX"),
        lambda: parse_money("1", "", "en"),
        lambda: format_money(1, "eur", "en"),
    ):
        with pytest.raises(ValueError, match="unknown_currency"):
            call()


@given(st.integers(-BIG, BIG), st.sampled_from(CURRENCIES), st.sampled_from(LOCALES))
def test_format_is_the_locale_data_s_own(minor: int, currency: str, locale: str) -> None:
    value = Decimal(minor).scaleb(-exponent(currency))
    assert format_money(minor, currency, locale) == numbers.format_currency(value, currency, locale=locale)


@given(st.integers(-BIG, BIG), st.sampled_from(CURRENCIES), st.sampled_from(LOCALES))
def test_what_is_shown_can_be_typed_back(minor: int, currency: str, locale: str) -> None:
    assert parse_money(format_money(minor, currency, locale), currency, locale) == minor


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.sampled_from(CURRENCIES))
def test_api_form_round_trip(minor: int, currency: str) -> None:
    assert from_decimal_string(to_decimal_string(minor, currency), currency) == minor


def test_api_form() -> None:
    assert to_decimal_string(1250, "EUR") == "12.50"
    assert to_decimal_string(-5, "EUR") == "-0.05"
    assert to_decimal_string(1250, "JPY") == "1250"
    assert from_decimal_string("12.5", "EUR") == 1250
    for text, code in [("12.505", "too_many_decimals"), ("1,5", "not_a_number"), ("9" * 20, "too_large")]:
        with pytest.raises(ValueError, match=code):
            from_decimal_string(text, "EUR")


@pytest.mark.parametrize(
    ("text", "locale", "number"),
    [
        ("12", None, 12),
        ("-12,5", None, -12.5),
        ("1,234", None, 1234),
        ("1,234", "de", 1.234),
        ("1.234", "ru", 1.234),
        ("0,234", "en", 0.234),
        ("1.234.567", None, 1234567),
        ("1E+05", None, 100000),
        ("௧௨", "ta", 12),
        ("+7", None, 7),
        ("-0", None, 0),
        ("0.1", None, 0.1),
    ],
)
def test_parse_number(text: str, locale: str | None, number: float) -> None:
    assert parse_number(text, locale) == number
    assert type(parse_number(text, locale)) is type(number)


def test_parse_number_limits() -> None:
    assert parse_number("123456789012345") == 123456789012345
    assert parse_number("0.000000000000001") == 1e-15
    assert parse_number("2.345", "en", decimals=2) == 2.35
    for text, code in [
        ("1234567890123456", "too_many_digits"),
        ("12 €", "not_a_number"),
        ("nan", "not_a_number"),
    ]:
        with pytest.raises(ValueError, match=code):
            parse_number(text)


@given(st.integers(-BIG + 1, BIG - 1), st.integers(0, 10), st.sampled_from(LOCALES))
def test_numbers_shown_can_be_typed_back(digits: int, scale: int, locale: str) -> None:
    value = float(Decimal(digits).scaleb(-scale))
    shown = format_number(value, locale)
    assert shown == numbers.format_decimal(
        Decimal(str(value)), locale=locale, decimal_quantization=False, group_separator=True
    )
    assert parse_number(shown, locale) == value


@given(st.text(max_size=80), st.sampled_from(LOCALES))
def test_any_text_is_a_number_or_a_value_error(text: str, locale: str) -> None:
    outcome = None
    try:
        outcome = parse_number(text, locale)
    except ValueError as error:
        outcome = str(error)
    assert isinstance(outcome, int | float) or outcome in {"empty", "not_a_number", "too_many_digits"}


def test_round_half_up() -> None:
    assert round_half_up(2.675, 2) == Decimal("2.68")
    assert round_half_up(-0.5) == Decimal("-1")
    assert round_half_up("1234567890123456789012345.5") == Decimal("1234567890123456789012346")
