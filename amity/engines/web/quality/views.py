"""The duplicates of one object: pairs side by side, to be merged or told apart."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from amity.engines.quality.jobs import look_for_duplicates
from amity.engines.quality.models import DuplicatePair, DuplicateScan
from amity.engines.quality.services import decide, decided_pairs, open_pairs
from amity.engines.web import cells
from amity.engines.web.pages import done, render_page, signed_in
from amity.engines.web.quality.draw import tabs
from amity.engines.web.views.common import Place, place_of
from amity.foundation.core import clock
from amity.foundation.core.jobs.api import progress_of
from amity.foundation.records.access import visible_among
from amity.foundation.records.spec import Field
from amity.foundation.records.values import Row, load_links, read_record

SHOWN = 25
TOLD = ("email", "phone", "link", "address", "date", "choice", "text")
FACTS = 5
REASONS: dict[str, Any] = {
    "name": gettext_lazy("same name"), "name~": gettext_lazy("similar name"),
    "email": gettext_lazy("same e-mail"), "email~": gettext_lazy("similar e-mail"),
    "phone": gettext_lazy("same phone"), "phone~": gettext_lazy("similar phone"),
    "company": gettext_lazy("same company"), "birthday": gettext_lazy("same date"),
    "birthday~": gettext_lazy("similar date"), "place": gettext_lazy("same address"),
    "place~": gettext_lazy("similar address"),
}  # fmt: skip


@signed_in
def page(request: HttpRequest, key: str) -> HttpResponse:
    """The surest open pairs, or with `?show=different` those that were told apart."""
    place = place_of(request, key)
    different = request.GET.get("show") == "different"
    pick = decided_pairs if different else open_pairs
    pairs = pick(place.spec, place.actor, SHOWN + 1)
    scan = DuplicateScan.unscoped.filter(
        workspace_id=place.actor.workspace_id, object_type_id=place.spec.type_id
    ).first()
    job = progress_of(scan.job_id) if scan and scan.job_id else None
    context = {
        "spec": place.spec,
        "url": f"{place.url}duplicates/",
        "views": tabs(place, "duplicates"),
        "pairs": drawn(place, pairs[:SHOWN]),
        "more": len(pairs) > SHOWN,
        "different": different,
        "may_merge": may_merge(place),
        "looked": looked(place, scan),
        "busy": job is not None and not job.finished,
        "share": job.done / job.total if job and job.total else None,
        "square": cells.square(place.spec),
    }
    asked = request.headers.get("HX-Request") and "state" in request.GET
    if asked and not context["busy"]:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render_page(request, "web/quality/duplicates.j2", context, block="state" if asked else "")


def may_merge(place: Place) -> bool:
    actor = place.actor
    return not actor.read_only and actor.may(place.spec.key, "edit") and actor.may(place.spec.key, "delete")


def looked(place: Place, scan: DuplicateScan | None) -> str:
    """When this was looked through last."""
    if scan is None or scan.finished_at is None:
        return ""
    at = clock.human_time(scan.finished_at, place.context.zone, place.context.language, clock.now())
    return _("Last checked %(when)s") % {"when": at}


# --- pairs -------------------------------------------------------------------------------


def drawn(place: Place, pairs: list[DuplicatePair]) -> list[dict[str, Any]]:
    """Both records of each pair with the few facts that tell them apart: a handful of statements for all."""
    ids = {pk for pair in pairs for pk in (pair.first_id, pair.second_id)}
    rows = {record.pk: row_with(place, record) for record in visible_among(place.spec, place.actor, ids)}
    fields = told_fields(place)
    load_links(place.spec, fields, list(rows.values()), place.context)
    names = cells.names_for(fields, [row.values for row in rows.values()], place.context)
    drawing = cells.Drawing(place.context, names)
    return [
        {
            "id": pair.pk,
            "percent": min(99, round(pair.chance * 100)),
            "reasons": [str(REASONS[reason]) for reason in pair.reasons if reason in REASONS],
            "sides": [side(place, rows[pk], fields, drawing) for pk in (pair.first_id, pair.second_id)],
            "merge_url": f"{place.url}merge/?ids={pair.first_id}&ids={pair.second_id}",
            "by": str(pair.decided_by) if pair.decided_at and pair.decided_by else "",
        }
        for pair in pairs
    ]


def row_with(place: Place, record: Any) -> Row:
    base = (record.pk, record.title, record.owner_id, record.version, record.updated_at)
    return Row(base, read_record(place.spec, record))


def told_fields(place: Place) -> list[Field]:
    own = [item for item in place.spec.live_fields if item.column != "title" and not item.read_only]
    own = [
        item for item in own if item.key not in place.spec.title_parts and not (item.many and not item.stored)
    ]
    ranked = sorted(
        (item for item in own if item.type.name in TOLD), key=lambda item: TOLD.index(item.type.name)
    )
    return ranked[: 2 * FACTS]


def side(place: Place, row: Row, fields: list[Field], drawing: cells.Drawing) -> dict[str, Any]:
    facts = [
        {"label": str(item.label), "icon": item.type.icon, "value": value}
        for item in fields
        if (value := cells.cell(item, row, drawing))
    ]
    return {"id": row.id, "title": row.title, "url": place.record_url(row.id), "facts": facts[:FACTS]}


# --- deciding ----------------------------------------------------------------------------


@signed_in
@require_POST
def different(request: HttpRequest, key: str, pair_id: int) -> HttpResponse:
    """Remember that the two are not the same."""
    place = place_of(request, key)
    decide(actor=place.actor, spec=place.spec, pair_id=pair_id, different=True)
    undo = f"{place.url}duplicates/{pair_id}/reopen/"
    return done(request, f"{place.url}duplicates/", _("Remembered: they are not the same."), undo_url=undo)


@signed_in
@require_POST
def reopen(request: HttpRequest, key: str, pair_id: int) -> HttpResponse:
    place = place_of(request, key)
    decide(actor=place.actor, spec=place.spec, pair_id=pair_id, different=False)
    return done(request, f"{place.url}duplicates/", _("The pair is open again."))


@signed_in
@require_POST
def look(request: HttpRequest, key: str) -> HttpResponse:
    """Look through all records now, in the background."""
    place = place_of(request, key)
    look_for_duplicates(actor=place.actor, spec=place.spec)
    return done(request, f"{place.url}duplicates/")
