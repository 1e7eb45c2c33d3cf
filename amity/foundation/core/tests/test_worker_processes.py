"""Real worker processes on a database of their own, of the same kind as the test database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection

SETUP = "import django; django.setup()\nfrom amity.foundation.core.tests.sample_jobs import *\n"
WORK = """
from datetime import timedelta
from amity.foundation.core.jobs import store, worker
store.LEASE, worker.BEAT = timedelta(seconds=1), 0.2
worker.work_until_signalled()
"""
SHOW = "from amity.foundation.core.models import *\n"
PATIENCE = 60
ROOT = Path(__file__).resolve().parents[4]


class World:
    """Starts processes that share one database, and ends them."""

    def __init__(self, home: Path, url: str) -> None:
        self.environment = os.environ | {"DATABASE_URL": url, "AMITY_HOME": str(home)}
        self.environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), *sys.path])
        self.workers: list[subprocess.Popen[bytes]] = []

    def run(self, code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", SETUP + code],
            env=self.environment, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start_worker(self) -> subprocess.Popen[bytes]:
        worker = subprocess.Popen([sys.executable, "-c", SETUP + WORK], env=self.environment)
        self.workers.append(worker)
        return worker

    def end(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()


@pytest.fixture
def world(tmp_path, django_db_blocker):
    name = f"amity_jobs_{uuid4().hex[:8]}"
    make, url, drop = _database(tmp_path, name)
    with django_db_blocker.unblock():
        _administer(make)
    world = World(tmp_path, url)
    try:
        world.run("from django.core.management import call_command as c; c('migrate', 'core', verbosity=0)")
        yield world
    finally:
        world.end()
        with django_db_blocker.unblock():
            _administer(drop)


def _database(home: Path, name: str) -> tuple[str, str, str]:
    if connection.vendor == "sqlite":
        return "", f"sqlite:///{home}/{name}.sqlite3", ""
    at = connection.settings_dict
    login = f"{at['USER']}:{at['PASSWORD']}" if at["PASSWORD"] else at["USER"]
    url = f"postgres://{login}@{at['HOST']}:{at['PORT'] or 5432}/{name}"
    return f"CREATE DATABASE {name}", url, f"DROP DATABASE {name} WITH (FORCE)"


def _administer(statement: str) -> None:
    if statement:
        with connection._nodb_cursor() as cursor:
            cursor.execute(statement)


def lines(path: Path) -> list[str]:
    return path.read_text().split("\n")[:-1] if path.exists() else []


def until(condition) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def test_four_workers_do_each_of_many_jobs_exactly_once(world, tmp_path):
    path = tmp_path / "done"
    for _ in range(4):
        world.start_worker()
    world.run(
        "from amity.foundation.core.jobs.api import enqueue_many\n"
        f"enqueue_many(mark, ({{'path': {str(path)!r}, 'text': str(n)}} for n in range(8000)))"
    )
    until(lambda: len(lines(path)) >= 8000)
    left = SHOW + "print(Job.objects.exclude(state='done').filter(name__contains='mark').count())"
    until(lambda: world.run(left) == "0")
    assert Counter(lines(path)) == Counter(str(n) for n in range(8000))


def test_a_job_whose_worker_is_killed_runs_again(world, tmp_path):
    path = tmp_path / "killed"
    world.run(
        f"from amity.foundation.core.jobs.api import enqueue\nenqueue(mark_and_hang_once, path={str(path)!r})"
    )
    first = world.start_worker()
    until(lambda: lines(path) == ["begun"])
    first.kill()
    world.start_worker()
    until(lambda: "ended" in lines(path))
    shown = SHOW + "print(Job.objects.filter(name__contains='hang').values_list('state', 'attempts').get())"
    until(lambda: world.run(shown) == "('done', 2)")
    assert lines(path) == ["begun", "begun", "ended"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")
def test_sigterm_lets_the_job_end_its_batch_and_keeps_the_rest(world, tmp_path):
    path = tmp_path / "told"
    world.run(f"from amity.foundation.core.jobs.api import enqueue\nenqueue(until_told, path={str(path)!r})")
    worker = world.start_worker()
    until(lambda: lines(path) == ["begun"])
    assert world.run("from amity.foundation.core.jobs.api import *\nprint(worker_alive())") == "True"
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(PATIENCE) == 0
    assert lines(path) == ["begun", "stopped"]
    shown = SHOW + "print(Job.objects.values_list('state', 'attempts').get(), WorkerBeat.objects.count())"
    assert world.run(shown) == "('ready', 0) 0"


WATCH = """
import threading
from amity.foundation.core.jobs import api, wake
def commit():
    api.enqueue(where)
    connection.close()
from django.db import connection
watch, never = wake.open_watch(), threading.Event()
print(watch.wait(0.05, never))
thread = threading.Thread(target=commit)
thread.start()
print(watch.wait(30, never), watch.wait(0.05, never))
thread.join()
watch.close()
"""


def test_a_commit_elsewhere_wakes_a_waiting_worker(world):
    assert world.run(WATCH).split() == ["False", "True", "False"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only a server can cut connections")
def test_a_worker_outlives_cut_connections(world, tmp_path):
    path = tmp_path / "after"
    worker = world.start_worker()
    alive = "from amity.foundation.core.jobs.api import *\n"
    until(lambda: world.run(alive + "print(worker_alive())") == "True")
    world.run(
        "from django.db import connection\n"
        "connection.cursor().execute('SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()')"
    )
    world.run(alive + f"enqueue(mark, path={str(path)!r}, text='x')")
    until(lambda: lines(path) == ["x"])
    assert worker.poll() is None


def test_the_measurement_leaves_nothing_behind(world):
    code = "from amity.foundation.core.jobs.measure import measure\nprint(min(measure(0.2).values()) > 0)\n"
    assert world.run(code + SHOW + "print(Job.objects.filter(name__contains='nothing').count())") == "True\n0"


def test_a_waiting_thread_misses_no_ring():
    from amity.foundation.core.jobs.wake import Bell

    bell = Bell()
    bell.ring()
    assert bell.wait(0, timeout=60) == 1
    threading.Timer(0.05, bell.ring).start()
    assert bell.wait(1, timeout=60) == 2
    assert bell.wait(2, timeout=0.01) == 2
