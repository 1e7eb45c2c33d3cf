"""`Idempotency-Key`: the same POST sent twice, or at once, is done once and answered alike."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from amity.engines.api.body import read_body
from amity.engines.api.call import Call, Endpoint
from amity.engines.api.models import KeptAnswer
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Conflict, Invalid, Malformed

KEPT_FOR = timedelta(hours=24)
KEPT_HEADERS = ("Location", "ETag", "Content-Type")


def once(call: Call, endpoint: Endpoint) -> HttpResponse:
    """Do the work, or repeat the answer given to the same key before.

    Key and work are one transaction: a second request waits for the first, and a failure leaves no trace,
    so that it may be tried again. Raises Invalid when the key was used for something else.
    """
    if key_of(call) == "" or call.actor.read_only:
        return endpoint(call)
    try:
        with transaction.atomic():
            kept, fresh = claim(call)
            if not fresh:
                return _again(kept)
            response = endpoint(call)
            _keep(kept, response)
            return response
    except IntegrityError:
        with transaction.atomic():
            kept, fresh = claim(call)
            if fresh:
                raise
            return _again(kept)


def key_of(call: Call) -> str:
    key = call.request.headers.get("Idempotency-Key", "")
    if len(key) > 200 or not key.isprintable():
        raise Malformed(_("An Idempotency-Key has at most 200 printable signs."))
    return key


def claim(call: Call) -> tuple[KeptAnswer, bool]:
    """The row of this key, locked until the transaction ends, and whether it is new."""
    fingerprint = fingerprint_of(call)
    mine = {"workspace_id": call.actor.workspace_id, "user_id": call.actor.user_id, "key": key_of(call)}
    KeptAnswer.unscoped.filter(**mine, created_at__lt=now() - KEPT_FOR).delete()
    kept = KeptAnswer.unscoped.select_for_update().filter(**mine).first()
    if kept is None:
        return KeptAnswer.unscoped.create(**mine, fingerprint=fingerprint), True
    if kept.fingerprint != fingerprint:
        message = _("This Idempotency-Key was used for another request.")
        raise Invalid(message=message, code="idempotency_key")
    return kept, False


def fingerprint_of(call: Call) -> str:
    head = f"{call.request.method} {call.request.get_full_path()}\n".encode()
    return hashlib.sha256(head + read_body(call.request)).hexdigest()


def _again(kept: KeptAnswer) -> HttpResponse:
    if not kept.status:
        raise Conflict(_("A request with this Idempotency-Key is still at work."), code="in_progress")
    response = HttpResponse(kept.body.encode(), status=kept.status, headers=kept.headers)
    response["Idempotent-Replayed"] = "true"
    return response


def _keep(kept: KeptAnswer, response: HttpResponse) -> None:
    kept.status = response.status_code
    kept.headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    kept.body = response.content.decode()
    kept.save(update_fields=["status", "headers", "body"])


def forget_old() -> int:
    """Remove answers older than 24 hours; returns how many."""
    found: int = KeptAnswer.unscoped.filter(created_at__lt=now() - KEPT_FOR).delete()[0]
    return found
