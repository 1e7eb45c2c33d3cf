"""Taking an import back: everything it did, nothing anybody did since."""

from __future__ import annotations

import pytest

from amity.apps.people.models import Company, Person
from amity.foundation.core.errors import Conflict
from amity.foundation.core.jobs.context import RunAgain
from amity.foundation.core.jobs.worker import run_pending
from amity.foundation.core.models import Job
from amity.foundation.records.models import Batch, Change, ImportRun, Link
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import import_undo, run_undo, schema
from amity.foundation.records.services.notes import add_note
from amity.foundation.records.services.records import create_record, delete_record, update_record
from amity.foundation.records.services.runs import settle
from amity.foundation.records.tests.importing.test_samples import bring_in

FILE = "First name,Last name,E-mail,Company,Job title\nAna,Lima,ana@example.com,Acme,CEO\nBo,Berg,bo@example.com,Berg AS,Baker\nCy,Cole,cy@example.com,,\n"


def take_back(actor, run, **options):
    import_undo.undo_run(actor=actor, run=run, **options)
    import_undo.undo_job.func(run.pk)
    run.refresh_from_db()
    assert run.state == "undone"
    return run.results["undo"]


def live(model):
    return sorted(model.objects.filter(deleted_at=None).values_list("title", flat=True))


@pytest.fixture
def people(firm):
    return spec_for(firm.workspace, "people")


def test_all_that_was_made_goes_to_the_trash(firm, people):
    run = bring_in(firm.admin, "a.csv", FILE, key="people")
    told = take_back(firm.admin, run)
    assert (live(Person), live(Company)) == ([], [])
    assert (told["trashed"], told["reverted"], told["kept_count"]) == (5, 0, 0)
    assert Change.objects.filter(batch_id=told["batch"], kind="delete").count() == 5
    assert Batch.objects.get(pk=run.batch_id).undone_at is not None
    with pytest.raises(Conflict):
        import_undo.undo_run(actor=firm.admin, run=run)


def test_old_values_come_back_unless_changed_since(firm, people):
    values = {"first_name": "Ana", "last_name": "Old", "emails": "ana@example.com", "job_title": "Clerk"}
    ana = create_record(actor=firm.admin, spec=people, values=values)
    run = bring_in(firm.admin, "a.csv", FILE, key="people")
    update_record(actor=firm.admin, spec=people, record_id=ana, values={"job_title": "Chair"})
    told = take_back(firm.admin, run)
    record = Person.objects.get(pk=ana)
    assert (record.last_name, record.job_title, record.company_id, record.deleted_at) == (
        "Old",
        "Chair",
        None,
        None,
    )
    assert (told["reverted"], told["kept_fields"]) == (1, 1)
    assert live(Company) == []


def test_a_record_changed_twice_by_the_import(firm, people):
    ana = create_record(
        actor=firm.admin, spec=people, values={"first_name": "Ana", "emails": "ana@example.com"}
    )
    from amity.foundation.records.services import imports

    old, imports.SET = imports.SET, 1
    try:
        run = bring_in(
            firm.admin,
            "a.csv",
            "First name,E-mail,Job title\nAna,ana@example.com,One\nAna,ana@example.com,Two\n",
            key="people",
        )
    finally:
        imports.SET = old
    assert Person.objects.get(pk=ana).job_title == "Two"
    take_back(firm.admin, run)
    assert Person.objects.get(pk=ana).job_title is None or Person.objects.get(pk=ana).job_title == ""


def used_since(firm, people):
    run = bring_in(firm.admin, "a.csv", FILE, key="people")
    companies = spec_for(firm.workspace, "companies")
    bo = Person.objects.get(first_name="Bo")
    add_note(actor=firm.admin, spec=people, record_id=bo.pk, body="Called")
    update_record(
        actor=firm.admin,
        spec=people,
        record_id=Person.objects.get(first_name="Cy").pk,
        values={"job_title": "X"},
    )
    acme = Company.objects.get(title="Acme")
    create_record(actor=firm.admin, spec=people, values={"first_name": "New", "company": acme.pk})
    assert companies
    return run


