"""Which records are the same: candidates by shared keys, weights learned without examples (Fellegi and Sunter).

A pair of fields agrees on some level. `m` is how often that happens between two records of one person, learned by
expectation and maximisation over all candidates; `u` how often between any two records, counted: of a shared value
it is the value's own share, so that a rare name says more than a common one. Nothing here knows the database.
"""

from __future__ import annotations

import math
import random
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

EXACT, CLOSE, HALF, APART = 3, 2, 1, 0
MISSING = -1
GROUP = 30  # records under one key; larger groups are split by what else is known
ROUNDS = 12
# Among few records a shared value looks common; these stand for people one has not met, by field.
UNMET = (300, 5000, 3000, 20, 1000, 50)
# And where hardly anybody else has it: two who alone share an e-mail or a phone do so by no chance.
RARE = (2000, 1_000_000, 100_000, 20, 1000, 50)
FEW_BITS = 2  # up to three holders
SAMPLE = 100_000
FIELDS = ("name", "email", "phone", "company", "birthday", "place")
NAME, EMAIL, PHONE, COMPANY, BIRTHDAY, PLACE = range(6)
Pattern = tuple[tuple[int, int], ...]  # per field: level, and how common the shared value is


@dataclass(slots=True)
class Entry:
    """What is compared of one record; texts are folded, several points stand with a space between them."""

    id: int
    name: str = ""
    email: str = ""
    phone: str = ""
    company: str = ""
    birthday: str = ""
    place: str = ""


@dataclass
class Pair:
    first: int
    second: int
    chance: float
    reasons: list[str]


# --- candidates --------------------------------------------------------------------------------------------


def _words(text: str) -> list[str]:
    return text.split()


def _whole_names(entry: Entry) -> list[str]:
    return [" ".join(sorted(entry.name.split()))] if entry.name else []


def _half_names(entry: Entry) -> list[str]:
    """Each word of a name with the first letters of the others: one of them survives a typing error."""
    words = entry.name.split()
    if len(words) < 2:
        return [words[0][:4]] if words else []
    initials = sorted(word[0] for word in words)
    return [
        f"{word} {initials[0]}{initials[-1]}"
        for word in {min(words), max(words, key=len), max(words)}
        if len(word) > 1
    ]


def _local_parts(entry: Entry) -> list[str]:
    return [part for part in (point.partition("@")[0] for point in entry.email.split()) if len(part) > 4]


def _numbers(entry: Entry) -> list[str]:
    return [point[-7:] for point in entry.phone.split()]


def _born(entry: Entry) -> list[str]:
    return [f"{entry.birthday} {entry.name[:1]}"] if entry.birthday else []


KEYS: tuple[Callable[[Entry], list[str]], ...] = (
    lambda entry: _words(entry.email), _numbers, _whole_names, _half_names, _local_parts, _born,
)  # fmt: skip
SPLITS: tuple[Callable[[Entry], str], ...] = (
    lambda entry: entry.birthday, lambda entry: entry.company, lambda entry: entry.place,
    lambda entry: entry.name,
)  # fmt: skip


def candidates(entries: Sequence[Entry]) -> set[int]:
    """Places of records worth comparing, as `first * len(entries) + second`."""
    size, found = len(entries), set[int]()
    for keys in KEYS:
        for group in _groups(entries, range(size), keys):
            if len(group) == 2:  # most are
                found.add(group[0] * size + group[1])
                continue
            for small in _split(entries, group):
                found.update(a * size + b for n, a in enumerate(small) for b in small[n + 1 :])
    return found


def _groups(
    entries: Sequence[Entry], places: Iterable[int], keys: Callable[[Entry], list[str]]
) -> Iterator[list[int]]:
    seen: dict[str, Any] = {}
    for place in places:
        for key in keys(entries[place]):
            have = seen.get(key)
            if have is None:
                seen[key] = place
            elif isinstance(have, list):
                have.append(place)
            else:
                seen[key] = [have, place]
    return (group for group in seen.values() if isinstance(group, list))


def _split(entries: Sequence[Entry], group: list[int]) -> Iterator[list[int]]:
    if len(group) <= GROUP:
        yield group
        return
    for split in SPLITS:
        for small in _groups(entries, group, lambda entry, by=split: [by(entry)] if by(entry) else []):  # type: ignore[misc]
            if len(small) <= GROUP:
                yield small


