"""The worker process: claims due jobs, delivers events, adds scheduled jobs, shows that it lives.

Threads: the caller's watches for work and beats; a few run jobs; one hands on events and keeps the
schedule. All of them may be killed at any moment: leases say what was under way.
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from functools import cache
from importlib import import_module

from django.db import DatabaseError, InterfaceError, close_old_connections, connection, transaction
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from amity.foundation.core import outbox
from amity.foundation.core.jobs import schedules, store
from amity.foundation.core.jobs.execute import execute
from amity.foundation.core.jobs.store import Claimed, Outcome
from amity.foundation.core.jobs.wake import Bell, Watch, open_watch
from amity.foundation.core.models import Job, JobState, WorkerBeat
from amity.foundation.core.scope import outside

log = logging.getLogger("amity.jobs")
BEAT = 5.0
BATCH = 20
FLUSH = 0.02
STUCK = 0.25
FALLBACK = 1.0


class Runner:
    """Claims and runs jobs in one thread. Outcomes of quick jobs are written together every 20 ms."""

    def __init__(self, worker: str, stop: threading.Event | None = None, *, long: bool = True) -> None:
        self.worker = worker
        self.stop = stop
        self.long = long
        self.waiting: deque[Claimed] = deque()
        self.outcomes: list[Outcome] = []
        self.started = 0.0
        self._writing = threading.Lock()

    def turn(self, limit: int = BATCH) -> int:
        """Claim up to `limit` jobs and run them; returns how many ran. Writes what a failed turn left."""
        self.flush()
        self.waiting.extend(store.claim(self.worker, limit, long=self.long))
        ran, flushed = 0, time.monotonic()
        while job := self._next():
            self.started = time.monotonic()
            outcome = execute(job, self.stop)
            self.started = 0.0
            with self._writing:
                self.outcomes.append(outcome)
            ran += 1
            if time.monotonic() - flushed > FLUSH:
                self.flush()
                flushed = time.monotonic()
        self.flush()
        return ran

    def _next(self) -> Claimed | None:
        if self.stop is not None and self.stop.is_set():
            self.give_back()
        try:
            return self.waiting.popleft()
        except IndexError:
            return None

    def flush(self) -> None:
        """Write outcomes. They stay in hand when the database refuses."""
        with self._writing:
            if self.outcomes:
                with transaction.atomic():
                    store.finish(self.worker, self.outcomes)
                self.outcomes = []

    def give_back(self) -> None:
        """Return the claimed jobs that did not start. Safe from another thread: each is popped once."""
        unstarted = []
        while self.waiting:
            try:
                unstarted.append(self.waiting.popleft().id)
            except IndexError:
                break
        store.give_back(self.worker, unstarted)

    def relieve(self) -> None:
        """Called from outside: a job that takes long must not hold back its neighbours in the batch."""
        if self.started and time.monotonic() - self.started > STUCK:
            self.give_back()
            self.flush()


class Caretaker:
    """Everything but the jobs themselves: events, schedule, jobs of dead workers."""

    def __init__(self, worker: str) -> None:
        self.worker = worker
        self._lost: dict[tuple[int, str, datetime | None], float] = {}
        self._looked = -1e9
        self._mended = -1e9

    def turn(self) -> int:
        """One round; returns how many events and scheduled jobs came of it."""
        done = outbox.dispatch(self.worker)
        now = time.monotonic()
        if now - self._looked >= min(1.0, BEAT):
            self._looked = now
            done += schedules.tick()
            self._take_over()
        if now - self._mended >= 60:
            self._mended = now
            schedules.mend_clock()
        return done

    def _take_over(self) -> None:
        """Free what dead workers held.

        A lease counts as lost only when it also stayed the same for two beats by our own steady
        clock: after a jump of the wall clock all leases look old, but living workers renew theirs.
        """
        now, steady = timezone.now(), time.monotonic()
        old = Job.objects.filter(state=JobState.RUNNING, lease_until__lt=now).exclude(worker=self.worker)
        seen = {row: self._lost.get(row, steady) for row in old.values_list("id", "worker", "lease_until")}
        for row, since in list(seen.items()):
            if steady - since >= 2 * BEAT:
                log.warning("job %s: its worker %s is gone", row[0], row[1])
                store.take_over(*row)
                del seen[row]
        self._lost = seen
        outbox.take_over(self.worker, now)


def run_worker(stop: threading.Event | None = None, once: bool = False, *, threads: int = 2) -> None:
    """Work until `stop` is set, or with `once` until nothing is due. Blocks.

    With several threads all but one leave the queue "long" alone, so quick jobs always find a thread.
    On `stop` running jobs may finish (`should_stop()` tells them); claimed ones are given back.
    """
    prepare()
    if once:
        run_pending()
        return
    stop = stop or threading.Event()
    worker, bell = _identity(), Bell()
    runners = [Runner(worker, stop, long=index == 0) for index in range(threads)]
    turns = [runner.turn for runner in runners] + [Caretaker(worker).turn]
    pool = [
        threading.Thread(target=_repeat, args=(turn, bell, stop), name=f"job-{index}")
        for index, turn in enumerate(turns)
    ]
    for thread in pool:
        thread.start()
    try:
        _watch(worker, runners, bell, stop)
    finally:
        stop.set()
        _end(worker, runners, pool)


def prepare() -> None:
    """Import what the rooms declare, and write the declared schedules."""
    discover()
    schedules.sync_declared()


@cache
def discover() -> None:
    """Import every room's `jobs` and `reactions`: only workers need them."""
    autodiscover_modules("events", "jobs", "reactions")
    import_module("amity.foundation.core.jobs.upkeep")


