"""All or nothing: the Nth statement fails, for every N, and nothing of the action stays."""

import pytest
from django.db import transaction

from amity.foundation.core.errors import Conflict
from amity.foundation.records.access import visible
from amity.foundation.records.listing import Query
from amity.foundation.records.models import BulkRun, Change, ImportRun
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import (
    batches,
    import_files,
    import_undo,
    imports,
    notes,
    run_undo,
    runs,
    schema,
)
from amity.foundation.records.services.bulk import bulk, go_through, undo_bulk
from amity.foundation.records.services.bulk_change import FieldChange
from amity.foundation.records.services.records import (
    create_record,
    create_records,
    delete_record,
    new_draft,
    restore_record,
    update_record,
)
from amity.foundation.records.services.undo import last_change, undo_change
from amity.testing import faults
from amity.testing.contract_services import check_indexes
from amity.testing.world import load, record_values, refresh


@pytest.fixture
def people(firm):
    return spec_for(firm.workspace, "people")


@pytest.fixture
def record_id(firm, people):
    return create_record(actor=firm.owner, spec=people, values=record_values(people, 1))


def all_or_nothing(firm, spec, action, *, at_least=3):
    """Every failed run leaves each table as it was; the last one passes and the indexes are right."""
    before = faults.snapshot()

    def nothing_changed():
        assert faults.changed_tables(before) == []
        assert faults.search_index_sound()

    failed = faults.fail_each_statement(action, nothing_changed)
    assert failed >= at_least
    assert faults.changed_tables(before) != []
    check_indexes(firm, spec)


def test_creating(firm, people):
    values = record_values(people, 2)
    all_or_nothing(
        firm, people, lambda: create_record(actor=firm.owner, spec=people, values=values), at_least=6
    )


def test_editing(firm, people, record_id):
    values = record_values(people, 2)
    all_or_nothing(
        firm,
        people,
        lambda: update_record(actor=firm.owner, spec=people, record_id=record_id, values=values),
        at_least=6,
    )


def test_deleting_and_restoring(firm, people, record_id):
    options = {"actor": firm.owner, "spec": people, "record_id": record_id}
    all_or_nothing(firm, people, lambda: delete_record(**options), at_least=5)
    all_or_nothing(firm, people, lambda: restore_record(**options), at_least=5)


@pytest.mark.parametrize("kind", ["create", "update", "delete"])
def test_undoing(firm, people, record_id, kind):
    options = {"actor": firm.owner, "spec": people, "record_id": record_id}
    if kind == "update":
        update_record(**options, values=record_values(people, 2))
    if kind == "delete":
        delete_record(**options)
    change_id = last_change(people, firm.owner, record_id).pk
    all_or_nothing(firm, people, lambda: undo_change(**options, change_id=change_id), at_least=5)


def test_writing_changing_and_deleting_a_note(firm, people, record_id):
    options = {"actor": firm.owner, "spec": people, "record_id": record_id}
    all_or_nothing(firm, people, lambda: notes.add_note(**options, body="First"), at_least=2)
    note_id = notes.notes_of(**options)[0].pk
    all_or_nothing(firm, people, lambda: notes.edit_note(**options, note_id=note_id, body="Second"))
    all_or_nothing(firm, people, lambda: notes.pin_note(**options, note_id=note_id, pinned=True))
    all_or_nothing(firm, people, lambda: notes.delete_note(**options, note_id=note_id))
    all_or_nothing(firm, people, lambda: notes.restore_note(**options, note_id=note_id))


IMPORT = (
    "First name,Last name,E-mail,Company,Birthday,Tags\nAna,Lima,ana@example.com,Acme,1984-02-29,New one\n"
    "Bo,Berg,bo@example.com,Berg AS,,\nKnown,Person,known@example.com,Acme,,Second\nBad,Date,,,some day,\n"
)


