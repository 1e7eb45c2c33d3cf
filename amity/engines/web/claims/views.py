"""The pages of sources and conflicts: of one record, and of all records of an object."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from amity.engines.web.claims import show
from amity.engines.web.pages import done, is_fragment, local_url, render_page, signed_in
from amity.engines.web.quality.draw import tabs
from amity.engines.web.views.common import Place, place_of, undo_url
from amity.foundation.core.errors import AmityError, Invalid, NotFound
from amity.foundation.records.access import MAX_ID, get_record
from amity.foundation.records.services.batches import undo_batch
from amity.foundation.records.services.claims import open_claims
from amity.foundation.records.services.clean import form_values
from amity.foundation.records.services.conflicts import conflicts_of
from amity.foundation.records.services.settling import Choice, reopen, settle, take_all, writable_field
from amity.foundation.records.values import user_names

SHOWN = 25
SOURCES = 12


@signed_in
@require_GET
def sources(request: HttpRequest, key: str, record_id: int) -> HttpResponse:
    """Where each value of a record comes from; a piece of a page for the dialog."""
    place = place_of(request, key)
    record = get_record(place.spec, place.actor, record_id)
    context = {
        "spec": place.spec,
        "title": record.title,
        "url": place.record_url(record_id),
        "lines": show.sources_shown(place, record),
    }
    return render_page(
        request, "web/claims/sources.j2", context, block="list" if is_fragment(request) else ""
    )


@signed_in
@require_GET
def of_record(request: HttpRequest, key: str, record_id: int) -> HttpResponse:
    """All open conflicts of one record; a piece of a page for the dialog."""
    place = place_of(request, key)
    record = get_record(place.spec, place.actor, record_id)
    found, _after = conflicts_of(place.spec, place.actor, record_id=record_id)
    context = {
        "spec": place.spec,
        "title": record.title,
        "url": place.record_url(record_id),
        "cards": show.cards_of(place, found, typing=True),
        "back": place.record_url(record_id),
    }
    return render_page(request, "web/claims/record.j2", context, block="list" if is_fragment(request) else "")


@signed_in
@require_GET
def worklist(request: HttpRequest, key: str) -> HttpResponse:
    """Open conflicts of all records one sees, those of one source or field with `?source=` and `?field=`."""
    place = place_of(request, key)
    source, field = request.GET.get("source", ""), request.GET.get("field", "")
    raw = request.GET.get("after", "")
    after = int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 19 else 0
    found, following = conflicts_of(
        place.spec, place.actor, source=source, field_key=field, after=min(after, MAX_ID), limit=SHOWN
    )
    url = f"{place.url}conflicts/"
    chosen = {name: value for name, value in (("source", source), ("field", field)) if value}
    context = {
        "spec": place.spec,
        "url": url,
        "views": tabs(place, "conflicts"),
        "cards": show.cards_of(place, found, typing=False),
        "next_url": f"{url}?{urlencode({**chosen, 'after': following})}" if following else "",
        "first": not after,
        "chosen": chosen,
        "sources": source_items(place, source, field),
        "fields": field_items(place, source, field),
        "may_take": not place.actor.read_only and place.actor.may(key, "edit"),
        "source": source,
        "source_name": show.source_text(source, _users(place, [source])) if source else "",
        "back": f"{url}?{urlencode(chosen)}" if chosen else url,
    }
    return render_page(request, "web/claims/conflicts.j2", context)


def _users(place: Place, sources: list[str]) -> dict[int, str]:
    return user_names(place.actor.workspace_id, show.people_of(sources))


def source_items(place: Place, source: str, field: str) -> list[dict[str, Any]]:
    """Sources with open answers, as a menu."""
    rows = open_claims(place.spec, place.actor, field_key=field).order_by("source")
    found = list(rows.values_list("source", flat=True).distinct()[:SOURCES])
    users = _users(place, found)
    return [_item(place, show.source_text("", {}) if not one else show.source_text(one, users), one == source,
                  source=one, field=field) for one in found]  # fmt: skip


def field_items(place: Place, source: str, field: str) -> list[dict[str, Any]]:
    rows = open_claims(place.spec, place.actor, source=source).order_by("field")
    found = set(rows.values_list("field", flat=True).distinct())
    items = [item for item in place.spec.live_fields if item.key in found]
    return [_item(place, str(item.label), item.key == field, source=source, field=item.key) for item in items]


def _item(place: Place, label: str, checked: bool, **query: str) -> dict[str, Any]:
    given = {name: value for name, value in query.items() if value}
    return {"label": label, "url": f"{place.url}conflicts/?{urlencode(given)}", "checked": checked}


# --- settling --------------------------------------------------------------------------------


@signed_in
@require_POST
def settle_one(request: HttpRequest, key: str, record_id: int, name: str) -> HttpResponse:
    """`take` an answer, `keep` the record's, or another value in the field's own control."""
    place = place_of(request, key)
    back = local_url(request, request.POST.get("next", ""), place.record_url(record_id))
    try:
        told = settle(
            actor=place.actor, spec=place.spec, record_id=record_id, field_key=name,
            choice=choice_of(request, place, name), present=request.POST.get("present"),
        )  # fmt: skip
    except AmityError as error:
        if error.status not in (409, 422):
            raise
        messages.error(request, texts_of(error))
        return done(request, back)
    label = place.spec.by_key[name].label
    reopening = f"{place.record_url(record_id)}conflicts/{name}/reopen/"
    undo = undo_url(place, record_id) if told.change_id else reopening
    return done(request, back, _("“%(field)s” is settled.") % {"field": label}, undo_url=undo)


def choice_of(request: HttpRequest, place: Place, name: str) -> Choice:
    take = request.POST.get("take", "")
    if take:
        return Choice(take=int(take) if take.isdecimal() and len(take) < 19 else -1)
    if "keep" in request.POST:
        return Choice(keep=True)
    item = writable_field(place.spec, name)
    if item.type.references:
        raise Invalid.one(name, "required", _("Choose one of the answers."))
    return Choice(value=form_values(place.spec, [item], request.POST, place.context)[name])


def texts_of(error: AmityError) -> str:
    return " ".join(item.message for item in error.errors) if isinstance(error, Invalid) else str(error)


@signed_in
@require_POST
def ask_again(request: HttpRequest, key: str, record_id: int, name: str) -> HttpResponse:
    """The toast's Undo after a value was kept."""
    place = place_of(request, key)
    reopen(actor=place.actor, spec=place.spec, record_id=record_id, field_key=name)
    return done(request, f"{place.record_url(record_id)}conflicts/", _("The question is open again."))


