"""With whom a record is shared."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from amity.engines.api.call import Call, answer, nothing
from amity.engines.api.views.parts import page_of
from amity.foundation.core.clock import from_iso, to_iso
from amity.foundation.core.errors import Invalid
from amity.foundation.records.access import MAX_ID
from amity.foundation.records.models import Share
from amity.foundation.records.services.shares import receiver_name, share_record, shares_of, unshare_record


def share_json(share: Share) -> dict[str, Any]:
    receiver = {"id": share.user_id or share.team_id, "name": receiver_name(share)}
    by = share.shared_by
    return {
        "id": share.pk,
        "user": receiver if share.user_id else None,
        "team": receiver if share.team_id else None,
        "level": share.level,
        "ends_at": to_iso(share.ends_at) if share.ends_at else None,
        "why": share.why,
        "shared_by": {"id": by.pk, "name": by.short_name} if by else None,
        "created_at": to_iso(share.created_at),
    }


def list_shares(call: Call) -> HttpResponse:
    call.query()
    found = shares_of(actor=call.actor, spec=call.spec, record_id=call.record_id)
    return page_of([share_json(share) for share in found], None)


def create(call: Call) -> HttpResponse:
    """Share with one person or team; one that is there already becomes this one."""
    call.query()
    data = call.body("user", "team", "level", "ends_at", "why")
    share = share_record(
        actor=call.actor, spec=call.spec, record_id=call.record_id, user_id=_id(data, "user"),
        team_id=_id(data, "team"), level=_text(data, "level"), ends_at=_instant(data), why=_text(data, "why"),
    )  # fmt: skip
    response = answer(share_json(share), 201)
    response["Location"] = f"/api/v1/{call.spec.key}/{call.record_id}/shares/{share.pk}"
    return response


def remove(call: Call) -> HttpResponse:
    call.query()
    unshare_record(actor=call.actor, spec=call.spec, record_id=call.record_id, share_id=call.path["share_id"])
    return nothing()


def _id(data: dict[str, Any], name: str) -> int | None:
    value = data.get(name)
    if value is not None and (
        isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= MAX_ID
    ):
        raise Invalid.one(name, "type", _("This must be a number."))
    return value


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name, "")
    if not isinstance(value, str):
        raise Invalid.one(name, "type", _("This must be text."))
    return value


def _instant(data: dict[str, Any]) -> datetime | None:
    value = data.get("ends_at")
    try:
        return None if value is None else from_iso(value)
    except (ValueError, TypeError, AttributeError):
        raise Invalid.one("ends_at", "datetime", _("This is no point in time.")) from None
