"""Notes on records: write, change in place, pin, delete, bring back."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from amity.engines.web.glance import last_note
from amity.engines.web.marks import mentioned
from amity.engines.web.pages import done, is_fragment, once, render_page, signed_in
from amity.engines.web.plain_forms import number
from amity.engines.web.timeline import heading, note_entry, stamped
from amity.engines.web.views.common import Place, came_from, place_of
from amity.foundation.core import clock
from amity.foundation.core.errors import Invalid
from amity.foundation.records.services import notes as service
from amity.foundation.records.services.mentions import colleagues


@signed_in
@require_POST
@once
def add(request: HttpRequest, key: str, record_id: int) -> HttpResponse:
    """htmx gets the new entry for the top of the timeline."""
    place = place_of(request, key)
    try:
        note, named = service.write_note(
            actor=place.actor, spec=place.spec, record_id=record_id, body=request.POST.get("text", ""),
            chosen=[pk for text in request.POST.getlist("mention") if (pk := number(text))],
        )  # fmt: skip
    except Invalid as error:
        if is_fragment(request):
            raise
        return done(request, place.record_url(record_id), str(error))
    if not is_fragment(request):
        return done(
            request, place.record_url(record_id), f"{_('Note saved.')} {untold(named.untold)}".strip()
        )
    note.author = place.actor.user
    entry = stamped(note_entry(place, note), place)
    day = heading(clock.today(place.context.zone), place)
    context = {"entry": entry, "day": day, "url": place.record_url(record_id)}
    context["last_note"] = last_note(place, record_id, entry)
    context["untold"] = untold(named.untold)
    return render_page(request, "web/records/note.j2", context)


def untold(names: list[str]) -> str:
    """The warning to a writer who named colleagues that cannot see the record."""
    if not names:
        return ""
    told = ngettext(
        "%(names)s may not see this record and is not told.",
        "%(names)s may not see this record and are not told.",
        len(names),
    )
    return told % {"names": ", ".join(names)}


@signed_in
@require_GET
def mention(request: HttpRequest, key: str, record_id: int) -> HttpResponse:
    """Colleagues to name, for what was typed behind the @."""
    place, text = place_of(request, key), request.GET.get("q", "").strip()[:80]
    people = colleagues(actor=place.actor, spec=place.spec, record_id=record_id, text=text)
    return render_page(request, "web/records/mention.j2", {"people": people})


@signed_in
def edit(request: HttpRequest, key: str, record_id: int, note_id: int) -> HttpResponse:
    """The note's text in place."""
    place = place_of(request, key)
    which: dict[str, Any] = {
        "actor": place.actor,
        "spec": place.spec,
        "record_id": record_id,
        "note_id": note_id,
    }
    note = service.get_note(**which)
    if request.method != "POST":
        if not is_fragment(request):
            return HttpResponseRedirect(place.record_url(record_id))
        return editor(request, note.body, [])
    try:
        note = service.edit_note(**which, body=request.POST.get("text", ""))
    except Invalid as error:
        return editor(request, request.POST.get("text", ""), [str(error)], status=422)
    if not is_fragment(request):
        return done(request, place.record_url(record_id), _("Note saved."))
    value = mentioned(note.body, [name for _user_id, name in note.mentions])
    context = {"value": value, "text": _("Note saved."), "undo_url": "", "wide": "1"}
    return render_page(request, "web/records/saved.j2", context)


def editor(request: HttpRequest, body: str, errors: list[str], status: int = 200) -> HttpResponse:
    control = {"kind": "textarea", "name": "text", "value": body, "rows": 4}
    context = {
        "action": request.get_full_path(), "label": _("Note"), "control": control, "old": "",
        "errors": errors,
        "help": _("Ctrl+Enter saves."),
    }  # fmt: skip
    return render_page(request, "web/records/editor.j2", context, status=status)


@signed_in
@require_POST
def pin(request: HttpRequest, key: str, record_id: int, note_id: int) -> HttpResponse:
    place = place_of(request, key)
    pinned = request.POST.get("pinned") == "1"
    service.pin_note(actor=place.actor, spec=place.spec, record_id=record_id, note_id=note_id, pinned=pinned)
    return _back(request, place, record_id, _("Note pinned.") if pinned else _("Note unpinned."))


@signed_in
@require_POST
def delete(request: HttpRequest, key: str, record_id: int, note_id: int) -> HttpResponse:
    place = place_of(request, key)
    service.delete_note(actor=place.actor, spec=place.spec, record_id=record_id, note_id=note_id)
    undo = f"{place.record_url(record_id)}notes/{note_id}/restore/"
    return _back(request, place, record_id, _("Note deleted."), undo)


@signed_in
@require_POST
def restore(request: HttpRequest, key: str, record_id: int, note_id: int) -> HttpResponse:
    place = place_of(request, key)
    service.restore_note(actor=place.actor, spec=place.spec, record_id=record_id, note_id=note_id)
    return _back(request, place, record_id, _("The note is back."))


def _back(request: HttpRequest, place: Place, record_id: int, text: str, undo: str = "") -> HttpResponse:
    return done(request, came_from(request, place.record_url(record_id)), text, undo_url=undo)
