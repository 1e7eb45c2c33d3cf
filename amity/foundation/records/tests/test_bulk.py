"""Bulk changes beside what every object's contract tests: links, unique values, rights that end, two at once."""

import pytest

from amity.foundation.accounts.models import Membership
from amity.foundation.core.errors import Conflict, Invalid, Malformed
from amity.foundation.core.jobs.api import progress_of
from amity.foundation.records.listing import Query
from amity.foundation.records.models import BulkRun, Change
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import runs, schema
from amity.foundation.records.services.bulk import bulk, bulk_job, undo_bulk
from amity.foundation.records.services.bulk_change import FieldChange
from amity.foundation.records.services.links import linked_ids
from amity.foundation.records.services.records import create_record, delete_record, update_record
from amity.foundation.records.tests.test_races import at_once, sorted_out
from amity.testing.contract_services import check_indexes
from amity.testing.world import load, make_firm, make_records, refresh

TAGS = [FieldChange("tags", "add", ["Bulk"])]


@pytest.fixture
def companies(firm):
    return spec_for(firm.workspace, "companies")


def edit(firm, spec, ids, changes, **options):
    which = Query(ids=tuple(ids))
    return bulk(actor=firm.owner, spec=spec, which=which, action="edit", changes=changes, **options)


def errors_of(firm, spec, ids, changes):
    with pytest.raises(Invalid) as caught:
        edit(firm, spec, ids, changes)
    return [(error.field, error.code) for error in caught.value.errors]


def test_what_cannot_be_is_told_at_its_field_before_anything_is_written(firm, companies):
    ids = make_records(companies, firm.owner, 2)
    many = [
        FieldChange("name", "clear"),
        FieldChange("nothing", "set", 1),
        FieldChange("created_at", "set", "2024-01-01T00:00:00Z"),
        FieldChange("phones", "add", ["x"]),
        FieldChange("emails", "set", "no address"),
        FieldChange("tags", "add", []),
    ]
    assert sorted({field for field, _code in errors_of(firm, companies, ids, many)}) == [
        "created_at", "emails", "name", "nothing", "phones", "tags",
    ]  # fmt: skip
    assert errors_of(firm, companies, ids, []) == [("", "required")]
    assert errors_of(firm, companies, [], TAGS) == [("ids", "required")]
    assert errors_of(firm, companies, ids, [*TAGS, *TAGS]) == [("tags", "twice")]
    with pytest.raises(Malformed):
        which = Query(filter={"field": "nothing", "op": "is", "value": 1})
        bulk(actor=firm.owner, spec=companies, which=which, action="delete")
    assert not BulkRun.objects.exists()


def test_a_unique_value_is_for_one_record_and_a_taken_one_refuses_only_its_record(firm):
    schema.create_field(
        actor=firm.admin, object_key="companies", type_name="text", label="Code", key="code", unique=True
    )
    refresh(firm)
    companies = spec_for(firm.workspace, "companies")
    ids = [
        create_record(actor=firm.owner, spec=companies, values={"name": f"C{n}", "code": str(n)})
        for n in range(4)
    ]
    code = [FieldChange("code", "set", "new")]
    assert errors_of(firm, companies, ids, code) == [("code", "unique")]
    assert edit(firm, companies, ids[:1], code).changed == 1
    taken = edit(firm, companies, ids[1:2], code)
    assert (taken.changed, taken.results["reasons"]) == (0, {"taken": 1})
    cleared = edit(firm, companies, ids[1:], [FieldChange("code", "clear")])
    assert cleared.changed == 3
    create_record(actor=firm.owner, spec=companies, values={"name": "Other", "code": "2"})
    undo_bulk(actor=firm.owner, run=cleared)
    told = cleared.results["undo"]
    assert (told["reverted"], [line["id"] for line in told["kept"]]) == (2, [ids[2]])
    for pk in (ids[0], ids[3]):
        delete_record(actor=firm.owner, spec=companies, record_id=pk)
    create_record(actor=firm.owner, spec=companies, values={"name": "Again", "code": "3"})
    back = bulk(actor=firm.owner, spec=companies, which=Query(ids=tuple(ids)), action="restore")
    assert (back.changed, back.results["reasons"]) == (1, {"gone": 2, "taken": 1})
    check_indexes(firm, companies)


