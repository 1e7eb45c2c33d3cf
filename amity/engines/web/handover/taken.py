"""“What you took over from Ada”: the new owner's page, with what helps to begin and a tick for what is read."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from amity.engines.web import cells
from amity.engines.web.glance import ago
from amity.engines.web.handover.show import number, own_name, read_text
from amity.engines.web.pages import actor_of, done, is_fragment, render_page, signed_in
from amity.engines.web.plain_forms import number as read_number
from amity.engines.web.views.common import Place
from amity.foundation.accounts.actor import Actor
from amity.foundation.core import clock
from amity.foundation.core.errors import Denied, NotFound
from amity.foundation.records.access import MAX_ID, visible_among
from amity.foundation.records.context import context_for
from amity.foundation.records.models import Handover, Note, TakenOver
from amity.foundation.records.objects import spec_by_type
from amity.foundation.records.spec import ObjectSpec
from amity.foundation.records.values import Row, row_of

PAGE = 50
QUIET = 90  # days
NOTE_LENGTH = 160


@signed_in
@require_GET
def page(request: HttpRequest, handover_id: int) -> HttpResponse:
    actor = actor_of(request)
    return render_page(request, "web/handover/taken.j2", context_of(request, actor, handover_id))


@signed_in
@require_POST
def seen(request: HttpRequest, handover_id: int) -> HttpResponse:
    """Tick off one line (`id`), or all of an object (`all`); `read` is 1 or 0."""
    actor = actor_of(request)
    if actor.read_only:
        raise Denied
    rows = mine(actor, handover_id)
    if not rows.exists():
        raise NotFound
    pk, type_id = read_number(request.POST.get("id")), read_number(request.POST.get("all"))
    rows = rows.filter(pk=pk) if pk else rows.filter(object_type_id=type_id or 0)
    with transaction.atomic():
        rows.update(seen_at=clock.now() if request.POST.get("read") == "1" else None)
    if is_fragment(request):
        context = context_of(request, actor, handover_id)
        return render_page(request, "web/handover/taken.j2", context, block="list")
    return done(request, f"/handovers/{handover_id}/taken/?{request.GET.urlencode()}")


def mine(actor: Actor, handover_id: int) -> Any:
    """What this person took over in one step."""
    if handover_id > MAX_ID:
        raise NotFound
    return TakenOver.objects.filter(run_id=handover_id, to_user_id=actor.user_id or 0)


def context_of(request: HttpRequest, actor: Actor, handover_id: int) -> dict[str, Any]:
    """Raises NotFound when nothing came to this person."""
    run = Handover.objects.select_related("from_user", "actor").filter(pk=handover_id).first()
    rows = mine(actor, handover_id)
    counts = dict(
        rows.order_by().values("object_type_id").annotate(n=Count("pk")).values_list("object_type_id", "n")
    )
    specs = [(spec, n) for type_id, n in counts.items() if (spec := known(actor, type_id)) is not None]
    if run is None or not counts:
        raise NotFound
    specs.sort(key=lambda pair: pair[0].position)
    spec = next(
        (one for one, _n in specs if one.key == request.GET.get("object")), specs[0][0] if specs else None
    )
    quiet = request.GET.get("sort") == "quiet"
    start = read_number(request.GET.get("start")) or 0
    read, total = rows.exclude(seen_at=None).count(), sum(counts.values())
    url = f"/handovers/{handover_id}/taken/"
    return {
        "run": run,
        "url": url,
        "here": f"{url}?object={spec.key if spec else ''}{'&sort=quiet' if quiet else ''}",
        "start": start,
        "quiet": quiet,
        "who": own_name(run) or _("Nobody"),
        "undone": run.state == "undone",
        "read": read,
        "total": total,
        "read_text": read_text(read, total, actor),
        "spec": spec,
        "tabs": [
            {
                "label": str(one.plural), "url": f"{url}?object={one.key}", "icon": one.icon, "active": one is spec,
                "count": number(n, actor),
            }
            for one, n in specs
        ],
        **(listed(actor, spec, rows, start, quiet=quiet) if spec else {"lines": [], "more": False, "hidden": 0}),
    }  # fmt: skip


def known(actor: Actor, type_id: int) -> ObjectSpec | None:
    spec = spec_by_type(actor, type_id)
    return spec if spec is not None and spec.enabled and actor.may(spec.key, "see") else None


def listed(actor: Actor, spec: ObjectSpec, rows: Any, start: int, *, quiet: bool) -> dict[str, Any]:
    """One page of lines, the last touched first, or those that nobody touched for longest."""
    ordered = rows.filter(object_type_id=spec.type_id).order_by(
        *(("touched_at", "pk") if quiet else ("-touched_at", "-pk"))
    )
    some = list(ordered[start : start + PAGE + 1])
    more, some = len(some) > PAGE, some[:PAGE]
    ids = [one.record_id for one in some]
    records = {record.pk: record for record in visible_among(spec, actor, ids)}
    notes = last_notes(actor, spec, list(records))
    place = Place(spec, actor, context_for(actor))
    lines = [
        line(place, one, records[one.record_id], notes.get(one.record_id))
        for one in some
        if one.record_id in records
    ]
    return {"lines": lines, "more": more, "hidden": len(some) - len(lines), "page": PAGE}


def last_notes(actor: Actor, spec: ObjectSpec, ids: list[int]) -> dict[int, Note]:
    """The newest note of each record."""
    rows = Note.unscoped.filter(
        workspace_id=actor.workspace_id, object_type_id=spec.type_id, record_id__in=ids, deleted_at=None
    )
    newest = rows.order_by().values("record_id").annotate(last=Max("pk")).values_list("last", flat=True)
    return {
        note.record_id: note for note in Note.objects.select_related("author").filter(pk__in=list(newest))
    }


def line(place: Place, taken: TakenOver, record: Any, note: Note | None) -> dict[str, Any]:
    row = row_of(place.spec, record, place.context)
    zone = clock.find_zone(place.context.zone)
    silent = (clock.today(place.context.zone) - taken.touched_at.astimezone(zone).date()).days
    return {
        "id": taken.pk,
        "record_id": record.pk,
        "title": record.title,
        "url": place.record_url(record.pk),
        "square": cells.square(place.spec),
        "stage": stage(place.spec, row),
        "touched": ago(taken.touched_at, place),
        "quiet": quiet_text(silent) if silent > QUIET else "",
        "note": Truncator(" ".join(note.body.split())).chars(NOTE_LENGTH) if note else "",
        "note_who": note.author.short_name if note and note.author else "",
        "note_at": ago(note.created_at, place) if note else "",
        "mine": record.owner_id == place.actor.user_id,
        "seen": taken.seen_at is not None,
    }


def stage(spec: ObjectSpec, row: Row) -> dict[str, str] | None:
    item = spec.field(spec.board_field) if spec.board_field else None
    option = item.option(row.values.get(item.key) or "") if item and not item.hidden else None
    return {"label": str(option.label), "color": option.colour} if option else None


def quiet_text(days: int) -> str:
    return ngettext("Quiet for %(n)s day", "Quiet for %(n)s days", days) % {"n": days}


__all__ = ["page", "seen"]