@signed_in
@require_POST
def take(request: HttpRequest, key: str) -> HttpResponse:
    """Believe one source in all that is open."""
    place = place_of(request, key)
    url, source = f"{place.url}conflicts/", request.POST.get("source", "")
    try:
        told = take_all(
            actor=place.actor, spec=place.spec, source=source, field_key=request.POST.get("field", "")
        )
    except NotFound:
        messages.error(request, _("Nothing of this source is open any more."))
        return done(request, url)
    if told.refused:
        messages.error(request, _("Not taken: %(reasons)s") % {"reasons": "; ".join(told.refused[:3])})
    if not told.count:
        return done(request, url)
    text = ngettext("%(count)s answer taken.", "%(count)s answers taken.", told.count) % {"count": told.count}
    if told.more:
        more = _("More wait; take them again.")
        text = f"{text} {more}"
    return done(request, url, text, undo_url=f"{url}{told.batch_id}/undo/")


@signed_in
@require_POST
def undo_taken(request: HttpRequest, key: str, batch_id: int) -> HttpResponse:
    place = place_of(request, key)
    told = undo_batch(actor=place.actor, spec=place.spec, batch_id=batch_id)
    text = ngettext("%(count)s record has its old values again.", "%(count)s records have their old values again.",
                    told.restored) % {"count": told.restored}  # fmt: skip
    return done(request, f"{place.url}conflicts/", text)
