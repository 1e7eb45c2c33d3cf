"""Names of people as their own cultures build them. A family name may be missing; nothing typed is lost.

A *culture* is a language code such as `hu`, `vi`, `ta` or `ru`; empty means: go by the script.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from nameparser import Lexicon, Parser

MAX_NAME = 300
_FAMILY_FIRST = frozenset({"hu", "vi", "zh", "ja", "ko"})
_EAST_SLAVIC = frozenset({"ru", "uk", "be"})


class NameParts(NamedTuple):
    """One name. `middle` holds middle names and patronymics; `suffix` what stands behind: Jr., PhD."""

    prefix: str = ""
    first: str = ""
    middle: str = ""
    last: str = ""
    suffix: str = ""
    nickname: str = ""


_HONORIFICS = frozenset(
    [
        "bay",
        "bayan",
        "sayın",
        "sn",
        "thiru",
        "tmt",
        "thirumathi",
        "selvi",
        "sri",
        "shri",
        "smt",
        "திரு",
        "திருமதி",
    ]
)
_TITLES = frozenset(["uzm", "öğr", "gör", "doç", "op", "frau", "herr", "г-н", "г-жа", "господин", "госпожа"])
_CULTURE_WORDS = frozenset(["ap", "ferch", "verch", "ab"])


@lru_cache(maxsize=1)
def _lexicon() -> Lexicon:
    from nameparser import Lexicon  # takes long to import, and only names typed whole need it

    known = Lexicon.default()
    known = known.remove(titles={"ab"} & known.titles, maiden_markers=known.maiden_markers)
    return known.add(titles=_HONORIFICS | _TITLES, given_name_titles=_HONORIFICS, particles=_CULTURE_WORDS)


@lru_cache(maxsize=64)
def _parser(culture: str, cyrillic: bool) -> Parser:
    from nameparser import FAMILY_FIRST, FAMILY_FIRST_GIVEN_LAST, Parser, Policy, locales, parser_for

    policy = Policy(strip_emoji=False, two_family_names=culture == "es")
    if culture in _FAMILY_FIRST:
        order = FAMILY_FIRST_GIVEN_LAST if culture == "vi" else FAMILY_FIRST
        policy = Policy(strip_emoji=False, name_order=order)
    packs = [locales.RU, locales.TR_AZ] if cyrillic or culture in _EAST_SLAVIC else []
    return parser_for(*packs, base=Parser(_lexicon(), policy))


@lru_cache(maxsize=1)
def _special_words() -> frozenset[str]:
    """Words that mean more than themselves in a name: titles, particles, suffixes."""
    lexicon = _lexicon()
    lists = (
        lexicon.titles, lexicon.given_name_titles, lexicon.suffix_acronyms, lexicon.suffix_words,
        lexicon.suffix_acronyms_ambiguous, lexicon.particles, lexicon.particles_ambiguous,
        lexicon.conjunctions, lexicon.conjunctions_ambiguous, lexicon.bound_given_names,
        lexicon.honorific_tails, lexicon.after_given_titles,
    )  # fmt: skip
    return frozenset().union(*lists)


_capitalised = r"[A-ZÀ-ÖØ-ÞÇĞİŞČĐŁŚŠŹŻŽ][a-zß-öø-ÿ\u0100-\u017f]{1,30}"
_plain_name = re.compile(rf"{_capitalised} {_capitalised}(?: {_capitalised})?")
_cyrillic = re.compile(r"[\u0400-\u052f]")
_tamil = re.compile(r"[\u0b80-\u0bff]")
_east_asian = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff々・\U00020000-\U0003ffff]+"
)
_initials = re.compile(r"(?:[^\W\d_][^\s.]{0,3}\.\s?)+")


def parse_name(full: str, *, culture: str = "") -> NameParts:
    """The parts of a name typed in one go. Case stays as typed; a single name is the first name."""
    text = " ".join(full.split())
    if not culture and _plain_name.fullmatch(text):
        words = text.split()
        if _special_words().isdisjoint(word.lower() for word in words):
            return NameParts(first=words[0], middle=" ".join(words[1:-1]), last=words[-1])
    return _parse_unusual(text, culture.partition("-")[0].partition("_")[0].lower())


@lru_cache(maxsize=8192)
def _parse_unusual(text: str, culture: str) -> NameParts:
    if len(text) > MAX_NAME or not text:
        return NameParts(first=text)
    if _east_asian.fullmatch(text):
        return _parse_east_asian(text, culture)
    cyrillic = bool(_cyrillic.search(text))
    found = _parser(culture, cyrillic).parse(text)
    parts = NameParts(found.title, found.given, found.middle, found.family, found.suffix, found.nickname)
    if _letters("".join(parts)) != _letters(text) or not any(parts[1:4]):
        return NameParts(first=text)
    if culture == "ta" or _tamil.search(text):
        return _with_initials_as_family(parts)
    return _with_family_behind(parts) if cyrillic and "," not in text else parts


def _letters(text: str) -> list[str]:
    return sorted(filter(str.isalnum, text))


def _with_initials_as_family(parts: NameParts) -> NameParts:
    """R. Murugan: the given name is Murugan, R. stands for the father's."""
    before = f"{parts.first} {parts.middle}".strip()
    if parts.last and _initials.fullmatch(before):
        return parts._replace(first=parts.last, middle="", last=before)
    return parts