def drafted(firm, people, settings, tmp_path):
    """An import about to run: two new people with new companies and tags, one known, one refused."""
    settings.AMITY_HOME = tmp_path
    known = {"first_name": "Known", "last_name": "Before", "emails": "known@example.com"}
    create_record(actor=firm.admin, spec=people, values=known)
    path = import_files.keep_file([IMPORT.encode()])
    run = imports.start_draft(actor=firm.admin, spec=people, file_name="a.csv", path=path)
    return imports.begin(actor=firm.admin, run=run)


def test_a_set_of_an_import(firm, people, settings, tmp_path):
    """Records, companies made for them, tags, refusals and the place in the file: together or not at all."""
    begun = drafted(firm, people, settings, tmp_path)

    def one_set():
        run = ImportRun.objects.get(pk=begun.pk)
        with imports.open_run(run) as source:
            rows = list(source.rows())
            imports._one_set(firm.admin, run, imports._engine(firm.admin, run), rows, source)

    all_or_nothing(firm, people, one_set, at_least=20)
    check_indexes(firm, spec_for(firm.workspace, "companies"))
    begun.refresh_from_db()
    assert (begun.created, begun.updated, begun.refused) == (2, 1, 1)


def test_a_whole_import_and_its_undo_go_on_after_each_failure(
    transactional_db, firm, people, settings, tmp_path
):
    """The job called again after a failure at any statement ends as if there had been none."""
    run = drafted(firm, people, settings, tmp_path)
    companies = spec_for(firm.workspace, "companies")

    def sound():
        check_indexes(firm, people)
        check_indexes(firm, companies)

    assert faults.fail_each_statement(lambda: imports.work(firm.admin, fresh(run)), sound) > 20
    sound()
    done = fresh(run)
    assert (done.state, done.created, done.updated, done.refused) == ("done", 2, 1, 1)
    assert [visible(spec, firm.admin).count() for spec in (people, companies)] == [3, 2]
    import_undo.undo_run(actor=firm.admin, run=done)
    assert faults.fail_each_statement(lambda: undo_once(firm, run), sound) > 10
    sound()
    assert fresh(run).state == "undone"
    assert [one.title for one in visible(people, firm.admin)] == ["Known Before"]
    assert not visible(companies, firm.admin).exists()


def fresh(run):
    return ImportRun.objects.get(pk=run.pk)


def undo_once(firm, run):
    run_undo.RunUndo(firm.admin, fresh(run)).work()


def test_a_batch_of_the_api(firm, people):
    def write():
        with transaction.atomic():
            batch = batches.new_batch(firm.owner, "x")
            drafts = [new_draft(firm.owner, people, record_values(people, n)) for n in (2, 3)]
            return batch, create_records(actor=firm.owner, spec=people, drafts=drafts, batch_id=batch)

    all_or_nothing(firm, people, write, at_least=8)


def test_a_bulk_change_at_once_and_its_undo(firm, people):
    ids = tuple(
        create_record(actor=firm.owner, spec=people, values=record_values(people, n)) for n in (1, 2, 3)
    )
    options = {"actor": firm.owner, "spec": people, "which": Query(ids=ids)}
    tags = [FieldChange("tags", "add", ["Bulk"])]
    done = []
    all_or_nothing(
        firm, people, lambda: done.append(bulk(**options, action="edit", changes=tags)), at_least=10
    )
    all_or_nothing(firm, people, lambda: undo_bulk(actor=firm.owner, run=again(done[-1])), at_least=10)
    all_or_nothing(firm, people, lambda: done.append(bulk(**options, action="delete")), at_least=8)
    all_or_nothing(firm, people, lambda: undo_bulk(actor=firm.owner, run=again(done[-1])), at_least=8)


def again(run):
    return BulkRun.objects.select_related("batch").get(pk=run.pk)


