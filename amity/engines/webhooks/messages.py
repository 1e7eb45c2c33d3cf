"""Messages to webhooks: queued, sent, tried again, replayed, given up."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django_tasks import task

from amity.engines.webhooks.client import Answer, post
from amity.engines.webhooks.models import Delivery, State, Webhook
from amity.engines.webhooks.services import get_webhook, secrets_of
from amity.engines.webhooks.signing import headers_of, new_message_id
from amity.foundation.accounts.actor import Actor, system_actor
from amity.foundation.accounts.models import Workspace
from amity.foundation.accounts.services import audit
from amity.foundation.core.clock import now, to_iso
from amity.foundation.core.errors import Conflict, NotFound
from amity.foundation.core.jobs.api import enqueue

# Seconds before each further try: some 76 hours in all.
SCHEDULE = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
GIVE_UP = timedelta(days=5)
KEPT_TRIES = 50
GONE = 410
ASK_TO_WAIT = (429, 502, 503, 504)
FIXED = {"content-type": "application/json", "user-agent": "Amity-Webhooks/1", "accept-encoding": "identity"}


def queue(hook: Webhook, kind: str, data: dict[str, Any]) -> Delivery:
    """Write a message and the job that sends it, in the caller's transaction or one of its own."""
    at = now()
    body = json.dumps({"type": kind, "timestamp": to_iso(at), "data": data}, separators=(",", ":"))
    with transaction.atomic():
        delivery = Delivery.unscoped.create(
            workspace_id=hook.workspace_id,
            webhook=hook,
            message_id=new_message_id(),
            kind=kind,
            body=body,
            next_at=at,
            created_at=at,
        )
        send_later(delivery, at)
    return delivery


def send_test(*, actor: Actor, webhook_id: int) -> Delivery:
    hook = get_webhook(actor, webhook_id, write=True)
    if not hook.is_active:
        raise Conflict(_("This webhook is switched off."))
    return queue(hook, "test", {"message": "Hello from Amity", "webhook": hook.pk})


def deliveries_of(actor: Actor, webhook_id: int) -> Any:
    """The messages of a webhook, newest first."""
    hook = get_webhook(actor, webhook_id)
    return Delivery.objects.filter(webhook=hook).order_by("-id")


def replay(*, actor: Actor, webhook_id: int, delivery_id: int) -> Delivery:
    """Send a message that is over once more, under the id it had. Conflict while it waits or its webhook is off."""
    hook = get_webhook(actor, webhook_id, write=True)
    with transaction.atomic():
        delivery = Delivery.objects.select_for_update().filter(webhook=hook, pk=delivery_id).first()
        if delivery is None:
            raise NotFound
        if not hook.is_active:
            raise Conflict(_("This webhook is switched off."))
        if delivery.state == State.WAITING:
            raise Conflict(_("This message is waiting to be sent already."))
        delivery.state, delivery.attempts = State.WAITING, 0
        delivery.next_at, delivery.finished_at = now(), None
        delivery.save(update_fields=["state", "attempts", "next_at", "finished_at"])
        send_later(delivery, delivery.next_at)
    return delivery


def record(delivery: Delivery, answer: Answer) -> None:
    """Keep what a try brought: done, to be tried again, or given up; and switch off who fails for days."""
    at = now()
    entry = {"at": to_iso(at), "status": answer.status, "ms": answer.ms, "error": answer.error}
    with transaction.atomic():
        same = Delivery.unscoped.filter(pk=delivery.pk, state=State.WAITING, attempts=delivery.attempts)
        if same.select_for_update().first() is None:
            return  # another worker, taken for dead or following one, has recorded this try
        delivery.tries = [*delivery.tries, entry][-KEPT_TRIES:]
        delivery.answer, delivery.attempts = answer.body, delivery.attempts + 1
        wait = None if answer.good or answer.status == GONE else wait_before(delivery.attempts, answer)
        if answer.good:
            delivery.state, delivery.next_at, delivery.finished_at = State.DONE, None, at
            Webhook.unscoped.filter(pk=delivery.webhook_id).exclude(failing_since=None).update(
                failing_since=None
            )
        elif wait is None:
            delivery.state, delivery.next_at, delivery.finished_at = State.FAILED, None, at
        else:
            delivery.next_at = at + timedelta(seconds=wait)
            send_later(delivery, delivery.next_at)
        delivery.save()
        if not answer.good:
            _note_failure(delivery.webhook, answer)


def wait_before(attempts: int, answer: Answer) -> float | None:
    """Seconds until the next try after so many; None when there is none. A receiver may ask for longer."""
    if attempts > len(SCHEDULE):
        return None
    asked = answer.retry_after if answer.status in ASK_TO_WAIT else 0
    return max(SCHEDULE[attempts - 1] * random.uniform(1.0, 1.1), asked)  # noqa: S311  spreads load only


def _note_failure(hook: Webhook, answer: Answer) -> None:
    at = now()
    if answer.status == GONE:
        switch_off(hook, "gone")
        return
    Webhook.unscoped.filter(pk=hook.pk, failing_since=None).update(failing_since=at)
    if hook.failing_since and at - hook.failing_since > GIVE_UP:
        switch_off(hook, "failing")


def switch_off(hook: Webhook, reason: str) -> None:
    """By the product itself, once; the log in Settings tells the administrators."""
    hit = Webhook.unscoped.filter(pk=hook.pk, is_active=True).update(is_active=False, off_reason=reason)
    if hit:
        hook.is_active, hook.off_reason = False, reason
        workspace = Workspace.objects.get(pk=hook.workspace_id)
        audit(system_actor(workspace), "webhook.gave_up", hook.name, reason=reason)


def drop(delivery: Delivery) -> None:
    """A message whose webhook is off or removed is not sent."""
    delivery.state, delivery.next_at, delivery.finished_at = State.FAILED, None, now()
    delivery.save(update_fields=["state", "next_at", "finished_at"])


def send_later(delivery: Delivery, at: datetime) -> None:
    """Queue the next try. In the queue of long work, which leaves a thread free when servers hang."""
    enqueue(
        deliver,
        workspace_id=delivery.workspace_id,
        run_at=at,
        queue="long",
        delivery_id=delivery.pk,
        attempt=delivery.attempts,
    )


@task()
def deliver(delivery_id: int, attempt: int) -> None:
    """One try. A worker that dies in it is followed by another: the receiver sees the same id again."""
    rows = Delivery.objects.select_related("webhook").filter(pk=delivery_id)
    delivery = rows.filter(state=State.WAITING, attempts=attempt).first()
    if delivery is None:
        return
    hook = delivery.webhook
    if not hook.is_active or hook.removed_at is not None:
        drop(delivery)
        return
    body = delivery.body.encode()
    signed = headers_of(secrets_of(hook), delivery.message_id, int(now().timestamp()), body)
    with translation.override(hook.workspace.language):
        answer = post(hook.url, body, {**FIXED, **signed})
        record(delivery, answer)
