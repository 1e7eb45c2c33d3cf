"""How good the records of one object are: the number, its parts, and who types how well."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from amity.engines.quality.jobs import look_for_faults
from amity.engines.quality.measures import Measures, PersonMeasure, by_person, measure, share, trends
from amity.engines.quality.models import QualityPlan
from amity.engines.web.pages import done, render_page, signed_in
from amity.engines.web.quality.draw import colour, frame, line, objects
from amity.engines.web.state import dump
from amity.engines.web.views.common import Place, place_of
from amity.foundation.core import clock
from amity.foundation.core.jobs.api import progress_of
from amity.foundation.records.values import user_names

FEW = 5
WORDS: dict[str, tuple[Any, Any]] = {
    "complete": (gettext_lazy("Filled in"), gettext_lazy("of the fields that count are filled in")),
    "valid": (
        gettext_lazy("Valid"),
        gettext_lazy("of the records have no value that cannot be right, and keep the rules"),
    ),
    "genuine": (gettext_lazy("Genuine"), gettext_lazy("of the records hold nothing that looks invented")),
    "fresh": (gettext_lazy("Fresh"), gettext_lazy("of the records were touched or confirmed within %(n)s days")),
    "unique": (gettext_lazy("Unique"), gettext_lazy("of the records seem to be there once only")),
}  # fmt: skip


@signed_in
def page(request: HttpRequest, key: str) -> HttpResponse:
    place = place_of(request, key)
    found = measure(place.spec, place.actor)
    people = by_person(place.spec, place.actor)
    history = trends(place.spec, place.actor, [0, *(one.person_id for one in people)])
    plan = QualityPlan.unscoped.filter(
        workspace_id=place.actor.workspace_id, object_type_id=place.spec.type_id
    ).first()
    job = progress_of(plan.job_id) if plan and plan.job_id else None
    busy = job is not None and not job.finished
    context = {
        **frame(place, "overview"),
        "objects": objects(place),
        "records": found.records,
        "score": found.score,
        "colour": colour(found.score),
        "parts": parts(place, found),
        "gaps": gaps(place, found),
        "people": persons(place, people, history),
        "line": line(history.get(0, []), place),
        "looked": looked(place, plan),
        "busy": busy,
        "share": job.done / job.total if job and job.total else None,
    }
    asked = request.headers.get("HX-Request") and "state" in request.GET
    if asked and not busy:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render_page(request, "web/quality/overview.j2", context, block="state" if asked else "")


def looked(place: Place, plan: QualityPlan | None) -> str:
    """When this was looked through last."""
    if plan is None or plan.checked_at is None:
        return ""
    at = clock.human_time(plan.checked_at, place.context.zone, place.context.language, clock.now())
    return _("Last checked %(when)s") % {"when": at}


def parts(place: Place, found: Measures) -> list[dict[str, Any]]:
    """The parts of the number, each with the page of the records behind it."""
    base = f"{place.url}quality/"
    urls = {
        "complete": "#fields", "valid": f"{base}check/?kind=valid", "genuine": f"{base}check/?kind=made_up",
        "fresh": f"{base}untouched/", "unique": f"{place.url}duplicates/",
    }  # fmt: skip
    days = {"n": found.plan.stale_days}
    return [
        {
            "key": key, "label": str(label), "text": str(text) % days if key == "fresh" else str(text),
            "share": found.shares[key], "colour": colour(found.shares[key]),
            "count": found.counts[key], "url": urls[key],
        }
        for key, (label, text) in WORDS.items()
    ]  # fmt: skip


def gaps(place: Place, found: Measures) -> list[dict[str, Any]]:
    """Fields that count, the emptiest first, each with the list of the records that lack it."""
    rows = [
        {
            "label": str(gap.field.label), "icon": gap.field.type.icon, "count": gap.empty,
            "share": share(found.records - gap.empty, found.records),
            "url": f"{place.url}?{urlencode({'filter': dump({'field': gap.field.key, 'op': 'empty'})})}",
        }
        for gap in found.gaps
    ]  # fmt: skip
    return sorted(rows, key=lambda row: -row["count"])


def persons(place: Place, people: list[PersonMeasure], history: dict[int, Any]) -> list[dict[str, Any]]:
    """Who typed how well. Below a handful of records a share says nothing."""
    names = user_names(place.actor.workspace_id, [one.person_id for one in people])
    rows = [
        {
            "id": one.person_id, "name": names.get(one.person_id) or _("Somebody who left"),
            "me": one.person_id == place.actor.user_id, "records": one.records, "faults": one.faults,
            "score": one.score if one.records >= FEW else None, "colour": colour(one.score),
            "url": f"{place.url}quality/check/?person={one.person_id}",
            "line": line(history.get(one.person_id, []), place),
        }
        for one in people
    ]  # fmt: skip
    return sorted(rows, key=lambda row: row["score"] is None)


@signed_in
@require_POST
def look(request: HttpRequest, key: str) -> HttpResponse:
    """Look through all records now, in the background."""
    place = place_of(request, key)
    look_for_faults(actor=place.actor, spec=place.spec)
    return done(request, f"{place.url}quality/")