# --- comparing ---------------------------------------------------------------------------------------------


class Comparer:
    """Levels of agreement of two records; how common each value is was counted over all of them."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.size = max(2, len(entries))
        self.common: list[Counter[str]] = [Counter() for _field in FIELDS]
        for entry in entries:
            self.common[NAME][entry.name] += 1
            self.common[COMPANY][entry.company] += 1
            self.common[BIRTHDAY][entry.birthday] += 1
            self.common[PLACE][entry.place] += 1
            self.common[EMAIL].update(entry.email.split())
            self.common[PHONE].update(entry.phone.split())

    def sound(self, one: Entry, two: Entry) -> bool:
        """A family shares phone and address, an office its e-mail: other names are other people, unless both agree."""
        if not one.name or not two.name or one.name == two.name or _names(one.name, two.name) != APART:
            return True
        return _meet(one.email, two.email) and _meet(one.phone, two.phone)

    def pattern(self, one: Entry, two: Entry) -> Pattern:
        name, email = (
            self._of(NAME, one.name, two.name, _names),
            self._points(EMAIL, one.email, two.email, _emails),
        )
        if email[0] in (CLOSE, HALF) and name[0] > APART and _made_of(one.email, one.name):
            email = MISSING, 0  # namesakes have like addresses, because those are made of their names
        return (
            name,
            email,
            self._points(PHONE, one.phone, two.phone, _phones),
            self._of(COMPANY, one.company, two.company, _never),
            self._of(BIRTHDAY, one.birthday, two.birthday, _dates),
            self._of(PLACE, one.place, two.place, _places),
        )

    def _of(self, which: int, one: str, two: str, alike: Callable[[str, str], int]) -> tuple[int, int]:
        if not one or not two:
            return MISSING, 0
        if one == two:
            return EXACT, self.common[which][one].bit_length()
        return alike(one, two), 0

    def _points(self, which: int, one: str, two: str, alike: Callable[[str, str], int]) -> tuple[int, int]:
        if not one or not two:
            return MISSING, 0
        if one == two and " " not in one:
            return EXACT, self.common[which][one].bit_length()
        mine, theirs = one.split(), two.split()
        shared = [point for point in mine if point in theirs]
        if shared:
            return EXACT, min(self.common[which][point].bit_length() for point in shared)
        return max(alike(a, b) for a in mine for b in theirs), 0

    def share(self, which: int, bits: int) -> float:
        """How often any two records share a value as common as this, were there `UNMET` (or `RARE`) more of them."""
        unmet = (RARE if bits <= FEW_BITS else UNMET)[which]
        return min(0.5, 0.75 * float(1 << bits) / (self.size + unmet))


def _meet(one: str, two: str) -> bool:
    return bool(one) and (one == two or not set(one.split()).isdisjoint(two.split()))


@lru_cache(maxsize=1 << 12)
def _names(one: str, two: str) -> int:
    ratio = fuzz.token_sort_ratio(one, two, score_cutoff=78)
    if ratio >= 90:
        return CLOSE
    first, second = sorted((one.split(), two.split()), key=len)
    left = list(second)
    for word in first:
        fits = next((other for other in left if other.startswith(word) or word.startswith(other)), None)
        if fits is None:
            return HALF if ratio >= 78 else APART
        left.remove(fits)
    return HALF


def _emails(one: str, two: str) -> int:
    mine, theirs = one.partition("@")[0], two.partition("@")[0]
    if mine == theirs and len(mine) > 4:
        return CLOSE
    if OSA.distance(one, two, score_cutoff=2) > 2 or digits(one) != digits(
        two
    ):  # ana2@ is another than ana3@
        return APART
    return HALF


def _made_of(email: str, name: str) -> bool:
    return any(len(word) > 2 and word in email for word in name.split())


def digits(text: str) -> str:
    return "".join(filter(str.isdecimal, text))


def _phones(one: str, two: str) -> int:
    if one[-7:] == two[-7:]:
        return CLOSE
    return HALF if OSA.distance(one, two, score_cutoff=1) <= 1 else APART


def _dates(one: str, two: str) -> int:
    same = sum(a == b for a, b in zip(one.split("-"), two.split("-"), strict=False))
    return HALF if same == 2 or sorted(one) == sorted(two) else APART


def _places(one: str, two: str) -> int:
    return HALF if fuzz.ratio(one, two) >= 85 else APART


def _never(one: str, two: str) -> int:
    return APART


# --- learning ----------------------------------------------------------------------------------------------


@dataclass
class Weights:
    """`m` and `u` per field and level, and how many pairs are matches among all `possible` ones."""

    m: list[dict[int, float]]
    u: list[dict[int, float]]
    matches: float
    possible: float
    share: Callable[[int, int], float] = field(repr=False)

    def chance(self, pattern: Pattern) -> float:
        """How probable it is that a pair with this pattern is one and the same."""
        odds = math.log(max(self.matches, 0.5) / self.possible)
        for which, (level, bits) in enumerate(pattern):
            if level != MISSING:
                u = self.share(which, bits) if level == EXACT else self.u[which][level]
                odds += math.log(self.m[which][level] / u)
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, odds))))


START = {EXACT: 0.8, CLOSE: 0.1, HALF: 0.06, APART: 0.04}


def learn(patterns: Counter[Pattern], comparer: Comparer, entries: Sequence[Entry]) -> Weights:
    """Weights that explain the candidates best. Starts from what is usual, and stays near it where little is known."""
    possible = comparer.size * (comparer.size - 1) / 2
    weights = Weights(
        [dict(START) for _one in FIELDS], _by_chance(comparer, entries), 1.0, possible, comparer.share
    )
    weights.matches = max(1.0, sum(count for pattern, count in patterns.items() if _plain(pattern)))
    for _round in range(ROUNDS):
        seen = [{level: 20 * start for level, start in START.items()} for _one in FIELDS]
        matches = 0.0
        for pattern, count in patterns.items():
            expected = weights.chance(pattern) * count
            matches += expected
            for which, (level, _bits) in enumerate(pattern):
                if level != MISSING:
                    seen[which][level] += expected
        weights.matches = matches
        weights.m = [{level: number / sum(one.values()) for level, number in one.items()} for one in seen]
    return weights


def _by_chance(comparer: Comparer, entries: Sequence[Entry]) -> list[dict[int, float]]:
    """Levels between records taken at random, which are hardly ever the same."""
    chance = random.Random(7)  # noqa: S311  the same sample each time
    seen: list[Counter[int]] = [Counter() for _field in FIELDS]
    for _turn in range(min(SAMPLE, 20 * len(entries))):
        one, two = chance.choice(entries), chance.choice(entries)
        if one is not two:
            for which, (level, _bits) in enumerate(comparer.pattern(one, two)):
                seen[which][level] += 1
    found = []
    for counted in seen:
        known = sum(number for level, number in counted.items() if level != MISSING) + 4
        found.append({level: (counted[level] + 0.25) / known for level in START})
    return found


def _plain(pattern: Pattern) -> bool:
    """Pairs that anybody would call the same: to begin with."""
    return pattern[NAME][0] >= CLOSE and (pattern[EMAIL][0] == EXACT or pattern[PHONE][0] == EXACT)


# --- the whole ---------------------------------------------------------------------------------------------


def find_pairs(
    entries: Sequence[Entry], least: float, tell: Callable[[int, int], None] = lambda done, total: None
) -> list[Pair]:
    """Pairs that are the same with a chance of `least` or more. `tell(done, total)` hears how far it is."""
    comparer, size = Comparer(entries), len(entries)
    if size < 2:
        return []
    wanted = sorted(candidates(entries))
    places, patterns = array("q"), list[Pattern]()
    known: dict[Pattern, Pattern] = {}
    for number, place in enumerate(wanted):
        one, two = entries[place // size], entries[place % size]
        if comparer.sound(one, two):
            found = comparer.pattern(one, two)
            patterns.append(known.setdefault(found, found))
            places.append(place)
        if number % 20_000 == 0:
            tell(number, len(wanted))
    weights = learn(Counter(patterns), comparer, entries)
    chances = {pattern: weights.chance(pattern) for pattern in known}
    return [
        Pair(entries[place // size].id, entries[place % size].id, chances[pattern], reasons(pattern))
        for place, pattern in zip(places, patterns, strict=True)
        if chances[pattern] >= least
    ]


def reasons(pattern: Pattern) -> list[str]:
    """What speaks for it, by field: `email`, or `email~` where it is only alike."""
    return [
        FIELDS[which] + ("" if level == EXACT else "~")
        for which, (level, _bits) in enumerate(pattern)
        if level > APART
    ]
