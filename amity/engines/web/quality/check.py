"""The worklist of one object: records with their reasons, and what can be done about each with one key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from amity.engines.quality import findings
from amity.engines.quality.findings import Told
from amity.engines.quality.measures import later_doubles
from amity.engines.quality.plans import plan_of
from amity.engines.quality.reasons import KINDS
from amity.engines.web import cells
from amity.engines.web.pages import done, render_page, signed_in
from amity.engines.web.plain_forms import number
from amity.engines.web.quality.draw import frame
from amity.engines.web.quality.views import row_with
from amity.engines.web.views.common import Place, came_from, place_of, undo_url
from amity.foundation.core import clock
from amity.foundation.core.errors import Conflict, Invalid, NotFound
from amity.foundation.records.access import reaches, visible_among
from amity.foundation.records.services.records import delete_record
from amity.foundation.records.values import Row, load_links, user_names

SHOWN = 25
DOUBLE = "duplicate"
COLOURS = {"invalid": "amber", "made_up": "violet", "rule": "blue", DOUBLE: "teal"}
ALL = gettext_lazy("All")


@signed_in
def page(request: HttpRequest, key: str) -> HttpResponse:
    """The weightiest records; `?kind`, `?person` and `?record` narrow them."""
    place = place_of(request, key)
    kind, person, record = (request.GET.get(name, "") for name in ("kind", "person", "record"))
    person_id, record_id = number(person), number(record)
    if record_id is not None:
        reasons = findings.reasons_for(place.spec, place.actor, record_id)
        found = [(record_id, reasons)] if reasons else []
    else:
        found = _found(place, kind, person_id)
    return _show(
        request, place, "check", found,
        kinds=_kinds(place, kind, person_id), narrowed=_narrowed(place, person_id, record_id),
    )  # fmt: skip


def _found(place: Place, kind: str, person: int | None) -> list[tuple[int, tuple[Told, ...]]]:
    """`valid` stands for both kinds that part counts. Of a person the second of a pair is told too."""
    told: dict[int, tuple[Told, ...]] = {}
    for one_kind in ("invalid", "rule") if kind == "valid" else (kind,):
        rows = findings.to_check(place.spec, place.actor, kind=one_kind, person=person, limit=SHOWN + 1)
        for one in rows:
            told[one.record_id] = (*told.get(one.record_id, ()), *one.reasons)
    if person is not None and not kind and len(told) <= SHOWN:
        twice = Told(DOUBLE, DOUBLE, "", "", _("seems to be there already"))
        doubles = visible_among(place.spec, place.actor, later_doubles(place.spec, place.actor))
        mine = doubles.filter(created_by_id=person).order_by("-pk").values_list("pk", flat=True)
        for pk in mine[: SHOWN + 1]:
            told[pk] = (*told.get(pk, ()), twice)
    return list(told.items())


@signed_in
def right(request: HttpRequest, key: str) -> HttpResponse:
    """What somebody said to be right."""
    place = place_of(request, key)
    rows = findings.settled_records(place.spec, place.actor, SHOWN + 1)
    return _show(request, place, "right", [(pk, reasons) for pk, _at, reasons in rows])


@signed_in
def untouched(request: HttpRequest, key: str) -> HttpResponse:
    """What nobody touched for long, the longest forgotten first."""
    place = place_of(request, key)
    days = plan_of(place.spec, place.actor.workspace_id).stale_days
    rows = findings.stale(place.spec, place.actor, days).values_list("pk", "updated_at")[: SHOWN + 1]
    found: list[tuple[int, tuple[Told, ...]]] = []
    for pk, at in rows:
        when = clock.human_time(at, place.context.zone, place.context.language, clock.now())
        text = _("last changed %(when)s") % {"when": when}
        found.append((pk, (Told("stale", "stale", "", "", text),)))
    return _show(request, place, "stale", found, days=days)


def _show(
    request: HttpRequest, place: Place, active: str, found: list[tuple[int, tuple[Told, ...]]], **more: Any
) -> HttpResponse:
    context = {
        **frame(place, active),
        "mode": active,
        "items": drawn(place, found[:SHOWN]),
        "more": len(found) > SHOWN,
        "square": cells.square(place.spec),
        "kinds": [],
        "narrowed": "",
        "days": 0,
        **more,
    }
    return render_page(request, "web/quality/check.j2", context)


def _kinds(place: Place, active: str, person: int | None) -> list[dict[str, Any]]:
    kept = {"person": person} if person else {}
    items = [("", ALL), *KINDS.items()]
    return [
        {
            "label": str(label), "active": key == active,
            "url": f"{place.url}quality/check/?{urlencode({**({'kind': key} if key else {}), **kept})}",
        }
        for key, label in items
    ]  # fmt: skip


def _narrowed(place: Place, person: int | None, record: int | None) -> str:
    if record is not None:
        return _("Only one record")
    if person is None:
        return ""
    name = user_names(place.actor.workspace_id, [person]).get(person) or _("Somebody who left")
    return _("Only records made by %(name)s") % {"name": name}


def drawn(place: Place, found: Iterable[tuple[int, tuple[Told, ...]]]) -> list[dict[str, Any]]:
    """Each record with its reasons and the values they speak of: a handful of statements for all."""
    found = list(found)
    records = {one.pk: one for one in visible_among(place.spec, place.actor, [pk for pk, _told in found])}
    rows = {pk: row_with(place, record) for pk, record in records.items()}
    wanted = {told.field for _pk, reasons in found for told in reasons}
    fields = [item for item in place.spec.live_fields if item.key in wanted]
    load_links(place.spec, fields, list(rows.values()), place.context)
    names = cells.names_for(fields, [row.values for row in rows.values()], place.context)
    drawing = cells.Drawing(place.context, names)
    may = {pk: reaches(place.spec, place.actor, record, "edit") for pk, record in records.items()}
    return [
        {
            "id": pk, "title": rows[pk].title, "url": place.record_url(pk),
            "groups": _groups(place, rows[pk], reasons, drawing),
            "may_edit": may[pk] and not place.actor.read_only,
            "double": any(told.kind == DOUBLE for told in reasons),
            "only_double": all(told.kind == DOUBLE for told in reasons),
            "may_delete": not place.actor.read_only and reaches(place.spec, place.actor, records[pk], "delete"),
        }
        for pk, reasons in found
        if pk in rows
    ]  # fmt: skip


def _groups(
    place: Place, row: Row, reasons: tuple[Told, ...], drawing: cells.Drawing
) -> list[dict[str, Any]]:
    """Reasons by the field they stand at, with its value and whether it can be cleared."""
    by_field: dict[str, list[Told]] = {}
    for told in reasons:
        by_field.setdefault(told.field, []).append(told)
    found = []
    for key, some in by_field.items():
        item = place.spec.field(key)
        found.append(
            {
                "field": key if item and not item.read_only and not item.required else "",
                "label": some[0].label,
                "value": cells.cell(item, row, drawing) if item and not item.hidden else "",
                "reasons": [{"text": one.text, "colour": COLOURS.get(one.kind, "grey")} for one in some],
            }
        )
    return found


# --- deeds -------------------------------------------------------------------------------


def _back(request: HttpRequest, place: Place) -> str:
    """The worklist one was on, in the same narrowing."""
    base = f"{place.url}quality/"
    back = came_from(request, f"{base}check/")
    return back if back.startswith(base) else f"{base}check/"


@signed_in
@require_POST
def settle(request: HttpRequest, key: str, record_id: int) -> HttpResponse:
    """Remember that everything shown of the record is right."""
    place = place_of(request, key)
    findings.settle(actor=place.actor, spec=place.spec, record_id=record_id)
    undo = f"{place.url}quality/{record_id}/reopen/"
    return done(request, _back(request, place), _("Remembered: this is right."), undo_url=undo)


@signed_in
@require_POST
def reopen(request: HttpRequest, key: str, record_id: int) -> HttpResponse:
    place = place_of(request, key)
    findings.reopen(actor=place.actor, spec=place.spec, record_id=record_id)
    return done(request, _back(request, place), _("It is to check again."))


@signed_in
@require_POST
def confirm(request: HttpRequest, key: str, record_id: int) -> HttpResponse:
    """A record nobody touched for long is still right."""
    place = place_of(request, key)
    findings.confirm(actor=place.actor, spec=place.spec, record_id=record_id)
    undo = f"{place.url}quality/{record_id}/unconfirm/"
    return done(request, _back(request, place), _("Confirmed: still right."), undo_url=undo)


@signed_in
@require_POST
def unconfirm(request: HttpRequest, key: str, record_id: int) -> HttpResponse:
    place = place_of(request, key)
    findings.unconfirm(actor=place.actor, spec=place.spec, record_id=record_id)
    return done(request, _back(request, place), _("It counts as untouched again."))


@signed_in
@require_POST
def clear(request: HttpRequest, key: str, record_id: int) -> HttpResponse:
    """Empty the doubted value. Where that cannot be, a message says why and nothing is changed."""
    place = place_of(request, key)
    name = request.POST.get("field", "")
    item = place.spec.field(name)
    if item is None or item.hidden:
        raise NotFound
    back = _back(request, place)
    try:
        findings.clear_value(actor=place.actor, spec=place.spec, record_id=record_id, field_key=name)
    except (Invalid, Conflict) as error:
        messages.error(request, str(error))
        return done(request, back)
    text = _("%(field)s cleared.") % {"field": item.label}
    return done(request, back, text, undo_url=undo_url(place, record_id))


@signed_in
@require_POST
def delete(request: HttpRequest, key: str, record_id: int) -> HttpResponse:
    place = place_of(request, key)
    delete_record(actor=place.actor, spec=place.spec, record_id=record_id)
    text = _("The record is in the trash for 30 days.")
    return done(request, _back(request, place), text, undo_url=f"{place.record_url(record_id)}restore/")
