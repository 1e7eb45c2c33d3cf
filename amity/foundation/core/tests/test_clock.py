from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.foundation.core import clock
from amity.foundation.core.clock import (
    date_to_days,
    datetime_to_micros,
    format_date,
    from_iso,
    guess_day_first,
    human_time,
    parse_date,
    parse_datetime,
    to_iso,
    today,
)


@pytest.mark.parametrize(
    ("text", "day_first", "locale"),
    [
        ("2024-03-12", None, None),
        ("2024/3/12", None, None),
        ("2024.03.12.", None, None),
        ("20240312", None, None),
        ("12.03.2024", None, None),
        ("12.3.24", None, "en_US"),
        ("3.12.2024", False, None),
        ("12/3/2024", True, None),
        ("12/03/2024", None, "tr"),
        ("12/03/2024", None, "en"),
        ("03/12/2024", False, None),
        ("3/12/2024", None, "en_US"),
        ("12-03-2024", True, None),
        ("12 Mar 2024", None, None),
        ("Mar 12, 2024", None, None),
        ("March 12th, 2024", None, None),
        ("12-Mar-24", None, None),
        ("12 Mart 2024", None, None),
        ("12 MART 2024", None, None),
        ("12 Mawrth 2024", None, None),
        ("12 மார்ச் 2024", None, None),
        ("12. März 2024", None, None),
        ("12 mars 2024", None, None),
        ("12 марта 2024 г.", None, None),
        ("12 de marzo de 2024", None, None),
        ("2024. március 12.", None, "hu"),
        ("2024年3月12日", None, None),
        ("١٢/٠٣/٢٠٢٤", True, None),
        ("2024-03-12 00:00:00", None, None),
        ("2024-03-12T09:14:05Z", None, None),
        (" 3/12/2024  2:30 PM ", False, None),
    ],
)
def test_dates_as_people_write_them(text: str, day_first: bool | None, locale: str | None) -> None:
    assert parse_date(text, day_first=day_first, locale=locale) == "2024-03-12"


def test_one_possible_reading_needs_no_hint() -> None:
    assert parse_date("25/03/2024") == "2024-03-25"
    assert parse_date("3/25/2024") == "2024-03-25"
    assert parse_date("3/3/2024") == "2024-03-03"


@pytest.mark.parametrize("text", ["", "  ", "0/0/00", "0000-00-00", "00.00.0000", "0000-00-00 00:00:00"])
def test_no_date(text: str) -> None:
    assert parse_date(text) is None
    assert parse_datetime(text, zone="UTC") is None


@pytest.mark.parametrize(
    ("text", "day_first", "code"),
    [
        ("3/4/2024", None, "ambiguous_date"),
        ("3/25/2024", True, "not_a_date"),
        ("25/3/2024", False, "not_a_date"),
        ("2024-02-30", None, "not_a_date"),
        ("2024-13-01", None, "not_a_date"),
        ("не закрыта", None, "not_a_date"),
        ("12 Foo 2024", None, "not_a_date"),
        ("Mar 2024", None, "not_a_date"),
        ("12 Mar Apr 2024", None, "not_a_date"),
        ("12 Mar 20245", None, "not_a_date"),
        ("45363", None, "not_a_date"),
        ("1" * 100, None, "not_a_date"),
    ],
)
def test_what_is_no_date_is_refused(text: str, day_first: bool | None, code: str) -> None:
    with pytest.raises(ValueError, match=f"^{code}$"):
        parse_date(text, day_first=day_first)


@given(st.dates(), st.sampled_from(["en", "tr", "cy", "ta", "de", "fr", "ru", "es"]), st.booleans())
def test_every_date_shown_can_be_typed_back(day: date, locale: str, short: bool) -> None:
    if day.year >= 1000:
        assert parse_date(format_date(day.isoformat(), locale), locale=locale) == day.isoformat()
    assert parse_date(day.isoformat()) == day.isoformat()


def test_month_names_of_different_languages_do_not_collide() -> None:
    seen: dict[str, int] = {}
    for language in clock.MONTH_LANGUAGES:
        for name, number in clock._month_names(language).items():
            assert seen.setdefault(name, number) == number, (language, name)


@given(st.text(max_size=70), st.booleans() | st.none(), st.sampled_from([None, "en", "ru"]))
def test_any_text_is_a_date_or_a_value_error(text: str, day_first: bool | None, locale: str | None) -> None:
    for read in (parse_date, lambda *args, **kwargs: parse_datetime(*args, zone="Europe/London", **kwargs)):
        outcome: str | None
        try:
            outcome = read(text, day_first=day_first, locale=locale)
        except ValueError as error:
            outcome = str(error)
            assert outcome in {"not_a_date", "ambiguous_date", "not_a_datetime"}
        assert outcome is None or isinstance(outcome, str)