_slavic_family = re.compile(r"\w{2,}(?:ов|ова|ев|ева|ёв|ёва|ский|ская|цкий|цкая|енко|швили)", re.IGNORECASE)


def _with_family_behind(parts: NameParts) -> NameParts:
    """Петрова Анна: an unmistakable family name that was typed first."""
    swapped = not parts.middle and _slavic_family.fullmatch(parts.first) and parts.first.casefold() != "яков"
    if swapped and parts.last and not _slavic_family.fullmatch(parts.last):
        return parts._replace(first=parts.last, last=parts.first)
    return parts


_COMPOUND_NAMES = (
    "欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 东方 東方 皇甫 尉迟 尉遲 公孙 公孫 慕容 司徒 令狐 夏侯 宇文 长孙 "
    "長孫 端木 独孤 獨孤 南宫 南宮 西门 西門 鲜于 鮮于 闻人 聞人 남궁 황보 제갈 선우 독고 사공 서문 동방"
)
_COMPOUND = frozenset(_COMPOUND_NAMES.split())
_kana = re.compile(r"[\u3040-\u30ff]")
_hangul = re.compile(r"[\uac00-\ud7af]+")


def _parse_east_asian(text: str, culture: str) -> NameParts:
    """A name without a space. Where the family name ends cannot be told, the whole is the family name."""
    size = 2 if text[:2] in _COMPOUND and len(text) > 2 else 1
    if culture == "ja" or _kana.search(text) or "・" in text:
        size = 2 if culture == "ja" and len(text) == 4 and "・" not in text else len(text)
    elif size == 1 and not 2 <= len(text) <= 3 and not (len(text) == 4 and _hangul.fullmatch(text)):
        size = len(text)
    return NameParts(last=text[:size], first=text[size:])


def full_name(parts: NameParts, *, culture: str = "") -> str:
    """The name in the order of its culture; East Asian scripts are written without spaces.

    The nickname stands for the name only where there is nothing else.
    """
    culture = culture.partition("-")[0].partition("_")[0].lower()
    if _east_asian.fullmatch(parts.last + parts.middle + parts.first):
        return _joined(parts.prefix, parts.last + parts.middle + parts.first, parts.suffix)
    return _joined(parts.prefix, *_ordered(parts, culture), parts.suffix) or parts.nickname


def _ordered(parts: NameParts, culture: str) -> tuple[str, ...]:
    if culture == "vi":
        return parts.last, parts.middle, parts.first
    by_initials = _initials.fullmatch(parts.last) and (culture == "ta" or _tamil.search(parts.first))
    formal = culture in _EAST_SLAVIC and parts.middle
    if culture in _FAMILY_FIRST or by_initials or formal:
        return parts.last, parts.first, parts.middle
    return parts.first, parts.middle, parts.last


def _joined(*words: str) -> str:
    return " ".join(filter(None, words))


_BEHIND = frozenset(
    {"jr", "sr", "ii", "iii", "iv", "phd", "md", "esq", "ltd", "gmbh", "inc", "llc", "aş", "ооо"}
)


@lru_cache(maxsize=8192)
def initials(title: str, language: str = "") -> str:
    """One or two capitals for a badge, as readers of `language` write them: Turkish i becomes İ.

    A letter keeps its vowel signs, which two letters would have no room for: முருகன் ராஜா gives மு.
    """
    words = [word for word in title.split() if any(map(str.isalnum, word))]
    while len(words) > 2 and words[-1].strip(".,()").lower() in _BEHIND:
        words.pop()
    if not words:
        return ""
    if _east_asian.fullmatch(words[0]):
        return words[0][0]
    ends = words if len(words) < 3 else (words[0], words[-1])
    letters = [_first_letter(word, language) for word in ends]
    return letters[0] if len("".join(letters)) > 3 else "".join(letters)


def _first_letter(word: str, language: str) -> str:
    start = next(place for place, char in enumerate(word) if char.isalnum())
    end = start + 1
    while end < len(word) and unicodedata.category(word[end])[0] == "M":
        end += 1
    letter = word[start:end]
    if letter == "i" and language.startswith(("tr", "az")):
        return "İ"
    upper = letter.upper()
    return upper if len(upper) == len(letter) else letter
