"""Tables of the machinery: jobs, their schedule, the outbox and the workers' heartbeat.

`workspace_id` is a plain number here: core knows no workspace model and reads across all of them.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from amity.foundation.core.row_security import DOOR


class JobState(models.TextChoices):
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED = (JobState.READY, JobState.RUNNING)


class Job(models.Model):
    """One call of a task. `args` is `{"args": [...], "kwargs": {...}}`; `error` never holds values."""

    row_security = DOOR

    workspace_id = models.BigIntegerField(null=True)
    actor_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=200)
    args = models.JSONField(default=dict)
    queue = models.CharField(max_length=40, default="default")
    priority = models.SmallIntegerField(default=0)
    unique_key = models.CharField(max_length=200, null=True)
    run_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=JobState, default=JobState.READY)
    attempts = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveIntegerField(default=5)
    worker = models.CharField(max_length=100, default="")
    lease_until = models.DateTimeField(null=True)
    cancel_requested = models.BooleanField(default=False)
    progress = models.JSONField(null=True)
    result = models.JSONField(null=True)
    error = models.TextField(default="")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Coalesce(F("workspace_id"), Value(0)),
                F("unique_key"),
                condition=Q(state__in=("ready", "running")),
                name="core_job_unique_unfinished",
            )
        ]
        indexes = [
            models.Index(
                F("priority").desc(), "run_at", "id", condition=Q(state="ready"), name="core_job_next"
            ),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="core_job_lease"),
            models.Index(fields=["finished_at"], name="core_job_finished"),
        ]


class Schedule(models.Model):
    """A task that is due again and again: every so many seconds, or daily at a wall-clock time."""

    row_security = DOOR

    key = models.CharField(max_length=200, unique=True)
    workspace_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=200)
    args = models.JSONField(default=dict)
    every_seconds = models.PositiveIntegerField(null=True)
    daily_at = models.TimeField(null=True)
    zone = models.CharField(max_length=60, default="UTC")
    next_at = models.DateTimeField(db_index=True)
    last_at = models.DateTimeField(null=True)


class OutboxState(models.TextChoices):
    NEW = "new"
    CLAIMED = "claimed"
    DONE = "done"
    DEAD = "dead"


class OutboxEvent(models.Model):
    """One event, written by the transaction that caused it. `dead`: nobody can read it any more."""

    row_security = DOOR

    workspace_id = models.BigIntegerField()
    name = models.CharField(max_length=100)
    payload = models.JSONField()
    state = models.CharField(max_length=10, choices=OutboxState, default=OutboxState.NEW)
    attempts = models.PositiveIntegerField(default=0)
    worker = models.CharField(max_length=100, default="")
    lease_until = models.DateTimeField(null=True)
    error = models.TextField(default="")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=Q(state="new"), name="core_outbox_next"),
            models.Index(fields=["lease_until"], condition=Q(state="claimed"), name="core_outbox_lease"),
            models.Index(fields=["finished_at"], name="core_outbox_finished"),
        ]


class WorkerBeat(models.Model):
    """Proof that a worker lives: one row per worker process, renewed every few seconds."""

    worker = models.CharField(max_length=100, unique=True)
    seen_at = models.DateTimeField()
