"""Values that cannot be right, by the type of their field: stricter than what saving refuses.

A check is `check(field, value, values, today)` and gives hits. Saving stays lenient on purpose (a number range may be
new, a colleague may know better); here somebody looks at it in peace.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import phonenumbers

from amity.engines.quality import made_up
from amity.engines.quality.reasons import Hit
from amity.foundation.core.text import fold
from amity.foundation.records.spec import Field, ObjectSpec, Values

Check = Callable[[Field, Any, Values, date], Iterator[Hit]]
OLDEST = 125  # years
SKIPPED = frozenset({"external_id", "tags", "owner"})
NAMES = frozenset({"first_name", "middle_name", "last_name", "name"})
UNASKED = frozenset({"prefix", "suffix", "nickname"})
BIRTHDAY = re.compile(r"birth|dogum|geburt|naissance|nacimiento")
TAX = re.compile(r"(^|_)(tax|vat|vergi|vkn)")
_domain = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+(?:[^\W\d_]{2,24}|xn--[a-z0-9-]{2,59})")
TYPOS = made_up.words(
    "gmial.com gmai.com gmal.com gmail.co gmail.con gmail.cm gnail.com gamil.com hotmial.com hotmai.com "
    "hotmal.com hotmail.con hotmail.co outlok.com outlook.con yaho.com yahoo.con yahooo.com iclod.com "
    "icloud.con"
)
TYPO_ENDS = (".con", ".cmo", ".ocm", ".comm", ".coom", ".vom", ".xom")
POSTCODES = {
    country: re.compile(shape)
    for country, shape in {
        "AT": r"\d{4}", "AU": r"\d{4}", "BE": r"\d{4}", "BR": r"\d{5}-?\d{3}", "CH": r"\d{4}", "CN": r"\d{6}",
        "CA": r"[A-Z]\d[A-Z] ?\d[A-Z]\d", "CZ": r"\d{3} ?\d{2}", "DE": r"\d{5}", "DK": r"\d{4}", "ES": r"\d{5}",
        "FI": r"\d{5}", "FR": r"\d{5}", "GR": r"\d{3} ?\d{2}", "IN": r"\d{3} ?\d{3}", "IT": r"\d{5}",
        "GB": r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|GIR ?0AA", "JP": r"\d{3}-?\d{4}", "MX": r"\d{5}",
        "NL": r"\d{4} ?[A-Z]{2}", "NO": r"\d{4}", "PL": r"\d{2}-?\d{3}", "PT": r"\d{4}-\d{3}", "RU": r"\d{6}",
        "SE": r"\d{3} ?\d{2}", "TR": r"(0[1-9]|[1-7]\d|8[01])\d{3}", "UA": r"\d{5}", "US": r"\d{5}(-\d{4})?",
    }.items()
}  # fmt: skip


def hits_of(spec: ObjectSpec, values: Values, today: date) -> list[Hit]:
    """Everything that one record says against itself."""
    found: dict[tuple[str, str], Hit] = {}
    for item, check in checks_of(spec):
        value = values.get(item.key)
        if value is not None:
            for hit in check(item, value, values, today):
                found.setdefault((hit.code, hit.field), hit)
    return list(found.values())


@lru_cache(maxsize=64)
def checks_of(spec: ObjectSpec) -> tuple[tuple[Field, Check], ...]:
    """The fields that can be looked at, with what looks at each. Names made of parts are looked at by their parts."""
    found = []
    for item in spec.fields:
        made = item.column == "title" and spec.title_parts
        check = (
            None if made or item.archived or item.key in SKIPPED or not item.stored else _check(spec, item)
        )
        if check is not None:
            found.append((item, check))
    return tuple(found)


def _check(spec: ObjectSpec, item: Field) -> Check | None:
    if item.key in UNASKED and item.key in spec.title_parts:
        return None
    if item.type.name == "text" and TAX.search(item.key):
        return _tax
    return CHECKS.get(item.type.name)


# --- by type ---------------------------------------------------------------------------------------------------


def _text(item: Field, value: Any, values: Values, today: date) -> Iterator[Hit]:
    name, title = item.key in NAMES and item.column != "title", item.column == "title"
    found = list(made_up.in_text(str(value), name=name, title=title))
    yield from (Hit(code, item.key, weight) for code, weight in found)
    if item.key == "first_name" and not found and _repeats_email(str(value), values):
        yield Hit("same_as_email", item.key, made_up.LIKELY)


def _repeats_email(name: str, values: Values) -> bool:
    """Whether a name that no name looks like is an address's local part."""
    bare = fold(name).replace(" ", "")
    odd = any(sign.isdecimal() for sign in bare) or made_up.unpronounceable(bare)
    emails = values.get("emails") or []
    return len(bare) > 3 and odd and any(bare == point["normal"].partition("@")[0] for point in emails)


