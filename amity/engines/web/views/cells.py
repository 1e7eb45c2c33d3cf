"""What the grid sends: texts of many cells in one request, answered with the changed rows as they now are."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amity.engines.web.pages import render_page, signed_in
from amity.engines.web.shapes.grid import fresh_rows, fresh_sums
from amity.engines.web.state import ListState, state_of, views_of
from amity.engines.web.views.common import Place, place_of
from amity.foundation.core.errors import AmityError, Malformed
from amity.foundation.core.money import format_number
from amity.foundation.records.listing import MAX_PAGE
from amity.foundation.records.services.cells import (
    CONFLICT,
    REFUSED,
    WRITTEN,
    CellText,
    Outcome,
    Pasted,
    paste_cells,
)


@signed_in
def page(request: HttpRequest, key: str) -> HttpResponse:
    """POST `cells` writes; GET `ids` answers rows as they are. What the list shows is in the query, as in its own."""
    place = place_of(request, key)
    place.actor.require(key, "edit")
    state = state_of(place, request.GET, views_of(place))
    if request.method != "POST":
        return _answer(request, place, state, _ids(request.GET.get("ids", "")))
    sent = _cells(request.POST.get("cells", ""))
    try:
        found = paste_cells(actor=place.actor, spec=place.spec, cells=sent)
    except AmityError as error:
        if error.status not in (422, 429):
            raise
        return render_page(request, "web/records/grid_answer.j2", _nothing(str(error)), status=error.status)
    ids = list(dict.fromkeys(one.record_id for one in sent))[:MAX_PAGE]
    return _answer(request, place, state, ids, found)


def _cells(text: str) -> list[CellText]:
    """`[[record id, version, field, text], …]`. Raises Malformed."""
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Malformed from error
    if not isinstance(data, list) or not all(isinstance(one, list) and len(one) == 4 for one in data):
        raise Malformed
    for record_id, version, field, typed in data:
        whole = all(type(one) is int and 0 < one < 2**63 for one in (record_id, version))
        if not whole or not isinstance(field, str) or not isinstance(typed, str):
            raise Malformed
    return [CellText(record_id, field, typed, version) for record_id, version, field, typed in data]


def _ids(text: str) -> list[int]:
    words = text.split(",")[:MAX_PAGE]
    return [int(word) for word in words if word.isascii() and word.isdecimal() and len(word) < 19]


def _nothing(text: str) -> dict[str, Any]:
    return {"lines": [], "sums": None, "troubles": [], "text": text, "undo_url": None, "kind": "bad"}


def _answer(
    request: HttpRequest, place: Place, state: ListState, ids: list[int], found: Pasted | None = None
) -> HttpResponse:
    outcomes = found.outcomes if found else []
    troubles = [one for one in outcomes if one.status in (REFUSED, CONFLICT)]
    context = {
        **_nothing(""),
        "kind": "",
        "lines": fresh_rows(place, state, ids) if ids else [],
        "sums": fresh_sums(place, state) if ids else None,
        "troubles": [_trouble(one) for one in troubles],
        "text": _text(outcomes, place) if found and not (troubles and not found.run) else "",
        "undo_url": f"/bulk/{found.run.pk}/undo/" if found and found.run else None,
    }
    return render_page(request, "web/records/grid_answer.j2", context)


def _trouble(one: Outcome) -> dict[str, Any]:
    cell = one.cell
    return {
        "id": cell.record_id, "key": cell.field, "typed": cell.text, "why": one.message,
        "mine": one.status == CONFLICT,
    }  # fmt: skip


def _text(outcomes: list[Outcome], place: Place) -> str:
    n = sum(one.status == WRITTEN for one in outcomes)
    if not n:
        return _("Nothing needed changing.")
    number = format_number(n, place.context.language)
    return ngettext("%(n)s cell changed.", "%(n)s cells changed.", n) % {"n": number}
