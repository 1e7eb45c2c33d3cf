"""`Idempotency-Key`: the same POST sent twice, or at once, is done once and answered alike."""

from __future__ import annotations

import hashlib

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from amity.engines.api.body import read_body, read_upload
from amity.engines.api.call import Call, Endpoint
from amity.foundation.core.errors import Malformed
from amity.foundation.records.models import KeptAnswer
from amity.foundation.records.services import once as kept_answers

KEPT_HEADERS = ("Location", "ETag", "Content-Type")


def once(call: Call, endpoint: Endpoint, *, upload: bool = False) -> HttpResponse:
    """Do the work, or repeat the answer given to the same key before."""
    if key_of(call) == "" or call.actor.read_only:
        return endpoint(call)
    with transaction.atomic():
        kept, fresh = claim(call, upload=upload)
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


def claim(call: Call, *, upload: bool = False) -> tuple[KeptAnswer, bool]:
    return kept_answers.claim(call.actor, key_of(call), fingerprint_of(call, upload=upload))


def fingerprint_of(call: Call, *, upload: bool) -> str:
    """SHA-256 of method, address and body; of an uploaded file's name and content, whatever the boundary."""
    found = hashlib.sha256(f"{call.request.method} {call.request.get_full_path()}\n".encode())
    if upload:
        file = read_upload(call.request)
        found.update(f"{file.name}\n".encode())
        for chunk in file.chunks():
            found.update(chunk)
    else:
        found.update(read_body(call.request))
    return found.hexdigest()


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