def test_what_was_used_since_is_listed_and_kept(firm, people):
    run = used_since(firm, people)
    listed = {item["title"] for item in import_undo.changed_since(actor=firm.admin, run=run)}
    assert {"Bo Berg", "Cy Cole", "Acme"} <= listed
    told = take_back(firm.admin, run)
    assert live(Person) == ["Bo Berg", "Cy Cole", "New"]
    assert live(Company) == ["Acme", "Berg AS"]  # Berg AS is where the kept Bo works
    assert {item["title"] for item in told["kept"]} == {"Bo Berg", "Cy Cole", "Acme", "Berg AS"}


def test_unless_told_otherwise(firm, people):
    run = used_since(firm, people)
    take_back(firm.admin, run, include_changed=True)
    assert (live(Person), live(Company)) == (["New"], [])


def test_links_it_made_are_removed(firm, people):
    schema.create_object(actor=firm.admin, label="Pupil", plural="Pupils")
    schema.refresh(firm.admin)
    schema.create_relation(
        actor=firm.admin, from_object="pupils", to_object="people", from_label="Parents", to_label="Children"
    )
    schema.refresh(firm.admin)
    pupils = spec_for(firm.workspace, "pupils")
    create_record(actor=firm.admin, spec=people, values={"first_name": "Ana"})
    create_record(actor=firm.admin, spec=pupils, values={"name": "Rui"})
    run = bring_in(firm.admin, "a.csv", "Name,Parents\nRui,Ana\nEva,Ana\n", key="pupils")
    assert (run.created, run.updated, Link.objects.count()) == (1, 1, 2)
    told = take_back(firm.admin, run)
    assert (told["trashed"], told["reverted"], told["kept_count"]) == (1, 1, 0)
    rui = pupils.model.objects.get(title="Rui")
    assert not Link.objects.filter(from_id=rui.pk).exists()


def test_goes_on_where_it_was_killed(firm, people, monkeypatch):
    run = bring_in(firm.admin, "vtiger_contacts.csv")
    monkeypatch.setattr(run_undo, "FIRST_SET", 3)
    monkeypatch.setattr(run_undo, "LARGEST", 3)
    monkeypatch.setattr(run_undo, "should_stop", lambda: True)
    import_undo.undo_run(actor=firm.admin, run=run)
    turns = 0
    while ImportRun.objects.get(pk=run.pk).state == "undoing":
        turns += 1
        with pytest.raises(RunAgain):
            import_undo.undo_job.func(run.pk)
        if turns > 200 or ImportRun.objects.get(pk=run.pk).results["undo"]["phase"] == "over":
            break
    import_undo.undo_job.func(run.pk)
    assert turns > 10
    assert (live(Person), live(Company)) == ([], [])
    assert Change.objects.filter(kind="delete").count() == Change.objects.filter(kind="create").count()


def test_what_is_in_the_trash_already_stays_there(firm, people):
    run = bring_in(firm.admin, "a.csv", FILE, key="people")
    delete_record(actor=firm.admin, spec=people, record_id=Person.objects.get(first_name="Cy").pk)
    assert take_back(firm.admin, run)["trashed"] == 4


def test_rights_are_todays(firm, people):
    run = bring_in(firm.owner, "a.csv", FILE, key="people")
    Person.objects.filter(first_name="Ana").update(owner_id=firm.admin.user_id)
    told = take_back(firm.owner, run)
    assert live(Person) == ["Ana Lima"]
    assert "Not visible to you" in {item["title"] for item in told["kept"]}


def test_a_cancelled_undo_goes_on_when_begun_anew(firm, people, monkeypatch):
    run = bring_in(firm.admin, "a.csv", FILE, key="people")
    monkeypatch.setattr(run_undo, "FIRST_SET", 1)
    import_undo.undo_run(actor=firm.admin, run=run)
    Job.objects.filter(pk=run.job_id).update(cancel_requested=True)
    run_pending()
    assert Job.objects.get(pk=run.job_id).state == "cancelled"
    run.refresh_from_db()
    settle(run)
    assert (run.state, bool(live(Person))) == ("cancelled", True)
    told = take_back(firm.admin, run)
    assert (live(Person), live(Company), told["kept_count"]) == ([], [], 0)
