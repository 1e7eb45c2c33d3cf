"""The calendar: a month of records by one of their dates, the first few of each day."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from html import escape
from typing import Any

from django.http import HttpRequest
from markupsafe import Markup

from amity.engines.web import cells
from amity.engines.web.shapes.cards import Cards, token
from amity.engines.web.state import ListState
from amity.engines.web.views.common import Place
from amity.engines.web.views.records import lock_text
from amity.foundation.core import clock
from amity.foundation.core.errors import Malformed
from amity.foundation.core.money import format_number
from amity.foundation.records.access import changing
from amity.foundation.records.board import Day, days
from amity.foundation.records.shapes import field_for
from amity.foundation.records.spec import Field
from amity.foundation.records.values import Row

PER_DAY = 3
MONTH = re.compile(r"[1-9][0-9]{3}-(0[1-9]|1[0-2])")


def month_of(state: ListState, place: Place) -> dt.date:
    """The first day of the month that is shown; this month when none is named."""
    if not state.month:
        return clock.today(place.context.zone).replace(day=1)
    if not MONTH.fullmatch(state.month) or not 1001 <= int(state.month[:4]) <= 9997:
        raise Malformed
    return dt.date.fromisoformat(f"{state.month}-01")


def stepped(first: dt.date, months: int) -> str:
    at = first.year * 12 + first.month - 1 + months
    return f"{at // 12:04d}-{at % 12 + 1:02d}"


def calendar_context(request: HttpRequest, place: Place, state: ListState) -> dict[str, Any]:
    """Everything the calendar shows beside the frame of the list."""
    by, first = field_for(place.spec, state.shape, state.by), month_of(state, place)
    edges = shown_days(first, clock.week_start(place.context.language, place.context.country))
    cards = Entries(place, state, by)
    query = replace(state.query(), columns=tuple(item.key for item in cards.fields))
    found = days(place.spec, query, place.context, by, edges, PER_DAY)
    drawn = [day_cell(place, state, by, first, day, found.get(day), cards) for day in edges[:-1]]
    language = place.context.language
    return {
        "weeks": [drawn[at : at + 7] for at in range(0, len(drawn), 7)],
        "weekdays": [
            (
                clock.format_weekday(day, language),
                clock.format_weekday(day, language, short=False).split(",")[0],
            )
            for day in edges[:7]
        ],
        "month": clock.format_month(first, language),
        "previous_url": state.url(month=stepped(first, -1)),
        "next_url": state.url(month=stepped(first, 1)),
        "today_url": state.url(month=""),
        "total": format_number(sum(day.count for day in found.values()), language),
        "locked": lock_text(by, False),
        "by_label": str(by.label),
        "empty": "",
    }


def shown_days(first: dt.date, week_start: int) -> list[dt.date]:
    """Whole weeks around the month, and the day after the last."""
    start = first - dt.timedelta(days=(first.weekday() - week_start) % 7)
    after = dt.date.fromisoformat(f"{stepped(first, 1)}-01")
    weeks = ((after - start).days + 6) // 7
    return [start + dt.timedelta(days=at) for at in range(weeks * 7 + 1)]


def day_cell(
    place: Place, state: ListState, by: Field, first: dt.date, day: dt.date, found: Day | None, cards: Entries
) -> dict[str, Any]:
    iso, count = day.isoformat(), found.count if found else 0
    rest = count - len(found.rows) if found else 0
    line = {"field": by.key, "op": "is", "value": iso}
    return {
        "token": token(iso),
        "number": format_number(day.day, place.context.language),
        "name": clock.format_weekday(day, place.context.language, short=False),
        "weekday": clock.format_weekday(day, place.context.language),
        "outside": day.month != first.month,
        "today": day == clock.today(place.context.zone),
        "cards": cells.joined(cards.entry(row) for row in found.rows) if found else "",
        "count": count,
        "more_url": state.within(line) if rest else None,
        "rest": rest,
    }


class Entries(Cards):
    """Cards of one line: time, name in the colour of the object's board field, and the menu."""

    def __init__(self, place: Place, state: ListState, by: Field) -> None:
        self.place, self.by, self.query = place, by, state.hand_on()
        self.may_change = changing(place.spec, place.actor)
        self.colour = next(
            (item for item in place.spec.live_fields if item.key == place.spec.board_field and item.options),
            None,
        )
        self.fields = tuple(item for item in (self.colour, by) if item)

    def entry(self, row: Row, *, swap: bool = False) -> Markup:
        value, context = row.values.get(self.by.key), self.place.context
        kind: Any = self.by.type
        where = token(kind.day_of(value, context).isoformat()) if value else "null"
        time = clock.time_of_day(value, context.zone, context.language) if value and "T" in value else ""
        base = f"/{self.place.spec.key}/{row.id}/"
        shown = f'<span class="soft num">{escape(time)}</span> ' if time else ""
        option = self.colour.option(row.values.get(self.colour.key) or "") if self.colour else None
        look = f"day-title c-{option.colour}" if option else "day-title"
        title = (
            f'<a class="{look}" href="{base}{escape(self.query)}" data-peek="{base}peek/{escape(self.query)}">'
            f"{shown}{escape(row.title)}</a>"
        )
        return Markup(f"{self.start(row, 'day-card', where, swap=swap)}{title}{self.menu(row)}</li>")  # noqa: S704
