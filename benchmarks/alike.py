"""People with known duplicates: 5 % are written a second time, with the errors that people make."""

from __future__ import annotations

from itertools import accumulate
from random import Random

from amity.engines.quality.matching import Entry
from benchmarks import data

SYLLABLES = data.words(
    "an bar cor del en fer gan hol is kel lin mor nes or pel quin ros san tor ul ver wen yar zal"
)
TOWNS = 400
SHARE = 0.05
# What goes wrong in a copy, and how often; a copy has one to three of these.
ERRORS = {
    "typo": 5, "swapped": 2, "initial": 2, "no_email": 4, "new_email": 3, "email_typo": 2, "no_phone": 4,
    "new_phone": 2, "phone_typo": 2, "no_birthday": 3, "no_company": 3, "no_place": 4, "moved": 1,
}  # fmt: skip


def surnames(count: int, chance: Random) -> list[str]:
    found = dict.fromkeys(name.lower() for name in data.LAST)
    while len(found) < count:
        found["".join(chance.choice(SYLLABLES) for _part in range(chance.choice((2, 3, 3, 4))))] = None
    return list(found)


def people(count: int) -> tuple[list[Entry], set[tuple[int, int]]]:
    """`count` entries in a random order of ids, and which pairs of ids are the same person."""
    chance = Random(11)
    maker = Maker(count, chance)
    copies = int(count * SHARE)
    entries = [maker.person(number) for number in range(count - copies)]
    truth: list[tuple[Entry, Entry]] = []
    told = [
        entry
        for entry in entries
        if sum(map(bool, (entry.email, entry.phone, entry.birthday, entry.place))) > 1
    ]
    for original in chance.sample(told, copies):
        copy = spoiled(original, chance, len(maker.firms))
        truth.append((original, copy))
        entries.append(copy)
    chance.shuffle(entries)
    for number, entry in enumerate(entries, start=1):
        entry.id = number
    return entries, {(min(a.id, b.id), max(a.id, b.id)) for a, b in truth}


class Maker:
    """Names, firms and towns as common as in life: the n-th most common has about an n-th of the first one's share."""

    def __init__(self, count: int, chance: Random) -> None:
        self.chance, self.taken = chance, set[str]()
        given = [f"{name}{end}".lower() for end in ("", "a", "o", "ina", "etta", "us") for name in data.FIRST]
        self.given, self.given_weights = given, zipf(len(given), 8)
        self.family = surnames(min(30_000, max(1000, count // 10)), chance)
        self.family_weights = zipf(len(self.family), 30)
        self.firms = range(max(20, count // 5))
        self.firm_weights = zipf(len(self.firms), 50)
        self.town_weights = zipf(TOWNS, 5)

    def person(self, number: int) -> Entry:
        chance = self.chance
        given = chance.choices(self.given, cum_weights=self.given_weights)[0]
        family = chance.choices(self.family, cum_weights=self.family_weights)[0]
        firm = chance.choices(self.firms, cum_weights=self.firm_weights)[0]
        entry = Entry(number, f"{given} {family}")
        if chance.random() < 0.8:
            entry.email = self.address(f"{given}.{family}", f"firm{firm}.example")
        if chance.random() < 0.8:
            entry.phone = f"+4420{chance.randrange(10_000_000, 99_999_999)}"
        if chance.random() < 0.7:
            entry.company = str(firm)
        if chance.random() < 0.6:
            day = f"{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"
            entry.birthday = f"19{chance.randrange(45, 99)}-{day}"
        if chance.random() < 0.8:
            town = chance.choices(range(TOWNS), cum_weights=self.town_weights)[0]
            street = chance.choice(self.family)
            entry.place = (
                f"bs{town}{chance.randrange(1, 9)} town{town} {chance.randrange(1, 300)} {street} street"
            )
        return entry

    def address(self, local: str, host: str) -> str:
        """Namesakes in one firm get a number."""
        number = 1
        while (found := f"{local}{number if number > 1 else ''}@{host}") in self.taken:
            number += 1
        self.taken.add(found)
        return found


def zipf(count: int, flat: int) -> list[float]:
    return list(accumulate(1 / (place + flat) for place in range(count)))


def spoiled(one: Entry, chance: Random, firms: int) -> Entry:
    copy = Entry(0, one.name, one.email, one.phone, one.company, one.birthday, one.place)
    wrong = chance.choices(list(ERRORS), list(ERRORS.values()), k=chance.choice((1, 2, 2, 3)))
    for error in wrong:
        if error == "typo":
            copy.name = typo(copy.name, chance)
        elif error == "swapped":
            copy.name = " ".join(reversed(copy.name.split()))
        elif error == "initial":
            head, _space, rest = copy.name.partition(" ")
            copy.name = f"{head[0]} {rest}"
        elif error == "new_email" and copy.email:
            copy.email = f"{one.name.split()[-1]}{chance.randrange(100)}@mail{chance.randrange(50)}.example"
        elif error == "email_typo" and copy.email:
            copy.email = typo(copy.email, chance)
        elif error == "new_phone" and copy.phone:
            copy.phone = f"+4477{chance.randrange(10_000_000, 99_999_999)}"
        elif error == "phone_typo" and copy.phone:
            copy.phone = copy.phone[:-3] + str(chance.randrange(10)) + copy.phone[-2:]
        elif error == "moved":
            copy.company = str(chance.randrange(firms))
        elif error.startswith("no_"):
            setattr(copy, error.removeprefix("no_"), "")
    return copy


def typo(text: str, chance: Random) -> str:
    """One letter left out, doubled, wrong, or two in the wrong order."""
    at = chance.randrange(1, max(2, len(text) - 1))
    kind = chance.randrange(4)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    if kind == 2:
        return text[:at] + chance.choice("aeioulnrst") + text[at + 1 :]
    return text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :]
