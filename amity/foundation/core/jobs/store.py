"""The statements on the job table that the worker lives by: claim, finish, give back, keep, take over.

A claimed job carries the worker's name and a lease. Every later statement names the worker again, so
one whose lease was lost to another changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils import timezone

from amity.foundation.core.models import Job, JobState

LEASE = timedelta(seconds=30)
LONG = "long"

_COLUMNS = "id, name, args, workspace_id, actor_id, attempts, max_attempts, priority, run_at"
_NEXT = "state = 'ready' AND run_at <= %s{queue}{attempts} ORDER BY priority DESC, run_at, id LIMIT %s"
_SET = (
    "UPDATE core_job SET state = 'running', worker = %s, lease_until = %s, started_at = %s, "
    "attempts = attempts + 1 WHERE "
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job this worker holds; `attempts` counts the one that begins now."""

    id: int
    name: str
    args: dict[str, Any]
    workspace_id: int | None
    actor_id: int | None
    attempts: int
    max_attempts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a claimed job. `ready` with `run_at` means another try."""

    job: Claimed
    state: str = JobState.DONE
    result: Any = None
    error: str = ""
    run_at: datetime | None = None
    attempts: int = 0
    progress: dict[str, Any] | None = None

    @property
    def plain(self) -> bool:
        return self.state == JobState.DONE and self.result is None and self.progress is None


def claim(worker: str, limit: int, *, long: bool = True) -> list[Claimed]:
    """Take up to `limit` due jobs, most urgent first. `long=False` leaves the long queue alone.

    A job that ran before is taken alone: if it kills its worker, no other job loses an attempt with it.
    """
    queue = "" if long else f" AND queue <> '{LONG}'"
    for _attempt in range(3):  # another worker may take what we saw
        now = timezone.now()
        attempts = _attempts_of_next(now, queue)
        if attempts is None:
            return []
        rows = _claim(worker, now, 1 if attempts else limit, queue, "" if attempts else " AND attempts = 0")
        if rows:
            rows.sort(key=lambda row: (-row[7], row[8], row[0]))
            return [Claimed(row[0], row[1], json.loads(row[2]), *row[3:7]) for row in rows]
    return []


def _claim(worker: str, now: datetime, limit: int, queue: str, attempts: str) -> list[Any]:
    chosen = f"SELECT id FROM core_job WHERE {_NEXT.format(queue=queue, attempts=attempts)}"  # noqa: S608
    if connection.vendor == "postgresql":
        where = f"id = ANY(ARRAY({chosen} FOR UPDATE SKIP LOCKED))"
    else:
        where = f"id IN ({chosen})"
    stamp, until = _stamp(now), _stamp(now + LEASE)
    with connection.cursor() as cursor:
        cursor.execute(f"{_SET}{where} RETURNING {_COLUMNS}", [worker, until, stamp, stamp, limit])
        return list(cursor.fetchall())


def _attempts_of_next(now: datetime, queue: str) -> int | None:
    """A read first: claiming takes the write lock of SQLite, too dear to do for nothing."""
    sql = f"SELECT attempts FROM core_job WHERE {_NEXT.format(queue=queue, attempts='')}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [_stamp(now), 1])
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def _stamp(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def finish(worker: str, outcomes: Iterable[Outcome]) -> None:
    """Write outcomes: one statement for all that are simply done, one for each other."""
    held = Job.objects.filter(worker=worker, state=JobState.RUNNING)
    now = timezone.now()
    plain = [outcome.job.id for outcome in outcomes if outcome.plain]
    if plain:
        held.filter(id__in=plain).update(state=JobState.DONE, finished_at=now, lease_until=None, error="")
    for outcome in outcomes:
        if not outcome.plain:
            held.filter(id=outcome.job.id).update(**_changes(outcome, now))


def _changes(outcome: Outcome, now: datetime) -> dict[str, Any]:
    changes: dict[str, Any] = {"state": outcome.state, "lease_until": None, "error": outcome.error}
    if outcome.progress is not None:
        changes["progress"] = outcome.progress
    if outcome.state == JobState.READY:
        return changes | {"run_at": outcome.run_at or now, "attempts": outcome.attempts, "worker": ""}
    return changes | {"result": outcome.result, "finished_at": now}


def give_back(worker: str, job_ids: Collection[int]) -> None:
    """Return claimed jobs that were not started; their attempt is not counted."""
    if job_ids:
        Job.objects.filter(worker=worker, state=JobState.RUNNING, id__in=job_ids).update(
            state=JobState.READY, worker="", lease_until=None, attempts=F("attempts") - 1
        )


def keep(worker: str) -> None:
    """Renew the lease of everything this worker holds."""
    Job.objects.filter(worker=worker, state=JobState.RUNNING).update(lease_until=timezone.now() + LEASE)


def take_over(job_id: int, worker: str, lease_until: datetime | None) -> bool:
    """Free a job whose worker is gone: ready again, or finished when cancelled or out of attempts.

    False when the job moved on meanwhile.
    """
    lost = Job.objects.filter(id=job_id, worker=worker, state=JobState.RUNNING, lease_until=lease_until)
    now = timezone.now()
    ended = {"lease_until": None, "finished_at": now}
    return bool(
        lost.filter(cancel_requested=True).update(state=JobState.CANCELLED, **ended)
        or lost.filter(attempts__gte=F("max_attempts")).update(
            state=JobState.FAILED, error="The worker ended while it ran this job.", **ended
        )
        or lost.update(state=JobState.READY, worker="", lease_until=None, run_at=now)
    )
