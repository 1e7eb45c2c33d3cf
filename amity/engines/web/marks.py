"""The smallest components, drawn so often on a page that they are Python and not macros."""

# ruff: noqa: S704 - making markup out of escaped parts is what this module is for

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from html import escape

from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from markupsafe import Markup

from amity.foundation.core.names import initials


@cache
def static(path: str) -> str:
    """Address of a file of ours; these do not change while we run."""
    return str(staticfiles_storage.url(path))


@cache
def icon(name: str, size: str = "", label: str | None = None, flip: bool = False) -> Markup:
    """An icon of the sprite. With a `label` it is read out, else it is decoration."""
    look = f"i{f' i-{size}' if size else ''}{' i-flip' if flip else ''}"
    told = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    use = f'<use href="{escape(static("vendor/icons.svg"))}#i-{escape(name)}"></use>'
    return Markup(f'<svg class="{look}" {told}>{use}</svg>')


def change(label: str, before: str | None, after: str) -> Markup:
    """What a field held and holds."""
    arrow = icon("arrow-right", "s", _("became"), flip=True)
    gone = f"<del>{escape(before)}</del> {arrow} " if before else ""
    name = f'<span class="soft">{escape(label)}</span>'
    return Markup(f'<span class="change">{name} {gone}<ins>{escape(after) or "—"}</ins></span>')


def mentioned(body: str, names: Sequence[str]) -> Markup:
    """A note's text with the colleagues it names marked; all of it escaped."""
    if not names:
        return Markup(escape(body))
    found = re.split(
        "(" + "|".join(re.escape(f"@{name}") for name in sorted(names, key=len, reverse=True)) + ")", body
    )
    return Markup(
        "".join(f"<b>{escape(part)}</b>" if place % 2 else escape(part) for place, part in enumerate(found))
    )


def letters(name: str) -> str:
    """What an avatar without a picture shows, in the reader's capitals."""
    return _letters(name, get_language() or "")


@lru_cache(maxsize=4096)
def _letters(name: str, language: str) -> str:
    return initials(name, language) or "?"
