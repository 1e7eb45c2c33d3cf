"""Adding jobs and asking after them. A job is a row of the surrounding transaction, no more."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django_tasks.base import Task

from amity.foundation.core.jobs.wake import notify
from amity.foundation.core.models import UNFINISHED, Job, JobState, WorkerBeat
from amity.foundation.core.scope import current_workspace_id, has_scope

ALIVE = timedelta(seconds=20)


@dataclass(frozen=True)
class Progress:
    """State of a job as pages show it. `done` and `total` are 0 until the job reports."""

    id: int
    state: str
    done: int
    total: int
    text: str
    error: str
    result: Any
    actor_id: int | None

    @property
    def finished(self) -> bool:
        return self.state not in UNFINISHED


def enqueue(
    task: Task[Any, Any],
    *,
    workspace_id: int | None = None,
    actor_id: int | None = None,
    unique_key: str | None = None,
    run_at: datetime | None = None,
    max_attempts: int = 5,
    queue: str = "default",
    **kwargs: Any,
) -> int:
    """Add one job to the surrounding transaction; returns its id.

    Without `workspace_id` the job belongs to the open workspace, if any. `kwargs` must be JSON (TypeError).
    A `unique_key` in use by an unfinished job of the workspace adds nothing and returns that job's id.
    Queue "long" is for work of minutes: it never takes the worker's last free thread.
    """
    job = _new(task, workspace_id, actor_id, run_at, max_attempts, queue, {"args": [], "kwargs": kwargs})
    job.unique_key = unique_key
    return insert(job)


def enqueue_many(
    task: Task[Any, Any],
    calls: Iterable[dict[str, Any]],
    *,
    workspace_id: int | None = None,
    actor_id: int | None = None,
    run_at: datetime | None = None,
    max_attempts: int = 5,
    queue: str = "default",
) -> int:
    """Add one job per dictionary of arguments in a few statements; returns how many."""
    jobs = [
        _new(task, workspace_id, actor_id, run_at, max_attempts, queue, {"args": [], "kwargs": call})
        for call in calls
    ]
    Job.objects.bulk_create(jobs, batch_size=500)
    notify()
    return len(jobs)


def insert(job: Job) -> int:
    """Write an unsaved job, or find the unfinished one that has its unique key."""
    job_id = _insert_unique(job) if job.unique_key else _insert(job)
    notify()
    return job_id


def _insert(job: Job) -> int:
    job.save(force_insert=True)
    return job.pk


def _insert_unique(job: Job) -> int:
    same = Job.objects.filter(
        workspace_id=job.workspace_id, unique_key=job.unique_key, state__in=UNFINISHED
    ).values_list("id", flat=True)
    for _attempt in range(5):
        found = same.first()
        if found is not None:
            return found
        try:
            with transaction.atomic():
                return _insert(job)
        except IntegrityError:  # another process was faster: look again
            job.pk = None
    raise IntegrityError(f"unique key {job.unique_key!r} stays contended")


def _new(
    task: Task[Any, Any],
    workspace_id: int | None,
    actor_id: int | None,
    run_at: datetime | None,
    max_attempts: int,
    queue: str,
    args: dict[str, Any],
) -> Job:
    now = timezone.now()
    json.dumps(args, allow_nan=False)  # refuse here, not in the worker
    return Job(
        workspace_id=workspace_or_open(workspace_id),
        actor_id=actor_id,
        name=task.module_path,
        args=args,
        queue=queue if queue != "default" else task.queue_name,
        priority=task.priority,
        run_at=run_at or task.run_after or now,
        max_attempts=max_attempts,
        created_at=now,
    )


def workspace_or_open(workspace_id: int | None) -> int | None:
    if workspace_id is None and has_scope():
        return current_workspace_id()
    return workspace_id


def cancel(job_id: int) -> bool:
    """Cancel a waiting job at once, ask a running one to stop. False when it had already finished.

    Inside a workspace only its own jobs are found. Permission is the caller's matter.
    """
    found = _visible().filter(id=job_id)
    waiting = found.filter(state=JobState.READY)
    if waiting.update(state=JobState.CANCELLED, finished_at=timezone.now()):
        return True
    return bool(found.filter(state=JobState.RUNNING).update(cancel_requested=True))


def retry(job_id: int) -> bool:
    """Let a failed job run again with all its attempts; False when it is not failed or the same work waits already.

    Inside a workspace only its own jobs are found. Permission is the caller's matter.
    """
    now = timezone.now()
    fresh = {
        "state": JobState.READY,
        "attempts": 0,
        "run_at": now,
        "error": "",
        "finished_at": None,
        "progress": None,
    }
    try:
        with transaction.atomic():
            again = (
                _visible().filter(id=job_id, state=JobState.FAILED).update(**fresh, cancel_requested=False)
            )
    except IntegrityError:  # an unfinished job has the same unique key
        return False
    notify()
    return bool(again)


def hurry(unique_key: str) -> bool:
    """Let a waiting job of the open workspace run now; False when none waits under this key."""
    waiting = _visible().filter(unique_key=unique_key, state=JobState.READY)
    moved = waiting.update(run_at=timezone.now())
    notify()
    return bool(moved)


def progress_of(job_id: int) -> Progress | None:
    """None when there is no such job, or, inside a workspace, when it belongs to another."""
    job = _visible().filter(id=job_id).first()
    if job is None:
        return None
    told = job.progress or {}
    return Progress(
        id=job.pk,
        state=job.state,
        done=told.get("done", 0),
        total=told.get("total", 0),
        text=told.get("text", ""),
        error=job.error,
        result=job.result,
        actor_id=job.actor_id,
    )


def _visible() -> Any:
    return Job.objects.filter(workspace_id=current_workspace_id()) if has_scope() else Job.objects.all()


def worker_alive() -> bool:
    """True when any worker showed itself in the last 20 seconds."""
    now = timezone.now()
    return WorkerBeat.objects.filter(seen_at__gt=now - ALIVE, seen_at__lt=now + ALIVE).exists()
