"""Our job table behind the interface of `django_tasks`, so that `task.enqueue(...)` works too."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskError, TaskResult, TaskResultStatus
from django_tasks.exceptions import TaskResultDoesNotExist
from django_tasks.utils import normalize_json

from amity.foundation.core.jobs import api
from amity.foundation.core.models import Job, JobState

STATUS = {
    JobState.READY: TaskResultStatus.READY,
    JobState.RUNNING: TaskResultStatus.RUNNING,
    JobState.DONE: TaskResultStatus.SUCCESSFUL,
    JobState.FAILED: TaskResultStatus.FAILED,
    JobState.CANCELLED: TaskResultStatus.FAILED,
}


class DatabaseBackend(BaseTaskBackend):
    supports_defer = True
    supports_async_task = True
    supports_get_result = True
    supports_priority = True

    def enqueue(self, task: Task[Any, Any], args: Any, kwargs: Any) -> TaskResult[Any]:
        """Part of the surrounding transaction, like `api.enqueue`."""
        self.validate_task(task)
        now = timezone.now()
        job = Job(
            workspace_id=api.workspace_or_open(None),
            name=task.module_path,
            args={"args": normalize_json(list(args)), "kwargs": normalize_json(kwargs)},
            queue=task.queue_name,
            priority=task.priority,
            run_at=task.run_after or now,
            created_at=now,
        )
        api.insert(job)
        return result_of(job, task)

    def get_result(self, result_id: str) -> TaskResult[Any]:
        job = Job.objects.filter(id=int(result_id)).first() if result_id.isdecimal() else None
        if job is None:
            raise TaskResultDoesNotExist(result_id)
        return result_of(job, import_string(job.name))


def result_of(job: Job, task: Task[Any, Any]) -> TaskResult[Any]:
    """The view of a job that `django_tasks` callers and `takes_context` tasks know."""
    errors = [TaskError(exception_class_path="builtins.Exception", traceback=job.error)] if job.error else []
    result: TaskResult[Any] = TaskResult(
        task=task,
        id=str(job.pk),
        status=STATUS[JobState(job.state)],
        enqueued_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        last_attempted_at=job.started_at,
        args=job.args["args"],
        kwargs=job.args["kwargs"],
        backend=task.backend,
        errors=errors,
        worker_ids=[job.worker] * job.attempts,
    )
    object.__setattr__(result, "_return_value", job.result)
    return result
