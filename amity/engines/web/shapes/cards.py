"""A record as a card: what its row in the table shows, and how it is moved.

A board draws up to a few hundred cards, so they are strings like the cells of a list.
"""

# ruff: noqa: S704 - making markup out of escaped parts is what this module is for

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

import orjson
from django.utils.translation import gettext as _
from markupsafe import Markup

from amity.engines.web import cells
from amity.engines.web.marks import icon
from amity.engines.web.state import ListState
from amity.engines.web.views.common import Place
from amity.engines.web.views.records import lock_text
from amity.foundation.records.access import changing
from amity.foundation.records.listing import shown_fields
from amity.foundation.records.spec import Field
from amity.foundation.records.values import Row

LINES = 3
FOOT = ("owner", "tags")
# These say by themselves what they are; other values stand behind the name of their field.
SPEAKING = (
    "link",
    "email",
    "phone",
    "url",
    "text",
    "choice",
    "multi_choice",
    "rating",
    "messenger",
    "country",
)


def token(value: Any) -> str:
    """A value as it stands in an attribute and comes back in a request."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def card_fields(place: Place, state: ListState, by: Field) -> tuple[Field, ...]:
    """What cards show beside the title: the list's columns, without the one the board is made by."""
    shown = shown_fields(place.spec, state.columns)
    return tuple(
        item
        for item in shown
        if item is not by and item.column != "title" and item.type.name not in ("file", "long_text")
    )


class Cards:
    """Draws the cards of one page; names of users and tags are loaded once for all of them."""

    def __init__(self, place: Place, state: ListState, by: Field, rows: Iterable[Row]) -> None:
        self.place, self.by, self.query = place, by, state.hand_on()
        fields = card_fields(place, state, by)
        names = cells.names_for(fields, [row.values for row in rows], place.context)
        drawing = cells.Drawing(place.context, names)
        lines = [item for item in fields if item.key not in FOOT]
        self.lines = [(self._name(item), cells.column(item, drawing)) for item in lines]
        self.foot = [cells.column(item, drawing) for item in fields if item.key in FOOT]
        self.may_change = changing(place.spec, place.actor)

    def _name(self, item: Field) -> str:
        return "" if item.type.name in SPEAKING else f'<span class="soft">{escape(str(item.label))}</span> '

    def card(self, row: Row, *, swap: bool = False) -> Markup:
        value = row.values.get(self.by.key)
        drawn = ((name, draw(row)) for name, draw in self.lines)
        body = [f'<div class="card-line">{name}{text}</div>' for name, text in drawn if text][:LINES]
        foot = "".join(text for text in (draw(row) for draw in self.foot) if text)
        top = f"{cells.title_cell(self.place.spec, row, self.query)}{self.menu(row)}"
        end = f'<div class="card-foot">{foot}</div>' if foot else ""
        start = self.start(row, "board-card", token(value), swap=swap)
        return Markup(f'{start}<div class="card-top">{top}</div>{"".join(body)}{end}</li>')

    def start(self, row: Row, look: str, where: str, *, swap: bool) -> str:
        """The card's tag. `where` is the place it stands in, `data-old` what its field holds."""
        old = token(row.values.get(self.by.key))
        locked = "" if self.movable(row) else " data-locked"
        oob = ' hx-swap-oob="true"' if swap else ""
        return (
            f'<li class="{look}" id="card-{row.id}" data-card data-id="{row.id}" data-value="{escape(where)}" '
            f'data-old="{escape(old)}"{locked}{oob}>'
        )

    def movable(self, row: Row) -> bool:
        return not self.by.read_only and self.may_change(row)

    def menu(self, row: Row) -> str:
        """The button that moves the card; without JavaScript it leads to the form. A lock where one may not."""
        if not self.movable(row):
            why = lock_text(self.by, False)
            return f'<span class="card-lock" title="{escape(why)}">{icon("lock", "s", why)}</span>'
        label = escape(_("Move “%(title)s” to…") % {"title": row.title})
        href = f"/{self.place.spec.key}/{row.id}/edit/#{self.by.key}"
        return (
            f'<a class="btn icon quiet" href="{href}" data-move aria-haspopup="true" aria-label="{label}" '
            f'title="{escape(_("Move to…"))}">{icon("ellipsis", "s")}</a>'
        )