def _repeat(turn: Callable[[], int], bell: Bell, stop: threading.Event) -> None:
    """A thread's life: turns while there is work, else wait for the bell. Outlives every error."""
    seen = bell.count
    while not stop.is_set():
        try:
            if not turn():
                seen = bell.wait(seen, FALLBACK)
        except Exception:  # mostly the database; a thread less would go unnoticed
            log.exception("a turn failed; trying again")
            stop.wait(1.0)
        close_old_connections()
    connection.close()


def _watch(worker: str, runners: list[Runner], bell: Bell, stop: threading.Event) -> None:
    watch: Watch | None = None
    beaten = -1e9
    while not stop.is_set():
        try:
            watch = watch or open_watch()
            if watch.wait(min(STUCK, BEAT), stop):
                bell.ring()
            for runner in runners:
                runner.relieve()
            if time.monotonic() - beaten >= BEAT:
                _beat(worker)
                beaten = time.monotonic()
        except (DatabaseError, InterfaceError, OSError):
            log.exception("the database does not answer; trying again")
            _close(watch)
            watch = None
            stop.wait(1.0)
    _close(watch)
    bell.ring()


def _close(watch: Watch | None) -> None:
    if watch is not None:
        watch.close()
    connection.close()


def _beat(worker: str) -> None:
    WorkerBeat.objects.update_or_create(worker=worker, defaults={"seen_at": timezone.now()})
    store.keep(worker)
    outbox.keep(worker)


def _end(worker: str, runners: list[Runner], pool: list[threading.Thread]) -> None:
    """Wait for the threads and beat on for a job that does not hurry, then leave nothing in hand."""
    for thread in pool:
        while thread.is_alive():
            thread.join(BEAT)
            _calmly(lambda: _beat(worker))
    for runner in runners:
        _calmly(runner.give_back)
        _calmly(runner.flush)
    _calmly(lambda: WorkerBeat.objects.filter(worker=worker).delete())
    connection.close()


def _calmly(action: Callable[[], object]) -> None:
    """At the end a database that does not answer is only logged: leases free what stays claimed."""
    try:
        action()
    except (DatabaseError, InterfaceError):
        log.exception("the database does not answer")


def run_pending(limit: int = 10_000) -> int:
    """Deliver waiting events and run due jobs in this thread until nothing is left; returns how many jobs.

    For tests and for commands that wait. A failed job waits for its next try as usual.
    """
    discover()
    worker = _identity()
    runner, caretaker = Runner(worker), Caretaker(worker)
    ran = 0
    with outside():  # jobs of every workspace, whichever is open here
        while ran < limit:
            delivered = caretaker.turn()
            done = runner.turn(min(BATCH, limit - ran))
            ran += done
            if not done and not delivered:
                break
    return ran


def work_until_signalled() -> None:
    """`run_worker` for a process of its own: SIGTERM and Ctrl-C end it in an orderly way."""
    stop = threading.Event()
    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: stop.set())
    run_worker(stop)


def _identity() -> str:
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"
