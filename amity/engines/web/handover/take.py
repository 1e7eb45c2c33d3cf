"""“Take over” in a record's menu: the record, and what is linked to it and has the same owner."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from amity.engines.web.handover import show
from amity.engines.web.pages import actor_of, done, once, render_page, signed_in
from amity.engines.web.runs import follow
from amity.engines.web.views.common import place_of
from amity.foundation.core.errors import Conflict, Denied
from amity.foundation.records.access import get_record, visible_among
from amity.foundation.records.services.handover_plan import gives
from amity.foundation.records.services.records import check_handing
from amity.foundation.records.services.take_over import linked_of_owner, may_take, take_over

NAMED = 5


@signed_in
@once
def page(request: HttpRequest, key: str, record_id: int) -> HttpResponse:
    place = place_of(request, key)
    record = get_record(place.spec, place.actor, record_id, "edit")
    if not gives(place.actor, place.spec):
        raise Denied
    url = place.record_url(record.pk)
    if record.owner_id != place.actor.user_id:
        check_handing(place.spec, record, place.actor.user_id, place.actor)
    if not may_take(place.actor, place.spec, record):
        messages.info(request, _("This is yours already."))
        return HttpResponseRedirect(url)
    if request.method == "POST":
        return _taken(request, place.spec, record, url)
    linked = [
        {
            "key": other.key,
            "icon": other.icon,
            "label": show.amounts([(other, len(ids))], place.actor),
            "names": ", ".join(
                visible_among(other, place.actor, ids[:NAMED]).values_list("title", flat=True)
            ),
            "more": len(ids) > NAMED,
        }
        for other, ids in linked_of_owner(place.actor, place.spec, record)
    ]
    context = {
        "spec": place.spec,
        "record": record,
        "url": url,
        "linked": linked,
        "who": record.owner.short_name if record.owner else "",
    }
    return render_page(request, "web/handover/take.j2", context)


def _taken(request: HttpRequest, spec: Any, record: Any, url: str) -> HttpResponse:
    also = [key for key in request.POST.getlist("with") if key]
    try:
        run = take_over(actor=actor_of(request), spec=spec, record_id=record.pk, also=also)
    except Conflict as error:
        messages.error(request, str(error))
        return done(request, url)
    page = f"/handovers/{run.pk}/"
    if run.state == "running":
        follow(request, page)
        return done(request, page)
    undo = f"{page}undo/" if run.changed else ""
    return done(
        request, page if run.refused else url, show.outcome_text(run, actor_of(request)), undo_url=undo
    )


__all__ = ["page"]
