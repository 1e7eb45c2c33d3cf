"""What a single text says about itself: was it typed to get past a field? Nothing here knows the database.

Each function gives `(code, weight)` pairs. False alarms are worse than misses: what a real name, firm or number
might look like weighs less than `ENOUGH`, and needs company.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from amity.foundation.core.text import fold

Found = Iterator[tuple[str, int]]
SURE, LIKELY, WEAK = 100, 60, 40
# Folded, as all texts here are: Turkish Q and F beside the Latin layouts.
ROWS = (
    "qwertyuiopgu", "asdfghjklsi", "zxcvbnmoc", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn",
    "fggiodrnhpqw", "uieautkmlysx", "jovcczsb", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю",
)  # fmt: skip
RUNS = tuple(row for forth in ROWS for row in (forth, forth[::-1]))
LONG_RUN, WHOLE_RUN, UNIT = 5, 4, 3


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FILLERS = words(
    "test tests testing tester deneme denemedir dummy foobar lorem sample ornek fake asdf qwerty unknown "
    "bilinmiyor bilinmeyen noname isimsiz tbd todo blah blabla anonymous"
)
NOTHING = frozenset({"n/a", "none", "yok", "no name", "not known", "no email", "-yok-", "k.a.", "unbekannt"})
HALF_FILLERS = words("user kullanici customer musteri null name isim surname soyad soyisim")
NO_MAILBOX = words("noemail nomail no none yok emailyok mailyok na nope noone nobody xxx")
HOSTS = words(
    "test.com test.test deneme.com asdf.com asd.com aaa.com xxx.com xyz.com qwe.com qwerty.com "
    "mail.mail email.email a.com none.com no.com yok.com fake.com noemail.com nomail.com"
)
ROMAN = frozenset({"iii"})
_words = re.compile(r"[^\W\d_]+")
_vowels = frozenset("aeiouy")


def in_text(text: str, *, name: bool, title: bool = False) -> Found:
    """Of a field of words. `name`: part of a person's name, where short and odd is not rare; `title`: names a thing."""
    folded = fold(text)
    plain = "".join(sign for sign in folded if sign.isalnum())
    if not plain:
        if folded:
            yield "no_letters", SURE
        return
    if len(plain) > 2 and len(set(plain)) == 1 and plain not in ROMAN:
        yield "same_sign", SURE if len(plain) > 3 or plain in ("xxx", "000") or plain.isdecimal() else LIKELY
        return
    if folded in NOTHING:
        yield "filler_word", LIKELY if name and folded.isalpha() else SURE
        return
    yield from _of_words(_words.findall(folded), plain, name=name, title=title)
    if plain.isdecimal() and counts(plain, 4):
        yield "counting", SURE if len(plain) > 4 else LIKELY
    elif not name and len(plain) > 3 and plain in "abcdefghijklmnop":
        yield "counting", LIKELY


def _of_words(words: list[str], plain: str, *, name: bool, title: bool) -> Found:
    runs = [word for word in words if keyboard_run(word)]
    if runs:
        yield "keyboard", SURE if len("".join(runs)) * 2 >= len(plain) else LIKELY
        return
    fillers = [word for word in words if word in FILLERS]
    if fillers and len(fillers) == len(words):
        yield "filler_word", SURE if title or len(words) > 1 else LIKELY
    elif len(words) == 1 and words[0] in HALF_FILLERS:
        yield "filler_word", WEAK
    elif name and any(unpronounceable(word) for word in words):
        yield "rubbish", LIKELY


def keyboard_run(word: str) -> bool:
    """Letters along one row of keys: five of a word, four that are all of it, or three typed again and again."""
    if len(word) < UNIT:
        return False
    if word in ("asd", "qwe", "zxc", "йцу", "фыв"):
        return True
    if len(word) == WHOLE_RUN and any(word in row for row in RUNS):
        return True
    for size in (3, 4):
        unit = word[:size]
        again = (unit * (len(word) // size + 1))[: len(word)]
        if len(word) >= 2 * size and word == again and any(unit in row for row in RUNS):
            return True
    pieces = (word[at : at + LONG_RUN] for at in range(len(word) - LONG_RUN + 1))
    return any(piece in row for piece in pieces for row in RUNS)


def unpronounceable(word: str) -> bool:
    """Five Latin letters or more without a vowel; German and Polish names are full of consonants, but have one."""
    return len(word) > 4 and word.isascii() and not _vowels & set(word)


def counts(digits: str, least: int) -> bool:
    """1234…, 4321…, or the same going past 9: 7890."""
    if len(digits) < least:
        return False
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(digits)}
    return steps in ({1}, {9})


def in_phone(national: str) -> Found:
    """Of a number's digits without the country: seven alike in a row, or an end that counts."""
    tail = national[-7:]
    alike = re.search(r"(\d)\1{6}", national) or (len(tail) > 5 and len(set(tail)) == 1)
    if alike or any(counts(national[at : at + 7], 7) for at in range(max(1, len(national) - 6))):
        yield "phone_digits", SURE
    elif len(national) > 7 and re.fullmatch(r"(\d\d)\1{3,}\d?", national[-8:]):
        yield "phone_digits", LIKELY


def in_email(email: str) -> Found:
    local, _sign, host = fold(email).rpartition("@")
    bare = "".join(sign for sign in local if sign.isalnum())
    if host in HOSTS:
        yield "email_host", SURE if len(bare) < 4 or bare in FILLERS | NO_MAILBOX else 80
    elif bare and bare == host.partition(".")[0] and len(bare) < 4:
        yield "email_host", SURE if len(bare) == 1 else WEAK
    if bare in NO_MAILBOX or not bare:
        yield "filler_word", SURE
    elif len(bare) > 2 and len(set(bare)) == 1:
        yield "same_sign", SURE
    elif any(keyboard_run(word) for word in _words.findall(local)):
        yield "keyboard", SURE
    elif bare.rstrip("0123456789") in FILLERS:
        yield "filler_word", LIKELY
