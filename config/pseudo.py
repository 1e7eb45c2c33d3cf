"""A language nobody speaks, for tests and development: `AMITY_PSEUDO=1`, then choose “Pseudo” in the profile.

Every text of the product is made longer, put between ⟦ and ⟧ and mirrored, and pages run from right to left. What
stands on a page without the brackets does not come from the catalogues; what is cut or overlaps will be so in some
language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CODE, NAME = "ar-xb", "Pseudo"
# What is not words: placeholders, entities, addresses of keys.
KEPT = re.compile(r"(%\(\w+\)[sd]|%[sd%]|\{\w*\}|&\w+;|<[^>]*>)")
VOWELS = re.compile(r"([aeiouAEIOU])")
MIRRORED, END = "\u202e", "\u202c"


def disguised(text: str) -> str:
    """The text about 60 per cent longer, bracketed and mirrored; placeholders stay."""
    pieces = KEPT.split(text)
    longer = (piece if place % 2 else VOWELS.sub(r"\1\1\1", piece) for place, piece in enumerate(pieces))
    return f"{MIRRORED}⟦{''.join(longer)}⟧{END}"


def catalogues(rooms: Iterable[Path], home: Path) -> Path:
    """Write the catalogue of all rooms' texts below `home`; gives the folder for LOCALE_PATHS."""
    made = Catalog(locale="en")  # its plurals: one and many
    for source in (path for room in rooms for path in room.glob("tr/LC_MESSAGES/django.po")):
        with source.open("rb") as file:
            for message in read_po(file, locale="tr"):
                if message.id:
                    words = message.id
                    text = disguised(words) if isinstance(words, str) else tuple(map(disguised, words))
                    made.add(words, text, context=message.context)
    target = home / "pseudo" / "ar_XB" / "LC_MESSAGES" / "django.mo"
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        write_mo(file, made)
    return home / "pseudo"
