"""A worker process is killed in the middle of a handover and another goes on: no record twice, none left out."""

from __future__ import annotations

import pytest

from amity.foundation.records.tests.importing.test_killed import Importing, installation

RECORDS = 1500  # of companies, and as many of people
SETUP = """
import django; django.setup()
import json, os
from datetime import timedelta
from amity.foundation.accounts.actor import actor_for
from amity.foundation.accounts.models import Membership
from amity.foundation.accounts.services import add_member, create_workspace
from amity.foundation.core.jobs import store, worker
from amity.foundation.core.scope import scope
from amity.foundation.records.models import Change, Handover, TakenOver
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import handover, run_undo, runs
from amity.foundation.records.services.handover_plan import Rule
from amity.foundation.records.services.records import create_records, new_draft
from amity.apps.people.models import Company, Person
runs.FIRST_SET = runs.SMALLEST = runs.LARGEST = 150
run_undo.FIRST_SET = run_undo.SMALLEST = run_undo.LARGEST = 150
"""
BEGIN = f"""
workspace = create_workspace(name="Acme", country="GB", currency="GBP")
word = "correct horse 7"
actor = actor_for(add_member(workspace=workspace, email="a@example.com", role_key="admin", password=word))
two = [add_member(workspace=workspace, email=one + "@example.com", role_key="member", password=word) for one in "bc"]
with scope(workspace.pk):
    for key, count in (("companies", {RECORDS}), ("people", 300)):
        spec = spec_for(workspace, key)
        drafts = [new_draft(actor, spec, {{"name": f"Name {{n}}"}}) for n in range(count)]
        create_records(actor=actor, spec=spec, drafts=drafts)
    rules = [Rule("*", "users", users=tuple(one.user_id for one in two))]
    handover.start_handover(actor=actor, user_id=actor.user_id, rules=rules)
"""
LOOK = """
run = Handover.unscoped.get()
rows = Change.unscoped.filter(batch=run.batch)
gone = [model.unscoped.exclude(owner_id=run.from_user_id).count() for model in (Company, Person)]
print(json.dumps([run.state, run.position, run.changed, sum(gone), rows.count(), TakenOver.unscoped.count()]))
"""
# Ends the process by SIGKILL in the transaction of its eighth set, when all but the commit is done.
KILL = """
def killing(write):
    calls = []
    def inner(*args):
        write(*args)
        calls.append(1)
        if len(calls) == 8:
            os.kill(os.getpid(), 9)
    return inner
handover.HandoverWork.write = killing(handover.HandoverWork.write)
run_undo.RunUndo._remember = killing(run_undo.RunUndo._remember)
"""
UNDO = """
actor = actor_for(Membership.unscoped.select_related("user", "role", "workspace").order_by("pk").first())
with scope(actor.workspace_id):
    handover.undo_handover(actor=actor, run=Handover.objects.select_related("batch").get())
"""


class HandingOver(Importing):
    setup, looking = SETUP, LOOK


@pytest.fixture
def world(tmp_path, django_db_blocker):
    with installation(tmp_path, django_db_blocker, HandingOver) as world:
        yield world


@pytest.mark.django_db
def test_no_record_twice_and_none_left_out(world):
    world.run(BEGIN)
    assert world.start_worker(KILL).wait(120) == -9
    halted = world.look()
    assert halted[0] == "running"
    assert 0 < halted[1] < RECORDS
    assert len(set(halted[1:])) == 1
    world.start_worker()
    assert world.until(lambda found: found[0] != "running") == ["done", *[RECORDS + 300] * 5]
    world.end()
    world.run(UNDO)
    assert world.start_worker(KILL).wait(120) == -9
    assert 0 < world.look()[3] < RECORDS + 300
    world.start_worker()
    assert world.until(lambda found: found[0] == "undone")[3] == 0
