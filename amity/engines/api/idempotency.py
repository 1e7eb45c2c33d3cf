"""`Idempotency-Key`: the same POST sent twice, or at once, is done once and answered alike."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from amity.engines.api.body import read_body
from amity.engines.api.call import Call, Endpoint
from amity.engines.api.models import KeptAnswer
from amity.foundation.accounts.models import Workspace
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Invalid, Malformed
from amity.foundation.core.scope import scope

KEPT_FOR = timedelta(hours=24)
KEPT_HEADERS = ("Location", "ETag", "Content-Type")


def once(call: Call, endpoint: Endpoint) -> HttpResponse:
    """Do the work, or repeat the answer given to the same key before.

    Key and work are one transaction: a second request waits for the first, and a failure leaves no trace,
    so that it may be tried again.
    """
    if key_of(call) == "" or call.actor.read_only:
        return endpoint(call)
    with transaction.atomic():
        kept, fresh = claim(call)
        if not fresh:
            return again(kept)
        response = endpoint(call)
        keep(kept, response)
    return response


def key_of(call: Call) -> str:
    key = call.request.headers.get("Idempotency-Key", "")
    if len(key) > 200 or not key.isprintable():
        raise Malformed(_("An Idempotency-Key has at most 200 printable signs."))
    return key


def claim(call: Call) -> tuple[KeptAnswer, bool]:
    """The row of this key, locked until the transaction ends, and whether it is new.

    Raises Invalid when the key was used for something else.
    """
    fingerprint = fingerprint_of(call)
    mine = {"workspace_id": call.actor.workspace_id, "user_id": call.actor.user_id, "key": key_of(call)}
    KeptAnswer.unscoped.filter(**mine, created_at__lt=now() - KEPT_FOR).delete()
    kept = _locked(mine)
    if kept is None:
        try:
            with transaction.atomic():
                return KeptAnswer.unscoped.create(**mine, fingerprint=fingerprint), True
        except IntegrityError:  # another request made it meanwhile and has ended by now
            kept = KeptAnswer.unscoped.select_for_update().get(**mine)
    if kept.fingerprint != fingerprint:
        message = _("This Idempotency-Key was used for another request.")
        raise Invalid(message=message, code="idempotency_key")
    return kept, False


def _locked(mine: dict[str, Any]) -> KeptAnswer | None:
    found: KeptAnswer | None = KeptAnswer.unscoped.select_for_update().filter(**mine).first()
    return found


def fingerprint_of(call: Call) -> str:
    head = f"{call.request.method} {call.request.get_full_path()}\n".encode()
    return hashlib.sha256(head + read_body(call.request)).hexdigest()


def again(kept: KeptAnswer) -> HttpResponse:
    """The answer that was given before."""
    response = HttpResponse(kept.body.encode(), status=kept.status, headers=kept.headers)
    response["Idempotent-Replayed"] = "true"
    return response


def keep(kept: KeptAnswer, response: HttpResponse) -> None:
    """Remember the answer, in the transaction of the work."""
    kept.status = response.status_code
    kept.headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    kept.body = response.content.decode()
    kept.save(update_fields=["status", "headers", "body"])


def forget_old() -> int:
    """Remove answers older than 24 hours; returns how many."""
    found = 0
    for workspace_id in Workspace.objects.values_list("pk", flat=True):
        with scope(workspace_id):
            found += KeptAnswer.objects.filter(created_at__lt=now() - KEPT_FOR).delete()[0]
    return found
