"""The trash empties itself after 30 days. The clock is moved, not waited for."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from amity.apps.people.models import Company, Person
from amity.foundation.core.jobs import worker
from amity.foundation.core.models import Job, Schedule
from amity.foundation.records import jobs
from amity.foundation.records.models import (
    Change,
    CustomRecord,
    ImportRun,
    IndexedValue,
    Link,
    Note,
    ObjectType,
    SearchRow,
    StoredFile,
)
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import import_files, purge
from amity.foundation.records.services.files import add_file, delete_file
from amity.foundation.records.services.notes import add_note, delete_note
from amity.foundation.records.services.records import create_record, delete_record, restore_record
from amity.foundation.records.services.schema import create_object, create_relation, refresh

ATTACHED = (Change, Note, IndexedValue, SearchRow, StoredFile)


@pytest.fixture
def in_days(monkeypatch):
    """`in_days(29)`: the purges see a clock that many days ahead."""

    def move(days: float) -> None:
        for module in (purge, import_files):
            monkeypatch.setattr(module, "now", lambda: datetime.now(UTC) + timedelta(days=days))

    return move


def a_person(firm, **values):
    spec = spec_for(firm.admin.workspace, "people")
    values = {"name": "Ana Lima", "emails": ["ana@example.com"], **values}
    return spec, create_record(actor=firm.admin, spec=spec, values=values)


def a_file(firm, spec, pk):
    upload = SimpleUploadedFile("plan.txt", b"plan")
    return add_file(actor=firm.admin, spec=spec, record_id=pk, upload=upload)


def test_deleted_records_go_after_30_days_with_all_that_hangs_on_them(
    firm, in_days, django_capture_on_commit_callbacks
):
    admin = firm.admin
    spec, pk = a_person(firm)
    _spec, other = a_person(firm, name="Bo", emails=["bo@example.com"])
    add_note(actor=admin, spec=spec, record_id=pk, body="A note")
    path = a_file(firm, spec, pk).path
    delete_record(actor=admin, spec=spec, record_id=pk)
    in_days(29.9)
    assert jobs.empty_trash.func() == 0
    assert default_storage.exists(path)
    in_days(30.1)
    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.empty_trash.func() == 1
    assert list(Person.objects.values_list("pk", flat=True)) == [other]
    assert not default_storage.exists(path)
    for model in ATTACHED:
        assert not model.unscoped.filter(record_id=pk).exists(), model
    assert Change.unscoped.filter(record_id=other).exists()


def test_objects_of_the_firms_own_and_both_ends_of_links(firm, in_days):
    admin = firm.admin
    create_object(actor=admin, label="Pupil", plural="Pupils")
    refresh(admin)
    create_relation(
        actor=admin, from_object="pupils", to_object="people", from_label="Parents", to_label="Children"
    )
    refresh(admin)
    _people, parent = a_person(firm)
    pupils = spec_for(admin.workspace, "pupils")
    pupil = create_record(actor=admin, spec=pupils, values={"name": "Eve", "parents": [parent]})
    assert Link.unscoped.count() == 1
    delete_record(actor=admin, spec=pupils, record_id=pupil)
    in_days(31)
    assert jobs.empty_trash.func() == 1
    assert not CustomRecord.objects.exists()
    assert not Link.unscoped.exists()
    assert Person.objects.count() == 1


def test_a_purged_company_leaves_its_people(firm, in_days):
    companies = spec_for(firm.admin.workspace, "companies")
    company = create_record(actor=firm.admin, spec=companies, values={"name": "Acme"})
    _spec, person = a_person(firm, company=company)
    delete_record(actor=firm.admin, spec=companies, record_id=company)
    in_days(31)
    jobs.empty_trash.func()
    assert not Company.objects.exists()
    assert Person.objects.get(pk=person).company_id is None


def test_what_came_back_meanwhile_stays(firm, in_days):
    spec, pk = a_person(firm)
    delete_record(actor=firm.admin, spec=spec, record_id=pk)
    restore_record(actor=firm.admin, spec=spec, record_id=pk)
    in_days(40)
    assert jobs.empty_trash.func() == 0
    before = datetime.now(UTC) + timedelta(days=10)
    assert purge._purge(spec, firm.workspace.pk, [pk], deleted_at__lt=before) == 0
    assert Person.objects.count() == 1


def test_single_notes_and_files_go_too(firm, in_days, django_capture_on_commit_callbacks):
    spec, pk = a_person(firm)
    kept, gone = (add_note(actor=firm.admin, spec=spec, record_id=pk, body=text) for text in ("Stay", "Go"))
    delete_note(actor=firm.admin, spec=spec, record_id=pk, note_id=gone.pk)
    stored = a_file(firm, spec, pk)
    delete_file(actor=firm.admin, file_id=stored.pk)
    in_days(29)
    assert jobs.empty_trash.func() == 0
    in_days(31)
    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.empty_trash.func() == 2
    assert list(Note.unscoped.values_list("pk", flat=True)) == [kept.pk]
    assert not default_storage.exists(stored.path)
    assert Person.objects.count() == 1


def test_more_than_one_set(firm, in_days, monkeypatch):
    monkeypatch.setattr(purge, "STEP", 2)
    for n in range(5):
        spec, pk = a_person(firm, emails=[f"a{n}@example.com"])
        delete_record(actor=firm.admin, spec=spec, record_id=pk)
    in_days(31)
    assert list(purge.purge_trash()) == [2, 2, 1]


def test_files_of_imports_go_after_30_days(firm, in_days, settings, tmp_path):
    settings.AMITY_HOME = tmp_path
    path = import_files.keep_file([b"name\nAna\n"])
    people = ObjectType.objects.get(key="people")
    run = ImportRun.unscoped.create(
        workspace=firm.workspace, object_type=people, file_name="a.csv", path=str(path), state="done"
    )
    in_days(29)
    assert import_files.purge_files.func() == 0
    in_days(31)
    assert import_files.purge_files.func() == 1
    run.refresh_from_db()
    assert (run.path, path.exists(), run.state) == ("", False, "done")


def test_workers_know_both_schedules_and_the_job_runs(firm, in_days):
    worker.prepare()
    keys = set(Schedule.objects.values_list("key", flat=True))
    assert {"code:records.empty-trash", "code:records.import_files"} <= keys
    spec, pk = a_person(firm)
    delete_record(actor=firm.admin, spec=spec, record_id=pk)
    in_days(31)
    Schedule.objects.filter(key="code:records.empty-trash").update(next_at=datetime.now(UTC))
    worker.run_pending()
    assert Job.objects.get(name__endswith="empty_trash").state == "done"
    assert not Person.objects.exists()
