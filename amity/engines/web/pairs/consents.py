"""One word of consent, said in one step on the record's page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from amity.engines.web.pages import done, signed_in
from amity.engines.web.pairs.cards import consent_cards
from amity.engines.web.plain_forms import form_page, number, posted
from amity.engines.web.views.common import Place, came_from, place_of, undo_url
from amity.foundation.core.errors import Conflict, Denied, Invalid
from amity.foundation.records.access import get_record
from amity.foundation.records.services.consents import Said, consent_field, set_consent
from amity.foundation.records.services.records import may_edit
from amity.foundation.records.spec import Field
from amity.foundation.records.values import Row, row_of

NAMES = ("giver", "channel", "remark")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def word(request: HttpRequest, key: str, record_id: int, consent: str) -> HttpResponse:
    """The form of one purpose by itself, which the record's card holds folded; a post writes it down."""
    place = place_of(request, key)
    record = get_record(place.spec, place.actor, record_id)
    item = consent_field(place.spec, consent)
    row = row_of(place.spec, record, place.context)
    if request.method != "POST":
        return _form(request, place, item, row, dict.fromkeys(NAMES, ""))
    values = posted(request, *NAMES, "verdict")
    try:
        said = Said(values["channel"] or "other", values["remark"], _giver(values["giver"]))
        set_consent(
            actor=place.actor, spec=place.spec, record_id=record_id, field=consent, verdict=values["verdict"],
            said=said,
        )  # fmt: skip
    except Conflict as error:
        messages.error(request, str(error))
        return done(request, came_from(request, place.record_url(record_id)))
    except Invalid as error:
        return _form(request, place, item, row, values, error)
    texts = {"given": _("Consent written down."), "withdrawn": _("Withdrawal written down.")}
    back = came_from(request, place.record_url(record_id))
    if back.startswith(f"{place.record_url(record_id)}consents/"):
        back = place.record_url(record_id)
    return done(request, back, texts[values["verdict"]], undo_url=undo_url(place, record_id))


def _giver(text: str) -> tuple[str, int] | None:
    """`people:12`, or nothing for the person herself."""
    if not text:
        return None
    key, _sign, raw = text.partition(":")
    return key, number(raw) or 0


def _form(
    request: HttpRequest,
    place: Place,
    item: Field,
    row: Row,
    values: dict[str, Any],
    error: Invalid | None = None,
) -> HttpResponse:
    record = get_record(place.spec, place.actor, row.id)
    cards = consent_cards(place, row, may_edit(place.spec, place.actor, record))
    one = next(one for one in cards["items"] if one["key"] == item.key) if cards else None
    if one is None or not one["may_say"]:
        raise Denied
    context = {"spec": place.spec, "row": row, "url": place.record_url(row.id), "consents": cards, "one": one}
    return form_page(request, "web/pairs/consent.j2", context, values, error)
