"""Moving a record to another column of a board or another day of a calendar."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from markupsafe import Markup

from amity.engines.web.pages import done, is_fragment, render_page, signed_in
from amity.engines.web.shapes.board import heads_now
from amity.engines.web.shapes.calendar import Entries
from amity.engines.web.shapes.cards import Cards, card_fields
from amity.engines.web.state import ListState, state_of, views_of
from amity.engines.web.views.common import Place, came_from, place_of, undo_url
from amity.foundation.core.errors import AmityError, Invalid, Malformed
from amity.foundation.records.access import get_record, reaches
from amity.foundation.records.services.records import update_record
from amity.foundation.records.shapes import BOARD, CALENDAR, field_for
from amity.foundation.records.spec import Field
from amity.foundation.records.values import row_of

GONE = (403, 409, 422)


@signed_in
def move(request: HttpRequest, key: str, record_id: int) -> HttpResponse:
    """GET answers the card as it now is. POST `to` with `old`, what the field held (both JSON): the card where
    it then is, with a reason when it could not go there; `list` is the query of the board or calendar."""
    place = place_of(request, key)
    data = request.POST if request.method == "POST" else request.GET
    state = state_of(place, QueryDict(data.get("list", "").removeprefix("?")), views_of(place))
    before = get_record(place.spec, place.actor, record_id)
    if state.shape not in (BOARD, CALENDAR):
        state = replace(state, shape=BOARD, by="")
    by = field_for(place.spec, state.shape, state.by)
    if request.method != "POST":
        return answer(request, place, state, by, before)
    try:
        record = moved(place, state, by, record_id, data)
    except AmityError as error:
        if error.status not in GONE:
            raise
        now = get_record(place.spec, place.actor, record_id)
        return answer(request, place, state, by, now, text=reason(error, place, by, now), status=error.status)
    undo = undo_url(place, record_id) if record.version != before.version else ""
    if not is_fragment(request):
        return done(request, came_from(request, place.url), told(place, by, record), undo_url=undo)
    return answer(request, place, state, by, record, text=told(place, by, record), undo=undo)


def moved(place: Place, state: ListState, by: Field, record_id: int, data: QueryDict) -> Any:
    target, old = read(data, "to"), read(data, "old")
    if state.shape == CALENDAR and target is not None:
        target = on_day(place, by, old, target)
    return update_record(
        actor=place.actor,
        spec=place.spec,
        record_id=record_id,
        values={by.key: target},
        expected={by.key: old},
    )


def read(data: QueryDict, name: str) -> Any:
    try:
        return orjson.loads(data.get(name) or "null")
    except orjson.JSONDecodeError as error:
        raise Malformed from error


def on_day(place: Place, by: Field, old: Any, day: Any) -> str:
    """The old value on the new day: an instant keeps its time."""
    kind: Any = by.type
    try:
        moved_to: str = kind.on_day(old, dt.date.fromisoformat(day), place.context)
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise Malformed from error
    return moved_to


def shown(place: Place, by: Field, record: Any) -> str:
    value = row_of(place.spec, record, place.context, [by]).values.get(by.key)
    return by.type.display(by, value, place.context) or _("nothing")


def told(place: Place, by: Field, record: Any) -> str:
    names = {"title": record.title, "field": by.label}
    if by.type.references:
        return _("“%(title)s”: %(field)s changed.") % names
    return _("“%(title)s”: %(field)s is now %(value)s.") % {**names, "value": shown(place, by, record)}


def reason(error: AmityError, place: Place, by: Field, record: Any) -> str:
    """What went wrong, and where the card is because of it."""
    if isinstance(error, Invalid) and error.errors:
        return " ".join(one.message for one in error.errors)
    if error.status != 409 or by.type.references:
        return str(error)
    return f"{error} " + _("It is now %(value)s.") % {"value": shown(place, by, record)}


def answer(
    request: HttpRequest,
    place: Place,
    state: ListState,
    by: Field,
    record: Any,
    *,
    text: str = "",
    undo: str = "",
    status: int = 200,
) -> HttpResponse:
    """The card and the heads of the columns, all to be put in their places by their ids."""
    seen = reaches(place.spec, place.actor, record, "see")
    context = {
        "card": card_of(place, state, by, record) if seen else "",
        "record_id": record.pk,
        "heads": heads_now(place, state) if state.shape == BOARD else [],
        "text": text,
        "undo_url": undo or None,
        "kind": "bad" if status >= 400 else "",
    }
    return render_page(request, "web/records/moved.j2", context, status=status)


def card_of(place: Place, state: ListState, by: Field, record: Any) -> Markup:
    """The card to take the place of the one on the page."""
    if state.shape == CALENDAR:
        return Entries(place, state, by).entry(row_of(place.spec, record, place.context, [by]), swap=True)
    row = row_of(place.spec, record, place.context, [*card_fields(place, state, by), by])
    return Cards(place, state, by, [row]).card(row, swap=True)
