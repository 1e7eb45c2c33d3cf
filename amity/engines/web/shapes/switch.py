"""Which shapes a list can take, by which field, and what is added up: the switcher and menus of the toolbar."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from amity.engines.web.state import ListState
from amity.engines.web.views.common import Place
from amity.foundation.core.money import format_money, format_number
from amity.foundation.records.board import Tally
from amity.foundation.records.listing import count
from amity.foundation.records.shapes import (
    BOARD,
    CALENDAR,
    CHART,
    GRID,
    NO_SUM,
    PLAIN,
    TABLE,
    field_for,
    fields_for,
    sum_field,
    sum_fields,
)
from amity.foundation.records.spec import Field

SUMS_UNASKED = 20_000  # records; amounts of more are added up when somebody asks for it
ICONS = {
    TABLE: "table-2",
    GRID: "grid-3x3",
    BOARD: "square-kanban",
    CALENDAR: "calendar",
    CHART: "chart-column",
}


def shape_items(place: Place, state: ListState) -> list[dict[str, Any]]:
    """The switcher: only shapes the object can have; filter, search, sort and view stay."""
    if state.trash:
        return []
    names = {
        TABLE: _("Table"),
        GRID: _("Grid"),
        BOARD: _("Board"),
        CALENDAR: _("Calendar"),
        CHART: _("Chart"),
    }
    return [
        {
            "label": names[shape],
            "icon": icon,
            "url": state.url(shape=shape, by="", month=""),
            "active": shape == state.shape,
        }
        for shape, icon in ICONS.items()
        if shape in PLAIN or fields_for(place.spec, shape)
    ]


def by_menu(place: Place, state: ListState) -> dict[str, Any]:
    """What the shape is made by."""
    now = field_for(place.spec, state.shape, state.by)
    items = [
        {"label": str(item.label), "url": state.url(by=item.key, month=""), "checked": item is now}
        for item in fields_for(place.spec, state.shape)
    ]
    return {"label": str(now.label), "items": items}


def sum_menu(place: Place, state: ListState) -> dict[str, Any] | None:
    """What is added up; None where there is nothing to add."""
    fields = sum_fields(place.spec)
    if not fields:
        return None
    now = added(place, state)
    items = [{"label": _("Only count"), "url": state.url(sum=NO_SUM), "checked": now is None}]
    items += [
        {"label": str(item.label), "url": state.url(sum=item.key), "checked": item is now} for item in fields
    ]
    return {"label": str(now.label) if now else _("Count"), "items": items}


def settled(place: Place, state: ListState) -> ListState:
    """The same list, with only counts on a board of so many records that adding up would be waited for."""
    if state.shape != BOARD or state.sum or added(place, state) is None:
        return state
    if count(place.spec, state.query(), place.context, cap=SUMS_UNASKED)[1]:
        return state
    return replace(state, sum=NO_SUM, base={**state.base, "sum": NO_SUM})


def added(place: Place, state: ListState) -> Field | None:
    """A chart counts unless told otherwise; a board shows amounts of money beside the counts."""
    return sum_field(place.spec, state.sum or (NO_SUM if state.shape == CHART else ""))


def amounts(tally: Tally, add: Field | None, place: Place) -> list[str]:
    """The sums, each with its currency; currencies are never added to each other."""
    language = place.context.language
    return [
        format_money(round(total), unit, language)
        if unit
        else format_number(float(f"{total:.15g}"), language)
        for unit, total in sorted(tally.sums.items())
        if add
    ]


def tally_text(tally: Tally, add: Field | None, place: Place) -> str:
    return " · ".join([format_number(tally.count, place.context.language), *amounts(tally, add, place)])


def whole(tallies: list[Tally]) -> Tally:
    """All groups together."""
    found = Tally()
    for tally in tallies:
        found.add(tally.count, "", None)
        for unit, total in tally.sums.items():
            found.add(0, unit, total)
    return found
