"""Throwing away old messages."""

from __future__ import annotations

from datetime import timedelta

from django_tasks import task

from amity.engines.webhooks.models import Delivery, State, Webhook
from amity.foundation.accounts.models import Workspace
from amity.foundation.core.clock import now
from amity.foundation.core.jobs.schedules import declare
from amity.foundation.core.scope import scope

KEEP = timedelta(days=30)


@task()
def purge() -> int:
    """Remove messages after 30 days, and webhooks 30 days after they were removed."""
    limit, removed = now() - KEEP, 0
    for workspace_id in Workspace.objects.values_list("pk", flat=True):
        with scope(workspace_id):
            old = Delivery.objects.filter(created_at__lt=limit).exclude(state=State.WAITING)
            while ids := list(old.values_list("pk", flat=True)[:1000]):
                removed += Delivery.objects.filter(pk__in=ids).delete()[0]
            Webhook.objects.filter(removed_at__lt=limit).delete()
    return removed


declare("webhooks.purge", purge, every=24 * 3600)
