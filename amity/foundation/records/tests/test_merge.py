"""Merging beyond the contract: children, fields of one link, unique values, the trash, and several at once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from amity.foundation.core.errors import Conflict, Denied, Invalid, LimitReached
from amity.foundation.core.scope import scope
from amity.foundation.records.access import all_records
from amity.foundation.records.context import context_for
from amity.foundation.records.importing.match import Matcher
from amity.foundation.records.merged import survivor_of, told_by
from amity.foundation.records.models import Change, Link, Merge, MergedRecord
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import merge_moves, purge, schema
from amity.foundation.records.services.merge import merge_records
from amity.foundation.records.services.merge_plan import says_more
from amity.foundation.records.services.records import create_record, delete_record, update_record
from amity.foundation.records.services.undo import undo_change
from amity.testing import faults
from amity.testing.contract_services import check_indexes
from amity.testing.statements import recorded
from amity.testing.world import load, make_firm, refresh, with_scope


@pytest.fixture
def companies(firm):
    return spec_for(firm.workspace, "companies")


@pytest.fixture
def people(firm):
    return spec_for(firm.workspace, "people")


def company(firm, name, **values):
    spec = spec_for(firm.workspace, "companies")
    return create_record(actor=firm.admin, spec=spec, values={"name": name, **values})


def staff(firm, company_id, count):
    spec = spec_for(firm.workspace, "people")
    return [
        create_record(actor=firm.admin, spec=spec, values={"name": f"P {n}", "company": company_id})
        for n in range(count)
    ]


def merged(firm, spec, survivor, *others, actor=None, **options):
    return merge_records(
        actor=actor or firm.admin, spec=spec, survivor_id=survivor, other_ids=others, **options
    )


def undone(firm, spec, merge):
    return undo_change(actor=firm.admin, spec=spec, record_id=merge.survivor_id, change_id=merge.change_id)


def at_company(firm, ids):
    rows = all_records(spec_for(firm.workspace, "people"), firm.workspace.pk).filter(pk__in=ids)
    return dict(rows.values_list("pk", "company_id"))


def test_people_come_over_trashed_ones_too_and_go_back(firm, companies, people):
    one, two = company(firm, "Acme"), company(firm, "Acme Ltd")
    mine, theirs = staff(firm, one, 2), staff(firm, two, 3)
    delete_record(actor=firm.admin, spec=people, record_id=theirs[2])
    merge = merged(firm, companies, one, two)
    assert set(at_company(firm, mine + theirs).values()) == {one}
    line = Change.unscoped.filter(object_type_id=people.type_id, record_id=theirs[0]).latest("pk")
    assert line.changes == {"company": [two, one]}
    assert load(people, firm.workspace, theirs[0]).version == 2
    elsewhere = company(firm, "Elsewhere")
    update_record(actor=firm.admin, spec=people, record_id=theirs[1], values={"company": elsewhere})
    new = staff(firm, one, 1)
    undone(firm, companies, merge)
    assert at_company(firm, mine + theirs + new) == {
        **dict.fromkeys(mine + new, one), theirs[0]: two, theirs[1]: elsewhere, theirs[2]: two,
    }  # fmt: skip
    check_indexes(firm, people)


def test_children_move_in_sets(firm, companies):
    counts = []
    for number in (12, 60):
        one, two = company(firm, "Acme"), company(firm, "Acme Ltd")
        staff(firm, two, number)
        with recorded() as seen:
            merged(firm, companies, one, two)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_more_children_than_one_transaction_may_hold_are_refused(firm, companies, monkeypatch):
    monkeypatch.setattr(merge_moves, "MOST_CHILDREN", 2)
    one, two = company(firm, "Acme"), company(firm, "Acme Ltd")
    staff(firm, two, 3)
    before = faults.snapshot()
    with pytest.raises(LimitReached):
        merged(firm, companies, one, two)
    assert faults.changed_tables(before) == []
    merged(firm, companies, two, one)


def test_what_one_cannot_see_comes_over_untold(firm, companies, people):
    one, two = company(firm, "Acme"), company(firm, "Acme Ltd")
    (hidden,) = staff(firm, two, 1)
    actor = with_scope(firm.owner)
    actor.permissions["people"] = dict.fromkeys(("see", "create", "edit", "delete", "export"), "own")
    merge = merged(firm, companies, one, two, actor=actor)
    assert at_company(firm, [hidden]) == {hidden: one}
    assert Change.unscoped.get(pk=merge.change_id).changes == {}


def test_a_faulty_merge_with_people_and_links_leaves_nothing(firm, people):
    relation = schema.create_relation(
        actor=firm.admin, from_object="companies", to_object="people", from_label="Board", to_label="Boards"
    )
    refresh(firm)
    companies = spec_for(firm.workspace, "companies")
    one, two = company(firm, "Acme"), company(firm, "Acme Ltd", industry="Boats", tags=["a"])
    ids = staff(firm, two, 12)
    for pk in (one, two):
        values = {relation.from_key: ids[:2]}
        update_record(actor=firm.admin, spec=companies, record_id=pk, values=values)
    before = faults.snapshot()

    def nothing_changed():
        assert faults.changed_tables(before) == []
        assert faults.search_index_sound()

    assert faults.fail_each_statement(lambda: merged(firm, companies, one, two), nothing_changed) > 15
    merge, before = Merge.unscoped.get(), faults.snapshot()
    assert faults.fail_each_statement(lambda: undone(firm, companies, merge), nothing_changed) > 15
    assert set(at_company(firm, ids).values()) == {two}
    assert Link.unscoped.filter(relation_id=relation.pk).count() == 4
    check_indexes(firm, companies)
    check_indexes(firm, people)


def test_of_a_field_of_one_link_the_chosen_stays(firm):
    relation = schema.create_relation(
        actor=firm.admin, from_object="companies", to_object="people", from_label="Boss", to_label="Firms",
        from_many=False,
    )  # fmt: skip
    refresh(firm)
    companies, people = (spec_for(firm.workspace, key) for key in ("companies", "people"))
    first, second = (create_record(actor=firm.admin, spec=people, values={"name": name}) for name in "AB")
    one, two = company(firm, "Acme", boss=first), company(firm, "Acme Ltd", boss=second)
    rows = Link.unscoped.filter(relation=relation)
    before = set(rows.values_list("from_id", "to_id"))
    for take, stays in (({}, first), ({"boss": two}, second)):
        merge = merged(firm, companies, one, two, take=take)
        assert list(rows.values_list("from_id", "to_id")) == [(one, stays)]
        undone(firm, companies, merge)
        assert set(rows.values_list("from_id", "to_id")) == before
    merge = merged(firm, companies, one, two)
    third = create_record(actor=firm.admin, spec=people, values={"name": "C"})
    update_record(actor=firm.admin, spec=companies, record_id=one, values={"boss": third})
    undone(firm, companies, merge)
    assert set(rows.values_list("from_id", "to_id")) == {(one, third), (two, second)}


def test_a_unique_value_may_come_from_the_other(firm):
    schema.create_field(
        actor=firm.admin, object_key="companies", type_name="text", label="Code", key="code", unique=True
    )
    refresh(firm)
    companies = spec_for(firm.workspace, "companies")
    one, two = company(firm, "Acme", code="A1"), company(firm, "Acme Ltd", code="B2")
    merge = merged(firm, companies, one, two, take={"code": two})
    assert load(companies, firm.workspace, one).custom["code"] == "B2"
    undone(firm, companies, merge)
    codes = [load(companies, firm.workspace, pk).custom["code"] for pk in (one, two)]
    assert codes == ["A1", "B2"]
    check_indexes(firm, companies)


def test_too_many_values_are_refused_and_named(firm, companies):
    one, two = (
        company(firm, f"C {half}", emails=[f"a{half}{n}@example.com" for n in range(12)]) for half in (1, 2)
    )
    before = faults.snapshot()
    with pytest.raises(Invalid) as caught:
        merged(firm, companies, one, two)
    assert [error.field for error in caught.value.errors] == ["emails"]
    assert faults.changed_tables(before) == []


@pytest.mark.parametrize("take", [{"created_at": 1}, {"nothing": 1}, {"name": 10**6}, {"tags": 0}])
def test_only_values_of_these_records_can_be_chosen(firm, companies, take):
    one, two = company(firm, "Acme"), company(firm, "Acme Ltd")
    before = faults.snapshot()
    with pytest.raises(Invalid):
        merged(firm, companies, one, two, take=take)
    assert faults.changed_tables(before) == []


def test_an_owner_beyond_reach_is_not_taken(firm, companies):
    actor = with_scope(firm.owner, edit="own")
    one = create_record(actor=actor, spec=companies, values={"name": "Acme"})
    two = company(firm, "Acme Ltd")
    with pytest.raises(Denied):
        merged(firm, companies, one, two, actor=actor, take={"owner": two})
    merged(firm, companies, one, two, actor=actor)
    assert load(companies, firm.workspace, one).owner_id == actor.user_id


def test_the_history_outlives_the_trash_but_not_the_survivor(firm, companies, monkeypatch):
    one, two, three = (company(firm, f"Acme {n}") for n in range(3))
    update_record(actor=firm.admin, spec=companies, record_id=three, values={"industry": "Boats"})
    merged(firm, companies, two, three)
    merge = merged(firm, companies, one, two)
    assert told_by(companies, firm.workspace.pk, one) == [one, two, three]
    monkeypatch.setattr(purge, "now", lambda: datetime.now(UTC) + timedelta(days=31))
    assert sum(purge.purge_trash()) == 2
    assert survivor_of(companies, firm.workspace.pk, three) == one
    history = Change.unscoped.filter(object_type_id=companies.type_id)
    assert history.filter(record_id=three, kind="update").exists()
    with pytest.raises(Conflict):
        undone(firm, companies, merge)
    purge.purge_records(spec=companies, workspace_id=firm.workspace.pk, ids=[one])
    assert not history.exists()
    assert not MergedRecord.unscoped.exists()
    assert not Merge.unscoped.exists()


@pytest.mark.parametrize(
    ("text", "other", "more"),
    [
        ("Ana Lima", "A. Lima", True), ("Ana Maria Lima", "Lima Ana", True), ("Ana Lima", "Ana Lima", False),
        ("Ana Lima", "Bo Lima", False), ("ANA LIMA", "Ana Lima", False), ("Çağla Şimşek", "cagla", True),
    ],
)  # fmt: skip
def test_which_text_says_more(text, other, more):
    assert says_more(text, other) is more


# --- at once ---------------------------------------------------------------------------------------------------


def test_two_who_merge_at_once_make_one_record(real_database):
    firm = make_firm("Acme", 0)
    with scope(firm.workspace.pk):
        companies = spec_for(firm.workspace, "companies")
        ids = [company(firm, f"Acme {n}") for n in range(3)]
        people = staff(firm, ids[0], 2) + staff(firm, ids[1], 2) + staff(firm, ids[2], 2)
    start, results = threading.Barrier(4), []

    def work(survivor, others):
        try:
            start.wait()
            with scope(firm.workspace.pk):
                results.append(merged(firm, companies, survivor, *others))
        except Exception as error:  # handed to the test
            results.append(error)
        finally:
            connection.close()

    pairs = [(ids[0], ids[1:]), (ids[1], ids[:1]), (ids[2], ids[:2]), (ids[0], ids[1:])]
    threads = [threading.Thread(target=work, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    errors = [item for item in results if isinstance(item, Exception)]
    assert {type(error) for error in errors} == {Conflict}, errors
    with scope(firm.workspace.pk):
        alive = list(
            all_records(companies, firm.workspace.pk).filter(deleted_at=None).values_list("pk", flat=True)
        )
        assert len(results) == 4
        assert 1 <= len(alive) < 3
        assert set(at_company(firm, people).values()) <= set(alive)
        check_indexes(firm, companies)


@pytest.mark.django_db
def test_an_import_finds_a_merged_record_under_the_name_another_program_gave_it(firm, companies):
    one, two, three = (company(firm, f"C {n}", external_id=f"x{n}") for n in range(3))
    gone = company(firm, "Deleted", external_id="gone")
    delete_record(actor=firm.admin, spec=companies, record_id=gone)
    merged(firm, companies, two, three)
    merge = merged(firm, companies, one, two)
    rows = [[("external_id", text)] for text in ("x0", "x1", "x2", "gone", "new")]
    same = {("external_id", f"x{n}"): one for n in range(3)}

    def found_by(actor):
        return Matcher(companies, context_for(actor), ["external_id"]).find(rows)

    assert found_by(firm.admin) == same
    assert found_by(with_scope(firm.colleague, see="own")) == {}
    undone(firm, companies, merge)
    assert found_by(firm.admin) == {("external_id", f"x{n}"): (one, two, two)[n] for n in range(3)}
