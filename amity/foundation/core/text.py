"""Text as people write it: folded for search, cleaned for storage, guarded for spreadsheets."""

from __future__ import annotations

import re
import unicodedata

from rapidfuzz.distance import OSA

MAX_WORDS = 8
MAX_WORD_LENGTH = 64

_LETTERS = {
    "ı": "i", "ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d",
    "’": "'", "‘": "'", "ʼ": "'", "ʻ": "'", "ʿ": "'", "ʾ": "'", "`": "'", "´": "'", "″": '"',
    "“": '"', "”": '"', "„": '"', "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
}  # fmt: skip


def _is_mark(char: str) -> bool:
    """Accents of alphabets. Vowel signs of Indic scripts are letters to their readers and stay."""
    return "\u0300" <= char <= "\u036f"


class _FoldTable(dict[int, str]):
    """What one character folds to, worked out when first met."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_char(chr(code))
        return folded


def _fold_char(char: str) -> str:
    if char in _LETTERS:
        return _LETTERS[char]
    if char.isspace() or unicodedata.category(char) == "Cc":
        return " "
    if unicodedata.category(char) in ("Cf", "Cs"):
        return ""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    kept = "".join(_LETTERS.get(part, part) for part in plain if not _is_mark(part))
    return kept if kept in (char, "") else fold(kept)


_fold_table = _FoldTable()


def fold(text: str) -> str:
    """The form two spellings share: no case, no accents, single spaces. Folding twice changes nothing.

    İ, I, ı and i become one letter, and so do ё and е, й and и.
    """
    if text.isascii() and text.isprintable() and "`" not in text:
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKD", text.translate(_fold_table))
    return " ".join(folded.split())


def search_words(query: str) -> list[str]:
    """Folded words of a search, cut to a number and length that no query plan suffers from."""
    return [word[:MAX_WORD_LENGTH] for word in fold(query[:2000]).split()[:MAX_WORDS]]


def similar(a: str, b: str) -> float:
    """How well text `b` holds the words of query `a` despite typing errors: 0.0 to 1.0."""
    wanted, present = fold(a).split(), fold(b).split()
    if not wanted or not present:
        return 0.0
    best = (max(OSA.normalized_similarity(word, other) for other in present) for word in wanted)
    return sum(best) / len(wanted)


_not_word_at_start = re.compile(r"^[\W_]+")


def sort_key(text: str, limit: int = 200) -> str:
    """Folded text to sort by: quotes and punctuation at the start do not count."""
    folded = fold(text)
    return (_not_word_at_start.sub("", folded) or folded)[:limit].rstrip()


_line_ends = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_breaks = re.compile(r"[\n\t]+")
_unwanted = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def clean_text(text: str, *, multiline: bool, limit: int) -> str:
    """Text fit to be stored. Raises ValueError("too_long") rather than cutting what a person wrote."""
    if not (text.isascii() and text.isprintable()):
        text = _unwanted.sub("", _line_ends.sub("\n", text))
        text = unicodedata.normalize("NFC", text if multiline else _breaks.sub(" ", text))
    text = text.strip()
    if len(text) > limit:
        raise ValueError("too_long")
    return text


_CYRILLIC = (
    "а=a б=b в=v г=g д=d е=e ж=zh з=z и=i й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=kh ц=ts ч=ch "
    "ш=sh щ=shch ъ= ы=y ь= э=e ю=yu я=ya ё=e і=i ї=yi є=ye ґ=g"
)
_to_latin = str.maketrans(dict(pair.split("=") for pair in _CYRILLIC.split()))
_not_key = re.compile(r"[^a-z0-9]+")


def slugify_key(label: str) -> str:
    """A lasting ASCII identifier, `[a-z][a-z0-9_]{0,39}`; `field` when no letter can be written in Latin."""
    latin = unicodedata.normalize("NFC", label).lower().translate(_to_latin)
    key = _not_key.sub("_", fold(latin)).strip("_")
    if not key[:1].isalpha():
        key = f"field_{key}"
    return key[:40].strip("_")


# A cell is dangerous when a spreadsheet would compute it. Apostrophes before count as part of the
# danger, so that a value which itself begins with an apostrophe is told apart from a guarded one.
_dangerous = re.compile(r"'*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])")


def safe_cell(text: str) -> str:
    """The cell with an apostrophe before it when a spreadsheet would take it for a formula."""
    return f"'{text}" if _dangerous.match(text) else text


def unsafe_cell(text: str) -> str:
    """Undoes `safe_cell`, and nothing else."""
    return text[1:] if text.startswith("'") and _dangerous.match(text) else text