def _email(item: Field, value: Any, values: Values, today: date) -> Iterator[Hit]:
    for point in value:
        host = point["normal"].rpartition("@")[2]
        if host in TYPOS or host.endswith(TYPO_ENDS):
            yield Hit("email_typo", item.key)
        elif not _domain.fullmatch(host):
            yield Hit("email_domain", item.key)
        yield from (Hit(code, item.key, weight) for code, weight in made_up.in_email(point["normal"]))


def _phone(item: Field, value: Any, values: Values, today: date) -> Iterator[Hit]:
    for point in value:
        yield from (Hit(code, item.key, weight) for code, weight in phone_faults(point["normal"]))


@lru_cache(maxsize=20_000)
def phone_faults(normal: str) -> tuple[tuple[str, int], ...]:
    try:
        number = phonenumbers.parse(normal, None)
    except phonenumbers.NumberParseException:
        return (("phone_length", made_up.SURE),)
    if not phonenumbers.is_possible_number(number):
        return (("phone_length", made_up.SURE),)
    national = str(phonenumbers.national_significant_number(number))
    found = tuple(made_up.in_phone(national))
    return found or (() if phonenumbers.is_valid_number(number) else (("phone_plan", made_up.WEAK),))


def _address(item: Field, value: Any, values: Values, today: date) -> Iterator[Hit]:
    for place in value:
        shape = POSTCODES.get(place.get("country", ""))
        code = place.get("postal_code", "").strip().upper()
        if shape and code and not shape.fullmatch(code.removeprefix(f"{place['country']}-")):
            yield Hit("postcode", item.key)
        for part in ("street", "city"):
            found = made_up.in_text(place.get(part, ""), name=False)
            yield from (Hit(code, item.key, weight) for code, weight in found if code != "counting")


def _url(item: Field, value: Any, values: Values, today: date) -> Iterator[Hit]:
    host = (urlsplit(str(value)).hostname or "").removeprefix("www.")
    if not _domain.fullmatch(host) and not re.fullmatch(r"[\d.]+|.*:.*", host):
        yield Hit("url_shape", item.key)
    elif host in made_up.HOSTS or made_up.keyboard_run(fold(host.partition(".")[0])):
        yield Hit("email_host", item.key)


def _date(item: Field, value: Any, values: Values, today: date) -> Iterator[Hit]:
    if not BIRTHDAY.search(fold(f"{item.key} {item.label}")):
        return
    day = date.fromisoformat(str(value)[:10])
    if day > today:
        yield Hit("future_birthday", item.key)
    elif day.year < today.year - OLDEST:
        yield Hit("old_birthday", item.key)


def _tax(item: Field, value: Any, values: Values, today: date) -> Iterator[Hit]:
    plain = "".join(sign for sign in fold(str(value)) if sign.isalnum())
    if plain.isdecimal() and (len(set(plain)) == 1 or counts_tax(plain)):
        yield Hit("counting" if len(set(plain)) > 1 else "same_sign", item.key)
    elif not 5 <= len(plain) <= 20 or not any(sign.isdecimal() for sign in plain):
        yield Hit("tax_number", item.key)


def counts_tax(plain: str) -> bool:
    return made_up.counts(plain, 5)


def _choice(item: Field, value: Any, values: Values, today: date) -> Iterator[Hit]:
    held = value if isinstance(value, list) else [value]
    if item.options and any(item.option(str(one)) is None for one in held):
        yield Hit("gone_option", item.key)


CHECKS: dict[str, Check] = {
    "text": _text, "email": _email, "phone": _phone, "address": _address, "url": _url, "date": _date,
    "choice": _choice, "multi_choice": _choice,
}  # fmt: skip