@pytest.mark.parametrize(
    ("text", "zone", "day_first", "iso"),
    [
        ("2024-03-12 09:14", "UTC", None, "2024-03-12T09:14:00Z"),
        ("2024-03-12 09:14", "Europe/Istanbul", None, "2024-03-12T06:14:00Z"),
        ("3/15/2024 2:30 PM", "UTC", False, "2024-03-15T14:30:00Z"),
        ("3/15/2024, 12:05 am", "UTC", None, "2024-03-15T00:05:00Z"),
        ("12.03.2024 09:14:05", "Europe/Berlin", None, "2024-03-12T08:14:05Z"),
        ("2024-03-12T09:14:05.25+05:30", "UTC", None, "2024-03-12T03:44:05.250000Z"),
        ("2024-03-12T09:14:05Z", "Asia/Tokyo", None, "2024-03-12T09:14:05Z"),
        ("2024-03-12 09:14:05 -0400", "UTC", None, "2024-03-12T13:14:05Z"),
        ("12 Mar 2024 09:14 UTC", "Asia/Tokyo", None, "2024-03-12T09:14:00Z"),
        ("12.03.2024", "Europe/Berlin", None, "2024-03-11T23:00:00Z"),
        ("2024-03-31 02:30", "Europe/Berlin", None, "2024-03-31T01:30:00Z"),
        ("2024-10-27 02:30", "Europe/Berlin", None, "2024-10-27T00:30:00Z"),
    ],
)
def test_instants_as_people_write_them(text: str, zone: str, day_first: bool | None, iso: str) -> None:
    assert parse_datetime(text, zone=zone, day_first=day_first) == iso


@pytest.mark.parametrize(
    "text", ["2024-03-12 25:00", "2024-03-12 13:00 PM", "2024-03-12 09:60", "0001-01-01 00:00:00+10:00"]
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not_a_datetime"):
        parse_datetime(text, zone="UTC")


def test_unknown_zone() -> None:
    for zone in ("Mars/Base", "../etc/passwd", ""):
        with pytest.raises(ValueError, match="unknown_zone"):
            today(zone)


@given(st.integers(-2 * 10**15, 7 * 10**15))
def test_iso_and_slots_round_trip(micros: int) -> None:
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    text = to_iso(instant)
    assert text.endswith("Z")
    assert from_iso(text) == instant
    assert parse_datetime(text, zone="Asia/Tokyo") == text
    assert float(datetime_to_micros(text)) == micros
    assert date_to_days(text[:10]) == micros // (24 * 3600 * 1_000_000)


def test_iso_needs_an_offset() -> None:
    with pytest.raises(ValueError, match="naive_datetime"):
        to_iso(datetime(2024, 1, 1))  # noqa: DTZ001
    for text in ("2024-01-01T00:00:00", "x"):
        with pytest.raises(ValueError, match="not_a_datetime"):
            from_iso(text)


@pytest.mark.parametrize(
    ("samples", "answer"),
    [
        (["3/4/2024", "25/4/2024"], True),
        (["3/4/2024", "4/25/2024 2:30 PM"], False),
        (["3/4/2024", ""], None),
        (["25/4/2024", "4/25/2024"], None),
        (["03.04.2024"], True),
        (["03.25.2024"], False),
        (["2024-03-04", "0/0/00"], None),
    ],
)
def test_guess_day_first(samples: list[str], answer: bool | None) -> None:
    assert guess_day_first(samples) is answer


def test_today_is_the_viewers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2024, 3, 12, 23, 30, tzinfo=UTC))
    assert today("Europe/London") == date(2024, 3, 12)
    assert today("Asia/Tokyo") == date(2024, 3, 13)


@pytest.mark.parametrize(
    ("instant", "locale", "text"),
    [
        (datetime(2024, 11, 22, 12, 35, tzinfo=UTC), "en", "today 13:35"),
        (datetime(2024, 11, 21, 8, 10, tzinfo=UTC), "en", "yesterday 09:10"),
        (datetime(2024, 11, 22, 23, 10, tzinfo=UTC), "en", "tomorrow 00:10"),
        (datetime(2024, 11, 10, 13, 0, tzinfo=UTC), "en", "10 Nov 14:00"),
        (datetime(2023, 11, 10, 13, 0, tzinfo=UTC), "en", "10 Nov 2023 14:00"),
        (datetime(2024, 11, 10, 13, 0, tzinfo=UTC), "en_US", "Nov 10 2:00\u202fPM"),
        (datetime(2024, 11, 10, 13, 0, tzinfo=UTC), "tr", "10 Kas 14:00"),
    ],
)
def test_human_time(instant: datetime, locale: str, text: str) -> None:
    assert human_time(instant, "Europe/Berlin", locale, datetime(2024, 11, 22, 15, 0, tzinfo=UTC)) == text