def test_links_are_added_removed_and_taken_back(firm):
    relation = schema.create_relation(
        actor=firm.admin,
        from_object="companies",
        to_object="companies",
        from_label="Owns",
        to_label="Owned by",
    )
    refresh(firm)
    companies = spec_for(firm.workspace, "companies")
    one, two, three, four = make_records(companies, firm.owner, 4)
    key = relation.from_key
    field = companies.by_key[key]

    def linked(pk):
        return linked_ids(field, firm.workspace.pk, pk)

    update_record(actor=firm.owner, spec=companies, record_id=one, values={key: [three]})
    added = edit(firm, companies, [one, two], [FieldChange(key, "add", [four])])
    assert (added.changed, linked(one), linked(two)) == (2, [three, four], [four])
    update_record(actor=firm.owner, spec=companies, record_id=two, values={key: [four, three]})
    undo_bulk(actor=firm.owner, run=added)
    assert (linked(one), linked(two)) == ([three], [three])
    removed = edit(firm, companies, [one, two], [FieldChange(key, "remove", [three])])
    assert (removed.changed, linked(one), linked(two)) == (2, [], [])
    undo_bulk(actor=firm.owner, run=removed)
    assert (linked(one), linked(two)) == ([three], [three])


def test_what_a_change_makes_necessary_refuses_the_records_without_it(firm):
    """A field that is needed only while another holds a value is looked at record by record."""
    kind = schema.create_field(
        actor=firm.admin, object_key="companies", type_name="choice", label="Kind", options=["Open", "Lost"]
    )
    refresh(firm)
    lost = next(item["key"] for item in kind.options if item["label"] == "Lost")
    when = {"field": kind.key, "values": [lost], "requires": True}
    reason = schema.create_field(
        actor=firm.admin, object_key="companies", type_name="text", label="Reason", when=when
    )
    refresh(firm)
    companies = spec_for(firm.workspace, "companies")
    told, silent = (
        create_record(actor=firm.owner, spec=companies, values={"name": name, reason.key: why})
        for name, why in (("Told", "Price"), ("Silent", None))
    )
    run = edit(firm, companies, [told, silent], [FieldChange(kind.key, "set", lost)])
    assert (run.changed, run.results["reasons"]) == (1, {"needed": 1})
    cleared = edit(firm, companies, [told, silent], [FieldChange(reason.key, "clear")])
    assert (cleared.changed, cleared.unchanged, cleared.results["reasons"]) == (0, 1, {"needed": 1})


def test_a_full_list_of_tags_refuses_its_record(firm, companies):
    full, free = make_records(companies, firm.owner, 2)
    values = {"tags": [f"Tag {n}" for n in range(50)]}
    update_record(actor=firm.owner, spec=companies, record_id=full, values=values)
    run = edit(firm, companies, [full, free], TAGS)
    assert (run.changed, run.results["reasons"]) == (1, {"too_many": 1})
    assert load(companies, firm.workspace, full).tags == values["tags"]


def test_a_link_that_only_one_may_hold_refuses_the_others(firm):
    relation = schema.create_relation(
        actor=firm.admin, from_object="companies", to_object="companies", from_label="Owns", to_label="Owner",
        to_many=False,
    )  # fmt: skip
    refresh(firm)
    companies = spec_for(firm.workspace, "companies")
    one, two, three = make_records(companies, firm.owner, 3)
    run = edit(firm, companies, [one, two], [FieldChange(relation.from_key, "set", [three])])
    assert (run.changed, run.results["reasons"]) == (1, {"taken": 1})


