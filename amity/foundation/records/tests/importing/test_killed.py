"""A worker process is killed in the middle of an import and another goes on: no row twice, none lost."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from uuid import uuid4

import pytest

from amity.foundation.core.tests.test_worker_processes import World, _administer, _database

ROWS = 3000
SETUP = """
import django; django.setup()
import json, os
from pathlib import Path
from datetime import timedelta
from amity.foundation.accounts.models import Membership, Workspace
from amity.foundation.accounts.actor import actor_for
from amity.foundation.accounts.services import add_member, create_workspace
from amity.foundation.core.jobs import store, worker
from amity.foundation.core.scope import scope
from amity.foundation.records.models import ImportRun
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import imports, import_files, import_undo, run_undo
from amity.apps.people.models import Person, Company
imports.SET = 100
"""
BEGIN = """
workspace = create_workspace(name="Acme", country="GB", currency="GBP")
actor = actor_for(add_member(workspace=workspace, email="a@example.com", role_key="admin", password="correct horse 7"))
with scope(workspace.pk):
    path = import_files.keep_file([Path(os.environ["SOURCE"]).read_bytes()])
    run = imports.start_draft(actor=actor, spec=spec_for(workspace, "people"), file_name="p.csv", path=path)
    imports.begin(actor=actor, run=run)
"""
LOOK = """
run = ImportRun.unscoped.get()
live = Person.unscoped.filter(deleted_at=None)
print(json.dumps([run.state, run.position, run.created, live.count(), live.values("external_id").distinct().count(),
    Company.unscoped.filter(deleted_at=None).count()]))
"""
WORK = """
store.LEASE, worker.BEAT = timedelta(seconds=1), 0.2
worker.work_until_signalled()
"""
# Ends the process by SIGKILL in the transaction of its eighth set, when all but the commit is done.
KILL = """
def killing(remember):
    calls = []
    def inner(*args):
        remember(*args)
        calls.append(1)
        if len(calls) == 8:
            os.kill(os.getpid(), 9)
    return inner
imports._remember = killing(imports._remember)
run_undo.RunUndo._remember = killing(run_undo.RunUndo._remember)
run_undo.FIRST_SET = run_undo.LARGEST = 50
"""
UNDO = """
workspace = Workspace.objects.get()
actor = actor_for(Membership.unscoped.select_related("user", "role", "workspace").get())
with scope(workspace.pk):
    import_undo.undo_run(actor=actor, run=ImportRun.objects.get())
"""


class Importing(World):
    """Processes over one database with the whole product's tables. `setup` begins the code of each."""

    setup, looking = SETUP, LOOK

    def run(self, code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", self.setup + code],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start_worker(self, code: str = "") -> subprocess.Popen[bytes]:
        worker = subprocess.Popen([sys.executable, "-c", self.setup + code + WORK], env=self.environment)
        self.workers.append(worker)
        return worker

    def look(self) -> list:
        return json.loads(self.run(self.looking))

    def until(self, true, seconds: float = 120) -> list:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if true(found := self.look()):
                return found
        raise AssertionError(f"not reached: {found}")


@contextmanager
def installation(tmp_path, django_db_blocker, kind):
    """A database of its own with all tables, and processes that are ended with it."""
    make, url, drop = _database(tmp_path, f"amity_kill_{uuid4().hex[:8]}")
    with django_db_blocker.unblock():
        _administer(make)
    world = kind(tmp_path, url)
    try:
        world.run("from django.core.management import call_command as c; c('migrate', verbosity=0)")
        yield world
    finally:
        world.end()
        with django_db_blocker.unblock():
            _administer(drop)


@pytest.fixture
def world(tmp_path, django_db_blocker):
    with installation(tmp_path, django_db_blocker, Importing) as world:
        world.environment["SOURCE"] = str(tmp_path / "people.csv")
        lines = [f"{n},Name{n},n{n}@example.com,Firm {n % 40}" for n in range(ROWS)]
        (tmp_path / "people.csv").write_text("\n".join(["External ID,First name,E-mail,Company", *lines]))
        yield world


@pytest.mark.django_db
def test_no_row_twice_and_none_lost(world):
    world.run(BEGIN)
    assert world.start_worker(KILL).wait(120) == -9
    assert world.look() == ["running", 700, 700, 700, 700, 40]
    world.start_worker()
    assert world.until(lambda found: found[0] != "running") == ["done", ROWS, ROWS, ROWS, ROWS, 40]
    world.end()
    world.run(UNDO)
    assert world.start_worker(KILL).wait(120) == -9
    state, *_counts, left, _different, _companies = world.look()
    assert state == "undoing"
    assert 0 < left < ROWS
    world.start_worker()
    assert world.until(lambda found: found[0] == "undone")[3:] == [0, 0, 0]
