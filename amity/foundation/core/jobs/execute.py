"""Running one claimed job: its scope, its context, and what its exception means."""

from __future__ import annotations

import contextvars
import logging
import random
import threading
import traceback
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.base import Task, TaskContext
from django_tasks.utils import normalize_json

from amity.foundation.core.errors import (
    AmityError,
    Denied,
    Invalid,
    LimitReached,
    Malformed,
    NotFound,
    ProviderFailed,
)
from amity.foundation.core.jobs.backend import result_of
from amity.foundation.core.jobs.context import JobCancelled, RunAgain, RunningJob, running
from amity.foundation.core.jobs.store import Claimed, Outcome
from amity.foundation.core.models import Job, JobState
from amity.foundation.core.scope import scope
from amity.foundation.core.trouble import trouble

log = logging.getLogger("amity.jobs")
HOPELESS = (Denied, Invalid, Malformed, NotFound)
LONGEST_WAIT = 3600.0
MACHINE_WAIT = 30.0  # a full disk or a lost database is no fault of the job: no attempt is counted


def execute(job: Claimed, stop: threading.Event | None = None) -> Outcome:
    """Run a job in a context of its own; never raises for what the job does."""
    here = RunningJob(job.id, job.workspace_id, job.actor_id, job.attempts, stop)
    try:
        result = contextvars.Context().run(_call, job, here)
        return Outcome(job, result=result, progress=here.unsaved)
    except RunAgain as again:
        return _later(job, here, "", again.after, job.attempts - 1)
    except JobCancelled:
        return Outcome(job, JobState.CANCELLED, progress=here.unsaved)
    except (Exception, SystemExit) as error:  # a job must not take the worker with it
        return _failed(job, here, error)


def _call(job: Claimed, here: RunningJob) -> Any:
    running.set(here)
    if job.workspace_id is None:
        return _call_task(job)
    with scope(job.workspace_id):
        return _call_task(job)


def _call_task(job: Claimed) -> Any:
    task = task_named(job.name)
    args = job.args["args"]
    if task.takes_context:
        row = Job.objects.get(id=job.id)
        args = [TaskContext(task_result=result_of(row, task)), *args]
    result = task.call(*args, **job.args["kwargs"])
    return None if result is None else normalize_json(result)


@lru_cache(maxsize=1000)
def task_named(name: str) -> Task[Any, Any]:
    """The task with this import path; anything that is not a task is refused with LookupError."""
    task = import_string(name)
    if not isinstance(task, Task):
        raise LookupError(f"{name} is not a task")
    return task


def _failed(job: Claimed, here: RunningJob, error: BaseException) -> Outcome:
    log.warning("job %s %s failed in attempt %s", job.id, job.name, job.attempts, exc_info=error)
    if unavailable := trouble(error):
        return _later(job, here, str(unavailable), MACHINE_WAIT, job.attempts - 1)
    again = job.attempts < job.max_attempts and not _hopeless(error)
    if not again:
        return Outcome(job, JobState.FAILED, error=describe(error), progress=here.unsaved)
    return _later(job, here, describe(error), wait_before(job.attempts, error), job.attempts)


def _later(job: Claimed, here: RunningJob, reason: str, seconds: float, attempts: int) -> Outcome:
    run_at = timezone.now() + timedelta(seconds=seconds)
    return Outcome(job, JobState.READY, error=reason, run_at=run_at, attempts=attempts, progress=here.unsaved)


def _hopeless(error: BaseException) -> bool:
    return isinstance(error, HOPELESS) or (isinstance(error, ProviderFailed) and error.permanent)


def wait_before(attempts: int, error: BaseException | None = None) -> float:
    """Seconds until the next try: 5, 10, 20 … one hour, with 20 % of chance; or what the error says."""
    if isinstance(error, LimitReached) and error.retry_after:
        return float(error.retry_after)
    return min(5.0 * 2.0 ** min(attempts - 1, 20), LONGEST_WAIT) * random.uniform(0.9, 1.1)  # noqa: S311


def describe(error: BaseException) -> str:
    """Text that may be stored and shown: foreign messages can hold secrets, so only class and place."""
    if isinstance(error, AmityError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
