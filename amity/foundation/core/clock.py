"""The time now, and dates as people write and read them.

Canonical forms: a date is "YYYY-MM-DD", an instant "YYYY-MM-DDTHH:MM:SS[.ffffff]Z". Readers return None for
empty text and for the zero dates that other systems export; otherwise they raise ValueError with a short
code: `not_a_date`, `ambiguous_date`, `not_a_datetime`, `unknown_zone`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, dates
from django.utils.translation import gettext as _
from django.utils.translation import override

from amity.foundation.core.locales import find_locale
from amity.foundation.core.text import fold

EPOCH = date(1970, 1, 1)
EPOCH_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)
MAX_TEXT = 64
MONTH_LANGUAGES = ("en", "tr", "cy", "ta", "de", "fr", "ru", "es")


def now() -> datetime:
    """The present instant in UTC. Everything asks here, so that a test can set the clock."""
    return datetime.now(UTC)


def today(zone: str) -> date:
    """The date on the wall in that zone."""
    return now().astimezone(find_zone(zone)).date()


@lru_cache(maxsize=1024)
def find_zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name. Raises ValueError("unknown_zone")."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("unknown_zone") from error


def to_iso(instant: datetime) -> str:
    """Canonical text of an aware datetime; a naive one is a bug and raises ValueError."""
    if instant.tzinfo is None:
        raise ValueError("naive_datetime")
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def from_iso(text: str) -> datetime:
    """The instant of an ISO text that names its offset."""
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("not_a_datetime") from error
    raise ValueError("not_a_datetime")


def day_start(day: date, zone: str) -> str:
    """The instant a day begins in a zone, as canonical UTC text."""
    return to_iso(datetime.combine(day, time(), find_zone(zone)))


def local_text(iso: str, zone: str) -> str:
    """A canonical instant as `YYYY-MM-DD HH:MM` on the zone's clock, which `parse_datetime` reads back."""
    return from_iso(iso).astimezone(find_zone(zone)).strftime("%Y-%m-%d %H:%M")


def date_to_days(iso: str) -> int:
    """Days since 1970, the form in which a date stands in a number slot."""
    return (date.fromisoformat(iso) - EPOCH).days


def datetime_to_micros(iso: str) -> int:
    """Microseconds since 1970; exact in a double until the year 2255."""
    return (from_iso(iso) - EPOCH_INSTANT) // timedelta(microseconds=1)


_iso = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_zero = re.compile(r"0{1,4}[-/.]0{1,2}[-/.]0{1,4}")
_year_first = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})\.?|(\d{4})(\d\d)(\d\d)")
_year_last = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})")
_time = re.compile(
    r"(?:^|[T, ]\s*)(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,6})\d*)?)?"
    r"\s*(am|pm|a\.m\.|p\.m\.|öö|ös)?\s*(z|utc|gmt|[+-]\d\d:?\d\d)?$",
    re.IGNORECASE,
)
_cjk = str.maketrans({"年": "-", "月": "-", "日": "", "년": "-", "월": "-", "일": ""})
_spaces = re.compile(r"[\s\u200e\u200f]+")
_word_part = re.compile(r"\d+|[^\d\s,./\-]+")
_filler = frozenset({"de", "del", "of", "г", "года", "год", "st", "nd", "rd", "th", "er", "y"})


@lru_cache(maxsize=16384)
def parse_date(text: str, *, day_first: bool | None = None, locale: str | None = None) -> str | None:
    """Canonical date of a written one; a time behind it is dropped.

    `day_first` says how 3/4/2024 is meant; without it the locale does, and without both ValueError
    ("ambiguous_date") is raised unless only one reading is possible. With points the day is first.
    """
    if not _iso.fullmatch(text):
        return _parse_written(_tidy(text), day_first, locale)
    return None if text == "0000-00-00" else _checked(text[:4], text[5:7], text[8:])


def _tidy(text: str) -> str:
    text = _spaces.sub(" ", text).strip()
    if len(text) > MAX_TEXT:
        raise ValueError("not_a_date")
    return text


