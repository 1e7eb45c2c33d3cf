"""Throwing away answers kept for `Idempotency-Key`s that are over."""

from __future__ import annotations

from django_tasks import task

from amity.foundation.core.jobs.schedules import declare
from amity.foundation.records.services.once import forget_old


@task
def purge_answers() -> int:
    """Returns how many were removed."""
    return forget_old()


declare("api.purge-answers", purge_answers, every=3600)
