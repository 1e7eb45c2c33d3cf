"""Guesses the encoding of a text file from samples of its bytes.

charset-normalizer mistakes short Turkish and Russian files (cp1254, cp1251) for Western or Asian ones, so
alphabets are scored here first, and it is asked only about what remains.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from amity.foundation.records.importing.text import ENCODINGS

_CYRILLIC = ("cp1251", "koi8-r", "cp866", "iso-8859-5")
_COMMON_CYRILLIC = frozenset("оеаинтсрвлкмдпуОЕАИНТСРВЛКМДПУіІїЇєЄ")
_HIGH = re.compile(rb"[\x80-\xff]+")
_MULTI_BYTE = ("cp932", "euc-kr", "big5", "gb18030")
# Turkish ğ ı ş Ğ İ Ş stand where Western code pages have Icelandic ð ý þ Ð Ý Þ.
_TURKISH = re.compile(rb"[\xd0\xdd\xde\xf0\xfd\xfe]")
_ICELANDIC = re.compile(rb"[\xe1\xe6\xed\xf3\xfa\xc1\xc6\xcd\xd3\xda]")
# In the middle of a word these are Polish letters; elsewhere in Western code pages they are signs.
_POLISH = re.compile(rb"(?<=[A-Za-z])[\xb3\xb9\xbf\x9f]|[\xa3\xaf\x8c](?=[a-z])")
_WESTERN = frozenset("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüŠšŽžŒœŸÿÝýŴŵŶŷ")


def guess_encoding(head: bytes, windows: Sequence[bytes] = ()) -> str:
    """A codec name out of `ENCODINGS`; windows are samples from further on in the same file."""
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    zeros = head[1:2000:2].count(0), head[0:2000:2].count(0)
    if max(zeros) > len(head[:2000]) // 6:
        return "utf-16-le" if zeros[0] > zeros[1] else "utf-16-be"
    whole = b"\n".join((head, *windows))
    if _is_utf8(whole):
        return "utf-8"
    return _legacy(whole)


def _is_utf8(data: bytes) -> bool:
    """Valid, or all but a few damaged places. Samples may begin and end within a character."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\N{REPLACEMENT CHARACTER}")
    if not broken:
        return True
    good = len(data.decode("utf-8", "ignore")) - len(re.sub(rb"[\x80-\xff]", b"", data))
    return good > 4 * broken


def _legacy(data: bytes) -> str:
    """Whole words of high bytes mean a foreign alphabet; single ones among letters mean accents."""
    runs = _HIGH.findall(data)
    long = sum(len(run) for run in runs if len(run) > 2)
    single = sum(len(run) for run in runs if len(run) <= 2)
    if long > single:
        return _alphabet(data, runs) or _ask(data) or "cp1252"
    if _is_turkish(data):
        return "cp1254"
    if len(_POLISH.findall(data)) > len(runs) // 10:
        return "cp1250"
    accents = b"".join(runs).decode("cp1252", "replace")
    if sum(letter in _WESTERN for letter in accents) > len(accents) * 0.6:
        return "cp1252"
    return _alphabet(data, runs) or _ask(data) or "cp1252"


def _is_turkish(data: bytes) -> bool:
    turkish = len(_TURKISH.findall(data))
    return turkish > 0 and turkish >= len(_ICELANDIC.findall(data))


def _alphabet(data: bytes, runs: list[bytes]) -> str | None:
    """Cyrillic by its frequent letters, East Asian by kana, Hangul and everyday characters."""
    high = b" ".join(runs)
    scores = {codec: _cyrillic_score(high.decode(codec, "replace")) for codec in _CYRILLIC}
    best = max(scores, key=lambda codec: scores[codec])
    if scores[best] > 0.6:
        return best
    asian = {codec: _asian_score(data, codec) for codec in _MULTI_BYTE}
    best = max(asian, key=lambda codec: asian[codec])
    return best if asian[best] > 0.5 else None


def _cyrillic_score(text: str) -> float:
    """Share of frequent letters; a capital after a small letter speaks against the code page."""
    letters = text.replace(" ", "")
    common = sum(letter in _COMMON_CYRILLIC for letter in letters)
    turned = sum(a.islower() and b.isupper() for a, b in pairwise(text))
    return (common - 2 * turned) / max(1, len(letters))


def _asian_score(data: bytes, codec: str) -> float:
    text = data.decode(codec, "replace")
    foreign = [sign for sign in text if sign > "\x7f"]
    broken = text.count("\N{REPLACEMENT CHARACTER}")
    kana = sum("\u3040" <= sign <= "\u30ff" for sign in foreign)
    hangul = sum("\uac00" <= sign <= "\ud7a3" for sign in foreign)
    common = sum(sign in "的有公司王李张陳陈市中国國北上海路街号號一人大先生女士" for sign in foreign)
    told = {"cp932": kana, "euc-kr": hangul}.get(codec, 4 * common)
    return (told - 10 * broken) / max(1, len(foreign))


def _ask(data: bytes) -> str | None:
    from charset_normalizer import from_bytes  # takes long to import, seldom needed

    found = from_bytes(data[: 1 << 16], cp_isolation=list(ENCODINGS)).best()
    name = found.encoding.replace("_", "-") if found else ""
    return name if name in ENCODINGS else None
