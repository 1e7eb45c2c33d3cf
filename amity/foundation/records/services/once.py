"""The same thing sent twice, or at once, is done once: what was answered is kept with the work, for 24 hours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import Workspace
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Invalid
from amity.foundation.core.scope import scope
from amity.foundation.records.models import KeptAnswer

KEPT_FOR = timedelta(hours=24)


def claim(actor: Actor, key: str, fingerprint: str) -> tuple[KeptAnswer, bool]:
    """The row of this key, locked until the transaction ends, and whether it is new.

    Call inside the transaction of the work: a second request waits for the first, and a failure leaves no
    trace, so that it may be tried again. Raises Invalid when the key was used for something else.
    """
    mine = {"workspace_id": actor.workspace_id, "user_id": actor.user_id, "key": key}
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


def forget_old() -> int:
    """Remove answers older than 24 hours; returns how many."""
    found = 0
    for workspace_id in Workspace.objects.values_list("pk", flat=True):
        with scope(workspace_id):
            found += KeptAnswer.objects.filter(created_at__lt=now() - KEPT_FOR).delete()[0]
    return found
