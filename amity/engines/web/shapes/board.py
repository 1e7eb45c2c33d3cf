"""The board: a column for each value of a field, the first cards of each, exact counts and sums."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from amity.engines.web import cells
from amity.engines.web.forms import Choices
from amity.engines.web.shapes.cards import Cards, token
from amity.engines.web.shapes.switch import added, settled, tally_text, whole
from amity.engines.web.state import ListState
from amity.engines.web.views.common import Place
from amity.engines.web.views.records import lock_text
from amity.foundation.core.errors import Malformed
from amity.foundation.core.locales import noun
from amity.foundation.records.board import Tally, column_filter, tallies, top_rows
from amity.foundation.records.shapes import field_for
from amity.foundation.records.spec import Field
from amity.foundation.records.values import Row, team_names, user_names

PER_COLUMN = 20
MOST_SHOWN = 500
MOST_COLUMNS = 200


def board_context(request: HttpRequest, place: Place, state: ListState) -> dict[str, Any]:
    """Everything the board shows beside the frame of the list."""
    by, add = field_for(place.spec, state.shape, state.by), added(place, state)
    counts = tallies(place.spec, state.query(), place.context, by, add)
    values = column_values(place, by, counts)
    rows = fetched(request, place, state, by, [value for value in values if value in counts])
    cards = Cards(place, state, by, [row for found in rows.values() for row in found])
    names = column_names(place, by, values)
    columns = []
    for value in values:
        tally, found = counts.get(value, Tally()), rows.get(value, [])
        head = column_head(place, state, by, value, names, tally_text(tally, add, place))
        shown = cells.joined(cards.card(row) for row in found)
        columns.append({**head, "cards": shown, **more(state, value, len(found), tally.count)})
    total = whole(list(counts.values()))
    return {
        "columns": columns,
        "empty": "" if total.count else ("none" if state.filter or state.search else "new"),
        "total": tally_text(total, add, place),
        "locked": lock_text(by, False),
        "by_label": str(by.label),
    }


def fetched(
    request: HttpRequest, place: Place, state: ListState, by: Field, values: list[Any]
) -> dict[Any, list[Row]]:
    """The first rows of every column, and more of the one that was asked for."""
    query = state.query()
    wide, shown = opened(request.GET)
    found = top_rows(place.spec, query, place.context, by, values, PER_COLUMN)
    if shown and wide in found:
        found |= top_rows(place.spec, query, place.context, by, [wide], shown)
    return found


def opened(data: QueryDict) -> tuple[Any, int]:
    """The column that shall show more cards, and how many."""
    text = data.get("shown", "")
    if "column" not in data or not text.isdecimal() or len(text) > 4:
        return None, 0
    try:
        value = orjson.loads(str(data["column"]))
    except orjson.JSONDecodeError as error:
        raise Malformed from error
    if isinstance(value, list | dict):
        raise Malformed
    return value, min(int(text), MOST_SHOWN)


def more(state: ListState, value: Any, shown: int, count: int) -> dict[str, Any]:
    """The address of the next cards of a column; past the most, the table has them."""
    if shown >= count:
        return {"more_url": None, "rest": 0, "most": False}
    base = state.url()
    mark = "&" if "?" in base else "?"
    query = urlencode({"column": token(value), "shown": shown + PER_COLUMN})
    return {
        "more_url": f"{base}{mark}{query}",
        "rest": count - shown,
        "most": shown >= MOST_SHOWN,
    }


def more_cards(request: HttpRequest, place: Place, state: ListState) -> dict[str, Any]:
    """The next cards of one column alone."""
    by, (value, shown) = field_for(place.spec, state.shape, state.by), opened(request.GET)
    count = tallies(place.spec, state.query(), place.context, by).get(value, Tally()).count
    rows = top_rows(place.spec, state.query(), place.context, by, [value], shown)[value]
    fresh = rows[max(0, shown - PER_COLUMN) :]
    cards = Cards(place, state, by, fresh)
    head = {
        "cards": cells.joined(cards.card(row) for row in fresh),
        "url": state.within(column_filter(by, value)),
    }
    return {"column": {**head, **more(state, value, len(rows), count)}}


# --- columns -----------------------------------------------------------------------------


def column_values(place: Place, by: Field, counts: dict[Any, Tally]) -> list[Any]:
    """Values in order. Archived choices only where cards stand in them; those without a value last."""
    gone = {option.key for option in by.options if option.archived}
    values = by.type.group_values(by)
    if by.type.references:
        values = people_or_teams(place, by, counts)
    found = [value for value in values if value in counts or value not in gone][:MOST_COLUMNS]
    return [*found, None] if not by.required or None in counts else found


def people_or_teams(place: Place, by: Field, counts: dict[Any, Tally]) -> list[int]:
    """Colleagues (or teams) by name, then those who left and still have records."""
    choices = Choices(place.context)
    known = choices.users if by.type.references == "user" else sorted(choices.teams, key=lambda pair: pair[1])
    here = [pk for pk, _name in known]
    return [*here, *sorted(pk for pk in counts if pk is not None and pk not in here)]


def column_names(place: Place, by: Field, values: list[Any]) -> dict[Any, str]:
    ids = [value for value in values if isinstance(value, int)]
    lookups = {"user": user_names, "team": team_names}
    lookup = lookups.get(by.type.references)
    if lookup:
        known = lookup(place.context.workspace_id, ids)
        names: dict[Any, str] = {pk: known.get(pk) or _("Somebody who left") for pk in ids}
    else:
        names = {value: by.type.display(by, value, place.context) for value in values}
    return names | {None: _("No %(field)s") % {"field": noun(by.label)}}


def column_head(
    place: Place, state: ListState, by: Field, value: Any, names: dict[Any, str], tally: str
) -> dict[str, Any]:
    option = by.option(value) if isinstance(value, str) else None
    return {
        "token": token(value),
        "id": column_id(value),
        "label": names[value],
        "colour": option.colour if option else "grey",
        "person": value if by.type.references == "user" else None,
        "archived": bool(option and option.archived),
        "url": state.within(column_filter(by, value)),
        "tally": tally,
    }


def column_id(value: Any) -> str:
    """A name for the column's parts in the page."""
    return "none" if value is None else str(value).lower()


def heads_now(place: Place, state: ListState) -> list[dict[str, Any]]:
    """Every column's tally as it now is, for the answer to a move."""
    state = settled(place, state)
    by, add = field_for(place.spec, state.shape, state.by), added(place, state)
    counts = tallies(place.spec, state.query(), place.context, by, add)
    return [
        {"id": column_id(value), "tally": tally_text(counts.get(value, Tally()), add, place)}
        for value in column_values(place, by, counts)
    ]