def test_a_bulk_job_goes_on_after_each_failure(transactional_db, firm, people, monkeypatch):
    """The job called again after a failure at any statement changes each record once."""
    monkeypatch.setattr(runs, "FIRST_SET", 2)
    monkeypatch.setattr(runs, "LARGEST", 2)
    ids = [create_record(actor=firm.owner, spec=people, values=record_values(people, n)) for n in range(5)]
    tags = [FieldChange("tags", "add", ["Bulk"])]
    run = bulk(actor=firm.owner, spec=people, which=Query(), action="edit", changes=tags, at_once=0)
    failed = faults.fail_each_statement(lambda: go_through(firm.owner, again(run)), lambda: None)
    assert failed > 10
    check_indexes(firm, people)
    done = again(run)
    assert (done.state, done.changed, done.position) == ("done", 5, 5)
    assert Change.unscoped.filter(batch_id=done.batch_id).count() == 5
    undo_bulk(actor=firm.owner, run=done, at_once=0)
    faults.fail_each_statement(lambda: run_undo.RunUndo(firm.owner, again(run)).work(), lambda: None)
    assert again(run).state == "undone"
    assert not any("Bulk" in (load(people, firm.workspace, pk).tags or []) for pk in ids)
    check_indexes(firm, people)


def test_linking(firm, record_id):
    relation = schema.create_relation(
        actor=firm.admin, from_object="people", to_object="people", from_label="Parents", to_label="Children"
    )
    refresh(firm)
    people = spec_for(firm.workspace, "people")
    other = create_record(actor=firm.owner, spec=people, values=record_values(people, 2))
    for value in ([other], None):
        all_or_nothing(
            firm,
            people,
            lambda value=value: update_record(
                actor=firm.owner, spec=people, record_id=record_id, values={relation.from_key: value}
            ),
        )


def test_changing_the_shape(firm, people):
    def field(label, **options):
        return schema.create_field(
            actor=firm.admin, object_key="people", type_name="text", label=label, **options
        )

    def relate():
        schema.create_relation(
            actor=firm.admin,
            from_object="people",
            to_object="companies",
            from_label="Works at",
            to_label="Staff",
        )

    all_or_nothing(
        firm, people, lambda: schema.create_object(actor=firm.admin, label="Pet", plural="Pets"), at_least=3
    )
    refresh(firm)
    all_or_nothing(firm, people, lambda: field("Plain"))
    refresh(firm)
    all_or_nothing(firm, people, lambda: field("Quick", fast=True, unique=True))
    refresh(firm)
    options = {"actor": firm.admin, "object_key": "people", "key": "plain"}
    all_or_nothing(
        firm, people, lambda: schema.update_field(**options, label="Simple", required=True, fast=True)
    )
    refresh(firm)
    all_or_nothing(firm, people, lambda: schema.archive_field(**options))
    refresh(firm)
    all_or_nothing(firm, people, relate)
    all_or_nothing(firm, people, lambda: schema.archive_object(actor=firm.admin, key="pets"))


def test_a_refused_unique_value_leaves_nothing(firm):
    schema.create_field(
        actor=firm.admin, object_key="companies", type_name="text", label="Code", key="code", unique=True
    )
    refresh(firm)
    companies = spec_for(firm.workspace, "companies")
    options = {"actor": firm.owner, "spec": companies}
    first = create_record(**options, values={"name": "One", "code": "A 1"})
    second = create_record(**options, values={"name": "Two", "code": "B"})
    before = faults.snapshot()
    for attempt in (
        lambda: create_record(**options, values={"name": "Three", "code": "a  1"}),
        lambda: update_record(**options, record_id=second, values={"code": "A 1"}),
    ):
        with pytest.raises(Conflict) as caught:
            attempt()
        assert (caught.value.code, caught.value.details) == ("taken", {"field": "code"})
        assert "One" not in str(caught.value.message)
    assert faults.changed_tables(before) == []
    delete_record(**options, record_id=first)
    update_record(**options, record_id=second, values={"code": "A 1"})
    before = faults.snapshot()
    with pytest.raises(Conflict):
        restore_record(**options, record_id=first)
    assert faults.changed_tables(before) == []
    assert load(companies, firm.workspace, first).deleted_at is not None
    check_indexes(firm, companies)