def _parse_written(text: str, day_first: bool | None, locale: str | None) -> str | None:
    text = _time.sub("", text).strip() if ":" in text else text
    if not text or _zero.fullmatch(text):
        return None
    text = (
        _spaces.sub("", text.translate(_cjk)) if not text.isascii() and "-" in text.translate(_cjk) else text
    )
    if match := _year_first.fullmatch(text):
        year, _mark, month, day, *basic = match.groups()
        return _checked(year, month, day) if year else _checked(*basic)
    if match := _year_last.fullmatch(text):
        first, mark, second, year = match.groups()
        if _day_comes_first(int(first), int(second), mark, day_first, locale):
            return _checked(year, second, first)
        return _checked(year, first, second)
    return _parse_month_name(text, locale)


def _day_comes_first(first: int, second: int, mark: str, day_first: bool | None, locale: str | None) -> bool:
    if day_first is not None:
        return day_first
    if first > 12 or second > 12 or first == second:
        return first > 12
    if mark == ".":
        return True
    if locale is None:
        raise ValueError("ambiguous_date")
    return locale_day_first(locale)


@lru_cache(maxsize=256)
def locale_day_first(locale: str) -> bool:
    """Whether readers of the locale take 3/4 for the third of April."""
    pattern: str = _display_locale(locale).date_formats["short"].pattern
    return pattern.index("d") < pattern.index("M")


def _checked(year: str, month: str, day: str) -> str:
    """Two-digit years are those from 1969 to 2068."""
    number = int(year)
    if len(year) == 2:
        number += 1900 if number > 68 else 2000
    try:
        return date(number, int(month), int(day)).isoformat()
    except ValueError as error:
        raise ValueError("not_a_date") from error


def _parse_month_name(text: str, locale: str | None) -> str:
    parts = [part for part in _word_part.findall(fold(text)) if part not in _filler]
    names = [part for part in parts if not part.isdecimal()]
    digits = [part for part in parts if part.isdecimal()]
    if len(names) != 1 or len(digits) != 2:
        raise ValueError("not_a_date")
    month = _month_names(None).get(names[0]) or _month_names(locale).get(names[0])
    if month is None:
        raise ValueError("not_a_date")
    year, day = digits if len(digits[0]) == 4 else reversed(digits)
    if len(year) not in (2, 4) or len(day) > 2:
        raise ValueError("not_a_date")
    return _checked(year, str(month), day)


@lru_cache(maxsize=64)
def _month_names(locale: str | None) -> dict[str, int]:
    """Folded month names, long and short, of one locale or of all that we always read."""
    names: dict[str, int] = {"sept": 9}
    for tag in (locale,) if locale else MONTH_LANGUAGES:
        months = find_locale(tag).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                names |= {fold(name).strip("."): number for number, name in months[context][width].items()}
    return names


def parse_datetime(
    text: str, *, zone: str, day_first: bool | None = None, locale: str | None = None
) -> str | None:
    """Canonical instant of a written date and time, read in `zone` unless the text names an offset.

    A wall time that a clock change skips is read with the offset before the change, one that comes
    twice as the first. No time means midnight.
    """
    text = _tidy(text)
    match = _time.search(text) if ":" in text else None
    day = parse_date(text[: match.start()] if match else text, day_first=day_first, locale=locale)
    if day is None:
        return None
    try:
        local = datetime.fromisoformat(day) + (_time_of_day(match) if match else timedelta())
        offset = match[6] if match else None
        return to_iso(local.replace(tzinfo=_offset(offset) if offset else find_zone(zone)))
    except OverflowError as error:
        raise ValueError("not_a_datetime") from error


