"""What webhooks hear: every change of records, as far as the webhook's maker may see it today."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction

from amity.engines.webhooks.messages import queue, switch_off
from amity.engines.webhooks.models import Webhook
from amity.foundation.accounts.actor import Actor, load_actor
from amity.foundation.core.errors import Malformed
from amity.foundation.core.outbox import subscribe
from amity.foundation.records.access import among_records, reach
from amity.foundation.records.context import context_for
from amity.foundation.records.events import RecordsChanged
from amity.foundation.records.filters import compile_tree
from amity.foundation.records.objects import specs_for
from amity.foundation.records.spec import ObjectSpec

SET = 500  # records in one message


def on_records_changed(event: RecordsChanged) -> None:
    hooks = Webhook.objects.filter(is_active=True, removed_at=None).select_related("workspace")
    told = [hook for hook in hooks if hook.hears(event.object_key, event.verb)]
    if told:
        with transaction.atomic():  # all or nothing: after a fault the event comes a second time
            for hook in told:
                _tell(hook, event)


def _tell(hook: Webhook, event: RecordsChanged) -> None:
    actor = load_actor(hook.workspace_id, hook.user_id, "webhook")
    if actor is None:
        switch_off(hook, "member")
        return
    spec = specs_for(actor).get(event.object_key)
    if spec is None or not spec.enabled or not actor.may(spec.key, "see"):
        return
    known = {item.key for item in spec.live_fields}
    fields = [key for key in event.fields if key in known]
    if event.fields and not fields:
        return
    try:
        for ids in _told_ids(hook, spec, actor, event):
            queue(hook, f"{spec.key}.{event.verb}", _data(spec, event, ids, fields))
    except Malformed:  # the filter names a field that is no more
        switch_off(hook, "filter")


def _data(spec: ObjectSpec, event: RecordsChanged, ids: list[int], fields: list[str]) -> dict[str, Any]:
    """Which records and fields, no values: whoever is told asks the API, with the rights of its token."""
    return {
        "object": spec.key,
        "verb": event.verb,
        "ids": ids,
        "fields": fields,
        "user": event.actor_id,
        "source": event.source,
        "batch": event.batch_id,
    }


def _told_ids(hook: Webhook, spec: ObjectSpec, actor: Actor, event: RecordsChanged) -> Iterator[list[int]]:
    """The records the maker may see that fit the filter, in sets; trashed ones too, or no end would be told."""
    condition = compile_tree(spec, hook.filter, context_for(actor))
    limit = reach(spec, actor, "see")
    ids = event.ids
    for start in range(0, len(ids), SET):
        records = among_records(spec, actor.workspace_id, ids[start : start + SET])
        found = records.filter(*[part for part in (limit, condition) if part])
        if told := sorted(found.values_list("pk", flat=True)):
            yield told


subscribe(RecordsChanged, on_records_changed)
