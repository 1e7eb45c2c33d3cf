"""A worker process is killed in the middle of a bulk change and another goes on: no record twice, none left out."""

from __future__ import annotations

import pytest

from amity.foundation.records.tests.importing.test_killed import Importing, installation

RECORDS = 1500
SETUP = """
import django; django.setup()
import json, os
from datetime import timedelta
from amity.foundation.accounts.actor import actor_for
from amity.foundation.accounts.models import Membership
from amity.foundation.accounts.services import add_member, create_workspace
from amity.foundation.core.jobs import store, worker
from amity.foundation.core.scope import scope
from amity.foundation.records.listing import Query
from amity.foundation.records.models import BulkRun, Change
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import bulk, run_undo, runs
from amity.foundation.records.services.bulk_change import FieldChange
from amity.foundation.records.services.records import create_records, new_draft
from amity.apps.people.models import Company
runs.FIRST_SET = runs.SMALLEST = runs.LARGEST = 100
run_undo.FIRST_SET = run_undo.SMALLEST = run_undo.LARGEST = 100
"""
BEGIN = f"""
workspace = create_workspace(name="Acme", country="GB", currency="GBP")
actor = actor_for(add_member(workspace=workspace, email="a@example.com", role_key="admin", password="correct horse 7"))
with scope(workspace.pk):
    companies = spec_for(workspace, "companies")
    drafts = [new_draft(actor, companies, {{"name": f"Firm {{n}}"}}) for n in range({RECORDS})]
    create_records(actor=actor, spec=companies, drafts=drafts)
    tags = [FieldChange("tags", "add", ["Bulk"])]
    bulk.bulk(actor=actor, spec=companies, which=Query(), action="edit", changes=tags)
"""
LOOK = """
run = BulkRun.unscoped.get()
rows = Change.unscoped.filter(batch=run.batch)
tagged = sum(1 for tags in Company.unscoped.values_list("tags", flat=True) if tags == ["Bulk"])
print(json.dumps([run.state, run.position, run.changed, tagged, rows.count(), rows.values("record_id").distinct().count()]))
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
bulk.BulkWork.write = killing(bulk.BulkWork.write)
run_undo.RunUndo._remember = killing(run_undo.RunUndo._remember)
"""
UNDO = """
actor = actor_for(Membership.unscoped.select_related("user", "role", "workspace").get())
with scope(actor.workspace_id):
    bulk.undo_bulk(actor=actor, run=BulkRun.objects.select_related("batch").get())
"""


class Changing(Importing):
    setup, looking = SETUP, LOOK


@pytest.fixture
def world(tmp_path, django_db_blocker):
    with installation(tmp_path, django_db_blocker, Changing) as world:
        yield world


@pytest.mark.django_db
def test_no_record_twice_and_none_left_out(world):
    world.run(BEGIN)
    assert world.start_worker(KILL).wait(120) == -9
    assert world.look() == ["running", 700, 700, 700, 700, 700]
    world.start_worker()
    assert world.until(lambda found: found[0] != "running") == ["done", *[RECORDS] * 5]
    world.end()
    world.run(UNDO)
    assert world.start_worker(KILL).wait(120) == -9
    assert world.look()[0::3] == ["undoing", RECORDS - 700]
    world.start_worker()
    assert world.until(lambda found: found[0] == "undone")[3] == 0
