"""The grid: the list as a sheet whose cells are selected, typed into, copied and pasted.

Every cell carries the text that a paste reads back (`data-text`) and, where it counts, its number (`data-n`); what
`pages/grid*.js` does with them is said there. A changed row comes back drawn by the same `Sheet` as the page.
"""

# ruff: noqa: S704 - making markup out of escaped parts is what this module is for

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any

from django.utils.translation import gettext as _
from markupsafe import Markup

from amity.engines.web import cells
from amity.engines.web.shapes.switch import amounts
from amity.engines.web.state import ListState
from amity.engines.web.views.common import Place
from amity.engines.web.views.records import has_unseen, lock_text
from amity.foundation.core.money import format_number, to_decimal_string
from amity.foundation.records import listing
from amity.foundation.records.board import Tally
from amity.foundation.records.shapes import adds_up
from amity.foundation.records.sheet import Total, cell_text, totals
from amity.foundation.records.spec import Field
from amity.foundation.records.values import Row

NARROW = ("number", "percent", "rating", "boolean", "date", "country", "language", "money")
WIDE = ("text", "long_text", "address", "url", "email", "link")


class Sheet:
    """Draws the cells of some rows; names of users, teams and tags are loaded once for all of them."""

    def __init__(self, place: Place, state: ListState, columns: Sequence[Field], rows: Sequence[Row]) -> None:
        self.place, self.columns, self.query = place, columns, state.hand_on()
        self.names = cells.names_for(columns, [row.values for row in rows], place.context)
        drawing = cells.Drawing(place.context, self.names)
        self.draws = [cells.column(item, drawing) for item in columns]
        self.known = {"user": self.names.users, "team": self.names.teams}
        self.owners = place.actor.owners(place.spec.key, "edit")
        self.may_edit = place.actor.may(place.spec.key, "edit") and not place.actor.read_only

    def row(self, row: Row, number: int) -> Markup:
        """A row with its cells. `number` is its place in the list, 0 where that is not known."""
        drawn = (
            self.cell(item, draw, row, first=place == 0)
            for place, (item, draw) in enumerate(zip(self.columns, self.draws, strict=True))
        )
        start = f'<tr data-line="{row.id}" data-id="{row.id}" data-version="{row.version}">'
        return Markup(f"{start}{self.opener(row, number)}{''.join(drawn)}</tr>")

    def opener(self, row: Row, number: int) -> str:
        """The row's number, which opens the record beside the grid."""
        base = f"/{self.place.spec.key}/{row.id}/"
        label = escape(_("Open %(name)s") % {"name": row.title})
        shown = format_number(number, self.place.context.language) if number else ""
        return (
            f'<td class="c-open" role="rowheader"><a href="{base}{escape(self.query)}" aria-label="{label}" '
            f'title="{label}" data-peek="{base}peek/{escape(self.query)}">{shown}</a></td>'
        )

    def cell(self, item: Field, draw: Any, row: Row, *, first: bool) -> str:
        text = cell_text(self.place.spec, item, row, self.known, self.place.context)
        inner = self.title(row) if first else draw(row)
        why = self.lock(item, row)
        look = " ".join(filter(None, ("c-title" if first else "", "num" if _numeric(item) else "")))
        marks = cells.attributes(
            **{"class": look}, data_key=item.key, data_text=text, **self.number(item, row)
        )
        if why:
            return f'<td{marks} tabindex="-1" aria-readonly="true" data-why="{escape(why)}">{inner}</td>'
        edit = f"/{self.place.spec.key}/{row.id}/edit/{item.key}/?cell=1"
        return f'<td{marks} tabindex="-1" data-edit="{edit}">{inner}</td>'

    def title(self, row: Row) -> str:
        mark = cells.avatar(row.title, row.id, "s", square=cells.square(self.place.spec))
        return f'<span class="line">{mark}<span class="cut">{escape(row.title)}</span></span>'

    def lock(self, item: Field, row: Row) -> str:
        """Why a cell cannot be changed; empty where it can."""
        within = self.may_edit and (self.owners is None or row.owner_id in self.owners)
        if within and item.type.references == "file":
            return _("Files are added on the record’s own page.")
        if not within or item.read_only or has_unseen(item, row):
            return lock_text(item, within)
        return ""

    def number(self, item: Field, row: Row) -> dict[str, str]:
        """What the sum of a selection adds up: money in whole units with its currency."""
        value = row.values.get(item.key)
        if value is None or not adds_up(item):
            return {}
        if isinstance(value, dict):
            return {
                "data_n": to_decimal_string(value["amount"], value["currency"]),
                "data_unit": value["currency"],
            }
        return {"data_n": repr(value)}


def _numeric(item: Field) -> bool:
    return item.type.numeric and item.type.name != "rating"


def fresh_rows(place: Place, state: ListState, ids: Sequence[int]) -> list[Markup]:
    """These records as the grid now shows them, as far as they may be seen; whether the list still has them or not."""
    query = replace(state.query(), ids=tuple(ids), filter=None, search="", cursor="", sort="", limit=len(ids))
    found = listing.page(place.spec, query, place.context)
    sheet = Sheet(place, state, found.columns, found.rows)
    return [sheet.row(row, 0) for row in found.rows]


def grid_of(place: Place, state: ListState, found: listing.Page) -> dict[str, Any]:
    """Columns, rows and sums for the template."""
    sheet = Sheet(place, state, found.columns, found.rows)
    start = state.start if state.cursor else 0
    return {
        "columns": [column_of(item, state) for item in found.columns],
        "lines": [sheet.row(row, start + at) for at, row in enumerate(found.rows, 1)],
        "sums": sums_of(place, state, found.columns),
        "may_edit": sheet.may_edit,
        "locale": place.context.language,
    }


def column_of(item: Field, state: ListState) -> dict[str, Any]:
    kind = item.type.name
    return {
        "key": item.key,
        "width": state.widths.get(item.key),
        "look": "w-s" if kind in NARROW else "w-l" if kind in WIDE else "w-m",
    }


def sums_of(place: Place, state: ListState, columns: Sequence[Field]) -> list[dict[str, Any]] | None:
    """Sum, average and count under each column of numbers, over everything that matches; None without such."""
    fields = [item for item in columns if adds_up(item)]
    if not fields:
        return None
    found = totals(place.spec, state.query(), place.context, fields)
    return [
        {"key": item.key, "lines": [_total(one, item, place) for one in found.get(item.key, [])]}
        for item in columns
    ]


def fresh_sums(place: Place, state: ListState) -> list[dict[str, Any]] | None:
    return sums_of(place, state, listing.shown_fields(place.spec, state.columns))


def _total(total: Total, item: Field, place: Place) -> dict[str, str]:
    def shown(amount: float) -> str:
        return amounts(Tally(0, {total.unit: amount}), item, place)[0]

    mean = total.amount / total.count
    return {
        "sum": shown(total.amount),
        "average": shown(mean if total.unit else round(mean, 2)),
        "count": format_number(total.count, place.context.language),
    }
