"""Throwing away what is finished, in small statements so that nobody waits for the write lock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django_tasks import task

from amity.foundation.core.jobs.context import RunAgain, should_stop
from amity.foundation.core.jobs.schedules import declare
from amity.foundation.core.models import Job, JobState, OutboxEvent, OutboxState, WorkerBeat

KEEP_JOBS = timedelta(days=14)
KEEP_FAILED = timedelta(days=90)
KEEP_EVENTS = timedelta(days=7)
BATCH = 1000


@task
def purge() -> int:
    """Delete finished jobs after 14 days, failed ones after 90, delivered events after 7."""
    now = timezone.now()
    over = Job.objects.filter(state__in=(JobState.DONE, JobState.CANCELLED))
    failed = Job.objects.filter(state=JobState.FAILED)
    events = OutboxEvent.objects.filter(state=OutboxState.DONE)
    WorkerBeat.objects.filter(seen_at__lt=now - timedelta(days=1)).delete()
    return (
        _delete(over.filter(finished_at__lt=now - KEEP_JOBS))
        + _delete(failed.filter(finished_at__lt=now - KEEP_FAILED))
        + _delete(events.filter(finished_at__lt=now - KEEP_EVENTS))
    )


def _delete(old: Any) -> int:
    deleted = 0
    while ids := list(old.values_list("id", flat=True)[:BATCH]):
        if should_stop():
            raise RunAgain
        deleted += old.model.objects.filter(id__in=ids).delete()[0]
    return deleted


declare("core.purge", purge, every=3600)
