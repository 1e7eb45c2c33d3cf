"""The chart: counts or sums by a choice, a person, yes or no, or the months of a year; drawn by the server."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest

from amity.engines.web.shapes.board import column_head, column_names, column_values
from amity.engines.web.shapes.calendar import month_of
from amity.engines.web.shapes.switch import added, amounts, tally_text, whole
from amity.engines.web.state import ListState
from amity.engines.web.views.common import Place
from amity.foundation.core import clock
from amity.foundation.core.money import format_number
from amity.foundation.records.board import Tally, stretches, tallies
from amity.foundation.records.shapes import field_for
from amity.foundation.records.spec import Field

FULL = 100  # the width of the longest bar

Bar = dict[str, Any]


def chart_context(request: HttpRequest, place: Place, state: ListState) -> dict[str, Any]:
    """Everything the chart shows beside the frame of the list."""
    by, add = field_for(place.spec, state.shape, state.by), added(place, state)
    dated = by.type.dated
    bars = month_bars(place, state, by, add) if dated else group_bars(place, state, by, add)
    total = whole([bar["tally"] for bar in bars])
    units = sorted(total.sums) if add else [""]
    return {
        "series": [one_series(place, bars, unit, add, len(units) > 1) for unit in units],
        "years": year_links(place, state) if dated else None,
        "measure": str(add.label) if add else str(place.spec.plural),
        "by_label": str(by.label),
        "adds": add is not None,
        "total": tally_text(total, add, place),
        "empty": "" if total.count or dated else ("none" if state.filter or state.search else "new"),
    }


def group_bars(place: Place, state: ListState, by: Field, add: Field | None) -> list[Bar]:
    """A bar for each value; people without any record are left out."""
    counts = tallies(place.spec, state.query(), place.context, by, add)
    values = [
        value for value in column_values(place, by, counts) if value in counts or not by.type.references
    ]
    names = column_names(place, by, values)
    heads = (column_head(place, state, by, value, names, "") for value in values)
    return [{**head, "tally": counts.get(value, Tally())} for head, value in zip(heads, values, strict=True)]


def month_bars(place: Place, state: ListState, by: Field, add: Field | None) -> list[Bar]:
    year = month_of(state, place).year
    edges = [*(dt.date(year, month, 1) for month in range(1, 13)), dt.date(year + 1, 1, 1)]
    found = stretches(place.spec, state.query(), place.context, by, edges, add)
    bars = []
    for first, after, tally in zip(edges, edges[1:], found, strict=False):
        last = after - dt.timedelta(days=1)
        line = {"field": by.key, "op": "between", "value": [first.isoformat(), last.isoformat()]}
        label = clock.format_month(first, place.context.language, year=False)
        bars.append({"label": label, "colour": "blue", "url": state.within(line), "tally": tally})
    return bars


def one_series(place: Place, bars: list[Bar], unit: str, add: Field | None, named: bool) -> dict[str, Any]:
    """The bars of one currency (or of plain numbers), the longest as wide as there is room."""
    values = [bar["tally"].sums.get(unit, 0) if add else bar["tally"].count for bar in bars]
    most = max((abs(value) for value in values), default=0) or 1
    rows = []
    for bar, value in zip(bars, values, strict=True):
        one = Tally(bar["tally"].count, {unit: value})
        shown = amounts(one, add, place)[0] if add else format_number(value, place.context.language)
        count = format_number(bar["tally"].count, place.context.language)
        rows.append({**bar, "value": shown, "count": count, "width": round(FULL * abs(value) / most, 2)})
    return {"name": unit if named else "", "bars": rows}


def year_links(place: Place, state: ListState) -> dict[str, str]:
    first = month_of(state, place)
    return {
        "name": str(first.year),
        "previous_url": state.url(month=f"{first.year - 1}-01"),
        "next_url": state.url(month=f"{first.year + 1}-01"),
    }
