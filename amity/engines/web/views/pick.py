"""Choosing a linked record: the picker's answers, and what a chosen id is called."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from amity.engines.web import cells
from amity.engines.web.pages import render_page, signed_in
from amity.engines.web.views.common import Place, place_of
from amity.foundation.core.text import fold
from amity.foundation.records.access import visible
from amity.foundation.records.objects import specs_for
from amity.foundation.records.search import search
from amity.foundation.records.services.forms import NEW
from amity.foundation.records.spec import Field
from amity.foundation.records.values import LinkedRecord, Row

OFFERED = 8


@signed_in
def pick(request: HttpRequest, key: str, *, adding: bool = True) -> HttpResponse:
    """Options for what was typed; the newest ones before that. `adding` offers to add what is not there."""
    place = place_of(request, key)
    text = request.GET.get("q", "").strip()[:120]
    if text:
        found = [
            (hit.record_id, hit.title) for hit in search(text, place.actor, specs=[place.spec], limit=OFFERED)
        ]
    else:
        found = list(visible(place.spec, place.actor).order_by("-id").values_list("pk", "title")[:OFFERED])
    exact = any(fold(title) == fold(text) for _pk, title in found)
    options = [(pk, title, cells.avatar(title, pk, square=cells.square(place.spec))) for pk, title in found]
    add = text if adding and text and not exact and place.actor.may(key, "create") else ""
    context = {"options": options, "add": add, "new": NEW, "spec": place.spec}
    return render_page(request, "web/records/options.j2", context)


def linked_row(place: Place, item: Field, raw: str) -> Row | None:
    """A row that holds just this link, for filling a control; None when the record cannot be seen."""
    target = specs_for(place.actor).get(item.target)
    if target is None or not target.enabled or not raw.isdecimal() or len(raw) > 18:
        return None
    title = visible(target, place.actor).filter(pk=int(raw)).values_list("title", flat=True).first()
    if title is None:
        return None
    row = Row((0, "", None, 0, None), {item.key: int(raw)})
    row.links[item.key] = [LinkedRecord(item.target, int(raw), title)]
    return row
