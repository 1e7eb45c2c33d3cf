"""What the caller was told: the notification centre by REST."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from amity.engines.api.call import Call, answer
from amity.engines.api.parameters import MAX_LIMIT, refuse, switch, whole_number
from amity.engines.notify import centre
from amity.engines.notify.kinds import Told
from amity.foundation.core.clock import to_iso
from amity.foundation.core.errors import Invalid, Malformed, NotFound


def told_json(told: Told) -> dict[str, Any]:
    """A record one may not see (any more) is left out."""
    seen = bool(told.title)
    return {
        "id": told.id,
        "kind": told.kind.key,
        "text": told.text,
        "at": to_iso(told.at),
        "read": told.read,
        "actor": {"id": told.actor_id, "name": told.who} if told.actor_id else None,
        "object": told.spec.key if told.spec else None,
        "record": told.record_id if seen else None,
        "count": told.count,
        "url": told.url or None,
    }


def list_told(call: Call) -> HttpResponse:
    given = call.query("cursor", "limit", "unread")
    limit = whole_number(given, "limit", 50, MAX_LIMIT)
    unread = switch(given, "unread")
    try:
        found, after = centre.page(call.actor, unread=unread, before=given.get("cursor", ""), limit=limit)
    except Malformed as error:
        raise refuse("cursor", _("This page link is no longer valid.")) from error
    data = [told_json(told) for told in found]
    return answer({"data": data, "next_cursor": after or None, "unread": centre.unread_count(call.actor)})


def _one(call: Call, row: Any) -> HttpResponse:
    found = centre.shown(call.actor, [row])
    if not found:
        raise NotFound
    return answer(told_json(found[0]))


def read(call: Call) -> HttpResponse:
    call.query()
    return _one(call, centre.get(call.actor, call.path["notification_id"]))


def mark(call: Call) -> HttpResponse:
    call.query()
    wanted = call.body("read").get("read")
    if not isinstance(wanted, bool):
        raise Invalid.one("read", "type", _("This must be true or false."))
    row = centre.mark(actor=call.actor, notification_id=call.path["notification_id"], read=wanted)
    return _one(call, row)


def read_all(call: Call) -> HttpResponse:
    """Everything unread becomes read."""
    call.query()
    count, _moment = centre.mark_all(actor=call.actor)
    return answer({"marked": count})
