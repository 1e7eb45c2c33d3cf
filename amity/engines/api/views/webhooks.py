"""Webhooks and their messages, for administrators' programs."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from amity.engines.api.call import Call, answer, nothing
from amity.engines.api.views.parts import newest, page_of
from amity.engines.webhooks import messages, services
from amity.engines.webhooks.models import Delivery, Webhook
from amity.foundation.core.clock import to_iso
from amity.foundation.core.errors import Invalid

# The API's word for each field of a webhook, where it is another.
NAMES = {"name": "name", "url": "url", "objects": "object_keys", "verbs": "verbs", "filter": "filter"}


def webhook_json(hook: Webhook) -> dict[str, Any]:
    return {
        "id": hook.pk,
        "name": hook.name,
        "url": hook.url,
        "objects": hook.object_keys,
        "verbs": hook.verbs,
        "filter": hook.filter,
        "user": hook.user_id,
        "active": hook.is_active,
        "off_reason": hook.off_reason,
        "created_at": to_iso(hook.created_at),
    }


def delivery_json(row: Delivery) -> dict[str, Any]:
    return {
        "id": row.pk,
        "message_id": row.message_id,
        "event": row.kind,
        "state": row.state,
        "tries": row.tries,
        "next_at": to_iso(row.next_at) if row.next_at else None,
        "created_at": to_iso(row.created_at),
    }


def list_webhooks(call: Call) -> HttpResponse:
    call.query()
    return answer(
        {"data": [webhook_json(hook) for hook in services.webhooks_of(call.actor)], "next_cursor": None}
    )


def create(call: Call) -> HttpResponse:
    """The answer holds the secret, this once."""
    call.query()
    data = call.body(*NAMES)
    given = {NAMES[key]: value for key, value in data.items()}
    hook, secret = services.create_webhook(actor=call.actor, **{"name": "", "url": "", **given})
    response = answer({**webhook_json(hook), "secret": secret}, 201)
    response["Location"] = f"/api/v1/webhooks/{hook.pk}"
    return response


def read(call: Call) -> HttpResponse:
    call.query()
    return answer(webhook_json(services.get_webhook(call.actor, call.path["webhook_id"])))


def update(call: Call) -> HttpResponse:
    call.query()
    data = call.body(*NAMES, "active")
    active = data.pop("active", None)
    if active is not None and not isinstance(active, bool):
        raise Invalid.one("active", "type", _("This must be true or false."))
    who = {"actor": call.actor, "webhook_id": call.path["webhook_id"]}
    hook = services.get_webhook(call.actor, call.path["webhook_id"])
    if data:
        hook = services.change_webhook(**who, **{NAMES[key]: value for key, value in data.items()})
    if active is not None and active != hook.is_active:
        hook = services.switch(**who, on=active)
    return answer(webhook_json(hook))


def delete(call: Call) -> HttpResponse:
    call.query()
    services.remove_webhook(actor=call.actor, webhook_id=call.path["webhook_id"])
    return nothing()


def secret(call: Call) -> HttpResponse:
    """A new secret; the old one signs beside it for a day."""
    call.query()
    hook, fresh = services.renew_secret(actor=call.actor, webhook_id=call.path["webhook_id"])
    return answer({**webhook_json(hook), "secret": fresh})


def test(call: Call) -> HttpResponse:
    call.query()
    row = messages.send_test(actor=call.actor, webhook_id=call.path["webhook_id"])
    return answer(delivery_json(row), 202)


def list_deliveries(call: Call) -> HttpResponse:
    rows, cursor = newest(call, messages.deliveries_of(call.actor, call.path["webhook_id"]))
    return page_of([delivery_json(row) for row in rows], cursor)


def replay(call: Call) -> HttpResponse:
    call.query()
    path = {key: call.path[key] for key in ("webhook_id", "delivery_id")}
    return answer(delivery_json(messages.replay(actor=call.actor, **path)), 202)
