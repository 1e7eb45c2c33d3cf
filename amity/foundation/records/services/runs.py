"""What imports and bulk changes share: a run with its job can be found again, stopped, and ends in one way."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Protocol, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Denied, NotFound
from amity.foundation.core.jobs.api import cancel, progress_of
from amity.foundation.core.jobs.context import RunAgain, cancel_requested, report, should_stop
from amity.foundation.core.outbox import emit
from amity.foundation.records.database import room_for_much
from amity.foundation.records.events import BulkEnded, HandoverEnded, ImportEnded
from amity.foundation.records.models import BulkRun, Handover, ImportRun, Run

Kind = TypeVar("Kind", bound=Run)
BUSY = ("running", "undoing")
UNDOABLE = ("done", "cancelled", "failed")
UNWATCHED = timedelta(seconds=10)
FIRST_SET, SMALLEST, LARGEST = 250, 10, 1000  # records
LONG, SHORT = 0.15, 0.06  # seconds of one set: above, the next is half as big; below, twice


def get_run(kind: type[Kind], *, actor: Actor, run_id: int) -> Kind:
    """One's own run, or any for an administrator; NotFound otherwise."""
    runs: Any = kind.objects.select_related("actor", "batch").filter(pk=run_id)
    run: Kind | None = (runs if actor.admin else runs.filter(actor_id=actor.user_id)).first()
    if run is None:
        raise NotFound
    settle(run)
    return run


def settle(run: Run) -> None:
    """A run whose job ended without telling (cancelled before it began, or given up) is over too."""
    if run.state not in BUSY or not run.job_id:
        return
    job = progress_of(run.job_id)
    if job is not None and not job.finished:
        return
    run.refresh_from_db()
    if run.state in BUSY:
        cancelled = job is not None and job.state == "cancelled"
        error = "" if cancelled else (job.error if job else "") or _("The work ended unexpectedly.")
        finish(run, "cancelled" if cancelled else "failed", error)


def finish(run: Run, state: str, error: str = "") -> None:
    run.state, run.error, run.finished_at = state, error, now()
    with transaction.atomic():
        run.save(update_fields=["state", "error", "finished_at"])
        if isinstance(run, ImportRun) and not run.dry_run:
            emit(ImportEnded(run.workspace_id, run.pk, state))
        if isinstance(run, BulkRun) and took_long(run):
            emit(BulkEnded(run.workspace_id, run.pk, state))
        if isinstance(run, Handover) and run.changed:
            emit(HandoverEnded(run.workspace_id, run.pk))


def took_long(run: Run) -> bool:
    """Whether whoever began it has gone on to something else by its end."""
    return bool(run.job_id and run.finished_at and run.finished_at - run.created_at > UNWATCHED)


def cancel_run(*, actor: Actor, run: Run) -> None:
    """Stop after the set at hand; what was written stays and can be undone."""
    if actor.read_only:
        raise Denied
    if run.state == "running" and run.job_id:
        cancel(run.job_id)
        settle(run)


def next_size(size: int, seconds: float, smallest: int, largest: int) -> int:
    """How large the next set may be, so that no write transaction is long on a slow machine."""
    if seconds > LONG:
        return max(smallest, size // 2)
    return min(largest, size * 2) if seconds < SHORT else size


class Work(Protocol):
    """What `set_by_set` drives: `next_set` writes up to so many records in a transaction, `end` closes the run."""

    def next_set(self, size: int) -> None: ...

    def end(self, state: str = "done") -> None: ...


def set_by_set(run: BulkRun | Handover, work: Work, label: str) -> None:
    """Until all are through, the run is cancelled, or the worker is asked to stop (raises RunAgain)."""
    size = FIRST_SET
    with no_collector(), room_for_much():
        while run.position < run.total:
            if cancel_requested():
                work.end("cancelled")
                return
            started = time.monotonic()
            work.next_set(size)
            size = next_size(size, time.monotonic() - started, SMALLEST, LARGEST)
            report(run.position, run.total, label)
            if should_stop():
                raise RunAgain
    work.end()


@contextmanager
def no_collector() -> Iterator[None]:
    """The collector of cycles would walk all rows of a set again and again; they hold none."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


__all__ = [
    "BUSY", "UNDOABLE", "cancel_run", "finish", "get_run", "next_size", "no_collector", "set_by_set", "settle",
    "took_long",
]  # fmt: skip
