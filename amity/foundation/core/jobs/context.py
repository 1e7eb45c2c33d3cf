"""What a running job may ask and say. Outside a job it is harmless: nothing stops, nothing is written."""

from __future__ import annotations

import threading
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from amity.foundation.core.models import Job

INTERVAL = 0.25


class JobCancelled(Exception):
    """Raised by a job that stops because somebody cancelled it; it ends as cancelled, not failed."""


class RunAgain(Exception):
    """Raised by a job that wants another turn, in `after` seconds; does not count as an attempt.

    The way out of a long job when `should_stop()` says so: keep the cursor in your own row, raise this.
    """

    def __init__(self, after: float = 0) -> None:
        self.after = after
        super().__init__(f"again in {after} s")


@dataclass
class RunningJob:
    id: int
    workspace_id: int | None
    actor_id: int | None
    attempt: int
    stop: threading.Event | None = None
    unsaved: dict[str, Any] | None = None
    _cancelled: bool = False
    _asked: float = field(default=0.0)
    _saved: float = field(default=0.0)

    def report(self, progress: dict[str, Any]) -> None:
        self.unsaved = progress
        if time.monotonic() - self._saved >= INTERVAL:
            Job.objects.filter(id=self.id).update(progress=progress)
            self.unsaved, self._saved = None, time.monotonic()

    def cancel_requested(self) -> bool:
        if not self._cancelled and time.monotonic() - self._asked >= INTERVAL:
            found = Job.objects.filter(id=self.id).values_list("cancel_requested", flat=True)
            self._cancelled = any(found)
            self._asked = time.monotonic()
        return self._cancelled


running: ContextVar[RunningJob | None] = ContextVar("amity_job", default=None)


def report(done: int, total: int, text: str = "") -> None:
    """Tell how far the job is. Written at most four times a second; the last one is never lost."""
    job = running.get()
    if job:
        job.report({"done": done, "total": total, "text": text})


def cancel_requested() -> bool:
    """True once somebody cancelled this job; asks the database at most four times a second."""
    job = running.get()
    return job is not None and job.cancel_requested()


def stop_if_cancelled() -> None:
    """Raises JobCancelled when somebody cancelled this job. Call between batches."""
    if cancel_requested():
        raise JobCancelled


def should_stop() -> bool:
    """True when the worker is asked to end: finish the batch, then raise `RunAgain`."""
    job = running.get()
    return job is not None and job.stop is not None and job.stop.is_set()
