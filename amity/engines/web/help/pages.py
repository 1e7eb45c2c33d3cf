"""Reads `docs/users/*.md` and turns it into HTML. Raw HTML in a document is shown as text, never run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

# In the order of the side list; documents that are not named here follow.
ORDER = {
    "first-steps": "sparkles",
    "people-and-companies": "users",
    "lists-and-views": "list-filter",
    "bulk": "square-check",
    "grid": "grid-3x3",
    "boards": "square-kanban",
    "notes-history-undo": "history",
    "notifications": "bell",
    "merging": "merge",
    "import": "upload",
    "export": "download",
    "own-fields-and-objects": "boxes",
    "people-roles-teams": "shield-check",
    "api": "plug",
    "webhooks": "webhook",
    "limits": "gauge",
}


@dataclass(frozen=True)
class HelpPage:
    name: str
    title: str
    body: Markup

    @property
    def url(self) -> str:
        return f"/help/{self.name}/"

    @property
    def icon(self) -> str:
        return ORDER.get(self.name, "file-text")


@lru_cache(maxsize=1)
def all_pages() -> dict[str, HelpPage]:
    """Every help page by its name. Read once per process: the documents change with the program."""
    folder = Path(settings.BASE_DIR) / "docs" / "users"
    found = {path.stem: path for path in folder.glob("*.md")}
    names = [*(name for name in ORDER if name in found), *sorted(set(found) - set(ORDER))]
    return {name: read(name, found[name].read_text(encoding="utf-8")) for name in names}


def read(name: str, text: str) -> HelpPage:
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
    """`import.md` is the page beside; addresses of the product stay."""
    name, _dot, rest = href.partition(".md")
    return f"/help/{name}/{rest}" if _dot and "/" not in name else href
