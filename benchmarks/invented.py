"""People of whom it is known who was invented: 2 % are, as people in a hurry do it; one in ten of them past finding."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from amity.engines.quality.radar import Typed
from benchmarks import alike, data

SHARE = 0.02
TYPISTS, LAZY = 20, 21
KINDS = ("mashed", "test", "nobody", "phone", "mail", "lazy", "plausible")
WEIGHTS = (20, 20, 10, 15, 15, 10, 10)
MASHED = data.words("asdf asdfg qwerty qweqwe sdfsdf jklş zxcvb asdasd dfgdfg hjkl lkjhg")
FILLERS = data.words("test deneme xxx aaaa dummy unknown bilinmiyor asdf ...")
NUMBERS = data.words("+905555555555 +442011111111 +441234567890 +902120000000 +442012345678")
MAILS = data.words("asd@asd.com noemail@gmail.com aaa@aaa.com yok@yok.com qwerty@gmail.com test@test.com")
# Real people whose names or dates look odd.
ODD = (
    ("Anna", "Test"),
    ("Wei", "Ng"),
    ("Jo", "Yok"),
    ("K.", "Ilango"),
    ("Null", "Weber"),
    ("Jürgen", "Hirschsprung"),
)
ODDS, FIRST_DAYS = 0.01, 0.08


def people(count: int) -> tuple[list[Typed], set[int]]:
    """`count` records in the order they were typed, and the ids of the invented ones."""
    chance = Random(7)
    maker = alike.Maker(count, chance)
    at = datetime(2026, 1, 5, 8, tzinfo=UTC)
    found, truth = [], set[int]()
    for number in range(1, count + 1):
        at += timedelta(seconds=chance.randrange(5, 60))
        values = _real(maker, chance)
        by = chance.randrange(1, TYPISTS + 1)
        if chance.random() < SHARE:
            truth.add(number)
            kind = chance.choices(KINDS, WEIGHTS)[0]
            values |= _invented(kind, chance)
            by = LAZY if kind == "lazy" else by
        found.append(Typed(number, by, at, values))
    return found, truth


def _real(maker: alike.Maker, chance: Random) -> dict[str, object]:
    first = chance.choices(maker.given, cum_weights=maker.given_weights)[0].title()
    last = chance.choices(maker.family, cum_weights=maker.family_weights)[0].title()
    if chance.random() < ODDS:
        first, last = chance.choice(ODD)
    day = (
        "01-01"
        if chance.random() < FIRST_DAYS
        else f"{chance.randrange(1, 13):02d}-{chance.randrange(2, 29):02d}"
    )
    return {
        "first_name": first,
        "last_name": last,
        "emails": _points(maker.address(f"{first}.{last}".lower(), f"firm{chance.randrange(500)}.example")),
        "phones": _points(f"+44207{chance.randrange(1_000_000, 9_999_999)}"),
        "birthday": f"19{chance.randrange(45, 99)}-{day}" if chance.random() < 0.5 else None,
        "job_title": chance.choice(("Buyer", "Nurse", "Teacher", "Driver", None)),
    }


def _invented(kind: str, chance: Random) -> dict[str, object]:
    if kind == "mashed":
        return {"first_name": chance.choice(MASHED), "last_name": chance.choice(MASHED)}
    if kind == "test":
        return {"first_name": chance.choice(FILLERS), "last_name": chance.choice(FILLERS)}
    if kind == "nobody":
        return {"first_name": "-", "last_name": "xxx"}
    if kind == "phone":
        return {"phones": _points(chance.choice(NUMBERS))}
    if kind == "mail":
        return {"emails": _points(chance.choice(MAILS))}
    if kind == "lazy":
        return {"birthday": "1980-01-01", "phones": _points("+442079460018")}
    return {}


def _points(value: str) -> list[dict[str, str]]:
    return [{"value": value, "label": "", "normal": value}]