def test_a_job_stops_when_asked_and_its_part_can_be_taken_back(firm, companies, monkeypatch):
    monkeypatch.setattr(runs, "FIRST_SET", 2)
    monkeypatch.setattr(runs, "LARGEST", 2)
    make_records(companies, firm.owner, 6)
    run = bulk(actor=firm.owner, spec=companies, which=Query(), action="edit", changes=TAGS, at_once=0)
    answers = iter([False, False, True])
    monkeypatch.setattr(runs, "cancel_requested", lambda: next(answers))
    bulk_job.func(run.pk)
    run.refresh_from_db()
    assert (run.state, run.position, run.changed) == ("cancelled", 4, 4)
    undo_bulk(actor=firm.owner, run=run)
    assert (run.state, run.results["undo"]["reverted"]) == ("undone", 4)


def test_a_waiting_job_is_cancelled_at_once(firm, companies):
    make_records(companies, firm.owner, 2)
    run = bulk(actor=firm.owner, spec=companies, which=Query(), action="delete", at_once=0)
    runs.cancel_run(actor=firm.owner, run=run)
    assert (run.state, run.changed, progress_of(run.job_id).state) == ("cancelled", 0, "cancelled")
    with pytest.raises(Conflict):
        undo_bulk(actor=firm.owner, run=run)


def test_rights_and_fields_are_looked_at_again_when_the_job_runs(firm, companies):
    made = schema.create_field(actor=firm.admin, object_key="companies", type_name="text", label="Code")
    refresh(firm)
    companies = spec_for(firm.workspace, "companies")
    make_records(companies, firm.owner, 2)
    options = {"spec": companies, "which": Query(), "action": "edit", "at_once": 0}
    code = [FieldChange(made.key, "set", "x")]
    archived = bulk(actor=firm.owner, **options, changes=code)
    left = bulk(actor=firm.owner, **options, changes=TAGS)
    schema.archive_field(actor=firm.admin, object_key="companies", key=made.key)
    refresh(firm)
    bulk_job.func(archived.pk)
    Membership.objects.filter(user_id=firm.owner.user_id).update(is_active=False)
    bulk_job.func(left.pk)
    for run in (archived, left):
        run.refresh_from_db()
        assert (run.state, run.changed, bool(run.error)) == ("failed", 0, True)


def test_the_undo_asks_for_todays_rights(firm, companies):
    ids = make_records(companies, firm.owner, 2)
    run = edit(firm, companies, ids, TAGS)
    theirs = {"owner": firm.colleague.user_id}
    update_record(actor=firm.admin, spec=companies, record_id=ids[0], values=theirs)
    undo_bulk(actor=firm.owner, run=run)
    told = run.results["undo"]
    assert (told["reverted"], told["kept_count"], told["kept"][0]["id"]) == (1, 1, 0)
    assert "Bulk" in load(companies, firm.workspace, ids[0]).tags


def test_two_bulk_changes_of_the_same_records_at_once(real_database):
    firm = make_firm("Acme", 0)
    companies = spec_for(firm.workspace, "companies")
    ids = make_records(companies, firm.admin, 20)

    def add(n):
        tags = [FieldChange("tags", "add", [f"Bulk {n}"])]
        order = ids if n % 2 else ids[::-1]
        return bulk(
            actor=firm.admin, spec=companies, which=Query(ids=tuple(order)), action="edit", changes=tags
        )

    done, errors = sorted_out(at_once(firm, add))
    assert errors == []
    assert [run.changed for run in done] == [20] * 6
    for pk in ids:
        record = load(companies, firm.workspace, pk)
        assert {f"Bulk {n}" for n in range(6)} <= set(record.tags)
        assert record.version == 1 + Change.unscoped.filter(record_id=pk, kind="update").count()
    check_indexes(firm, companies)
