"""Reads `docs/users/*.md` and turns it into HTML. Raw HTML in a document is shown as text, never run.

A folder beside them holds documents in another language (`tr/import.md`); what is not there is shown in English.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import get_language_info
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

# In the order of the side list; documents that are not named here follow.
ORDER = {
    "first-steps": "sparkles",
    "people-and-companies": "users",
    "pairs-and-consents": "badge-check",
    "lists-and-views": "list-filter",
    "grid": "grid-3x3",
    "boards": "square-kanban",
    "bulk": "square-check",
    "notes-history-undo": "history",
    "notifications": "bell",
    "merging": "merge",
    "one-answer": "scale",
    "data-quality": "gauge",
    "import": "upload",
    "export": "download",
    "own-fields-and-objects": "boxes",
    "computed-fields": "sigma",
    "people-roles-teams": "shield-check",
    "sharing": "share-2",
    "handing-over": "handshake",
    "api": "plug",
    "webhooks": "webhook",
    "limits": "timer",
}


@dataclass(frozen=True)
class HelpPage:
    name: str
    title: str
    body: Markup
    language: str = "en"

    @property
    def url(self) -> str:
        return f"/help/{self.name}/"

    @property
    def direction(self) -> str:
        return "rtl" if get_language_info(self.language)["bidi"] else "ltr"

    @property
    def icon(self) -> str:
        return ORDER.get(self.name, "file-text")


@lru_cache(maxsize=len(settings.LANGUAGES))
def all_pages(language: str = "en") -> dict[str, HelpPage]:
    """Every help page by its name, in the language where it is translated (`tr-tr` reads `tr`).

    Read once per process: the documents change with the program.
    """
    folder = Path(settings.BASE_DIR) / "docs" / "users"
    found = {path.stem: (path, "en") for path in folder.glob("*.md")}
    own = language.partition("-")[0]
    found |= {path.stem: (path, own) for path in (folder / own).glob("*.md")}
    names = [*(name for name in ORDER if name in found), *sorted(set(found) - set(ORDER))]
    return {name: read(name, found[name][0].read_text(encoding="utf-8"), found[name][1]) for name in names}


def read(name: str, text: str, language: str = "en") -> HelpPage:
    """One document; its first heading is the title."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    heading = next(
        (tokens[place + 1].content for place, token in enumerate(tokens) if token.tag == "h1"), name
    )
    for link in _links(tokens):
        link.attrs["href"] = _address(str(link.attrs["href"]))
    # The parser escapes all text and refuses addresses such as javascript:.
    return HelpPage(name, heading, Markup(parser.renderer.render(tokens, parser.options, {})))  # noqa: S704


def _links(tokens: list[Token]) -> Iterator[Token]:
    return (child for token in tokens for child in token.children or () if child.type == "link_open")


def _address(href: str) -> str:
    """`import.md` is the page beside, `../api.md` of a translated one too; addresses of the product stay."""
    name, _dot, rest = href.removeprefix("../").partition(".md")
    return f"/help/{name}/{rest}" if _dot and "/" not in name else href
