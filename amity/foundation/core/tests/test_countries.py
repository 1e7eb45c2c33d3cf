import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.foundation.core.countries import (
    NAME_LANGUAGES,
    country_choices,
    country_code,
    country_name,
    currency_choices,
    day_first,
    default_currency,
    guess_country,
    language_choices,
    timezone_choices,
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("TR", "TR"), ("tur", "TR"), ("Türkiye", "TR"), ("TÜRKİYE", "TR"), ("Turkey", "TR"), ("Турция", "TR"),
        ("UK", "GB"), ("U.K.", "GB"), ("gb", "GB"), ("United Kingdom", "GB"), ("Birleşik Krallık", "GB"),
        ("Y Deyrnas Unedig", "GB"), ("Vereinigtes Königreich", "GB"), ("England", "GB"),
        ("USA", "US"), ("U.S.A.", "US"), ("the United States", "US"), ("ABD", "US"), ("США", "US"),
        ("Россия", "RU"), ("Russian Federation", "RU"), ("இந்தியா", "IN"), ("Deutschland", "DE"),
        ("Allemagne", "DE"), ("Alemania", "DE"), ("Almanya", "DE"), ("Côte d'Ivoire", "CI"),
        ("Bosnia and Herzegovina", "BA"), ("Kosovo", "XK"), ("South Korea", "KR"),
        ("", None), ("Atlantis", None), ("EU", None), ("x" * 500, None),
    ],
)  # fmt: skip
def test_country_code(text: str, code: str | None) -> None:
    assert country_code(text) == code


def test_every_country_is_found_by_its_name_in_every_language() -> None:
    for language in NAME_LANGUAGES:
        for code, name in country_choices(language):
            assert country_code(name, (language,)) == code
            assert country_code(code) == code


def test_names_in_the_reader_s_language() -> None:
    assert country_name("DE", "tr") == "Almanya"
    assert country_name("??", "tr") == "??"


def test_choices() -> None:
    assert dict(country_choices("de"))["TR"] == "Türkei"
    assert country_choices("cs")[0][1] < "B"
    assert dict(currency_choices("en"))["EUR"] == "EUR – Euro"
    assert "DEM" not in dict(currency_choices("en"))
    assert {"EUR", "USD", "TRY", "INR", "GBP", "RUB"} <= dict(currency_choices("en")).keys()
    assert dict(language_choices("en"))["ta"] == "Tamil"
    zones = dict(timezone_choices())
    assert {"UTC", "Europe/Istanbul", "Asia/Kolkata", "America/New_York"} <= zones.keys()
    assert "US/Eastern" not in zones


def test_habits() -> None:
    assert [default_currency(code) for code in ("TR", "DE", "GB", "IN", "??")] == [
        "TRY",
        "EUR",
        "GBP",
        "INR",
        "EUR",
    ]
    assert day_first("en_GB")
    assert day_first("tr")
    assert not day_first("en-US")


@pytest.mark.parametrize(
    ("accept_language", "zone", "country"),
    [
        ("en-US,en;q=0.9", "Europe/Istanbul", "TR"),
        ("en-US", "Asia/Calcutta", "IN"),
        ("en-GB,en;q=0.9", "UTC", "GB"),
        ("ta,en;q=0.9", "", "IN"),
        ("zh-Hant-TW", "", "TW"),
        ("en", "", ""),
        ("*", "Mars/Base", ""),
    ],
)
def test_guess_country(accept_language: str, zone: str, country: str) -> None:
    assert guess_country(accept_language, zone) == country


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text_is_a_country_or_none(text: str, zone: str) -> None:
    code = country_code(text)
    assert code is None or len(code) == 2
    assert len(guess_country(text, zone)) in (0, 2)