def _time_of_day(match: re.Match[str]) -> timedelta:
    hour, minute, second = (int(match[part] or 0) for part in (1, 2, 3))
    half = (match[5] or "").casefold().replace(".", "")
    if hour > 23 or minute > 59 or second > 59 or (half and not 1 <= hour <= 12):
        raise ValueError("not_a_datetime")
    if half:
        hour = hour % 12 + (12 if half in ("pm", "ös") else 0)
    micros = int((match[4] or "0").ljust(6, "0"))
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micros)


def _offset(text: str) -> tzinfo:
    if text[0] not in "+-":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 15 or minutes > 59:
        raise ValueError("not_a_datetime")
    return timezone((-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))


def guess_day_first(samples: Iterable[str]) -> bool | None:
    """How a column writes its dates; None when nothing in it tells, or it contradicts itself."""
    votes: set[bool] = set()
    points = False
    for sample in samples:
        match = _year_last.match(sample.strip())
        if match is None:
            continue
        points = points or match[2] == "."
        first, second = int(match[1]), int(match[3])
        if (first > 12) != (second > 12):
            votes.add(first > 12)
    if votes:
        return votes.pop() if len(votes) == 1 else None
    return True if points else None


@lru_cache(maxsize=256)
def _display_locale(tag: str | None) -> Locale:
    """English without a country is written the international way: 21 Nov, 14:00."""
    return find_locale("en_GB" if tag in (None, "", "en") else tag)


@lru_cache(maxsize=16384)
def format_date(iso: str, locale: str | None) -> str:
    """A canonical date as the locale's readers write it."""
    return dates.format_date(date.fromisoformat(iso[:10]), "medium", locale=_display_locale(locale))


@lru_cache(maxsize=4096)
def _format_day(day: date, locale: str | None) -> str:
    return dates.format_skeleton("MMMd", day, locale=_display_locale(locale))


@lru_cache(maxsize=4096)
def _format_time(hour: int, minute: int, locale: str | None) -> str:
    moment = datetime(2000, 1, 1, hour, minute, tzinfo=UTC)
    return dates.format_time(moment.time(), "short", locale=_display_locale(locale))


def time_of_day(iso: str, zone: str, locale: str | None) -> str:
    """The time of an instant on the zone's clock, as the locale's readers write it."""
    local = from_iso(iso).astimezone(find_zone(zone))
    return _format_time(local.hour, local.minute, locale)


@lru_cache(maxsize=1024)
def format_month(first: date, locale: str | None, *, year: bool = True) -> str:
    """“November 2026”, or the month alone."""
    where = _display_locale(locale)
    return (
        dates.format_skeleton("yMMMM", first, locale=where)
        if year
        else dates.format_date(first, "LLLL", where)
    )


@lru_cache(maxsize=4096)
def format_weekday(day: date, locale: str | None, *, short: bool = True) -> str:
    """“Mon”, or the whole day as it is read out: “Monday 2 November 2026”."""
    return dates.format_date(day, "ccc" if short else "full", locale=_display_locale(locale))


def week_start(locale: str | None, country: str) -> int:
    """The day a week begins with, Monday being 0, where the reader is."""
    language = (locale or "en").replace("-", "_").split("_")[0]
    start: int = find_locale(f"{language}_{country}" if country else locale).first_week_day
    return start


def human_time(instant: datetime, zone: str, locale: str | None, now: datetime) -> str:
    """An instant as one says it: "today 13:35", "21 Nov 14:00", with the year when it is another one."""
    local, here = instant.astimezone(find_zone(zone)), now.astimezone(find_zone(zone))
    clock = _format_time(local.hour, local.minute, locale)
    return f"{_day_word(local.date(), here.date(), locale)} {clock}"


@lru_cache(maxsize=256)
def _near_word(distance: int, locale: str | None) -> str:
    with override((locale or "en").replace("_", "-").lower()):
        return (_("today"), _("tomorrow"), _("yesterday"))[distance]


def _day_word(day: date, here: date, locale: str | None) -> str:
    distance = (day - here).days
    if abs(distance) <= 1:
        return _near_word(distance, locale)
    return _format_day(day, locale) if day.year == here.year else format_date(day.isoformat(), locale)
