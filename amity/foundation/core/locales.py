"""From a language tag to the conventions of its readers."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError
from django.conf import settings
from django.utils.translation import get_language, gettext, override

LOWERING = frozenset({"en", "cy"})


@lru_cache(maxsize=256)
def find_locale(tag: str | None) -> Locale:
    """The locale for `en-GB`, `en_GB` or `en`; its bare language or English when it is not known."""
    name = (tag or "en").replace("-", "_")
    for candidate in (name, name.split("_")[0]):
        try:
            return Locale.parse(candidate)
        except (ValueError, UnknownLocaleError):
            continue
    return Locale.parse("en")


def noun(label: Any) -> str:
    """A label inside a sentence: “Add person”, but “Add VIP guest”; as it is in languages where the label
    begins the sentence (Turkish) or always has a capital (German)."""
    text = str(label)
    first = text[:1].lower()
    small = (get_language() or "en")[:2] in LOWERING and not text[1:2].isupper() and len(first) == 1
    return first + text[1:] if small else text


def in_all_languages(text: Any) -> set[str]:
    """A text of the product as each of its languages says it."""
    found = set()
    for code, _name in settings.LANGUAGES:
        with override(code):
            found.add(gettext(str(text)))
    return found
