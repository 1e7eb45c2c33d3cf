"""Who is written to about records, and what was said about consents."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from amity.engines.api.call import Call, answer
from amity.engines.api.parameters import list_query
from amity.engines.api.serial import shape_of
from amity.engines.api.views.parts import newest, page_of
from amity.foundation.core.clock import to_iso
from amity.foundation.core.errors import Invalid
from amity.foundation.records import listing
from amity.foundation.records.access import MAX_ID, get_record, visible_among
from amity.foundation.records.models import Consent
from amity.foundation.records.objects import spec_by_type
from amity.foundation.records.services.consents import Said, consents_of, set_consent
from amity.foundation.records.services.recipients import Recipient, recipients

LIST = ("filter", "sort", "cursor", "limit", "q")


def list_recipients(call: Call) -> HttpResponse:
    """One line for each who is written to about the records of one page of a list."""
    spec = call.spec
    call.actor.require(spec.key, "see")
    given = call.query(*LIST, "channel", "purpose")
    title = next(item.key for item in spec.live_fields if item.column == "title")
    page = listing.page(spec, list_query(given, shape_of(spec, (title,))), call.context)
    ids = [row.id for row in page.rows]
    found = recipients(call.actor, spec, ids, given.get("channel", "email"), given.get("purpose", ""))
    return answer({"data": [_line(one) for one in found], "next_cursor": page.next_cursor or None})


def _line(one: Recipient) -> dict[str, Any]:
    to = {"id": one.id, "object": one.object, "title": one.name} if one.id else None
    return {
        "to": to,
        "address": one.address or None,
        "postal": one.place,
        "parts": one.parts,
        "relation": one.relation or None,
        "about": [{"id": pk, "object": key, "title": title} for key, pk, title in one.about],
        "consent": one.consent or None,
        "problem": one.problem or None,
    }


def list_consents(call: Call) -> HttpResponse:
    """Every word of consent about a record, newest first."""
    get_record(call.spec, call.actor, call.record_id)
    found, cursor = newest(call, consents_of(call.actor, call.spec, call.record_id))
    return page_of([_word(call, one) for one in found], cursor)


def add_consent(call: Call) -> HttpResponse:
    """`field` names the purpose, `verdict` is given or withdrawn; without `giver` the record itself said so."""
    call.query()
    data = call.body("field", "verdict", "channel", "remark", "giver")
    texts = {key: data.get(key, default) for key, default in TEXTS.items()}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise Invalid.one(key, "type", _("This must be text."))
    get_record(call.spec, call.actor, call.record_id)
    if not any(item.key == texts["field"] for item in call.spec.consents):
        raise Invalid.one("field", "unknown", _("There is no such field."))
    word = set_consent(
        actor=call.actor, spec=call.spec, record_id=call.record_id, field=texts["field"],
        verdict=texts["verdict"], said=Said(texts["channel"], texts["remark"], _giver(data.get("giver"))),
    )  # fmt: skip
    return answer(_word(call, word), 201)


TEXTS = {"field": "", "verdict": "", "channel": "other", "remark": ""}


def _giver(value: Any) -> tuple[str, int] | None:
    if value is None:
        return None
    key, pk = (value.get("object"), value.get("id")) if isinstance(value, dict) else (None, None)
    if not isinstance(key, str) or not isinstance(pk, int) or isinstance(pk, bool) or not 0 < pk <= MAX_ID:
        raise Invalid.one("giver", "type", _("This must be an object of object and id."))
    return key, pk


def _word(call: Call, word: Consent) -> dict[str, Any]:
    """The giver is named to those who may see that record."""
    spec = spec_by_type(call.actor, word.giver_type_id) if word.giver_type_id else None
    seen = spec is not None and visible_among(spec, call.actor, [word.giver_id or 0]).exists()
    field = next(item for item in call.spec.consents if item.settings["purpose"] == word.purpose_id)
    return {
        "id": word.pk,
        "field": field.key,
        "verdict": word.verdict,
        "giver": {"id": word.giver_id, "object": spec.key, "title": word.giver_name}
        if spec and seen
        else None,
        "own": word.giver_id is None,
        "channel": word.channel,
        "remark": word.remark,
        "wording": word.wording,
        "version": word.version,
        "source": word.source,
        "by": word.actor_id,
        "at": to_iso(word.at),
    }


__all__ = ["add_consent", "list_consents", "list_recipients"]
