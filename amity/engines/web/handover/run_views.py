"""One handover: how far it is, what came of it, stopping it and taking it back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from amity.engines.web.handover import show
from amity.engines.web.pages import actor_of, done, render_page, signed_in
from amity.engines.web.runs import follow, forget, told
from amity.engines.web.views.common import came_from
from amity.foundation.core.errors import Conflict, NotFound
from amity.foundation.records.services import runs
from amity.foundation.records.services.handover import get_handover, undo_handover


@signed_in
@require_GET
def page(request: HttpRequest, handover_id: int) -> HttpResponse:
    actor = actor_of(request)
    run = get_handover(actor, handover_id)
    told(request, run, f"/handovers/{run.pk}/")
    return render_page(request, "web/handover/run.j2", show.result_of(run, actor))


@signed_in
@require_GET
def progress(request: HttpRequest, handover_id: int) -> HttpResponse:
    """The piece of the page that htmx asks for every second; when it is over, the whole page again."""
    actor = actor_of(request)
    run = get_handover(actor, handover_id)
    if run.state not in runs.BUSY:
        return HttpResponse(status=204, headers={"HX-Redirect": f"/handovers/{run.pk}/"})
    return render_page(request, "web/handover/run.j2", show.result_of(run, actor), block="progress")


@signed_in
@require_GET
def badge(request: HttpRequest, handover_id: int) -> HttpResponse:
    """What the menu says of a run: how far it is, and once how it ended."""
    actor = actor_of(request)
    try:
        run = get_handover(actor, handover_id)
    except NotFound:
        if not forget(request, f"/handovers/{handover_id}/"):
            raise
        return HttpResponse()
    told(request, run, f"/handovers/{run.pk}/")
    return render_page(request, "web/runs/badge.j2", {"line": show.line_of(run, actor)})


@signed_in
@require_POST
def cancel(request: HttpRequest, handover_id: int) -> HttpResponse:
    actor = actor_of(request)
    run = get_handover(actor, handover_id)
    runs.cancel_run(actor=actor, run=run)
    return done(request, f"/handovers/{run.pk}/", _("It stops after the records at hand."))


@signed_in
def undo(request: HttpRequest, handover_id: int) -> HttpResponse:
    """Give everything back. What stays is named on the run's page."""
    actor = actor_of(request)
    run = get_handover(actor, handover_id)
    url = f"/handovers/{run.pk}/"
    if request.method != "POST":
        return HttpResponseRedirect(url)
    try:
        undo_handover(actor=actor, run=run)
    except Conflict as error:
        messages.error(request, str(error))
        return done(request, url)
    if run.state in runs.BUSY:
        follow(request, url)
        return done(request, url)
    if run.results["undo"]["kept_count"]:
        return done(request, url)
    return done(request, came_from(request, url), show.undone_text(run, actor))
