"""How fast jobs run, beside this database's own limit for the same rows, in one run."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable

from django.db import connection
from django.utils import timezone
from django_tasks import task

from amity.foundation.core.jobs import api, store, worker
from amity.foundation.core.models import Job

ROUND = 2000


@task
def nothing() -> None:
    """The empty job."""


def measure(seconds: float = 2.0) -> dict[str, float]:
    """Rates per second and the idle latency in ms. Needs a database with no other job due; cleans up."""
    try:
        raw, jobs = _rates([_raw_round, _worker_round], seconds)
        [enqueued] = _rates([_enqueue_round], seconds)
        latency = _latency(seconds)
    finally:
        Job.objects.filter(name=nothing.module_path).delete()
    return {
        "raw_claim_finish_per_s": raw,
        "jobs_per_s": jobs,
        "share_of_raw": jobs / raw,
        "enqueue_per_s": enqueued,
        "idle_latency_ms_median": statistics.median(latency),
        "idle_latency_ms_p95": sorted(latency)[int(len(latency) * 0.95)],
    }


def _rates(rounds: list[Callable[[], tuple[int, float]]], seconds: float) -> list[float]:
    """Rate of each kind of round. They take turns, so that a busy machine slows all alike."""
    until = time.monotonic() + seconds * len(rounds)
    counts, took = [0] * len(rounds), [0.0] * len(rounds)
    while time.monotonic() < until:
        for index, one_round in enumerate(rounds):
            count, spent = one_round()
            counts[index] += count
            took[index] += spent
    return [count / spent for count, spent in zip(counts, took, strict=True)]


def _raw_round() -> tuple[int, float]:
    """The bare statements of claiming and finishing, 20 at a time, without any job."""
    api.enqueue_many(nothing, ({} for _ in range(ROUND)))
    start = time.monotonic()
    while rows := store._claim("measure", timezone.now(), worker.BATCH, "", ""):
        marks = ", ".join(["%s"] * len(rows))
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE core_job SET state = 'done' WHERE id IN ({marks})",  # noqa: S608
                [row[0] for row in rows],
            )
    return ROUND, time.monotonic() - start


def _worker_round() -> tuple[int, float]:
    api.enqueue_many(nothing, ({} for _ in range(ROUND)))
    runner = worker.Runner("measure")
    start = time.monotonic()
    while runner.turn():
        pass
    return ROUND, time.monotonic() - start


def _enqueue_round() -> tuple[int, float]:
    start = time.monotonic()
    for _ in range(100):
        api.enqueue(nothing)
    spent = time.monotonic() - start
    Job.objects.filter(name=nothing.module_path).delete()
    return 100, spent


def _latency(seconds: float) -> list[float]:
    """Milliseconds from `enqueue` to the job's start, with a worker that has nothing else to do."""
    stop = threading.Event()
    thread = threading.Thread(target=worker.run_worker, args=(stop,))
    thread.start()
    time.sleep(0.5)
    until = time.monotonic() + seconds
    found: list[float] = []
    while time.monotonic() < until or len(found) < 5:
        found.append(_one_latency())
        time.sleep(0.037)
    stop.set()
    thread.join()
    return found


def _one_latency() -> float:
    job_id = api.enqueue(nothing)
    start = time.monotonic()
    while Job.objects.filter(id=job_id, finished_at=None).exists():
        time.sleep(0.001)
    return (time.monotonic() - start) * 1000
